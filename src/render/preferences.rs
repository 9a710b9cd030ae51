//! The page on which a reader chooses, laid out in words.

use chrono_tz::{TZ_VARIANTS, Tz};
use maud::Markup;
use templates::form::{Field, Kind, Tick};
use templates::pages::{self, Masthead};
use templates::preferences::{self as page, Address, Data};
use templates::view::Tongue;

use super::Theme;
use super::bidi::isolate;
use super::cut::{bounded, soften};
use super::layout::tongue;
use super::page_words::{PageWords, PreferenceWords};
use super::words::fill;
use crate::model::{Digest, Language, Name, Offer, Reader};

/// The most bytes of a title on a page.
pub(super) const TITLE: usize = 600;

/// Whose pages these are.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// What the site is called.
    pub title: &'a str,
    /// Where it begins, without a slash at the end.
    pub url: &'a str,
}

/// What stands in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// The lists that are ticked.
    pub lists: Vec<Name>,
    /// The digests that are ticked.
    pub digests: Vec<Name>,
    /// The sections that are ticked, each with its digest.
    pub topics: Vec<(Name, String)>,
    /// The name.
    pub name: String,
    /// The zone; empty for none.
    pub zone: String,
    /// The language; empty for none.
    pub language: String,
    /// Whether the box for plain text is ticked.
    pub plain: bool,
    /// The day until which nothing comes; empty for none.
    pub until: String,
    /// The new address.
    pub address: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wrong {
    /// The name is too long.
    pub name: bool,
    /// The zone is none.
    pub zone: bool,
    /// The language is none that the pages speak.
    pub language: bool,
    /// The day is none, past, or far.
    pub day: bool,
    /// The new address is none.
    pub address: bool,
    /// The new address is the one that there is.
    pub same: bool,
}

/// What a reader may choose, and has chosen.
#[derive(Debug, Clone)]
pub struct Choosing<'a> {
    /// Whose page it is.
    pub reader: &'a Reader,
    /// What opens it.
    pub token: &'a str,
    /// The lists that they may be on.
    pub offers: Vec<&'a Offer>,
    /// The digests of the lists on which they are.
    pub digests: Vec<&'a Digest>,
    /// Those of them that they may do without, because their list has others.
    pub several: Vec<&'a Name>,
    /// What stands in the form.
    pub filled: Answers,
    /// What is wrong with it.
    pub wrong: Wrong,
    /// Whether it was just saved.
    pub saved: bool,
}

/// Writes the page of a reader's choices.
#[must_use]
pub fn preferences_page(
    choosing: &Choosing<'_>,
    theme: &Theme,
    language: &Language,
    host: Host<'_>,
) -> String {
    let words = theme.page_words(language);
    let desk = Form { choosing, theme, words, said: &words.preferences };
    let (reader, said) = (choosing.reader, &words.preferences);
    let view = page::Preferences {
        intro: fill(&said.for_address, &[("address", &address(reader.address.as_str(), words))]),
        warning: if reader.suppressed { said.suppressed.clone() } else { String::new() },
        saved: if choosing.saved { said.saved.clone() } else { String::new() },
        wrong: said.wrong.clone(),
        groups: desk.groups(),
        seen: desk.seen(),
        you: (said.you.clone(), vec![desk.name(), desk.language(), desk.zone()]),
        letters: (said.letters.clone(), desk.plain(), desk.pause()),
        save: said.save.clone(),
        address: desk.address(),
        data: Data {
            heading: said.data.clone(),
            text: said.data_text.clone(),
            download: said.download.clone(),
            delete: said.delete.clone(),
        },
        here: format!("{}/preferences/{}", path(host.url), choosing.token),
    };
    sheet(theme, words, host, &said.heading, &page::preferences(&view))
}

pub(super) fn sheet(
    theme: &Theme,
    words: &PageWords,
    host: Host<'_>,
    heading: &str,
    body: &Markup,
) -> String {
    let title = bounded(host.title, TITLE);
    let window = format!("{heading} · {}", isolate(&title, words.language.direction()));
    let masthead =
        Masthead { title: soften(&title), tongue: None, href: Some(format!("{}/", path(host.url))) };
    pages::sheet(&super::pages::page(theme, words, window), &masthead, heading, body)
}

