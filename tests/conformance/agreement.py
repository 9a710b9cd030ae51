"""Measures how far `pressrun lint` agrees with npm caniemail and with axe-core about the same mails.

The mails are the good one of the self-test, each that a mutation spoils in its HTML, and for Can I email one for each
feature of the table of support. Prints a line for each tool and
each mail on which they differ; never fails for a difference, only if a tool gives no answer, if they agree too little, or if the table is stale.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import check
import selftest
from sample import Sample

SELECTORS = {"child": "td > p", "adjacent-sibling": "p + p", "general-sibling": "p ~ p", "attribute": "[title]",
             "chaining": ".a.b", "universal": "*"}  # fmt: skip
AT_RULES = {"font-face": "@font-face{font-family:x}", "import": "@import 'a.css';", "keyframes": "@keyframes x{from{margin:0}}",
            "supports": "@supports (gap:1px){p{margin:0}}", "media": "@media print{p{margin:0}}"}  # fmt: skip

# Below this share of the other tools' findings something has come apart.
LEAST = 80


def pages():
    """Returns the HTML of every mail by name, each once."""
    found = {"good": Sample().html}
    for _, _, mutate in selftest.MUTATIONS:
        letter = Sample()
        mutate(letter)
        if letter.html not in found.values():
            found[mutate.__name__] = letter.html
    return found


def snippet(kind, key):
    """Returns a piece of a mail that uses a feature, in the head and in the body; None for what npm caniemail never asks."""
    style = {
        "property": f"{key}:inherit", "value": key, "function": f"width:{key}(1px)", "unit": f"width:1{key}", "word": f"width:{key}",
    }.get(kind)  # fmt: skip
    if style:
        return "", f'<p style="{style}">x</p>'
    if kind == "attribute":
        return "", f'<p {key}="x">x</p>'
    if kind == "element":
        name, _, attribute = key.rstrip("]").partition("[")
        return None if name == "meta" else ("", f"<{name} {attribute}>x</{name}>")
    if kind == "selector" and (key in SELECTORS or key.startswith(":")):
        argument = {":lang": "(en)", ":has": "(b)", ":not": "(b)"}.get(key, "(2)" if "nth" in key else "")
        return f"<style>{SELECTORS.get(key, f'p{key}{argument}')}{{margin:0}}</style>", ""
    return (f"<style>{AT_RULES[key]}</style>", "") if kind == "at-rule" and key in AT_RULES else None


def features():
    """Returns a mail for each feature of the table of support."""
    table = tomllib.loads((check.HERE / "../../src/render/lint/support.toml").read_text(encoding="utf-8"))
    found = {}
    for feature in table["feature"]:
        pieces = snippet(feature["kind"], feature["keys"][0])
        if pieces:
            letter = Sample()
            letter.html_swap("</head>", pieces[0] + "</head>", 1)
            letter.html_swap("</td></tr></tbody>", pieces[1] + "</td></tr></tbody>", 1)
            found["feature " + feature["slug"]] = letter.html
    return found


def fresh(modules):
    """Tells whether the table of support is what the installed package says."""
    made = subprocess.run(["node", str(check.HERE / "support.mjs"), modules], capture_output=True, text=True, check=False).stdout
    return made == (check.HERE / "../../src/render/lint/support.toml").read_text(encoding="utf-8")


def main():
    program, modules = sys.argv[1], os.environ.get("CONFORMANCE_MODULES", "")
    tools = check.left_in(["clients", "accessibility"])
    if len(tools) < 2:
        return 0
    with tempfile.TemporaryDirectory(prefix="pressrun-agreement-") as folder:
        files = {}
        for name, html in {**pages(), **features()}.items():
            files[name] = Path(folder, f"{name}.html".replace(" ", "-"))
            files[name].write_text(html, encoding="utf-8", errors="replace")
        told = subprocess.run([program, "lint", "--json", *map(str, files.values())], capture_output=True, check=False)
        rows = json.loads(told.stdout)
        mails = [
            {"name": name, "html": path.read_text(encoding="utf-8"), "findings": [r for r in rows if r["file"] == str(path)]}
            for name, path in files.items()
        ]
        manifest = Path(folder, "manifest.json")
        manifest.write_text(json.dumps(mails), encoding="utf-8")
        script = str(check.HERE / "agreement.mjs")
        node = subprocess.run(["node", script, str(manifest), modules, check.chromium()], capture_output=True, text=True, check=False)
    print(node.stdout, end="")
    print(node.stderr, end="", file=sys.stderr)
    shares = [int(line.rsplit(" %", 1)[0].rsplit("(", 1)[1]) for line in node.stdout.splitlines() if " %)" in line]
    stale = not fresh(modules)
    if stale:
        print("src/render/lint/support.toml is not what support.mjs writes: refresh it as that script says")
    failed = sum(share < LEAST for share in shares) + (2 - len(shares)) + stale
    print(f"{3 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
