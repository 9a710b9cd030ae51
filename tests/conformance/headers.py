"""What the header of a letter must be (rules F5 to F8, F13, L1, L2, L5 to L7, L10)."""

import email.header
import email.utils
import re
import unicodedata
from datetime import datetime

import wcwidth
from letter import Letter

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id",
        "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted")  # fmt: skip
KNOWN = {n.lower() for n in ONCE} | {
    "reply-to", "sender", "content-transfer-encoding", "content-language", "dkim-signature", "feedback-id", "list-archive",
    "list-help", "list-owner", "list-post", "list-subscribe", "precedence", "return-path", "received",
    "x-auto-response-suppress", "x-mailer", "user-agent", "archived-at", "organization",
}  # fmt: skip
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
DATE = re.compile(rf"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d?) ({MONTHS}) (\d{{4}}) (\d\d):(\d\d):(\d\d) ([+-]\d{{4}})")
ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+"
ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def check(letter: Letter):
    """Reports breaches of the header rules."""
    counts(letter)
    date(letter)
    message_id(letter)
    for field in letter.fields:
        encoded_words(letter, field)
    people(letter)
    sizes(letter)
    list_headers(letter)


def counts(letter):
    """F5: what must be there once is there once. F8: nothing that a digest never has."""
    for name in ONCE:
        number = len(letter.all(name))
        if number != 1:
            rule = {"list-unsubscribe": "L1", "list-unsubscribe-post": "L2", "list-id": "L5", "auto-submitted": "L7"}
            letter.report(rule.get(name.lower(), "F5"), name, f"{number} of them", "exactly one")
    for name in ("Reply-To", "Sender"):
        if len(letter.all(name)) > 1:
            letter.report("F5", name, f"{len(letter.all(name))} of them", "at most one")
    for field in letter.fields:
        if field.name.lower() in ("cc", "bcc") or field.name.lower().startswith("resent-"):
            letter.report("L10", f"line {field.number}", f"a {field.name} field", "one recipient, in To")
        elif field.name.lower() not in KNOWN:
            letter.report("F8", f"line {field.number}", f"a {field.name} field", "only fields that a digest has")


def date(letter):
    """F6: RFC 5322 §3.3, numeric zone, the right weekday."""
    text = letter.value("Date")
    match = DATE.fullmatch(text)
    if not match:
        letter.report("F6", "Date", repr(text), "a form like Mon, 05 Jan 2026 07:00:00 +0000")
        return
    try:
        when = datetime.strptime(text.partition(", ")[2], "%d %b %Y %H:%M:%S %z")
    except ValueError as error:
        letter.report("F6", "Date", f"{text!r}: {error}", "a date that exists")
        return
    if when.strftime("%a") != match[1]:
        letter.report("F6", "Date", f"{match[1]} in {text!r}", f"{when.strftime('%a')}, the weekday of that day")


def message_id(letter):
    """F5: dot-atom on both sides, the right one the sender's domain. F13: at most 500 characters."""
    text = letter.value("Message-ID")
    match = re.fullmatch(rf"<({ATOMS})@({DOMAIN})>", text)
    if not match:
        letter.report("F5", "Message-ID", repr(text), "<unique@a.domain>")
        return
    if len(text) > 500:
        letter.report("F13", "Message-ID", f"{len(text)} characters", "at most 500")
    sender = email.utils.parseaddr(letter.value("From"))[1].rpartition("@")[2].lower()
    right = match[2].lower()
    if not (right == sender or right.endswith("." + sender) or sender.endswith("." + right)):
        letter.report("F5", "Message-ID", f"its domain is {right}", f"a domain of the sender ({sender})")


def encoded_words(letter, field):
    """F7: RFC 2047 §2 and §5, word by word."""
    name = field.name
    for offset, line in enumerate(field.lines):
        text, where = line.decode("latin-1"), f"line {field.number + offset}, {name}"
        if offset and not text.strip():
            letter.report("F7", where, "a folded line of nothing but white space", "none")
        words = list(ENCODED_WORD.finditer(text))
        if words and len(text) > 76:
            letter.report("F7", where, f"a line of {len(text)} characters with an encoded-word", "at most 76")
        for word in words:
            one_word(letter, where, text, word)
        if "=?" in ENCODED_WORD.sub("", text):
            letter.report("F7", where, repr(text.strip()[:60]), "whole encoded-words, or no `=?`")
    quoted = re.findall(r'"(?:[^"\\]|\\.)*"|<[^>]*>', field.value)
    if any(ENCODED_WORD.search(q) for q in quoted):
        letter.report("F7", name, "an encoded-word inside quotes or an address", "encoded-words stand alone")
    decoded = letter.decoded(name)
    if "\ufffd" in decoded:
        letter.report("F7", name, repr(decoded[:80]), "text without replacement characters")


