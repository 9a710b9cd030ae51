//! A feed while it is being read: what was said last and best about it and about the entry at hand.

use std::time::Duration;

use url::Url;

use super::capture::Capture;
use super::current::{Best, Current, link, resolved};
use super::names::Field;
use super::short;
use super::tag::Tag;
use crate::model::{Entry, Markup, Wish};

/// The most entries kept of one document.
pub(super) const MOST_ENTRIES: usize = 1_000;
/// Entries are thinned out when so many are held.
const TOO_MANY: usize = 8 * MOST_ENTRIES;
/// More links of a feed are not looked at for a hub.
const MOST_RELATIONS: usize = 20;
const HOUR: Duration = Duration::from_secs(3_600);

/// A feed in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) title: Best<Markup>,
    pub(super) site: Best<String>,
    pub(super) language: Option<String>,
    /// Who stands in for entries that name nobody.
    pub(super) authors: Vec<String>,
    pub(super) entries: Vec<Entry>,
    /// How often the feed wishes to be asked.
    pub(super) wish: Wish,
    /// Relations and addresses of its links that may say who pushes it.
    pub(super) relations: Vec<(String, String)>,
    ttl: Option<Duration>,
    /// It is written so often in so long a time.
    period: Option<Duration>,
    times: Option<u64>,
    /// Entries seen, kept or not.
    pub(super) seen: usize,
    /// True if the document ended before its end.
    pub(super) torn: bool,
    current: Option<Current>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            title: Best::default(),
            site: Best::default(),
            language: None,
            authors: Vec::new(),
            entries: Vec::new(),
            wish: Wish::default(),
            relations: Vec::new(),
            ttl: None,
            period: None,
            times: None,
            seen: 0,
            torn: false,
            current: None,
        }
    }

    /// Reads the attributes of the root and of the channel.
    pub(super) fn channel(&mut self, tag: Tag<'_>) {
        if self.language.is_none() {
            let declared = tag.attributes().find(|(name, _)| *name == "xml:lang");
            self.language = declared.and_then(|(_, value)| short::language(value));
        }
        // CDF keeps the address of the site in an attribute.
        self.site.offer(1, tag.attribute("href").map(std::borrow::Cow::into_owned));
    }

    /// Takes what a JSON Feed says of itself.
    pub(super) fn declare(&mut self, title: Option<String>, site: Option<String>, language: Option<String>) {
        self.title.offer(1, title.map(Markup::Text));
        self.site.offer(1, site);
        self.language = language;
    }

    /// Begins an entry, whose base and language are those in force.
    pub(super) fn begin_entry(&mut self, tag: Tag<'_>, base: &Url, language: Option<&str>) {
        self.current = Some(Current::begin(tag, base, language));
    }

    /// Ends the entry at hand.
    pub(super) fn end_entry(&mut self) {
        let Some(current) = self.current.take() else { return };
        if let Some(entry) = current.finish() {
            self.push(entry);
        }
    }

    /// Adds a finished entry.
    pub(super) fn push(&mut self, entry: Entry) {
        self.seen += 1;
        self.entries.push(entry);
        if self.entries.len() >= TOO_MANY {
            self.thin();
        }
    }

    /// Ends the feed: its newest entries are kept, and its authors stand in where an entry has none.
    pub(super) fn end(&mut self) {
        self.wish.fresh_for = self.fresh_for();
        self.thin();
        for entry in self.entries.iter_mut().filter(|entry| entry.authors.is_empty()) {
            // RFC 4287 §4.2.1
            entry.authors.clone_from(&self.authors);
        }
    }

    /// Keeps the newest entries, in the order of the document.
    fn thin(&mut self) {
        if self.entries.len() <= MOST_ENTRIES {
            return;
        }
        let date = |entry: &Entry| entry.published.or(entry.updated);
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(date(&self.entries[*at])), *at));
        let mut keep = vec![false; self.entries.len()];
        for at in order.into_iter().take(MOST_ENTRIES) {
            keep[at] = true;
        }
        let mut keep = keep.into_iter();
        self.entries.retain(|_| keep.next().unwrap_or(false));
    }

    /// Notes a picture that an element of the entry at hand names in its attributes.
    pub(super) fn picture(&mut self, field: Field, tag: Tag<'_>, base: Option<&Url>) {
        if let Some(current) = self.current.as_mut() {
            current.picture(field, tag, base);
        }
    }

    /// Takes a field that has been read to its end.
    pub(super) fn take(&mut self, capture: Capture<'_>, base: Option<&Url>, language: Option<&str>) {
        match self.current.as_mut() {
            Some(current) => current.take(capture, base, language),
            None => self.take_for_feed(capture, base),
        }
    }

    fn take_for_feed(&mut self, capture: Capture<'_>, base: Option<&Url>) {
        let rank = capture.rank;
        if capture.field == Field::Title {
            self.title.offer(rank, capture.markup());
        } else if capture.field == Field::Link {
            if let (Some(relation), Some(href)) =
                (capture.tag.attribute("rel"), capture.tag.attribute("href"))
            {
                self.relate(&relation, resolved(&href, base));
            }
            let (rank, url) = link(capture);
            if rank >= 3 {
                self.site.offer(rank, url.map(|url| resolved(&url, base)));
            }
        } else if capture.field == Field::Language {
            self.language = short::language(&capture.plain()).or(self.language.take());
        } else if capture.field == Field::Author {
            short::add(&mut self.authors, &capture.plain());
        } else {
            self.take_wish(capture.field, &capture.plain());
        }
    }

    /// Notes a link that may say who pushes the feed (`WebSub` §4).
    pub(super) fn relate(&mut self, relation: &str, address: String) {
        let says = relation
            .split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case("hub") || word.eq_ignore_ascii_case("self"));
        if says && self.relations.len() < MOST_RELATIONS {
            self.relations.push((relation.to_owned(), address));
        }
    }

    /// Takes what the feed says of how often it is to be asked.
    fn take_wish(&mut self, field: Field, text: &str) {
        let count = || short::count(text).filter(|count| *count > 0);
        if field == Field::Ttl {
            self.ttl = count().map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
        } else if field == Field::UpdatePeriod {
            self.period = period(text);
        } else if field == Field::UpdateFrequency {
            self.times = count();
        } else if field == Field::SkipHour {
            // Some write 24 for midnight.
            let hour = short::count(text).filter(|hour| *hour <= 24);
            self.wish.quiet_hours |= hour.map_or(0, |hour| 1 << (hour % 24));
        } else if field == Field::SkipDay {
            let day: Option<chrono::Weekday> = text.trim().parse().ok();
            self.wish.quiet_days |= day.map_or(0, |day| 1 << day.num_days_from_monday());
        }
    }

    /// For how long the feed says that it stays as it is; the longer time where it says so in two ways.
    fn fresh_for(&self) -> Option<Duration> {
        // RSS 1.0, module syndication: once a day unless it is said otherwise.
        let said = self.period.is_some() || self.times.is_some();
        let times = u32::try_from(self.times.unwrap_or(1)).unwrap_or(u32::MAX);
        let written = said.then(|| self.period.unwrap_or(24 * HOUR) / times);
        self.ttl.max(written)
    }
}

/// RSS 1.0, module syndication: the words for a time.
fn period(word: &str) -> Option<Duration> {
    let hours = match word.trim().to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 7 * 24,
        "monthly" => 30 * 24,
        "yearly" => 365 * 24,
        _ => return None,
    };
    Some(HOUR * hours)
}
