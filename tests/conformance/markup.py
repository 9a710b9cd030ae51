"""What the HTML of a letter must be (rules H1, H2, H5, H8, P1, X1 to X5, I1)."""

import re
import unicodedata

from letter import Letter, hides, squeeze, style_of

FORBIDDEN = {
    "applet", "audio", "base", "button", "canvas", "dialog", "embed", "fieldset", "form", "frame", "frameset", "iframe",
    "input", "link", "marquee", "math", "noscript", "object", "option", "param", "script", "select", "slot", "source",
    "svg", "template", "textarea", "video",
}  # fmt: skip
URL_ATTRIBUTES = ("href", "src", "background", "cite", "longdesc", "poster", "action", "formaction", "data")
NEVER_ATTRIBUTES = ("srcset", "srcdoc", "ping", "data-src", "data-srcset", "contenteditable", "autofocus", "name")
NEVER_LAYOUT = re.compile(r"(display\s*:\s*(?:inline-)?(?:flex|grid))|(position\s*:\s*(?:absolute|fixed|sticky|relative))|"
                          r"((?<![-\w])float\s*:)|(background(?:-image)?\s*:[^;]*url\()|(var\(--)")  # fmt: skip
HOSTILE_STYLE = re.compile(r"expression\s*\(|@import|behaviou?r\s*:|-moz-binding|javascript:|</", re.I)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
VAGUE = {"read more", "more", "click here", "here", "link", "this", "continue reading", "continue", "read on", "read",
         "learn more", "details", "→", "»", "…"}  # fmt: skip
# Parse errors that the well-known comments for Outlook may bring.
HARMLESS = {"expected-dashes-or-doctype"}
TEXT_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "blockquote", "div")


def check(letter: Letter):
    """Reports breaches of the rules about HTML."""
    parse_errors(letter)
    for element in letter.elements:
        hostile(letter, element)
        addresses(letter, element)
        layout(letter, element)
        direction_of_text(letter, element)
    pictures(letter)
    tables(letter)
    frame(letter)
    headings(letter)
    links(letter)
    preheader(letter)


def parse_errors(letter):
    """H1: nothing unclosed or misnested that could swallow what follows."""
    for (line, column), code, _ in letter.markup_errors:
        if code not in HARMLESS:
            letter.report("H1", f"html part, line {line}, column {column}", f"parse error {code}", "well-formed HTML")


def hostile(letter, element):
    """H1: nothing that runs, sends, embeds or restyles."""
    place = letter.place(element)
    if element.tag in FORBIDDEN or ":" in element.tag:
        letter.report("H1", place, f"the element <{element.tag}>", "none in a mail")
    if element.tag == "meta" and (element.get("http-equiv") or "").lower() in ("refresh", "set-cookie"):
        letter.report("H1", place, f"meta {element.get('http-equiv')}", "none")
    for name, value in element.attrib.items():
        if name.lower().startswith("on") or (name in NEVER_ATTRIBUTES and (element.tag, name) != ("meta", "name")):
            letter.report("H1", place, f"the attribute {name}={value[:40]!r}", "none")
    style = element.get("style", "") + ((element.text or "") if element.tag == "style" else "")
    if HOSTILE_STYLE.search(style):
        letter.report("H1", place, f"style {HOSTILE_STYLE.search(style)[0]!r}", "plain declarations")
    identifier = element.get("id")
    if identifier and sum(e.get("id") == identifier for e in letter.elements) > 1:
        letter.report("H1", place, f"the id {identifier!r} twice", "ids that are unique")


def addresses(letter, element):
    """H2: absolute http(s) or mailto, no controls, no blanks; pictures never as data or SVG (H3)."""
    for name in URL_ATTRIBUTES:
        value = element.get(name)
        if value is None:
            continue
        place, scheme = f"{letter.place(element)}, {name}", value.partition(":")[0].lower()
        if re.search(r"[\x00-\x20\x7f-\x9f]", value):
            letter.report("H2", place, repr(value[:100]), "an address without blanks and controls")
        if scheme not in (("http", "https", "mailto") if name == "href" else ("http", "https")):
            rule = "H1" if re.sub(r"\s", "", scheme) in ("javascript", "vbscript", "data") else "H2"
            letter.report(rule, place, repr(value[:100]), "an absolute http(s) address")
        elif scheme != "mailto" and not re.match(r"https?://[^/?#\s]+", value, re.I):
            letter.report("H2", place, repr(value[:100]), "an address with a host")
        if name == "src" and re.search(r"\.svgz?(?:[?#]|$)", value, re.I):
            letter.report("H3", place, "an SVG picture", "PNG, JPEG, GIF or WebP")


