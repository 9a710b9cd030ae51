//! CSV as it really comes: records of bounded size, so that one unclosed quote or endless line costs a line.
//!
//! A quoted field may hold line breaks. Where a quote is never closed, or closed in the middle of a field that
//! spans lines, the line on which its record begins is given as [`Flaw::Unclosed`] and reading goes on with the
//! next one. A quoted field within one line is read leniently.

use std::io::Read;

/// The largest record, in bytes.
pub(super) const LARGEST: usize = 64 * 1024;
/// Bytes read ahead; a record that is looked at is always in memory as a whole.
const AHEAD: usize = 4 * LARGEST;

/// A record and the line on which it begins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

/// Why a line gave no record; it has been skipped.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    /// A quote without an end.
    #[error("a quote that opens here is not closed properly within 64 KB; its record was left out")]
    Unclosed(u64),
    /// A line without an end.
    #[error("it is longer than 64 KB and was left out")]
    TooLong(u64),
}

impl Flaw {
    /// The line.
    pub(super) const fn line(&self) -> u64 {
        match self {
            Self::Unclosed(line) | Self::TooLong(line) => *line,
        }
    }
}

/// The records of an input, one after another.
pub(super) struct Records<R> {
    input: R,
    ahead: Vec<u8>,
    start: usize,
    ended: bool,
    line: u64,
    separator: u8,
}

/// Where a look at what is ahead ended.
enum Seen {
    /// A record of so many bytes and line breaks, with its fields.
    Record { bytes: usize, breaks: u64, fields: Vec<String> },
    /// A quote that opened so many line breaks further on.
    Unclosed(u64),
    /// A line without an end.
    TooLong,
}

impl<R: Read> Records<R> {
    /// Begins to read; the first line tells the separator (comma, semicolon or tab).
    pub(super) fn new(input: R) -> std::io::Result<Self> {
        let mut records = Self {
            input,
            ahead: Vec::with_capacity(AHEAD),
            start: 0,
            ended: false,
            line: 1,
            separator: b',',
        };
        records.fill()?;
        if records.ahead.starts_with(b"\xEF\xBB\xBF") {
            records.start = 3;
        }
        let first = &records.rest()[..first_line(records.rest()).0];
        let often = |separator: &u8| first.iter().filter(|b| *b == separator).count();
        records.separator = [b',', b';', b'\t'].into_iter().rev().max_by_key(often).unwrap_or(b',');
        Ok(records)
    }

    /// The next record, or why a line is none; `None` at the end.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Result<Record, Flaw>>> {
        self.fill()?;
        if self.rest().is_empty() {
            return Ok(None);
        }
        let line = self.line;
        Ok(Some(match self.look() {
            Seen::Record { bytes, breaks, fields } => {
                self.start += bytes;
                self.line += breaks;
                Ok(Record { line, fields })
            }
            Seen::Unclosed(breaks) => {
                self.skip_line()?;
                Err(Flaw::Unclosed(line + breaks))
            }
            Seen::TooLong => {
                self.skip_line()?;
                Err(Flaw::TooLong(line))
            }
        }))
    }

    fn rest(&self) -> &[u8] {
        &self.ahead[self.start..]
    }

    /// Reads on until a whole record is ahead, or the end.
    fn fill(&mut self) -> std::io::Result<()> {
        if self.ended || self.rest().len() > LARGEST + 1 {
            return Ok(());
        }
        self.ahead.drain(..self.start);
        self.start = 0;
        while !self.ended && self.ahead.len() < AHEAD {
            let missing = (AHEAD - self.ahead.len()) as u64;
            let read = self.input.by_ref().take(missing).read_to_end(&mut self.ahead)?;
            self.ended = read == 0;
        }
        Ok(())
    }

    /// Leaves out what is ahead up to the next line break, however far that is.
    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let (length, broken) = first_line(self.rest());
            self.start += length;
            if broken > 0 {
                self.start += broken;
                self.line += 1;
                return Ok(());
            }
            self.fill()?;
            if self.rest().is_empty() {
                return Ok(());
            }
        }
    }

    /// Splits what is ahead, up to the end of the first record.
    fn look(&self) -> Seen {
        let rest = &self.rest()[..self.rest().len().min(LARGEST + 1)];
        let whole = self.ended && rest.len() <= LARGEST;
        let (mut at, mut breaks, mut fields) = (0, 0, Vec::new());
        loop {
            let opened = breaks;
            let mut field = Vec::new();
            if rest.get(at) == Some(&b'"') {
                let Some((length, inside)) = quoted(&rest[at + 1..], &mut field) else {
                    let endless = first_line(rest).1 == 0 && !whole;
                    return if endless { Seen::TooLong } else { Seen::Unclosed(opened) };
                };
                at += 1 + length;
                breaks += inside;
            }
            let plain = rest[at..].iter().position(|b| *b == self.separator || matches!(b, b'\r' | b'\n'));
            let plain = plain.unwrap_or(rest.len() - at);
            if plain > 0 && opened < breaks {
                return Seen::Unclosed(opened);
            }
            field.extend_from_slice(&rest[at..at + plain]);
            at += plain;
            fields.push(text(&field));
            match rest.get(at) {
                Some(b) if *b == self.separator => at += 1,
                Some(_) => {
                    let broken = first_line(&self.rest()[at..]).1;
                    return Seen::Record { bytes: at + broken, breaks: breaks + 1, fields };
                }
                None if whole => return Seen::Record { bytes: at, breaks, fields },
                None => return Seen::TooLong,
            }
        }
    }
}

/// Copies a quoted field without its quotes; its length with the closing one, and the line breaks in it.
fn quoted(rest: &[u8], field: &mut Vec<u8>) -> Option<(usize, u64)> {
    let mut at = 0;
    loop {
        let length = rest[at..].iter().position(|b| *b == b'"')?;
        field.extend_from_slice(&rest[at..at + length]);
        at += length + 1;
        if rest.get(at) != Some(&b'"') {
            let breaks = field.iter().filter(|b| **b == b'\n').count() as u64;
            return Some((at, breaks));
        }
        field.push(b'"');
        at += 1;
    }
}

/// The lengths of the first line and of its line break (`\n`, `\r\n` or `\r`), 0 if it has none.
fn first_line(bytes: &[u8]) -> (usize, usize) {
    match bytes.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        None => (bytes.len(), 0),
        Some(at) if bytes[at..].starts_with(b"\r\n") => (at, 2),
        Some(at) => (at, 1),
    }
}

/// A field as text: UTF-8, or else the Western European encoding that spreadsheets write.
fn text(field: &[u8]) -> String {
    match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(field).0.into_owned(),
    }
}

/// Puts a quote before a text that a spreadsheet would run as a formula.
pub(super) fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Takes the quote of [`guarded`] away again.
pub(super) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// True for what begins like a formula, be it behind quotes, so that guarding can always be undone.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t'])
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
