//! An entry while it is being read: what was said best about it so far.

use std::borrow::Cow;

use url::Url;

use super::capture::Capture;
use super::names::Field;
use super::short;
use super::tag::Tag;
use crate::model::{Entry, Instant, Markup, Picture};

/// The most pictures of one entry: each costs the length of its base.
const MOST_PICTURES: usize = 30;

/// A value and how good its source was.
#[derive(Debug)]
pub(super) struct Best<T>(u8, Option<T>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(0, None)
    }
}

impl<T> Best<T> {
    /// Keeps the better value; of equals the first.
    pub(super) fn offer(&mut self, rank: u8, value: Option<T>) {
        if value.is_some() && rank > self.0 {
            *self = Self(rank, value);
        }
    }

    /// Keeps the better value; of equals the last.
    fn replace(&mut self, rank: u8, value: Option<T>) {
        if value.is_some() && rank >= self.0 {
            *self = Self(rank, value);
        }
    }

    /// The value.
    pub(super) fn take(&mut self) -> Option<T> {
        self.1.take()
    }
}

/// The entry at hand.
#[derive(Debug)]
pub(super) struct Current {
    entry: Entry,
    /// The base in force where the entry began; the entry's own may become that of its text.
    home: Url,
    title: Best<Markup>,
    link: Best<String>,
    guid: Best<String>,
    summary: Best<Markup>,
    description: Best<Markup>,
    content: Best<Markup>,
    published: Best<Instant>,
    updated: Best<Instant>,
    authors: Best<Vec<String>>,
    comments: Best<u32>,
    pictures: Vec<(u8, Picture)>,
}

impl Current {
    /// Begins an entry with what its tag says.
    pub(super) fn begin(tag: Tag<'_>, base: &Url, language: Option<&str>) -> Self {
        let mut entry = Entry::new(base.clone());
        entry.language = language.and_then(short::language);
        let mut current = Self::new(entry);
        if !tag.attributes.is_empty() {
            let owned = |name| tag.attribute(name).map(Cow::into_owned).filter(|v| !v.is_empty());
            // RSS 1.0 §5.5; CDF's HREF and LASTMOD.
            let about = owned("about");
            current.link.offer(1, about.clone().filter(|a| is_web(a)));
            current.guid.offer(2, about);
            current.link.offer(1, owned("href"));
            current.updated.offer(1, owned("lastmod").as_deref().and_then(super::date::parse));
        }
        current
    }

    fn new(entry: Entry) -> Self {
        Self {
            home: entry.base.clone(),
            entry,
            title: Best::default(),
            link: Best::default(),
            guid: Best::default(),
            summary: Best::default(),
            description: Best::default(),
            content: Best::default(),
            published: Best::default(),
            updated: Best::default(),
            authors: Best::default(),
            comments: Best::default(),
            pictures: Vec::new(),
        }
    }

    /// Notes a picture that an element names in its attributes.
    pub(super) fn picture(&mut self, field: Field, tag: Tag<'_>, base: Option<&Url>) {
        let get = |name| tag.attribute(name).map(Cow::into_owned).filter(|v| !v.trim().is_empty());
        if field == Field::Statistics {
            self.entry.views = get("views").as_deref().and_then(short::count).or(self.entry.views);
            return;
        }
        let Some(url) = get("url").or_else(|| get("href")) else { return };
        let type_ = get("type").unwrap_or_default().to_ascii_lowercase();
        let image = type_.starts_with("image/")
            || get("medium").is_some_and(|m| m.eq_ignore_ascii_case("image"))
            || (type_.is_empty() && get("medium").is_none() && has_image_ending(&url));
        let rank = match (field, image) {
            (Field::MediaContent, true) => 4,
            (Field::Enclosure, true) => 3,
            (Field::Thumbnail, _) => 2,
            (Field::Cover, _) => 1,
            // An episode without a page of its own is its recording.
            (Field::Enclosure, false) => return self.link.offer(1, Some(resolved(&url, base))),
            (_, _) => return,
        };
        let size = |name| get(name).and_then(|v| v.trim().trim_end_matches("px").parse().ok());
        let picture =
            Picture { url: resolved(&url, base), width: size("width"), height: size("height"), alt: None };
        self.offer_picture(rank, picture);
    }

    fn offer_picture(&mut self, rank: u8, picture: Picture) {
        if self.pictures.len() < MOST_PICTURES {
            self.pictures.push((rank, picture));
        }
    }

