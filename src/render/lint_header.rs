//! The letter as it goes over the wire: fields, lines, encodings (RFC 5322, RFC 2045, RFC 2046).

use super::lint::{Book, Part, Place, Rule, Severity, short};
use super::lint_mail::Mail;

static NO_FROM: Rule = Rule {
    name: "from-missing",
    severity: Severity::Error,
    why: "RFC 5322 §3.6 asks for it, DMARC rests on it; Gmail and Outlook refuse mail without.",
    way_out: "Write one From with one address of your domain.",
};
static MANY_FROM: Rule = Rule {
    name: "from-many",
    severity: Severity::Error,
    why: "DMARC has no answer to two senders; Gmail refuses them.",
    way_out: "Name one address in From.",
};
static NO_DATE: Rule = Rule {
    name: "date-missing",
    severity: Severity::Error,
    why: "RFC 5322 §3.6 asks for a date; without a valid one clients sort the mail to 1970, and filters count it.",
    way_out: "Write Date: Mon, 05 Jan 2026 07:00:00 +0000, the time of sending.",
};
static NO_ID: Rule = Rule {
    name: "message-id-missing",
    severity: Severity::Error,
    why: "Gmail asks for a valid Message-ID, and without one copies cannot be told from new mail.",
    way_out: "Write Message-ID: <something-unique@your.domain>, another one for each letter.",
};
static TWICE: Rule = Rule {
    name: "header-twice",
    severity: Severity::Error,
    why: "RFC 5322 §3.6 allows the field once; Gmail refuses mail that has it twice, since readers and filters may see another one.",
    way_out: "Keep one of them.",
};
static NO_FIELD: Rule = Rule {
    name: "header-malformed",
    severity: Severity::Error,
    why: "A line of the header that is no field ends it for some programs: what follows becomes the body.",
    way_out: "Fold long fields with a blank at the next line's start; let no line break into a value.",
};
static EIGHT_BIT_HEADER: Rule = Rule {
    name: "header-8bit",
    severity: Severity::Error,
    why: "Letters beyond ASCII in a header are garbled on the way, or the mail is refused (RFC 5322 §2.2).",
    way_out: "Encode them: =?utf-8?q?…?= (RFC 2047).",
};
static LONG_LINE: Rule = Rule {
    name: "line-long",
    severity: Severity::Error,
    why: "Servers refuse or break lines over 998 octets (RFC 5322 §2.1.1), in the middle of a tag or an address.",
    way_out: "Encode the part as quoted-printable or base64; fold the header.",
};
static EIGHT_BIT: Rule = Rule {
    name: "body-8bit",
    severity: Severity::Warning,
    why: "A server without 8BITMIME converts or damages it, and a DKIM signature breaks with it (RFC 6376 §5.3).",
    way_out: "Encode the part as quoted-printable.",
};
static LINE_ENDS: Rule = Rule {
    name: "line-ends-mixed",
    severity: Severity::Error,
    why: "A bare CR or LF among CRLF is refused since it lets mail be smuggled in (RFC 5321 §2.3.8).",
    way_out: "End each line with CRLF, and let no other CR or LF stand.",
};
static NUL: Rule = Rule {
    name: "nul-byte",
    severity: Severity::Error,
    why: "A NUL ends the mail for some programs; others refuse it (RFC 5322 §4).",
    way_out: "Take it out of the text.",
};
static NO_MIME: Rule = Rule {
    name: "mime-version-missing",
    severity: Severity::Warning,
    why: "Without it a strict reader takes the parts and their encoding for plain words (RFC 2045 §4).",
    way_out: "Write MIME-Version: 1.0.",
};
static CHARSET: Rule = Rule {
    name: "charset-not-utf8",
    severity: Severity::Hint,
    why: "Another charset loses the letters that it does not have, and clients guess where none is named.",
    way_out: "Write the part in UTF-8, and charset=utf-8 into its Content-Type.",
};
static DAMAGED: Rule = Rule {
    name: "encoding-damaged",
    severity: Severity::Error,
    why: "Bytes that are not what the part says come out as question marks, or not at all.",
    way_out: "Encode the part anew, in the charset and transfer encoding that it names.",
};
static RECIPIENTS: Rule = Rule {
    name: "recipients-many",
    severity: Severity::Warning,
    why: "Readers see each other's addresses, and one link cannot unsubscribe them all (RFC 8058 §3.1).",
    way_out: "Send each reader a letter of their own.",
};

