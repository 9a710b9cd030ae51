"""What the parts of a letter must be, and that they say the same (rules F9 to F12, F14, L4, U11, I3)."""

import html
import re
import unicodedata

import wcwidth
from letter import BLOCKS, Letter, letters_of, squeeze

GMAIL_CLIP = 102 * 1024
TAG = re.compile(r"</?(?:a|b|i|p|br|em|strong|div|span|table|tr|td|th|ul|ol|li|img|h[1-6]|html|body|blockquote|pre|code|"
                 r"script|style|font|center|hr|figure|section|article|iframe)(?:\s[^<>]*)?/?>", re.I)  # fmt: skip
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
OPENERS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"


def check(letter: Letter):
    """Reports breaches of the rules about parts."""
    structure(letter)
    if letter.text_part is not None:
        text_part(letter)
        wrapping(letter)
        flowed(letter)
    if letter.html_part is not None:
        size(letter)
        links_in_text(letter)
        leaving(letter)
        postal_address(letter)
    characters(letter)


def structure(letter):
    """F9: multipart/alternative of text, then HTML, both utf-8. F14: nothing attached, no needless base64."""
    message = letter.message
    kinds = [p.get_content_type() for p in message.iter_parts()] if message.is_multipart() else []
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        found = f"{message.get_content_type()} of {', '.join(kinds) or 'no parts'}"
        letter.report("F9", "the structure", found, "multipart/alternative: text/plain, then text/html")
    for part in message.walk():
        where = f"{part.get_content_type()} part"
        for defect in part.defects:
            letter.report("F9", where, f"{type(defect).__name__} {defect}".strip(), "no parser defects")
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                letter.report("F9", f"{where}, {name}", f"{type(defect).__name__}: {defect}", "no parser defects")
        if part.get_content_disposition() == "attachment" or part.get_filename():
            letter.report("F14", where, f"an attachment {part.get_filename() or ''}".strip(), "none")
        if part.get_content_maintype() == "text":
            one_text(letter, where, part)
    boundary(letter)


def one_text(letter, where, part):
    """F9: a charset that holds. F14: base64 only where it is shorter."""
    if (part.get_content_charset() or "").lower() != "utf-8":
        letter.report("F9", where, f"charset {part.get_content_charset()}", "utf-8")
    raw = part.get_payload(decode=True) or b""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        letter.report("F9", where, str(error), "valid utf-8")
    ascii_share = sum(b < 128 for b in raw) / max(len(raw), 1)
    if str(part.get("Content-Transfer-Encoding", "")).lower() == "base64" and ascii_share > 0.6:
        letter.report("F14", where, f"base64 for a text that is {ascii_share:.0%} ASCII", "quoted-printable")


