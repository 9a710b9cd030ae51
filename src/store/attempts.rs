//! Attempts: what was said, and what that makes of each delivery.

use serde::Serialize;

use super::pool::{Pool, on};
use super::{Store, StoreError, column};
use crate::model::{Attempt, DeliveryId, DeliveryState, Instant, Outcome, Step};

#[derive(Serialize)]
struct AttemptIn<'a> {
    delivery: i64,
    at: i64,
    took: i64,
    ended: i64,
    step: Step,
    code: u16,
    enhanced: Option<&'a str>,
    text: &'a str,
    outcome: &'static str,
    due: Option<i64>,
}

/// An address that an attempt has shown to be none.
#[derive(Serialize)]
struct Never {
    delivery: i64,
    reason: String,
    at: i64,
}

/// Only a delivery in a carrier's hands takes an outcome, but that the relay took it is true whenever it is said.
macro_rules! deliveries {
    ($rows:literal) => {
        concat!(
            "UPDATE deliveries SET attempts = attempts + 1, ended_at = CAST(value ->> 'ended' AS BIGINT),
               state = CASE WHEN state = 'sending' OR value ->> 'outcome' = 'sent' THEN value ->> 'outcome' ELSE state END,
               due_at = CASE WHEN state = 'sending' THEN COALESCE(CAST(value ->> 'due' AS BIGINT), due_at) ELSE due_at END,
               holder = NULL, lease_until = NULL, opened_at = NULL
             FROM json_each(", $rows, ") WHERE deliveries.id = CAST(value ->> 'delivery' AS BIGINT)"
        )
    };
}

macro_rules! attempts {
    ($rows:literal) => {
        concat!(
            "INSERT INTO attempts (delivery, number, at, duration_ms, step, code, enhanced, text, outcome, due_at)
             SELECT d.id, d.attempts, CAST(value ->> 'at' AS BIGINT), CAST(value ->> 'took' AS BIGINT),
               value ->> 'step', CAST(value ->> 'code' AS BIGINT), value ->> 'enhanced', value ->> 'text',
               value ->> 'outcome', CAST(value ->> 'due' AS BIGINT)
             FROM json_each(", $rows, ") JOIN deliveries d ON d.id = CAST(value ->> 'delivery' AS BIGINT)"
        )
    };
}

/// Opens what its holder still has and its reader still wants.
macro_rules! opened {
    ($rows:literal, $now:literal, $holder:literal) => {
        concat!(
            "UPDATE deliveries SET opened_at = ",
            $now,
            "
             WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(",
            $rows,
            "))
               AND state = 'sending' AND holder = ",
            $holder,
            "
               AND EXISTS (SELECT 1 FROM subscriptions q JOIN edition_lists l ON l.list = q.list
                 WHERE l.edition = deliveries.edition AND q.subscriber = deliveries.subscriber
                   AND q.state = 'confirmed')
               AND NOT EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
                 WHERE s.id = deliveries.subscriber)"
        )
    };
}

/// On SQLite a whole turn is one statement, an insert into this view: each statement of its own would cost several
/// changes of thread. A writer makes it for itself when it connects.
pub(super) const TURNS: &str = concat!(
    "CREATE TEMP VIEW IF NOT EXISTS turns AS SELECT NULL AS closed, NULL AS opening, NULL AS at, NULL AS holder;
     CREATE TEMP TRIGGER IF NOT EXISTS turn INSTEAD OF INSERT ON turns BEGIN ",
    deliveries!("NEW.closed"),
    "; ",
    attempts!("NEW.closed"),
    "; ",
    opened!("NEW.opening", "NEW.at", "NEW.holder"),
    "; END"
);
const TURN: &str = "INSERT INTO turns VALUES ($1, $2, $3, $4);
     SELECT json_group_array(id) FROM deliveries
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))
       AND state = 'sending' AND holder = $4 AND opened_at = $3";

/// Those that the holder has, and that could not be opened because the reader has left meanwhile.
const WITHDRAWN: &str = "UPDATE deliveries SET ended_at = $2, holder = NULL, lease_until = NULL,
       state = CASE WHEN EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
         WHERE s.id = deliveries.subscriber) THEN 'suppressed' ELSE 'cancelled' END
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
       AND state = 'sending' AND holder = $3 AND opened_at IS NULL";