pub(super) static RULES: &[&Rule] = &[
    &NO_FROM,
    &MANY_FROM,
    &NO_DATE,
    &NO_ID,
    &TWICE,
    &NO_FIELD,
    &EIGHT_BIT_HEADER,
    &LONG_LINE,
    &EIGHT_BIT,
    &LINE_ENDS,
    &NUL,
    &NO_MIME,
    &CHARSET,
    &DAMAGED,
    &RECIPIENTS,
];

/// Fields of which there is one (RFC 5322 §3.6, RFC 2045, RFC 2919, RFC 8058).
const ONCE: [&str; 14] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "date",
    "subject",
    "message-id",
    "mime-version",
    "content-type",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

pub(super) fn check(mail: &Mail, bytes: &[u8], book: &mut Book) {
    let whole = || Place::whole(Part::Header);
    match mail.from.len() {
        0 => book.add(&NO_FROM, whole(), "the mail has no sender"),
        1 => {}
        count => book.add(&MANY_FROM, whole(), format!("{count} senders")),
    }
    // Checks the weekday, too.
    if chrono::DateTime::parse_from_rfc2822(mail.value("date")).is_err() {
        book.add(
            &NO_DATE,
            whole(),
            if mail.value("date").is_empty() { "no Date" } else { "a Date that is none" },
        );
    }
    let id = mail.value("message-id");
    let inside = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).and_then(|id| id.split_once('@'));
    if inside.is_none_or(|(left, right)| left.is_empty() || !right.contains('.') || id.contains(' ')) {
        book.add(
            &NO_ID,
            whole(),
            if id.is_empty() { "no Message-ID" } else { "a Message-ID without a domain" },
        );
    }
    if mail.value("mime-version").is_empty() {
        book.add(&NO_MIME, whole(), "no MIME-Version");
    }
    for name in ONCE {
        if let Some(second) = mail.fields.iter().filter(|field| field.name == name).nth(1) {
            book.add(&TWICE, Place::line(Part::Header, second.line), format!("a second {name}"));
        }
    }
    for line in &mail.stray {
        book.add(&NO_FIELD, Place::line(Part::Header, *line), "a line that is no field");
    }
    if mail.recipients > 1 {
        book.add(&RECIPIENTS, whole(), format!("{} recipients", mail.recipients));
    }
    for body in &mail.bodies {
        let part = if body.html { Part::Html } else { Part::Text };
        if body.charset.as_deref().is_none_or(|charset| !matches!(charset, "utf-8" | "utf8")) {
            let named = body.charset.as_deref().unwrap_or("none");
            book.add(&CHARSET, Place::whole(part), format!("the charset {}", short(named, 30)));
        }
        if body.damaged {
            book.add(&DAMAGED, Place::whole(part), "bytes that are not in the encoding of the part");
        }
    }
    lines(bytes, book);
}

fn lines(bytes: &[u8], book: &mut Book) {
    let crlf = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    let (mut line, mut length, mut header, mut before, mut told) = (1, 0, true, 0, 0);
    for &byte in bytes {
        let part = if header { Part::Header } else { Part::Source };
        match byte {
            b'\n' => {
                // A file with line feeds alone was saved so; what goes over the wire has CRLF again.
                if crlf > 0 && before != b'\r' {
                    book.add(&LINE_ENDS, Place::line(part, line), "a bare line feed");
                }
                header &= length > usize::from(before == b'\r');
                (line, length) = (line + 1, 0);
            }
            _ => length += 1,
        }
        if before == b'\r' && byte != b'\n' {
            book.add(&LINE_ENDS, Place::line(part, line), "a bare carriage return");
        }
        if byte == 0 {
            book.add(&NUL, Place::line(part, line), "a NUL");
        }
        // 998 octets and the CR of their end.
        if length == 1_000 || length == 999 && byte != b'\r' {
            book.add(&LONG_LINE, Place::line(part, line), "a line of more than 998 octets");
        }
        if byte >= 0x80 && told != line {
            told = line;
            let rule = if header { &EIGHT_BIT_HEADER } else { &EIGHT_BIT };
            book.add(rule, Place::line(part, line), "octets beyond ASCII");
        }
        before = byte;
    }
}
