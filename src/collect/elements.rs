//! Which HTML elements an article may have, and which of them end others.

/// What becomes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Left out with all that is in it.
    Dropped,
    /// A picture.
    Image,
    /// Kept, and has no end.
    Void(&'static str),
    /// Kept under this name.
    Kept(&'static str),
    /// The tag is left out, what is in it stays.
    Ignored,
}

/// The elements kept under their own names.
pub(super) const KEPT: [&str; 54] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "time",
];

const DROPPED: [&str; 27] = [
    "script",
    "style",
    "svg",
    "math",
    "iframe",
    "object",
    "applet",
    "template",
    "title",
    "select",
    "textarea",
    "button",
    "audio",
    "video",
    "canvas",
    "noembed",
    "noframes",
    "xmp",
    "frameset",
    "dialog",
    "datalist",
    "map",
    "progress",
    "meter",
    "option",
    "portal",
    "fencedframe",
];

/// Returns what becomes of an element; `name` is in lower case.
pub(super) fn place(name: &str) -> Place {
    if let Some(kept) = KEPT.iter().find(|kept| **kept == name) {
        return Place::Kept(kept);
    }
    match name {
        "img" | "amp-img" | "image" => Place::Image,
        "br" => Place::Void("br"),
        "hr" => Place::Void("hr"),
        "wbr" => Place::Void("wbr"),
        "article" | "section" | "header" | "footer" | "main" | "aside" | "nav" | "center" | "details"
        | "address" | "fieldset" | "hgroup" => Place::Kept("div"),
        "summary" | "legend" => Place::Kept("p"),
        "tt" => Place::Kept("code"),
        "strike" => Place::Kept("s"),
        "acronym" => Place::Kept("abbr"),
        "listing" => Place::Kept("pre"),
        "dir" | "menu" => Place::Kept("ul"),
        _ if DROPPED.contains(&name) => Place::Dropped,
        _ => Place::Ignored,
    }
}

/// True if an element stands in a line of its own, so that its text must not run into the text before.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "caption"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "li"
            | "ol"
            | "p"
            | "pre"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// True for the parts of a table, whose ends reach out of its cells.
pub(super) fn is_of_table(name: &str) -> bool {
    matches!(name, "table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "caption")
}

type Names = &'static [&'static str];

/// HTML §13.1.2.4: which open element ends when `name` begins, and which elements shield it.
pub(super) fn implied_ends(name: &str) -> Option<(Names, Names)> {
    const CELL: Names = &["td", "th", "caption", "table"];
    let ends: (Names, Names) = match name {
        "li" => (&["li"], &["ul", "ol", "td", "th", "table"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl", "td", "th", "table"]),
        "tr" => (&["tr", "caption"], &["table"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot", "caption"], &["table"]),
        "a" => (&["a"], CELL),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => (&["p", "h1", "h2", "h3", "h4", "h5", "h6"], CELL),
        "p" | "hr" => (&["p"], CELL),
        _ if is_block(name) => (&["p"], CELL),
        _ => return None,
    };
    Some(ends)
}

/// More attributes than any tag has; the tokenizer compares each with all others.
const MOST_ATTRIBUTES: usize = 500;

/// Returns the length of the text before the first tag that has absurdly many attributes.
pub(super) fn sane_length(html: &str) -> usize {
    let bytes = html.as_bytes();
    let (mut tag, mut count, mut quote) = (None, 0, None);
    for (at, &byte) in bytes.iter().enumerate() {
        let Some(start) = tag else {
            let opens =
                byte == b'<' && bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/');
            (tag, count, quote) = (opens.then_some(at), 0, None);
            continue;
        };
        match (quote, byte) {
            (None, b'>') => tag = None,
            (None, b'"' | b'\'') if bytes[..at].trim_ascii_end().ends_with(b"=") => quote = Some(byte),
            (None, b'/' | b' ' | b'\t' | b'\n' | b'\r' | 0x0C) => count += 1,
            (Some(open), _) if open == byte => (quote, count) = (None, count + 1),
            _ => {}
        }
        if count > MOST_ATTRIBUTES {
            return start;
        }
    }
    html.len()
}
