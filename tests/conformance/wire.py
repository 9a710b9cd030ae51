"""What the bytes of a letter must be: line ends, lengths, encodings (rules F1, F2, F4)."""

import re

from letter import Letter

# A field whose folding is forbidden (RFC 8058 §5).
NEVER_FOLDED = {"list-unsubscribe-post"}


def check(letter: Letter):
    """Reports breaches of F1, F2 and F4."""
    line_ends(letter)
    lengths(letter)
    foldable_headers(letter)
    encodings(letter)


def line_ends(letter):
    """F1: CRLF only, no NUL."""
    raw = letter.raw
    for name, pattern in (("a bare CR", rb"\r(?!\n)"), ("a bare LF", rb"(?<!\r)\n"), ("a NUL", rb"\0")):
        hits = [m.start() for m in re.finditer(pattern, raw)]
        if hits:
            line = raw.count(b"\n", 0, hits[0]) + 1
            letter.report("F1", f"line {line}", f"{name} ({len(hits)} in all)", "CRLF line ends only, no NUL")
    if not raw.endswith(b"\r\n"):
        letter.report("F1", "the end", "no CRLF after the last line", "CRLF")


def lengths(letter):
    """F2: no line over 998 octets. F4: seven bits."""
    for number, line in enumerate(letter.raw.split(b"\r\n"), 1):
        if len(line) > 998:
            letter.report("F2", f"line {number}", f"a line of {len(line)} octets", "at most 998")
    eight = [n for n, line in enumerate(letter.raw.split(b"\n"), 1) if not line.isascii()]
    if eight:
        letter.report("F4", f"line {eight[0]}", f"{len(eight)} lines with octets above 127", "a 7-bit letter")


def foldable_headers(letter):
    """F2: header lines of at most 78 octets wherever white space allows a fold."""
    for field in letter.fields:
        for offset, line in enumerate(field.lines):
            if len(line) <= 78 or field.name.lower() in NEVER_FOLDED:
                continue
            inner = line.lstrip() if offset else line.partition(b":")[2].lstrip()
            if b" " in inner.rstrip() or b"\t" in inner.rstrip():
                letter.report(
                    "F2",
                    f"line {field.number + offset}, {field.name}",
                    f"a foldable header line of {len(line)} octets",
                    "at most 78",
                )


def encodings(letter):
    """F2, F4: quoted-printable and base64 bodies as RFC 2045 §6.7 and §6.8 ask for."""
    for part in letter.message.walk():
        encoding = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
        if part.is_multipart() or encoding not in ("quoted-printable", "base64"):
            continue
        where = f"{part.get_content_type()} part"
        lines = part.get_payload().split("\n")
        long = [n for n, line in enumerate(lines, 1) if len(line) > 76]
        if long:
            found = f"{len(long)} {encoding} lines over 76 characters, the first has {len(lines[long[0] - 1])}"
            letter.report("F2", f"{where}, line {long[0]}", found, "at most 76")
        if encoding == "quoted-printable":
            quoted_printable(letter, where, lines)


def quoted_printable(letter, where, lines):
    """F4: every `=` is a soft break or two upper-case hex digits; no blank ends a line."""
    for number, line in enumerate(lines, 1):
        bad = re.search(r"=(?![0-9A-F]{2}|$)", line)
        if bad:
            letter.report("F4", f"{where}, line {number}", repr(line[bad.start() :][:6]), "=XX or a soft line break")
        elif line != line.rstrip(" \t"):
            letter.report("F4", f"{where}, line {number}", "a blank at the end of the line", "=20 or a soft line break")
