//! The last gate before an article's HTML: ammonia, with a list of what may pass.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::elements::KEPT;

static GATE: LazyLock<Builder<'static>> = LazyLock::new(gate);

/// Returns HTML in which nothing acts, loads (but images) or styles; `html` is balanced and not deep.
pub(super) fn sanitise(html: &str) -> String {
    GATE.clean(html).to_string()
}

fn gate() -> Builder<'static> {
    let mut tags: HashSet<&str> = KEPT.into_iter().collect();
    tags.extend(["br", "hr", "wbr", "img"]);
    let attributes: HashMap<&str, HashSet<&str>> = [
        ("a", &["href"][..]),
        ("img", &["src", "alt", "width", "height"]),
        ("td", &["colspan", "rowspan"]),
        ("th", &["colspan", "rowspan"]),
        ("ol", &["start"]),
        ("abbr", &["title"]),
    ]
    .into_iter()
    .map(|(tag, names)| (tag, names.iter().copied().collect()))
    .collect();
    let mut gate = Builder::empty();
    gate.tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(["dir", "lang"].into_iter().collect())
        .url_schemes(["http", "https", "mailto"].into_iter().collect())
        .url_relative(UrlRelative::Deny)
        .link_rel(None);
    gate
}
