//! Addresses never to be written to again: each by itself, or all that a rule tells.
//!
//! A *rule* names a domain or the hash of an address. What it tells is written out as suppressions of their own as soon
//! as an address is known, so that whoever releases, claims or opens asks for the address alone.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column, token};
use crate::model::{EmailAddress, Instant, Never, Suppression};

#[derive(FromRow)]
struct SuppressionRow {
    never: String,
    reason: String,
    created_at: i64,
}

/// An address on the way in, with all that a rule can know it by.
#[derive(Serialize)]
struct KnownBy<'a> {
    key: String,
    address: &'a str,
    domain: String,
    hash: String,
}

const ADD: &str = "INSERT INTO suppressions (key, address, reason, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (key) DO UPDATE SET rule = NULL, reason = excluded.reason, created_at = excluded.created_at
     WHERE suppressions.rule IS NOT NULL";

const ADD_RULE: &str = "INSERT INTO suppression_rules (key, reason, created_at) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO NOTHING";

/// Of these addresses those that a rule tells.
pub(super) const TOLD: &str = "INSERT INTO suppressions (key, address, reason, created_at, rule)
     SELECT value ->> 'key', value ->> 'address', r.reason, r.created_at, r.key FROM json_each($1)
     JOIN suppression_rules r ON r.key IN (value ->> 'domain', value ->> 'hash') ORDER BY 1
     ON CONFLICT (key) DO NOTHING";

/// Why nobody writes to who was forgotten: they alone can come back, by their own hand.
pub(super) const FORGOTTEN: &str = "forgotten at their own wish";

/// They have come back: their mailbox has said so.
pub(super) const COME_BACK: [&str; 2] = [
    "DELETE FROM suppressions WHERE rule = $1 AND reason = $2",
    "DELETE FROM suppression_rules WHERE key = $1 AND reason = $2",
];

/// Forgotten readers have no domain.
const OF_DOMAIN: &str = "INSERT INTO suppressions (key, address, reason, created_at, rule)
     SELECT key, address, $2, $3, $1 FROM subscribers WHERE key LIKE $4 ORDER BY key
     ON CONFLICT (key) DO NOTHING";

const KEYS: &str = "SELECT key, address FROM subscribers WHERE key > $1 ORDER BY key LIMIT 10000";

const PAGE: &str = "SELECT never, reason, created_at FROM (
       SELECT key, address AS never, reason, created_at FROM suppressions WHERE rule IS NULL
       UNION ALL SELECT key, key, reason, created_at FROM suppression_rules) AS every
     WHERE key > $1 ORDER BY key LIMIT $2";

