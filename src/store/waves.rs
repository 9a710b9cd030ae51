//! Waves: editions for the readers of some zones, and what each reader was shown before; and the variants of editions.
//!
//! How far a reader has come is what the last edition that was released to them had looked at. Readers of one wave who
//! have come equally far get one text; those who have changed their zone have come farther, or less far, and get a
//! *variant*: nobody gets an article twice, and nobody misses one.

use super::choices::{PUT_READING, Reading};
use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Edition, EditionId, Explanation, Message};

/// Whose an edition is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// The zones whose readers get it, as the readers' rows name them.
    pub zones: Vec<String>,
    /// The zone of readers who have named none.
    pub home: String,
}

/// What some readers of an edition get instead of what most get.
#[derive(Debug, Clone)]
pub struct Variant {
    /// What is in it; its `since` tells whose it is.
    pub edition: Edition,
    /// What they will see.
    pub message: Message,
    /// Why each article is in or out.
    pub explanation: Explanation,
}

/// A release for some zones brings its readers on; nobody goes back.
pub(super) const REACH: &str = "INSERT INTO reached (digest, subscriber, considered, edition)
     SELECT e.digest, d.subscriber, COALESCE(v.considered, e.considered), e.id
     FROM editions e JOIN deliveries d ON d.edition = e.id
     LEFT JOIN variants v ON v.edition = d.edition AND v.number = d.variant
     WHERE e.id = $1 AND e.zones IS NOT NULL
     ON CONFLICT (digest, subscriber) DO UPDATE SET considered = excluded.considered,
       before = reached.considered, edition = excluded.edition
     WHERE reached.considered IS NULL OR reached.considered < excluded.considered";

/// A cancelled one takes them back.
pub(super) const GO_BACK: &str = "UPDATE reached SET considered = before WHERE edition = $1";

const PUT_VARIANT: &str =
    "INSERT INTO variants (edition, number, since, considered, subject, language, direction, html, text, explanation)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Forgets a draft, but not its number: whoever has made it and comes late must not find another's under it.
pub(super) const DISCARD: [&str; 5] = [
    "INSERT INTO counters (name, value) VALUES ('editions', $1) ON CONFLICT (name) DO UPDATE SET
       value = CASE WHEN excluded.value > counters.value THEN excluded.value ELSE counters.value END",
    "DELETE FROM edition_articles WHERE edition = $1",
    "DELETE FROM edition_groups WHERE edition = $1",
    "DELETE FROM variants WHERE edition = $1",
    "DELETE FROM editions WHERE id = $1",
];

/// Hops from one zone to the next, however many readers each has.
const ZONES: &str = "WITH RECURSIVE hop (zone) AS (
       SELECT MIN(zone) FROM subscribers
       UNION ALL
       SELECT (SELECT MIN(s.zone) FROM subscribers s WHERE s.zone > hop.zone) FROM hop WHERE hop.zone IS NOT NULL)
     SELECT zone FROM hop WHERE zone IS NOT NULL";

impl Store {
    /// Returns the zones that readers have named.
    pub async fn zones(&self) -> Result<Vec<String>, StoreError> {
        Ok(on!(read self, db => sqlx::query_scalar(ZONES).fetch_all(db).await?))
    }

    /// Gives a draft its texts: the variants, and which group of readers gets which; of an edition for some zones,
    /// whose it is.
    pub async fn address(
        &self,
        edition: EditionId,
        audience: Option<&Audience>,
        variants: &[Variant],
        readings: &[Reading],
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for (number, variant) in (1_i64..).zip(variants) {
            let places = super::editions::places(&variant.edition, number);
            rows.push((number, variant, column::to_json(&places)?, column::to_json(&variant.explanation)?));
        }
        on!(write self, tx => {
            if let Some(audience) = audience {
                sqlx::query("UPDATE editions SET zones = $2, home_zone = $3 WHERE id = $1")
                    .bind(edition.0)
                    .bind(audience.zones()?)
                    .bind(&audience.home)
                    .execute(&mut *tx)
                    .await?;
            }
            for (number, variant, places, explanation) in &rows {
                sqlx::query(PUT_VARIANT)
                    .bind(edition.0)
                    .bind(number)
                    .bind(variant.edition.since.map(|article| article.0))
                    .bind(variant.edition.considered.0)
                    .bind(&variant.message.subject)
                    .bind(variant.message.language.as_str())
                    .bind(variant.message.direction.as_str())
                    .bind(&variant.message.html)
                    .bind(&variant.message.text)
                    .bind(explanation)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(super::editions::PLACES).bind(edition.0).bind(places).execute(&mut *tx).await?;
            }
            for reading in readings {
                sqlx::query(PUT_READING)
                    .bind(edition.0)
                    .bind(reading.since.map(|article| article.0))
                    .bind(column::to_json(&reading.left_out)?)
                    .bind(reading.text.map(|text| text as i64))
                    .bind(reading.considered.0)
                    .execute(&mut *tx)
                    .await?;
            }
        });
        Ok(())
    }

    /// Returns the messages of an edition's variants, by their numbers.
    pub async fn variants(&self, edition: EditionId) -> Result<Vec<(i64, Message)>, StoreError> {
        let rows: Vec<(i64, String, String, String, String, String)> = on!(read self, db =>
            sqlx::query_as(
                "SELECT number, subject, language, direction, html, text FROM variants
                 WHERE edition = $1 ORDER BY number",
            )
            .bind(edition.0)
            .fetch_all(db)
            .await?);
        let message = |(number, subject, language, direction, html, text)| {
            let language = column::word("variants.language", language)?;
            let direction = column::word("variants.direction", direction)?;
            Ok((number, Message { subject, language, direction, html, text }))
        };
        rows.into_iter().map(message).collect()
    }

    /// Forgets a draft, as if it had never been made; false if it is none.
    pub async fn discard(&self, edition: EditionId) -> Result<bool, StoreError> {
        let gone = on!(write self, tx => {
            let draft: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM editions WHERE id = $1 AND state = 'draft')")
                .bind(edition.0)
                .fetch_one(&mut *tx)
                .await?;
            if draft {
                for statement in DISCARD {
                    sqlx::query(statement).bind(edition.0).execute(&mut *tx).await?;
                }
            }
            draft
        });
        Ok(gone)
    }
}

impl Audience {
    pub(super) fn zones(&self) -> Result<String, StoreError> {
        names(self.zones.iter().map(String::as_str))
    }
}

/// Names as rows for `json_each`.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> Result<String, StoreError> {
    column::to_json(&names.map(|name| [name]).collect::<Vec<_>>())
}
