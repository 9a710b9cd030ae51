//! VERP: an envelope sender for each letter, so that a bounce names its delivery whatever its text says.
//!
//! The token is `number-hash`: the delivery's number in base 36 and 80 bits of HMAC-SHA-256 over it in hexadecimal,
//! all in lower case, because some servers fold the case of a local part on the way. Who does not know the key cannot
//! make a bounce for another delivery.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use crate::model::{DeliveryId, EmailAddress};

/// What stands for the token in a pattern.
const MARK: &str = "{token}";
/// Bytes of the hash that are told: 80 bits.
const HASH: usize = 10;
/// What is hashed begins with this, so that the key may serve other purposes too.
const PURPOSE: &[u8] = b"return path of delivery ";
/// A stand-in for the longest token: 13 digits of base 36, a hyphen, the hash.
const LONGEST: &str = "0000000000000-00000000000000000000";

/// Makes return paths and reads them back; a clone is cheap, `Debug` does not show the key.
#[derive(Clone)]
pub struct ReturnPath {
    pattern: Arc<Pattern>,
    key: Arc<hmac::Key>,
}

#[derive(Debug)]
struct Pattern {
    before: String,
    after: String,
    domain: String,
    /// Given back where the address could not be made, which the check of the pattern rules out.
    model: EmailAddress,
}

/// Why a text is no pattern for return paths.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("expected an ASCII address with {MARK} once before the @ and at most 30 other characters there")]
pub struct ReturnPathError;

impl fmt::Debug for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pattern { before, after, domain, .. } = &*self.pattern;
        write!(f, "ReturnPath({before}{MARK}{after}@{domain})")
    }
}

impl ReturnPath {
    /// Takes a pattern such as `bounces+{token}@news.example.org`, and the key that makes tokens.
    pub fn new(pattern: &str, key: &[u8; 32]) -> Result<Self, ReturnPathError> {
        let (before, after) = pattern.trim().split_once(MARK).ok_or(ReturnPathError)?;
        // RFC 5321 §4.5.3.1.1: with the longest token the local part still fits.
        let model = EmailAddress::parse(&format!("{before}{LONGEST}{after}")).map_err(|_| ReturnPathError)?;
        let (after, _) = after.rsplit_once('@').ok_or(ReturnPathError)?;
        if !pattern.is_ascii() || after.contains(['@', '{', '}']) || before.contains(['@', '{', '}']) {
            return Err(ReturnPathError);
        }
        let (before, after) = (before.to_owned(), after.to_owned());
        let pattern = Pattern { before, after, domain: model.domain().to_owned(), model };
        Ok(Self { pattern: Arc::new(pattern), key: Arc::new(hmac::Key::new(HMAC_SHA256, key)) })
    }

    /// Returns the envelope sender of a delivery's letter, the same at every try.
    #[must_use]
    pub fn for_delivery(&self, delivery: DeliveryId) -> EmailAddress {
        let Pattern { before, after, domain, model } = &*self.pattern;
        let address = format!("{before}{}{after}@{domain}", self.token(delivery));
        EmailAddress::parse(&address).unwrap_or_else(|_| model.clone())
    }

    /// Returns the delivery whose bounce comes to this address; `None` for any other and for a forged one.
    #[must_use]
    pub fn delivery_of(&self, address: &EmailAddress) -> Option<DeliveryId> {
        let Pattern { before, after, domain, .. } = &*self.pattern;
        let local = address.local().to_ascii_lowercase();
        let token = local
            .strip_prefix(&before.to_ascii_lowercase())?
            .strip_suffix(&after.to_ascii_lowercase())
            .filter(|_| address.domain() == domain)?;
        let number = token.split_once('-')?.0;
        let delivery = DeliveryId(i64::from_str_radix(number, 36).ok().filter(|n| *n >= 0)?);
        let right = self.token(delivery);
        verify_slices_are_equal(right.as_bytes(), token.as_bytes()).ok().map(|()| delivery)
    }

