//! `pressrun subscribers import`: a CSV file of any size, streamed; bad lines are told and skipped.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::columns::{Columns, Mapped, columns};
use super::records::{Record, Records, unguarded};
use super::{Desk, output};
use crate::model::{AddressError, EmailAddress, Name, NewSubscriber, SubscriptionState};
use crate::store::Added;

/// Rows in one transaction; with more, a reader who leaves meanwhile would wait too long.
const BATCH: usize = 2_500;
/// So many bad lines are shown one by one.
const SHOWN: u64 = 10;

/// Readers who go to the same list in the same state.
type Batch = BTreeMap<(Name, &'static str), (SubscriptionState, Vec<NewSubscriber>)>;

/// What an import is told.
pub(super) struct Wish {
    pub(super) file: PathBuf,
    pub(super) list: Option<Name>,
    pub(super) columns: Vec<Mapped>,
    /// Where and how they asked for letters whose row does not say it.
    pub(super) consent: String,
    pub(super) dry_run: bool,
    pub(super) errors: Option<PathBuf>,
}

pub(super) async fn run(desk: &Desk, wish: &Wish) -> anyhow::Result<ExitCode> {
    let (input, size) = open(&wish.file)?;
    let only = wish.list.as_ref();
    let bar = output::progress("bytes read", size);
    let mut rows = Rows::new(bar.wrap_read(input), &wish.columns)?;
    rows.errors = wish.errors.as_deref().map(Errors::create).transpose()?;
    rows.lists = match only {
        Some(_) => vec![desk.list(only).await?.name],
        None if rows.columns.list.is_none() => vec![desk.list(None).await?.name],
        None => desk.store.lists().await?.into_iter().map(|counted| counted.list.name).collect(),
    };
    rows.only = only.is_some();
    rows.consent = one_line(&wish.consent);
    if !wish.dry_run {
        desk.store.prepare_for_import().await?;
    }
    let mut sums: BTreeMap<Name, Added> = BTreeMap::new();
    loop {
        let batch = rows.batch()?;
        if batch.is_empty() {
            break;
        }
        for ((list, _), (state, readers)) in batch {
            let now = desk.clock.now();
            let added = if wish.dry_run {
                desk.store.would_add(&list, &readers, now).await?
            } else {
                desk.store.add_subscribers(&list, &readers, state, now).await?
            };
            add(sums.entry(list).or_default(), added, state);
        }
        if !wish.dry_run {
            desk.store.let_others_write().await;
        }
    }
    bar.finish_and_clear();
    rows.errors.take().map_or(Ok(()), Errors::finish)?;
    if wish.dry_run {
        eprintln!("a dry run: nothing was changed");
    }
    tell(sums, &rows)
}

/// Who comes as unsubscribed counts among those who left, whatever they were here.
fn add(sum: &mut Added, added: Added, state: SubscriptionState) {
    sum.suppressed += added.suppressed;
    sum.left += added.left;
    if state == SubscriptionState::Unsubscribed {
        sum.left += added.new + added.known;
    } else {
        sum.new += added.new;
        sum.known += added.known;
    }
}

fn tell<R>(mut sums: BTreeMap<Name, Added>, rows: &Rows<R>) -> anyhow::Result<ExitCode> {
    if let ([only], true) = (&rows.lists[..], sums.is_empty()) {
        sums.insert(only.clone(), Added::default());
    }
    let mut lines: Vec<String> = sums
        .iter()
        .map(|(list, sum)| {
            format!(
                "{list}: {} new, {} known, {} left earlier and stay away, {} suppressed",
                sum.new, sum.known, sum.left, sum.suppressed
            )
        })
        .collect();
    let rest = format!("{} not understood", rows.bad);
    match &mut lines[..] {
        [only] => *only = format!("{only}, {rest}"),
        _ => lines.push(rest),
    }
    if rows.elsewhere > 0 {
        lines.push(format!("{} of other lists were left out", output::count(rows.elsewhere, "row", "rows")));
    }
    lines.iter().try_for_each(|line| output::say(line))?;
    let good = sums.values().any(|sum| sum.new + sum.known + sum.left > 0);
    Ok(if rows.bad > 0 && !good { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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

/// Why a row is no subscriber.
#[derive(Debug, thiserror::Error)]
enum RowError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(
        "the state is none of confirmed, pending and unsubscribed; rename the column if it means something else"
    )]
    State,
    #[error("the zone is not an IANA name such as Europe/Berlin")]
    Zone,
    #[error("the list is none of yours")]
    List,
    #[error("no list is named; name one with --list")]
    NoList,
    #[error("the row is of another list than --list")]
    Elsewhere,
}

/// Foreign words on one line, at most 200 characters.
fn one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The rows of a CSV file as subscribers.
struct Rows<R> {
    records: Records<R>,
    columns: Columns,
    /// The lists that a row may name; the only one takes the rows that name none.
    lists: Vec<Name>,
    /// The consent of rows that name none.
    consent: String,
    /// Whether rows of other lists are to be left out.
    only: bool,
    /// The first line, if it is a reader and not a heading.
    first: Option<Record>,
    /// Where rows go that are not understood.
    errors: Option<Errors>,
    bad: u64,
    elsewhere: u64,
}

/// A file of rows that are not understood: line, what is wrong, and the row as it was.
struct Errors {
    file: PathBuf,
    rows: csv::Writer<std::fs::File>,
}

impl Errors {
    fn create(file: &Path) -> anyhow::Result<Self> {
        let told = || format!("{} cannot be written", file.display());
        let created = std::fs::File::create(file).with_context(told)?;
        let mut rows = csv::WriterBuilder::new().flexible(true).from_writer(created);
        rows.write_record(["line", "error", "row"]).with_context(told)?;
        Ok(Self { file: file.to_owned(), rows })
    }

    fn add(&mut self, line: u64, error: &str, row: &[String]) -> anyhow::Result<()> {
        let head = [line.to_string(), error.to_owned()];
        let all = head.iter().map(String::as_str).chain(row.iter().map(String::as_str));
        self.rows.write_record(all).with_context(|| format!("{} cannot be written", self.file.display()))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.rows.flush().with_context(|| format!("{} cannot be written", self.file.display()))
    }
}

impl<R: Read> Rows<R> {
    /// Reads the first line, which tells the separator and the columns.
    fn new(input: R, mapped: &[Mapped]) -> anyhow::Result<Self> {
        let mut records = Records::new(input).context("the file cannot be read")?;
        let Some(first) = records.next().context("the file cannot be read")? else {
            bail!("the file is empty");
        };
        let first = first?;
        let (columns, first) = columns(first, mapped)?;
        let (lists, errors) = (Vec::new(), None);
        let consent = String::new();
        Ok(Self { records, columns, lists, consent, only: false, first, errors, bad: 0, elsewhere: 0 })
    }

    /// The next rows that are subscribers, by list and state; empty at the end.
    fn batch(&mut self) -> anyhow::Result<Batch> {
        let (mut batch, mut rows) = (Batch::new(), 0);
        while rows < BATCH {
            let next = match self.first.take() {
                Some(first) => Some(Ok(first)),
                None => self.records.next().context("the file cannot be read on")?,
            };
            let record = match next {
                None => break,
                Some(Err(flaw)) => {
                    self.tell(flaw.line(), &flaw.to_string(), &[])?;
                    continue;
                }
                Some(Ok(record)) => record,
            };
            match self.subscriber(&record) {
                Ok((list, state, reader)) => {
                    let group = batch.entry((list, state.as_str())).or_insert_with(|| (state, Vec::new()));
                    group.1.push(reader);
                    rows += 1;
                }
                Err(_) if record.fields.iter().all(String::is_empty) => {}
                Err(RowError::Elsewhere) => self.elsewhere += 1,
                Err(error) => self.tell(record.line, &error.to_string(), &record.fields)?,
            }
        }
        Ok(batch)
    }

    fn subscriber(&self, record: &Record) -> Result<(Name, SubscriptionState, NewSubscriber), RowError> {
        let field = |index: Option<usize>| {
            index.and_then(|index| record.fields.get(index)).map(String::as_str).unwrap_or_default()
        };
        let address = EmailAddress::parse(field(Some(self.columns.address)))?;
        let name = one_line(unguarded(field(self.columns.name)));
        let consent = match one_line(unguarded(field(self.columns.consent))) {
            said if said.is_empty() => self.consent.clone(),
            said => said,
        };
        let state = match field(self.columns.state).trim().to_lowercase().as_str() {
            "" | "confirmed" => SubscriptionState::Confirmed,
            "pending" => SubscriptionState::Pending,
            "unsubscribed" => SubscriptionState::Unsubscribed,
            _ => return Err(RowError::State),
        };
        let list = self.list(field(self.columns.list).trim())?;
        let zone = match field(self.columns.zone).trim() {
            "" => None,
            zone => Some(zone.parse().map_err(|_| RowError::Zone)?),
        };
        Ok((list.clone(), state, NewSubscriber { address, name, zone, consent }))
    }

    fn list(&self, named: &str) -> Result<&Name, RowError> {
        match &self.lists[..] {
            [only] if named.is_empty() => Ok(only),
            _ if named.is_empty() => Err(RowError::NoList),
            lists => lists.iter().find(|list| list.as_str() == named).ok_or(if self.only {
                RowError::Elsewhere
            } else {
                RowError::List
            }),
        }
    }

    fn tell(&mut self, line: u64, what: &str, row: &[String]) -> anyhow::Result<()> {
        self.bad += 1;
        if self.bad <= SHOWN {
            eprintln!("line {line}: {what}");
        } else if self.bad == SHOWN + 1 {
            eprintln!("… and more; the sum is at the end");
        }
        self.errors.as_mut().map_or(Ok(()), |errors| errors.add(line, what, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &[u8]) -> (Vec<String>, u64) {
        let mut rows = Rows::new(csv, &[]).unwrap();
        rows.lists = vec![Name::parse("readers").unwrap()];
        let batch = rows.batch().unwrap();
        let readers = batch.values().flat_map(|(_, readers)| readers);
        (readers.map(|s| format!("{} {}", s.address.as_str(), s.name)).collect(), rows.bad)
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
        let error = Rows::new(&b"first,last\nAnn,Lee\n"[..], &[]).err().unwrap().to_string();
        assert!(error.contains("first, last"), "{error}");
    }
}
