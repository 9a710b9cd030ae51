//! Words stand in their own direction, whatever stands round them.

use pressrun::model::LOOKS;
use pressrun::render::{Theme, render};

use super::page::Page;
use super::sample::{self, article, digest, foreign, picture};
use super::{dressed, links, rendered};

#[test]
fn each_article_says_its_direction_by_attribute_and_by_style() {
    for (language, look) in LOOKS.iter().flat_map(|look| [("en", look), ("he", look)]) {
        let mut articles = vec![
            article(1, "Tides"),
            foreign(2, "he", "שלום", "עולם"),
            article(3, "Ebbs"),
            foreign(4, "ar", "سلام", "عالم"),
        ];
        // So that they stand side by side where a look has that.
        articles.iter_mut().for_each(|placed| placed.article.image = picture(placed.id.0, "Tide", 600, 400));
        let sample = dressed(articles, language, look);
        let page = Page::read(&sample.message.html);
        for (words, dir, align, lang) in [
            ("Tides", "ltr", "left", "en"),
            ("שלום", "rtl", "right", "he"),
            ("Ebbs", "ltr", "left", "en"),
            ("سلام", "rtl", "right", "ar"),
        ] {
            let cells = page.all("td").filter(|td| td.text.contains(words));
            let cell = cells.min_by_key(|td| td.text.len()).expect("a cell");
            assert_eq!(cell.get("dir"), Some(dir), "{words} in {language}");
            assert_eq!((cell.style("direction"), cell.style("text-align")), (Some(dir), Some(align)));
            assert_eq!(cell.get("lang"), (lang != language).then_some(lang), "{words} in {language}");
        }
    }
}

#[test]
fn a_heading_of_another_direction_says_so_and_stands_at_its_own_side() {
    for (language, title, dir, align) in
        [("en", "קו המים", "rtl", "right"), ("he", "Slow findings", "ltr", "left")]
    {
        let mut edition = sample::edition(3);
        edition.sections[0].title = title.to_owned();
        let theme = Theme::built_in();
        let html = render(&edition, &digest(language), &theme, &links()).expect("renders").message.html;
        let page = Page::read(&html);
        let heading = page.all("p").find(|p| p.text == title).expect("a heading");
        assert_eq!((heading.get("dir"), heading.style("direction")), (Some(dir), Some(dir)));
        assert_eq!(heading.style("text-align"), Some(align));
    }
}

#[test]
fn title_and_postal_address_of_another_direction_say_so_and_stay_where_they_stand() {
    for (language, look) in LOOKS.iter().flat_map(|look| [("en", look), ("he", look)]) {
        let html = dressed(vec![article(1, "Tides")], language, look).message.html;
        let page = Page::read(&html);
        let title = page.all("h1").next().expect("a title");
        let address = page.all("p").find(|p| p.text.contains("Pier 9")).expect("an address");
        for block in [title, address] {
            let said = (language == "he").then_some("ltr");
            assert_eq!((block.get("dir"), block.style("direction")), (said, said), "{look} in {language}");
            assert_eq!(block.style("text-align"), None);
        }
    }
}

#[test]
fn words_of_the_other_direction_are_isolated() {
    let sample = rendered(vec![foreign(1, "he", "למדו C++ 23, עכשיו", "חדש")], "en");
    let page = Page::read(&sample.message.html);
    let title = &page.all("h2").next().expect("a title").text;
    assert_eq!(title, "למדו \u{2068}C++ 23\u{2069}, עכשיו");
    assert_eq!(sample.message.subject, "The Harbour Weekly: \u{2068}למדו C++ 23, עכשיו\u{2069}");
    assert!(sample.message.text.contains("* למדו C++ 23, עכשיו\n"), "a terminal would show the isolates");
    let pure = rendered(vec![article(1, "Plain")], "en").message;
    assert!(!pure.html.contains('\u{2068}') && !pure.subject.contains('\u{2068}'));
}
