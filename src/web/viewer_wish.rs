//! What somebody looks at, and how: all of it stands in the address of the page, so that it can be reloaded and shared.

use url::form_urlencoded::{Serializer, parse};

/// Which edition of which digest, for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The digest's name; empty for the first.
    pub digest: String,
    /// The number of a past edition; `None` for the next.
    pub edition: Option<i64>,
    /// A reader's address, whose choices count; empty for anybody.
    pub reader: String,
    /// A language tag in place of the digest's; empty for its own.
    pub language: String,
    /// A zone in place of the digest's; empty for its own.
    pub zone: String,
    /// The headings of sections that are left out.
    pub left_out: Vec<String>,
    /// The instant that it pretends to be (RFC 3339); empty for now.
    pub now: String,
    /// Whether it is written from right to left.
    pub rtl: bool,
}

/// What is seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum View {
    /// Desktop and phone beside each other.
    #[default]
    Both,
    Desktop,
    Phone,
    Small,
    Text,
    Source,
    Header,
}

impl View {
    /// Each with its word in addresses, its label and its key.
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Both, "both", "Side by side"),
        (Self::Desktop, "desktop", "Desktop"),
        (Self::Phone, "phone", "Phone"),
        (Self::Small, "small", "Small"),
        (Self::Text, "text", "Text"),
        (Self::Source, "source", "Source"),
        (Self::Header, "header", "Header"),
    ];

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known, _)| *known == word).map_or(Self::Both, |(view, ..)| view)
    }

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(view, ..)| *view == self).map_or("both", |(_, word, _)| word)
    }
}

/// What stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Panel {
    #[default]
    Articles,
    Findings,
    Sizes,
    Links,
    Send,
}

impl Panel {
    /// Each with its word in addresses, its label and its key.
    pub(super) const ALL: [(Self, &'static str, &'static str, &'static str); 5] = [
        (Self::Articles, "articles", "Articles", "a"),
        (Self::Findings, "findings", "Findings", "f"),
        (Self::Sizes, "sizes", "Size", "z"),
        (Self::Links, "links", "Links", "l"),
        (Self::Send, "send", "Test copy", "t"),
    ];

    fn of(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|(_, known, ..)| *known == word)
            .map_or(Self::Articles, |(panel, ..)| panel)
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(panel, ..)| *panel == self).map_or("articles", |(_, word, ..)| word)
    }
}

/// How it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub(super) view: View,
    pub(super) panel: Panel,
    /// By night.
    pub(super) dark: bool,
    /// Without pictures.
    pub(super) bare: bool,
    /// Without style sheets, as Gmail shows it to accounts of others.
    pub(super) stripped: bool,
}

impl Look {
    pub(super) fn parse(query: &str) -> Self {
        let mut look = Self::default();
        for (key, value) in parse(query.as_bytes()) {
            match key.as_ref() {
                "view" => look.view = View::of(&value),
                "panel" => look.panel = Panel::of(&value),
                "dark" => look.dark = value == "1",
                "images" => look.bare = value == "off",
                "styles" => look.stripped = value == "off",
                _ => {}
            }
        }
        look
    }

    /// The pairs of a query; what is usual is left out.
    pub(super) fn pairs(self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.view != View::default() {
            pairs.push(("view", self.view.word().to_owned()));
        }
        if self.panel != Panel::default() {
            pairs.push(("panel", self.panel.word().to_owned()));
        }
        pairs.extend(self.guise());
        pairs
    }

    /// Those of them that change what a frame shows.
    pub(super) fn guise(self) -> Vec<(&'static str, String)> {
        let all = [("dark", self.dark, "1"), ("images", self.bare, "off"), ("styles", self.stripped, "off")];
        all.into_iter().filter(|(_, on, _)| *on).map(|(key, _, value)| (key, value.to_owned())).collect()
    }
}

impl Wish {
    /// Reads what it knows of a query.
    pub(super) fn parse(query: &str) -> Self {
        let mut wish = Self::default();
        for (key, value) in parse(query.as_bytes()) {
            match key.as_ref() {
                "digest" => wish.digest = value.into_owned(),
                "edition" => wish.edition = value.parse().ok(),
                "reader" => value.trim().clone_into(&mut wish.reader),
                "language" => wish.language = value.into_owned(),
                "zone" => value.trim().clone_into(&mut wish.zone),
                "without" => wish.left_out.push(value.into_owned()),
                "now" => value.trim().clone_into(&mut wish.now),
                "rtl" => wish.rtl = value == "1",
                _ => {}
            }
        }
        wish
    }

    /// The pairs of a query.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let edition = self.edition.map(|id| id.to_string()).unwrap_or_default();
        let mut pairs = vec![
            ("digest", self.digest.clone()),
            ("edition", edition),
            ("reader", self.reader.clone()),
            ("language", self.language.clone()),
            ("zone", self.zone.clone()),
            ("now", self.now.clone()),
            ("rtl", if self.rtl { "1".to_owned() } else { String::new() }),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.extend(self.left_out.iter().map(|section| ("without", section.clone())));
        pairs
    }

    /// As a query: the same wish has the same text.
    pub(super) fn query(&self) -> String {
        query(&self.pairs())
    }
}

/// Writes pairs as a query.
pub(super) fn query(pairs: &[(&'static str, String)]) -> String {
    let mut to = Serializer::new(String::new());
    for (key, value) in pairs {
        to.append_pair(key, value);
    }
    to.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_all_that_is_looked_at_and_how() {
        let text = "digest=morning&edition=7&reader=ann%2Bx%40a.example&language=de&zone=Asia%2FTokyo\
                    &now=2026-03-02T07%3A00%3A00Z&rtl=1&without=At+sea&without=%26";
        assert_eq!(Wish::parse(text).query(), text);
        let look = "view=phone&panel=findings&dark=1&images=off&styles=off";
        assert_eq!(query(&Look::parse(look).pairs()), look);
        assert_eq!(query(&Look::parse("view=nonsense&dark=yes").pairs()), "");
        assert_eq!(Wish::parse("edition=next&other=1"), Wish::default());
    }
}
