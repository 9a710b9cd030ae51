//! An edition's way through its states: draft → released → finished, or cancelled.

use chrono::TimeDelta;

use super::attempts::{NEVER, settle};
use super::choices::{self, wave};
use super::notices::{of_edition, take_back};
use super::pool::on;
use super::slot_leases::insist_on_slot;
use super::{Store, StoreError, column, consumed, editings, waves};
use crate::model::{EditionId, Excluded, Instant, Name};

/// On which terms an edition goes out; they are frozen with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The time over which its first tries are spread; zero for all at once.
    pub over: TimeDelta,
    /// When what has not gone is given up; `None` for never.
    pub expires_at: Option<Instant>,
    /// How long after its end an uncertain letter is tried once more; `None` holds it.
    pub retry_after: Option<TimeDelta>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { over: TimeDelta::zero(), expires_at: None, retry_after: Some(TimeDelta::minutes(5)) }
    }
}

/// Who gets an edition; `candidates = excluded + queued`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Released {
    /// Everybody on its lists, of whatever state.
    pub candidates: u64,
    /// Those who are not confirmed, have left, are suppressed or do not want it.
    pub excluded: u64,
    /// The same by reason.
    pub left_out: Excluded,
    /// Those who have a delivery now.
    pub queued: u64,
}

/// One delivery a reader, on however many of the lists; in the order of subscribers. A spread is even and the same
/// for the same reader: neighbours in the list are far apart in time.
const FREEZE: &str = "INSERT INTO deliveries (edition, subscriber, state, due_at, variant)
     SELECT $1, p.subscriber, 'queued', $2 + CASE WHEN $3 > 0 THEN (p.subscriber * 2654435761) % $3 ELSE 0 END,
       MAX(COALESCE(g.variant, 0))
     FROM subscriptions p
     LEFT JOIN (SELECT s.id FROM suppressions x JOIN subscribers s ON s.key = x.key) never ON never.id = p.subscriber
     LEFT JOIN (SELECT id FROM subscribers WHERE paused_until > $2) away ON away.id = p.subscriber
     LEFT JOIN (SELECT c.subscriber, c.declined, c.left_out FROM editions e JOIN choices c ON c.digest = e.digest
       WHERE e.id = $1) chosen ON chosen.subscriber = p.subscriber
     LEFT JOIN edition_groups g ON g.edition = $1 AND g.left_out = chosen.left_out AND g.since IS NULL
     WHERE p.list IN (SELECT list FROM edition_lists WHERE edition = $1)
       AND p.state = 'confirmed' AND never.id IS NULL AND away.id IS NULL
       AND (chosen.declined IS NULL OR NOT chosen.declined) AND (g.edition IS NULL OR g.variant IS NOT NULL)
     GROUP BY p.subscriber ORDER BY p.subscriber";

/// The same for the readers of some zones. Each gets what follows on what they were shown last; for whom nothing was
/// made gets nothing, and is shown later what there was.
const FREEZE_WAVE: &str = wave!(
    "INSERT INTO deliveries (edition, subscriber, state, due_at, variant)
     SELECT $1, p.subscriber, 'queued', $2 + CASE WHEN $3 > 0 THEN (p.subscriber * 2654435761) % $3 ELSE 0 END,
       MAX(COALESCE(g.variant, f.variant, 0))",
    "(g.edition IS NULL OR g.variant IS NOT NULL)
       AND (r.considered IS NULL OR r.considered = e.since OR f.edition IS NOT NULL)
     GROUP BY p.subscriber ORDER BY p.subscriber"
);

/// True if an edition was released of which this one, when it was composed, did not know: it has looked further, or it has
/// used what a cancelled one had given back. (Of an edition for some zones the freezing itself asks what each reader was
/// shown.)
const OVERTAKEN: &str =
    "SELECT ((SELECT MAX(o.considered) FROM editions o WHERE o.digest = e.digest AND o.id <> e.id
       AND o.state IN ('released', 'finished')) IS DISTINCT FROM e.since
       OR EXISTS (SELECT 1 FROM edition_articles a JOIN consumed c ON c.digest = e.digest AND c.article = a.article
         WHERE a.edition = e.id)) AND e.zones IS NULL FROM editions e WHERE e.id = $1";

