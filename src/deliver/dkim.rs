//! DKIM: signs finished letters (RFC 6376, RFC 8301, RFC 8463).
//!
//! Signed is the letter as it will travel, relaxed/relaxed, with one signature for each key: RSA first, for everybody,
//! then Ed25519. From, To, Subject and Date are named once more than they are there, so that nobody can add a second
//! one (§5.4.2, §8.15). There is no `l=` (§8.2), no `x=`, and no `t=`: the room reads no clock, and the same letter
//! gets the same signature.
//!
//! This is our own code over the crypto library. The crate mail-auth was looked at and can sign like this, but it
//! reads the clock for `t=` inside, and hashes header and body once for each key; lettre's signer does not verify in
//! its usual form and keeps one signature only. What is our own is canonical.rs and this page.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::canonical::{self, Field};
use super::dkim_key::{DkimError, DkimKey, KeyRecord, SigningKey};
use super::letter::{Letter, LetterError};
use crate::model::EmailAddress;

/// RFC 5322 §2.1.1: what a line should not exceed.
const LINE: usize = 78;
/// RFC 6376 §5.4.1, RFC 8058 §4: what is signed where it is there, and whether it is named once more.
const SIGNED: [(&str, bool); 13] = [
    ("from", true),
    ("to", true),
    ("subject", true),
    ("date", true),
    ("message-id", false),
    ("reply-to", false),
    ("mime-version", false),
    ("content-type", false),
    ("content-transfer-encoding", false),
    ("list-id", false),
    ("list-unsubscribe", false),
    ("list-unsubscribe-post", false),
    ("auto-submitted", false),
];

/// Signs the letters of one domain; a clone shares the keys, `Debug` shows domain and selectors.
#[derive(Clone)]
pub struct Signer {
    domain: Arc<str>,
    keys: Arc<[SigningKey]>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("domain", &self.domain).field("selectors", &self.keys).finish()
    }
}

impl Signer {
    /// Reads the keys of a domain; RSA keys will sign first, whatever their order here.
    pub fn new(domain: &str, keys: &[DkimKey]) -> Result<Self, DkimError> {
        // What an address takes for its domain, no more: that is what `d=` must be aligned with.
        let postmaster = EmailAddress::parse(&format!("postmaster@{domain}"));
        let postmaster =
            postmaster.map_err(|_| DkimError::Domain(domain.chars().take(80).collect::<String>()))?;
        let mut read = keys.iter().map(SigningKey::new).collect::<Result<Vec<_>, _>>()?;
        if read.is_empty() {
            return Err(DkimError::NoKey);
        }
        for (n, key) in read.iter().enumerate() {
            if read[..n].iter().any(|other| other.selector.eq_ignore_ascii_case(&key.selector)) {
                return Err(DkimError::SelectorTwice(key.selector.clone()));
            }
        }
        // RFC 8463 §3 is understood by few so far; who looks at one signature only looks at the first.
        read.sort_by_key(SigningKey::is_ed25519);
        Ok(Self { domain: postmaster.domain().into(), keys: read.into() })
    }

