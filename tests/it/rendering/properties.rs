//! Whatever articles say, the message keeps its promises.

use std::sync::LazyLock;

use pressrun::model::{Digest, Direction, Hole, LOOKS, Placed};
use pressrun::render::{Theme, render};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::page::Page;
use super::sample::{article, digest, of, picture};
use super::{links, mark};

static THEMES: LazyLock<[Theme; 3]> =
    LazyLock::new(|| LOOKS.map(|look| Theme::named(look).expect("is built in")));

/// Any text that collecting lets through: no control characters, nothing of plane 16.
fn foreign_text(longest: usize) -> impl Strategy<Value = String> {
    let allowed = |c: &char| !c.is_control() && (*c as u32) < 0x10_0000;
    let any = proptest::char::any().prop_filter("is let through by collecting", allowed);
    let spiced = prop_oneof![
        6 => any.prop_map(String::from),
        3 => Just(" ".to_owned()),
        2 => "[a-z]{1,40}",
        1 => "(<[a-z/!-]{1,6}>|-->|<!\\[endif\\]-->|&[a-z]{2};|\\{lead\\}|From |https?://[a-z./]{1,120})",
        2 => "[א-ת]{1,9}",
        1 => "[一-龥]{1,50}",
    ];
    proptest::collection::vec(spiced, 0..longest).prop_map(|parts| parts.concat())
}

fn any_article() -> impl Strategy<Value = Placed> {
    let texts =
        (foreign_text(40), foreign_text(80), foreign_text(12), proptest::option::of(foreign_text(12)));
    (1i64..400, texts, any::<bool>(), proptest::option::of((foreign_text(20), 1u32..3_000, 1u32..3_000)))
        .prop_map(|(n, (title, summary, source, author), rtl, image)| {
            let title: String = title.chars().take(299).collect();
            let mut placed = article(n, &format!("T{title}"));
            placed.source = source;
            placed.article.summary = summary;
            placed.article.author = author;
            placed.article.direction = if rtl { Direction::Rtl } else { Direction::Ltr };
            placed.article.image = image.and_then(|(alt, width, height)| picture(n, &alt, width, height));
            placed
        })
}

fn without_marks(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}', '\u{200B}'], "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_article_is_shown_whole_and_breaks_nothing(
        articles in proptest::collection::vec(any_article(), 1..9),
        language in proptest::sample::select(vec!["en", "de", "fr", "es", "he", "ar", "pl"]),
        budget in 30_000usize..90_000,
        look in 0..LOOKS.len(),
    ) {
        let order = Digest { html_budget: budget, subject: "{lead} {title}".to_owned(), ..digest(language) };
        let sample = render(&of(articles.clone()), &order, &THEMES[look], &links()).expect("renders");
        let page = Page::read(&sample.message.html);
        let titles: Vec<String> = page.all("h2").map(|h| without_marks(&h.text)).collect();
        let shown = articles.len() - sample.trimmed.len();
        let expected: Vec<String> = articles[..shown].iter().map(|p| without_marks(&p.article.title)).collect();
        prop_assert_eq!(titles, expected);
        prop_assert_eq!(sample.message.html.matches(&mark(Hole::Unsubscribe)).count(), 2);
        prop_assert!(sample.message.subject.graphemes(true).count() <= 150);
        prop_assert!(!sample.message.subject.contains(['\n', '\r']));
        for line in sample.message.text.lines() {
            prop_assert!(line.width() <= 78 || line.contains("://"), "{} columns: {:?}", line.width(), line);
            prop_assert!(!line.ends_with(' ') && !line.starts_with("From "), "{:?}", line);
        }
    }
}
