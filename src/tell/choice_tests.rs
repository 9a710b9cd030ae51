//! What is told, whatever is said, taken back and awaited.

use std::collections::HashMap;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::model::Notice;

fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_780_000_000, 0).expect("an instant") + TimeDelta::minutes(minutes)
}

fn matter(key: &str, text: &str, minute: i64) -> Matter {
    let notice = Notice { key: key.to_owned(), text: text.to_owned(), at: at(minute) };
    Matter { notice, event: false, told: None, mended: false, well_since: None }
}

fn told(matter: &Matter, minute: i64) -> Matter {
    Matter { told: Some((at(minute), matter.notice.text.clone())), ..matter.clone() }
}

fn told_now(matters: &[Matter], minute: i64) -> Vec<(String, NoticeState)> {
    let choice = choose(matters, None, at(minute), true);
    let notices = choice.bulletin.map(|bulletin| bulletin.notices).unwrap_or_default();
    notices.into_iter().map(|told| (told.notice.key, told.state)).collect()
}

#[test]
fn what_readers_do_not_get_comes_first_and_what_is_mended_last() {
    let mended = Matter { mended: true, well_since: Some(at(0)), ..told(&matter("edition:1", "x", 0), 0) };
    let all = [
        mended,
        matter("domain:gmail.com", "a", 0),
        matter("source:harbour", "b", 0),
        matter("relay:relay", "c", 0),
        matter("edition:2", "older", 0),
        matter("edition:3", "newer", 5),
    ];
    let keys: Vec<String> = told_now(&all, 60).into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        ["edition:3", "edition:2", "relay:relay", "source:harbour", "domain:gmail.com", "edition:1"]
    );
}

#[test]
fn the_same_words_are_told_again_after_a_day_and_other_words_at_once() {
    let old = told(&matter("relay:relay", "refused at 13:05", 0), 0);
    let said = |text: &str| {
        let mut matter = old.clone();
        matter.notice.text = text.to_owned();
        matter
    };
    assert_eq!(told_now(std::slice::from_ref(&old), 1_439), []);
    assert_eq!(
        told_now(std::slice::from_ref(&old), 1_440),
        [("relay:relay".to_owned(), NoticeState::Standing)]
    );
    assert_eq!(told_now(&[said("refused at 14:05")], 61), [], "another time is no news");
    assert_eq!(told_now(&[said("gone")], 61), [("relay:relay".to_owned(), NoticeState::New)]);
}

#[test]
fn what_comes_and_goes_is_mended_when_it_has_been_well_for_an_hour() {
    let gone = Matter { mended: true, ..told(&matter("relay:relay", "x", 0), 0) };
    assert_eq!(choose(std::slice::from_ref(&gone), None, at(70), true).well, ["relay:relay"]);
    let well = Matter { well_since: Some(at(70)), ..gone };
    assert_eq!(told_now(std::slice::from_ref(&well), 129), []);
    assert_eq!(told_now(&[well], 130), [("relay:relay".to_owned(), NoticeState::Mended)]);
}

#[test]
fn an_event_is_told_once_and_forgotten_after_a_day() {
    let event = Matter { event: true, ..matter("slot:morning", "skipped", 0) };
    assert_eq!(told_now(std::slice::from_ref(&event), 1), [("slot:morning".to_owned(), NoticeState::New)]);
    let known = told(&event, 1);
    assert!(choose(std::slice::from_ref(&known), None, at(1_440), true).is_nothing());
    assert_eq!(choose(&[known], None, at(1_441), true).forget, ["slot:morning"]);
    let unheard = choose(std::slice::from_ref(&event), None, at(1_439), false);
    assert!(unheard.is_nothing(), "where nobody is told it is there to be looked at");
    assert_eq!(choose(&[event], None, at(1_440), false).forget, ["slot:morning"]);
}

/// What may happen to one of three matters.
#[derive(Debug, Clone)]
enum Act {
    Raise(usize, usize),
    TakeBack(usize),
    Happen(usize, usize),
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..3_usize, 0..2_usize).prop_map(|(key, text)| Act::Raise(key, text)),
        (0..3_usize).prop_map(Act::TakeBack),
        (3..5_usize, 0..2_usize).prop_map(|(key, text)| Act::Happen(key, text)),
        prop_oneof![1..10_i64, 50..70_i64, 600..1_500_i64].prop_map(Act::Wait),
    ]
}

