//! Configuration: `config.toml` and the environment become one [`Config`].
//!
//! Does: merges defaults, file and environment (`PRESSRUN__SECTION__KEY`), of which the environment wins over
//! the file and the file over the defaults; reads every key once; masks what is secret.
//! Promises: all complaints at once, each with its line or its variable, the key, what was found and what is
//! expected; a key that is not known is an error with the nearest known name; a password survives to the letter
//! (`00123` stays `00123`) and is in no complaint, no `Debug` and no printed configuration.
//! Never: reads the process's environment by itself, touches the network, or knows a room; the command line turns
//! these plain values into the rooms' settings.
//!
//! Obeys RFC 2919 §2 (List-Id), RFC 8058 §3.1 (https for the public pages), RFC 8314 §3 (no password in the clear).
//!
//! `keys`, `sending` and `web` declare every key as a `table`; `layers` makes trees of file and environment and `reader` walks
//! them; `shapes`, `words`, `amounts`, `timing` and `measures` know the types of values; `checks` holds what no key can say alone; `derived` what
//! follows from the keys; `complaint` and `syntax` word what is wrong; `printer` writes a configuration down;
//! `starter` writes somebody's first one.

mod amounts;
mod checks;
mod complaint;
mod derived;
mod dkim;
mod keys;
mod layers;
mod measures;
mod printer;
mod reader;
mod ruling;
mod sending;
mod shapes;
mod starter;
mod syntax;
mod table;
mod timing;
mod web;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use complaint::ConfigErrors;
pub use derived::NamedRelay;
pub use dkim::{DkimDomain, KeyFile};
pub use keys::{Collect, Digest, Dkim, Keep, Keys, List, Log, Publisher, Section, Source, Store};
pub use measures::{Day, Growth, Rate, Share};
pub use printer::quote;
pub use sending::{Deliver, Pace, Relay};
pub use shapes::{DatabaseUrl, PublicUrl, SecretUrl, Size};
pub use starter::{Answers, REFERENCE, starter};
pub use timing::Zone;
pub use web::{Hops, Listen, Web};
pub use words::{
    Approve, Carrier, Clicks, Domain, Host, Kind, Level, ListId, Otherwise, Paragraph, Pictures, ReturnPath,
    Security, Select, Selector, Subject, Uncertain,
};

use complaint::{Complaint, Trouble};
use layers::Places;
use printer::Printer;
use reader::{Reader, Shape, place_of};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "config.toml";

/// Parses the name of a time zone as the configuration does; the error says what is expected and what may be meant.
pub fn zone(text: &str) -> Result<chrono_tz::Tz, String> {
    <chrono_tz::Tz as reader::Scalar>::parse(text).map_err(|expected: String| format!("expected {expected}"))
}

/// A whole configuration, checked; its keys are its fields. `Debug` is the masked TOML.
#[derive(Clone, Default)]
pub struct Config {
    keys: Keys,
    places: Places,
    file: PathBuf,
    /// By the path of their relays.
    passwords: BTreeMap<String, SecretString>,
    dkim: Vec<DkimDomain>,
}

/// Loads the file at `path` and the variables of `env`, or returns all that is wrong with them.
///
/// Without a path, `config.toml` in the working directory is read if it is there. Relative paths in the file are
/// taken from the file's own folder.
pub fn load(path: Option<&Path>, env: &[(String, String)]) -> Result<Config, ConfigErrors> {
    let file = path.unwrap_or(Path::new(DEFAULT_FILE));
    let text = if path.is_none() && !file.exists() {
        String::new()
    } else {
        layers::read_file(file).map_err(|e| ConfigErrors::new(file.to_owned(), vec![e]))?
    };
    read(file, &text, env).map_err(|all| ConfigErrors::new(file.to_owned(), all))
}

fn read(file: &Path, text: &str, env: &[(String, String)]) -> Result<Config, Vec<Complaint>> {
    let (tree, places) = layers::merge(text, env)?;
    let mut at = Reader::new(&places);
    let keys = Keys::read(&tree, &mut at);
    checks::check(keys.as_ref(), &tree, &mut at);
    let mut complaints = at.complaints();
    let folder = file.parent().unwrap_or(Path::new(""));
    let Some(mut keys) = keys else { return Err(complaints) };
    derived::anchor(&mut keys, folder);
    let mut complain = |(key, trouble): (String, Trouble)| {
        complaints.push(Complaint { place: place_of(&places, &key), key, trouble });
    };
    let mut passwords = BTreeMap::new();
    for (path, relay) in derived::each_relay(&keys) {
        match derived::password(relay) {
            Ok(password) => passwords.extend(password.map(|password| (path, password))),
            Err(trouble) => complain((format!("{path}.password_file"), trouble)),
        }
    }
    let dkim = dkim::read_keys(&keys, &mut complain);
    if complaints.is_empty() {
        Ok(Config { keys, places, file: file.to_owned(), passwords, dkim })
    } else {
        Err(complaints)
    }
}

impl Config {
    /// Returns the complaint about a file that a key names, of which only whoever uses it can tell what is wrong.
    #[must_use]
    pub fn complaint(&self, key: &str, path: &Path, reason: String) -> ConfigErrors {
        let trouble = Trouble::File { path: path.to_owned(), reason };
        let complaint = Complaint { place: place_of(&self.places, key), key: key.to_owned(), trouble };
        ConfigErrors::new(self.file.clone(), vec![complaint])
    }

    /// Returns the file that was read, whether or not it is there.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the effective configuration as TOML, each line with where it comes from; secrets are `"***"`.
    #[must_use]
    pub fn to_toml_masked(&self) -> String {
        let mut to = Printer::new(Some((&self.places, &self.file)));
        self.keys.print_keys(&mut to);
        to.finish()
    }
}

impl std::ops::Deref for Config {
    type Target = Keys;
    fn deref(&self) -> &Keys {
        &self.keys
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.fmt(f)
    }
}
