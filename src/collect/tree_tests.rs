use proptest::prelude::*;

use super::*;

fn outline(html: &str) -> String {
    let tree = Tree::new(html);
    let mut out = String::new();
    tree.html(0, &[], &mut out);
    out
}

#[test]
fn a_page_is_nested_as_a_browser_nests_it() {
    for (html, expected) in [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
        ("<div><b>a</div>b", "<div><b>a</b></div>b"),
        ("<div>a</span>b</div>", "<div>ab</div>"),
        ("<head><title>a<b</title><p>c", "<head><title>a<b</title></head><p>c</p>"),
        ("<p>a<section>b</section>", "<p>a</p><section>b</section>"),
        ("<br>a<img src=b>", "<br>a<img src=\"b\">"),
        ("</p>a</div>", "a"),
    ] {
        assert_eq!(outline(html), expected, "{html}");
    }
}

#[test]
fn a_hundred_thousand_levels_are_flattened() {
    for opening in ["<div>", "<b>", "<p><span>", "<table><tr><td>", "<ul><li>", "<a href=x>", "<svg/>"] {
        let html =
            format!("{}<p>the text</p>{}", opening.repeat(100_000), "</div></b></span>".repeat(50_000));
        let tree = Tree::new(&html);
        let deepest = (0..tree.nodes.len()).map(|at| tree.ancestors(at).count()).max();
        assert!(deepest.is_some_and(|deepest| deepest <= DEEPEST + 1), "{opening}: {deepest:?}");
    }
}

proptest! {
    #[test]
    fn every_subtree_lies_within_its_parent(pieces in prop::collection::vec(
        prop_oneof![
            prop::sample::select(vec!["<p>", "</p>", "<div>", "</div>", "<li>", "<td>", "<table>", "</table>", "<a>", "</a>",
                "<script>", "</script>", "<title>", "<body>", "<head>", "</head>", "<b x='", "'>", "<br/>", "<h1>"]).prop_map(str::to_owned),
            "\\PC{0,6}",
        ], 0..60)) {
        let html = pieces.concat();
        let tree = Tree::new(&html);
        for at in 1..tree.nodes.len() {
            let parent = tree.parent(at);
            prop_assert!(parent < at && tree.end(at) > at && tree.end(at) <= tree.end(parent));
        }
        let mut out = String::new();
        tree.html(0, &[], &mut out);
        let _ = tree.text(0, &[]);
    }
}
