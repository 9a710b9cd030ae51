//! Sitemaps (sitemaps.org), with what news sitemaps and image sitemaps add, packed or plain.

use std::io::Read as _;

use url::Url;

use super::tokens::{Token, Tokens};
use super::{charset, date, entity, link, title};
use crate::model::{Instant, Language, Markup};

/// sitemaps.org: a sitemap holds no more.
const MOST: usize = 50_000;
/// No text in a sitemap is longer, in bytes.
const LONGEST: usize = 4_000;

/// What a sitemap is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sitemap {
    /// A list of other sitemaps, with the date of their last change.
    Index(Vec<(Url, Option<Instant>)>),
    /// A list of pages.
    Pages(Vec<ListedPage>),
}

/// A page that a sitemap or an index page lists.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ListedPage {
    /// Where it is.
    pub url: Url,
    /// What the list calls it.
    pub title: Option<String>,
    /// When the list says that it was published, or last changed.
    pub date: Option<Instant>,
    /// The language that the list gives it.
    #[serde(skip)]
    pub language: Option<Language>,
}

/// Why a document is no sitemap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SitemapError {
    /// Another kind of document.
    #[error("this is no sitemap: expected <urlset> or <sitemapindex>, or a line for each address")]
    NotASitemap,
    /// Packed, and damaged or larger than the limit.
    #[error("this packed sitemap is damaged or unpacks to more than {limit} bytes")]
    Packed {
        /// The limit in bytes.
        limit: usize,
    },
}

/// Reads a sitemap of at most `limit` bytes once it is unpacked; of more than 50,000 entries the first are kept.
pub fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &Url,
    limit: usize,
) -> Result<Sitemap, SitemapError> {
    let unpacked = if bytes.starts_with(&[0x1F, 0x8B]) { Some(unpack(bytes, limit)?) } else { None };
    let text = charset::decode(unpacked.as_deref().unwrap_or(bytes), content_type);
    if text.contains("<urlset")
        || text.contains("<sitemapindex")
        || text.contains(":urlset")
        || text.contains(":sitemapindex")
    {
        return Ok(xml(&without_cdata(&text), base));
    }
    let lines: Vec<ListedPage> = text.lines().filter_map(|line| plain(line, base)).take(MOST).collect();
    if lines.is_empty() || text.contains('<') {
        Err(SitemapError::NotASitemap)
    } else {
        Ok(Sitemap::Pages(lines))
    }
}

/// Unpacks at most `limit` bytes, however much a few may hold.
fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<u8>, SitemapError> {
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(limit as u64 + 1).read_to_end(&mut out);
    if read.is_err() || out.len() > limit { Err(SitemapError::Packed { limit }) } else { Ok(out) }
}

fn plain(line: &str, base: &Url) -> Option<ListedPage> {
    let line = line.trim();
    let url =
        (line.starts_with("http://") || line.starts_with("https://")).then(|| link::web(line, base))??;
    Some(ListedPage { url, title: None, date: None, language: None })
}

/// CDATA as escaped text.
fn without_cdata(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("<![CDATA[") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("<![CDATA[") {
        out.push_str(before);
        let (inside, behind) = inside.split_once("]]>").unwrap_or((inside, ""));
        entity::escape_into(inside, &mut out);
        rest = behind;
    }
    out.push_str(rest);
    out.into()
}

#[derive(Default)]
struct Reading {
    index: bool,
    pages: Vec<ListedPage>,
    url: Option<Url>,
    title: Option<String>,
    /// Of the last change; of the publication.
    dates: (Option<Instant>, Option<Instant>),
    language: Option<Language>,
}

fn xml(text: &str, base: &Url) -> Sitemap {
    let mut reading = Reading::default();
    let mut words = String::new();
    for token in Tokens::new(text) {
        match token {
            Token::Text(text) => {
                if words.len() < LONGEST {
                    words.push_str(&entity::decode(text));
                }
            }
            Token::Start(tag) => {
                words.clear();
                match local(&tag.name) {
                    "sitemapindex" => reading.index = true,
                    "url" | "sitemap" => reading.end(),
                    _ => {}
                }
            }
            Token::End(name) => {
                reading.field(&name, words.trim(), base);
                words.clear();
            }
        }
        if reading.pages.len() >= MOST {
            break;
        }
    }
    reading.end();
    if reading.index {
        Sitemap::Index(reading.pages.into_iter().map(|page| (page.url, page.date)).collect())
    } else {
        Sitemap::Pages(reading.pages)
    }
}

