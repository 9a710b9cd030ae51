//! The studio: draws, edits and sends for the viewer, with what the house is made of at the moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Timelike as _;
use tokio::sync::watch;

use super::house::{House, Order};
use crate::model::{
    Digest, Direction, Editing, EditionId, EmailAddress, Explanation, Instant, Language, List, Message, Name,
};
use crate::press::{self, Clock, Drafted, Postmark, Stock};
use crate::render::Theme;
use crate::web::{Drawn, Gone, Wish};

/// So many past editions can be chosen.
const PAST: usize = 40;
/// What a mirrored digest is written in.
pub(super) const MIRRORED: &str = "ar";
/// Who gets what is shown, if nobody is named.
const ANYBODY: &str = "reader@example.org";

/// What draws for the viewer; a clone is the same.
#[derive(Clone)]
pub(super) struct OwnStudio(Arc<Inner>);

pub(super) struct Inner {
    pub(super) order: Order,
    pub(super) clock: Clock,
    /// What was given on the command line: whose letter it is.
    reader: Option<EmailAddress>,
    /// Whether the clock stands still.
    stopped: bool,
    house: Mutex<Arc<House>>,
    /// By digest; what is not here is as it is kept.
    pub(super) tried: Mutex<HashMap<Name, Editing>>,
    /// The last letter that could be made of each digest.
    last: Mutex<HashMap<Name, (Vec<u8>, Explanation)>>,
    pub(super) changes: watch::Sender<u64>,
}

/// What a wish means.
pub(super) struct Seen {
    pub(super) digest: Digest,
    pub(super) theme: Theme,
    pub(super) now: Instant,
    pub(super) left_out: Vec<String>,
    pub(super) reader: EmailAddress,
    pub(super) remark: Option<String>,
}

/// What was made of it.
pub(super) struct Made {
    pub(super) message: Result<Message, String>,
    pub(super) explanation: Explanation,
    pub(super) postmark: Postmark,
    pub(super) list: List,
    pub(super) date: Instant,
}