impl Store {
    /// Suppresses what is never to be written to, known or not; false if it was suppressed before.
    pub async fn suppress(&self, never: &Never, reason: &str, now: Instant) -> Result<bool, StoreError> {
        let (reason, at) = (column::one_line(reason), now.timestamp_millis());
        let key = never.key();
        let new = match never {
            Never::Address(address) => on!(write self, tx =>
                sqlx::query(ADD)
                    .bind(&key)
                    .bind(address.as_str())
                    .bind(&reason)
                    .bind(at)
                    .execute(&mut *tx)
                    .await?
                    .rows_affected()),
            Never::Domain(domain) => {
                let like =
                    format!("%@{}", domain.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%"));
                on!(write self, tx => {
                    let new = sqlx::query(ADD_RULE).bind(&key).bind(&reason).bind(at);
                    let new = new.execute(&mut *tx).await?.rows_affected();
                    if new > 0 {
                        let told = sqlx::query(OF_DOMAIN).bind(&key).bind(&reason).bind(at).bind(like);
                        told.execute(&mut *tx).await?;
                    }
                    new
                })
            }
            Never::Hash(hash) => self.suppress_hash(&key, hash, &reason, at).await?,
        };
        Ok(new > 0)
    }

    /// The database knows no hashes: whose it is, is looked for here, a page of readers at a time.
    async fn suppress_hash(&self, key: &str, hash: &str, reason: &str, at: i64) -> Result<u64, StoreError> {
        let new = on!(write self, tx =>
            sqlx::query(ADD_RULE).bind(key).bind(reason).bind(at).execute(&mut *tx).await?.rows_affected());
        if new > 0
            && let Some(address) = self.with_hash(hash).await?
        {
            let told = told(std::iter::once(&address))?;
            on!(write self, tx => {
                sqlx::query(TOLD).bind(&told).execute(&mut *tx).await?;
            });
        }
        Ok(new)
    }

    async fn with_hash(&self, hash: &str) -> Result<Option<EmailAddress>, StoreError> {
        let mut after = String::new();
        loop {
            let page: Vec<(String, String)> =
                on!(read self, db => sqlx::query_as(KEYS).bind(&after).fetch_all(db).await?);
            if let Some((_, address)) = page.iter().find(|(key, _)| hash_of(key) == hash) {
                return column::parsed("subscribers.address", address).map(Some);
            }
            let Some((last, _)) = page.into_iter().next_back() else { return Ok(None) };
            after = last;
        }
    }

    /// Lifts a suppression, with all that followed from it; false if there was none. Subscriptions stay as they are.
    pub async fn unsuppress(&self, never: &Never) -> Result<bool, StoreError> {
        let key = never.key();
        let lifted = match never {
            Never::Address(_) => on!(write self, tx =>
                sqlx::query("DELETE FROM suppressions WHERE key = $1 AND rule IS NULL")
                    .bind(&key)
                    .execute(&mut *tx)
                    .await?
                    .rows_affected()),
            Never::Domain(_) | Never::Hash(_) => on!(write self, tx => {
                sqlx::query("DELETE FROM suppressions WHERE rule = $1").bind(&key).execute(&mut *tx).await?;
                sqlx::query("DELETE FROM suppression_rules WHERE key = $1")
                    .bind(&key)
                    .execute(&mut *tx)
                    .await?
                    .rows_affected()
            }),
        };
        Ok(lifted > 0)
    }

    /// Returns the reason why an address is never to be written to, known or not; `None` if it may be.
    pub async fn suppressed(&self, address: &EmailAddress) -> Result<Option<String>, StoreError> {
        let (own, domain, hash) = known_by(address);
        Ok(on!(read self, db =>
            sqlx::query_scalar(
                "SELECT reason FROM suppressions WHERE key = $1
                 UNION ALL SELECT reason FROM suppression_rules WHERE key IN ($2, $3) LIMIT 1",
            )
            .bind(own)
            .bind(domain)
            .bind(hash)
            .fetch_optional(db)
            .await?))
    }

    /// Returns suppressions by key, at most `limit` after that of `after`; what follows from a rule is the rule.
    pub async fn suppressions(
        &self,
        after: Option<&Never>,
        limit: usize,
    ) -> Result<Vec<Suppression>, StoreError> {
        let rows: Vec<SuppressionRow> = on!(read self, db =>
            sqlx::query_as(PAGE)
                .bind(after.map(Never::key).unwrap_or_default())
                .bind(column::limit(limit))
                .fetch_all(db)
                .await?);
        let noun = |row: SuppressionRow| {
            Ok(Suppression {
                never: column::parsed("suppressions.address", &row.never)?,
                reason: row.reason,
                created_at: column::instant("suppressions.created_at", row.created_at)?,
            })
        };
        rows.into_iter().map(noun).collect()
    }
}

/// An address as only its hash is kept.
pub(super) fn hashed(address: &EmailAddress) -> Never {
    Never::Hash(hash_of(&address.key()))
}

fn hash_of(key: &str) -> String {
    token::hex(digest(&SHA256, key.as_bytes()).as_ref())
}

fn known_by(address: &EmailAddress) -> (String, String, String) {
    (address.key(), Never::Domain(address.domain().to_owned()).key(), hashed(address).key())
}

/// Addresses as [`TOLD`] takes them.
pub(super) fn told<'a>(addresses: impl Iterator<Item = &'a EmailAddress>) -> Result<String, StoreError> {
    let row = |address: &'a EmailAddress| {
        let (key, domain, hash) = known_by(address);
        KnownBy { key, address: address.as_str(), domain, hash }
    };
    column::to_json(&addresses.map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_folded_address() {
        // printf %s ann@sea.example | sha256sum
        let expected = "c547fbdde1055914f02d8b10c3048a1d44313ab03c98dc5bc81094d176268dd9";
        let ann = EmailAddress::parse("ANN@Sea.example").expect("an address");
        assert_eq!(hashed(&ann).key(), format!("sha256:{expected}"));
    }
}
