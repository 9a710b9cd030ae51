//! The printer: a configuration as TOML again, each line with where it comes from.

use std::path::Path;

use super::complaint::Place;
use super::layers::{Places, join};
use super::reader::Shape;

/// Collects the lines of a document; plain keys of a table must be printed before its tables.
pub(super) struct Printer<'p> {
    out: String,
    path: String,
    origins: Option<(&'p Places, &'p Path)>,
}

impl<'p> Printer<'p> {
    /// Begins a document; with `origins` each line says where it comes from.
    pub(super) fn new(origins: Option<(&'p Places, &'p Path)>) -> Self {
        Self { out: String::new(), path: String::new(), origins }
    }

    /// Ends the document.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Prints `key = value`.
    pub(super) fn line(&mut self, key: &str, value: &str) {
        let line = format!("{} = {value}", join("", key));
        let origin = self.origin(&join(&self.path, key));
        self.push(&line, origin.as_deref());
    }

    /// Says that a key has no value.
    pub(super) fn unset(&mut self, key: &str) {
        self.push(&format!("# {key} is not set"), None);
    }

    /// Prints what stands in a table.
    pub(super) fn table(&mut self, key: &str, content: impl FnOnce(&mut Self)) {
        let path = join(&self.path, key);
        self.under(path.clone(), &format!("[{path}]"), content);
    }

    /// Prints the tables of a list, one after the other.
    pub(super) fn tables<T>(&mut self, key: &str, all: &[T], content: impl Fn(&T, &mut Self)) {
        let path = join(&self.path, key);
        for (n, one) in all.iter().enumerate() {
            self.under(format!("{path}[{n}]"), &format!("[[{path}]]"), |to| content(one, to));
        }
    }

    /// Prints the tables of a map, each under its name; the map itself needs no header.
    pub(super) fn named<'m, T: Shape + 'm>(
        &mut self,
        key: &str,
        all: impl Iterator<Item = (&'m str, &'m T)>,
    ) {
        let path = join(&self.path, key);
        let above = std::mem::replace(&mut self.path, path);
        for (name, one) in all {
            one.print(name, self);
        }
        self.path = above;
    }

    fn under(&mut self, path: String, header: &str, content: impl FnOnce(&mut Self)) {
        let above = std::mem::replace(&mut self.path, path);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(header);
        self.out.push('\n');
        content(self);
        self.path = above;
    }

    fn push(&mut self, line: &str, origin: Option<&str>) {
        self.out.push_str(line);
        if let Some(origin) = origin {
            let blank = 44_usize.saturating_sub(line.chars().count()).max(2);
            self.out.extend(std::iter::repeat_n(' ', blank));
            self.out.push_str("# ");
            self.out.push_str(origin);
        }
        self.out.push('\n');
    }

    fn origin(&self, path: &str) -> Option<String> {
        let (places, file) = self.origins?;
        Some(match places.get(path) {
            Some(Place::Line(line)) => format!("{}:{line}", file.display()),
            Some(Place::Variable(name)) => name.clone(),
            Some(Place::File) | None => "default".to_owned(),
        })
    }
}

/// Returns a text as a TOML basic string, on one line.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