/// On PostgreSQL releases of one digest go one after the other; SQLite has one writer anyway.
const ONE_BY_ONE: &str = "SELECT o.id FROM editions o JOIN editions e ON o.digest = e.digest
     WHERE e.id = $1 ORDER BY o.id FOR UPDATE OF o";

const ACCOUNT: &str =
    "UPDATE editions SET candidates = $2, excluded = $3, pending = $4, unsubscribed = $5, suppressed = $6, away = $7,
       declined = $8, empty_handed = $9 WHERE id = $1";

const ANALYZE: &str = "ANALYZE deliveries;ANALYZE subscribers;ANALYZE subscriptions;ANALYZE suppressions";

const LISTS: &str = "INSERT INTO edition_lists (edition, list)
     SELECT $1, id FROM lists WHERE name IN (SELECT value ->> 0 FROM json_each($2))";

const GUARDED: &str =
    "UPDATE editions SET state = 'released', released_at = $2, expires_at = $3, retry_after = $4
     WHERE id = $1 AND state = 'draft'";

const WITHDRAW: &str = "UPDATE deliveries SET holder = NULL, lease_until = NULL,
       state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'cancelled' END
     WHERE edition = $1 AND (state IN ('queued', 'deferred') OR (state = 'sending' AND opened_at IS NULL))";
const HOLD: &str =
    "UPDATE deliveries SET due_at = $2 WHERE edition = $1 AND state = 'uncertain' AND due_at < $2";

const RESUME: &str = "UPDATE editions SET paused = NULL,
       judged_sent = (SELECT COUNT(*) FROM deliveries WHERE edition = $1 AND state = 'sent')
         + COALESCE((SELECT letters FROM pruned_deliveries WHERE edition = $1 AND state = 'sent'), 0),
       judged_refused = (SELECT COUNT(*) FROM deliveries WHERE edition = $1 AND state = 'refused')
         + COALESCE((SELECT letters FROM pruned_deliveries WHERE edition = $1 AND state = 'refused'), 0)
     WHERE id = $1 AND paused IS NOT NULL";

/// Nothing that is under way now goes again.
const CLOSE: &str =
    "UPDATE editions SET retry_after = NULL, expires_at = 0 WHERE id = $1 AND state = 'released'";

const FINISH: &str =
    "UPDATE editions SET state = 'finished', paused = NULL WHERE id = $1 AND state = 'released' AND NOT EXISTS (
       SELECT 1 FROM deliveries WHERE edition = $1
         AND (state IN ('queued', 'sending', 'deferred') OR (state = 'uncertain' AND due_at < $2)))";

/// Makes the deliveries of a released edition; how many there are, and whether they are those of some zones.
macro_rules! freeze {
    ($tx:ident, $id:expr, $at:expr, $terms:expr) => {{
        let wave: bool = sqlx::query_scalar("SELECT zones IS NOT NULL FROM editions WHERE id = $1")
            .bind($id.0)
            .fetch_one(&mut *$tx)
            .await?;
        let freeze = sqlx::query(if wave { FREEZE_WAVE } else { FREEZE }).bind($id.0).bind($at);
        let freeze = freeze.bind($terms.over.num_milliseconds());
        (freeze.execute(&mut *$tx).await?.rows_affected(), wave)
    }};
}

/// Writes down who gets an edition and who does not.
macro_rules! account {
    ($tx:ident, $id:expr, $left_out:expr, $queued:expr) => {{
        let out: &Excluded = &$left_out;
        sqlx::query(ACCOUNT)
            .bind($id.0)
            .bind((out.all() + $queued) as i64)
            .bind(out.all() as i64)
            .bind(out.pending as i64)
            .bind(out.unsubscribed as i64)
            .bind(out.suppressed as i64)
            .bind(out.paused as i64)
            .bind(out.declined as i64)
            .bind(out.nothing as i64)
            .execute(&mut *$tx)
            .await?;
    }};
}

