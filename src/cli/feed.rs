//! A feed that is looked at and not stored: a file or an address, for `sources try` and `preview --feed`.

use std::path::Path;

use anyhow::{Context as _, bail};
use url::Url;

use super::desk;
use crate::collect::{Feed, Fetched, clean, parse};
use crate::config::Config;
use crate::model::{
    Article, Candidate, Health, Instant, Language, Manner, Name, Source, SourceOrigin, Validators,
};

/// How files end that are no hosts.
const DOCUMENTS: [&str; 7] = ["xml", "rss", "atom", "rdf", "json", "html", "htm"];

/// What a feed says.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) source: Source,
    pub(super) articles: Vec<Article>,
    pub(super) language: Option<Language>,
    pub(super) remark: Option<String>,
}

/// A document as it was found.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    pub(super) url: Url,
}

/// Fetches an http(s) address, or reads a file.
pub(super) async fn find(config: &Config, spec: &str) -> anyhow::Result<Found> {
    let (bytes, content_type, url) = if spec.starts_with("http://") || spec.starts_with("https://") {
        fetch(config, spec).await?
    } else {
        read(config, Path::new(spec))?
    };
    Ok(Found { bytes, content_type, url })
}

/// Reads a feed from a file or an http(s) address; `number` is its place among several.
pub(super) async fn look(config: &Config, spec: &str, number: i64, now: Instant) -> anyhow::Result<Looked> {
    let Found { bytes, content_type, url } = find(config, spec).await?;
    let feed = parse(&bytes, content_type.as_deref(), &url).with_context(|| spec.to_owned())?;
    Ok(looked(feed, url, number, now))
}

/// A feed as a source with articles.
pub(super) fn looked(feed: Feed, url: Url, number: i64, now: Instant) -> Looked {
    let (title, site, language, remark) =
        (feed.title.clone(), feed.site.clone(), feed.language.clone(), feed.trouble.clone());
    let label = title.as_deref().or(url.host_str()).unwrap_or_default();
    let source = Source {
        id: crate::model::SourceId(number),
        name: Name::from_title(label, &format!("feed-{number}")),
        url,
        title,
        site,
        topics: Vec::new(),
        manner: Manner::default(),
        origin: SourceOrigin::Command,
        validators: Validators::default(),
        every: None,
        rest: None,
        next_poll: None,
        not_before: None,
        wish: crate::model::Wish::default(),
        again_at: None,
        pushed_until: None,
        health: Health::default(),
    };
    Looked { source, articles: clean(feed, now), language, remark }
}

impl Looked {
    /// The articles as composing sees them, numbered from `first`.
    pub(super) fn candidates(&self, first: i64, now: Instant) -> Vec<Candidate> {
        let numbered = (first..).zip(&self.articles);
        numbered
            .map(|(id, article)| Candidate {
                id: crate::model::ArticleId(id),
                source: self.source.id,
                first_seen: now,
                article: article.clone(),
            })
            .collect()
    }
}

async fn fetch(config: &Config, spec: &str) -> anyhow::Result<(Vec<u8>, Option<String>, Url)> {
    let url: Url = spec.parse().with_context(|| format!("{spec} is not an address"))?;
    match desk::fetcher(config)?.fetch(&url, &Validators::default()).await.with_context(|| spec.to_owned())? {
        Fetched::Body(document) => Ok((document.bytes, document.content_type, document.url)),
        Fetched::Unchanged { .. } => bail!("{spec}: the server says \"not modified\" to a first question"),
    }
}

fn read(config: &Config, file: &Path) -> anyhow::Result<(Vec<u8>, Option<String>, Url)> {
    use std::io::Read as _;
    let limit = config.collect.max_bytes.0 as u64;
    let written = file.display().to_string();
    let host = written.split('/').next().unwrap_or_default();
    let meant = !file.exists()
        && host.contains('.')
        && file
            .extension()
            .is_none_or(|end| written.contains('/') || !DOCUMENTS.iter().any(|one| end == *one))
        && Url::parse(&format!("https://{written}")).is_ok();
    let hint = if meant { format!("; did you mean https://{written}?") } else { String::new() };
    let opened = std::fs::File::open(file).with_context(|| format!("{written} cannot be read{hint}"))?;
    let mut bytes = Vec::new();
    opened
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    if bytes.len() as u64 > limit {
        bail!("{} is larger than collect.max_bytes", file.display());
    }
    // Relative links of a saved feed have no base; they lead to a reserved host, not into this machine.
    let mut base = Url::parse("https://feed.example/")?;
    base.set_path(&file.file_name().unwrap_or_default().to_string_lossy());
    Ok((bytes, None, base))
}
