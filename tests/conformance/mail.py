"""The checks that need nothing but the bytes of a letter: headers, parts and markup."""

import headers
import markup
import parts
import wire
from letter import Finding, Letter


def check(file, raw):
    """Takes a letter apart and returns it with every breach of the rules in its findings."""
    letter = Letter(file, raw)
    wire.check(letter)
    headers.check(letter)
    parts.check(letter)
    if letter.html_part is not None:
        markup.check(letter)
    return letter


def doubles(letters):
    """F5: a Message-ID is one letter's alone; the same bytes under two names do not count."""
    seen = {}
    for letter in letters:
        first = seen.setdefault(letter.value("Message-ID"), letter)
        if first.raw != letter.raw:
            yield Finding("F5", letter.file, "Message-ID", f"the same as in {first.file}", "one of its own")
