//! A source: what is polled, with its cache validators and its health.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::{Instant, Name, SourceId, Wish};

/// What is found at the address of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A feed: its entries are the articles.
    #[default]
    Feed,
    /// A web page that leads to articles.
    Page,
    /// A sitemap, or an index of sitemaps.
    Sitemap,
}

/// How a source is read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Manner {
    /// What is found there.
    pub kind: SourceKind,
    /// Whether the page of each entry is read although the feed says enough.
    pub full_text: bool,
    /// A CSS selector of the links to articles; `None` to find them by themselves.
    pub select: Option<String>,
}

/// What is polled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its row.
    pub id: SourceId,
    /// Its name in configuration and commands.
    pub name: Name,
    /// Where it is now; a permanent redirect moves it.
    pub url: Url,
    /// What readers see: set by the operator, else what the source calls itself.
    pub title: Option<String>,
    /// The web page that the source belongs to.
    pub site: Option<Url>,
    /// The operator's topics, lower case.
    pub topics: Vec<String>,
    /// How it is read.
    #[serde(flatten)]
    pub manner: Manner,
    /// Who declared it.
    pub origin: SourceOrigin,
    /// For the next conditional request.
    pub validators: Validators,
    /// The interval that its declaration gives it; `None` if it is found out.
    #[serde(rename = "every_ms", serialize_with = "as_millis")]
    pub every: Option<Duration>,
    /// The interval that was found out, if it was polled; `every` holds instead.
    #[serde(rename = "rest_ms", serialize_with = "as_millis")]
    pub rest: Option<Duration>,
    /// When it is due; `None` for at once.
    pub next_poll: Option<Instant>,
    /// Nobody polls it before this instant (Retry-After, pause after failures), not even for an edition.
    pub not_before: Option<Instant>,
    /// How often its last document wished it to be asked.
    #[serde(skip)]
    pub wish: Wish,
    /// From then on its document is wanted whole, because pages that it lists are read again; `None` for never.
    #[serde(skip)]
    pub again_at: Option<Instant>,
    /// Until then its hub makes up for polling; `None` while it does not.
    pub pushed_until: Option<Instant>,
    /// How the last polls went.
    pub health: Health,
}

/// Who would push the document of a source (`WebSub`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Where it is.
    pub url: Url,
    /// The name under which it knows the document.
    pub topic: Url,
}

impl Source {
    /// What readers see: title, else the host without `www.`.
    #[must_use]
    pub fn label(&self) -> &str {
        let host = || self.url.host_str().map(|h| h.trim_start_matches("www.")).filter(|h| !h.is_empty());
        self.title.as_deref().filter(|t| !t.is_empty()).or_else(host).unwrap_or_else(|| self.name.as_str())
    }
}

fn as_millis<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).serialize(to)
}

/// A source as somebody declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSource {
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub url: Url,
    /// What readers see, if not the source's own title.
    pub title: Option<String>,
    /// The operator's topics, lower case.
    pub topics: Vec<String>,
    /// How often it is polled; `None` for as often as it changes.
    pub every: Option<Duration>,
    /// How it is read.
    pub manner: Manner,
}

/// Who declared a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceOrigin {
    /// config.toml; it is changed there.
    Config,
    /// `pressrun sources add` or an OPML import.
    Command,
}

/// The validators of RFC 9110 §8.8, sent back as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// How the last polls of a source went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Health {
    /// The last poll, of whatever end.
    pub checked_at: Option<Instant>,
    /// The last poll that brought a document or a "not modified".
    pub succeeded_at: Option<Instant>,
    /// Failures since then.
    pub failures: u32,
    /// The first of them.
    pub failing_since: Option<Instant>,
    /// The last failure, as a sentence.
    pub trouble: Option<String>,
    /// True if that was its word that it has ended for good.
    #[serde(default)]
    pub ended: bool,
}
