//! What is never to be written to again: an address, all of a domain, or an address of which only the hash is kept.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{AddressError, EmailAddress, Instant};

/// What is never to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Never {
    /// One address.
    Address(EmailAddress),
    /// Every address of a domain, and none of the domains below it.
    Domain(String),
    /// The address whose SHA-256, with its case folded, is these 64 hexadecimal digits.
    Hash(String),
}

/// Something never to be written to, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// What: `name@domain`, `@domain`, or `sha256:` and 64 digits.
    pub never: Never,
    /// Why, as a sentence.
    pub reason: String,
    /// Since when.
    pub created_at: Instant,
}

/// Why a text is none of the three.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum NeverError {
    /// It has an `@` and something before it.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It begins with an `@`.
    #[error("after the @ no domain follows, such as @example.org")]
    Domain,
    /// It begins with `sha256:`.
    #[error("after sha256: 64 hexadecimal digits are expected")]
    Hash,
}

const HASH: &str = "sha256:";

impl Never {
    /// The text under which it is looked for: two spellings of one thing have the same.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Address(address) => address.key(),
            Self::Domain(_) | Self::Hash(_) => self.to_string(),
        }
    }
}

impl From<EmailAddress> for Never {
    fn from(address: EmailAddress) -> Self {
        Self::Address(address)
    }
}

impl FromStr for Never {
    type Err = NeverError;

    fn from_str(text: &str) -> Result<Self, NeverError> {
        let text = text.trim();
        if let Some(hash) = text.strip_prefix(HASH) {
            let fits = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            return if fits { Ok(Self::Hash(hash.to_ascii_lowercase())) } else { Err(NeverError::Hash) };
        }
        if text.starts_with('@') {
            // Whoever knows what an address is knows what a domain is.
            let any = EmailAddress::parse(&format!("any{text}")).map_err(|_| NeverError::Domain)?;
            return Ok(Self::Domain(any.domain().to_owned()));
        }
        Ok(Self::Address(EmailAddress::parse(text)?))
    }
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => f.write_str(address.as_str()),
            Self::Domain(domain) => write!(f, "@{domain}"),
            Self::Hash(hash) => write!(f, "{HASH}{hash}"),
        }
    }
}

impl Serialize for Never {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_a_domain_and_a_hash_are_told_apart() {
        let hash = "0af".repeat(21) + "9";
        for (text, expected) in [
            (" Ann@SEA.example ", "Ann@sea.example".to_owned()),
            ("@SEA.example", "@sea.example".to_owned()),
            ("@b\u{fc}cher.example", "@xn--bcher-kva.example".to_owned()),
            (&format!("sha256:{}", hash.to_uppercase()), format!("sha256:{hash}")),
        ] {
            assert_eq!(text.parse::<Never>().map(|never| never.to_string()), Ok(expected));
        }
        for (text, expected) in [
            ("@", NeverError::Domain),
            ("@@x.org", NeverError::Domain),
            ("sha256:12", NeverError::Hash),
            ("sea.example", NeverError::Address(AddressError::Form)),
        ] {
            assert_eq!(text.parse::<Never>(), Err(expected), "{text}");
        }
    }
}
