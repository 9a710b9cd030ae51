//! Mails to the publisher: what is wrong, and whether an edition may go out.

use chrono_tz::Tz;
use serde::Deserialize;
use templates::theme::PUBLISHER_WORDS;
use templates::view::{self, Frame, Headline, Link, NoticeGroup, NoticeLine};
use templates::{approval, notices};

use super::bidi::{is_rtl, isolate, isolate_runs, settle};
use super::cut::{bounded, ellipsis, soften};
use super::layout::{LINE, preheader_of, tongue};
use super::words::fill;
use super::{Theme, dates, typeset};
use crate::model::{Bulletin, Digest, Direction, Instant, Language, Message, NoticeState};

/// What the masthead says, and the language in which matters are written.
const HOUSE: &str = "Pressrun";
/// More than this are not shown: Gmail cuts a long mail in the middle of whatever stands there.
const NOTICES: usize = 40;
const HEADLINES: usize = 40;
/// The most bytes of a notice, for the same reason.
const NOTICE: usize = 500;
const SUBJECT: usize = 130;

/// What the publisher reads and by which clock.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The language of the words round what is told.
    pub language: Language,
    /// The zone in which times are shown.
    pub zone: Tz,
}

/// What happens to an edition that nobody approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// It is sent at this instant.
    Sent(Instant),
    /// It is given up at this instant.
    NotSent(Instant),
    /// It waits.
    Waits,
}

/// An edition that waits to be approved.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Its digest.
    pub digest: &'a Digest,
    /// Its subject.
    pub subject: &'a str,
    /// Its slot.
    pub slot: Instant,
    /// How many readers it would go to.
    pub readers: u64,
    /// The titles of its articles in reading order, each with the source's name and the direction of both.
    pub articles: Vec<(&'a str, &'a str, Direction)>,
    /// What happens without an answer.
    pub unanswered: Unanswered,
    /// The address of the page that asks whether it is approved.
    pub approve: &'a str,
    /// The address of the page that asks whether it is cancelled.
    pub cancel: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    notices: NoticeWords,
    approval: ApprovalWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeWords {
    intro: String,
    new: String,
    standing: String,
    mended: String,
    subject_mended: String,
    subject_more: String,
    more: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalWords {
    subject: String,
    intro: String,
    subject_label: String,
    slot: String,
    readers: String,
    approve: String,
    cancel: String,
    sent: String,
    not_sent: String,
    waits: String,
    contents: String,
    more: String,
    why: String,
}

/// Writes the mail that tells a bulletin.
#[must_use]
pub fn notices(bulletin: &Bulletin, theme: &Theme, desk: &Desk) -> Message {
    let (language, words) = words(&desk.language);
    let (words, base) = (words.notices, language.direction());
    let foreign = (language.primary() != "en").then(|| tongue(&Language::english()));
    let shown = &bulletin.notices[..bulletin.notices.len().min(NOTICES)];
    let group = |state: NoticeState, title: &str| {
        let line = |told: &crate::model::Told| NoticeLine {
            tongue: foreign.clone(),
            text: soften(&isolate_runs(&bounded(&told.notice.text, NOTICE), Direction::Ltr)),
            when: match state {
                NoticeState::Mended => String::new(),
                NoticeState::New | NoticeState::Standing => {
                    time(theme, desk, told.notice.at, bulletin.sent_at)
                }
            },
        };
        let notices: Vec<NoticeLine> = shown.iter().filter(|told| told.state == state).map(line).collect();
        (!notices.is_empty()).then(|| NoticeGroup { title: title.to_owned(), notices })
    };
    let groups = [
        group(NoticeState::New, &words.new),
        group(NoticeState::Standing, &words.standing),
        group(NoticeState::Mended, &words.mended),
    ];
    let left = bulletin.notices.len() - shown.len();
    let why = fill(&words.why, &[("zone", &isolate(desk.zone.name(), base))]);
    let subject = subject_of(bulletin, &words, base);
    let sent = dates::full(theme.words(&language), desk.zone, bulletin.sent_at);
    let preheader = preheader_of(&words.intro, base);
    let view = view::Notices {
        frame: Frame { preheader, ..frame(&language, HOUSE, subject, &why, sent) },
        intro: isolate_runs(&words.intro, base),
        groups: groups.into_iter().flatten().collect(),
        more: if left > 0 { fill(&words.more, &[("n", &left.to_string())]) } else { String::new() },
    };
    let (html, text) = (notices::html(&view, &theme.look), typeset::set(&notices::text(&view)));
    Message { subject: view.frame.subject, direction: base, language, html, text }
}

/// Writes the mail that asks whether an edition may go out.
#[must_use]
pub fn approval(question: &Question<'_>, theme: &Theme, desk: &Desk) -> Message {
    let (language, words) = words(&desk.language);
    let (words, base) = (words.approval, language.direction());
    let home = |text: &str| soften(&isolate(&bounded(text, LINE), base));
    let at = |instant: Instant| isolate(&time(theme, desk, instant, question.slot), base);
    let until = |pattern: &str, instant: Instant| fill(pattern, &[("time", &at(instant))]);
    let headline = |&(title, source, direction): &(&str, &str, Direction)| Headline {
        tongue: view::Tongue { lang: None, rtl: direction == Direction::Rtl },
        title: soften(&isolate_runs(&bounded(title, NOTICE), direction)),
        source: soften(&isolate(&bounded(source, LINE / 4), direction)),
    };
    let left = question.articles.len().saturating_sub(HEADLINES);
    let subject = fill(&words.subject, &[("subject", &isolate(question.subject, base))]);
    let title = &question.digest.title;
    let why =
        fill(&words.why, &[("title", &isolate(title, base)), ("zone", &isolate(desk.zone.name(), base))]);
    let date = dates::full(theme.words(&language), desk.zone, question.slot);
    let link = |text: &str, href: &str| Link { text: text.to_owned(), href: href.to_owned() };
    let preheader = preheader_of(&words.intro, base);
    let view = view::Approval {
        frame: Frame {
            preheader,
            ..frame(&language, &home(title), subject_line(&subject, base), &why, date)
        },
        intro: words.intro,
        facts: vec![
            (words.subject_label, home(question.subject)),
            (words.slot, at(question.slot)),
            (words.readers, question.readers.to_string()),
        ],
        approve: link(&words.approve, question.approve),
        cancel: link(&words.cancel, question.cancel),
        unanswered: match question.unanswered {
            Unanswered::Sent(at) => until(&words.sent, at),
            Unanswered::NotSent(at) => until(&words.not_sent, at),
            Unanswered::Waits => words.waits,
        },
        contents: words.contents,
        headlines: question.articles.iter().take(HEADLINES).map(headline).collect(),
        more: if left > 0 { fill(&words.more, &[("n", &left.to_string())]) } else { String::new() },
    };
    let (html, text) = (approval::html(&view, &theme.look), typeset::set(&approval::text(&view)));
    Message { subject: view.frame.subject, direction: base, language, html, text }
}

/// The most important matter, and how many there are besides.
fn subject_of(bulletin: &Bulletin, words: &NoticeWords, base: Direction) -> String {
    let Some(first) = bulletin.notices.first() else { return HOUSE.to_owned() };
    // What can be done about it stands behind a semicolon.
    let matter = first.notice.text.split("; ").next().unwrap_or_default();
    let text = isolate(&ellipsis(matter, SUBJECT - 30), base);
    let text = match first.state {
        NoticeState::Mended => fill(&words.subject_mended, &[("first", &text)]),
        NoticeState::New | NoticeState::Standing => text,
    };
    let more = bulletin.notices.len() - 1;
    let all = if more > 0 {
        fill(&words.subject_more, &[("first", &text), ("n", &more.to_string())])
    } else {
        text
    };
    subject_line(&all, base)
}

fn subject_line(text: &str, base: Direction) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    settle(&ellipsis(&line.join(" "), SUBJECT), base)
}