    /// The domain for which it signs.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// True if its signatures are aligned with a sender of this domain (RFC 7489 §3.1.1): the same, or one below.
    #[must_use]
    pub fn covers(&self, domain: &str) -> bool {
        domain.strip_suffix(&*self.domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// True if there is no RSA key; most receivers then see a letter without a signature.
    #[must_use]
    pub fn only_ed25519(&self) -> bool {
        self.keys.iter().all(SigningKey::is_ed25519)
    }

    /// The records that the DNS must hold, in the order of the signatures.
    #[must_use]
    pub fn records(&self) -> Vec<KeyRecord> {
        self.keys.iter().map(|key| key.record(&self.domain)).collect()
    }

    /// Puts one signature for each key above the letter's header. To be called last: what is changed afterwards
    /// breaks them.
    pub fn sign(&self, letter: &mut Letter) -> Result<(), LetterError> {
        // RFC 5321 §4.1.1.4: it will travel with a line end behind its last line.
        if !letter.bytes.ends_with(b"\r\n") {
            letter.bytes.extend_from_slice(b"\r\n");
        }
        let (fields, body) = canonical::split(&letter.bytes);
        let body = STANDARD.encode(canonical::body_hash(body));
        let (names, hashed) = header_hash(&fields);
        let mut signatures = String::with_capacity(self.keys.len() * 1024);
        for key in self.keys.iter() {
            let unsigned = self.unsigned(key, &names, &body);
            let signature = key.sign(&whole_hash(hashed.clone(), &unsigned.text));
            let signature = STANDARD.encode(signature.ok_or(LetterError::Unsigned)?);
            signatures.push_str(&unsigned.filled(&signature));
        }
        letter.bytes.splice(..0, signatures.into_bytes());
        Ok(())
    }

    /// The field up to the `b=` that is not known yet.
    fn unsigned(&self, key: &SigningKey, names: &[&str], body: &str) -> Folded {
        let mut field = Folded { text: String::with_capacity(1024), column: 0 };
        field.put("", "DKIM-Signature: v=1;");
        field.put(" ", &format!("a={};", key.algorithm()));
        field.put(" ", "c=relaxed/relaxed;");
        field.put(" ", &format!("d={};", self.domain));
        field.put(" ", &format!("s={};", key.selector));
        for (n, name) in names.iter().enumerate() {
            let (gap, tag) = if n == 0 { (" ", "h=") } else { ("", "") };
            let end = if n + 1 == names.len() { ";" } else { ":" };
            field.put(gap, &format!("{tag}{name}{end}"));
        }
        field.put(" ", &format!("bh={body};"));
        field.put(" ", "b=");
        field
    }
}

/// A field that is folded as it is written.
struct Folded {
    text: String,
    column: usize,
}

impl Folded {
    /// Writes a piece behind `gap`, or on a new line if this one is full.
    fn put(&mut self, gap: &str, piece: &str) {
        if self.column + gap.len() + piece.len() > LINE {
            self.text.push_str("\r\n ");
            self.column = 1;
        } else {
            self.text.push_str(gap);
            self.column += gap.len();
        }
        self.text.push_str(piece);
        self.column += piece.len();
    }

    /// Ends the field with a signature, which may be folded anywhere (RFC 6376 §3.5, `b=`).
    fn filled(mut self, signature: &str) -> String {
        let mut rest = signature;
        while !rest.is_empty() {
            if self.column >= LINE {
                self.text.push_str("\r\n ");
                self.column = 1;
            }
            let (line, more) = rest.split_at(rest.len().min(LINE - self.column));
            self.text.push_str(line);
            self.column += line.len();
            rest = more;
        }
        self.text.push_str("\r\n");
        self.text
    }
}

/// The names for `h=`, and the hash of the fields that they stand for.
fn header_hash(fields: &[Field<'_>]) -> (Vec<&'static str>, Context) {
    let (mut names, mut relaxed) = (Vec::with_capacity(SIGNED.len() + 4), Vec::with_capacity(2048));
    for (name, once_more) in SIGNED {
        // RFC 6376 §5.4.2: of several, the lowest first.
        for field in fields.iter().rev().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes())) {
            canonical::header(field, &mut relaxed);
            relaxed.extend_from_slice(b"\r\n");
            names.push(name);
        }
        if once_more {
            names.push(name);
        }
    }
    let mut hash = Context::new(&SHA256);
    hash.update(&relaxed);
    (names, hash)
}

/// RFC 6376 §3.7: then the signature's own field, its `b=` empty and without a line end.
fn whole_hash(mut hash: Context, unsigned: &str) -> Digest {
    let mut relaxed = Vec::with_capacity(unsigned.len());
    for field in canonical::split(unsigned.as_bytes()).0 {
        canonical::header(&field, &mut relaxed);
    }
    hash.update(&relaxed);
    hash.finish()
}

#[cfg(test)]
#[path = "dkim_tests.rs"]
mod tests;
