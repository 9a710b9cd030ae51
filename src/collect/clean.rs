//! Entries made ours: sanitised, absolute, plain where it must be plain, and known by a fingerprint.

use std::collections::HashMap;

use chrono::{DateTime, Datelike};
use url::Url;

use super::fingerprint::Mark;
use super::parse::Feed;
use super::sieve::{Sifted, sift};
use super::{author, excerpt, fingerprint, image, language, link, sanitise, text, title};
use crate::model::{Article, Entry, Fingerprint, Instant, Language, Markup, Popularity};

/// Limits in graphemes; see [`Article`].
const TITLE: usize = 300;
const SUMMARY: usize = 500;
const TOPICS: usize = 20;
/// More foreign HTML than this is cut before it is looked at, in bytes.
const LONGEST: usize = 1024 * 1024;
/// So much of a text is enough to recognise its language, in bytes.
const RECOGNISED: usize = 2_000;

/// Makes articles of entries, in the order of the document; an article that comes twice is kept once.
///
/// Pure, and cannot fail: what an entry lacks is made of what it has. A date after `now` or
/// before 1990 is none. An entry without any address on the web gets that of its site, then of its feed.
#[must_use]
pub fn clean(feed: Feed, now: Instant) -> Vec<Article> {
    let context = Context { site: feed.site.clone(), language: feed.language.clone(), now };
    let mut made: Vec<Article> = feed.entries.into_iter().map(|entry| context.article(&entry)).collect();
    tell_apart(&mut made);
    let mut articles: Vec<Article> = Vec::with_capacity(made.len());
    for article in made {
        if !articles.iter().any(|known| known.fingerprint.same_article(&article.fingerprint)) {
            articles.push(article);
        }
    }
    if !is_by_date(articles.iter().map(|article| article.published)) {
        for (place, article) in (1..).zip(&mut articles) {
            article.popularity.place = Some(place);
        }
    }
    articles
}

/// True if a document is in the order of dates, but for a few: then its order says nothing more.
#[must_use]
pub fn is_by_date(published: impl ExactSizeIterator<Item = Option<Instant>>) -> bool {
    let all = published.len();
    let dates: Vec<_> = published.flatten().collect();
    let pairs = dates.len().saturating_sub(1);
    let newest_first = dates.windows(2).filter(|pair| pair[0] >= pair[1]).count();
    let oldest_first = dates.windows(2).filter(|pair| pair[0] <= pair[1]).count();
    // Without dates it is the order in which they stand.
    2 * dates.len() > all && 5 * newest_first.max(oldest_first) >= 4 * pairs
}

/// Gives a number to entries of one document that share guid and address and say different things.
///
/// Counted from the end, where the oldest stand: what was there before keeps its fingerprint when another comes.
fn tell_apart(articles: &mut [Article]) {
    let mut seen: HashMap<(i64, i64), Vec<i64>> = HashMap::new();
    for article in articles.iter_mut().rev() {
        let print = &mut article.fingerprint;
        let before = seen.entry((print.guid, print.url)).or_default();
        if before.contains(&print.content) {
            continue;
        }
        before.push(print.content);
        *print = fingerprint::nth(*print, before.len());
    }
}

/// What an entry takes from its feed.
struct Context {
    site: Option<Url>,
    language: Option<Language>,
    now: Instant,
}

impl Context {
    /// Where to read an entry: link, guid, site, feed; something harmless if all of them are missing.
    fn address(&self, entry: &Entry) -> Url {
        let own = entry.link.as_deref().and_then(|url| link::web(url, &entry.base));
        let guid = || {
            entry.guid.as_deref().filter(|g| g.starts_with("http")).and_then(|g| link::web(g, &entry.base))
        };
        own.or_else(guid)
            .or_else(|| self.site.clone())
            .or_else(|| link::web(entry.base.as_str(), &entry.base))
            .unwrap_or_else(nowhere)
    }