def layout(letter, element):
    """H3, H5: what Outlook's Word engine and Gmail can lay out."""
    style, place = style_of(element), letter.place(element)
    text = (element.get("style") or "").lower() + ((element.text or "").lower() if element.tag == "style" else "")
    if never := NEVER_LAYOUT.search(text):
        letter.report("H3", place, never[0], "tables, and no grid, flex, position, float, background image or variable")
    if any("auto" in style.get(p, "") for p in ("margin", "margin-left", "margin-right")):
        letter.report("H5", place, "margin auto", "align=\"center\"")
    padded = any(p.startswith("padding") and re.search(r"[1-9]", v) for p, v in style.items())
    if padded and element.tag not in ("td", "th", "ul", "ol", "body"):
        letter.report("H5", place, "padding", "padding on td only")
    if element.tag not in ("img", "td", "th") and style.get("max-width", "0") not in ("0", "none", "100%"):
        ghost = re.search(r"<!--\[if[^\]]*mso[^\]]*\]>(?:(?!-->).)*<table", letter.html, re.S | re.I)
        if not hides(element) and not ghost:
            letter.report("H5", place, "max-width without a conditional table for Outlook", "a ghost table")


def pictures(letter):
    """H5: a width. X3: an alt. P1: nobody counts openings."""
    for image in (e for e in letter.elements if e.tag == "img"):
        place, width, height = letter.place(image), image.get("width", ""), image.get("height", "")
        if image.get("alt") is None:
            letter.report("X3", place, "no alt", "alt, empty for decoration")
        if not re.fullmatch(r"[1-9]\d*", width) or int(width) > 600:
            letter.report("H5", place, f"width={width!r}", "a width attribute of 1 to 600")
        style = style_of(image)
        tiny = {"0", "1", "2", "0px", "1px", "2px"}
        if {width, height, style.get("width"), style.get("height")} & tiny or letter.hidden(image):
            letter.report("P1", place, f"a picture of {width or '?'} × {height or '?'}", "no tracking pixel")
        if not image.get("src"):
            letter.report("H2", place, "no src", "an absolute address")


def tables(letter):
    """X2: a table is for layout and says so, or it holds data and has headers."""
    for table in (e for e in letter.elements if e.tag == "table"):
        own = [e for e in table.iter() if isinstance(e.tag, str) and nearest_table(letter, e) is table]
        data = [e.tag for e in own if e.tag in ("th", "caption", "thead")]
        if table.get("role") in ("presentation", "none"):
            if data or table.get("summary"):
                letter.report("X2", letter.place(table), f"<{(data or ['summary'])[0]}> in a layout table", "none")
        elif "th" not in data:
            letter.report("X2", letter.place(table), "a table without role and headers", "role=\"presentation\"")


def nearest_table(letter, element):
    """Returns the table that holds an element (not the element itself)."""
    holders = letter.ancestors(letter.parents.get(element))
    return next((e for e in holders if e.tag == "table"), None)


def frame(letter):
    """X1: language, direction and title, and the first two again inside body."""
    body = letter.tree.find("body")
    title = letter.tree.find("head/title")
    if title is None or not squeeze(title.text or ""):
        letter.report("X1", "<head>", "no title", "a title")
    whole = len(letter.visible)
    inside = [e for e in body.iter() if isinstance(e.tag, str) and e is not body] if body is not None else []
    # The wrapper holds nearly all words; whatever stands above it has no direction of its own.
    wrappers = [e for e in inside if len(squeeze(letter.text_of(e))) > 0.8 * whole and e.get("lang") and e.get("dir")]
    for where, element in (("<html>", letter.tree), ("a wrapper in <body>", wrappers[0] if wrappers else None)):
        language = element.get("lang", "") if element is not None else ""
        direction = element.get("dir", "") if element is not None else ""
        if not LANGUAGE.fullmatch(language) or direction not in ("ltr", "rtl"):
            letter.report("X1", where, f"lang={language!r} dir={direction!r}", "a language and ltr or rtl")
    for element in letter.elements:
        if element.get("lang") is not None and not LANGUAGE.fullmatch(element.get("lang")):
            letter.report("X1", letter.place(element), f"lang={element.get('lang')!r}", "a language tag")
        if element.get("dir") is not None and element.get("dir") not in ("ltr", "rtl", "auto"):
            letter.report("X1", letter.place(element), f"dir={element.get('dir')!r}", "ltr or rtl")


def headings(letter):
    """X4: one h1, first; no level skipped."""
    found = [e for e in letter.elements if re.fullmatch("h[1-6]", e.tag)]
    levels = [int(e.tag[1]) for e in found]
    if levels.count(1) != 1 or levels[:1] != [1]:
        letter.report("X4", "the headings", f"levels {levels[:12]}", "one h1, before all others")
    for before, heading, level in zip(levels, found[1:], levels[1:]):
        if level > before + 1:
            letter.report("X4", letter.place(heading), f"h{level} after h{before}", f"h{before + 1} or above")
    for heading in found:
        words = squeeze(letter.text_of(heading))
        if not words and not any(i.get("alt") for i in heading.iter("img")):
            letter.report("X4", letter.place(heading), "an empty heading", "words")
        if not unicodedata.is_normalized("NFC", words):
            letter.report("I3", letter.place(heading), "decomposed characters", "text in normal form C")


