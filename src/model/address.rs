//! E-mail addresses, parsed once (RFC 5321 §4.1.2, RFC 6531, RFC 5890).
//!
//! The local part is kept as it was typed; the domain is lower-cased and turned into its ASCII form, so that
//! two spellings of one address are equal. `Debug` masks, so that no log line can hold a reader's address.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An e-mail address that can be written to: dot-atom local part (UTF-8 allowed), public-looking domain.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    text: String,
    at: usize,
}

/// Why a text is no [`EmailAddress`]; the message never repeats the text.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// No `@`, or nothing on one side of it.
    #[error("an address has the form name@domain")]
    Form,
    /// The part before the `@` has a character that mail does not carry unquoted.
    #[error("the part before the @ has a blank, a control or one of ()<>[]:;,\\\", or a misplaced dot")]
    LocalPart,
    /// The part after the `@` is no domain name.
    #[error("the part after the @ is not a domain name with a dot in it")]
    Domain,
    /// RFC 5321 §4.5.3.1 limits.
    #[error("the address is too long (64 bytes before the @, 254 in all)")]
    TooLong,
}

impl EmailAddress {
    /// Parses an address; blanks round it are dropped.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Form)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Form);
        }
        let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if dots || !local.chars().all(atom) {
            return Err(AddressError::LocalPart);
        }
        let domain = ascii_domain(domain)?;
        // RFC 5321 §4.5.3.1.1, §4.5.3.1.3
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::TooLong);
        }
        Ok(Self { at: local.len(), text: format!("{local}@{domain}") })
    }

    /// The whole address, domain in ASCII form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`, as typed.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// The part after the `@`: lower case, A-labels.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// True if the address can only travel with SMTPUTF8 (RFC 6531 §3.2).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }

    /// The key under which two spellings count as one reader: the local part's case is folded as well.
    #[must_use]
    pub fn key(&self) -> String {
        self.text.to_lowercase()
    }

    /// The address for logs: first letter and domain (`a***@example.org`).
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.local().chars().take(1).collect();
        format!("{first}***@{}", self.domain())
    }
}

/// RFC 5890: the domain as A-labels, by the URL standard's own rules.
fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    let Ok(url::Host::Domain(ascii)) = url::Host::parse(domain) else {
        return Err(AddressError::Domain);
    };
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let numeric_top = ascii.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()));
    if ascii.contains('.') && ascii.split('.').all(label) && !numeric_top {
        Ok(ascii)
    } else {
        Err(AddressError::Domain)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.text
    }
}

/// A name and an address, as in `From: The Harbour <news@example.org>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name; empty for none. Never holds a control character.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

impl std::str::FromStr for Mailbox {
    type Err = AddressError;

    /// Parses `Name <address>` or a bare address; quotes round the name are dropped.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return Ok(Self { name: String::new(), address: EmailAddress::parse(text)? });
        };
        let address = EmailAddress::parse(rest.strip_suffix('>').ok_or(AddressError::Form)?)?;
        let name = name.trim().trim_matches('"').chars().filter(|c| !c.is_control()).collect();
        Ok(Self { name, address })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{} <{}>", self.name, self.address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_part_is_kept_and_the_domain_is_folded_to_ascii() {
        let address = EmailAddress::parse("  Ann.O'Neil+news@BÜCHER.Example ").expect("parses");
        assert_eq!(address.as_str(), "Ann.O'Neil+news@xn--bcher-kva.example");
        assert_eq!((address.local(), address.domain()), ("Ann.O'Neil+news", "xn--bcher-kva.example"));
        assert_eq!(EmailAddress::parse("ann@A.example"), EmailAddress::parse("ann@a.EXAMPLE"));
    }

    #[test]
    fn what_could_break_out_of_an_envelope_is_refused() {
        use AddressError::{Domain, Form, LocalPart, TooLong};
        let long = format!("{}@example.org", "a".repeat(65));
        for (text, why) in [
            ("ann", Form),
            ("@example.org", Form),
            ("ann@", Form),
            ("a b@example.org", LocalPart),
            ("a\r\nRCPT TO:<x@y.z>@example.org", LocalPart),
            ("<ann@example.org", LocalPart),
            ("ann,bob@example.org", LocalPart),
            ("\"a\"@example.org", LocalPart),
            (".ann@example.org", LocalPart),
            ("a..n@example.org", LocalPart),
            ("ann@localhost", Domain),
            ("ann@[127.0.0.1]", Domain),
            ("ann@127.0.0.1", Domain),
            ("ann@exa_mple.org", Domain),
            ("ann@-a.org", Domain),
            ("ann@a..org", Domain),
            (&long, TooLong),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_more_than_a_letter_and_the_domain() {
        let address = EmailAddress::parse("ann@example.org").expect("parses");
        assert_eq!(format!("{address:?}"), "a***@example.org");
    }

    #[test]
    fn a_mailbox_is_a_name_and_an_address_or_an_address_alone() {
        let both: Mailbox = "\"The Harbour\" <news@example.org>".parse().expect("parses");
        assert_eq!(both.to_string(), "The Harbour <news@example.org>");
        let bare: Mailbox = "news@example.org".parse().expect("parses");
        assert_eq!(bare.name, "");
        assert!("x <news@example.org".parse::<Mailbox>().is_err());
    }
}
