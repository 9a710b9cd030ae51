//! Somebody's first configuration: the annotated reference with the answers in it.

use super::printer::quote;
use crate::model::Name;

/// The annotated reference configuration, as `config.toml` has it.
pub const REFERENCE: &str = include_str!("../../config.toml");

/// The digest of the reference; its tables are named after the title that was answered.
const DIGEST: &str = "digests.morning";

/// What `pressrun init` asks; what is empty stays as the reference has it.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The title of the digest.
    pub title: String,
    /// The sender, `Name <a@b>` or `a@b`; an address alone gets the title as its name.
    pub from: String,
    /// The postal address in the footer; may have several lines.
    pub postal_address: String,
    /// The addresses of the sources.
    pub feeds: Vec<String>,
    /// The relay's host name.
    pub relay_host: String,
    /// The login at the relay.
    pub relay_username: String,
    /// The file that holds the relay's password.
    pub relay_password_file: String,
    /// Whether letters go through the relay from the start; else into the outbox folder, so that none is sent by
    /// chance.
    pub send: bool,
}

/// Returns the reference with the answers filled in.
#[must_use]
pub fn starter(answers: &Answers) -> String {
    let digest = format!("digests.{}", Name::from_title(&answers.title, "morning"));
    let mut out = String::with_capacity(REFERENCE.len() + 512);
    let mut table = "";
    let mut feeds_written = answers.feeds.is_empty();
    for line in REFERENCE.lines() {
        // Tables that are only shown as examples end the one before all the same.
        if line.starts_with('[') || line.starts_with("#[") {
            table = line.trim_matches(['#', '[', ']']);
        }
        let ends = line.is_empty() || line.starts_with("# ");
        if table.starts_with("sources.") && !answers.feeds.is_empty() && !ends {
            if !feeds_written {
                out.push_str(&sources(&answers.feeds));
                feeds_written = true;
            }
            continue;
        }
        let filled = answer(table, line, answers);
        out.push_str(&filled.unwrap_or_else(|| line.replace(DIGEST, &digest)));
        out.push('\n');
    }
    out
}

/// Returns the line with the answer in it, if it asks for one that was given.
fn answer(table: &str, line: &str, answers: &Answers) -> Option<String> {
    let (key, _) = line.split_once(" = ")?;
    let (title, from) = (one_line(&answers.title), sender(answers));
    let (host, username) = (one_line(&answers.relay_host), one_line(&answers.relay_username));
    let address = paragraph(&answers.postal_address);
    let answer = match (table, key) {
        (DIGEST, "title") => title,
        (DIGEST, "from") => from,
        (DIGEST, "postal_address") => address,
        ("relay", "#host") => host,
        ("relay", "#username") => username,
        ("relay", "#password_file") => one_line(&answers.relay_password_file),
        ("deliver", "#carrier") if answers.send => "smtp".to_owned(),
        _ => return None,
    };
    let key = key.trim_start_matches('#');
    (!answer.is_empty()).then(|| format!("{key} = {}", quote(&answer)))
}

fn sender(answers: &Answers) -> String {
    let from = one_line(&answers.from);
    // Characters that would end the name where a sender is written as `Name <address>`.
    let name = one_line(&answers.title.replace(['<', '>', '"'], " "));
    if from.is_empty() || from.contains('<') || name.is_empty() { from } else { format!("{name} <{from}>") }
}

/// Returns the text with each run of blanks and controls made one blank.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn paragraph(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Returns a table for each source, named after its host.
fn sources(feeds: &[String]) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut out = String::new();
    for feed in feeds.iter().map(|feed| feed.trim()) {
        let host =
            url::Url::parse(feed).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(&host);
        let base = Name::from_title(host, "source").to_string();
        let taken =
            names.iter().filter(|name| **name == base || name.starts_with(&format!("{base}-"))).count();
        let name = if taken == 0 { base } else { format!("{base}-{}", taken + 1) };
        out.push_str(&format!("[sources.{name}]\nurl = {}\n\n", quote(feed)));
        names.push(name);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
