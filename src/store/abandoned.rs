//! Abandoned slots: those that somebody opened, died over, and that were passed before anybody could take them over.

use super::notices::say;
use super::pool::on;
use super::slots::of_slot;
use super::{Store, StoreError, column, waves};
use crate::model::{EditionId, Instant, Skipped};

/// A slot that lies behind what is settled is never opened again.
const ABANDONED: &str = "SELECT s.digest, s.slot FROM slots s JOIN orders o ON o.digest = s.digest
     WHERE s.state = 'open' AND s.lease_until <= $1 AND s.slot <= o.accounted";

/// Out of the hands that may be dead, before it is looked at what they have left: who was not can do nothing any more.
const TAKE: &str = "UPDATE slots SET holder = NULL
     WHERE digest = $1 AND slot = $2 AND state = 'open' AND lease_until <= $3";

const LEFT: &str = "SELECT id, state, approve_by IS NOT NULL FROM editions WHERE digest = $1 AND slot = $2";

const CLOSE: &str =
    "UPDATE slots SET state = $3, edition = $4, reason = $5, decided_at = $6, lease_until = NULL
     WHERE digest = $1 AND slot = $2";

impl Store {
    /// Says what became of slots whose makers have died and that were passed meanwhile: by how far the edition had come,
    /// published, waiting for a yes, or skipped, of which the publisher is told. A draft that nobody was asked about is
    /// forgotten.
    pub async fn close_abandoned(&self, now: Instant) -> Result<(), StoreError> {
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(ABANDONED).bind(now.timestamp_millis()).fetch_all(db).await?);
        for (digest, slot) in rows {
            self.close_one(&digest, slot, now).await?;
        }
        Ok(())
    }

    async fn close_one(&self, digest: &str, slot: i64, now: Instant) -> Result<(), StoreError> {
        let at = now.timestamp_millis();
        on!(write self, tx => {
            let taken = sqlx::query(TAKE).bind(digest).bind(slot).bind(at).execute(&mut *tx).await?;
            if taken.rows_affected() == 0 {
                return Ok(());
            }
            let left: Option<(i64, String, bool)> =
                sqlx::query_as(LEFT).bind(digest).bind(slot).fetch_optional(&mut *tx).await?;
            let (state, edition, why) = match left {
                Some((id, state, _)) if state == "released" || state == "finished" => ("published", Some(id), None),
                Some((id, state, true)) if state == "draft" => ("waiting", Some(id), None),
                Some((id, state, _)) if state == "cancelled" => {
                    ("skipped", None, Some(Skipped::Cancelled { edition: EditionId(id) }))
                }
                draft => {
                    for statement in waves::DISCARD.into_iter().filter(|_| draft.is_some()) {
                        sqlx::query(statement).bind(draft.as_ref().map(|(id, ..)| *id)).execute(&mut *tx).await?;
                    }
                    let why = "whoever made it ended before it was done, and the next slot came".to_owned();
                    let why = Skipped::Failed { why };
                    let at = column::instant("slots.slot", slot)?.format("%a %F %H:%M UTC");
                    let word = format!("{digest}: no edition for {at}: {why}");
                    say!(tx, of_slot(digest, slot), &word, true, now);
                    ("skipped", None, Some(why))
                }
            };
            let why = why.as_ref().map(column::to_json).transpose()?;
            let close = sqlx::query(CLOSE).bind(digest).bind(slot).bind(state).bind(edition).bind(&why).bind(at);
            close.execute(&mut *tx).await?;
        });
        Ok(())
    }
}