const SUPPRESSIONS: &str = "INSERT INTO suppressions (key, address, reason, created_at)
     SELECT s.key, s.address, value ->> 'reason', CAST(value ->> 'at' AS BIGINT)
     FROM json_each($1)
     JOIN deliveries d ON d.id = CAST(value ->> 'delivery' AS BIGINT)
     JOIN subscribers s ON s.id = d.subscriber
     ORDER BY s.key ON CONFLICT (key) DO NOTHING";

/// What ends and what begins in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// Attempts that have ended; one for each delivery at most.
    pub closed: Vec<Attempt>,
    /// Deliveries whose conversation is about to begin.
    pub opened: Vec<DeliveryId>,
}

impl Store {
    /// Records what has ended and opens what comes next, in one transaction; returns what may go.
    ///
    /// A delivery that `holder` lost to another, or whose reader has left or was suppressed meanwhile, may not.
    /// [`Outcome::Suppressed`] also suppresses the address, with the reply as the reason.
    pub async fn turn(&self, turn: &Turn, holder: &str, now: Instant) -> Result<Vec<DeliveryId>, StoreError> {
        let rows = column::to_json(&turn.closed.iter().map(AttemptIn::new).collect::<Vec<_>>())?;
        let opening = column::to_json(&turn.opened)?;
        let at = now.timestamp_millis();
        let never: Vec<Never> =
            turn.closed.iter().filter(|a| a.outcome == Outcome::Suppressed).map(Never::new).collect();
        let opened: Vec<i64> = match &self.0 {
            Pool::Sqlite { writer, .. } if never.is_empty() => {
                let whole = sqlx::query_scalar(TURN).bind(&rows).bind(&opening).bind(at).bind(holder);
                let opened: String = whole.fetch_one(writer).await?;
                column::json("deliveries.id", &opened)?
            }
            Pool::Sqlite { .. } | Pool::Postgres(_) => on!(write self, tx => {
                sqlx::query(deliveries!("$1")).bind(&rows).execute(&mut *tx).await?;
                sqlx::query(attempts!("$1")).bind(&rows).execute(&mut *tx).await?;
                if !never.is_empty() {
                    sqlx::query(SUPPRESSIONS).bind(column::to_json(&never)?).execute(&mut *tx).await?;
                }
                let open = sqlx::query_scalar(concat!(opened!("$1", "$2", "$3"), " RETURNING id"));
                open.bind(&opening).bind(at).bind(holder).fetch_all(&mut *tx).await?
            }),
        };
        if opened.len() < turn.opened.len() {
            self.withdraw(&opening, holder, at).await?;
        }
        Ok(opened.into_iter().map(DeliveryId).collect())
    }

    async fn withdraw(&self, opening: &str, holder: &str, at: i64) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(WITHDRAWN).bind(opening).bind(at).bind(holder).execute(&mut *tx).await?;
        });
        Ok(())
    }
}

impl<'a> AttemptIn<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        Self {
            delivery: attempt.delivery.0,
            at: attempt.at.timestamp_millis(),
            took: attempt.duration_ms,
            ended: attempt.at.timestamp_millis() + attempt.duration_ms,
            step: attempt.reply.step,
            code: attempt.reply.code,
            enhanced: attempt.reply.enhanced.as_deref(),
            text: &attempt.reply.text,
            outcome: DeliveryState::from(attempt.outcome).as_str(),
            due: due(attempt.outcome),
        }
    }
}

impl Never {
    fn new(attempt: &Attempt) -> Self {
        let Attempt { delivery, at, reply, .. } = attempt;
        let code = reply.enhanced.as_deref().unwrap_or_default();
        let reason = format!("the relay refused the address: {} {code} {}", reply.code, reply.text);
        Self { delivery: delivery.0, reason: column::one_line(&reason), at: at.timestamp_millis() }
    }
}

const fn due(outcome: Outcome) -> Option<i64> {
    match outcome {
        Outcome::Deferred { until } => Some(until.timestamp_millis()),
        Outcome::Sent
        | Outcome::Refused
        | Outcome::Uncertain
        | Outcome::Suppressed
        | Outcome::Expired
        | Outcome::Cancelled => None,
    }
}