/// The part of an address after the host: browsers come by whatever name they were given.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| rest[at..].trim_end_matches('/'))
}

/// An address stays in one piece among words of either direction.
pub(super) fn address(address: &str, words: &PageWords) -> String {
    soften(&isolate(address, words.language.direction()))
}

struct Form<'a> {
    choosing: &'a Choosing<'a>,
    theme: &'a Theme,
    words: &'a PageWords,
    said: &'a PreferenceWords,
}

impl Form<'_> {
    fn groups(&self) -> Vec<(String, Vec<Tick>)> {
        let choosing = self.choosing;
        let filled = &choosing.filled;
        let list = |offer: &&Offer| {
            let about = soften(&isolate(&offer.about, self.words.language.direction()));
            let notes = if offer.about.is_empty() { Vec::new() } else { vec![about] };
            let tongue = self.foreign(choosing.digests.iter().find(|d| offer.digests.contains(&d.name)));
            self.tick(
                "list",
                offer.name.as_str(),
                filled.lists.contains(&offer.name),
                &offer.title,
                tongue,
                notes,
            )
        };
        let mut groups =
            vec![(self.said.lists.clone(), choosing.offers.iter().map(list).collect::<Vec<_>>())];
        let several = choosing.digests.iter().filter(|digest| choosing.several.contains(&&digest.name));
        let digest = |digest: &&Digest| {
            let on = filled.digests.contains(&digest.name);
            let tongue = self.foreign(Some(digest));
            self.tick("digest", digest.name.as_str(), on, &digest.title, tongue, Vec::new())
        };
        groups.push((self.said.digests.clone(), several.map(digest).collect()));
        for digest in &choosing.digests {
            let topic = |title: &str| {
                let on = filled.topics.iter().any(|(of, wanted)| *of == digest.name && wanted == title);
                let value = format!("{}:{title}", digest.name);
                self.tick("topic", &value, on, title, self.foreign(Some(digest)), Vec::new())
            };
            let title = isolate(&bounded(&digest.title, TITLE), self.words.language.direction());
            let heading = fill(&self.said.topics, &[("title", &title)]);
            groups.push((heading, digest.optional_sections().map(topic).collect()));
        }
        groups.retain(|(_, ticks)| !ticks.is_empty());
        groups
    }

    fn seen(&self) -> Vec<String> {
        let choosing = self.choosing;
        let lists = choosing.offers.iter().map(|offer| format!("list {}", offer.name));
        let digests = choosing.several.iter().map(|name| format!("digest {name}"));
        let topics = choosing.digests.iter().flat_map(|digest| {
            digest.optional_sections().map(move |title| format!("topic {}:{title}", digest.name))
        });
        std::iter::once("form".to_owned()).chain(lists).chain(digests).chain(topics).collect()
    }

    fn tick(
        &self,
        name: &str,
        value: &str,
        on: bool,
        label: &str,
        tongue: Option<Tongue>,
        notes: Vec<String>,
    ) -> Tick {
        // In a language that is known it stands as in its own lines.
        let base = self.words.language.direction();
        let label = bounded(label, TITLE);
        let label = if tongue.is_some() { label.into_owned() } else { isolate(&label, base) };
        let label = soften(&label);
        Tick { name: name.to_owned(), value: value.to_owned(), on, label, tongue, notes }
    }

    /// The language of a digest's own words, where it is not the page's.
    fn foreign(&self, digest: Option<&&Digest>) -> Option<Tongue> {
        let language = &digest?.language;
        (language.primary() != self.words.language.primary()).then(|| tongue(language))
    }

    fn error(&self, wrong: bool, words: &str) -> String {
        if wrong { words.to_owned() } else { String::new() }
    }

    fn name(&self) -> Field {
        Field {
            name: "name".to_owned(),
            label: self.said.name.clone(),
            value: self.choosing.filled.name.clone(),
            autocomplete: "name".to_owned(),
            error: self.error(self.choosing.wrong.name, &self.said.wrong_name),
            ..Field::default()
        }
    }

    fn language(&self) -> Field {
        let any = (String::new(), self.said.language_any.clone());
        let own = self.theme.languages().map(|(language, name)| (language.to_string(), name.to_owned()));
        Field {
            name: "language".to_owned(),
            label: self.said.language.clone(),
            value: self.choosing.filled.language.clone(),
            kind: Kind::Choice(std::iter::once(any).chain(own).collect()),
            error: self.error(self.choosing.wrong.language, &self.said.wrong_language),
            ..Field::default()
        }
    }

    fn zone(&self) -> Field {
        let value = self.choosing.filled.zone.clone();
        let mut first = vec![(String::new(), self.said.zone_any.clone())];
        let groups = zones();
        // A name that people are not offered any more, and that says where they are all the same.
        if value.parse::<Tz>().is_ok()
            && !groups.iter().flat_map(|(_, zones)| zones).any(|(zone, _)| *zone == value)
        {
            first.push((value.clone(), value.replace('_', " ")));
        }
        Field {
            name: "zone".to_owned(),
            label: self.said.zone.clone(),
            value,
            kind: Kind::Grouped(first, groups),
            hint: self.said.zone_hint.clone(),
            error: self.error(self.choosing.wrong.zone, &self.said.wrong_zone),
            ..Field::default()
        }
    }

    fn plain(&self) -> Tick {
        let (on, notes) = (self.choosing.filled.plain, vec![self.said.plain_about.clone()]);
        self.tick("plain", "yes", on, &self.said.plain, None, notes)
    }

    fn pause(&self) -> Field {
        Field {
            name: "until".to_owned(),
            label: self.said.pause.clone(),
            value: self.choosing.filled.until.clone(),
            kind: Kind::Date,
            hint: self.said.pause_hint.clone(),
            error: self.error(self.choosing.wrong.day, &self.said.wrong_day),
            ..Field::default()
        }
    }

    fn address(&self) -> Address {
        let (wrong, said) = (self.choosing.wrong, self.said);
        let error = if wrong.same { &said.same_address } else { &said.wrong_address };
        let field = Field {
            name: "address".to_owned(),
            label: said.new_address.clone(),
            value: self.choosing.filled.address.clone(),
            kind: Kind::Email,
            autocomplete: "email".to_owned(),
            error: self.error(wrong.address || wrong.same, error),
            required: true,
            ..Field::default()
        };
        let (heading, text, button) =
            (said.address.clone(), said.address_text.clone(), said.address_send.clone());
        Address { heading, text, field, button }
    }
}