    /// Takes a field that has been read to its end.
    pub(super) fn take(&mut self, capture: Capture<'_>, base: Option<&Url>, language: Option<&str>) {
        let rank = capture.rank;
        if matches!(capture.field, Field::Content | Field::Summary | Field::Description) {
            if let Some(base) = base {
                self.entry.base.clone_from(base);
            }
            if let Some(language) = language {
                self.entry.language = short::language(language);
            }
        }
        match capture.field {
            Field::Title => self.title.offer(rank, capture.markup()),
            Field::Summary => self.summary.offer(rank, capture.markup()),
            Field::Description => self.description.offer(rank, capture.markup()),
            Field::Content => {
                let elsewhere = capture.tag.attribute("src").map(|src| resolved(&src, base));
                self.link.offer(1, elsewhere);
                self.content.offer(rank, capture.markup());
            }
            Field::Link | Field::OriginalLink => self.link(capture, base),
            Field::Guid => self.guid(capture, base),
            Field::Published => self.published.replace(rank, super::date::parse(&capture.plain())),
            Field::Updated => self.updated.replace(rank, super::date::parse(&capture.plain())),
            Field::Author => self.author(rank, &capture.plain()),
            Field::Topic => {
                let term = capture.tag.attribute("label").or_else(|| capture.tag.attribute("term"));
                let term = term.filter(|t| !t.is_empty());
                let term = term.unwrap_or_else(|| Cow::Owned(capture.plain()));
                short::add(&mut self.entry.topics, &term);
            }
            Field::Topics => {
                capture.plain().split(',').for_each(|topic| short::add(&mut self.entry.topics, topic));
            }
            Field::Language => self.entry.language = short::language(&capture.plain()),
            Field::Comments => self
                .comments
                .offer(rank, short::count(&capture.plain()).map(|n| u32::try_from(n).unwrap_or(u32::MAX))),
            Field::Ttl | Field::SkipHour | Field::SkipDay | Field::UpdatePeriod | Field::UpdateFrequency => {}
            Field::Statistics
            | Field::Enclosure
            | Field::MediaContent
            | Field::Thumbnail
            | Field::Cover
            | Field::Group => {}
        }
    }

    fn link(&mut self, capture: Capture<'_>, base: Option<&Url>) {
        let original = capture.field == Field::OriginalLink;
        let rel = capture.tag.attribute("rel").unwrap_or_default().to_ascii_lowercase();
        if rel == "enclosure" {
            let image =
                capture.tag.attribute("type").is_some_and(|t| t.to_ascii_lowercase().starts_with("image/"));
            if let Some(href) = capture.tag.attribute("href").filter(|_| image) {
                self.offer_picture(3, Picture { url: resolved(&href, base), ..Picture::default() });
                return;
            }
        }
        let rank = capture.rank;
        let (rank, url) = if original { (rank, Some(capture.plain())) } else { link(capture) };
        self.link.offer(rank, url.filter(|u| !u.is_empty()).map(|url| resolved(&url, base)));
    }

    /// RSS 2.0: a guid is a link unless it says that it is not.
    fn guid(&mut self, capture: Capture<'_>, base: Option<&Url>) {
        let permanent =
            capture.tag.attribute("isPermaLink").is_none_or(|v| !v.trim().eq_ignore_ascii_case("false"));
        let (rank, atom) = (capture.rank, capture.atom);
        let guid = Some(capture.plain()).filter(|guid| !guid.is_empty());
        if permanent && !atom {
            self.link.offer(2, guid.clone().filter(|g| is_web(g)).map(|g| resolved(&g, base)));
        }
        self.guid.offer(rank, guid);
    }

    fn author(&mut self, rank: u8, name: &str) {
        if name.is_empty() || rank < self.authors.0 {
            return;
        }
        if rank > self.authors.0 {
            self.authors = Best(rank, Some(Vec::new()));
        }
        if let Some(names) = self.authors.1.as_mut() {
            short::add(names, name);
        }
    }

    /// The entry; `None` if nothing was said in it.
    pub(super) fn finish(mut self) -> Option<Entry> {
        let mut entry = self.entry;
        entry.title = self.title.take();
        entry.link = self.link.take();
        entry.guid = self.guid.take();
        entry.summary = self.summary.take();
        entry.content = self.content.take();
        entry.published = self.published.take();
        entry.updated = self.updated.take();
        entry.authors = self.authors.take().unwrap_or_default();
        entry.comments = self.comments.take();
        let description = self.description.take();
        if entry.summary.is_none() {
            entry.summary = description;
        } else if entry.content.is_none() {
            entry.content = description;
        }
        if entry.base != self.home {
            entry.link = entry.link.map(|link| resolved(&link, Some(&self.home)));
            for (_, picture) in &mut self.pictures {
                picture.url = resolved(&picture.url, Some(&self.home));
            }
        }
        self.pictures.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        entry.pictures = self.pictures.into_iter().map(|(_, picture)| picture).collect();
        let nothing =
            Entry { comments: entry.comments, views: entry.views, ..Entry::new(entry.base.clone()) };
        (entry != nothing).then_some(entry)
    }
}

/// The rank and address of a link element: 5 a page, 4 the text of RSS, 3 another alternate, 0 not for readers.
pub(super) fn link(capture: Capture<'_>) -> (u8, Option<String>) {
    let href =
        capture.tag.attribute("href").map(|href| href.trim().to_owned()).filter(|href| !href.is_empty());
    let rel = capture.tag.attribute("rel").unwrap_or_default().trim().to_ascii_lowercase();
    let type_ = capture.tag.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    let atom = capture.atom;
    let rank = match rel.rsplit('/').next().unwrap_or_default() {
        "" | "alternate" if matches!(type_.as_str(), "" | "text/html" | "application/xhtml+xml") => 5,
        "" | "alternate" => 3,
        "enclosure" | "related" | "via" => 1,
        _ => 0,
    };
    match href {
        Some(href) => (rank, Some(href)),
        // RSS has its address as text; some write Atom so, too.
        None => (if atom { rank.min(2) } else { 4 }, Some(capture.plain()).filter(|text| !text.is_empty())),
    }
}

fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

fn has_image_ending(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|ending| path.ends_with(ending))
}

/// An address joined to the base in force; as written where that is the document's own.
pub(super) fn resolved(url: &str, base: Option<&Url>) -> String {
    let url = url.trim();
    base.and_then(|base| base.join(url).ok()).map_or_else(|| url.to_owned(), String::from)
}
