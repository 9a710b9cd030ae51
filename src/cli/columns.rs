//! The columns of an import: found by their headings, or where the command says.

use std::str::FromStr;

use anyhow::bail;

use super::records::Record;
use crate::model::EmailAddress;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The address.
    Email,
    /// The reader's name.
    Name,
    /// The list.
    List,
    /// Whether they are confirmed, pending or unsubscribed.
    State,
    /// Where they are.
    Zone,
    /// Where and how they asked for letters.
    Consent,
}

impl What {
    const ALL: [(Self, &'static str, &'static [&'static str]); 6] = [
        (Self::Email, "email", &["email", "e-mail", "email address", "address", "mail", "email_address"]),
        (Self::Name, "name", &["name", "full name", "full_name", "first name", "first_name"]),
        (Self::List, "list", &["list"]),
        (Self::State, "state", &["state"]),
        (Self::Zone, "zone", &["zone", "timezone", "time zone", "time_zone"]),
        (Self::Consent, "consent", &["consent", "consent source", "consent_source"]),
    ];
}

/// What `--column WHAT=COLUMN` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    what: What,
    column: String,
}

impl FromStr for Mapped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, column) =
            text.split_once('=').ok_or("expected WHAT=COLUMN, such as name=\"Full name\"".to_owned())?;
        let found = What::ALL.into_iter().find(|(_, word, _)| *word == what.trim());
        let (what, ..) = found.ok_or_else(|| {
            format!("`{}` is none of email, name, list, state, zone and consent", what.trim())
        })?;
        Ok(Self { what, column: column.trim().to_lowercase() })
    }
}

/// Where in a row things stand.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) address: usize,
    pub(super) name: Option<usize>,
    pub(super) list: Option<usize>,
    pub(super) state: Option<usize>,
    pub(super) zone: Option<usize>,
    pub(super) consent: Option<usize>,
}

/// The columns as the first line and the command have them; the line itself comes back if it is a reader and not a
/// heading.
pub(super) fn columns(first: Record, mapped: &[Mapped]) -> anyhow::Result<(Columns, Option<Record>)> {
    let heading: Vec<String> = first.fields.iter().map(|field| field.trim().to_lowercase()).collect();
    let of = |what: What| -> anyhow::Result<Option<usize>> {
        let Some(said) = mapped.iter().rev().find(|mapped| mapped.what == what) else {
            let known =
                What::ALL.into_iter().find(|(one, ..)| *one == what).map_or(&[][..], |(.., known)| known);
            return Ok(heading.iter().position(|h| known.contains(&h.as_str())));
        };
        if said.column.is_empty() {
            return Ok(None);
        }
        let number =
            said.column.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|n| *n < heading.len());
        let found = heading.iter().position(|h| *h == said.column).or(number);
        if found.is_none() {
            bail!("no column is called `{}`; the columns are: {}", said.column, heading.join(", "));
        }
        Ok(found)
    };
    let holds_readers = heading.iter().position(|h| EmailAddress::parse(h).is_ok());
    let (name, list, state) = (of(What::Name)?, of(What::List)?, of(What::State)?);
    let (zone, consent) = (of(What::Zone)?, of(What::Consent)?);
    if let Some(address) = of(What::Email)? {
        let first = holds_readers.is_some().then_some(first);
        return Ok((Columns { address, name, list, state, zone, consent }, first));
    }
    match holds_readers {
        Some(address) => {
            let beside = (heading.len() > 1).then_some(usize::from(address == 0));
            let name = name.or(beside.filter(|_| mapped.is_empty()));
            Ok((Columns { address, name, list, state, zone, consent }, Some(first)))
        }
        None if heading.iter().all(String::is_empty) => bail!("the file is empty"),
        None => bail!(
            "no column is called `email`, and line 1 holds no address; its columns are: {}; \
             `--column email=COLUMN` names the one with the addresses",
            heading.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str, mapped: &[&str]) -> Result<String, String> {
        let first = Record { line: 1, fields: line.split(',').map(str::to_owned).collect() };
        let mapped: Vec<Mapped> = mapped.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let (at, reader) = columns(first, &mapped).map_err(|error| error.to_string())?;
        Ok(format!("{} {:?} {:?} {}", at.address, at.name, at.state, reader.is_some()))
    }

    #[test]
    fn what_the_command_says_of_a_column_goes_before_what_the_heading_says() {
        let line = "kind,Subscriber,name,Alias,state";
        let ours = found(line, &["email=subscriber", "name=4", "state="]);
        assert_eq!(ours.as_deref(), Ok("1 Some(3) None false"));
        // Whoever says where the addresses are may have a file without headings.
        assert_eq!(found("Ann,ann@a.example", &["email=2", "name=1"]).as_deref(), Ok("1 Some(0) None true"));
    }

    #[test]
    fn a_column_that_is_not_there_is_told_with_those_that_are() {
        let missing = found("a,b", &["email=c"]).unwrap_err();
        assert_eq!(missing, "no column is called `c`; the columns are: a, b");
        assert_eq!(
            found("a,b", &["mail=a"]).unwrap_err(),
            "`mail` is none of email, name, list, state, zone and consent"
        );
        assert!(found("a,b", &["email"]).unwrap_err().contains("WHAT=COLUMN"));
    }
}
