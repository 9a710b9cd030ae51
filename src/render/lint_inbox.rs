//! What an inbox shows of a mail beside its subject, and the addresses that it leads to.

use std::collections::HashSet;

use super::lint_tree::Tree;

/// More characters than these no inbox shows.
const SHOWN: usize = 160;

/// Returns the words with which an HTML part begins, hidden ones too: what inboxes show behind the subject.
#[must_use]
pub fn preheader(html: &str) -> String {
    let tree = Tree::read(html);
    let (mut words, mut node) = (String::new(), 1);
    while node < tree.nodes.len() && words.chars().count() < SHOWN {
        if matches!(tree.name(node), "head" | "style" | "script" | "title" | "noscript") {
            node = tree.nodes[node].end;
            continue;
        }
        if let Some(text) = tree.words(node) {
            words.extend(text.split_whitespace().flat_map(|word| [word, " "]));
        }
        node += 1;
    }
    words.trim_end().chars().take(SHOWN).collect()
}

/// Returns the http and https addresses of an HTML part's links and pictures, each once, in their order.
#[must_use]
pub fn addresses(html: &str) -> Vec<String> {
    let tree = Tree::read(html);
    let mut met = HashSet::new();
    let of = |node: usize| match tree.name(node) {
        "a" | "area" => tree.get(node, "href"),
        "img" => tree.get(node, "src"),
        _ => None,
    };
    let web = |address: &&str| {
        let start = address.trim_start().get(..8).unwrap_or_default().to_ascii_lowercase();
        start.starts_with("http://") || start == "https://"
    };
    let all = tree.elements().filter_map(of).filter(web).map(|address| address.trim().to_owned());
    all.filter(|address| met.insert(address.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_shows_the_hidden_words_before_those_that_are_seen() {
        let html = "<head><title>T</title><style>a{}</style></head><body><div style='display:none'>Boats\n are back</div>\
                    <h1>News</h1></body>";
        assert_eq!(preheader(html), "Boats are back News");
        assert_eq!(preheader(""), "");
    }

    #[test]
    fn links_and_pictures_are_told_once_each_in_their_order() {
        let html = "<a href='https://a.example/1'>x</a><img src='HTTP://a.example/p.png'><a href='mailto:x@a.example'>m</a>\
                    <a href=' https://a.example/1 '>again</a>";
        assert_eq!(addresses(html), ["https://a.example/1", "HTTP://a.example/p.png"]);
    }
}
