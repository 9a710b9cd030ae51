//! Complaints: what is wrong in a configuration, where, and what would be right.

use std::fmt;
use std::path::PathBuf;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Nowhere in particular: the file as a whole.
    File,
    /// The line of the file, counted from 1.
    Line(usize),
    /// The environment variable of this name.
    Variable(String),
}

/// What is wrong with a value; never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("there is no such key{0}")]
    UnknownKey(Instead),
    #[error("found {found}, expected {expected}")]
    Wrong { found: String, expected: String },
    #[error("is missing, expected {expected}")]
    Missing { expected: String },
    #[error("there is no {noun} `{name}`{instead}{hint}", hint = hint(noun))]
    UnknownName { noun: &'static str, name: String, instead: Instead },
    #[error("{0}")]
    Clash(String),
    #[error("{path}: {reason}", path = path.display())]
    File { path: PathBuf, reason: String },
    #[error("{message}\n    {line}\n    {blank}^", blank = " ".repeat(*column))]
    Syntax { message: String, line: String, column: usize },
}

/// What helps where the name is right: sources that were added by command are known to the store alone.
fn hint(noun: &str) -> &'static str {
    match noun {
        "source" => " (one that was added by command is taken by topics and by latest)",
        _ => "",
    }
}

/// What could have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Instead {
    /// This one is spelt nearly the same.
    Near(String),
    /// The same key exists in this table.
    Elsewhere(&'static str),
    /// These exist.
    OneOf(Vec<String>),
}

impl Instead {
    /// Returns the known name nearest to `found`, or all of them if none is near.
    pub(super) fn among(known: impl IntoIterator<Item = impl Into<String>>, found: &str) -> Self {
        let known: Vec<String> = known.into_iter().map(Into::into).collect();
        match nearest(&known, found) {
            Some(near) => Self::Near(near.to_owned()),
            None => Self::OneOf(known),
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Near(name) => write!(f, "; did you mean `{name}`?"),
            Self::Elsewhere("") => f.write_str(" here; it belongs at the top, before the first [table]"),
            Self::Elsewhere(table) => write!(f, " here; it belongs under [{table}]"),
            Self::OneOf(known) if known.is_empty() => Ok(()),
            Self::OneOf(known) => write!(f, "; known here: {}", known.join(", ")),
        }
    }
}

/// Returns the known name that is spelt most like `found`, if one is near enough to be meant.
pub(super) fn nearest<'k>(known: &'k [String], found: &str) -> Option<&'k str> {
    let found = found.to_lowercase();
    let distance = |k: &&String| strsim::damerau_levenshtein(&k.to_lowercase(), &found);
    let near = known.iter().min_by_key(distance)?;
    let length = near.chars().count().max(found.chars().count());
    (distance(&near) <= (length / 3).max(1)).then_some(near.as_str())
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) place: Place,
    pub(super) key: String,
    pub(super) trouble: Trouble,
}

/// Everything that is wrong in a configuration, one complaint per line, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    file: PathBuf,
    complaints: Vec<Complaint>,
}

impl ConfigErrors {
    pub(super) fn new(file: PathBuf, mut complaints: Vec<Complaint>) -> Self {
        complaints.sort_by(|a, b| (&a.place, &a.key).cmp(&(&b.place, &b.key)));
        complaints.dedup();
        Self { file, complaints }
    }

    /// Returns how many complaints there are; at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.complaints.len()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, complaint) in self.complaints.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            match &complaint.place {
                Place::File => write!(f, "{}: ", self.file.display())?,
                Place::Line(line) => write!(f, "{}:{line}: ", self.file.display())?,
                Place::Variable(name) => write!(f, "{name}: ")?,
            }
            if !complaint.key.is_empty() {
                write!(f, "{}: ", complaint.key)?;
            }
            write!(f, "{}", complaint.trouble)?;
        }
        Ok(())
    }
}