fn frame(language: &Language, title: &str, subject: String, why: &str, date: String) -> Frame {
    Frame {
        tongue: tongue(language),
        words: None,
        subject,
        title: title.to_owned(),
        title_rtl: is_rtl(title, language.direction()),
        preheader: String::new(),
        date,
        web_copy: None,
        unsubscribe: None,
        preferences: None,
        why: soften(why),
        postal_address: Vec::new(),
        postal_rtl: language.direction() == Direction::Rtl,
    }
}

/// Day and time; the year where it is not that of `now`.
fn time(theme: &Theme, desk: &Desk, at: Instant, now: Instant) -> String {
    let (language, _) = words(&desk.language);
    let day = dates::short(theme.words(&language), desk.zone, at, now);
    format!("{day}, {}", at.with_timezone(&desk.zone).format("%H:%M"))
}

/// The words of a language, or English where there are none, with the language that they are.
fn words(language: &Language) -> (Language, Words) {
    let own = |tag: &str| PUBLISHER_WORDS.iter().find(|(known, _)| *known == tag).map(|(_, text)| *text);
    let (language, text) = match own(language.primary()) {
        Some(text) => (language.clone(), text),
        None => (Language::english(), own("en").unwrap_or_default()),
    };
    #[expect(clippy::expect_used, reason = "the embedded files are constants, and a test reads them all")]
    let words = toml::from_str(text).expect("the publisher's words have no fault");
    (language, words)
}
