//! What is known of HTML elements: which are empty, which end by themselves, which stand as blocks.

/// Elements without content.
pub(super) const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements whose words nobody reads in the mail.
pub(super) const RAW: [&str; 10] =
    ["style", "script", "title", "textarea", "iframe", "noembed", "noframes", "template", "xmp", "xml"];

/// Elements that begin a paragraph of their own.
pub(super) const BLOCK: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "ul",
];

/// True if the start of `name` ends an open `top`, whose end tag may be left out.
pub(super) fn closes(name: &str, top: &str) -> bool {
    match top {
        "p" => {
            BLOCK.contains(&name) && !matches!(name, "body" | "td" | "th" | "dd" | "dt" | "li")
                || ends_cell(name)
        }
        "li" => name == "li" || ends_cell(name),
        "dt" | "dd" => matches!(name, "dt" | "dd"),
        "td" | "th" => ends_cell(name),
        "tr" => matches!(name, "tr" | "tbody" | "tfoot" | "thead"),
        "thead" | "tbody" | "tfoot" => matches!(name, "tbody" | "tfoot" | "thead"),
        "option" => matches!(name, "option" | "optgroup"),
        "head" => {
            !matches!(
                name,
                "title" | "style" | "script" | "meta" | "link" | "base" | "noscript" | "template" | "xml"
            ) && !name.contains(':')
        }
        _ => false,
    }
}

fn ends_cell(name: &str) -> bool {
    matches!(name, "td" | "th" | "tr" | "tbody" | "tfoot" | "thead")
}

/// True if the end tag of `name` reaches no further than an open `outer`.
pub(super) fn ends_at(name: &str, outer: &str) -> bool {
    match name {
        "table" | "body" | "html" => false,
        "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" => outer == "table",
        _ => matches!(outer, "td" | "th" | "table"),
    }
}

/// True if the end tag may be left out (HTML §13.1.2.4), or if other programs' elements are none of ours.
pub(super) fn may_stay_open(name: &str) -> bool {
    matches!(
        name,
        "html"
            | "head"
            | "body"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "td"
            | "th"
            | "tr"
            | "thead"
            | "tbody"
            | "tfoot"
            | "option"
            | "optgroup"
            | "colgroup"
            | "caption"
            | "rt"
            | "rp"
    ) || name.contains(':')
}
