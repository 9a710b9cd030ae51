//! Languages and the direction in which they are written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language tag of BCP 47, normalised: primary tag lower case, `-` between the parts, at most 35 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// The direction of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Left to right.
    #[default]
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// `ltr` or `rtl`, as HTML and CSS spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

impl Language {
    /// Parses a tag such as `en`, `pt-BR` or `zh_Hans`; `None` for what is no tag.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.trim().replace('_', "-");
        let mut parts = tag.split('-');
        let primary = parts.next()?.to_ascii_lowercase();
        let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
        let fits = (2..=3).contains(&primary.len())
            && primary.bytes().all(|b| b.is_ascii_alphabetic())
            && tag.len() <= 35
            && tag.split('-').skip(1).all(part);
        fits.then(|| Self(std::iter::once(primary.as_str()).chain(parts).collect::<Vec<_>>().join("-")))
    }

    /// English, the language of last resort.
    #[must_use]
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The whole tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag before the first `-`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The direction in which the language is written (a script subtag wins: `az-Arab`).
    #[must_use]
    pub fn direction(&self) -> Direction {
        let script = self.0.split('-').skip(1).find(|p| p.len() == 4).map(str::to_ascii_lowercase);
        let rtl = match script.as_deref() {
            Some("arab" | "hebr" | "thaa" | "syrc" | "nkoo" | "adlm") => true,
            Some(_) => false,
            None => matches!(
                self.primary(),
                "ar" | "arc"
                    | "ckb"
                    | "dv"
                    | "fa"
                    | "he"
                    | "iw"
                    | "ks"
                    | "nqo"
                    | "ps"
                    | "sd"
                    | "syr"
                    | "ug"
                    | "ur"
                    | "yi"
            ),
        };
        if rtl { Direction::Rtl } else { Direction::Ltr }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Language {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a language tag such as en, de or pt-BR"))
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_normalised_and_knows_its_direction() {
        for (tag, normal, direction) in [
            ("EN_us", "en-us", Direction::Ltr),
            ("he", "he", Direction::Rtl),
            ("az-Arab", "az-Arab", Direction::Rtl),
            ("ar-Latn", "ar-Latn", Direction::Ltr),
        ] {
            let language = Language::parse(tag).expect(tag);
            assert_eq!((language.as_str(), language.direction()), (normal, direction));
        }
        for no in ["", "e", "english please", "x\"><script>", "en-"] {
            assert_eq!(Language::parse(no), None, "{no:?}");
        }
    }
}
