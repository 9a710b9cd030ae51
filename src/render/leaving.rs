//! The page on which a reader leaves a list, in words.

use templates::form::{Tick, Weight};
use templates::leaving::{self, Deed, Question};
use templates::pages::Masthead;

use super::Theme;
use super::bidi::isolate;
use super::cut::{bounded, soften};
use super::page_words::LeavingWords;
use super::pages::page;
use super::words::fill;
use crate::model::{Language, LeavingReason};

/// The most bytes of a title on a page.
const LINE: usize = 1_200;

/// What the page tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving<'a> {
    /// What opens it.
    pub token: &'a str,
    /// Where the site begins, relative to this page, with a slash at its end.
    pub root: &'a str,
    /// What the site is called.
    pub site: &'a str,
    /// What readers know the list as.
    pub list: &'a str,
    /// Whether they are on other lists.
    pub others: bool,
    /// Where they stand.
    pub parting: Parting,
}

/// Where a reader stands who came by an unsubscribe link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// They are on the list.
    Here,
    /// They are on the list, for they have just come back.
    Back,
    /// They have left.
    Left {
        /// Whether all lists at once.
        all: bool,
        /// Whether it can be undone.
        undo: bool,
        /// Whether they have said why.
        told: bool,
    },
    /// Nothing is kept of them.
    Forgotten,
    /// They are nobody: the link stood in a test copy.
    Sample,
}

/// Writes the page on which a reader leaves a list, or that says that they have.
#[must_use]
pub fn leaving_page(leaving: &Leaving<'_>, theme: &Theme, language: &Language) -> String {
    let words = theme.page_words(language);
    let desk = Desk { leaving, words: &words.leaving };
    let direction = words.language.direction();
    let named = |pattern: &str| fill(pattern, &[("list", &isolate(&bounded(leaving.list, LINE), direction))]);
    let said = &words.leaving;
    let (heading, text) = match leaving.parting {
        Parting::Here => (named(&said.question), &said.question_text),
        Parting::Back => (named(&said.back), &said.back_text),
        Parting::Left { all: true, .. } => (said.left_all.clone(), &said.left_all_text),
        Parting::Left { all: false, .. } => (named(&said.left), &said.left_text),
        Parting::Forgotten => (said.forgotten.clone(), &said.forgotten_text),
        Parting::Sample => (said.sample.clone(), &said.sample_text),
    };
    let view = leaving::Leaving {
        text: soften(text),
        deed: desk.deed(),
        question: desk.question(),
        thanks: desk.thanks(),
        further: desk.further(),
    };
    let site = isolate(&bounded(leaving.site, LINE), direction);
    let masthead = Masthead { title: soften(&site), tongue: None, href: Some(leaving.root.to_owned()) };
    let page = page(theme, words, format!("{heading} · {site}"));
    leaving::leaving(&page, &masthead, &soften(&heading), &view)
}

struct Desk<'a> {
    leaving: &'a Leaving<'a>,
    words: &'a LeavingWords,
}

impl Desk<'_> {
    fn action(&self, below: &str) -> String {
        format!("{}unsubscribe/{}{below}", self.leaving.root, self.leaving.token)
    }

    fn deed(&self) -> Option<Deed> {
        let words = self.words;
        let deed = |text: &str, label: &String, below, weight| Deed {
            text: text.to_owned(),
            label: label.clone(),
            action: self.action(below),
            weight,
        };
        match self.leaving.parting {
            Parting::Here => Some(deed("", &words.leave, "", Weight::Foremost)),
            Parting::Back => Some(deed("", &words.leave, "", Weight::Other)),
            Parting::Left { undo: true, .. } => {
                Some(deed(&words.undo_text, &words.undo, "/undo", Weight::Other))
            }
            Parting::Left { undo: false, .. } | Parting::Forgotten | Parting::Sample => None,
        }
    }

    /// Who cannot be back has not left by this link, and is not asked why.
    fn question(&self) -> Option<Question> {
        let words = self.words;
        let Parting::Left { undo: true, told: false, .. } = self.leaving.parting else { return None };
        let answer = |reason: LeavingReason| Tick {
            name: "reason".to_owned(),
            value: reason.as_str().to_owned(),
            on: false,
            label: match reason {
                LeavingReason::TooMany => words.too_many.clone(),
                LeavingReason::NotForMe => words.not_for_me.clone(),
                LeavingReason::NeverAsked => words.never_asked.clone(),
                LeavingReason::Other => words.other.clone(),
            },
            tongue: None,
            notes: Vec::new(),
        };
        Some(Question {
            legend: words.why.clone(),
            note: words.why_note.clone(),
            answers: LeavingReason::ALL.into_iter().map(answer).collect(),
            label: words.tell.clone(),
            action: self.action("/reason"),
        })
    }

    fn thanks(&self) -> String {
        match self.leaving.parting {
            Parting::Left { told: true, .. } => self.words.thanks.clone(),
            Parting::Left { told: false, .. }
            | Parting::Here
            | Parting::Back
            | Parting::Forgotten
            | Parting::Sample => String::new(),
        }
    }

    fn further(&self) -> Option<Deed> {
        let reader = !matches!(self.leaving.parting, Parting::Forgotten | Parting::Sample);
        (reader && self.leaving.others).then(|| Deed {
            text: self.words.others.clone(),
            label: self.words.leave_all.clone(),
            action: self.action("/all"),
            weight: Weight::Other,
        })
    }
}
