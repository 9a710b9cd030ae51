//! What is told now: a pure decision over what was said, what was told, and the time.

use std::cmp::Reverse;

use chrono::TimeDelta;

use crate::model::{Bulletin, Instant, Matter, NoticeState, Told};

/// Between two bulletins.
const APART: TimeDelta = TimeDelta::hours(1);
/// Before the same is told again.
const AGAIN: TimeDelta = TimeDelta::days(1);
/// So long a matter has to be well before it is told as mended: some come and go.
const WELL: TimeDelta = TimeDelta::hours(1);

/// What is to be done about what was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Matters that were taken back and are seen to be so for the first time.
    pub well: Vec<String>,
    /// Events that need not be remembered any more.
    pub forget: Vec<String>,
    /// What is told now, if anything is.
    pub bulletin: Option<Bulletin>,
}

impl Choice {
    /// True if there is nothing to do.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.well.is_empty() && self.forget.is_empty() && self.bulletin.is_none()
    }
}

/// Decides what is told, of all that was said, when something was told at `last`; `reachable` is false where there is
/// nobody to tell.
#[must_use]
pub fn choose(matters: &[Matter], last: Option<Instant>, now: Instant, reachable: bool) -> Choice {
    let mut choice = Choice::default();
    let mut notices = Vec::new();
    for matter in matters {
        match due(matter, now) {
            Due::Tell(state) if reachable => notices.push(Told { notice: matter.notice.clone(), state }),
            Due::Well => choice.well.push(matter.notice.key.clone()),
            Due::Forget => choice.forget.push(matter.notice.key.clone()),
            // Where nobody is told, an event is seen for a day.
            Due::Tell(_) if matter.event && !within(matter.notice.at, now, AGAIN) => {
                choice.forget.push(matter.notice.key.clone());
            }
            Due::Tell(_) | Due::Nothing => {}
        }
    }
    if !notices.is_empty() && last.is_none_or(|last| !within(last, now, APART)) {
        notices.sort_by_key(|told| {
            let notice = &told.notice;
            (told.state == NoticeState::Mended, weight(&notice.key), Reverse(notice.at), notice.key.clone())
        });
        choice.bulletin = Some(Bulletin { notices, sent_at: now });
    }
    choice
}

enum Due {
    Tell(NoticeState),
    Well,
    Forget,
    Nothing,
}

fn due(matter: &Matter, now: Instant) -> Due {
    let told = matter.told.as_ref();
    let recent = told.is_some_and(|(at, _)| within(*at, now, AGAIN));
    if matter.event {
        // Two events are two, however much they resemble one another.
        return match told.filter(|(_, words)| *words == matter.notice.text) {
            None => Due::Tell(NoticeState::New),
            Some(_) if recent => Due::Nothing,
            Some(_) => Due::Forget,
        };
    }
    match (told, matter.mended, matter.well_since) {
        (None, true, _) => Due::Forget,
        (Some(_), true, None) => Due::Well,
        (Some(_), true, Some(since)) if within(since, now, WELL) => Due::Nothing,
        (Some(_), true, Some(_)) => Due::Tell(NoticeState::Mended),
        (None, false, _) => Due::Tell(NoticeState::New),
        (Some((_, words)), false, _) if !alike(words, &matter.notice.text) => Due::Tell(NoticeState::New),
        (Some(_), false, _) if recent => Due::Nothing,
        (Some(_), false, _) => Due::Tell(NoticeState::Standing),
    }
}

/// True if an instant is nearer to now than this; also one that lies before us, by the clock of another machine.
fn within(at: Instant, now: Instant, span: TimeDelta) -> bool {
    (now - at).abs() < span
}

/// True if two sentences say the same, but for numbers and times: `until 14:05` is not news after `until 13:05`.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &'_ str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    words(one) == words(other)
}

/// The less, the more important: first what readers do not get.
fn weight(key: &str) -> u8 {
    match key.split(':').next().unwrap_or_default() {
        "edition" | "digest" | "slot" => 0,
        "relay" => 1,
        "source" => 2,
        "domain" => 4,
        _ => 3,
    }
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
