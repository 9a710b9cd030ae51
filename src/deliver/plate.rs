//! A plate: a message encoded once, with cut points for what differs per reader.

use aws_lc_rs::digest::{SHA256, digest};
use chrono_tz::Tz;

use super::header;
use super::quoted::Quoted;
use crate::model::{EmailAddress, Hole, Instant, Mailbox, Message};

/// RFC 2919 §2: octets of a List-Id.
const LIST_ID: usize = 255;

/// What is printed on every letter of a message, whatever the reader.
#[derive(Debug, Clone)]
pub struct Imprint {
    /// The sender: From, and the sender of the envelope where a reader has no return path.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The list that it goes through; none for a mail to one person, who has asked for it.
    pub list: Option<ListHead>,
    /// When the message goes out.
    pub date: Instant,
    /// The zone in which the date is written.
    pub zone: Tz,
}

/// What a letter says of its list.
#[derive(Debug, Clone)]
pub struct ListHead {
    /// The list as readers know it.
    pub title: String,
    /// RFC 2919: `name.domain`, stable for ever.
    pub id: String,
}

/// Why a message makes no plate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlateError {
    /// RFC 2919 §2.
    #[error("`{0}` is not a List-Id: expected at most 255 of a-z, 0-9, - and _ in parts joined by dots")]
    ListId(String),
    /// RFC 8058 is for machines; a reader needs a link to see (MAIL-RULES L4).
    #[error("the {0} part has no unsubscribe link: expected the unsubscribe mark at least once")]
    NoUnsubscribe(&'static str),
    /// Nothing fills the holes of a letter through no list.
    #[error("the {0} part has a mark for a reader's address, and the letter goes through no list")]
    Hole(&'static str),
    /// A date that RFC 5322 cannot write.
    #[error("the year {0} cannot stand in a Date: expected 1970 to 9999")]
    Date(i32),
}

/// A message, encoded once; letters are copied from it.
#[derive(Debug, Clone)]
pub struct Plate {
    pub(super) fixed: Vec<u8>,
    pub(super) cuts: Vec<Cut>,
    pub(super) sender: EmailAddress,
    /// True if its letters go through a list, and tell each reader how to leave it.
    pub(super) listed: bool,
}

/// A place in a plate and what comes there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) field: Field,
}

/// What differs per reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    To,
    MessageId,
    ListUnsubscribe,
    Text(Hole),
    Html(Hole),
}

impl Plate {
    /// Encodes a message: headers, text and HTML, in the order in which they travel.
    pub fn new(message: &Message, imprint: &Imprint) -> Result<Self, PlateError> {
        check(imprint, &[("text", &message.text), ("HTML", &message.html)])?;
        let boundary = boundary(message, imprint);
        let mut draft = Draft::default();
        draft.headers(message, imprint)?;
        draft.push(&format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n"));
        for (subtype, text, field) in
            [("plain", &message.text, Field::Text as fn(Hole) -> Field), ("html", &message.html, Field::Html)]
        {
            draft.push(&format!("\r\n--{boundary}\r\n"));
            draft.part(subtype, text, field);
        }
        draft.push(&format!("\r\n--{boundary}--\r\n"));
        Ok(draft.plate(imprint))
    }

    /// Encodes the text of a message alone, for readers who want no HTML.
    pub fn plain(message: &Message, imprint: &Imprint) -> Result<Self, PlateError> {
        check(imprint, &[("text", &message.text)])?;
        let mut draft = Draft::default();
        draft.headers(message, imprint)?;
        draft.part("plain", &message.text, Field::Text);
        if !draft.out.ends_with(b"\r\n") {
            draft.push("\r\n");
        }
        Ok(draft.plate(imprint))
    }
}

#[derive(Default)]
struct Draft {
    out: Vec<u8>,
    cuts: Vec<Cut>,
}

impl Draft {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn cut(&mut self, field: Field) {
        self.cuts.push(Cut { at: self.out.len(), field });
    }

    fn plate(self, imprint: &Imprint) -> Plate {
        let (sender, listed) = (imprint.from.address.clone(), imprint.list.is_some());
        Plate { fixed: self.out, cuts: self.cuts, sender, listed }
    }

