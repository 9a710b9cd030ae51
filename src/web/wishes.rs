//! Wishes: what a reader's form says, and what follows from it.
//!
//! A box that is not ticked posts nothing; so the form says which boxes it had, and whatever it did not have stays as
//! it is. What a form could not have offered is not done.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::Desk;
use crate::model::{Choice, Digest, Instant, Language, Name, Offer, Reader, SubscriptionState, Wishes};
use crate::render::{Answers, Wrong};

/// The most characters of a name.
const NAME: usize = 100;
/// A pause ends within so many years.
const YEARS: i32 = 5;
/// No form of ours says more.
const FIELDS: usize = 2_000;

/// What was posted.
#[derive(Debug, Default)]
pub(super) struct Post {
    seen: Vec<String>,
    lists: Vec<String>,
    digests: Vec<String>,
    topics: Vec<String>,
    name: String,
    zone: String,
    language: String,
    plain: bool,
    until: String,
    /// The new address.
    pub(super) address: String,
}

impl Post {
    /// Reads a form; whatever is no field of it counts for nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut post = Self::default();
        for (key, value) in url::form_urlencoded::parse(body).take(FIELDS) {
            let value = value.into_owned();
            match &*key {
                "seen" => post.seen.push(value),
                "list" => post.lists.push(value),
                "digest" => post.digests.push(value),
                "topic" => post.topics.push(value),
                "name" => post.name = one_line(&value),
                "zone" => post.zone = value,
                "language" => post.language = value,
                "plain" => post.plain = true,
                "until" => post.until = one_line(&value),
                "address" => post.address = one_line(&value),
                _ => {}
            }
        }
        post
    }

    /// Whether it is our form that was posted, and came through: an empty one would wish for nothing.
    pub(super) fn is_whole(&self) -> bool {
        self.had("form")
    }

    /// The form as it was filled in, to be filled in better.
    pub(super) fn filled(&self) -> Answers {
        let names = |all: &[String]| all.iter().filter_map(|name| Name::parse(name).ok()).collect();
        let topic = |topic: &String| {
            let (digest, title) = topic.split_once(':')?;
            Some((Name::parse(digest).ok()?, title.to_owned()))
        };
        Answers {
            lists: names(&self.lists),
            digests: names(&self.digests),
            topics: self.topics.iter().filter_map(topic).collect(),
            name: self.name.chars().take(2 * NAME).collect(),
            zone: self.zone.clone(),
            language: self.language.clone(),
            plain: self.plain,
            until: self.until.chars().take(20).collect(),
            address: String::new(),
        }
    }

    /// What the reader wishes, or what is wrong with it.
    pub(super) fn wishes(&self, reader: &Reader, desk: &Desk, now: Instant) -> Result<Wishes, Wrong> {
        let zone = (!self.zone.is_empty()).then(|| self.zone.parse::<Tz>());
        let language = (!self.language.is_empty())
            .then(|| Language::parse(&self.language).filter(|language| desk.house.theme.speaks(language)));
        let at_home = zone.and_then(Result::ok).unwrap_or_else(|| home(reader, desk));
        let until = (!self.until.is_empty()).then(|| begin_of(&self.until, at_home, now));
        let wrong = Wrong {
            name: self.name.chars().count() > NAME,
            zone: matches!(zone, Some(Err(_))),
            language: matches!(language, Some(None)),
            day: matches!(until, Some(None)),
            ..Wrong::default()
        };
        if wrong != Wrong::default() {
            return Err(wrong);
        }
        let (join, leave) = self.lists(reader, desk);
        Ok(Wishes {
            name: self.name.clone(),
            zone: zone.and_then(Result::ok),
            language: language.flatten(),
            plain: self.plain,
            paused_until: until.flatten(),
            join,
            leave,
            choices: self.choices(reader, desk),
        })
    }

    fn had(&self, box_of: &str) -> bool {
        self.seen.iter().any(|seen| seen == box_of)
    }

    /// The lists to join and those to leave, of those that the form had and may have.
    fn lists(&self, reader: &Reader, desk: &Desk) -> (Vec<Name>, Vec<Name>) {
        let (mut join, mut leave) = (Vec::new(), Vec::new());
        for offer in offers(reader, desk) {
            if !self.had(&format!("list {}", offer.name)) {
                continue;
            }
            let ticked = self.lists.iter().any(|list| list == offer.name.as_str());
            match (ticked, state(reader, &offer.name)) {
                (true, Some(SubscriptionState::Confirmed)) => {}
                (true, _) => join.push(offer.name.clone()),
                (false, Some(SubscriptionState::Confirmed | SubscriptionState::Pending)) => {
                    leave.push(offer.name.clone());
                }
                (false, _) => {}
            }
        }
        (join, leave)
    }

    fn choices(&self, reader: &Reader, desk: &Desk) -> Vec<Choice> {
        let several = several(reader, desk);
        let choice = |digest: &Digest| {
            let name = &digest.name;
            let old = reader.choice(name);
            let mut declined = old.is_some_and(|old| old.declined);
            if !several.contains(&name) {
                // Who has only this one of a list leaves the list.
                declined = false;
            } else if self.had(&format!("digest {name}")) {
                declined = !self.digests.iter().any(|digest| digest == name.as_str());
            }
            let mut left_out: Vec<String> = old.map(|old| old.left_out.clone()).unwrap_or_default();
            // A heading that is gone may come back; but a reader does not collect them for ever.
            left_out.truncate(100);
            for title in digest.optional_sections() {
                let value = format!("{name}:{title}");
                if self.had(&format!("topic {value}")) {
                    left_out.retain(|out| out != title);
                    if !self.topics.contains(&value) {
                        left_out.push(title.to_owned());
                    }
                }
            }
            Choice { digest: name.clone(), declined, left_out }
        };
        digests(reader, desk).into_iter().map(choice).collect()
    }
}

