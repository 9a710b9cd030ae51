//! Abandoned slots: those that somebody opened, died over, and that were passed before anybody could take them over.

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Instant, Skipped};

/// A slot that lies behind what is settled is never opened again.
const ABANDONED: &str = "SELECT s.digest, s.slot, e.id, e.state, e.approve_by IS NOT NULL
     FROM slots s JOIN orders o ON o.digest = s.digest
     LEFT JOIN editions e ON e.digest = s.digest AND e.slot = s.slot
     WHERE s.state = 'open' AND s.lease_until <= $1 AND s.slot <= o.accounted";

const CLOSE: &str = "UPDATE slots SET state = $3, edition = $4, reason = $5, decided_at = $6, holder = NULL, lease_until = NULL
     WHERE digest = $1 AND slot = $2 AND state = 'open' AND lease_until <= $6";

/// Digest, slot, edition, its state, and whether it was asked about.
type Abandoned = (String, i64, Option<i64>, Option<String>, bool);

impl Store {
    /// Says what became of slots whose makers have died and that were passed meanwhile: by how far the edition had come,
    /// published, waiting for a yes, or skipped. A draft that nobody was asked about is forgotten.
    pub async fn close_abandoned(&self, now: Instant) -> Result<(), StoreError> {
        let at = now.timestamp_millis();
        let rows: Vec<Abandoned> = on!(read self, db =>
            sqlx::query_as(ABANDONED).bind(at).fetch_all(db).await?);
        for (digest, slot, edition, state, asked) in rows {
            let (state, edition, why) = match (state.as_deref(), edition) {
                (Some("released" | "finished"), edition) => ("published", edition, None),
                (Some("draft"), edition) if asked => ("waiting", edition, None),
                (Some("cancelled"), Some(id)) => {
                    ("skipped", None, Some(Skipped::Cancelled { edition: EditionId(id) }))
                }
                (left, id) => {
                    if let (Some("draft"), Some(id)) = (left, id) {
                        self.discard(EditionId(id)).await?;
                    }
                    let why = "whoever made it ended before it was done, and the next slot came".to_owned();
                    ("skipped", None, Some(Skipped::Failed { why }))
                }
            };
            let why = why.as_ref().map(column::to_json).transpose()?;
            on!(write self, tx => {
                sqlx::query(CLOSE)
                    .bind(&digest)
                    .bind(slot)
                    .bind(state)
                    .bind(edition)
                    .bind(&why)
                    .bind(at)
                    .execute(&mut *tx)
                    .await?;
            });
        }
        Ok(())
    }
}
