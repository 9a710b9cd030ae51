//! Rules: which articles of a source, or for a section, are in, and what their titles become.

use std::time::Duration;

use regex_automata::meta;
use serde::{Serialize, Serializer};

use super::{Article, Instant, Language};

/// A pattern needs no more memory than this, in bytes; it takes time in proportion to the title.
const LARGEST_PATTERN: usize = 256 * 1024;
/// No rule is longer, in bytes.
const LONGEST: usize = 500;

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Nothing stands behind the kind.
    #[error("says nothing")]
    Empty,
    /// A kind that there is not.
    #[error(
        "names the kind `{0}`, and there are word, title, author, category, language, older and url (a word with a \
         colon is written \"word: {0}: …\")"
    )]
    Kind(String),
    /// Too long.
    #[error("is longer than {LONGEST} bytes")]
    Long,
    /// No language tag.
    #[error("names the language `{0}`, which is no tag such as \"en\" or \"pt-BR\"")]
    Language(String),
    /// No length of time.
    #[error("names the age `{0}`, which is no length of time such as \"2d\" or \"12h\"")]
    Age(String),
    /// No arrow.
    #[error("has no `=>` between what is found and what stands there instead")]
    Arrow,
    /// Looks for nothing.
    #[error("looks for nothing")]
    Nothing,
    /// The replacement holds what no title may.
    #[error("puts a character into titles that no title may have")]
    Foreign,
    /// A pattern that cannot be read, or is too large.
    #[error("has the pattern `{pattern}`, which cannot be used: {why}")]
    Pattern {
        /// Between the slashes.
        pattern: String,
        /// The first line of what is wrong.
        why: String,
    },
}

/// What an article must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Title or summary has these words, whole; a `*` at the end stands for any ending.
    Word(String),
    /// The title has them.
    Title(String),
    /// The author's line has this text.
    Author(String),
    /// One of its own categories is this.
    Category(String),
    /// It is in this language.
    Language(Language),
    /// Its date is longer ago.
    Older(Duration),
    /// Its address has this text; with a `*`, the whole address is like it.
    Url(String),
}

impl Rule {
    /// Reads `kind: what`, or words alone; `age` reads a length of time.
    pub fn parse(text: &str, age: impl Fn(&str) -> Option<Duration>) -> Result<Self, RuleError> {
        if text.len() > LONGEST {
            return Err(RuleError::Long);
        }
        let (kind, what) = match text.split_once(':') {
            Some((kind, what)) if !kind.trim().contains(char::is_whitespace) => (kind.trim(), what),
            Some(_) | None => ("word", text),
        };
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        if what.trim_matches('*').is_empty() {
            return Err(RuleError::Empty);
        }
        Ok(match kind {
            "word" => Self::Word(what.to_lowercase()),
            "title" => Self::Title(what.to_lowercase()),
            "author" => Self::Author(what.to_lowercase()),
            "category" => Self::Category(what.to_lowercase()),
            "language" => Self::Language(Language::parse(&what).ok_or(RuleError::Language(what))?),
            "older" => Self::Older(age(&what).ok_or(RuleError::Age(what))?),
            "url" => Self::Url(what),
            _ => return Err(RuleError::Kind(kind.to_owned())),
        })
    }

    fn matches(&self, seen: &Seen<'_>) -> bool {
        let article = seen.article;
        match self {
            Self::Word(words) => has_words(&seen.title, words) || has_words(&seen.summary, words),
            Self::Title(words) => has_words(&seen.title, words),
            Self::Author(name) => article.author.as_ref().is_some_and(|a| a.to_lowercase().contains(name)),
            Self::Category(category) => article.topics.contains(category),
            Self::Language(wanted) => article.language.as_ref().is_some_and(|own| {
                own == wanted || (wanted.as_str() == wanted.primary() && own.primary() == wanted.primary())
            }),
            Self::Older(age) => chrono::Duration::from_std(*age)
                .ok()
                .and_then(|age| seen.slot.checked_sub_signed(age))
                .is_some_and(|oldest| seen.date < oldest),
            Self::Url(pattern) if pattern.contains('*') => is_like(article.url.as_str(), pattern),
            Self::Url(part) => article.url.as_str().contains(part.as_str()),
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(words) => write!(f, "word: {words}"),
            Self::Title(words) => write!(f, "title: {words}"),
            Self::Author(name) => write!(f, "author: {name}"),
            Self::Category(category) => write!(f, "category: {category}"),
            Self::Language(language) => write!(f, "language: {language}"),
            Self::Older(age) => write!(f, "older: {}", spoken(*age)),
            Self::Url(pattern) => write!(f, "url: {pattern}"),
        }
    }
}

/// A length of time in the largest unit that it is a whole number of.
fn spoken(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, letter)| format!("{}{letter}", seconds / unit))
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What titles become: each of these is replaced wherever it stands.
#[derive(Debug, Clone)]
pub struct Rewrite {
    written: String,
    find: Find,
    with: String,
}