impl Store {
    /// Freezes who gets the edition: a draft becomes released and every confirmed reader of `lists` who is not
    /// suppressed gets one delivery, all or nothing.
    ///
    /// The terms are frozen with it. Anything but a draft is [`StoreError::NotADraft`]; an unknown list is [`StoreError::NoList`]; a draft that
    /// another release has overtaken is [`StoreError::Overtaken`].
    pub async fn release(
        &self,
        id: EditionId,
        lists: &[Name],
        terms: &Terms,
        now: Instant,
    ) -> Result<Released, StoreError> {
        self.release_for(None, id, lists, terms, now).await
    }

    /// Does the same for `holder`, who has the edition's slot open; if others have it now, it is [`StoreError::SlotLost`].
    pub async fn release_for(
        &self,
        holder: Option<&str>,
        id: EditionId,
        lists: &[Name],
        terms: &Terms,
        now: Instant,
    ) -> Result<Released, StoreError> {
        let names = column::to_json(&lists.iter().map(|n| [n.as_str()]).collect::<Vec<_>>())?;
        let at = now.timestamp_millis();
        let expires_at = terms.expires_at.map(|at| at.timestamp_millis());
        let retry_after = terms.retry_after.map(|wait| wait.num_milliseconds());
        let (left_out, queued) = on!(write self, tx => {
            if let Some(holder) = holder {
                insist_on_slot!(self, tx, id, holder);
            }
            let one_by_one = self.0.either("SELECT $1", ONE_BY_ONE);
            sqlx::query(one_by_one).bind(id.0).execute(&mut *tx).await?;
            let guarded = sqlx::query(GUARDED).bind(id.0).bind(at).bind(expires_at).bind(retry_after);
            if guarded.execute(&mut *tx).await?.rows_affected() == 0 {
                let state: Option<String> = sqlx::query_scalar("SELECT state FROM editions WHERE id = $1")
                    .bind(id.0)
                    .fetch_optional(&mut *tx)
                    .await?;
                return Err(not_a_draft(id, state));
            }
            let overtaken: bool = sqlx::query_scalar(OVERTAKEN).bind(id.0).fetch_one(&mut *tx).await?;
            if overtaken {
                return Err(StoreError::Overtaken(id));
            }
            let unknown: Option<String> = sqlx::query_scalar(
                "SELECT value ->> 0 FROM json_each($1) WHERE value ->> 0 NOT IN (SELECT name FROM lists) LIMIT 1",
            )
            .bind(&names)
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(name) = unknown {
                return Err(StoreError::NoList(name));
            }
            sqlx::query(LISTS).bind(id.0).bind(&names).execute(&mut *tx).await?;
            let (queued, wave) = freeze!(tx, id, at, terms);
            sqlx::query(consumed::CONSUME).bind(id.0).execute(&mut *tx).await?;
            sqlx::query(editings::USE).bind(id.0).execute(&mut *tx).await?;
            // The planner knows nothing of rows that are this new, and would look for each by reading them all.
            for table in self.0.either("", ANALYZE).split_terminator(';') {
                sqlx::query(table).execute(&mut *tx).await?;
            }
            let reasons: Vec<(String, i64)> =
                sqlx::query_as(choices::EXCLUDED).bind(id.0).bind(at).fetch_all(&mut *tx).await?;
            let left_out = left_out(&reasons)?;
            account!(tx, id, left_out, queued);
            // Only now: who is left out was told by how far they had come.
            if wave {
                sqlx::query(waves::REACH).bind(id.0).execute(&mut *tx).await?;
                sqlx::query(choices::PASS_BY).bind(id.0).bind(at).execute(&mut *tx).await?;
            }
            (left_out, queued)
        });
        Ok(Released { candidates: left_out.all() + queued, excluded: left_out.all(), left_out, queued })
    }

