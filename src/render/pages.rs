//! The pages that a browser shows: what is the case, laid out in words for the templates.

use chrono_tz::Tz;
use templates::pages::{self, Choice, Fact, Notice, Page};

use super::bidi::{isolate, isolate_runs};
use super::cut::{bounded, soften};
use super::layout::tongue;
use super::page_words::{ApprovalWords, PageWords};
use super::words::fill;
use super::{Theme, dates};
use crate::model::{Digest, Hole, Instant, Language, Message, Otherwise};

/// The most bytes of a subject or title on a page.
const LINE: usize = 1_200;

/// What can be said by a heading and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A link holds a token that opens nothing.
    Unknown,
    /// There is no such page.
    Missing,
    /// A request was not understood, too long or too slow; nothing was changed.
    Refused,
    /// The program is at fault.
    Failed {
        /// Under which the log has more.
        id: String,
    },
}

/// An edition that waits, or waited, for a yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked<'a> {
    /// What opens its page.
    pub token: &'a str,
    /// The digest, unless the configuration no longer has it.
    pub digest: Option<&'a Digest>,
    /// What to call it then.
    pub name: &'a str,
    /// The subject of its letters.
    pub subject: &'a str,
    /// The language of its letters.
    pub language: &'a Language,
    /// When it was due.
    pub slot: Instant,
    /// How many readers get it, or got it; `None` if nobody knows.
    pub readers: Option<u64>,
    /// Until when something can be said.
    pub by: Instant,
    /// What happens when nothing was said.
    pub otherwise: Otherwise,
    /// Where it stands.
    pub stand: Stand,
    /// Whether the reader of the page came to cancel.
    pub to_cancel: bool,
}

/// Where an edition stands that waits, or waited, for a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Nothing was said.
    Open,
    /// It was approved, and is about to go out.
    Approved,
    /// It is going out, since then.
    Released(Instant),
    /// It went out, from then on.
    Finished(Instant),
    /// It was cancelled, or not approved in time.
    Cancelled,
    /// Nothing was said, and now it is too late.
    Over,
}

/// Writes the page on which an edition is approved or cancelled, or that says what was decided.
#[must_use]
pub fn approval_page(asked: &Asked<'_>, theme: &Theme) -> String {
    let words = theme.page_words(asked.language);
    let desk = Desk { asked, theme, words, zone: asked.digest.map_or(Tz::UTC, |digest| digest.zone) };
    let (title, text) = desk.heading();
    let foreign = asked.language.primary() != words.language.primary();
    let digest = asked.digest.map_or(asked.name, |digest| &digest.title);
    let direction = asked.language.direction();
    let told = bounded(digest, LINE);
    let page = page(theme, words, format!("{title} · {}", isolate(&told, words.language.direction())));
    let choices = desk.choices();
    let view = pages::Approval {
        digest_tongue: foreign.then(|| tongue(asked.language)),
        digest: soften(&isolate_runs(&told, direction)),
        title,
        text: soften(&text),
        facts: desk.facts(),
        hint: if asked.stand == Stand::Open { words.approval.hint.clone() } else { String::new() },
        quiet: asked.stand != Stand::Open,
        choices,
        edition_label: words.approval.edition.clone(),
        edition: format!("../approve/{}/edition", asked.token),
    };
    pages::approval(&page, &view)
}

/// Writes a page that says what went wrong.
#[must_use]
pub fn trouble_page(trouble: &Trouble, theme: &Theme, language: &Language) -> String {
    let words = theme.page_words(language);
    let said = &words.trouble;
    let (title, text) = match trouble {
        Trouble::Unknown => (&said.unknown, said.unknown_text.clone()),
        Trouble::Missing => (&said.missing, said.missing_text.clone()),
        Trouble::Refused => (&said.refused, said.refused_text.clone()),
        Trouble::Failed { id } => (&said.failed, fill(&said.failed_text, &[("id", id)])),
    };
    let notice = Notice { title: title.clone(), text: soften(&text) };
    pages::notice(&page(theme, words, title.clone()), &notice)
}

