//! `pressrun subscribers import`: a CSV file of any size, streamed; bad lines are told and skipped.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use csv::ByteRecord;

use super::{Desk, output};
use crate::model::{AddressError, EmailAddress, Name, NewSubscriber, SubscriptionState};
use crate::store::Added;

/// Rows in one transaction.
const BATCH: usize = 10_000;
/// So many bad lines are shown one by one.
const SHOWN: u64 = 10;

pub(super) async fn run(desk: &Desk, file: &Path, list: Option<&Name>) -> anyhow::Result<ExitCode> {
    let list = desk.list(list).await?.name;
    let (input, size) = open(file)?;
    let bar = output::progress("bytes read", size);
    let mut rows = Rows::new(bar.wrap_read(input))?;
    let mut sum = Added::default();
    loop {
        let batch = rows.batch()?;
        if batch.is_empty() {
            break;
        }
        let now = desk.clock.now();
        let added = desk.store.add_subscribers(&list, &batch, SubscriptionState::Confirmed, now).await?;
        sum.new += added.new;
        sum.known += added.known;
        sum.left += added.left;
        sum.suppressed += added.suppressed;
    }
    bar.finish_and_clear();
    output::say(&format!(
        "{list}: {} new, {} known, {} left earlier and stay away, {} suppressed, {} not understood",
        sum.new, sum.known, sum.left, sum.suppressed, rows.bad
    ))?;
    Ok(if rows.bad > 0 && sum.new + sum.known == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The input and, for a file, its size.
fn open(file: &Path) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
    if file == Path::new("-") {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let opened = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let size = opened.metadata().map(|m| m.len()).ok();
    Ok((Box::new(opened), size))
}

/// The rows of a CSV file as subscribers.
struct Rows<R> {
    reader: csv::Reader<std::io::Chain<std::io::Cursor<Vec<u8>>, R>>,
    address: usize,
    name: Option<usize>,
    /// The first line, if it is a reader and not a heading.
    first: Option<ByteRecord>,
    bad: u64,
}

impl<R: Read> Rows<R> {
    /// Reads the first line, which tells the separator and the columns.
    fn new(mut input: R) -> anyhow::Result<Self> {
        let mut head = vec![0; 4096];
        let mut length = 0;
        while length < head.len() {
            match input.read(&mut head[length..])? {
                0 => break,
                n => length += n,
            }
        }
        head.truncate(length);
        if head.starts_with(b"\xEF\xBB\xBF") {
            head.drain(..3);
        }
        let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
        let often = |separator: &u8| line.iter().filter(|b| *b == separator).count();
        let separator = [b',', b';', b'\t'].into_iter().rev().max_by_key(often).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(std::io::Cursor::new(head).chain(input));
        let mut first = ByteRecord::new();
        reader.read_byte_record(&mut first).context("line 1 is not CSV")?;
        let heading: Vec<String> = first.iter().map(|f| text(f).trim().to_lowercase()).collect();
        let column = |names: &[&str]| heading.iter().position(|h| names.contains(&h.as_str()));
        let address = column(&["email", "e-mail", "email address", "address", "mail", "email_address"]);
        let name = column(&["name", "full name", "full_name", "first name", "first_name"]);
        let (address, name, first) = match address {
            Some(address) => (address, name, None),
            None => match heading.iter().position(|h| EmailAddress::parse(h).is_ok()) {
                Some(address) => {
                    (address, (heading.len() > 1).then_some(usize::from(address == 0)), Some(first))
                }
                None if heading.iter().all(String::is_empty) => bail!("the file is empty"),
                None => bail!(
                    "no column is called `email`, and line 1 holds no address; its columns are: {}",
                    heading.join(", ")
                ),
            },
        };
        Ok(Self { reader, address, name, first, bad: 0 })
    }

    /// The next rows that are subscribers; empty at the end.
    fn batch(&mut self) -> anyhow::Result<Vec<NewSubscriber>> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut record = ByteRecord::new();
        while batch.len() < BATCH {
            let there = match self.first.take() {
                Some(first) => {
                    record = first;
                    true
                }
                None => self.reader.read_byte_record(&mut record)?,
            };
            if !there {
                break;
            }
            match self.subscriber(&record) {
                Ok(subscriber) => batch.push(subscriber),
                Err(_) if record.iter().all(<[u8]>::is_empty) => {}
                Err(error) => self.tell(&record, error),
            }
        }
        Ok(batch)
    }

    fn subscriber(&self, record: &ByteRecord) -> Result<NewSubscriber, AddressError> {
        let field = |index: usize| text(record.get(index).unwrap_or_default());
        let address = EmailAddress::parse(&field(self.address))?;
        let name = self.name.map(field).unwrap_or_default();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(NewSubscriber { address, name: name.chars().filter(|c| !c.is_control()).take(200).collect() })
    }

    fn tell(&mut self, record: &ByteRecord, error: AddressError) {
        self.bad += 1;
        if self.bad <= SHOWN {
            let line = record.position().map_or(1, csv::Position::line);
            eprintln!("line {line}: {error}");
        } else if self.bad == SHOWN + 1 {
            eprintln!("… and more; the sum is at the end");
        }
    }
}

/// A field as text: UTF-8, or else the Western European encoding that spreadsheets write.
fn text(field: &[u8]) -> String {
    match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(field).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &[u8]) -> (Vec<String>, u64) {
        let mut rows = Rows::new(csv).unwrap();
        let batch = rows.batch().unwrap();
        (batch.iter().map(|s| format!("{} {}", s.address.as_str(), s.name)).collect(), rows.bad)
    }

    #[test]
    fn the_columns_are_found_by_their_headings_in_any_order_and_separator() {
        let expected = vec!["ann@a.example Ann Lee".to_owned(), "bob@b.example ".to_owned()];
        assert_eq!(read(b"name,email\nAnn  Lee,ann@a.example\n,bob@b.example\n").0, expected);
        assert_eq!(
            read(b"\xEF\xBB\xBFE-Mail;Name\r\nann@a.example;Ann Lee\r\nbob@b.example;\r\n").0,
            expected
        );
    }

    #[test]
    fn a_file_without_headings_is_read_from_its_first_line() {
        assert_eq!(read(b"ann@a.example\nbob@b.example\n").0.len(), 2);
        assert_eq!(read(b"Ann,ann@a.example\n").0, ["ann@a.example Ann"]);
    }

    #[test]
    fn a_bad_line_is_counted_and_loses_no_other() {
        let (good, bad) = read(b"email\nann@a.example\nnonsense\n\nbob@b.example\n");
        assert_eq!((good.len(), bad), (2, 1));
    }

    #[test]
    fn a_spreadsheet_in_windows_encoding_keeps_its_names() {
        assert_eq!(read(b"email,name\nann@a.example,Andr\xE9\n").0, ["ann@a.example André"]);
    }

    #[test]
    fn a_file_with_no_address_column_says_what_it_has() {
        let error = Rows::new(&b"first,last\nAnn,Lee\n"[..]).err().unwrap().to_string();
        assert!(error.contains("first, last"), "{error}");
    }
}
