//! Keys for signing: which belong together, and what their files hold.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Config;
use super::complaint::Trouble;
use super::derived::secret_file;
use super::keys::{Dkim, Keys};
use super::reader::Reader;
use super::words::Selector;

/// A domain and what signs its letters.
#[derive(Debug, Clone)]
pub struct DkimDomain {
    /// The domain, lower case, ASCII.
    pub domain: String,
    /// Its keys, RSA first; at least one.
    pub keys: Vec<KeyFile>,
}

/// A key, read from its file; `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// The key of the configuration that names it, as `dkim.example.key_file`.
    pub named_by: String,
    /// The selector.
    pub selector: String,
    /// The file.
    pub path: PathBuf,
    /// What it holds, which should be PEM.
    pub pem: SecretString,
}

impl Config {
    /// Returns the domains whose letters are signed here, by the names of their tables.
    #[must_use]
    pub fn dkim(&self) -> &[DkimDomain] {
        &self.dkim
    }
}

/// The two pairs of keys in a table: the names of both, and their values.
fn pairs(dkim: &Dkim) -> [([&'static str; 2], Option<&Selector>, Option<&Path>); 2] {
    [
        (["selector", "key_file"], dkim.selector.as_ref(), dkim.key_file.as_deref()),
        (
            ["ed25519_selector", "ed25519_key_file"],
            dkim.ed25519_selector.as_ref(),
            dkim.ed25519_key_file.as_deref(),
        ),
    ]
}

/// Complains about half a pair, about none, about a selector for two keys, and about a domain that stands twice.
pub(super) fn check(keys: &Keys, at: &mut Reader<'_>) {
    let mut domains: Vec<String> = Vec::new();
    for (name, dkim) in &keys.dkim {
        let mut clash = |key: &str, says: String| {
            let dot = if key.is_empty() { "" } else { "." };
            at.complain(&format!("dkim.{name}{dot}{key}"), Trouble::Clash(says));
        };
        for ([selector_key, file_key], selector, file) in pairs(dkim) {
            match (selector, file) {
                (Some(_), None) => clash(selector_key, format!("is given without {file_key}")),
                (None, Some(_)) => clash(file_key, format!("is given without {selector_key}")),
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        if pairs(dkim).iter().all(|(_, selector, file)| selector.is_none() && file.is_none()) {
            clash("", "has no key; give it selector and key_file".to_owned());
        }
        if let (Some(one), Some(other)) = (&dkim.selector, &dkim.ed25519_selector)
            && one.eq_ignore_ascii_case(other)
        {
            clash("ed25519_selector", "is the selector of the RSA key; each needs one of its own".to_owned());
        }
        let domain = dkim.domain.0.clone();
        if domains.contains(&domain) {
            clash("domain", format!("{domain} has a table already; keep one of the two"));
        }
        domains.push(domain);
    }
}

/// Reads the files of all keys; those that cannot be read are complained about.
pub(super) fn read_keys(keys: &Keys, complain: &mut impl FnMut((String, Trouble))) -> Vec<DkimDomain> {
    let mut all = Vec::new();
    for (name, dkim) in &keys.dkim {
        let mut domain = DkimDomain { domain: dkim.domain.0.clone(), keys: Vec::new() };
        for ([_, file_key], selector, path) in pairs(dkim) {
            let (Some(selector), Some(path)) = (selector, path) else { continue };
            let named_by = format!("dkim.{name}.{file_key}");
            match secret_file(path, "a private key in PEM form") {
                Err(trouble) => complain((named_by, trouble)),
                Ok(pem) => {
                    let (selector, path) = (selector.0.clone(), path.to_owned());
                    domain.keys.push(KeyFile { named_by, selector, path, pem });
                }
            }
        }
        all.push(domain);
    }
    all
}
