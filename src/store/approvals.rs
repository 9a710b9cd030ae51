//! Approvals: drafts that wait for a yes.
//!
//! What opens the page on which it is said is 128 random bits of the edition, which nobody else knows; they are worth
//! nothing once the edition is decided.

use super::pool::on;
use super::waves::names;
use super::{Store, StoreError, column, token};
use crate::model::{EditionId, EditionRecord, Instant, Name, Otherwise};

/// Whom a draft would go to now.
const READERS: &str = "SELECT COUNT(DISTINCT p.subscriber) FROM editions e
     JOIN subscriptions p ON p.state = 'confirmed'
     JOIN lists l ON l.id = p.list AND l.name IN (SELECT value ->> 0 FROM json_each($2))
     JOIN subscribers s ON s.id = p.subscriber
     WHERE e.id = $1 AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = s.key)
       AND (s.paused_until IS NULL OR s.paused_until <= $3)
       AND NOT EXISTS (SELECT 1 FROM choices c WHERE c.digest = e.digest AND c.subscriber = s.id
         AND (c.declined OR EXISTS (SELECT 1 FROM edition_groups g
           WHERE g.edition = e.id AND g.left_out = c.left_out AND g.variant IS NULL AND e.zones IS NULL)))
       AND (e.zones IS NULL OR EXISTS (
         SELECT 1 FROM json_each(e.zones) z WHERE z.value ->> 0 = COALESCE(s.zone, e.home_zone)))";

impl Store {
    /// Lets a draft wait for a yes until `by`; returns what opens the page on which to say it.
    pub async fn ask(
        &self,
        edition: EditionId,
        by: Instant,
        otherwise: Otherwise,
    ) -> Result<String, StoreError> {
        let token = token::random()?;
        let asked = on!(write self, tx =>
            sqlx::query(
                "UPDATE editions SET approve_by = $2, approve_else = $3, approval_token = $4
                 WHERE id = $1 AND state = 'draft'",
            )
            .bind(edition.0)
            .bind(by.timestamp_millis())
            .bind(otherwise.as_str())
            .bind(&token)
            .execute(&mut *tx)
            .await?
            .rows_affected());
        if asked == 0 { Err(StoreError::NoEdition(edition)) } else { Ok(token) }
    }

    /// Says yes to a draft; false if it is none, or was approved before.
    pub async fn approve(&self, edition: EditionId, now: Instant) -> Result<bool, StoreError> {
        let approved = on!(write self, tx =>
            sqlx::query(
                "UPDATE editions SET approved_at = $2
                 WHERE id = $1 AND state = 'draft' AND approved_at IS NULL AND approve_by IS NOT NULL",
            )
            .bind(edition.0)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(approved > 0)
    }

    /// Says no to a draft that waits for a yes, approved or not; false if it is none, or is no draft any more.
    pub async fn decline(&self, edition: EditionId) -> Result<bool, StoreError> {
        let declined = on!(write self, tx =>
            sqlx::query(
                "UPDATE editions SET state = 'cancelled'
                 WHERE id = $1 AND state = 'draft' AND approve_by IS NOT NULL",
            )
            .bind(edition.0)
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(declined > 0)
    }

    /// Returns how many readers of these lists a draft would go to now.
    pub async fn readers_of(
        &self,
        edition: EditionId,
        lists: &[Name],
        now: Instant,
    ) -> Result<u64, StoreError> {
        let readers = on!(read self, db =>
            sqlx::query_scalar(READERS)
                .bind(edition.0)
                .bind(names(lists.iter().map(Name::as_str))?)
                .bind(now.timestamp_millis())
                .fetch_one(db)
                .await?);
        column::count("subscriptions", readers)
    }

    /// Returns the drafts that wait for a yes, oldest slot first.
    pub async fn asked(&self) -> Result<Vec<EditionRecord>, StoreError> {
        let ids: Vec<i64> = on!(read self, db =>
            sqlx::query_scalar(
                "SELECT id FROM editions WHERE state = 'draft' AND approve_by IS NOT NULL ORDER BY slot, id",
            )
            .fetch_all(db)
            .await?);
        let mut asked = Vec::new();
        for id in ids {
            asked.extend(self.edition(EditionId(id)).await?);
        }
        Ok(asked)
    }

    /// Returns the edition whose page this opens, whatever has become of it.
    pub async fn edition_by_approval(&self, token: &str) -> Result<Option<EditionId>, StoreError> {
        let id: Option<i64> = on!(read self, db =>
            sqlx::query_scalar("SELECT id FROM editions WHERE approval_token = $1")
                .bind(token)
                .fetch_optional(db)
                .await?);
        Ok(id.map(EditionId))
    }
}
