"""A finished letter taken apart once, and the finding that every check reports."""

import email
import email.policy
import re
from dataclasses import asdict, dataclass, field

import html5lib

HEADER = re.compile(rb"^([!-9;-~]+):(.*)$", re.S)
BLOCKS = {
    "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
}  # fmt: skip
UNSEEN = {"head", "style", "script", "title", "template", "noscript"}


@dataclass(frozen=True)
class Finding:
    """One breach of one rule: what was found where, and what is expected instead."""

    rule: str
    file: str
    where: str
    found: str
    expected: str

    def __str__(self):
        return f"{self.rule}  {self.file}: {self.where}: {self.found}; expected {self.expected}"

    def as_dict(self):
        return asdict(self)


@dataclass
class Field:
    """A header field: its name, its physical lines without CRLF, and its unfolded value."""

    name: str
    lines: list
    number: int
    value: str = field(init=False)

    def __post_init__(self):
        text = b"".join(self.lines).decode("utf-8", "replace")
        self.value = text.partition(":")[2].strip()


def style_of(element):
    """Returns the inline declarations of an element, names and values in lower case."""
    declarations = {}
    for declaration in (element.get("style") or "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            declarations[name.strip().lower()] = value.strip().lower()
    return declarations


def letters_of(text):
    """Returns a text without white space and without what is there for line breaks and direction only."""
    return re.sub("[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+", "", text)


def squeeze(text):
    """Folds every run of white space to one blank."""
    return " ".join(text.split())


class Letter:
    """The bytes of a letter, its header fields, its parts and the tree of its HTML."""

    def __init__(self, file, raw):
        self.file, self.raw, self.findings = file, raw, []
        normal = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head, _, self.body = normal.partition(b"\n\n")
        self.fields = self._fields(head)
        self.message = email.message_from_bytes(normal, policy=email.policy.default)
        parts = [p for p in self.message.walk() if not p.is_multipart()]
        self.text_part = next((p for p in parts if p.get_content_type() == "text/plain"), None)
        self.html_part = next((p for p in parts if p.get_content_type() == "text/html"), None)
        self.text, self.html = self._decoded(self.text_part), self._decoded(self.html_part)
        parser = html5lib.HTMLParser(html5lib.treebuilders.getTreeBuilder("etree"), namespaceHTMLElements=False)
        self.tree = parser.parse(self.html)
        self.markup_errors = parser.errors
        self.parents = {child: parent for parent in self.tree.iter() for child in parent}
        self.elements = [e for e in self.tree.iter() if isinstance(e.tag, str)]
        self.visible = squeeze(self.text_of(self.tree))

    def report(self, rule, where, found, expected):
        """Adds a finding; long excerpts are cut."""
        found = found if len(found) <= 240 else found[:237] + "..."
        self.findings.append(Finding(rule, self.file, where, found, expected))

    def _fields(self, head):
        fields = []
        for number, line in enumerate(head.split(b"\n"), 1):
            if line[:1] in (b" ", b"\t") and fields:
                fields[-1][1].append(line)
            elif match := HEADER.match(line):
                fields.append((match[1].decode("ascii"), [line], number))
            else:
                self.report("F8", f"line {number}", repr(line[:80]), "a header field: name, colon, value")
        return [Field(*f) for f in fields]

    @staticmethod
    def _decoded(part):
        if part is None:
            return ""
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")

    def all(self, name):
        """Returns every field of that name."""
        return [f for f in self.fields if f.name.lower() == name.lower()]

    def value(self, name):
        """Returns the unfolded value of the first field of that name, or an empty text."""
        return next((f.value for f in self.all(name)), "")

    def decoded(self, name):
        """Returns the header as a reader sees it, encoded-words decoded."""
        return str(self.message.get(name, ""))

    def unsubscribe(self):
        """Returns the https URI of List-Unsubscribe, or an empty text."""
        return next((u for u in re.findall(r"<([^<>]*)>", self.value("List-Unsubscribe")) if u.startswith("https:")), "")

    def ancestors(self, element):
        """Yields the element and everything that holds it, inside out."""
        while element is not None:
            yield element
            element = self.parents.get(element)

    def hidden(self, element):
        """Tells whether inline style hides the element or one that holds it."""
        return any(hides(e) for e in self.ancestors(element))

    def text_of(self, element):
        """Returns the text under an element, a line break where a block begins or ends."""
        out = []

        def walk(node):
            if not isinstance(node.tag, str) or node.tag in UNSEEN:
                return
            edge = "\n" if node.tag in BLOCKS or node.tag == "br" else ""
            out.extend((edge, node.text or ""))
            for child in node:
                walk(child)
                out.append(child.tail or "")
            out.append(edge)

        walk(element)
        return "".join(out)

    def place(self, element):
        """Names an element for a reader of the report: its tag and the beginning of its text."""
        text = squeeze(self.text_of(element))[:50] or element.get("src", "")[:50] or element.get("href", "")[:50]
        return f"<{element.tag}> “{text}”" if text else f"<{element.tag}>"


def hides(element):
    """Tells whether the element's own inline style hides it."""
    style = style_of(element)
    zero = ("0", "0px", "0.0")
    return (
        style.get("display", "").startswith("none")
        or style.get("visibility") == "hidden"
        or style.get("font-size") in zero
        or style.get("opacity") in zero
        or (style.get("max-height") in zero and style.get("overflow") == "hidden")
    )
