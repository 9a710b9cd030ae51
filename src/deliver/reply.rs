//! From what a server said, or how a connection broke, to a [`Reply`].

use std::error::Error as _;
use std::fmt::Display;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

use crate::model::{Reply, Step};

/// The characters of a server's words that are kept.
const TEXT: usize = 500;

/// Returns the reply for trouble of the network or of ours: code 0.
pub(super) fn trouble(step: Step, text: impl Display) -> Reply {
    Reply { step, code: 0, enhanced: None, text: tidy(&text.to_string()) }
}

/// Returns the reply for a code and words; the enhanced code is read out of the words (RFC 2034 §4).
pub(super) fn said(step: Step, code: u16, text: &str) -> Reply {
    let text = tidy(text);
    Reply { step, code, enhanced: enhanced(code, &text), text }
}

/// Returns the reply for what lettre read, a yes or a no.
pub(super) fn heard(step: Step, result: Result<Response, Error>) -> Reply {
    match result {
        Ok(response) => said(step, response.code().into(), &words(&response)),
        Err(error) => {
            let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            match error.status() {
                Some(code) => said(step, code.into(), &text),
                None => trouble(step, text),
            }
        }
    }
}

/// Returns the reply for a response that our own dialogue read.
pub(super) fn answered(step: Step, response: &Response) -> Reply {
    said(step, response.code().into(), &words(response))
}

fn words(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}

/// One line, no control characters, not too long.
fn tidy(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 3463 §2: `class.subject.detail`, where the class agrees with the code; some servers put a `#` before it.
fn enhanced(code: u16, text: &str) -> Option<String> {
    let class = match code {
        200..=299 => "2",
        400..=499 => "4",
        500..=599 => "5",
        0..=199 | 300..=399 | 600.. => return None,
    };
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let fits = |word: &str| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.len() == 3 && parts[0] == class && parts[1..].iter().all(|p| number(p))
    };
    let mut words =
        text.split_whitespace().take(4).map(|w| w.trim_matches(['#', '[', ']', '(', ')', ':', ',', ';']));
    words.find(|word| fits(word)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enhanced_code_is_read_where_servers_put_it() {
        for (code, text, expected) in [
            (550, "5.1.1 <ann@example.org>: no such user", Some("5.1.1")),
            (550, "#5.1.0 Address rejected.", Some("5.1.0")),
            (450, "[4.7.1] try later", Some("4.7.1")),
            (250, "2.0.0 Ok: queued as 4F1", Some("2.0.0")),
            (550, "4.7.1 of another class", None),
            (550, "no such user 5.1", None),
            (550, "192.168.1.5 is listed", None),
            (550, "5.1.1000 too long", None),
            (354, "2.0.0 go ahead", None),
            (550, "", None),
        ] {
            assert_eq!(said(Step::Recipient, code, text).enhanced.as_deref(), expected, "{code} {text}");
        }
    }

    #[test]
    fn words_are_one_line_without_controls_and_not_too_long() {
        let reply = said(Step::Recipient, 550, &format!("a\r\nb\0\u{1b}[31m c{}", "é".repeat(900)));
        assert!(reply.text.starts_with("a b [31m c"), "{}", reply.text);
        assert!(reply.text.chars().count() <= 500 && !reply.text.contains(char::is_control));
    }
}