    fn article(&self, entry: &Entry) -> Article {
        let url = self.address(entry);
        let (content, summary) = (entry.content.as_ref(), entry.summary.as_ref());
        let mut whole = sifted(content.or(summary), &entry.base);
        let short = content.and(summary).map(|short| sifted(Some(short), &entry.base));
        let content_text = text::flowed(&whole.text);
        let short_text = short.as_ref().map(|short| text::flowed(&short.text));
        let title = self.title(entry, &content_text, &url);
        let summary = excerpt::summary(short_text.as_deref(), &content_text, &title, SUMMARY);
        let declared = entry.language.as_deref().and_then(Language::parse).or_else(|| self.language.clone());
        let (language, direction) = language::of(&title, &summary, head(&content_text, RECOGNISED), declared);
        let mut pictures = std::mem::take(&mut whole.images);
        pictures.extend(short.map(|short| short.images).unwrap_or_default());
        Article {
            fingerprint: self.fingerprint(entry, &url, &title, &content_text),
            url,
            title,
            summary,
            content: sanitise::sanitise(whole),
            image: image::lead(entry, &pictures),
            author: author::names(&entry.authors),
            published: self.date(entry.published).or_else(|| self.date(entry.updated)),
            language,
            direction,
            topics: topics(&entry.topics),
            popularity: Popularity { comments: entry.comments, views: entry.views, ..Popularity::default() },
        }
    }

    /// What makes the article known again; made of the entry alone, so that no neighbour that comes or goes makes
    /// it another.
    fn fingerprint(&self, entry: &Entry, url: &Url, title: &str, text: &str) -> Fingerprint {
        let page = link::canonical(url);
        let page =
            if link::is_front_door(url, self.site.as_ref()) { format!("{page} {title}") } else { page };
        if let Some(guid) = entry.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty()) {
            return fingerprint::of(Mark::Guid(guid), &page, title, text);
        }
        // Several entries may share a page: their fragments tell them apart, and else their titles.
        match url.fragment().filter(|fragment| !fragment.is_empty()) {
            Some(fragment) => {
                let spot = format!("{}#{fragment}", link::canonical(url));
                let own = own_title(entry).unwrap_or_default();
                fingerprint::of(Mark::Place(&spot, &own), &spot, title, text)
            }
            None => fingerprint::of(Mark::Place(&page, title), &page, title, text),
        }
    }

    /// The title; without one the first words of the text, else host and path.
    fn title(&self, entry: &Entry, text: &str, url: &Url) -> String {
        let own = own_title(entry);
        let words = || Some(text::cut(text, 80)).filter(|words| is_visible(words));
        let place = || {
            let host = url.host_str().unwrap_or_default();
            let path = url.path().trim_end_matches('/');
            text::one_line(&format!("{}{path}", host.strip_prefix("www.").unwrap_or(host)), TITLE)
        };
        own.or_else(words).unwrap_or_else(place)
    }

    fn date(&self, date: Option<Instant>) -> Option<Instant> {
        date.filter(|date| date.year() >= 1990 && *date <= self.now).map(whole_milliseconds)
    }
}

/// The title that the entry has itself.
fn own_title(entry: &Entry) -> Option<String> {
    entry.title.as_ref().map(|markup| title::plain(markup, TITLE)).filter(|title| is_visible(title))
}

/// The store keeps milliseconds; what is finer would come back changed.
fn whole_milliseconds(at: Instant) -> Instant {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !matches!(c, '\u{200C}'..='\u{200F}' | '\u{AD}' | '\u{34F}'))
}

fn sifted(markup: Option<&Markup>, base: &Url) -> Sifted {
    let Some(markup) = markup else { return Sifted::default() };
    match markup {
        Markup::Html(html) => sift(head(html, LONGEST), base),
        Markup::Text(text) if looks_like_html(text) => sift(head(text, LONGEST), base),
        Markup::Text(text) => sift(&excerpt::paragraphs(head(text, LONGEST)), base),
    }
}

fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Many sources put HTML where they promise plain text.
fn looks_like_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["</p>", "<br>", "<br/>", "<br />", "</a>", "<img ", "</div>", "</li>"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// RFC 2606 §2: an address that nobody will ever have, for an entry that has none.
fn nowhere() -> Url {
    #[expect(clippy::expect_used, reason = "a literal that parses")]
    Url::parse("http://no-address.invalid/").expect("parses")
}

fn topics(written: &[String]) -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    for topic in written.iter().take(200) {
        let topic = title::plain(&Markup::Html(topic.clone()), 60).to_lowercase();
        if !topic.is_empty() && !topics.contains(&topic) && topics.len() < TOPICS {
            topics.push(topic);
        }
    }
    topics
}
