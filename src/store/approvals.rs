//! Approvals: drafts that wait for a yes.
//!
//! What opens the page on which it is said is 128 random bits of the edition, which nobody else knows; they are worth
//! nothing once the edition is decided.

use super::mails::put_mail;
use super::notices::say;
use super::pool::on;
use super::slot_leases::insist_on_slot;
use super::slots::of_slot;
use super::waves::names;
use super::{Store, StoreError, column, token};
use crate::model::{EditionId, EditionRecord, Instant, Name, NewMail, Otherwise, Skipped};

const ASK: &str = "UPDATE editions SET approve_by = $2, approve_else = $3, approval_token = $4
     WHERE id = $1 AND state = 'draft'";

const WITHDRAW: &str = "UPDATE editions SET state = 'cancelled' WHERE id = $1 AND state = 'draft'
       AND approve_by IS NOT NULL AND approved_at IS NOT DISTINCT FROM CAST($2 AS BIGINT)";
/// Whoever asked may have died before saying that the slot waits.
const SKIP: &str =
    "UPDATE slots SET state = 'skipped', edition = NULL, reason = $3, decided_at = $4, holder = NULL,
       lease_until = NULL WHERE digest = $1 AND slot = $2 AND state IN ('waiting', 'open')";

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
    /// Lets a draft wait for a yes until `by`, and queues the mails that ask for it, all or nothing; they are made of what
    /// opens the page on which to say it, which is returned.
    ///
    /// Of a draft whose slot `holder` does not have open it is [`StoreError::SlotLost`].
    pub async fn ask(
        &self,
        edition: EditionId,
        holder: &str,
        by: Instant,
        otherwise: Otherwise,
        now: Instant,
        mails: impl FnOnce(&str) -> Vec<NewMail>,
    ) -> Result<String, StoreError> {
        let token = token::random()?;
        let mails = mails(&token);
        let tokens = mails.iter().map(|_| token::random()).collect::<Result<Vec<String>, StoreError>>()?;
        on!(write self, tx => {
            insist_on_slot!(self, tx, edition, holder);
            let asked = sqlx::query(ASK)
                .bind(edition.0)
                .bind(by.timestamp_millis())
                .bind(otherwise.as_str())
                .bind(&token)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if asked == 0 {
                return Err(StoreError::NoEdition(edition));
            }
            for (mail, token) in mails.iter().zip(&tokens) {
                put_mail!(tx, mail, token, now);
            }
        });
        Ok(token)
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

    /// Cancels a draft that waits for a yes and skips its slot, for the reason that `word` tells the publisher, all or
    /// nothing; false if something was said since `record` was read.
    pub async fn withdraw_asked(
        &self,
        record: &EditionRecord,
        why: &Skipped,
        word: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let (digest, slot) = (record.digest.as_str(), record.slot.timestamp_millis());
        let approved_at = record.ask.and_then(|ask| ask.approved_at).map(|at| at.timestamp_millis());
        let reason = column::to_json(why)?;
        let withdrawn = on!(write self, tx => {
            let withdrawn = sqlx::query(WITHDRAW)
                .bind(record.id.0)
                .bind(approved_at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if withdrawn > 0 {
                let skip = sqlx::query(SKIP).bind(digest).bind(slot).bind(&reason).bind(now.timestamp_millis());
                skip.execute(&mut *tx).await?;
                say!(tx, of_slot(digest, slot), word, true, now);
            }
            withdrawn
        });
        Ok(withdrawn > 0)
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