/// What the form says of a reader as they are.
pub(super) fn of(reader: &Reader, desk: &Desk, now: Instant) -> Answers {
    let confirmed = |list: &Name| state(reader, list) == Some(SubscriptionState::Confirmed);
    let digests = digests(reader, desk);
    let left_out = |digest: &Digest, title: &str| {
        reader.choice(&digest.name).is_some_and(|choice| choice.left_out.iter().any(|out| out == title))
    };
    let topics = digests.iter().flat_map(|digest| {
        let wanted = digest.optional_sections().filter(|title| !left_out(digest, title));
        wanted.map(|title| (digest.name.clone(), title.to_owned()))
    });
    let until = reader.paused_until.filter(|until| *until > now);
    let until = until.map(|until| until.with_timezone(&home(reader, desk)).date_naive().to_string());
    let wanted = digests.iter().filter(|digest| reader.choice(&digest.name).is_none_or(|c| !c.declined));
    Answers {
        lists: offers(reader, desk)
            .iter()
            .map(|offer| &offer.name)
            .filter(|list| confirmed(list))
            .cloned()
            .collect(),
        digests: wanted.map(|digest| digest.name.clone()).collect(),
        topics: topics.collect(),
        name: reader.name.clone(),
        zone: reader.zone.clone().unwrap_or_default(),
        language: reader.language.as_ref().map(ToString::to_string).unwrap_or_default(),
        plain: reader.plain,
        until: until.unwrap_or_default(),
        address: String::new(),
    }
}

/// The lists that a reader may be on: those that anybody may, and those on which they are.
pub(super) fn offers<'d>(reader: &Reader, desk: &'d Desk) -> Vec<&'d Offer> {
    let on = |offer: &&Offer| {
        offer.public
            || matches!(state(reader, &offer.name), Some(state) if state != SubscriptionState::Unsubscribed)
    };
    desk.offers.iter().filter(on).collect()
}

/// The digests of the lists on which a reader is.
pub(super) fn digests<'d>(reader: &Reader, desk: &'d Desk) -> Vec<&'d Digest> {
    let on = |list: &Name| state(reader, list) == Some(SubscriptionState::Confirmed);
    desk.digests.iter().map(|(digest, _)| digest).filter(|digest| digest.lists.iter().any(on)).collect()
}

/// Those of them of whose list there are others.
pub(super) fn several<'d>(reader: &Reader, desk: &'d Desk) -> Vec<&'d Name> {
    let all = digests(reader, desk);
    let on = |list: &&Name| state(reader, list) == Some(SubscriptionState::Confirmed);
    let others = |digest: &&&Digest| {
        let lists: Vec<&Name> = digest.lists.iter().filter(on).collect();
        all.iter()
            .any(|other| other.name != digest.name && other.lists.iter().any(|list| lists.contains(&list)))
    };
    all.iter().filter(others).map(|digest| &digest.name).collect()
}

fn state(reader: &Reader, list: &Name) -> Option<SubscriptionState> {
    reader.subscriptions.iter().find(|place| &place.list == list).map(|place| place.state)
}

/// Where a reader's days begin: where they are, else where a digest of theirs is at home.
fn home(reader: &Reader, desk: &Desk) -> Tz {
    let own = reader.zone.as_ref().and_then(|zone| zone.parse().ok());
    own.or_else(|| digests(reader, desk).first().map(|digest| digest.zone)).unwrap_or(Tz::UTC)
}

/// The first instant of a day that is still to come, and not too far away.
fn begin_of(day: &str, zone: Tz, now: Instant) -> Option<Instant> {
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let today = now.with_timezone(&zone).date_naive();
    if day <= today
        || day > today.with_day(1)?.with_year(today.year() + YEARS)?.checked_add_days(Days::new(31))?
    {
        return None;
    }
    let midnight = day.and_hms_opt(0, 0, 0)?;
    // Where the clocks go forward at midnight a day begins later.
    (0..4).find_map(|hours| {
        let at: DateTime<Tz> = zone.from_local_datetime(&(midnight + TimeDelta::hours(hours))).earliest()?;
        Some(at.to_utc())
    })
}

/// What stands on one line, and moves nothing round it.
fn one_line(text: &str) -> String {
    let moves =
        |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let plain: String = text.chars().filter(|c| !c.is_control() && !moves(*c)).take(4 * NAME).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_when_the_day_begins_where_the_reader_is() {
        let now: Instant = "2026-03-02T07:00:00Z".parse().expect("an instant");
        let begin = |day, zone: Tz| begin_of(day, zone, now).map(|at| at.to_rfc3339());
        for (day, zone, expected) in [
            ("2026-03-20", chrono_tz::Asia::Tokyo, Some("2026-03-19T15:00:00+00:00")),
            // Clocks go from midnight to one.
            ("2026-04-24", chrono_tz::Africa::Cairo, Some("2026-04-23T22:00:00+00:00")),
            ("2026-03-02", chrono_tz::UTC, None),
            ("2026-03-03", chrono_tz::UTC, Some("2026-03-03T00:00:00+00:00")),
            ("2026-02-30", chrono_tz::UTC, None),
            ("9999-01-01", chrono_tz::UTC, None),
            ("tomorrow", chrono_tz::UTC, None),
        ] {
            assert_eq!(begin(day, zone).as_deref(), expected, "{day} in {zone}");
        }
    }
}
