//! The last gate before an article's HTML: ammonia, with a list of what may pass.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::elements::KEPT;
use super::sieve::Sifted;

static GATE: LazyLock<Builder<'static>> = LazyLock::new(gate);

/// Returns HTML in which nothing acts, loads (but images) or styles.
///
/// The sieve writes no element and no attribute but those of the list, balanced and escaped, so that a browser makes of its
/// HTML what stands there; where it may not (tables, ruby), ammonia looks at what a browser would make of it.
pub(super) fn sanitise(sifted: Sifted) -> String {
    if sifted.shifty {
        return GATE.clean(&sifted.html).to_string();
    }
    debug_assert_eq!(sifted.html, GATE.clean(&sifted.html).to_string(), "ammonia would change it");
    sifted.html
}

fn gate() -> Builder<'static> {
    let mut tags: HashSet<&str> = KEPT.iter().copied().collect();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::elements;
    use crate::collect::sieve::sift;

    /// A tag of any element, or something that is found between tags.
    fn piece() -> impl Strategy<Value = String> {
        let names: Vec<&str> = KEPT.iter().copied().chain(OTHERS).collect();
        let plain: Vec<&str> = names.iter().copied().filter(|name| !elements::is_shifty(name)).collect();
        let attributes = prop::sample::select(&ATTRIBUTES[..]);
        prop_oneof![
            8 => (prop::sample::select(plain.clone()), attributes).prop_map(|(name, with)| format!("<{name}{with}>")),
            6 => prop::sample::select(plain).prop_map(|name| format!("</{name}>")),
            1 => prop::sample::select(names.clone()).prop_map(|name| format!("<{name}>")),
            1 => prop::sample::select(names).prop_map(|name| format!("</{name}>")),
            4 => prop::sample::select(&TEXTS[..]).prop_map(str::to_owned),
            1 => "\\PC{0,6}",
        ]
    }

    #[rustfmt::skip]
    const OTHERS: [&str; 34] = [
        "img src=/a.png alt='\"<b>&amp;'", "img", "image src=b", "br", "hr", "wbr", "script", "style", "svg", "math", "title",
        "textarea", "template", "noscript", "iframe", "select", "option", "button", "form", "input", "body", "html",
        "head", "frameset", "plaintext", "section", "address", "summary", "listing", "menu", "font", "nobr", "big", "center",
    ];
    #[rustfmt::skip]
    const ATTRIBUTES: [&str; 14] = [
        "", "", "", "", " href=/x", " href='https://e.example/?a=1&b=\"<script>'", " href=javascript:x", " href='mailto:a@b'",
        " lang=de", " dir=rtl", " title='\"><img src=x>&nbsp;'", " start=3 onclick=x", " lang=de lang=fr", "/",
    ];
    #[rustfmt::skip]
    const TEXTS: [&str; 18] = [
        "a", " ", "\n", "\r\n", "&lt;b&gt;", "&amp;lt;", "&nbsp;", "\u{A0}", "\"'", "<!-- -->", "<!--", "-->", "<![CDATA[", "]]>",
        "\0", "\u{301}", "\u{202B}", "<",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_ammonia_does_not_see_it_would_not_change(pieces in prop::collection::vec(piece(), 0..40)) {
            let base = url::Url::parse("https://example.org/").expect("parses");
            let sifted = sift(&pieces.concat(), &base);
            if !sifted.shifty {
                prop_assert_eq!(GATE.clean(&sifted.html).to_string(), sifted.html);
            }
        }
    }
}
