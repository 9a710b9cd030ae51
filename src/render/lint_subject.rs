//! The subject and the sender's name, as inbox lists and filters see them.

use unicode_segmentation::UnicodeSegmentation as _;

use super::lint::{Book, Part, Place, Rule, Severity, short};
use super::lint_direction::unbalanced;
use super::lint_mail::Mail;

static MISSING: Rule = Rule {
    name: "subject-missing",
    severity: Severity::Error,
    why: "A mail without a subject is opened by nobody, and filters count it.",
    way_out: "Say in the subject what is in the mail.",
};
static LONG: Rule = Rule {
    name: "subject-long",
    severity: Severity::Warning,
    why: "A desk shows about 70 characters and a phone 40; past 150 it looks like a fault, and Gmail refuses 998.",
    way_out: "Put what matters into the first 40 characters, and stay under 150.",
};
static SHOUTS: Rule = Rule {
    name: "subject-shouts",
    severity: Severity::Warning,
    why: "A subject in capitals is read as shouting, and is a mark of spam to every filter.",
    way_out: "Write it as a sentence.",
};
static EXCLAIMS: Rule = Rule {
    name: "subject-exclaims",
    severity: Severity::Warning,
    why: "Rows of exclamation or question marks, or of dollar signs, are a mark of spam.",
    way_out: "One mark is enough; none is better.",
};
static ANSWER: Rule = Rule {
    name: "subject-false-answer",
    severity: Severity::Error,
    why: "A mail that pretends to answer or to be forwarded is taken for fraud; Gmail's guidelines forbid it.",
    way_out: "Take Re: or Fwd: off the subject.",
};
static CONTROLS: Rule = Rule {
    name: "subject-controls",
    severity: Severity::Warning,
    why: "Invisible characters in a subject are how filters are deceived, and direction marks that are not ended turn the list of mails.",
    way_out: "Take them out; pair U+2068 with U+2069.",
};
static UNFILLED: Rule = Rule {
    name: "subject-unfilled",
    severity: Severity::Error,
    why: "A placeholder that was not filled tells every reader that something went wrong.",
    way_out: "Fill it, or take it out of the subject.",
};
static SENDER: Rule = Rule {
    name: "sender-unnamed",
    severity: Severity::Warning,
    why: "Inboxes show the sender's name before the subject; a bare address looks like a machine.",
    way_out: "Write From: The Name <address>, the same name each time.",
};
static NO_REPLY: Rule = Rule {
    name: "sender-no-reply",
    severity: Severity::Hint,
    why: "Readers answer mails to be taken off the list; if nobody hears them they report spam.",
    way_out: "Send from an address that somebody reads, or name one in Reply-To.",
};

pub(super) static RULES: &[&Rule] =
    &[&MISSING, &LONG, &SHOUTS, &EXCLAIMS, &ANSWER, &CONTROLS, &UNFILLED, &SENDER, &NO_REPLY];

/// The most characters of a subject.
const MOST: usize = 150;

pub(super) fn check(mail: &Mail, book: &mut Book) {
    let subject = mail.subject.trim();
    let mut tell = |rule: &'static Rule, what: String| {
        let line = mail.field("subject").map(|field| field.line);
        book.add(rule, Place { part: Part::Header, line, text: format!("“{}”", short(subject, 60)) }, what);
    };
    if subject.is_empty() {
        book.add(&MISSING, Place::whole(Part::Header), "the mail has no subject");
    } else {
        let count = subject.graphemes(true).count();
        if count > MOST {
            tell(&LONG, format!("a subject of {count} characters"));
        }
        if is_loud(subject, 2) {
            tell(&SHOUTS, "a subject in capitals".to_owned());
        }
        if exclaims(subject) {
            tell(&EXCLAIMS, "a subject that cries out".to_owned());
        }
        let start = subject.split([':', '[']).next().unwrap_or_default().trim().to_lowercase();
        let answer = ["re", "fwd", "fw", "aw", "wg"].contains(&start.as_str()) && subject.contains(':');
        if answer && mail.field("in-reply-to").is_none() {
            tell(&ANSWER, "a subject like that of an answer".to_owned());
        }
        let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
        if let Some(c) = subject.chars().find(|c| hidden(*c)) {
            tell(&CONTROLS, format!("the invisible U+{:04X}", c as u32));
        } else if let Some(trouble) = unbalanced(subject) {
            tell(&CONTROLS, trouble);
        }
        if let Some(hole) = placeholder(subject) {
            tell(&UNFILLED, format!("the placeholder {hole}"));
        }
    }
    sender(mail, book);
}

fn sender(mail: &Mail, book: &mut Book) {
    let [(name, address)] = mail.from.as_slice() else { return };
    let place = || Place {
        part: Part::Header,
        line: mail.field("from").map(|field| field.line),
        text: String::new(),
    };
    if name.trim().is_empty() || name.contains('@') {
        book.add(&SENDER, place(), "the sender has no name");
    }
    let local =
        address.split('@').next().unwrap_or_default().to_ascii_lowercase().replace(['-', '_', '.'], "");
    if matches!(local.as_str(), "noreply" | "donotreply" | "dontreply") && mail.field("reply-to").is_none() {
        book.add(&NO_REPLY, place(), "an address that nobody reads, without Reply-To");
    }
}

/// True if most words of more than three letters are in capitals, and there are so many of them.
pub(super) fn is_loud(text: &str, least: usize) -> bool {
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3);
    let (mut loud, mut all) = (0, 0);
    for word in words {
        let cased = |c: &char| c.is_uppercase() || c.is_lowercase();
        all += usize::from(word.chars().any(|c| cased(&c)));
        loud += usize::from(
            word.chars().any(|c| cased(&c)) && word.chars().filter(cased).all(char::is_uppercase),
        );
    }
    loud >= least && loud * 3 > all * 2
}

fn exclaims(text: &str) -> bool {
    rows_of_marks(text, 2) || text.chars().filter(|c| *c == '!').count() >= 3
}

/// True if so many exclamation and question marks stand in a row, or so many dollar signs.
pub(super) fn rows_of_marks(text: &str, least: usize) -> bool {
    let loud = |c: char| matches!(c, '!' | '?' | '！' | '？' | '¡');
    let mut run = 0;
    let row = text.chars().any(|c| {
        run = if loud(c) { run + 1 } else { 0 };
        run >= least
    });
    row || text.contains(&"$".repeat(least))
}

/// `{{name}}`, `*|NAME|*`, `%%name%%`, `[[name]]`.
fn placeholder(text: &str) -> Option<&str> {
    [("{{", "}}"), ("*|", "|*"), ("%%", "%%"), ("[[", "]]")].into_iter().find_map(|(open, close)| {
        let start = text.find(open)?;
        let length = text[start + open.len()..].find(close)?;
        Some(&text[start..start + open.len() + length + close.len()])
    })
}
