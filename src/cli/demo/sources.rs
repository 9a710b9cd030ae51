//! The sample newsrooms of `pressrun demo`: feeds, pictures and a page, all our own.
//!
//! The documents hold two kinds of marks, filled in when they are served: `@HOST@` is the address of the server,
//! `@822:-1d2h10m@` and `@3339:-1d2h10m@` are dates that long ago, as RFC 822 and RFC 3339 write them. So the news
//! of the demo is always fresh, and the same `now` always gives the same document. One newsroom passes a
//! story of another on, one story is older than a week, one newsroom writes German and one Hebrew, from right to left.

use chrono::{SecondsFormat, TimeDelta};

use crate::model::Instant;

/// A feed among the samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// The name of the source.
    pub(super) name: &'static str,
    /// The file under which it is served.
    pub(super) file: &'static str,
    /// Its `Content-Type`.
    pub(super) content_type: &'static str,
    text: &'static str,
}

macro_rules! sample {
    ($name:literal, $file:literal, $content_type:literal) => {
        Sample {
            name: $name,
            file: $file,
            content_type: $content_type,
            text: include_str!(concat!("sources/", $file)),
        }
    };
}

macro_rules! picture {
    ($file:literal) => {
        ($file, include_bytes!(concat!("sources/", $file)))
    };
}

/// The newsrooms.
pub(super) const ALL: &[Sample] = &[
    sample!("gazette", "gazette.xml", "application/rss+xml; charset=utf-8"),
    sample!("tidewater", "tidewater.atom", "application/atom+xml; charset=utf-8"),
    sample!("signal", "signal.json", "application/feed+json; charset=utf-8"),
    sample!("hafenblatt", "hafenblatt.xml", "application/rss+xml; charset=utf-8"),
    sample!("waterline", "waterline.atom", "application/atom+xml; charset=utf-8"),
];

/// The JPEG pictures, by file.
pub(super) const PICTURES: &[(&str, &[u8])] = &[
    picture!("harbour.jpg"),
    picture!("bread.jpg"),
    picture!("bicycles.jpg"),
    picture!("kelp.jpg"),
    picture!("observatory.jpg"),
    picture!("lighthouse.jpg"),
];

/// The HTML page behind every link of a sample article, `/read/…`.
pub(super) const PAGE: &str = include_str!("sources/page.html");

/// A section of the demo's digest.
pub(super) struct Part {
    /// Its heading.
    pub(super) title: &'static str,
    /// The names of its sources.
    pub(super) sources: &'static [&'static str],
}

/// The sections of the demo's digest.
pub(super) const SECTIONS: &[Part] = &[
    Part { title: "Round the harbour", sources: &["gazette"] },
    Part { title: "Slow findings", sources: &["tidewater"] },
    Part { title: "Things and their makers", sources: &["signal"] },
    Part { title: "From other shores", sources: &["hafenblatt", "waterline"] },
];

impl Sample {
    /// Returns the document as it is served at `origin` (`http://127.0.0.1:8080`, without a slash at the end).
    ///
    /// Its articles lead to hosts such as `gazette.localhost`, which browsers look for on this machine.
    pub(super) fn document(&self, now: Instant, origin: &str) -> String {
        let port = origin.rsplit_once(':').map_or("", |(_, port)| port);
        let text = ALL.iter().fold(self.text.to_owned(), |text, Self { name, .. }| {
            text.replace(
                &format!("@HOST@/read/{name}"),
                &format!("http://{name}.localhost:{port}/read/{name}"),
            )
        });
        fill(&text, origin, now)
    }
}

/// Fills in the marks; what only looks like one stays.
fn fill(text: &str, host: &str, now: Instant) -> String {
    let text = text.replace("@HOST@", host);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        let date = after.split_once('@').and_then(|(mark, after)| Some((date(mark, now)?, after)));
        if let Some((date, after)) = date {
            out.push_str(&date);
            rest = after;
        } else {
            out.push('@');
            rest = after;
        }
    }
    out + rest
}

/// Returns the date that a mark such as `822:-1d2h10m` stands for, in whole minutes.
fn date(mark: &str, now: Instant) -> Option<String> {
    let (form, ago) = mark.split_once(":-")?;
    let mut minutes = 0;
    let mut digits = String::new();
    for c in ago.chars() {
        let unit = match c {
            'd' => 1_440,
            'h' => 60,
            'm' => 1,
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            _ => return None,
        };
        minutes += digits.parse::<i64>().ok()? * unit;
        digits.clear();
    }
    if !digits.is_empty() {
        return None;
    }
    let then = now.checked_sub_signed(TimeDelta::try_minutes(minutes)?)?;
    match form {
        "822" => Some(then.format("%a, %d %b %Y %H:%M:00 +0000").to_string()),
        "3339" => Some(format!("{}:00Z", &then.to_rfc3339_opts(SecondsFormat::Secs, true)[..16])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-11-22T09:30:45Z".parse().expect("an instant")
    }

    #[test]
    fn marks_become_the_address_and_dates_before_now() {
        let filled = fill("@HOST@/a @822:-1d2h10m@ @3339:-30m@ a@b @@ @9:-1d@ @822:-5@", "http://h", now());
        assert_eq!(
            filled,
            "http://h/a Sat, 21 Nov 2026 07:20:00 +0000 2026-11-22T09:00:00Z a@b @@ @9:-1d@ @822:-5@"
        );
    }

    #[test]
    fn every_newsroom_keeps_no_mark_and_names_pictures_that_are_there() {
        for sample in ALL {
            let text = sample.document(now(), "http://h");
            assert!(!text.contains('@'), "{}", sample.name);
            for (at, prefix) in text.match_indices("http://h/pictures/") {
                let file = text[at + prefix.len()..].split(['"', '<']).next().unwrap_or_default();
                assert!(PICTURES.iter().any(|(name, _)| *name == file), "{file} in {}", sample.name);
            }
        }
    }

    #[test]
    fn every_newsroom_is_read_whole() {
        let articles = [("gazette", 6), ("tidewater", 5), ("signal", 5), ("hafenblatt", 4), ("waterline", 3)];
        for (sample, (name, count)) in ALL.iter().zip(articles) {
            let url = format!("http://127.0.0.1:1/sources/{}", sample.file).parse().expect("a URL");
            let text = sample.document(now(), "http://127.0.0.1:1");
            let feed = crate::collect::parse(text.as_bytes(), Some(sample.content_type), &url).expect(name);
            assert_eq!((sample.name, feed.trouble.as_deref()), (name, None));
            let articles = crate::collect::clean(feed, now());
            assert_eq!(articles.len(), count, "{name}");
            for article in articles {
                assert!(article.published.is_some_and(|date| date < now()), "{article:?}");
                assert!(!article.summary.is_empty(), "{article:?}");
            }
        }
    }

    #[test]
    fn every_section_names_newsrooms_that_are_there() {
        for name in SECTIONS.iter().flat_map(|part| part.sources) {
            assert!(ALL.iter().any(|sample| sample.name == *name), "{name}");
        }
    }

    #[test]
    fn every_picture_is_small_enough_for_a_mail() {
        for (name, bytes) in PICTURES {
            assert!(bytes.len() <= 60 * 1024, "{name} has {} bytes", bytes.len());
        }
    }
}
