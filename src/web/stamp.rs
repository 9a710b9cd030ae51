//! Stamps: when a form was handed out, so that what comes back quicker than people write, or after a day, is shown once
//! more. Nobody can make one: it is signed with a key that the store keeps.

use aws_lc_rs::hmac;
use chrono::TimeDelta;
use tokio::sync::OnceCell;

use crate::model::Instant;
use crate::store::{Store, StoreError};

/// Nobody writes an address in less.
const QUICKEST: TimeDelta = TimeDelta::seconds(2);
/// A page may be left open for so long.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// The name under which the store keeps the key.
const SECRET: &str = "sign-up form";

/// Makes stamps and reads them.
#[derive(Default)]
pub(super) struct Stamps(OnceCell<hmac::Key>);

/// How a stamp looks when it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// People write so long.
    Right,
    /// Too young.
    Quick,
    /// Too old, none of ours, or none at all.
    Unknown,
}

impl Stamps {
    /// The stamp of this second.
    pub(super) async fn stamp(&self, store: &Store, now: Instant) -> Result<String, StoreError> {
        let second = now.timestamp().to_string();
        let tag = hmac::sign(self.key(store).await?, second.as_bytes());
        Ok(tag.as_ref().iter().fold(format!("{second}."), |mut all, byte| {
            use std::fmt::Write as _;
            // Writing into a string cannot fail.
            let _ = write!(all, "{byte:02x}");
            all
        }))
    }

    /// How old a stamp is.
    pub(super) async fn age(&self, store: &Store, stamp: &str, now: Instant) -> Result<Age, StoreError> {
        let key = self.key(store).await?;
        let Some((second, tag)) = stamp.split_once('.') else { return Ok(Age::Unknown) };
        let given = (second.parse::<i64>(), from_hex(tag));
        let (Ok(at), Some(tag)) = given else { return Ok(Age::Unknown) };
        if hmac::verify(key, second.as_bytes(), &tag).is_err() {
            return Ok(Age::Unknown);
        }
        let age = TimeDelta::try_seconds(now.timestamp().saturating_sub(at)).unwrap_or(TimeDelta::MAX);
        Ok(if age < QUICKEST {
            Age::Quick
        } else if age > LONGEST {
            Age::Unknown
        } else {
            Age::Right
        })
    }

    async fn key(&self, store: &Store) -> Result<&hmac::Key, StoreError> {
        self.0
            .get_or_try_init(async || Ok(hmac::Key::new(hmac::HMAC_SHA256, &store.secret(SECRET).await?)))
            .await
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..32).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[tokio::test]
    async fn a_stamp_is_good_from_the_second_second_until_the_next_day_and_cannot_be_made() {
        let store = Store::open("sqlite::memory:").await.expect("opens");
        let (stamps, now) = (Stamps::default(), DateTime::from_timestamp(1_780_000_000, 0).expect("a time"));
        let stamp = stamps.stamp(&store, now).await.expect("a stamp");
        for (seconds, expected) in [
            (-5, Age::Quick),
            (0, Age::Quick),
            (1, Age::Quick),
            (2, Age::Right),
            (86_400, Age::Right),
            (86_401, Age::Unknown),
        ] {
            let then = now + TimeDelta::seconds(seconds);
            assert_eq!(stamps.age(&store, &stamp, then).await.expect("read"), expected, "{seconds}");
        }
        // Another process has the same key.
        let later = now + TimeDelta::minutes(1);
        assert_eq!(Stamps::default().age(&store, &stamp, later).await.expect("read"), Age::Right);
        let earlier = stamp.replacen("1780000000", "1779999999", 1);
        for forged in [&earlier, &stamp[..stamp.len() - 1], "", ".", "x.y", "9.", &format!("{stamp}0")] {
            assert_eq!(stamps.age(&store, forged, later).await.expect("read"), Age::Unknown, "{forged}");
        }
    }
}
