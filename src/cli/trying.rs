//! `pressrun sources try`: what an address or a file is, and what would be collected from it; stores nothing.

use std::collections::VecDeque;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Value, json};
use url::Url;

use super::feed::{self, Found};
use super::{desk, output};
use crate::collect::{
    Fetched, Fetcher, Index, ListedPage, ParseError, Reading, ReadingKind, Sitemap, index, parse, read,
    sitemap,
};
use crate::config::{Config, quote};
use crate::model::{Article, Name, Validators};
use crate::press::Clock;

/// So many articles of a list are shown.
const SHOWN: usize = 20;
/// So many sitemaps of one that lists them are asked for.
const MAPS: usize = 3;
/// Where sites keep a feed that they do not announce.
const FEEDS: [&str; 8] = [
    "/feed",
    "/rss.xml",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/rss",
    "/feeds/posts/default",
    "/feed.json",
];
/// The same in a folder of a site; few, for each is a request.
const FEEDS_BESIDE: [&str; 5] = ["feed", "rss.xml", "index.xml", "feed.xml", "atom.xml"];
/// Where sites keep a sitemap that robots.txt does not name.
const SITEMAPS: [&str; 4] = ["/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml"];

/// What was looked at.
enum Seen {
    Feed(Box<feed::Looked>),
    Article(Box<Reading>),
    List(Box<List>),
}

/// What a front page or a sitemap leads to.
#[derive(Default)]
struct List {
    kind: &'static str,
    url: Option<Url>,
    title: Option<String>,
    feeds: Vec<Url>,
    sitemaps: Vec<Url>,
    articles: Vec<ListedPage>,
    popular: Vec<ListedPage>,
    /// What the first feed brings.
    of_feed: Vec<Article>,
}

