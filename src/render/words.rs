//! `words/<language>.toml`: the words round the articles, with their plurals and dates.

use std::collections::BTreeMap;

use serde::Deserialize;
use templates::view::More;
use toml::Spanned;

use super::Links;
use super::error::Fault;
use super::plural::{Category, categories, category};
use crate::model::Language;

/// The words of one language.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// Which.
    pub(super) language: Language,
    /// The link to the web copy.
    pub(super) web_copy: String,
    /// The link out.
    pub(super) unsubscribe: String,
    /// The link to the reader's preferences.
    pub(super) preferences: String,
    /// The link of an article; `{place}` is the site's host.
    pub(super) read: String,
    /// Where else a story is told; `{places}`.
    pub(super) also: String,
    /// What stands for a picture without a description; `{source}`.
    pub(super) picture: String,
    /// Why the reader gets this; `{title}`.
    pub(super) why: String,
    /// Dates.
    pub(super) date: DateWords,
    more: BTreeMap<Category, String>,
    left_out: BTreeMap<Category, String>,
}

/// The words of dates.
#[derive(Debug, Clone)]
pub(super) struct DateWords {
    /// `{weekday}`, `{day}`, `{month}`, `{year}`.
    pub(super) full: String,
    /// `{day}`, `{month}`, `{year}`.
    pub(super) year: String,
    /// `{day}`, `{month}`.
    pub(super) day: String,
    /// The first of a month, where it is not `1`.
    pub(super) first: Option<String>,
    /// January first; twelve.
    pub(super) months: Vec<String>,
    /// Monday first; seven.
    pub(super) weekdays: Vec<String>,
}

/// A phrase with its place in the file.
pub(super) type Phrase = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    web_copy: Phrase,
    unsubscribe: Phrase,
    preferences: Phrase,
    read: Phrase,
    also: Option<Phrase>,
    picture: Phrase,
    why: Phrase,
    more: Spanned<BTreeMap<Category, Phrase>>,
    left_out: Spanned<BTreeMap<Category, Phrase>>,
    date: DateFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DateFile {
    full: Phrase,
    year: Phrase,
    day: Phrase,
    first: Option<String>,
    months: Spanned<Vec<String>>,
    weekdays: Spanned<Vec<String>>,
}

/// For word files of a theme that know nothing of it.
const ALSO: &str = "+ {places}";

impl Words {
    /// Parses a word file; what is wrong goes to `faults`.
    pub(super) fn parse(
        language: &Language,
        file: &str,
        text: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let parsed: File = parsed(file, text, faults)?;
        let mut check = Check { file, text, faults };
        let more = check.plurals("more", parsed.more, language);
        let left_out = check.plurals("left_out", parsed.left_out, language);
        let date = DateWords {
            full: check.phrase("full", parsed.date.full, &["weekday", "day", "month", "year"]),
            year: check.phrase("year", parsed.date.year, &["day", "month", "year"]),
            day: check.phrase("day", parsed.date.day, &["day", "month"]),
            first: parsed.date.first,
            months: check.names("months", parsed.date.months, 12),
            weekdays: check.names("weekdays", parsed.date.weekdays, 7),
        };
        Some(Self {
            language: language.clone(),
            web_copy: check.phrase("web_copy", parsed.web_copy, &[]),
            unsubscribe: check.phrase("unsubscribe", parsed.unsubscribe, &[]),
            preferences: check.phrase("preferences", parsed.preferences, &[]),
            read: check.phrase("read", parsed.read, &["place"]),
            also: parsed.also.map_or_else(|| ALSO.to_owned(), |also| check.phrase("also", also, &["places"])),
            picture: check.phrase("picture", parsed.picture, &["source"]),
            why: check.phrase("why", parsed.why, &["title"]),
            date,
            more,
            left_out,
        })
    }

    /// Says that `n` articles are on the web only, or did not fit where there is no web copy.
    pub(super) fn more(&self, n: usize, links: &Links) -> More {
        let forms = if links.web_copy.is_some() { &self.more } else { &self.left_out };
        let form =
            forms.get(&category(self.language.primary(), n as u64)).or_else(|| forms.get(&Category::Other));
        let text = fill(form.map_or("{n}", String::as_str), &[("n", &n.to_string())]);
        More { text, href: links.web_copy.clone() }
    }
}

/// Reads a word file; what is wrong goes to `faults`.
pub(super) fn parsed<'t, F: Deserialize<'t>>(
    file: &str,
    text: &'t str,
    faults: &mut Vec<Fault>,
) -> Option<F> {
    match toml::from_str(text) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            // A missing key has no place of its own.
            let line = error.span().filter(|s| s.start > 0).map(|s| line_of(text, s.start));
            faults.push(Fault { file: file.to_owned(), line, what: error.message().to_owned() });
            None
        }
    }
}