/// The zones where people are, by the part of the world, in the order of their letters.
fn zones() -> Vec<(String, Vec<(String, String)>)> {
    const AREAS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let within = |area: &str| {
        let zones = TZ_VARIANTS.iter().filter_map(|zone| {
            let place = zone.name().strip_prefix(area)?.strip_prefix('/')?;
            Some((zone.name().to_owned(), place.replace('_', " ").replace('/', ", ")))
        });
        let mut zones: Vec<_> = zones.collect();
        zones.sort_by(|a, b| a.1.cmp(&b.1));
        zones
    };
    AREAS.iter().map(|area| ((*area).to_owned(), within(area))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lead_to_where_the_site_is_and_not_to_the_top_of_its_host() {
        for (url, expected) in [
            ("https://tide.example", ""),
            ("https://tide.example/", ""),
            ("http://127.0.0.1:8080/letters", "/letters"),
            ("https://tide.example/a/b/", "/a/b"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }

    #[test]
    fn every_zone_that_is_offered_is_one() {
        let all = zones();
        assert!(all.iter().all(|(_, zones)| zones.iter().all(|(zone, _)| zone.parse::<Tz>().is_ok())));
        assert!(
            all.iter()
                .any(|(area, zones)| area == "Asia" && zones.iter().any(|(_, name)| name == "Ho Chi Minh"))
        );
    }
}