pub(super) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OwnStudio {
    /// One that shows this house; `stopped` is the instant at which its clock stands, if it does.
    pub(super) fn new(
        order: Order,
        house: House,
        stopped: Option<Instant>,
        reader: Option<EmailAddress>,
    ) -> Self {
        Self(Arc::new(Inner {
            order,
            clock: stopped.map_or_else(Clock::system, Clock::stopped_at),
            reader,
            stopped: stopped.is_some(),
            house: Mutex::new(Arc::new(house)),
            tried: Mutex::default(),
            last: Mutex::default(),
            changes: watch::Sender::new(1),
        }))
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    pub(super) fn house(&self) -> Arc<House> {
        Arc::clone(&locked(&self.house))
    }

    /// Shows another house from now on.
    pub(super) fn move_into(&self, house: House) {
        *locked(&self.house) = Arc::new(house);
        self.tell();
    }

    /// Says that something is new.
    pub(super) fn tell(&self) {
        self.changes.send_modify(|number| *number += 1);
    }

    /// What is tried out for a digest; what is kept if nothing is.
    pub(super) async fn editing(
        &self,
        house: &House,
        digest: &Digest,
        now: Instant,
    ) -> anyhow::Result<(Editing, Option<Editing>)> {
        let tried = locked(&self.tried).get(&digest.name).cloned();
        let Some(desk) = &house.desk else { return Ok((tried.unwrap_or_default(), None)) };
        let waves = digest.timetable.as_ref().is_some_and(|table| table.zone.is_subscribers());
        let kept = desk.store.editing(&digest.name, now, waves).await?;
        Ok((tried.unwrap_or_else(|| kept.clone()), Some(kept)))
    }

    /// The digest that is wished for, and nothing instead of it; without a wish the one of the command line, or the first.
    pub(super) fn chosen<'h>(&self, house: &'h House, wish: &Wish) -> anyhow::Result<&'h (Digest, Theme)> {
        let found = if wish.digest.is_empty() {
            let ordered = self.order.digest.as_ref().and_then(|name| house.of_name(name));
            ordered.or_else(|| house.digests.first())
        } else {
            Name::parse(&wish.digest).ok().and_then(|name| house.of_name(&name))
        };
        found.ok_or_else(|| match &*wish.digest {
            "" => anyhow::anyhow!("there is no digest"),
            named => anyhow::anyhow!("there is no digest {named}; choose one that is there"),
        })
    }

    /// What a reader has chosen of a digest, and what is to be said of them; the zone goes into the digest.
    async fn choice(
        &self,
        house: &House,
        reader: &EmailAddress,
        digest: &mut Digest,
    ) -> anyhow::Result<(Vec<String>, Option<String>)> {
        let Some(desk) = &house.desk else { return Ok((Vec::new(), None)) };
        let Some(choice) = desk.store.reader_choice(reader, &digest.name).await? else {
            return Ok((Vec::new(), Some("Nobody has this address; it gets what most get.".to_owned())));
        };
        let own_clock = digest.timetable.as_ref().is_some_and(|table| table.zone.is_subscribers());
        if let Some(zone) = choice.zone.as_ref().filter(|_| own_clock).and_then(|zone| zone.parse().ok()) {
            digest.zone = zone;
        }
        let told = told(choice.zone.as_deref(), choice.language.as_ref(), &choice.left_out);
        Ok((choice.left_out, Some(told)))
    }

    /// What a wish means; what cannot be read of it becomes a sentence.
    pub(super) async fn seen(&self, house: &House, wish: &Wish, mistakes: &mut Vec<String>) -> Option<Seen> {
        let (mut digest, theme) = match self.chosen(house, wish) {
            Ok(chosen) => chosen.clone(),
            Err(error) => {
                mistakes.push(error.to_string());
                return None;
            }
        };
        let mut now = self.clock.now();
        if !self.stopped {
            // So that a page that is drawn anew differs by what has changed alone.
            now = now.with_second(0).and_then(|now| now.with_nanosecond(0)).unwrap_or(now);
        }
        match wish.now.parse() {
            Ok(given) => now = given,
            Err(_) if wish.now.is_empty() => {}
            Err(_) => {
                mistakes.push(format!("{} is no instant, expected one like 2026-03-02T06:30:00Z", wish.now))
            }
        }
        let mut left_out = wish.left_out.clone();
        let mut remark = None;
        let mut reader = self.reader.clone().or_else(|| EmailAddress::parse(ANYBODY).ok())?;
        if !wish.reader.is_empty() {
            match EmailAddress::parse(&wish.reader) {
                Ok(address) => reader = address,
                Err(error) => mistakes.push(format!("{}: {error}", wish.reader)),
            }
        }
        if !wish.reader.is_empty() {
            match self.choice(house, &reader, &mut digest).await {
                Ok((chosen, told)) => {
                    left_out.extend(chosen);
                    remark = told;
                }
                Err(error) => mistakes.push(format!("{error:#}")),
            }
        }
        if let Some(language) = Language::parse(&wish.language) {
            digest.language = language;
        }
        if wish.rtl && digest.language.direction() != Direction::Rtl {
            digest.language = Language::parse(MIRRORED)?;
        }
        match wish.zone.parse() {
            Ok(zone) => digest.zone = zone,
            Err(_) if wish.zone.is_empty() => {}
            Err(_) => mistakes.push(format!("{} is no zone, expected one like Europe/Berlin", wish.zone)),
        }
        let optional: Vec<String> = digest.optional_sections().map(str::to_owned).collect();
        left_out.retain(|section| optional.contains(section));
        Some(Seen { digest, theme, now, left_out, reader, remark })
    }

    /// Makes the edition that is to come, through the path that sends it, or finds one that has gone.
    pub(super) async fn made(
        &self,
        house: &House,
        wish: &Wish,
        seen: &Seen,
        tried: &Editing,
    ) -> anyhow::Result<Made> {
        let (postmark, list) = (house.postmark(&seen.digest), house.list(&seen.digest).await?);
        if let (Some(id), Some(desk)) = (wish.edition.map(EditionId), &house.desk) {
            let record = desk.store.edition(id).await?.ok_or(press::PressError::NoEdition(id))?;
            let (of, shown) = (&record.digest, &seen.digest.name);
            anyhow::ensure!(of == shown, "edition {id} is one of {of}, not of {shown}");
            let gone = || "Its text is no longer kept ([keep] editions).".to_owned();
            return Ok(Made {
                message: desk.store.message(id).await?.ok_or_else(gone),
                explanation: desk.store.explanation(id).await?.unwrap_or_default(),
                date: record.released_at.unwrap_or(record.slot),
                postmark,
                list,
            });
        }
        let stock = Stock {
            digest: &seen.digest,
            theme: &seen.theme,
            public_url: &postmark.public_url,
            slot: seen.now,
            editing: Some(tried),
        };
        let drafted = match &house.desk {
            Some(desk) => stock.draft(&desk.store, &seen.left_out).await?,
            None => {
                let (feeds, nothing) = (&house.feeds, crate::model::Previous::default());
                stock.draft_from(&seen.left_out, &feeds.sources, &feeds.candidates, &nothing)?
            }
        };
        let (message, explanation) = match drafted {
            Drafted::Draft(draft) => (Ok(draft.message), draft.explanation),
            Drafted::Nothing(nothing, explanation) => (Err(sentence(&nothing.to_string())), explanation),
        };
        Ok(Made { message, explanation, postmark, list, date: seen.now })
    }

    pub(super) async fn draw(&self, wish: &Wish) -> Drawn {
        let house = self.house();
        let mut mistakes = house.mistakes.clone();
        let mut drawn = Drawn {
            digests: house.digests.iter().map(|(d, _)| (d.name.clone(), d.title.clone())).collect(),
            ..Drawn::default()
        };
        let Some(seen) = self.seen(&house, wish, &mut mistakes).await else {
            let last = Name::parse(&wish.digest).ok().and_then(|name| locked(&self.last).get(&name).cloned());
            let (letter, explanation) = last.map(|(letter, why)| (Some(letter), why)).unwrap_or_default();
            return Drawn { mistakes, letter, explanation, ..drawn };
        };
        let digest = &seen.digest;
        drawn.digest = digest.name.to_string();
        drawn.sections = digest.sections.iter().map(|section| section.title.clone()).collect();
        drawn.optional = digest.optional_sections().map(str::to_owned).collect();
        drawn.languages =
            seen.theme.languages().map(|(tag, name)| (tag.to_string(), name.to_owned())).collect();
        drawn.clock = seen.now.with_timezone(&digest.zone).format("%a %-d %b, %H:%M").to_string();
        drawn.zone = Some(digest.zone);
        drawn.now = Some(seen.now);
        drawn.next = digest.timetable.as_ref().and_then(|table| table.next_for(None, seen.now));
        drawn.budget = Some(digest.html_budget);
        drawn.intro.clone_from(&digest.intro);
        drawn.reader.clone_from(&seen.remark);
        drawn.carrier = house.desk.as_ref().map(|desk| desk.carrier_label());
        if let Err(error) = self.fill(&house, wish, &seen, &mut drawn).await {
            mistakes.push(format!("{error:#}"));
            if let Some((letter, explanation)) = locked(&self.last).get(&digest.name).cloned() {
                (drawn.letter, drawn.explanation) = (Some(letter), explanation);
            }
        }
        Drawn { mistakes, ..drawn }
    }

    /// What may fail: the store, the theme's budget, the letter.
    async fn fill(&self, house: &House, wish: &Wish, seen: &Seen, drawn: &mut Drawn) -> anyhow::Result<()> {
        if let Some(desk) = &house.desk {
            let past = desk.store.editions(Some(&seen.digest.name), PAST).await?;
            let zone = seen.digest.zone;
            drawn.editions = past
                .into_iter()
                .map(|record| Gone {
                    id: record.id,
                    slot: record.slot.with_timezone(&zone).format("%a %-d %b %Y, %H:%M").to_string(),
                    subject: record.subject,
                    state: record.state.as_str(),
                })
                .collect();
        }
        (drawn.tried, drawn.kept) = self.editing(house, &seen.digest, seen.now).await?;
        let made = self.made(house, wish, seen, &drawn.tried).await?;
        drawn.explanation = made.explanation;
        match made.message {
            Ok(message) => {
                let letter =
                    press::sample_letter(&made.postmark, &made.list, &message, &seen.reader, made.date)?;
                if wish.edition.is_none() {
                    let last = (letter.bytes.clone(), drawn.explanation.clone());
                    locked(&self.last).insert(seen.digest.name.clone(), last);
                }
                drawn.letter = Some(letter.bytes);
            }
            Err(nothing) => drawn.nothing = Some(nothing),
        }
        Ok(())
    }
}

/// What is to be said of a reader.
fn told(zone: Option<&str>, language: Option<&Language>, left_out: &[String]) -> String {
    let zone = zone.map_or_else(|| "no zone of their own".to_owned(), |zone| format!("in {zone}"));
    let language = language.map(|language| format!(", reads {language} on pages")).unwrap_or_default();
    let left_out = match left_out {
        [] => "leaves nothing out".to_owned(),
        some => format!("leaves out {}", some.join(", ")),
    };
    format!("Known: {zone}{language}; {left_out}.")
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}
