//! A digest: the standing order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use serde::Serialize;

use super::{EmailAddress, Language, Mailbox, Name, Rules, Timetable};

/// Which sources and sections, which lists, which words and limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Digest {
    /// Its name in commands and URLs.
    pub name: Name,
    /// What readers see in the masthead.
    pub title: String,
    /// The subject line; `{title}`, `{lead}` and `{date}` are filled in.
    pub subject: String,
    /// A sentence above the first article; empty for none.
    pub intro: String,
    /// Who gets it.
    pub lists: Vec<Name>,
    /// The language of the digest's own words.
    pub language: Language,
    /// The zone in which dates are shown.
    #[serde(serialize_with = "zone_name")]
    pub zone: Tz,
    /// The sender; constant, so that readers and filters know it.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The postal address in the footer.
    pub postal_address: String,
    /// Sections in order; an article stands in the first that takes it.
    pub sections: Vec<Section>,
    /// Whether the first picture story opens the digest in large.
    pub lead: bool,
    /// Fewer new articles than this make no edition.
    pub minimum: usize,
    /// More than this many articles are never taken.
    pub limit: usize,
    /// After the first edition, articles dated longer ago than this are left out.
    pub max_age: Duration,
    /// How many bytes of HTML a message may have.
    pub html_budget: usize,
    /// Whether clicks on its articles are counted, per article and never per reader: its letters lead to them through our
    /// pages then, and what is popular among its readers counts.
    pub clicks: bool,
    /// When it is due by itself; `None` for a digest that is sent by hand alone.
    pub timetable: Option<Timetable>,
    /// The rules of the sources that have any. They hold when an edition is composed, so that a changed rule holds at
    /// once, and each edition tells which one kept an article out.
    #[serde(skip)]
    pub rules: Arc<BTreeMap<Name, Rules>>,
}

fn zone_name<S: serde::Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// A part of a digest under one heading; by default all of the latest, without a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The heading; empty for none.
    pub title: String,
    /// Which articles it takes.
    pub take: Take,
    /// At most this many.
    pub limit: usize,
    /// Whether readers may leave it out; its heading is how they know it.
    pub optional: bool,
    /// Which of those that it takes come first, and so are in.
    pub order: Order,
    /// At most this many of one source; `None` for as many as there are.
    pub per_source: Option<usize>,
    /// Which articles it does not take, though they are of its sources or topics.
    pub rules: Rules,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            title: String::new(),
            take: Take::Latest,
            limit: usize::MAX,
            optional: false,
            order: Order::Latest,
            per_source: None,
            rules: Rules::default(),
        }
    }
}

/// In which order a section takes and shows articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The newest first.
    #[default]
    Latest,
    /// The most popular first, by what sources say, by how many tell the story, by age, and by clicks where they are counted.
    Popular,
    /// As the source has them; of several, the first of each, then the second of each.
    Source,
}

impl Digest {
    /// The headings of the sections that readers may leave out, in order.
    pub fn optional_sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().filter(|section| section.optional).map(|section| section.title.as_str())
    }
}

/// Which articles a section takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// Those of the named sources.
    Sources(Vec<Name>),
    /// Those whose source or whose own categories have one of these topics (lower case).
    Topics(Vec<String>),
    /// Whatever is newest.
    Latest,
}