    /// RFC 5322 §3.6: each header once.
    fn headers(&mut self, message: &Message, imprint: &Imprint) -> Result<(), PlateError> {
        let from = header::mailbox(6, &imprint.from.name, imprint.from.address.as_str());
        self.push(&format!("From: {from}\r\nTo: "));
        self.cut(Field::To);
        let subject = header::unstructured(9, &message.subject);
        let date = date(imprint)?;
        self.push(&format!("\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <"));
        self.cut(Field::MessageId);
        self.push(">\r\nMIME-Version: 1.0\r\n");
        if let Some(reply_to) = &imprint.reply_to {
            self.push(&format!("Reply-To: {reply_to}\r\n"));
        }
        if let Some(list) = &imprint.list {
            self.list(list);
        }
        // RFC 3834 §5: nobody need answer.
        self.push("Auto-Submitted: auto-generated\r\n");
        Ok(())
    }

    fn list(&mut self, list: &ListHead) {
        let list_id = header::list_id(9, &list.title, &list.id, LIST_ID);
        // RFC 8058 §3.1: exactly one https URI; RFC 2369 §2: in angle brackets, no blanks inside.
        self.push(&format!("List-Id: {list_id}\r\nList-Unsubscribe: <"));
        self.cut(Field::ListUnsubscribe);
        // RFC 8058 §5: never folded.
        self.push(">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }

    /// RFC 2046 §5.1.1: the line end before a delimiter is the delimiter's.
    fn part(&mut self, subtype: &str, text: &str, field: fn(Hole) -> Field) {
        self.push(&format!(
            "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        ));
        let mut quoted = Quoted::after(std::mem::take(&mut self.out));
        let mut rest = text;
        while let Some((at, hole, after)) = next_hole(rest) {
            quoted.text(&rest[..at]);
            self.cuts.push(Cut { at: quoted.hole(), field: field(hole) });
            rest = after;
        }
        quoted.text(rest);
        self.out = quoted.into_bytes();
    }
}

/// Finds the first hole: where, which, and what comes after.
fn next_hole(text: &str) -> Option<(usize, Hole, &str)> {
    let (at, mark) = text.char_indices().find(|(_, c)| Hole::ALL.iter().any(|hole| hole.mark() == *c))?;
    let hole = Hole::ALL.into_iter().find(|hole| hole.mark() == mark)?;
    Some((at, hole, &text[at + mark.len_utf8()..]))
}

fn check(imprint: &Imprint, parts: &[(&'static str, &String)]) -> Result<(), PlateError> {
    let Some(ListHead { id, .. }) = &imprint.list else {
        let holed = parts.iter().find(|(_, text)| next_hole(text).is_some());
        return holed.map_or(Ok(()), |(name, _)| Err(PlateError::Hole(name)));
    };
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if id.len() > LIST_ID - 2 || !id.contains('.') || !id.split('.').all(part) {
        return Err(PlateError::ListId(header::one_line(id).chars().take(80).collect()));
    }
    for (name, text) in parts {
        if !text.contains(Hole::Unsubscribe.mark()) {
            return Err(PlateError::NoUnsubscribe(name));
        }
    }
    Ok(())
}

/// RFC 5322 §3.3: weekday, numeric zone.
fn date(imprint: &Imprint) -> Result<String, PlateError> {
    use chrono::Datelike as _;
    let local = imprint.date.with_timezone(&imprint.zone);
    if !(1970..=9999).contains(&local.year()) {
        return Err(PlateError::Date(local.year()));
    }
    Ok(local.format("%a, %d %b %Y %H:%M:%S %z").to_string())
}

/// RFC 2046 §5.1.1: made from the content; `=_` cannot stand in quoted-printable text (RFC 2045 §6.7).
fn boundary(message: &Message, imprint: &Imprint) -> String {
    let date = imprint.date.timestamp().to_string();
    let list = imprint.list.as_ref().map_or("", |list| &list.id);
    let all = [&message.subject, &message.text, &message.html, list, &date];
    let hash = digest(&SHA256, all.join("\0").as_bytes());
    let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("=_{hex}")
}
