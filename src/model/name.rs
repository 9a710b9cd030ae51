//! Short names that appear in configuration, commands and URLs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name for a source, list or digest: `a`–`z`, `0`–`9` and `-`, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is no [`Name`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{found}` is not a name: expected 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit")]
pub struct NameError {
    found: String,
}

impl Name {
    /// Parses a name; nothing is folded or trimmed.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !text.starts_with('-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError { found: text.chars().take(80).collect() })
        }
    }

    /// Makes a name out of any text ("The Daily, News!" becomes `the-daily-news`), or `fallback` if nothing is left.
    #[must_use]
    pub fn from_title(text: &str, fallback: &str) -> Self {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() >= 48 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { fallback } else { slug }.to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}
