//! The reader: walks the merged tree key by key, and goes on after each complaint.

use std::path::PathBuf;

use ::config::{Map, Value, ValueKind};

use super::complaint::{Complaint, Instead, Place, Trouble};
use super::layers::{PREFIX, Places, join};
use super::printer::Printer;

/// A thing that stands in the configuration: a value, a list, a table.
pub(super) trait Shape: Sized {
    /// Reads the thing; `None` after a complaint.
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self>;
    /// Prints the thing under the key it stands under; secrets are masked.
    fn print(&self, key: &str, to: &mut Printer<'_>);
}

/// A value of one line, written as TOML text, number or truth value.
pub(super) trait Scalar: Sized {
    /// What a person should write.
    const EXPECTED: &'static str;
    /// Written in quotes; numbers and truth values are not.
    const QUOTED: bool = true;
    /// Never repeated in a complaint.
    const SECRET: bool = false;
    /// Parses the text between the quotes, or the bare word; the error says more than `EXPECTED`, if it is not empty.
    fn parse(text: &str) -> Result<Self, String>;
    /// Returns the text that `parse` reads; of a secret, a mask.
    fn text(&self) -> String;
}

/// Where we are in the tree, and what was wrong so far.
pub(super) struct Reader<'p> {
    path: String,
    places: &'p Places,
    complaints: Vec<Complaint>,
}

impl<'p> Reader<'p> {
    /// Begins at the top of a tree.
    pub(super) fn new(places: &'p Places) -> Self {
        Self { path: String::new(), places, complaints: Vec::new() }
    }

    /// Ends, and returns all that was wrong.
    pub(super) fn complaints(self) -> Vec<Complaint> {
        self.complaints
    }

    /// Complains about the thing at a path.
    pub(super) fn complain(&mut self, path: &str, trouble: Trouble) {
        let place = place_of(self.places, path);
        let key = path.to_owned();
        self.complaints.push(Complaint { place, key, trouble });
    }

    /// Complains about a key of the table that is being read.
    pub(super) fn complain_below(&mut self, key: &str, trouble: Trouble) {
        self.complain(&join(&self.path, key), trouble);
    }

    /// Complains that the thing being read is of another kind; a text might be a misplaced secret and is not shown.
    pub(super) fn wrong_kind(&mut self, found: &Value, expected: impl Into<String>) {
        let found =
            if matches!(found.kind, ValueKind::String(_)) { "a text".to_owned() } else { describe(found) };
        self.complain(&self.path.clone(), Trouble::Wrong { found, expected: expected.into() });
    }

    /// Reads something that stands below, at the path that `step` makes of ours.
    fn below<T>(&mut self, path: String, read: impl FnOnce(&mut Self) -> T) -> T {
        let above = std::mem::replace(&mut self.path, path);
        let result = read(self);
        self.path = above;
        result
    }

    /// Returns the table that was found, after a complaint about every key that is not known.
    pub(super) fn table<'v>(
        &mut self,
        found: &'v Value,
        known: &[&'static str],
    ) -> Option<&'v Map<String, Value>> {
        let ValueKind::Table(table) = &found.kind else {
            self.wrong_kind(found, "a [table] of keys");
            return None;
        };
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let path = join(&self.path, key);
            let near = match Instead::among(known.iter().copied(), key) {
                Instead::OneOf(known) => {
                    super::keys::home(key).map_or(Instead::OneOf(known), Instead::Elsewhere)
                }
                near @ (Instead::Near(_) | Instead::Elsewhere(_)) => near,
            };
            let instead = match (place_of(self.places, &path), near) {
                (Place::Variable(_), Instead::Near(near)) => {
                    Instead::Near(variable(&join(&self.path, &near)))
                }
                (_, instead) => instead,
            };
            self.complain(&path, Trouble::UnknownKey(instead));
        }
        Some(table)
    }

    /// Reads every entry of a table whose keys are names.
    pub(super) fn entries<T: Shape>(&mut self, found: &Value) -> Option<Vec<(String, Option<T>)>> {
        let ValueKind::Table(table) = &found.kind else {
            self.wrong_kind(found, "tables by name, such as [sources.harbour]");
            return None;
        };
        let entry = |(key, value): (&String, &Value)| {
            let path = join(&self.path, key);
            (key.clone(), self.below(path, |at| T::read(value, at)))
        };
        Some(table.iter().map(entry).collect())
    }

    /// Reads a key that may be missing; the default stands in for a wrong value too, so that reading goes on.
    pub(super) fn optional<T: Shape>(
        &mut self,
        table: &Map<String, Value>,
        key: &str,
        default: T,
    ) -> Option<T> {
        let Some(found) = table.get(key) else { return Some(default) };
        Some(self.below(join(&self.path, key), |at| T::read(found, at)).unwrap_or(default))
    }

    /// Reads a key that must be there and say something.
    pub(super) fn required<T: Shape + Required>(
        &mut self,
        table: &Map<String, Value>,
        key: &str,
    ) -> Option<T> {
        let path = join(&self.path, key);
        let said = |v: &&Value| !matches!(&v.kind, ValueKind::String(text) if text.trim().is_empty());
        let Some(found) = table.get(key).filter(said) else {
            let place = if table.contains_key(key) { &path } else { &self.path };
            let place = place_of(self.places, place);
            let trouble = Trouble::Missing { expected: T::EXPECTED.to_owned() };
            self.complaints.push(Complaint { place, key: path, trouble });
            return None;
        };
        self.below(path, |at| T::read(found, at))
    }

    /// Reads each element of a list; `None` if it is none or if any element is wrong.
    pub(super) fn list<T>(
        &mut self,
        found: &Value,
        expected: &str,
        mut read: impl FnMut(&Value, &mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let text = matches!(found.kind, ValueKind::String(_));
        let Some(elements) = elements(found).filter(|_| !text || self.in_environment()) else {
            self.wrong_kind(found, expected);
            return None;
        };
        let mut all = Some(Vec::new());
        for (n, element) in elements.iter().enumerate() {
            let path = format!("{}[{n}]", self.path);
            let one = self.below(path, |at| read(element, at));
            all = all.zip(one).map(|(mut all, one)| {
                all.push(one);
                all
            });
        }
        all
    }

    fn in_environment(&self) -> bool {
        matches!(place_of(self.places, &self.path), Place::Variable(_))
    }
}