def one_word(letter, where, line, word):
    """F7: length, whole characters, white space on both sides."""
    if len(word[0]) > 75:
        letter.report("F7", where, f"an encoded-word of {len(word[0])} characters", "at most 75")
    before, after = line[: word.start()][-1:], line[word.end() :][:1]
    if before not in ("", " ", "\t", "(") or after not in ("", " ", "\t", ")"):
        letter.report("F7", where, f"{before}{word[0][:30]}...{after}", "white space round an encoded-word")
    try:
        raw = email.header.decode_header(word[0])[0][0]
        raw.decode(word[1].partition("*")[0], "strict")
    except (UnicodeDecodeError, LookupError, ValueError, email.errors.HeaderParseError) as error:
        letter.report("F7", where, f"{word[0][:40]}: {error}", "whole characters in each encoded-word")


def people(letter):
    """F5, L6, L10: one sender with a constant name, one recipient; a subject that is no answer."""
    senders, readers = addresses(letter, "From"), addresses(letter, "To")
    if len(senders) != 1:
        letter.report("F5", "From", f"{len(senders)} addresses", "exactly one")
    if len(readers) != 1:
        letter.report("L10", "To", f"{len(readers)} addresses", "exactly one")
    for name, them in (("From", senders), ("To", readers), ("Reply-To", addresses(letter, "Reply-To"))):
        for _, address in them:
            if not re.fullmatch(rf"[^\s@<>,;]+@{DOMAIN}", address):
                letter.report("F8", name, repr(address), "an address of the form name@domain")
    name, subject = senders[0][0] if senders else "", letter.decoded("Subject").strip()
    reader = readers[0] if readers else ("", "")
    if not name.strip():
        letter.report("L6", "From", "no display name", "a name that says who sends")
    if EMOJI.search(name):
        letter.report("L6", "From", repr(name), "a sender's name without emoji")
    if (len(reader[0]) > 2 and reader[0] in name) or (reader[1] and reader[1] in name):
        letter.report("L6", "From", "the recipient's name in the sender's name", "a constant sender")
    if not subject:
        letter.report("F5", "Subject", "nothing", "a subject")
    if re.match(r"(re|fwd?|aw|wg)\s*:", subject, re.I):
        letter.report("L6", "Subject", repr(subject[:40]), "no Re: or Fwd: on what is no answer")


def addresses(letter, name):
    """Returns the (display name, address) pairs of a header."""
    header = letter.message.get(name)
    return [(a.display_name, a.addr_spec) for a in getattr(header, "addresses", ())]


def sizes(letter):
    """F13: what Gmail refuses, and a subject that can be read in a list of mails."""
    sizes = [(f, sum(len(line) + 2 for line in f.lines)) for f in letter.fields]
    if sum(size for _, size in sizes) > 500_000:
        letter.report("F13", "the header", f"{sum(size for _, size in sizes)} octets", "at most 500,000")
    for field, size in sizes:
        if size > 32_000:
            letter.report("F13", field.name, f"{size} octets", "at most 32,000")
    subject = letter.decoded("Subject")
    graphemes = sum(1 for _ in wcwidth.iter_graphemes(subject))
    if graphemes > 150 or len(subject) > 998:
        letter.report("F13", "Subject", f"{graphemes} graphemes, {len(subject)} characters", "at most 150 and 998")
    if not unicodedata.is_normalized("NFC", subject):
        letter.report("I3", "Subject", repr(subject[:80]), "text in normal form C")


def list_headers(letter):
    """L1, L2, L5, L7: RFC 2369, RFC 8058, RFC 2919, RFC 3834."""
    for field in letter.all("List-Unsubscribe"):
        uris = re.findall(r"<([^<>]*)>", field.value)
        # A page on the reader's own machine, as in the demo, needs no certificate.
        uris = [re.sub(r"^http://(127\.0\.0\.1|localhost)(?=[:/])", r"https://\1", u) for u in uris]
        schemes = [u.partition(":")[0].lower() for u in uris]
        form = re.fullmatch(r"<[^<>\s]+>(?:\s*,\s*<[^<>\s]+>)*", field.value)
        if not form or schemes.count("https") != 1 or any(s not in ("https", "mailto") for s in schemes):
            letter.report("L1", "List-Unsubscribe", repr(field.value[:120]), "<https:…> once, then at most <mailto:…>")
        elif schemes[0] != "https":
            letter.report("L1", "List-Unsubscribe", "mailto first", "the https URI first: order is preference")
    for field in letter.all("List-Unsubscribe-Post"):
        line = b"\r\n".join(field.lines)
        if not re.fullmatch(rb"List-Unsubscribe-Post: ?List-Unsubscribe=One-Click", line, re.I) or not line.endswith(
            b"List-Unsubscribe=One-Click"
        ):
            letter.report("L2", "List-Unsubscribe-Post", repr(line[:80]), "List-Unsubscribe=One-Click, never folded")
    for field in letter.all("List-Id"):
        match = re.fullmatch(rf"[^<>]*<({ATOMS})>", field.value)
        if not match or "." not in match[1].strip(".") or ".." in match[1] or "@" in match[1]:
            letter.report("L5", "List-Id", repr(field.value[:120]), "phrase <dotted.identifier>")
        elif len(match[1]) > 255:
            letter.report("L5", "List-Id", f"an identifier of {len(match[1])} characters", "at most 255")
    for field in letter.all("Auto-Submitted"):
        if field.value.partition(";")[0].strip().lower() != "auto-generated":
            letter.report("L7", "Auto-Submitted", repr(field.value), "auto-generated")
