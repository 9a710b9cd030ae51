//! The size budget: whole articles go, and the message says so.

use pressrun::model::{ArticleId, Digest, Hole, Passage, Placed};
use pressrun::render::{Links, RenderError, Theme, led_through, render};

use super::page::Page;
use super::sample::{digest, edition, of, picture};
use super::{WEB_COPY, links};

#[test]
fn five_hundred_long_articles_are_cut_to_the_budget_by_whole_articles() {
    let mut all: Vec<Placed> = edition(500).articles().cloned().collect();
    for placed in &mut all {
        placed.article.summary = "A long & winding summary. ".repeat(20);
    }
    for budget in [20_000, 51_234, 90_000, 102_400] {
        let order = Digest { html_budget: budget, ..digest("en") };
        let sample = render(&of(all.clone()), &order, &Theme::built_in(), &links()).expect("renders");
        let address = "x".repeat(300);
        let letter = Hole::ALL
            .iter()
            .fold(sample.message.html.clone(), |html, hole| html.replace(hole.mark(), &address));
        assert!(letter.len() <= budget && letter.len() > budget - 6_000, "{} of {budget}", letter.len());
        let page = Page::read(&sample.message.html);
        let shown = page.all("h2").count();
        let left: Vec<ArticleId> = all[shown..].iter().map(|placed| placed.id).collect();
        assert_eq!(sample.trimmed, left);
        let more = format!("{} more on the web", 500 - shown);
        assert!(page.all("a").any(|a| a.text == more && a.get("href") == Some(WEB_COPY)), "{more}");
        assert!(sample.message.text.contains(&format!("{more}:\n{WEB_COPY}\n")));
        assert_eq!(sample.message.text.lines().filter(|line| line.starts_with("* ")).count(), shown);
        assert!(
            page.all("p").any(|p| p.text == digest("en").title || p.text.contains("subscribed")),
            "the footer is there"
        );
    }
}

#[test]
fn links_that_will_be_led_through_pages_have_room_in_the_budget() {
    let home = format!("https://{}.example", "a-long-name.".repeat(8));
    let passage = |placed: &Placed| Passage {
        token: "0".repeat(Passage::TOKEN),
        article: placed.id,
        url: placed.article.url.clone(),
    };
    let all: Vec<Placed> = edition(300).articles().cloned().collect();
    let passages: Vec<Passage> = all.iter().map(passage).collect();
    let links = Links { passage: Some(Passage::length(&home)), ..links() };
    for budget in [20_000, 51_234] {
        let order = Digest { html_budget: budget, ..digest("en") };
        let sample = render(&of(all.clone()), &order, &Theme::built_in(), &links).expect("renders");
        let led = led_through(&sample.message.html, &passages, &home);
        assert!(led.contains("/to/000") && led.len() > sample.message.html.len());
        let letter = Hole::ALL.iter().fold(led, |html, hole| html.replace(hole.mark(), &"x".repeat(300)));
        assert!(letter.len() <= budget && letter.len() > budget - 6_000, "{} of {budget}", letter.len());
    }
}

#[test]
fn a_budget_without_room_for_one_article_is_an_error_that_says_how_much_is_needed() {
    let order = Digest { html_budget: 3_000, ..digest("en") };
    let error = render(&edition(3), &order, &Theme::built_in(), &links()).expect_err("has no room");
    let RenderError::Budget { budget: 3_000, needed } = error else { panic!("{error}") };
    let order = Digest { html_budget: needed, ..digest("en") };
    let sample = render(&edition(3), &order, &Theme::built_in(), &links()).expect("just fits");
    assert_eq!(sample.trimmed, [ArticleId(2), ArticleId(3)]);
}

#[test]
fn what_is_left_out_without_a_web_copy_is_said_without_a_link() {
    let order = Digest { html_budget: 16_000, ..digest("en") };
    let sample = render(&edition(30), &order, &Theme::built_in(), &Links::default()).expect("renders");
    let words = format!("{} more stories did not fit in this mail", sample.trimmed.len());
    assert!(sample.message.html.contains(&words) && sample.message.text.contains(&words));
}

#[test]
fn a_section_without_a_shown_article_has_no_heading() {
    let order = Digest { html_budget: 14_500, ..digest("en") };
    let sample = render(&edition(40), &order, &Theme::built_in(), &links()).expect("renders");
    assert!(sample.message.html.contains("Science"));
    assert!(!sample.message.html.contains("Letters &amp; notes") && !sample.message.text.contains("Letters"));
}

#[test]
fn no_article_however_made_fills_a_letter_alone() {
    let mut all: Vec<Placed> = edition(3).articles().cloned().collect();
    let stacked = format!("&{}", "\u{301}".repeat(50_000));
    for placed in &mut all {
        placed.article.title = format!("{stacked}{}", "&".repeat(2_000));
        placed.article.summary = "&\"".repeat(20_000);
        placed.source = stacked.clone();
        placed.article.author = Some("\"".repeat(9_000));
        placed.article.url = format!("https://a.example/?{}", "&".repeat(1_900)).parse().expect("a URL");
        placed.article.image = picture(1, &"\"".repeat(9_000), 600, 400);
    }
    let sample = render(&of(all), &digest("ar"), &Theme::built_in(), &links()).expect("renders");
    assert_eq!(sample.trimmed, [ArticleId(2), ArticleId(3)]);
    assert!(sample.message.html.len() <= 90_000 && sample.message.subject.len() < 2_000);
}

#[test]
fn a_picture_with_an_endless_address_is_left_out() {
    let mut placed = edition(1).lead.expect("a lead");
    placed.article.image = picture(1, "Tides", 600, 400);
    let long = format!("https://pictures.example/{}", "x".repeat(2_000));
    placed.article.image.as_mut().expect("a picture").url = long.parse().expect("a URL");
    let sample = render(&of(vec![placed]), &digest("en"), &Theme::built_in(), &links()).expect("renders");
    assert!(!sample.message.html.contains("<img"));
}
