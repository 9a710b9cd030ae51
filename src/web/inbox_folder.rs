//! The folder of the inbox: which letters lie there, and what the list says of each.

use std::io::Read as _;
use std::path::{Component, Path};

use mail_parser::MessageParser;

use crate::model::Instant;

/// More letters than this are counted, not listed.
const LISTED: usize = 200;
/// Of more letters than this the numbers in their names tell which are new: to ask for the age of each takes too long.
const DATED: usize = 20_000;
/// The headers of a letter are in its first so many bytes; the rest is not read for the list.
const HEADERS: u64 = 64 * 1024;
/// A larger file is no letter that anybody could be sent.
const LARGEST: u64 = 25 * 1024 * 1024;

/// A letter in the list.
pub(super) struct Listed {
    /// Its file.
    pub(super) name: String,
    /// The recipient's name; the address, or the file, where there is none.
    pub(super) to: String,
    /// The recipient's address, where `to` is something else.
    pub(super) address: String,
    /// Its subject, or what is wrong.
    pub(super) subject: String,
    /// When it was written.
    pub(super) at: Option<Instant>,
}

/// The newest letters of the folder, and how many there are; a folder that is not there yet has none.
pub(super) fn listed(folder: &Path) -> std::io::Result<(Vec<Listed>, usize)> {
    let (names, total) = match names(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), 0),
        found => found?,
    };
    Ok((names.into_iter().map(|name| letter(folder, name)).collect(), total))
}

/// The names of the newest letters, and how many there are.
fn names(folder: &Path) -> std::io::Result<(Vec<String>, usize)> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(Result::ok)
        // Nothing is opened that could keep a reader waiting, or lies elsewhere.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_letter(name))
        .collect();
    let total = names.len();
    if total > DATED {
        names.sort_unstable_by(|one, other| other.cmp(one));
    } else {
        let age = |name: &String| folder.join(name).metadata().and_then(|file| file.modified()).ok();
        names.sort_by_cached_key(|name| std::cmp::Reverse((age(name), name.clone())));
    }
    names.truncate(LISTED);
    Ok((names, total))
}

/// A plain file name that ends like a letter's: no path can be smuggled in.
fn is_letter(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let single = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    let foreign = |c: char| c.is_control() || matches!(c, '/' | '\\');
    let end = name.len().checked_sub(4).and_then(|at| name.get(at..));
    let ends = end.is_some_and(|end| end.eq_ignore_ascii_case(".eml"));
    ends && single && !name.starts_with('.') && !name.contains(foreign)
}

/// True if a file of the folder bears this name and is a letter.
pub(super) fn holds(folder: &Path, name: &str) -> bool {
    is_letter(name) && folder.join(name).symlink_metadata().is_ok_and(|file| file.is_file())
}

/// A letter of the folder; a sentence if it cannot be shown.
pub(super) fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    if !holds(folder, name) {
        return Err("there is no such letter in the outbox".to_owned());
    }
    let path = folder.join(name);
    let trouble = |error: std::io::Error| format!("{name} cannot be read: {error}");
    let bytes = path.metadata().map_err(trouble)?.len();
    if bytes > LARGEST {
        let (megabytes, most) = (bytes / (1024 * 1024), LARGEST / (1024 * 1024));
        return Err(format!("{name} has {megabytes} MB; a letter of more than {most} MB is not shown"));
    }
    std::fs::read(path).map_err(trouble)
}

/// What the list says of a letter.
fn letter(folder: &Path, name: String) -> Listed {
    match headers(folder, &name) {
        Some(listed) => {
            Listed { to: if listed.to.is_empty() { name.clone() } else { listed.to }, name, ..listed }
        }
        None => {
            let (to, subject) = (name.clone(), "cannot be read".to_owned());
            Listed { name, to, subject, address: String::new(), at: None }
        }
    }
}

fn headers(folder: &Path, name: &str) -> Option<Listed> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(folder.join(name)).ok()?;
    let written = file.metadata().and_then(|file| file.modified()).ok().map(Instant::from);
    file.take(HEADERS).read_to_end(&mut bytes).ok()?;
    let message = MessageParser::new().parse_headers(&bytes)?;
    let to = message.to().and_then(mail_parser::Address::first);
    let address = to.and_then(|to| to.address()).unwrap_or_default().to_owned();
    let person = to.and_then(|to| to.name()).unwrap_or_default().to_owned();
    let said = message.date().and_then(|date| Instant::from_timestamp(date.to_timestamp(), 0));
    let (to, address) = if person.is_empty() { (address, String::new()) } else { (person, address) };
    let subject = message.subject().unwrap_or_default().to_owned();
    Some(Listed { name: String::new(), to, address, subject, at: said.or(written) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_file_name_may_be_a_letter_s_and_no_path() {
        for name in ["1-ann.eml", "with space.eml", "ümlaut.eml", "UPPER.EML", "a+b@c.example.eml", "信.eml"]
        {
            assert!(is_letter(name), "{name}");
        }
        for name in
            ["", ".eml", "eml", "é.em", "../a.eml", "a/b.eml", "a\\b.eml", "a\n.eml", ".hidden.eml", "a.txt"]
        {
            assert!(!is_letter(name), "{name}");
        }
    }
}