    fn token(&self, delivery: DeliveryId) -> String {
        let mut message = PURPOSE.to_vec();
        message.extend_from_slice(&delivery.0.to_be_bytes());
        let tag = hmac::sign(&self.key, &message);
        let hash = tag.as_ref().iter().take(HASH).map(|byte| format!("{byte:02x}"));
        format!("{}-{}", base36(delivery.0.unsigned_abs()), hash.collect::<String>())
    }
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::with_capacity(13);
    loop {
        digits.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path() -> ReturnPath {
        ReturnPath::new("bounces+{token}@news.example.org", &[7; 32]).expect("a pattern")
    }

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    #[test]
    fn a_pattern_needs_one_token_before_the_at_and_room_for_it() {
        for pattern in ["{token}@example.org", "B.{token}.x@example.org", "x{token}@B\u{fc}cher.example"] {
            let made = ReturnPath::new(pattern, &[1; 32]);
            assert_eq!(made.is_ok(), pattern.is_ascii(), "{pattern}");
        }
        let long = format!("{}{{token}}@example.org", "b".repeat(31));
        for pattern in [
            "bounces@example.org",
            "{token}@{token}.example.org",
            "{token}+{token}@example.org",
            "b@{token}.org",
            "{token}",
            "{token}@localhost",
            "a b{token}@example.org",
            "\u{fc}{token}@example.org",
            &long,
        ] {
            assert_eq!(ReturnPath::new(pattern, &[1; 32]).err(), Some(ReturnPathError), "{pattern}");
        }
        assert!(ReturnPath::new(&long[1..], &[1; 32]).is_ok(), "30 characters leave room");
    }

    #[test]
    fn a_return_path_is_the_same_for_ever_and_shows_no_key() {
        let made = path().for_delivery(DeliveryId(12_345));
        assert!(made.as_str().starts_with("bounces+9ix-"), "{}", made.as_str());
        assert_eq!(made, path().for_delivery(DeliveryId(12_345)));
        assert_eq!(format!("{:?}", path()), "ReturnPath(bounces+{token}@news.example.org)");
        let other = ReturnPath::new("bounces+{token}@news.example.org", &[8; 32]).expect("a pattern");
        assert_eq!(other.delivery_of(&made), None, "another press made it");
    }

    #[test]
    fn what_only_looks_like_a_return_path_names_no_delivery() {
        let path = path();
        let right = path.for_delivery(DeliveryId(35)).to_string();
        for forged in [
            right.replace("+z-", "+y-"),
            right.replace("+z-", "+0z-"),
            right.replace("+z-", "+-z-"),
            right.replace("news.", "other."),
            right.replace("bounces", "bounce"),
            right.replace("+z-", "+z"),
            right.replace('@', "0@"),
            "bounces+@news.example.org".to_owned(),
            "bounces+zzzzzzzzzzzzzzzzzzzzzzzz-00@news.example.org".to_owned(),
            "x@example.org".to_owned(),
        ] {
            assert_eq!(path.delivery_of(&address(&forged)), None, "{forged}");
        }
    }

    proptest! {
        #[test]
        fn a_return_path_leads_back_to_its_delivery_in_whatever_case(number in 0..=i64::MAX, upper in any::<u64>()) {
            let made = path().for_delivery(DeliveryId(number));
            prop_assert!(made.local().len() <= 64);
            let folded: String = made.as_str().chars().enumerate()
                .map(|(n, c)| if upper >> (n % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
                .collect();
            prop_assert_eq!(path().delivery_of(&address(&folded)), Some(DeliveryId(number)));
        }

        #[test]
        fn a_token_with_one_character_changed_names_nothing(number in 0..=i64::MAX, at in 0..33_usize, to in "[a-z0-9-]") {
            let made = path().for_delivery(DeliveryId(number));
            let mut local: Vec<char> = made.local().chars().collect();
            let at = "bounces+".len() + at % (local.len() - "bounces+".len());
            let to = to.chars().next().expect("a character");
            prop_assume!(local[at] != to);
            local[at] = to;
            let altered = local.into_iter().collect::<String>() + "@news.example.org";
            prop_assert_eq!(path().delivery_of(&address(&altered)), None);
        }

        #[test]
        fn no_address_makes_it_panic(local in "bounces\\+[a-z0-9+-]{1,40}|[a-z0-9+-]{1,30}") {
            if let Ok(address) = EmailAddress::parse(&format!("{local}@news.example.org")) {
                prop_assert_eq!(path().delivery_of(&address), None);
            }
        }
    }
}
