//! OPML 1 and 2: the subscription lists that feed readers exchange. Only `xmlUrl` outlines matter.
//!
//! Folders in folders become topics, and topics become folders in folders again: what was exported is read back as it was.

use std::collections::HashSet;
use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};
use url::Url;

use crate::model::Source;

/// A feed of a subscription list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) url: Url,
    pub(super) title: Option<String>,
    /// The folders it stands in and its categories, lower case.
    pub(super) topics: Vec<String>,
}

/// Reads the feeds of a subscription list, each address once, in order.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Vec<Outline>> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let (mut outlines, mut folders, mut is_opml) = (Vec::<Outline>::new(), Vec::<String>::new(), false);
    let mut met = HashSet::new();
    let mut keep = |outline: Option<Outline>| {
        if let Some(outline) = outline.filter(|o| met.insert(o.url.clone())) {
            outlines.push(outline);
        }
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.local_name().as_ref().eq_ignore_ascii_case("opml") => is_opml = true,
            Ok(Event::Start(tag)) if is_outline(&tag) => {
                keep(outline(&tag, &folders));
                folders.push(attribute(&tag, &["title", "text"]).unwrap_or_default());
            }
            Ok(Event::Empty(tag)) if is_outline(&tag) => keep(outline(&tag, &folders)),
            Ok(Event::End(tag)) if tag.local_name().as_ref().eq_ignore_ascii_case("outline") => {
                folders.pop();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) if is_opml => bail!("byte {}: {error}", reader.error_position()),
            Err(_) => break,
        }
    }
    if is_opml { Ok(outlines) } else { bail!("not an OPML document: there is no <opml> element") }
}

/// No list has more folders in each other that mean anything, and no source more topics.
const MOST_FOLDERS: usize = 16;
const MOST_TOPICS: usize = 32;

fn is_outline(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref().eq_ignore_ascii_case("outline")
}

fn outline(tag: &BytesStart<'_>, folders: &[String]) -> Option<Outline> {
    let url: Url = attribute(tag, &["xmlUrl"])?.trim().parse().ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let categories = attribute(tag, &["category"]).unwrap_or_default();
    let own = categories.split([',', '/']).map(str::to_owned);
    let mut topics: Vec<String> = Vec::new();
    for topic in folders.iter().take(MOST_FOLDERS).cloned().chain(own) {
        let topic = topic.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if !topic.is_empty() && !topics.contains(&topic) && topics.len() < MOST_TOPICS {
            topics.push(topic);
        }
    }
    let title =
        attribute(tag, &["title", "text"]).map(|t| t.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(Outline { url, title: title.filter(|t| !t.is_empty()), topics })
}

/// The first of these attributes that is there and not empty; their case does not matter.
fn attribute(tag: &BytesStart<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let found = tag
            .html_attributes()
            .with_checks(false)
            .flatten()
            .find(|a| a.key.as_ref().eq_ignore_ascii_case(name))?;
        let raw = found.value.into_owned();
        let value = unescape(&raw).map(std::borrow::Cow::into_owned).unwrap_or(raw);
        (!value.trim().is_empty()).then_some(value)
    })
}

/// Writes all sources as an OPML 2.0 document, in a folder for each topic, one in the other.
pub(super) fn write(sources: &[Source]) -> anyhow::Result<String> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>Pressrun sources</title></head>\n  <body>\n",
    );
    let mut sorted: Vec<&Source> = sources.iter().collect();
    sorted.sort_by_key(|source| (source.topics.as_slice(), &source.name));
    let mut open: &[String] = &[];
    for source in sorted {
        let shared = open.iter().zip(&source.topics).take_while(|(a, b)| a == b).count();
        close(&mut text, open.len(), shared);
        for (depth, topic) in source.topics.iter().enumerate().skip(shared) {
            writeln!(text, "{}<outline text=\"{}\">", indent(depth), escape(topic)).context("memory")?;
        }
        open = &source.topics;
        let label = escape(source.label());
        write!(text, "{}<outline type=\"rss\" text=\"{label}\" title=\"{label}\"", indent(open.len()))
            .context("memory")?;
        if let Some(site) = &source.site {
            write!(text, " htmlUrl=\"{}\"", escape(site.as_str())).context("memory")?;
        }
        writeln!(text, " xmlUrl=\"{}\"/>", escape(source.url.as_str())).context("memory")?;
    }
    close(&mut text, open.len(), 0);
    text.push_str("  </body>\n</opml>\n");
    Ok(text)
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth + 2)
}

/// Closes folders from one depth down to another.
fn close(text: &mut String, from: usize, to: usize) {
    for depth in (to..from).rev() {
        text.push_str(&indent(depth));
        text.push_str("</outline>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_topics_and_an_address_counts_once() {
        let outlines = read(
            br#"<opml version="1.0"><head/><body><outline text="Science">
              <outline TEXT="Tide &amp; Time" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
              <outline text="Again" xmlurl="https://a.example/feed?x=1&y=2" /></outline>
              <outline text="No feed" htmlUrl="https://b.example"/>
              <outline text="Local" xmlUrl="file:///etc/passwd"/></body></opml>"#,
        )
        .unwrap();
        assert_eq!(outlines.len(), 1);
        assert_eq!(outlines[0].url.as_str(), "https://a.example/feed?x=1&y=2");
        assert_eq!(outlines[0].title.as_deref(), Some("Tide & Time"));
        assert_eq!(outlines[0].topics, ["science"]);
    }

    #[test]
    fn what_is_no_opml_is_said_to_be_none() {
        assert!(read(b"<html><body>hello").unwrap_err().to_string().contains("no <opml>"));
        assert!(read(b"").is_err());
    }
}
