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


def manifest_of(letters, folder):
    """Writes the HTML of each letter into the folder, and a list of them; returns the list's path."""
    pages = []
    for number, letter in enumerate(letters):
        if letter.html_part is not None:
            page = Path(folder, f"{number}.html")
            page.write_text(letter.html, encoding="utf-8", errors="replace")
            pages.append({"file": letter.file, "html": str(page)})
    manifest = Path(folder, "manifest.json")
    manifest.write_text(json.dumps(pages), encoding="utf-8")
    return manifest


def check(files, tools=TOOLS, modules=""):
    """Returns the findings over the files, ordered by file and rule, and the troubles of tools that could not look."""
    letters = [mail.check(str(f), Path(f).read_bytes()) for f in files]
    findings, troubles, running = [], [], []
    with tempfile.TemporaryDirectory(prefix="pressrun-conformance-") as folder:
        manifest = manifest_of(letters, folder)
        for tool in tools:
            if tool == "mail":
                findings += [f for letter in letters for f in letter.findings] + list(mail.doubles(letters))
                continue
            try:
                line = command(tool, manifest, [letter.file for letter in letters], modules)
            except FileNotFoundError as error:
                troubles.append(str(error))
                continue
            out = Path(folder, tool)
            with out.open("w", encoding="utf-8") as stream:
                running.append((tool, out, subprocess.Popen(line, stdout=stream)))
        for tool, out, process in running:
            if process.wait() != 0:
                troubles.append(f"{tool} ended with {process.returncode}; its words stand above")
            lines = out.read_text(encoding="utf-8").splitlines()
            findings += [Finding(**json.loads(line)) for line in lines if line.startswith("{")]
    order = {str(f): n for n, f in enumerate(files)}
    return sorted(findings, key=lambda f: (order[f.file], f.rule, f.where)), troubles


def left_in(tools):
    """Returns the tools without those that PRESSRUN_TEST_WITHOUT leaves out, and says which."""
    without = {w.strip() for w in os.environ.get("PRESSRUN_TEST_WITHOUT", "").split(",")}
    out = [t for t in tools if NEEDS.get(t) in without or (t == "accessibility" and "node" in without)]
    for tool in out:
        print(f"left out: {tool}, as PRESSRUN_TEST_WITHOUT says")
    return [t for t in tools if t not in out]


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
    tools = left_in(tools)
    start = time.monotonic()
    try:
        files = expand(arguments.paths)
        if not files:
            raise FileNotFoundError(f"no .eml file in {', '.join(arguments.paths)}")
    except OSError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    findings, troubles = check(files, tools, arguments.modules)
    for finding in findings:
        print(finding)
    for trouble in troubles:
        print(f"conformance: {trouble}", file=sys.stderr)
    failed = len({f.file for f in findings})
    print(f"{len(findings)} findings by {', '.join(tools)} in {time.monotonic() - start:.0f} s")
    print(f"{len(files) - failed} passed, {failed + len(troubles)} failed")
    return 2 if troubles else 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