pub(super) async fn show(config: &Config, spec: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    let seen = look(config, spec).await?;
    if as_json {
        output::json(&as_value(&seen))?;
        return Ok(ExitCode::SUCCESS);
    }
    match &seen {
        Seen::Feed(looked) => tell_feed(looked)?,
        Seen::Article(reading) => tell_article(reading)?,
        Seen::List(list) => tell_list(list)?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn look(config: &Config, spec: &str) -> anyhow::Result<Seen> {
    let found = feed::find(config, spec).await?;
    let Found { bytes, content_type, url } = &found;
    let error = match parse(bytes, content_type.as_deref(), url) {
        Ok(parsed) => {
            return Ok(Seen::Feed(Box::new(feed::looked(parsed, url.clone(), 1, Clock::system().now()))));
        }
        Err(error) => error,
    };
    let fetcher = if spec.starts_with("http") { Some(desk::fetcher(config)?) } else { None };
    if let Ok(map) = sitemap(bytes, content_type.as_deref(), url, config.collect.max_bytes.0) {
        return Ok(Seen::List(Box::new(of_sitemap(map, url, fetcher.as_ref()).await)));
    }
    if !matches!(error, ParseError::WebPage { .. }) {
        return Err(error).with_context(|| spec.to_owned());
    }
    let reading = read(bytes, content_type.as_deref(), url);
    let door = fetcher.is_some() && url.path().trim_matches('/').is_empty();
    if !door && matches!(reading.kind, ReadingKind::Article | ReadingKind::Paywall) {
        return Ok(Seen::Article(Box::new(reading)));
    }
    let listed = index(bytes, content_type.as_deref(), url, None);
    if listed.articles.is_empty() && listed.feeds.is_empty() && !door {
        if reading.kind == ReadingKind::NotAnArticle {
            let says = "this page has no feed, no article and no list of articles that can be found; it may be built by a script";
            anyhow::bail!("{spec}: {says}");
        }
        return Ok(Seen::Article(Box::new(reading)));
    }
    Ok(Seen::List(Box::new(of_page(listed, url, fetcher.as_ref()).await)))
}

/// What a sitemap lists; of one that lists others, what the newest of these that can be had lists.
async fn of_sitemap(map: Sitemap, url: &Url, fetcher: Option<&Fetcher>) -> List {
    let (sitemaps, articles) = match map {
        Sitemap::Index(mut all) => {
            all.sort_by_key(|(_, date)| std::cmp::Reverse(*date));
            let mut articles = Vec::new();
            for (place, _) in all.iter().filter(|(place, _)| place != url).take(MAPS) {
                if let Some(fetcher) = fetcher
                    && let Ok(Fetched::Body(found)) = fetcher.page(place, url, &Validators::default()).await
                    && let Ok(Sitemap::Pages(pages)) =
                        sitemap(&found.bytes, found.content_type.as_deref(), &found.url, fetcher.max_bytes())
                {
                    articles = pages;
                    break;
                }
            }
            (all.into_iter().map(|(url, _)| url).collect(), articles)
        }
        Sitemap::Pages(pages) => (Vec::new(), pages),
    };
    List { kind: "sitemap", url: Some(url.clone()), sitemaps, articles, ..List::default() }
}

/// What a page leads to, and with a `fetcher` what its site has besides.
async fn of_page(index: Index, url: &Url, fetcher: Option<&Fetcher>) -> List {
    let Index { title, feeds, articles, popular, .. } = index;
    let mut list =
        List { kind: "page", url: Some(url.clone()), title, feeds, articles, popular, ..List::default() };
    let Some(fetcher) = fetcher else { return list };
    // What is announced and does not answer is no feed of it.
    let mut announced: VecDeque<Url> = std::mem::take(&mut list.feeds).into();
    let mut usual: VecDeque<Url> = beside(url).into_iter().chain(places(url, &FEEDS)).collect();
    while let Some(place) = announced.pop_front().or_else(|| usual.pop_front()) {
        if let Some(articles) = feed_at(fetcher, &place, url).await {
            list.feeds.push(place);
            list.feeds.extend(announced);
            list.of_feed = articles;
            break;
        }
    }
    let robots = fetcher.robots(url).await;
    let named: Vec<Url> = robots.sitemaps.iter().filter_map(|place| url.join(place).ok()).collect();
    list.sitemaps = named;
    if list.sitemaps.is_empty() {
        for place in places(url, &SITEMAPS) {
            if let Ok(Fetched::Body(found)) = fetcher.page(&place, url, &Validators::default()).await
                && sitemap(&found.bytes, found.content_type.as_deref(), &found.url, fetcher.max_bytes())
                    .is_ok()
            {
                list.sitemaps.push(place);
                break;
            }
        }
    }
    list
}

/// Where a blog in a folder of its site keeps a feed.
fn beside(url: &Url) -> Vec<Url> {
    let path = url.path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let folder = if last.contains('.') { path.strip_suffix(last).unwrap_or(path) } else { path };
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        return Vec::new();
    }
    FEEDS_BESIDE.iter().filter_map(|name| url.join(&format!("{folder}/{name}")).ok()).collect()
}

fn places(url: &Url, paths: &[&str]) -> Vec<Url> {
    paths.iter().filter_map(|path| url.join(path).ok()).collect()
}

/// What a feed brings, if there is one.
async fn feed_at(fetcher: &Fetcher, place: &Url, home: &Url) -> Option<Vec<Article>> {
    let Ok(Fetched::Body(found)) = fetcher.page(place, home, &Validators::default()).await else {
        return None;
    };
    let parsed = parse(&found.bytes, found.content_type.as_deref(), &found.url).ok()?;
    Some(crate::collect::clean(parsed, Clock::system().now()))
}

impl List {
    /// What to put into the configuration: the feed if there is one, else the page or the sitemap itself.
    fn toml(&self) -> String {
        let Some(url) = &self.url else { return String::new() };
        match (self.feeds.first(), self.kind) {
            (Some(feed), "page") => toml(feed, self.title.as_deref(), ""),
            (None, "page") if self.articles.is_empty() => match self.sitemaps.first() {
                Some(map) => toml(map, self.title.as_deref(), "kind = \"sitemap\"\n"),
                None => toml(
                    url,
                    self.title.as_deref(),
                    "kind = \"page\"\nselect = \"\"   # the links to its articles\n",
                ),
            },
            (_, kind) => toml(url, self.title.as_deref(), &format!("kind = \"{kind}\"\n")),
        }
    }
}

/// A table of the configuration for a source.
fn toml(url: &Url, title: Option<&str>, more: &str) -> String {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    let name = Name::from_title(title.unwrap_or(host), Name::from_title(host, "source").as_str());
    format!("[sources.{name}]\nurl = {}\n{more}", quote(url.as_str()))
}

fn as_value(seen: &Seen) -> Value {
    match seen {
        Seen::Feed(looked) => json!({
            "kind": "feed", "title": looked.source.title, "site": looked.source.site, "url": looked.source.url,
            "remark": looked.remark, "articles": looked.articles,
            "toml": toml(&looked.source.url, looked.source.title.as_deref(), ""),
        }),
        Seen::Article(reading) => {
            let lead = reading.lead.as_ref();
            json!({
                "kind": reading.kind, "headline": reading.headline, "dek": reading.dek,
                "image": lead.map(|lead| &lead.image), "caption": lead.and_then(|lead| lead.caption.as_ref()),
                "credit": lead.and_then(|lead| lead.credit.as_ref()), "byline": reading.byline,
                "section": reading.section, "published": reading.published, "modified": reading.modified,
                "language": reading.language, "direction": reading.direction, "canonical": reading.canonical,
                "site": reading.site, "excerpt": reading.excerpt, "text": reading.text, "content": reading.content,
            })
        }
        Seen::List(list) => json!({
            "kind": list.kind, "title": list.title, "url": list.url, "feeds": list.feeds, "sitemaps": list.sitemaps,
            "articles": list.articles, "popular": list.popular, "of_feed": list.of_feed, "toml": list.toml(),
        }),
    }
}

fn tell_feed(looked: &feed::Looked) -> anyhow::Result<()> {
    output::say(looked.source.label())?;
    tell_articles(&looked.articles)?;
    if let Some(remark) = &looked.remark {
        eprintln!("\n{remark}");
    }
    let articles = output::count(looked.articles.len() as u64, "article", "articles");
    eprintln!("\n{articles}; nothing was stored");
    Ok(())
}

fn tell_articles(articles: &[Article]) -> anyhow::Result<()> {
    for article in articles {
        let date = output::instant(article.published);
        let author = article.author.as_deref().map(|a| format!("  {a}")).unwrap_or_default();
        output::say(&format!("\n{}\n{date}{author}\n{}", article.title, article.url))?;
        if !article.summary.is_empty() {
            output::say(&article.summary)?;
        }
    }
    Ok(())
}

fn tell_article(reading: &Reading) -> anyhow::Result<()> {
    let kind = match reading.kind {
        ReadingKind::Article => "an article",
        ReadingKind::Paywall => {
            "the beginning of an article; the rest is behind a paywall, so it is not collected"
        }
        ReadingKind::Login => "the door of a login; what is behind it is not collected",
        ReadingKind::Consent => "a question about cookies or privacy; it is not collected",
        ReadingKind::NotAnArticle => {
            "no article that can be read, and no list of articles; it is not collected"
        }
    };
    output::say(&format!("This is {kind}.\n"))?;
    let lead = reading.lead.as_ref();
    let size = |lead: &crate::collect::Lead| match (lead.image.width, lead.image.height) {
        (Some(width), Some(height)) => format!(" ({width} × {height})"),
        _ => String::new(),
    };
    let image = lead.map(|lead| format!("{}{}", lead.image.url, size(lead)));
    let alt = lead.map(|lead| lead.image.alt.clone()).filter(|alt| !alt.is_empty());
    let date = |at: Option<crate::model::Instant>| at.map(|at| output::instant(Some(at)));
    let language = reading.language.as_ref().map(|l| format!("{l}, {}", reading.direction.as_str()));
    for (name, value) in [
        ("Headline", Some(reading.headline.clone())),
        ("Dek", reading.dek.clone()),
        ("Image", image),
        ("Alt", alt),
        ("Caption", lead.and_then(|lead| lead.caption.clone())),
        ("Credit", lead.and_then(|lead| lead.credit.clone())),
        ("Byline", reading.byline.clone()),
        ("Section", reading.section.clone()),
        ("Published", date(reading.published)),
        ("Modified", date(reading.modified)),
        ("Language", language),
        ("Address", Some(reading.canonical.to_string())),
        ("Excerpt", Some(reading.excerpt.clone())),
        ("Text", Some(reading.text.clone())),
    ] {
        let value = value.filter(|value| !value.is_empty()).unwrap_or_else(|| "–".to_owned());
        output::say(&format!("{name:<10} {value}"))?;
    }
    eprintln!("\nnothing was stored");
    Ok(())
}

fn tell_list(list: &List) -> anyhow::Result<()> {
    let url = list.url.as_ref().map(Url::to_string).unwrap_or_default();
    output::say(list.title.as_deref().unwrap_or(&url))?;
    for (heading, all) in [("Feeds", &list.feeds), ("Sitemaps", &list.sitemaps)] {
        if !all.is_empty() {
            output::say(&format!("\n{heading}"))?;
            all.iter().take(SHOWN).try_for_each(|url| output::say(&format!("  {url}")))?;
        }
    }
    if !list.of_feed.is_empty() {
        output::say("\nThe first feed brings")?;
        tell_articles(&list.of_feed[..list.of_feed.len().min(SHOWN)])?;
    }
    for (heading, pages) in [("Articles", &list.articles), ("Popular", &list.popular)] {
        if !pages.is_empty() {
            output::say(&format!("\n{heading}"))?;
            pages.iter().take(SHOWN).try_for_each(|page| output::say(&line(page)))?;
        }
        if pages.len() > SHOWN {
            output::say(&format!("  … and {} more", pages.len() - SHOWN))?;
        }
    }
    output::say(&format!("\nFor the configuration:\n\n{}", list.toml()))?;
    eprintln!("{}; nothing was stored", output::count(list.articles.len() as u64, "article", "articles"));
    Ok(())
}

fn line(page: &ListedPage) -> String {
    let date = page.date.map(|at| format!("{}  ", output::instant(Some(at)))).unwrap_or_default();
    format!("  {date}{}\n    {}", page.title.as_deref().unwrap_or("(its title stands on its page)"), page.url)
}
