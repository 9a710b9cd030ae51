//! What was posted: a sign-up form or the same as JSON, read with care and checked.

use axum::http::{HeaderMap, header};
use serde::Deserialize;

use super::Desk;
use crate::model::{EmailAddress, Language, Name};
use crate::render::Flaw;

/// The most characters of a name and of a wording that are kept.
const NAME: usize = 100;
const WORDING: usize = 2_000;
/// More lists than this nobody chooses.
const LISTS: usize = 64;

/// What somebody asks for, as they wrote it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Posted {
    /// The address.
    pub(super) address: String,
    /// The name.
    pub(super) name: String,
    /// The names of the lists.
    pub(super) lists: Vec<String>,
    /// The language in which to answer and to write.
    #[serde(rename = "language")]
    lang: String,
    /// What the publisher's own form said would follow.
    pub(super) wording: String,
    /// The lists that the form showed, if those were not all.
    #[serde(skip)]
    pub(super) shown: Vec<String>,
    #[serde(skip)]
    pub(super) stamp: String,
    /// Whether the address was looked at once more.
    #[serde(skip)]
    pub(super) sure: bool,
    /// Whether a program filled in what people do not see.
    #[serde(skip)]
    pub(super) trapped: bool,
}

/// What somebody asks for, understood.
pub(super) struct Wanted {
    pub(super) address: EmailAddress,
    pub(super) lists: Vec<Name>,
}

impl Posted {
    /// Reads a form; what is not in it is empty, and what is not known is left out.
    pub(super) fn form(body: &[u8]) -> Self {
        let mut posted = Self::default();
        for (key, value) in url::form_urlencoded::parse(body) {
            match key.as_ref() {
                "address" | "email" => posted.address = value.into_owned(),
                "name" => posted.name = value.into_owned(),
                "list" if posted.lists.len() < LISTS => posted.lists.push(value.into_owned()),
                "shown" if posted.shown.len() < LISTS => posted.shown.push(value.into_owned()),
                "lang" => posted.lang = value.into_owned(),
                "wording" => posted.wording = value.into_owned(),
                "stamp" => posted.stamp = value.into_owned(),
                "sure" => posted.sure = true,
                templates::subscribe::TRAP => posted.trapped |= !value.is_empty(),
                _ => {}
            }
        }
        posted.tidied()
    }

    /// Reads JSON; the error is for people.
    pub(super) fn json(body: &[u8]) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        Ok(read.tidied())
    }

    /// The name on one line without what moves the words round it; both cut to a length that somebody may have.
    fn tidied(self) -> Self {
        let hidden = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
        let words: Vec<&str> = self.name.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let name = name.chars().filter(|c| !hidden(*c)).take(NAME).collect();
        let wording = self.wording.chars().filter(|c| !c.is_control()).take(WORDING).collect();
        // Shown again, and still refused.
        let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let address = self.address.trim().chars().map(shown).collect();
        Self { name, wording, address, ..self }
    }

    /// The language that was asked for, if the pages are in it.
    pub(super) fn language(&self, desk: &Desk) -> Option<Language> {
        Language::parse(&self.lang).filter(|language| desk.house.theme.speaks(language))
    }

    /// The public lists that were asked for, each once.
    pub(super) fn chosen(&self, desk: &Desk) -> Vec<Name> {
        among(&self.lists, desk)
    }

    /// The public lists that the form showed; none for all.
    pub(super) fn shown(&self, desk: &Desk) -> Vec<Name> {
        among(&self.shown, desk)
    }

    /// What is asked for, or what is wrong with it. Of a single list nobody needs to say that they want it.
    pub(super) fn wanted(&self, desk: &Desk) -> Result<Wanted, Vec<Flaw>> {
        let mut lists = self.chosen(desk);
        let mut public = desk.public();
        if let (Some(only), None) = (public.next(), public.next())
            && self.lists.is_empty()
        {
            lists = vec![only.name.clone()];
        }
        let address = EmailAddress::parse(&self.address);
        let list_missing = lists.is_empty().then_some(Flaw::ListMissing);
        match (address, list_missing) {
            (Ok(address), None) => Ok(Wanted { address, lists }),
            (address, list_missing) => {
                let empty = self.address.is_empty();
                let wrong = if empty { Flaw::AddressMissing } else { Flaw::AddressWrong };
                Err(list_missing.into_iter().chain(address.is_err().then_some(wrong)).collect())
            }
        }
    }
}

fn among(lists: &[String], desk: &Desk) -> Vec<Name> {
    let public = desk.public().map(|offer| &offer.name);
    public.filter(|name| lists.iter().any(|list| list == name.as_str())).cloned().collect()
}

/// The site whose own form or script asks, if the configuration names it.
pub(super) fn known_origin<'h>(desk: &Desk, headers: &'h HeaderMap) -> Option<&'h str> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    desk.signing.rules.origins.iter().any(|known| known == origin).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_whatever_it_holds() {
        let posted = Posted::form(
            b"address=+ann%40a.example+&name=Ann%0D%0ABcc%3A+x%E2%80%AE%00&list=a&list=b&x=y&homepage=&sure=1&%ff=%fe",
        );
        assert_eq!((posted.address.as_str(), posted.name.as_str()), ("ann@a.example", "Ann Bcc: x"));
        assert_eq!(posted.lists, ["a", "b"]);
        assert!(posted.sure && !posted.trapped);
        assert_eq!(Posted::form(b"address=ann%00%0a%40a.example").address, "ann\u{FFFD}\u{FFFD}@a.example");
        assert!(Posted::form(b"homepage=http://x").trapped);
        let long = format!("name={}", "x".repeat(50_000));
        assert_eq!(Posted::form(long.as_bytes()).name.len(), NAME);
        assert!(Posted::json(b"{\"address\": 1}").is_err() && Posted::json(b"\xff").is_err());
        assert!(Posted::json(b"{\"adress\": \"a@b.c\"}").is_err(), "a key that is not known");
    }
}
