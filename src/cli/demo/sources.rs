//! The sample sources of `pressrun demo`: feeds, pictures and a page, all our own, served on loopback.
//!
//! The documents hold two kinds of marks, filled in when they are served: `@HOST@` is the address they are served
//! at, `@822:-1d2h10m@` and `@3339:-1d2h10m@` are dates that long ago, as RFC 822 and RFC 3339 write them. So the news
//! of the demo is always fresh, and the same `now` always gives the same bytes.

use chrono::{SecondsFormat, TimeDelta};

use crate::model::Instant;

/// A document that is served at its path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Where it is served; begins with `/`.
    pub(crate) path: &'static str,
    /// Its `Content-Type`.
    pub(crate) content_type: &'static str,
    bytes: &'static [u8],
}

/// A feed among the samples: the name of the source, its path and the operator's topics.
pub(crate) const FEEDS: [(&str, &str, &[&str]); 5] = [
    ("gazette", "/gazette.xml", &["town"]),
    ("tidewater", "/tidewater.atom", &["science"]),
    ("signal", "/signal.json", &["technology"]),
    ("hafenblatt", "/hafenblatt.xml", &["abroad"]),
    ("waterline", "/waterline.atom", &["abroad"]),
];

macro_rules! sample {
    ($path:literal, $content_type:literal) => {
        Sample { path: $path, content_type: $content_type, bytes: include_bytes!(concat!("sources", $path)) }
    };
    (picture $file:literal) => {
        Sample {
            path: concat!("/pictures/", $file),
            content_type: "image/jpeg",
            bytes: include_bytes!(concat!("sources/", $file)),
        }
    };
}

const SAMPLES: [Sample; 11] = [
    sample!("/gazette.xml", "application/rss+xml; charset=utf-8"),
    sample!("/tidewater.atom", "application/atom+xml; charset=utf-8"),
    sample!("/signal.json", "application/feed+json; charset=utf-8"),
    sample!("/hafenblatt.xml", "application/rss+xml; charset=utf-8"),
    sample!("/waterline.atom", "application/atom+xml; charset=utf-8"),
    sample!(picture "harbour.jpg"),
    sample!(picture "bread.jpg"),
    sample!(picture "bicycles.jpg"),
    sample!(picture "kelp.jpg"),
    sample!(picture "observatory.jpg"),
    sample!(picture "lighthouse.jpg"),
];

/// What stands behind every link of a sample article.
const PAGE: Sample = Sample {
    path: "/read/",
    content_type: "text/html; charset=utf-8",
    bytes: include_bytes!("sources/page.html"),
};

impl Sample {
    /// Finds the document served at a path; every path under `/read/` has the same page.
    pub(crate) fn find(path: &str) -> Option<Self> {
        if path.starts_with(PAGE.path) {
            Some(PAGE)
        } else {
            SAMPLES.into_iter().find(|sample| sample.path == path)
        }
    }

    /// Returns the document as it is served at `host` (`http://127.0.0.1:8080`, without a slash at the end).
    pub(crate) fn served(&self, host: &str, now: Instant) -> Vec<u8> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) if text.contains('@') => fill(text, host, now).into_bytes(),
            Ok(_) | Err(_) => self.bytes.to_vec(),
        }
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
    fn every_feed_is_found_and_keeps_no_mark() {
        for (name, path, _) in FEEDS {
            let sample = Sample::find(path).unwrap_or_else(|| panic!("{name}"));
            let text = String::from_utf8(sample.served("http://127.0.0.1:1", now())).expect("text");
            assert!(!text.contains('@'), "{name}");
            for (at, _) in text.match_indices("http://127.0.0.1:1/") {
                let url = text[at..].split(['"', '<']).next().unwrap_or_default();
                assert!(Sample::find(&url["http://127.0.0.1:1".len()..]).is_some(), "{url} in {name}");
            }
        }
    }

    #[test]
    fn every_picture_is_small_enough_for_a_mail() {
        for sample in SAMPLES.iter().filter(|sample| sample.content_type == "image/jpeg") {
            assert!(sample.bytes.len() <= 60 * 1024, "{} has {} bytes", sample.path, sample.bytes.len());
            assert_eq!(sample.served("x", now()), sample.bytes);
        }
    }

    #[test]
    fn the_json_feed_is_json() {
        let sample = Sample::find("/signal.json").expect("the feed");
        let feed: serde_json::Value =
            serde_json::from_slice(&sample.served("http://h", now())).expect("JSON");
        assert_eq!(feed["items"].as_array().map(Vec::len), Some(5));
    }
}