    /// Gives an edition up; false if there was nothing left to withdraw.
    ///
    /// A draft is cancelled. Of a released edition every letter that waits or lies in a press unopened is withdrawn,
    /// and nothing uncertain is tried again; if none was ever in a carrier's hands the edition is cancelled and its
    /// articles are free again, else it stays released until [`Store::finish`].
    pub async fn cancel(&self, id: EditionId) -> Result<bool, StoreError> {
        let changed = on!(write self, tx => {
            settle!(self, tx);
            let withdrawn = sqlx::query(WITHDRAW).bind(id.0).execute(&mut *tx).await?.rows_affected();
            let held = sqlx::query(HOLD).bind(id.0).bind(NEVER).execute(&mut *tx).await?.rows_affected();
            sqlx::query(CLOSE).bind(id.0).execute(&mut *tx).await?;
            let given_up = sqlx::query(
                "UPDATE editions SET state = 'cancelled' WHERE id = $1 AND (state = 'draft' OR (state = 'released'
                   AND NOT EXISTS (SELECT 1 FROM deliveries
                                   WHERE edition = $1 AND (state IN ('sending', 'sent', 'uncertain') OR doubts > 0))))",
            )
            .bind(id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if given_up > 0 {
                sqlx::query(waves::GO_BACK).bind(id.0).execute(&mut *tx).await?;
                sqlx::query(editings::GIVE_BACK).bind(id.0).execute(&mut *tx).await?;
                for statement in consumed::GIVE_BACK {
                    sqlx::query(statement).bind(id.0).execute(&mut *tx).await?;
                }
            }
            take_back!(tx, of_edition(id));
            withdrawn + held + given_up
        });
        Ok(changed > 0)
    }

    /// Makes a released edition finished if none of its letters will go out any more; true if it did.
    pub async fn finish(&self, id: EditionId) -> Result<bool, StoreError> {
        let finished = on!(write self, tx => {
            settle!(self, tx);
            sqlx::query(FINISH).bind(id.0).bind(NEVER).execute(&mut *tx).await?.rows_affected()
        });
        Ok(finished > 0)
    }

    /// Returns the editions whose letters may go, oldest slot first, each with when it expires.
    pub async fn going_out(&self) -> Result<Vec<(EditionId, Option<Instant>)>, StoreError> {
        let rows: Vec<(i64, Option<i64>)> = on!(read self, db =>
            sqlx::query_as(
                "SELECT id, expires_at FROM editions WHERE state = 'released' AND paused IS NULL ORDER BY slot, id",
            )
            .fetch_all(db)
            .await?);
        let row = |(id, at)| Ok((EditionId(id), column::instant_or_none("editions.expires_at", at)?));
        rows.into_iter().map(row).collect()
    }

    /// Lets no further letter of a released edition begin, and remembers why; false if it was not going out.
    pub async fn pause(&self, id: EditionId, why: &str) -> Result<bool, StoreError> {
        let pause = "UPDATE editions SET paused = $2 WHERE id = $1 AND state = 'released' AND paused IS NULL";
        let paused = on!(write self, tx =>
            sqlx::query(pause).bind(id.0).bind(column::one_line(why)).execute(&mut *tx).await?.rows_affected());
        Ok(paused > 0)
    }

    /// Lets the letters of a paused edition go on; false if it was not paused.
    pub async fn resume(&self, id: EditionId) -> Result<bool, StoreError> {
        let resumed = on!(write self, tx => {
            settle!(self, tx);
            take_back!(tx, of_edition(id));
            sqlx::query(RESUME).bind(id.0).execute(&mut *tx).await?.rows_affected()
        });
        Ok(resumed > 0)
    }
}

fn left_out(reasons: &[(String, i64)]) -> Result<Excluded, StoreError> {
    let mut left_out = Excluded::default();
    for (why, readers) in reasons {
        let count = match why.as_str() {
            "pending" => &mut left_out.pending,
            "unsubscribed" => &mut left_out.unsubscribed,
            "suppressed" => &mut left_out.suppressed,
            "paused" => &mut left_out.paused,
            "declined" => &mut left_out.declined,
            _ => &mut left_out.nothing,
        };
        *count = column::count("subscriptions", *readers)?;
    }
    Ok(left_out)
}

fn not_a_draft(edition: EditionId, state: Option<String>) -> StoreError {
    let state = state.map(|word| column::edition_state(&word));
    match state {
        None => StoreError::NoEdition(edition),
        Some(Ok(state)) => StoreError::NotADraft { edition, state },
        Some(Err(unreadable)) => unreadable,
    }
}
