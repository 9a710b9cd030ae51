//! `pressrun subscribers import`: a CSV file of any size, streamed; bad lines are told and skipped.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::records::{Record, Records, unguarded};
use super::{Desk, output};
use crate::model::{AddressError, EmailAddress, Name, NewSubscriber, SubscriptionState};
use crate::store::Added;

/// Rows in one transaction.
const BATCH: usize = 10_000;
/// So many bad lines are shown one by one.
const SHOWN: u64 = 10;

/// Readers who go to the same list in the same state.
type Batch = BTreeMap<(Name, &'static str), (SubscriptionState, Vec<NewSubscriber>)>;

pub(super) async fn run(desk: &Desk, file: &Path, only: Option<&Name>) -> anyhow::Result<ExitCode> {
    let (input, size) = open(file)?;
    let bar = output::progress("bytes read", size);
    let mut rows = Rows::new(bar.wrap_read(input))?;
    rows.lists = match only {
        Some(_) => vec![desk.list(only).await?.name],
        None if rows.columns.list.is_none() => vec![desk.list(None).await?.name],
        None => desk.store.lists().await?.into_iter().map(|counted| counted.list.name).collect(),
    };
    rows.only = only.is_some();
    desk.store.prepare_for_import().await?;
    let mut sums: BTreeMap<Name, Added> = BTreeMap::new();
    loop {
        let batch = rows.batch()?;
        if batch.is_empty() {
            break;
        }
        for ((list, _), (state, readers)) in batch {
            let added = desk.store.add_subscribers(&list, &readers, state, desk.clock.now()).await?;
            add(sums.entry(list).or_default(), added, state);
        }
    }
    bar.finish_and_clear();
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

/// Where in a row things stand.
#[derive(Debug)]
struct Columns {
    address: usize,
    name: Option<usize>,
    list: Option<usize>,
    state: Option<usize>,
    zone: Option<usize>,
}

/// The rows of a CSV file as subscribers.
struct Rows<R> {
    records: Records<R>,
    columns: Columns,
    /// The lists that a row may name; the only one takes the rows that name none.
    lists: Vec<Name>,
    /// Whether rows of other lists are to be left out.
    only: bool,
    /// The first line, if it is a reader and not a heading.
    first: Option<Record>,
    bad: u64,
    elsewhere: u64,
}

impl<R: Read> Rows<R> {
    /// Reads the first line, which tells the separator and the columns.
    fn new(input: R) -> anyhow::Result<Self> {
        let mut records = Records::new(input).context("the file cannot be read")?;
        let Some(first) = records.next().context("the file cannot be read")? else {
            bail!("the file is empty");
        };
        let first = first?;
        let (columns, first) = columns(first)?;
        Ok(Self { records, columns, lists: Vec::new(), only: false, first, bad: 0, elsewhere: 0 })
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
                    self.tell(&flaw);
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
                Err(error) => self.tell(&format_args!("line {}: {error}", record.line)),
            }
        }
        Ok(batch)
    }

    fn subscriber(&self, record: &Record) -> Result<(Name, SubscriptionState, NewSubscriber), RowError> {
        let field = |index: Option<usize>| {
            index.and_then(|index| record.fields.get(index)).map(String::as_str).unwrap_or_default()
        };
        let address = EmailAddress::parse(field(Some(self.columns.address)))?;
        let name = unguarded(field(self.columns.name)).split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name.chars().filter(|c| !c.is_control()).take(200).collect();
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
        Ok((list.clone(), state, NewSubscriber { address, name, zone }))
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

    fn tell(&mut self, flaw: &impl std::fmt::Display) {
        self.bad += 1;
        if self.bad <= SHOWN {
            eprintln!("{flaw}");
        } else if self.bad == SHOWN + 1 {
            eprintln!("… and more; the sum is at the end");
        }
    }
}

/// The columns as the first line has them; the line itself comes back if it is a reader and not a heading.
fn columns(first: Record) -> anyhow::Result<(Columns, Option<Record>)> {
    let heading: Vec<String> = first.fields.iter().map(|field| field.trim().to_lowercase()).collect();
    let column = |names: &[&str]| heading.iter().position(|h| names.contains(&h.as_str()));
    if let Some(address) = column(&["email", "e-mail", "email address", "address", "mail", "email_address"]) {
        let name = column(&["name", "full name", "full_name", "first name", "first_name"]);
        let (list, state) = (column(&["list"]), column(&["state"]));
        let zone = column(&["zone", "timezone", "time zone", "time_zone"]);
        let columns = Columns { address, name, list, state, zone };
        return Ok((columns, None));
    }
    match heading.iter().position(|h| EmailAddress::parse(h).is_ok()) {
        Some(address) => {
            let name = (heading.len() > 1).then_some(usize::from(address == 0));
            Ok((Columns { address, name, list: None, state: None, zone: None }, Some(first)))
        }
        None if heading.iter().all(String::is_empty) => bail!("the file is empty"),
        None => bail!(
            "no column is called `email`, and line 1 holds no address; its columns are: {}",
            heading.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &[u8]) -> (Vec<String>, u64) {
        let mut rows = Rows::new(csv).unwrap();
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
        let error = Rows::new(&b"first,last\nAnn,Lee\n"[..]).err().unwrap().to_string();
        assert!(error.contains("first, last"), "{error}");
    }
}