impl Reading {
    fn field(&mut self, name: &str, words: &str, base: &Url) {
        let (space, field) = name.split_once(':').unwrap_or(("", name));
        match (space, field) {
            // Pictures have a place of their own.
            ("" | "sm" | "sitemap", "loc") => self.url = link::web(words, base),
            ("news" | "n", "title") => {
                self.title = Some(title::plain(&Markup::Text(words.to_owned()), 300))
                    .filter(|title| !title.is_empty());
            }
            (_, "lastmod") => self.dates.0 = date::parse(words),
            (_, "publication_date") => self.dates.1 = date::parse(words),
            ("news" | "n", "language") => self.language = Language::parse(words),
            (_, "url" | "sitemap") => self.end(),
            _ => {}
        }
    }

    /// Ends the entry at hand.
    fn end(&mut self) {
        let (title, language) = (self.title.take(), self.language.take());
        let (changed, published) = std::mem::take(&mut self.dates);
        if let Some(url) = self.url.take() {
            self.pages.push(ListedPage { url, title, date: published.or(changed), language });
        }
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1_000_000;
    const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="n" xmlns:image="i">
        <url><loc>https://harbour.example/a?x=1&amp;y=2</loc><image:image><image:loc>https://harbour.example/a.jpg</image:loc></image:image>
          <news:news><news:publication><news:name>H</news:name><news:language>en</news:language></news:publication>
          <news:publication_date>2026-05-01T10:00:00Z</news:publication_date><news:title><![CDATA[Ships & rope]]></news:title></news:news></url>
        <url><loc> /b </loc><lastmod>2026-05-02</lastmod></url><url><loc>javascript:x</loc></url></urlset>"#;

    fn base() -> Url {
        Url::parse("https://harbour.example/sitemap.xml").unwrap()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn a_news_sitemap_gives_titles_and_dates_packed_or_not() {
        for bytes in [NEWS.as_bytes().to_vec(), packed(NEWS.as_bytes())] {
            let Sitemap::Pages(pages) = read(&bytes, None, &base(), LIMIT).unwrap() else {
                panic!("an index")
            };
            let shown: Vec<_> =
                pages.iter().map(|p| (p.url.as_str(), p.title.as_deref(), p.date.is_some())).collect();
            let expected = [
                ("https://harbour.example/a?x=1&y=2", Some("Ships & rope"), true),
                ("https://harbour.example/b", None, true),
            ];
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn an_index_lists_sitemaps_and_a_text_lists_pages() {
        let index = "<sitemapindex><sitemap><loc>https://harbour.example/1.xml.gz</loc><lastmod>2026-05-02</lastmod></sitemap></sitemapindex>";
        assert!(
            matches!(read(index.as_bytes(), None, &base(), LIMIT), Ok(Sitemap::Index(all)) if all.len() == 1 && all[0].1.is_some())
        );
        let text = "https://harbour.example/a\nhttps://harbour.example/b\n";
        assert!(
            matches!(read(text.as_bytes(), None, &base(), LIMIT), Ok(Sitemap::Pages(all)) if all.len() == 2)
        );
        assert_eq!(read(b"<html>", None, &base(), LIMIT), Err(SitemapError::NotASitemap));
    }

    #[test]
    fn a_bomb_is_not_unpacked_to_its_end() {
        let bomb = packed(&vec![b' '; 3 * LIMIT]);
        assert!(bomb.len() < 50_000);
        assert_eq!(read(&bomb, None, &base(), LIMIT), Err(SitemapError::Packed { limit: LIMIT }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(mut bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..700_usize) {
            let _ = read(&bytes, None, &base(), LIMIT);
            let mut torn = NEWS.as_bytes()[..cut.min(NEWS.len())].to_vec();
            torn.append(&mut bytes);
            let _ = read(&torn, None, &base(), LIMIT);
        }
    }
}