def links(letter):
    """X5: words that say where a link goes, underlined. P1: a link whose words are an address goes there."""
    for link in (e for e in letter.elements if e.tag == "a" and e.get("href")):
        words, place = squeeze(letter.text_of(link)), letter.place(link)
        alts = " ".join(i.get("alt", "") for i in link.iter("img")).strip()
        if not words and not alts and not link.get("aria-label"):
            letter.report("X5", place, f"a link to {link.get('href')[:80]} without words", "words that say where it goes")
        vague = words.lower().strip(" .:…→»›>") in VAGUE or (words and not words.strip(" .:…→»›>"))
        # An article may be called “More”; its heading and its summary say the rest.
        if vague and not any(re.fullmatch("h[1-6]", e.tag) for e in letter.ancestors(link)):
            letter.report("X5", place, f"the words “{words}” alone", "words that say where it goes")
        style = style_of(link)
        plain = "none" in style.get("text-decoration", "") or "none" in style.get("text-decoration-line", "")
        button = any(p in style for p in ("background", "background-color")) or "border" in style
        if words and plain and not button:
            letter.report("X5", place, "text-decoration: none", "an underlined link")
        shown = re.fullmatch(r"(?:https?://|(?=www\.))((?:[\w-]+\.)+[a-z]{2,})(?:[/?#]\S*)?", words.lower())
        host = re.match(r"https?://(?:[^/@?#]*@)?([^/:?#]+)", link.get("href", "").lower())
        if shown and host and bare(shown[1]) not in bare(host[1]) and bare(host[1]) not in bare(shown[1]):
            letter.report("P1", place, f"shows {shown[1]}, goes to {host[1]}", "the address that it shows")


def bare(host):
    """Drops a leading www."""
    return host.removeprefix("www.")


def preheader(letter):
    """H8: at most one short hidden text, hidden from Outlook too, and no padding of blanks."""
    inside = (e for e in letter.elements if hides(e) and not any(hides(a) for a in list(letter.ancestors(e))[1:]))
    hidden = [e for e in inside if squeeze(letter.text_of(e)) or len(e)]
    if len(hidden) > 1:
        letter.report("H8", letter.place(hidden[1]), f"{len(hidden)} hidden elements", "at most one, the preheader")
    for element in hidden[:1]:
        words = squeeze(letter.text_of(element))
        if len(words) > 200 or re.search("[\u200c\u00a0\u034f\u00ad\ufeff\u2007]{2}", letter.text_of(element)):
            letter.report("H8", letter.place(element), f"{len(words)} hidden characters", "at most 200, without padding")
        if style_of(element).get("mso-hide") != "all":
            letter.report("H8", letter.place(element), "no mso-hide", "mso-hide:all for Outlook")


def direction_of_text(letter, element):
    """I1: Hebrew and Arabic stand in dir="rtl"; a dir always has the same in CSS, there or inherited."""
    stated = element.get("dir")
    if stated in ("ltr", "rtl") and element.tag not in ("html", "body"):
        said = inherited(letter, element, "direction")
        if said != stated:
            letter.report("I1", letter.place(element), f"dir={stated}, direction:{said or 'nowhere'}", "the same in both")
        if stated == "rtl" and inherited(letter, element, "text-align") not in ("right", "center"):
            letter.report("I1", letter.place(element), "dir=rtl without text-align:right", "both")
    if element.tag not in TEXT_BLOCKS:
        return
    words = (element.text or "") + "".join(
        ("" if c.tag in TEXT_BLOCKS + ("table", "ul", "ol") or not isinstance(c.tag, str) else letter.text_of(c)) + (c.tail or "")
        for c in element
    )
    strong = [unicodedata.bidirectional(c) for c in outside_isolates(words)]
    right, left = sum(s in ("R", "AL") for s in strong), strong.count("L")
    if right < 4 or right <= left:
        return
    holder = next((e for e in letter.ancestors(element) if e.get("dir")), None)
    if holder is None or holder.get("dir") != "rtl":
        letter.report("I1", letter.place(element), "right-to-left words in no dir=rtl", 'dir="rtl" and direction:rtl')


def outside_isolates(text):
    """Yields the characters that no isolate holds: an isolated run keeps its own direction in any paragraph."""
    depth = 0
    for c in text:
        if c in "\u2066\u2067\u2068":
            depth += 1
        elif c == "\u2069":
            depth = max(depth - 1, 0)
        elif depth == 0:
            yield c


def inherited(letter, element, name):
    """Returns the inline declaration of the element or of the nearest that holds it."""
    return next((style_of(e)[name] for e in letter.ancestors(element) if name in style_of(e)), "")
