//! Editions to render: made by hand, the same for the promises and the bench.

use chrono::{TimeZone as _, Utc};
use pressrun::model::{
    Article, ArticleId, Digest, Direction, Edition, EditionSection, Fingerprint, Image, Language, Name,
    Placed,
};

/// An article that says little and offends nobody.
pub(crate) fn article(n: i64, title: &str) -> Placed {
    let day = 1 + u32::try_from(n).expect("small") % 20;
    Placed {
        id: ArticleId(n),
        source: "The Marine Review".to_owned(),
        site: None,
        article: Article {
            fingerprint: Fingerprint { guid: n, url: n, content: n },
            url: format!("https://www.marine.example/2026/11/{n}?a=1&b=2").parse().expect("a URL"),
            title: title.to_owned(),
            summary: format!(
                "What the keeper of pier {n} wrote down, and why it matters to the people at the edge."
            ),
            content: String::new(),
            image: None,
            author: Some("Ann Lindqvist".to_owned()),
            published: Some(Utc.with_ymd_and_hms(2026, 11, day, 7, 30, 0).single().expect("a time")),
            language: Language::parse("en"),
            direction: Direction::Ltr,
            topics: Vec::new(),
            popularity: Default::default(),
        },
        also: Vec::new(),
    }
}

/// The same in another language.
pub(crate) fn foreign(n: i64, language: &str, title: &str, summary: &str) -> Placed {
    let mut placed = article(n, title);
    let language = Language::parse(language).expect("a tag");
    placed.article.summary = summary.to_owned();
    placed.article.direction = language.direction();
    placed.article.language = Some(language);
    placed
}

/// A picture of a known shape.
pub(crate) fn picture(n: i64, alt: &str, width: u32, height: u32) -> Option<Image> {
    let url = format!("https://pictures.example/{n}.jpg?w=600&h=400").parse().expect("a URL");
    Some(Image { url, width: Some(width), height: Some(height), alt: alt.to_owned() })
}

/// `count` articles, every second with a picture, the first of them the lead, the others in three sections.
pub(crate) fn edition(count: i64) -> Edition {
    let mut articles: Vec<Placed> =
        (1..=count).map(|n| article(n, &format!("The harbour that taught city {n} to listen"))).collect();
    for placed in articles.iter_mut().step_by(2) {
        placed.article.image = picture(placed.id.0, "Evening light over the harbour mouth", 1200, 800);
    }
    of(articles)
}

/// An edition of these articles: the first leads, the others stand in three sections.
pub(crate) fn of(articles: Vec<Placed>) -> Edition {
    let mut articles = articles.into_iter();
    let lead = articles.next();
    let rest: Vec<Placed> = articles.collect();
    let titles = ["Science", "Near the sea", "Letters & notes"];
    let sections = rest.chunks(rest.len().div_ceil(3).max(1)).zip(titles);
    let sections = sections
        .map(|(part, title)| EditionSection { title: title.to_owned(), articles: part.to_vec() })
        .collect();
    Edition {
        digest: Name::parse("harbour").expect("a name"),
        slot: Utc.with_ymd_and_hms(2026, 11, 22, 23, 30, 0).single().expect("a time"),
        lead,
        sections,
        considered: ArticleId(1_000),
        since: None,
    }
}

/// A digest in a language, with its zone in Berlin.
pub(crate) fn digest(language: &str) -> Digest {
    Digest {
        name: Name::parse("harbour").expect("a name"),
        title: "The Harbour Weekly".to_owned(),
        subject: "{title}: {lead}".to_owned(),
        intro: "Stories about water, numbers and patience.".to_owned(),
        lists: Vec::new(),
        language: Language::parse(language).expect("a tag"),
        zone: chrono_tz::Europe::Berlin,
        from: "The Harbour <news@example.org>".parse().expect("a mailbox"),
        reply_to: None,
        postal_address: "Harbour Press, Pier 9\n20457 Hamburg".to_owned(),
        sections: Vec::new(),
        lead: true,
        minimum: 1,
        limit: 500,
        max_age: std::time::Duration::from_secs(30 * 86_400),
        html_budget: 90_000,
        clicks: false,
        timetable: None,
        rules: std::sync::Arc::default(),
    }
}