#[derive(Debug, Clone)]
enum Find {
    Text(String),
    Pattern(meta::Regex),
}

impl Rewrite {
    /// Reads `what is found => what stands there instead`; between slashes, what is found is a pattern, and `$1` in what
    /// stands there instead is its first group.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > LONGEST {
            return Err(RuleError::Long);
        }
        let (find, with) = text.split_once("=>").ok_or(RuleError::Arrow)?;
        let (find, with) = (find.trim(), with.trim());
        // Plane 16 holds our own marks.
        if with.chars().any(|c| c.is_control() || u32::from(c) >= 0x10_0000) {
            return Err(RuleError::Foreign);
        }
        let inner = find.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let find = match inner {
            Some("") => return Err(RuleError::Nothing),
            Some(pattern) => Find::Pattern(compiled(pattern)?),
            None if find.is_empty() => return Err(RuleError::Nothing),
            None => Find::Text(find.to_owned()),
        };
        Ok(Self { written: text.to_owned(), find, with: with.to_owned() })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn apply(&self, title: &str) -> String {
        let pattern = match &self.find {
            Find::Text(text) => return title.replace(text, &self.with),
            Find::Pattern(pattern) => pattern,
        };
        let (mut out, mut end) = (String::with_capacity(title.len()), 0);
        for found in pattern.captures_iter(title) {
            let Some(place) = found.get_match() else { continue };
            out.push_str(&title[end..place.start()]);
            regex_automata::util::interpolate::string(
                &self.with,
                |group, out| out.push_str(found.get_group(group).map_or("", |span| &title[span])),
                |name| pattern.group_info().to_index(regex_automata::PatternID::ZERO, name),
                &mut out,
            );
            end = place.end();
        }
        out.push_str(&title[end..]);
        out
    }
}

fn compiled(pattern: &str) -> Result<meta::Regex, RuleError> {
    let limits = meta::Config::new().nfa_size_limit(Some(LARGEST_PATTERN));
    meta::Builder::new().configure(limits).build(pattern).map_err(|error| {
        let why = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
        let why = why.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        RuleError::Pattern { pattern: pattern.to_owned(), why: why.trim_start_matches("error: ").to_owned() }
    })
}

impl PartialEq for Rewrite {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Rewrite {}

impl Serialize for Rewrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

/// The rules of a source or of a section.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Rules {
    /// If there are any: an article that none of them matches is out.
    pub include: Vec<Rule>,
    /// An article that one of them matches is out, whatever includes it.
    pub exclude: Vec<Rule>,
    /// What titles become, one after the other.
    pub titles: Vec<Rewrite>,
}

/// An article as rules see it.
struct Seen<'a> {
    article: &'a Article,
    title: String,
    summary: String,
    date: Instant,
    slot: Instant,
}

impl Rules {
    /// The rule by which an article, dated `date`, is not in the edition of `slot`, in words: the first that excludes it,
    /// else that none includes it.
    #[must_use]
    pub fn against(&self, article: &Article, date: Instant, slot: Instant) -> Option<String> {
        if self.include.is_empty() && self.exclude.is_empty() {
            return None;
        }
        let flat = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let seen = Seen { article, title: flat(&article.title), summary: flat(&article.summary), date, slot };
        let excluding = self.exclude.iter().find(|rule| rule.matches(&seen));
        if let Some(rule) = excluding {
            return Some(format!("exclude \"{rule}\""));
        }
        let included = self.include.is_empty() || self.include.iter().any(|rule| rule.matches(&seen));
        (!included).then(|| "include, none of which it matches".to_owned())
    }

    /// What a title becomes; `None` if it stays. A title of which nothing would be left stays as well.
    #[must_use]
    pub fn title(&self, title: &str) -> Option<String> {
        let mut now = title.to_owned();
        for rewrite in &self.titles {
            now = rewrite.apply(&now);
        }
        // An article's title has at most 300 graphemes.
        let now = now.split_whitespace().collect::<Vec<_>>().join(" ");
        let now: String =
            unicode_segmentation::UnicodeSegmentation::graphemes(now.as_str(), true).take(300).collect();
        (!now.is_empty() && now != title).then_some(now)
    }
}

/// True if a text has these words, from the beginning of a word to the end of one; both are in lower case.
fn has_words(text: &str, words: &str) -> bool {
    let (words, open) = words.strip_suffix('*').map_or((words, false), |stem| (stem, true));
    let inside = |c: Option<char>, edge: Option<char>| {
        // Between characters that need no spaces, any place may be the edge of a word.
        c.is_some_and(char::is_alphanumeric)
            && edge.is_some_and(|e| e.is_alphanumeric() && !is_unspaced(e))
            && c.is_some_and(|c| !is_unspaced(c))
    };
    text.match_indices(words).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !inside(before, words.chars().next()) && (open || !inside(after, words.chars().next_back()))
    })
}

fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF
        | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// True if a text is like a pattern in which each `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
