//! Offering: the public lists as the sign-up page shows them — how often each comes, and when next.

use std::collections::BTreeSet;

use chrono::{Datelike as _, TimeDelta, Weekday};
use chrono_tz::Tz;

use super::Desk;
use crate::model::{Digest, Instant, Language, Name, Offer, Timetable};
use crate::render::{Choice, Often};

/// How far ahead is looked for how often something comes.
const WEEKS: i64 = 4;
/// More slots than this are several a day anyway.
const SLOTS: usize = 200;

impl Desk {
    /// The public lists, or those of them that are named; `chosen` are ticked. `up` leads from the page to the site.
    pub(super) fn choices<'d>(
        &'d self,
        only: &[Name],
        chosen: &[Name],
        up: &str,
        now: Instant,
    ) -> Vec<Choice<'d>> {
        let offers = self.public().filter(|offer| only.is_empty() || only.contains(&offer.name));
        offers.map(|offer| self.choice(offer, chosen, up, now)).collect()
    }

    /// The lists that anybody may subscribe to.
    pub(super) fn public(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| offer.public)
    }

    /// The title of a list and the language that it is in.
    pub(super) fn titled<'d>(&'d self, list: &'d Name) -> (&'d str, &'d Language) {
        let offer = self.offers.iter().find(|offer| &offer.name == list);
        let digest = offer.and_then(|offer| self.digests_of(offer).next());
        let language = digest.map_or(&self.english, |digest| &digest.language);
        (offer.map_or(list.as_str(), |offer| &offer.title), language)
    }

    /// By which clock times are told to somebody who asks for these lists.
    pub(super) fn zone_of(&self, lists: &[Name]) -> Tz {
        let offers = self.offers.iter().filter(|offer| lists.contains(&offer.name));
        let mut zones = offers.flat_map(|offer| self.digests_of(offer)).map(|digest| digest.zone);
        zones.next().unwrap_or(Tz::UTC)
    }

    fn digests_of<'d>(&'d self, offer: &'d Offer) -> impl Iterator<Item = &'d Digest> {
        self.digests.iter().map(|(digest, _)| digest).filter(|digest| offer.digests.contains(&digest.name))
    }

    fn choice<'d>(&'d self, offer: &'d Offer, chosen: &[Name], up: &str, now: Instant) -> Choice<'d> {
        let tables: Vec<&Timetable> =
            self.digests_of(offer).filter_map(|digest| digest.timetable.as_ref()).collect();
        let next = |table: &&Timetable| {
            let zone = table.zone.home();
            table.next_loud(zone, now).map(|slot| (slot, zone))
        };
        let exactly = match tables.as_slice() {
            [only] if next(only).is_some() => Some(only.schedule.describe()),
            _ => None,
        };
        Choice {
            name: offer.name.as_str(),
            title: &offer.title,
            about: &offer.about,
            language: self.titled(&offer.name).1,
            confirm: offer.confirm,
            often: often(&tables, now),
            exactly,
            next: tables.iter().filter_map(next).min_by_key(|(slot, _)| *slot),
            sample: offer.digests.first().map(|digest| format!("{up}{digest}/")),
            on: chosen.contains(&offer.name),
        }
    }
}

/// How often timetables bring something together, told by the next weeks.
fn often(tables: &[&Timetable], now: Instant) -> Option<Often> {
    let until = now + TimeDelta::weeks(WEEKS);
    let mut slots = 0;
    let mut days = BTreeSet::new();
    for table in tables {
        let zone = table.zone.home();
        let coming = std::iter::successors(table.next_in(zone, now), |slot| table.next_in(zone, *slot));
        for slot in coming.take(SLOTS).take_while(|slot| *slot <= until) {
            if !table.is_quiet(zone, slot) {
                slots += 1;
                days.insert(slot.with_timezone(&zone).date_naive());
            }
        }
    }
    let weekend = days.iter().any(|day| matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    match days.len() {
        0 => None,
        _ if slots > days.len() * 3 / 2 => Some(Often::SeveralADay),
        1 => Some(Often::Monthly),
        2 | 3 => Some(Often::Rarely),
        4 | 5 => Some(Often::Weekly),
        18..=20 if !weekend => Some(Often::Weekdays),
        6..=23 => Some(Often::Several),
        _ => Some(Often::Daily),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;
    use crate::model::{Schedule, SlotZone};

    #[test]
    fn how_often_is_told_by_what_comes() {
        let now = DateTime::from_timestamp(1_780_000_000, 0).expect("a time");
        for (schedule, expected) in [
            ("daily at 07:00", Some(Often::Daily)),
            ("weekdays at 06:30", Some(Often::Weekdays)),
            ("every monday at 9", Some(Often::Weekly)),
            ("0 9 * * 1,4", Some(Often::Several)),
            ("0 9 1 * *", Some(Often::Monthly)),
            ("0 9 1,15 * *", Some(Often::Rarely)),
            ("0 */6 * * *", Some(Often::SeveralADay)),
            ("0 9 29 2 *", None),
        ] {
            let table = Timetable {
                schedule: Schedule::parse(schedule).expect(schedule),
                zone: SlotZone::Fixed(Tz::Europe__Berlin),
                catch_up: Duration::ZERO,
                quiet: vec![],
                until: None,
                approval: None,
            };
            assert_eq!(often(&[&table], now), expected, "{schedule}");
        }
    }
}