def boundary(letter):
    """F9: RFC 2046 §5.1.1, and a delimiter that occurs only as delimiter."""
    mark = letter.message.get_boundary()
    if mark is None:
        return
    if not re.fullmatch(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", mark):
        letter.report("F9", "Content-Type", f"boundary {mark[:80]!r}", "1 to 70 characters of RFC 2046 §5.1.1")
    parts = len(list(letter.message.iter_parts()))
    delimiters = len(re.findall(rb"(?m)^--" + re.escape(mark.encode()), letter.body))
    if delimiters != parts + 1 or mark in letter.text or mark in letter.html:
        letter.report("F9", "the boundary", f"{delimiters} delimiter lines for {parts} parts", "absent from the content")


def text_part(letter):
    """F10: not empty, and no markup that the HTML does not show as text as well."""
    if len("".join(letter.text.split())) < 20:
        letter.report("F10", "text part", "hardly a word", "an equivalent of the HTML")
    shown = letters_of(letter.visible)
    links = set(hrefs(letter))
    for number, line in enumerate(letter.text.split("\n"), 1):
        bare = " ".join(w for w in line.split(" ") if w.strip("<>()[].,;") not in links)
        for kind, pattern in (("the tag", TAG), ("the entity", ENTITY)):
            for match in pattern.finditer(bare):
                known = kind == "the tag" or html.unescape(match[0]) != match[0]
                if known and letters_of(match[0]) not in shown:
                    letter.report("F10", f"text part, line {number}", f"{kind} {match[0][:60]}", "plain text")


def wrapping(letter):
    """F10: at most 78 columns, except a line that is one URL."""
    for number, line in enumerate(letter.text.split("\n"), 1):
        line = line.rstrip("\r")
        width = wcwidth.wcswidth(line)
        width = width if width >= 0 else len(line)
        one_url = re.fullmatch(r"\s*<?(?:https?|mailto):\S+", line)
        if width > 78 and not one_url:
            letter.report("F10", f"text part, line {number}", f"{width} columns: {line[:50]}…", "at most 78")


def flowed(letter):
    """F11: RFC 3676, only if it is declared."""
    if (letter.text_part.get_param("format") or "").lower() != "flowed":
        return
    if letter.text_part.get_param("delsp") is None:
        letter.report("F11", "text part", "format=flowed without DelSp", "DelSp=yes or no")
    for number, line in enumerate(letter.text.split("\n"), 1):
        if line.startswith((">", "From ")):
            letter.report("F11", f"text part, line {number}", repr(line[:20]), "a space before > and From")


def hrefs(letter):
    """Returns the addresses of all links, in order, without doubles."""
    found = (e.get("href", "").strip() for e in letter.elements if e.tag in ("a", "area"))
    return list(dict.fromkeys(h for h in found if h))


def size(letter):
    """F12: what Gmail shows without clipping."""
    octets = len(letter.html_part.get_payload(decode=True) or b"")
    if octets > GMAIL_CLIP:
        letter.report("F12", "html part", f"{octets} octets", f"at most {GMAIL_CLIP}")


def links_in_text(letter):
    """F10: every link of the HTML stands whole in the text."""
    for href in hrefs(letter):
        scheme = href.partition(":")[0].lower()
        target = href[7:] if scheme == "mailto" else href
        if scheme in ("http", "https", "mailto") and not stands_whole(letter.text, target):
            letter.report("F10", "text part", f"without the link {href}", "every link of the HTML")


def stands_whole(text, target):
    """Tells whether the address stands in the text with nothing glued to its end."""
    return re.search(re.escape(target) + r"(?=$|[\s>)\]]|[.,;:!?]+(?:\s|$))", text, re.M) is not None


def leaving(letter):
    """L4: a visible way out in both parts. F12: not only at the very end of the HTML."""
    way_out = letter.unsubscribe()
    if not way_out:
        return
    if not stands_whole(letter.text, way_out):
        letter.report("L4", "text part", "no unsubscribe link", "the https URI of List-Unsubscribe")
    order = {e: n for n, e in enumerate(letter.elements)}
    links = [e for e in letter.elements if e.tag == "a" and e.get("href", "").strip() == way_out]
    seen = [e for e in links if not letter.hidden(e) and (squeeze(letter.text_of(e)))]
    if not seen:
        letter.report("L4", "html part", "no visible unsubscribe link", "a link to the https URI of List-Unsubscribe")
        return
    language = (letter.tree.get("lang") or "").lower()
    if language.startswith("en") and not any("unsubscribe" in letter.text_of(e).lower() for e in seen):
        letter.report("L4", "html part", f"the link reads “{squeeze(letter.text_of(seen[0]))}”", "the word unsubscribe")
    headings = [e for e in letter.elements if e.tag in ("h2", "h3") and squeeze(letter.text_of(e))]
    if headings and order[seen[0]] > order[headings[-1]]:
        letter.report("F12", "html part", "the unsubscribe link only after the last article", "one before it as well")


def postal_address(letter):
    """U11: among the last blocks one that reads like a postal address (names and commas, no sentence), in both parts."""
    flat = letters_of(letter.text)
    for element in [e for e in letter.elements if leaf(letter, e)][-8:]:
        if any(e.tag == "a" for e in element.iter()):
            continue
        lines = [squeeze(line) for line in letter.text_of(element).splitlines() if line.strip()]
        pieces = [p for line in lines for p in re.split(r"\s*[,،、·|–—;]\s*", line) if p]
        sentence = lines[-1].endswith((".", "!", "?", "…", "。")) or len(" ".join(lines)) > 300
        if len(pieces) >= 2 and not sentence and all(letters_of(line) in flat for line in lines):
            return
    letter.report("U11", "the footer", "no paragraph that reads like a postal address", "the sender's, in both parts")


def leaf(letter, element):
    """Tells whether the element is a visible block of words that holds no other block."""
    inside = (e for e in element.iter() if isinstance(e.tag, str) and e is not element)
    if element.tag not in BLOCKS or any(e.tag in BLOCKS for e in inside) or letter.hidden(element):
        return False
    return bool(squeeze(letter.text_of(element)))


def characters(letter):
    """I3: no controls, no open direction marks, no unfilled holes, neither in the parts nor in the header."""
    places = [("Subject", letter.decoded("Subject")), ("From", letter.decoded("From"))]
    places += [("text part", letter.text), ("html part", html.unescape(letter.html))]
    for where, text in places:
        bad = {c for c in text if unicodedata.category(c) == "Cc" and c not in "\t\n\r"}
        if bad:
            letter.report("I3", where, "the controls " + ", ".join(sorted(f"U+{ord(c):04X}" for c in bad)), "none")
        holes = {c for c in text if 0x100000 <= ord(c)}
        if holes:
            letter.report("I3", where, "private-use " + ", ".join(f"U+{ord(c):X}" for c in sorted(holes)), "none")
    paragraphs = [(w, t) for w, t in places[:2]] + [("text part", p) for p in re.split(r"\r?\n\s*\r?\n", letter.text)]
    for element in letter.elements:
        if leaf(letter, element):
            paragraphs.append((f"html part, {letter.place(element)}", letter.text_of(element)))
    for where, text in paragraphs:
        if trouble := unbalanced(text):
            letter.report("I3", where, trouble, "direction marks that close what they open")


def unbalanced(text):
    """Says what is wrong with the direction marks of a paragraph, or returns an empty text."""
    stack = []
    for c in text:
        if c in "\u202d\u202e":
            return f"the override U+{ord(c):04X}"
        if c in OPENERS + ISOLATES:
            stack.append(c)
        elif c == "\u202c" and (not stack or stack.pop() not in OPENERS):
            return "a U+202C that closes nothing"
        elif c == "\u2069" and (not stack or stack.pop() not in ISOLATES):
            return "a U+2069 that closes nothing"
    return f"an open U+{ord(stack[-1]):04X}" if stack else ""