/// Returns the HTML of a message for whoever looks at it in a frame: nobody's own links, the others in new windows.
#[must_use]
pub fn framed(message: &Message) -> String {
    let mut html = message.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    for hole in Hole::ALL {
        html = html.replace(hole.mark(), "#");
    }
    html
}

/// What stands round a page.
pub(super) fn page(theme: &Theme, words: &PageWords, window: String) -> Page {
    Page { tongue: tongue(&words.language), window, css: theme.page_css.clone() }
}

struct Desk<'a> {
    asked: &'a Asked<'a>,
    theme: &'a Theme,
    words: &'a PageWords,
    zone: Tz,
}

impl Desk<'_> {
    fn heading(&self) -> (String, String) {
        let (asked, words) = (self.asked, &self.words.approval);
        let at = |pattern: &str, at| fill(pattern, &[("at", &self.moment(at))]);
        let over = match asked.otherwise {
            Otherwise::Send => &words.over_send,
            Otherwise::Skip => &words.over_skip,
        };
        let (title, text) = match asked.stand {
            Stand::Open => (&words.question, String::new()),
            Stand::Approved => (&words.approved, words.approved_text.clone()),
            Stand::Released(since) => (&words.released, at(&words.released_text, since)),
            Stand::Finished(since) => (&words.finished, at(&words.finished_text, since)),
            Stand::Cancelled => (&words.cancelled, words.cancelled_text.clone()),
            Stand::Over => (&words.over, fill(over, &[("by", &self.moment(asked.by))])),
        };
        (title.clone(), text)
    }

    fn facts(&self) -> Vec<Fact> {
        let (asked, words) = (self.asked, &self.words.approval);
        let noted = |label: &str, text: String, note: &str| {
            let note = soften(note);
            Fact { label: label.to_owned(), text, tongue: None, note }
        };
        let plain = |label: &str, text: String| noted(label, text, "");
        let subject = isolate_runs(&bounded(asked.subject, LINE), asked.language.direction());
        let foreign = asked.language.primary() != self.words.language.primary();
        let tongue = foreign.then(|| tongue(asked.language));
        let subject =
            Fact { label: words.subject.clone(), text: soften(&subject), tongue, note: String::new() };
        let readers = asked.readers.map(|n| plain(&words.readers, grouped(n)));
        let end = otherwise(words, asked.otherwise);
        let deadline =
            (asked.stand == Stand::Open).then(|| noted(&words.deadline, self.moment(asked.by), end));
        let due = plain(&words.due, self.moment(asked.slot));
        [Some(subject), Some(due), readers, deadline].into_iter().flatten().collect()
    }

    fn choices(&self) -> Vec<Choice> {
        let words = &self.words.approval;
        let choice = |label: &str, verb: &str| {
            let action = format!("../{verb}/{}", self.asked.token);
            Choice { label: label.to_owned(), action }
        };
        let cancel = choice(&words.cancel, "cancel");
        match self.asked.stand {
            Stand::Open if self.asked.to_cancel => vec![cancel, choice(&words.approve, "approve")],
            Stand::Open => vec![choice(&words.approve, "approve"), cancel],
            Stand::Approved => vec![cancel],
            Stand::Released(_) | Stand::Finished(_) | Stand::Cancelled | Stand::Over => Vec::new(),
        }
    }

    /// Day and time on the digest's clock.
    fn moment(&self, instant: Instant) -> String {
        let words = self.words;
        let date = dates::full(self.theme.words(&words.language), self.zone, instant);
        let time = instant.with_timezone(&self.zone).format("%H:%M").to_string();
        let zone = isolate(&self.zone.name().replace('_', " "), words.language.direction());
        fill(&words.moment, &[("date", &date), ("time", &time), ("zone", &zone)])
    }
}

const fn otherwise(words: &ApprovalWords, otherwise: Otherwise) -> &String {
    match otherwise {
        Otherwise::Send => &words.else_send,
        Otherwise::Skip => &words.else_skip,
    }
}

/// Writes a number with narrow spaces, as all languages can read it: 12 345.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        // Four digits are read at a glance.
        if place > 0 && digits.len() > 4 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        for (n, expected) in [(0, "0"), (9_999, "9999"), (10_000, "10 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(n).replace('\u{202F}', " "), expected);
        }
    }
}