/// Fills the `{placeholders}` of a pattern in one pass, so that no value can hold a placeholder.
pub(super) fn fill(pattern: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(pattern.len() + 64);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let found = rest.find('}').and_then(|close| {
            values.iter().find(|(key, _)| *key == &rest[1..close]).map(|(_, value)| (close, value))
        });
        match found {
            Some((close, value)) => {
                out.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Returns the line, counted from 1, of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// Returns the known name that is most like `name`, if one is.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let score = |k: &str| strsim::jaro_winkler(name, k);
    known.filter(|k| score(k) > 0.8).max_by(|a, b| score(a).total_cmp(&score(b)))
}

/// Looks at the phrases of a file.
pub(super) struct Check<'a> {
    /// Its name.
    pub(super) file: &'a str,
    /// What is in it.
    pub(super) text: &'a str,
    /// Where faults go.
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, at: usize, what: String) {
        self.faults.push(Fault { file: self.file.to_owned(), line: Some(line_of(self.text, at)), what });
    }

    /// Returns a phrase; placeholders that are not `known` are faults.
    pub(super) fn phrase(&mut self, key: &str, phrase: Phrase, known: &[&str]) -> String {
        let at = phrase.span().start;
        let phrase = phrase.into_inner();
        if phrase.trim().is_empty() || phrase.chars().any(char::is_control) {
            self.fault(at, format!("`{key}` is empty or has a control character, expected words"));
        }
        for part in phrase.split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            if !known.contains(&name) {
                let expected: Vec<_> = known.iter().map(|k| format!("{{{k}}}")).collect();
                let expected = if expected.is_empty() { "none".to_owned() } else { expected.join(", ") };
                self.fault(at, format!("`{key}` has the placeholder {{{name}}}, expected {expected}"));
            }
        }
        phrase
    }

    fn plurals(
        &mut self,
        key: &str,
        forms: Spanned<BTreeMap<Category, Phrase>>,
        language: &Language,
    ) -> BTreeMap<Category, String> {
        let at = forms.span().start;
        let forms = forms.into_inner();
        for needed in categories(language.primary()) {
            if !forms.contains_key(needed) {
                self.fault(at, format!("[{key}] has no `{}`, which `{language}` needs", needed.as_str()));
            }
        }
        forms.into_iter().map(|(form, phrase)| (form, self.phrase(form.as_str(), phrase, &["n"]))).collect()
    }

    fn names(&mut self, key: &str, names: Spanned<Vec<String>>, count: usize) -> Vec<String> {
        if names.as_ref().len() != count {
            self.fault(
                names.span().start,
                format!("`{key}` has {} names, expected {count}", names.as_ref().len()),
            );
        }
        names.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Theme;

    fn more(language: &str, n: usize) -> String {
        let links = Links { web_copy: Some("https://a.example/".to_owned()), passage: None };
        Theme::built_in().words(&Language::parse(language).expect("a tag")).more(n, &links).text
    }

    #[test]
    fn what_is_left_out_is_counted_as_each_language_counts() {
        for (language, n, expected) in [
            ("en", 1, "1 more on the web"),
            ("en", 12, "12 more on the web"),
            ("de", 1, "1 weiterer Artikel im Web"),
            ("de", 2, "2 weitere Artikel im Web"),
            ("fr", 1, "1 autre article en ligne"),
            ("fr", 2, "2 autres articles en ligne"),
            ("es", 1, "1 artículo más en la web"),
            ("es", 7, "7 artículos más en la web"),
            ("he", 1, "עוד כתבה אחת באתר"),
            ("he", 2, "עוד שתי כתבות באתר"),
            ("he", 20, "עוד 20 כתבות באתר"),
            ("ar", 1, "مقال واحد آخر على الويب"),
            ("ar", 2, "مقالان آخران على الويب"),
            ("ar", 3, "3 مقالات أخرى على الويب"),
            ("ar", 11, "11 مقالًا آخر على الويب"),
            ("ar", 100, "100 مقال آخر على الويب"),
        ] {
            assert_eq!(more(language, n), expected);
        }
    }

    #[test]
    fn a_value_cannot_hold_a_placeholder() {
        assert_eq!(fill("{a} {b} {c} {", &[("a", "{b}"), ("b", "B")]), "{b} B {c} {");
    }

    #[test]
    fn each_fault_of_a_word_file_names_its_line() {
        let (_, german) = templates::theme::WORDS.iter().find(|(l, _)| *l == "de").expect("is there");
        let line = |needle: &str| german.lines().position(|l| l.starts_with(needle)).expect("is there") + 1;
        for (language, from, to, expected) in [
            (
                "de",
                "{place}",
                "{plaice}",
                format!(
                    "de.toml:{}: `read` has the placeholder {{plaice}}, expected {{place}}",
                    line("read")
                ),
            ),
            (
                "de",
                "\"Abmelden\"",
                "\"{title}\"",
                format!(
                    "de.toml:{}: `unsubscribe` has the placeholder {{title}}, expected none",
                    line("unsub")
                ),
            ),
            (
                "de",
                "\"Abmelden\"",
                "\" \"",
                format!(
                    "de.toml:{}: `unsubscribe` is empty or has a control character, expected words",
                    line("unsub")
                ),
            ),
            (
                "de",
                ", \"Sonntag\"",
                "",
                format!("de.toml:{}: `weekdays` has 6 names, expected 7", line("weekdays")),
            ),
            ("pl", "", "", format!("de.toml:{}: [more] has no `few`, which `pl` needs", line("[more]"))),
            ("de", "why =", "#", "de.toml: missing field `why`".to_owned()),
            ("de", "why =", "wy =", format!("de.toml:{}: unknown field `wy`", line("why"))),
            ("de", "[more]", "[more", format!("de.toml:{}: ", line("[more]"))),
        ] {
            let mut faults = Vec::new();
            let language = Language::parse(language).expect("a tag");
            Words::parse(&language, "de.toml", &german.replacen(from, to, 1), &mut faults);
            let found = faults.first().map(ToString::to_string).unwrap_or_default();
            assert!(found.starts_with(&expected), "{found:?} for {expected:?}");
        }
    }
}