/// The store's side of it: what is said, taken back and marked.
#[derive(Default)]
struct Book {
    matters: HashMap<String, Matter>,
    last: Option<Instant>,
}

impl Book {
    fn say(&mut self, key: usize, text: usize, event: bool, now: Instant) {
        let (key, text) =
            (["relay:a", "source:b", "domain:c", "slot:d", "slot:e"][key], ["one", "two"][text]);
        let notice = Notice { key: key.to_owned(), text: text.to_owned(), at: now };
        let told = self.matters.get(key).and_then(|matter| matter.told.clone());
        self.matters.insert(key.to_owned(), Matter { notice, event, told, mended: false, well_since: None });
    }

    fn take_back(&mut self, key: usize) {
        let key = ["relay:a", "source:b", "domain:c"][key];
        if self.matters.get(key).is_some_and(|matter| matter.told.is_none()) {
            self.matters.remove(key);
        }
        self.matters.entry(key.to_owned()).and_modify(|matter| matter.mended = true);
    }

    fn tell(&mut self, now: Instant) -> Vec<Told> {
        let matters: Vec<Matter> = self.matters.values().cloned().collect();
        let choice = choose(&matters, self.last, now, true);
        for key in choice.well {
            self.matters.entry(key).and_modify(|matter| matter.well_since = Some(now));
        }
        choice.forget.iter().for_each(|key| drop(self.matters.remove(key)));
        let Some(bulletin) = choice.bulletin else { return Vec::new() };
        self.last = Some(now);
        for told in &bulletin.notices {
            if told.state == NoticeState::Mended {
                self.matters.remove(&told.notice.key);
            } else if let Some(matter) = self.matters.get_mut(&told.notice.key) {
                matter.told = Some((now, told.notice.text.clone()));
            }
        }
        bulletin.notices
    }
}

proptest! {
    #[test]
    fn never_two_within_an_hour_nothing_twice_a_day_and_everything_that_stands(acts in prop::collection::vec(act(), 1..120)) {
        let (mut book, mut now, mut last) = (Book::default(), at(0), None::<Instant>);
        // What the publisher believes of each matter: when and what they heard last.
        let mut heard: HashMap<String, (Instant, String)> = HashMap::new();
        for act in acts {
            match act {
                Act::Raise(key, text) => book.say(key, text, false, now),
                Act::Happen(key, text) => book.say(key, text, true, now),
                Act::TakeBack(key) => book.take_back(key),
                Act::Wait(minutes) => now += TimeDelta::minutes(minutes),
            }
            let told = book.tell(now);
            if !told.is_empty() {
                prop_assert!(last.is_none_or(|last| now - last >= APART), "two within an hour");
                last = Some(now);
            }
            for one in told {
                let key = one.notice.key;
                if one.state == NoticeState::Mended {
                    prop_assert!(heard.remove(&key).is_some(), "{key} was never told, and is told as mended");
                    continue;
                }
                let again = heard.insert(key.clone(), (now, one.notice.text.clone()));
                let twice = again.is_some_and(|(at, words)| words == one.notice.text && now - at < AGAIN);
                prop_assert!(!twice, "{key} was told twice within a day");
            }
        }
        // Left alone, within the hour everything that stands was told within a day, and what was told and stands no more
        // is taken back within two.
        for _ in 0..3 {
            now += APART;
            for one in book.tell(now) {
                heard.insert(one.notice.key.clone(), (now, one.notice.text.clone()));
                if one.state == NoticeState::Mended {
                    heard.remove(&one.notice.key);
                }
            }
        }
        for (key, matter) in &book.matters {
            let fresh = heard.get(key).is_some_and(|(at, words)| now - *at < AGAIN && *words == matter.notice.text);
            prop_assert!(matter.event || (fresh && !matter.mended), "{key} stands, and nobody knows");
        }
    }
}
