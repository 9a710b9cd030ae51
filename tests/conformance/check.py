"""Checks finished letters against the mail rules; see `run --help`.

Four tools look at each letter: our own reading of its bytes, Can I email's tables, a browser with axe-core, and
SpamAssassin. They run side by side and report findings in one form.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mail
from letter import Finding

HERE = Path(__file__).resolve().parent
TOOLS = ("mail", "clients", "accessibility", "spam")
NEEDS = {"clients": "node", "accessibility": "chromium", "spam": "spamassassin"}


def chromium():
    """Returns the path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = [os.environ.get("CHROMIUM"), *(shutil.which(n) for n in names)]
    return next((f for f in found if f), None)


def command(tool, manifest, files, modules):
    """Returns the command line of a foreign tool; raises FileNotFoundError with a sentence if a program is absent."""
    absent = "{0} is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT={0}"
    if tool == "spam":
        if not shutil.which("spamassassin"):
            raise FileNotFoundError(absent.format("spamassassin"))
        return ["perl", str(HERE / "spam.pl"), *files]
    node, browser = shutil.which("node"), chromium()
    if not node or not Path(modules, "axe-core").is_dir():
        raise FileNotFoundError(absent.format("node"))
    if tool == "accessibility" and not browser:
        raise FileNotFoundError(absent.format("chromium"))
    return [node, str(HERE / f"{tool}.mjs"), str(manifest), modules, *([browser] if tool == "accessibility" else [])]


def check(files, tools=TOOLS, modules=""):
    """Returns the findings over the files, in the order of files, rules and places."""
    letters = [mail.check(str(f), Path(f).read_bytes()) for f in files]
    findings = []
    with tempfile.TemporaryDirectory(prefix="pressrun-conformance-") as folder:
        pages = []
        for number, letter in enumerate(letters):
            if letter.html_part is not None:
                page = Path(folder, f"{number}.html")
                page.write_text(letter.html, encoding="utf-8")
                pages.append({"file": letter.file, "html": str(page)})
        manifest = Path(folder, "manifest.json")
        manifest.write_text(json.dumps(pages), encoding="utf-8")
        running = {}
        for tool in tools:
            if tool != "mail":
                line = command(tool, manifest, [letter.file for letter in letters], modules)
                out = open(Path(folder, tool), "w+", encoding="utf-8")
                running[tool] = (subprocess.Popen(line, stdout=out, cwd=os.getcwd()), out)
        if "mail" in tools:
            findings += [f for letter in letters for f in letter.findings] + list(mail.doubles(letters))
        for tool, (process, out) in running.items():
            if process.wait() != 0:
                raise RuntimeError(f"{tool} ended with {process.returncode}; its words stand above")
            out.seek(0)
            findings += [Finding(**json.loads(line)) for line in out if line.startswith("{")]
            out.close()
    order = {str(f): n for n, f in enumerate(files)}
    return sorted(findings, key=lambda f: (order[f.file], f.rule, f.where))


def expand(paths):
    """Returns the .eml files that the paths name; a folder stands for all of its own."""
    files = []
    for path in map(Path, paths):
        if path.is_dir():
            files += sorted(path.rglob("*.eml"))
        elif path.is_file():
            files.append(path)
        else:
            raise FileNotFoundError(f"{path} is no file and no folder")
    return list(dict.fromkeys(files))


def main():
    parser = argparse.ArgumentParser(prog="tests/conformance/run", description="Checks finished letters against the mail rules.")
    parser.add_argument("paths", nargs="+", metavar="FILE.eml|FOLDER")
    parser.add_argument("--only", metavar="TOOLS", help=f"a comma-separated list of {', '.join(TOOLS)}")
    parser.add_argument("--modules", default=os.environ.get("CONFORMANCE_MODULES", ""), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    tools = arguments.only.split(",") if arguments.only else list(TOOLS)
    if unknown := [t for t in tools if t not in TOOLS]:
        parser.error(f"no tool {unknown[0]}; there are {', '.join(TOOLS)}")
    without = {w.strip() for w in os.environ.get("PRESSRUN_TEST_WITHOUT", "").split(",")}
    for tool in [t for t in tools if NEEDS.get(t) in without or (t == "accessibility" and "node" in without)]:
        tools.remove(tool)
        print(f"left out: {tool}, as PRESSRUN_TEST_WITHOUT says")
    try:
        files = expand(arguments.paths)
        if not files:
            raise FileNotFoundError(f"no .eml file in {', '.join(arguments.paths)}")
        start = time.monotonic()
        findings = check(files, tools, arguments.modules)
    except (OSError, RuntimeError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    failed = len({f.file for f in findings})
    print(f"{len(findings)} findings by {', '.join(tools)} in {time.monotonic() - start:.0f} s")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
