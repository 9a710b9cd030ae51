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

/// Makes the list of names and the question whether one is among them, which a `match` answers fastest.
macro_rules! kept {
    ($($name:literal)*) => {
        /// The elements kept under their own names.
        pub(super) const KEPT: &[&str] = &[$($name),*];

        fn kept(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some($name),)*
                _ => None,
            }
        }
    };
}

kept! {
    "a" "abbr" "b" "bdi" "bdo" "blockquote" "caption" "cite" "code" "dd" "del" "dfn" "div" "dl" "dt"
    "em" "figcaption" "figure" "h1" "h2" "h3" "h4" "h5" "h6" "i" "ins" "kbd" "li" "mark" "ol" "p"
    "pre" "q" "rp" "rt" "ruby" "s" "samp" "small" "span" "strong" "sub" "sup" "table" "tbody" "td"
    "tfoot" "th" "thead" "time" "tr" "u" "ul" "var"
}

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
    if let Some(kept) = kept(name) {
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

/// True for elements that a browser moves, or ends by other rules than [`implied_ends`], where they stand wrongly.
pub(super) fn is_shifty(name: &str) -> bool {
    is_of_table(name) || matches!(name, "ruby" | "rt" | "rp")
}

type Names = &'static [&'static str];

/// What an end tag outside a cell does not reach into.
pub(super) const CELL: Names = &["td", "th", "caption", "table"];

/// HTML §13.1.2.4: which open element ends when `name` begins, and which elements shield it.
pub(super) fn implied_ends(name: &str) -> Option<(Names, Names)> {
    let ends: (Names, Names) = match name {
        "li" => (&["li"], &["ul", "ol", "td", "th", "table"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl", "td", "th", "table"]),
        "tr" => (&["tr", "caption"], &["table"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot", "caption"], &["table"]),
        "a" => (&["a"], CELL),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => (&["h1", "h2", "h3", "h4", "h5", "h6"], CELL),
        _ => return None,
    };
    Some(ends)
}

/// HTML §13.2.6.4.7: what ends an open paragraph when it begins.
pub(super) fn ends_paragraph(name: &str) -> bool {
    is_block(name) || name == "hr"
}

/// Returns the name of an attribute that an element may keep, if its value is in order.
pub(super) fn kept_attribute(element: &str, written: &str) -> Option<&'static str> {
    let own: &[&str] = match element {
        "a" => &["href"],
        "abbr" => &["title"],
        "td" | "th" => &["colspan", "rowspan"],
        "ol" => &["start"],
        _ => &[],
    };
    own.iter().chain(&["dir", "lang"]).find(|known| written.eq_ignore_ascii_case(known)).copied()
}
