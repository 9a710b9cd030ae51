//! JSON Feed 1 and 1.1, read with patience: numbers for ids, missing fields, wrong types.

use serde_json::{Map, Value};
use url::Url;

use super::date;
use super::draft::Draft;
use super::parse::ParseError;
use super::short;
use crate::model::{Entry, Markup, Picture};

/// Reads a JSON Feed; a torn document gives its whole items.
pub(super) fn read(text: &str, base: &Url) -> Result<Draft, ParseError> {
    let other = |found: String| ParseError::OtherJson { found };
    let (value, torn) = match serde_json::from_str::<Value>(text) {
        Ok(value) => (value, false),
        Err(error) => {
            let mended = mend(text).and_then(|whole| serde_json::from_str::<Value>(&whole).ok());
            (mended.ok_or_else(|| other(error.to_string()))?, true)
        }
    };
    let Value::Object(feed) = value else {
        return Err(other("expected an object with `version` and `items`".to_owned()));
    };
    let version = text_of(&feed, "version").unwrap_or_default();
    let Some(items) = feed.get("items").and_then(Value::as_array) else {
        return Err(other("it has no list `items`".to_owned()));
    };
    if !version.contains("jsonfeed.org")
        && !feed.contains_key("title")
        && !items.iter().any(looks_like_an_item)
    {
        return Err(other("it has neither `version` nor `title`, and its items are no articles".to_owned()));
    }
    let mut draft = Draft::new();
    draft.torn = torn;
    let language = text_of(&feed, "language").as_deref().and_then(short::language);
    draft.declare(text_of(&feed, "title"), text_of(&feed, "home_page_url"), language);
    draft.authors = authors(&feed);
    for hub in feed.get("hubs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        let type_ = text_of(hub, "type").unwrap_or_default().to_ascii_lowercase();
        if let Some(url) = text_of(hub, "url").filter(|_| matches!(type_.as_str(), "websub" | "pubsubhubbub"))
        {
            draft.relate("hub", url);
        }
    }
    if let Some(topic) = text_of(&feed, "feed_url") {
        draft.relate("self", topic);
    }
    for item in items.iter().filter_map(Value::as_object) {
        if let Some(entry) = entry(item, base) {
            draft.push(entry);
        }
    }
    Ok(draft)
}

fn looks_like_an_item(item: &Value) -> bool {
    ["content_html", "content_text", "date_published"].iter().any(|key| item.get(key).is_some())
}

fn entry(item: &Map<String, Value>, base: &Url) -> Option<Entry> {
    let mut entry = Entry::new(base.clone());
    entry.guid = text_of(item, "id");
    entry.link = text_of(item, "url").or_else(|| text_of(item, "external_url"));
    if entry.link.is_none() {
        entry.link = entry.guid.clone().filter(|id| id.starts_with("http://") || id.starts_with("https://"));
    }
    entry.title = text_of(item, "title").map(Markup::Text);
    entry.summary = text_of(item, "summary").map(Markup::Text);
    let html = text_of(item, "content_html").map(Markup::Html);
    entry.content = html.or_else(|| text_of(item, "content_text").map(Markup::Text));
    entry.authors = authors(item);
    entry.published = text_of(item, "date_published").as_deref().and_then(date::parse);
    entry.updated = text_of(item, "date_modified").as_deref().and_then(date::parse);
    let picture = |key| text_of(item, key).map(|url| Picture { url, ..Picture::default() });
    entry.pictures.extend(picture("image").into_iter().chain(picture("banner_image")));
    for attachment in item.get("attachments").and_then(Value::as_array).into_iter().flatten() {
        let Some(attachment) = attachment.as_object() else { continue };
        let Some(url) = text_of(attachment, "url") else { continue };
        if text_of(attachment, "mime_type").is_some_and(|t| t.starts_with("image/")) {
            entry.pictures.push(Picture { url, ..Picture::default() });
        } else {
            entry.link.get_or_insert(url);
        }
    }
    for topic in item.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(scalar) {
        short::add(&mut entry.topics, &topic);
    }
    entry.language = text_of(item, "language").as_deref().and_then(short::language);
    let said = entry.title.is_some() || entry.content.is_some() || entry.summary.is_some();
    (said || entry.link.is_some() || entry.guid.is_some()).then_some(entry)
}

/// `authors` of version 1.1 and `author` of version 1; objects or bare names.
fn authors(of: &Map<String, Value>) -> Vec<String> {
    let many = of.get("authors").and_then(Value::as_array).into_iter().flatten();
    let name =
        |author: &Value| author.as_object().map_or_else(|| scalar(author), |author| text_of(author, "name"));
    let mut names = Vec::new();
    many.filter_map(name).for_each(|name| short::add(&mut names, &name));
    if names.is_empty() {
        of.get("author").and_then(name).iter().for_each(|name| short::add(&mut names, name));
    }
    names
}

fn text_of(of: &Map<String, Value>, key: &str) -> Option<String> {
    of.get(key).and_then(scalar)
}

/// A string, number or boolean as text; `None` for blanks and for everything with parts.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Cuts a torn document behind its last whole item and closes what is open.
fn mend(text: &str) -> Option<String> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    let mut cut = None;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop()?;
                if open == ['}', ']'] && byte == b'}' {
                    cut = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    cut.map(|cut| format!("{}]}}", &text[..cut]))
}
