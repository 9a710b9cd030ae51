//! TOML that cannot be read: which line, and what of it may be shown.

use super::complaint::{Complaint, Place, Trouble};

/// The lines of a text, found by byte offset.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Notes where each line of the text begins.
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Returns the number of the line, counted from 1, that holds the byte at `offset`.
    pub(super) fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    fn line(&self, number: usize) -> &'t str {
        let start = self.starts.get(number - 1).copied().unwrap_or(self.text.len());
        self.text[start..].lines().next().unwrap_or_default()
    }

    /// Returns true if the line seems to begin inside a text of several lines.
    fn within_text(&self, number: usize) -> bool {
        let before = &self.text[..self.starts.get(number - 1).copied().unwrap_or_default()];
        ["\"\"\"", "'''"].iter().any(|quotes| before.matches(quotes).count() % 2 == 1)
    }

    /// Returns how many characters of the line stand before `offset`.
    fn column(&self, number: usize, offset: usize) -> usize {
        let start = self.starts.get(number - 1).copied().unwrap_or_default();
        self.text.get(start..offset.min(self.text.len())).map_or(0, |before| before.chars().count())
    }
}

/// Returns a complaint for the first error of each line.
pub(super) fn complaints(errors: &[toml::de::Error], lines: &Lines<'_>) -> Vec<Complaint> {
    let mut found: Vec<Complaint> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        let number = lines.number(offset);
        let place = Place::Line(number);
        if found.iter().any(|c| c.place == place) {
            continue;
        }
        let line = shown(lines.line(number), lines.within_text(number));
        let last = line.chars().count() - usize::from(line.ends_with('…'));
        let column = lines.column(number, offset).min(last);
        let message = if unquoted(lines.line(number)) {
            "a text stands in quotes".to_owned()
        } else {
            error.message().replace('\n', ", ")
        };
        found.push(Complaint {
            place,
            key: String::new(),
            trouble: Trouble::Syntax { message, line, column },
        });
    }
    found
}

/// Returns true for `key = word`, of which the parser would say that it is no number.
fn unquoted(line: &str) -> bool {
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    value.starts_with(char::is_alphabetic) && !["true", "false"].contains(&value)
}

/// Returns what of a broken line may be shown: a header or a key, never a value, since nobody can tell whether
/// what cannot be read would have been a password.
fn shown(line: &str, within_text: bool) -> String {
    let line = line.trim_end();
    let key = line.split(['=', '"', '\'']).next().unwrap_or_default();
    let header = line.trim_start().starts_with('[');
    if within_text || !(header || line[key.len()..].starts_with('=')) {
        return "…".to_owned();
    }
    let end = if key.len() < line.len() && !header { "= …" } else { "" };
    key.chars().take(100).chain(end.chars()).collect()
}