/// What a key that must be there should say.
pub(super) trait Required {
    const EXPECTED: &'static str;
}

impl<T: Scalar> Required for T {
    const EXPECTED: &'static str = <T as Scalar>::EXPECTED;
}

impl<T: Scalar> Shape for T {
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        let quoted = matches!(found.kind, ValueKind::String(_));
        let bare = matches!(found.kind, ValueKind::Boolean(_) | ValueKind::I64(_) | ValueKind::Float(_));
        // The environment writes numbers and truth values as texts too.
        let kind_fits = if T::QUOTED { quoted } else { bare || quoted && at.in_environment() };
        // With its point, so that 8.0 is not taken for a whole number.
        let float =
            if let ValueKind::Float(number) = found.kind { Some(format!("{number:?}")) } else { None };
        let text = float.unwrap_or_else(|| found.kind.to_string());
        let parsed = if kind_fits { T::parse(&text) } else { Err(String::new()) };
        match parsed {
            Ok(value) => Some(value),
            Err(more) => {
                let found =
                    if T::SECRET { "something that is not shown".to_owned() } else { describe(found) };
                let expected = if more.is_empty() { T::EXPECTED.to_owned() } else { more };
                at.complain(&at.path.clone(), Trouble::Wrong { found, expected });
                None
            }
        }
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        to.line(key, &to_toml(self));
    }
}

/// Returns the elements of a list; of a text, what its commas part, since the environment has no lists.
pub(super) fn elements(found: &Value) -> Option<Vec<Value>> {
    if let ValueKind::Array(elements) = &found.kind {
        return Some(elements.clone());
    }
    let ValueKind::String(text) = &found.kind else { return None };
    Some(text.split(',').map(|part| Value::new(None, part.trim())).collect())
}

/// Returns a scalar as TOML.
pub(super) fn to_toml<T: Scalar>(scalar: &T) -> String {
    if T::QUOTED { super::printer::quote(&scalar.text()) } else { scalar.text() }
}

/// Returns where the value at a path stands, or else where the nearest thing around it does.
pub(super) fn place_of(places: &Places, path: &str) -> Place {
    let mut path = path;
    loop {
        if let Some(place) = places.get(path) {
            return place.clone();
        }
        match path.rfind(['.', '[']) {
            Some(end) => path = &path[..end],
            None => return Place::File,
        }
    }
}

/// Returns the environment variable that stands for a path.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}

/// Says what was found, without what might be secret in it.
fn describe(found: &Value) -> String {
    match &found.kind {
        ValueKind::Nil => "a date or a time".to_owned(),
        ValueKind::Boolean(yes) => format!("`{yes}` without quotes"),
        ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_) => {
            format!("the number {}", found.kind)
        }
        ValueKind::String(text) => {
            let short: String = masked(text).chars().take(60).collect();
            let more = if short.chars().count() == 60 { "…" } else { "" };
            super::printer::quote(&format!("{short}{more}"))
        }
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
    }
}

/// Masks what stands between `://` and `@`, where an address holds its password.
pub(super) fn masked(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let Some((login, rest)) = rest.rsplit_once('@') else { return text.to_owned() };
    match login.split_once(':') {
        Some((user, _)) if !login.contains('/') => format!("{scheme}://{user}:***@{rest}"),
        _ => format!("{scheme}://***@{rest}"),
    }
}

/// The folder of the file, for paths that are relative to it.
pub(super) fn within(folder: &std::path::Path, path: &std::path::Path) -> PathBuf {
    if folder.as_os_str().is_empty() { path.to_owned() } else { folder.join(path) }
}
