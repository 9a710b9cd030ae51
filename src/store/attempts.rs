//! Attempts: opened before a conversation, closed after it, and settled into the ledger.
//!
//! A *turn* is one short transaction for many connections: what has ended goes into the journal `closings`, whole and
//! durable, and what comes next is opened in its row. The journal is *settled* — attempts written, states changed,
//! addresses suppressed — many letters at a time, and in the same transaction before anybody claims, counts, withdraws
//! or judges: nobody sees a delivery whose end is written and not yet in its state.

use std::collections::HashMap;

use serde::Serialize;

use super::pool::{Pool, on};
use super::{Store, StoreError, column};
use crate::model::{Attempt, DeliveryId, DeliveryState, Instant, Outcome, Step};

/// An attempt in the journal, without names to keep it short: delivery, begin, milliseconds, step, code, enhanced code,
/// text, outcome, due instant, and why the address is never to be written to again.
#[derive(Serialize)]
struct AttemptIn<'a>(
    i64,
    i64,
    i64,
    Step,
    u16,
    Option<&'a str>,
    &'a str,
    &'static str,
    Option<i64>,
    Option<String>,
);

/// The due instant of what nobody tries again by itself.
pub(super) const NEVER: i64 = i64::MAX;

/// Only a delivery in a carrier's hands takes an outcome, but that the relay took it is true whenever it is said. One
/// that may have arrived does not expire: it stays uncertain, and is held. What
/// was written down twice, because nobody knew whether the first time had held, counts once.
macro_rules! delivery {
    ($ended:literal, $outcome:literal, $due:literal, $which:literal) => {
        concat!(
            "UPDATE deliveries SET ended_at = ",
            $ended,
            ",
               state = CASE WHEN state = 'sending' AND doubts > 0 AND ",
            $outcome,
            " = 'expired' THEN 'uncertain'
                 WHEN state = 'sending' OR ",
            $outcome,
            " = 'sent' THEN ",
            $outcome,
            " ELSE state END,
               due_at = CASE WHEN state <> 'sending' THEN due_at
                 WHEN doubts > 0 AND ",
            $outcome,
            " = 'expired' THEN 9223372036854775807
                 WHEN ",
            $outcome,
            " <> 'uncertain' THEN COALESCE(",
            $due,
            ", due_at)
                 WHEN doubts > 0 THEN 9223372036854775807
                 ELSE COALESCE((SELECT ",
            $ended,
            " + e.retry_after FROM editions e WHERE e.id = deliveries.edition),
                               9223372036854775807) END,
               attempts = attempts + CASE WHEN state = 'sending' OR (",
            $outcome,
            " = 'sent' AND state <> 'sent')
                 THEN 1 ELSE 0 END,
               doubts = doubts + CASE WHEN state = 'sending' AND ",
            $outcome,
            " = 'uncertain' THEN 1 ELSE 0 END,
               holder = NULL, lease_until = NULL, opened_at = NULL ",
            $which
        )
    };
}

macro_rules! attempt {
    ($values:literal, $which:literal) => {
        concat!(
            "INSERT INTO attempts (delivery, number, at, duration_ms, step, code, enhanced, text, outcome, due_at)
             SELECT d.id, d.attempts, ", $values, $which, " ON CONFLICT (delivery, number) DO NOTHING"
        )
    };
}

macro_rules! suppression {
    ($values:literal, $which:literal) => {
        concat!(
            "INSERT INTO suppressions (key, address, reason, created_at) SELECT s.key, s.address, ",
            $values,
            $which,
            " ORDER BY s.key ON CONFLICT (key) DO NOTHING"
        )
    };
}

pub(super) const SETTLE_MANY: [&str; 3] = [
    delivery!(
        "(CAST(value ->> 1 AS BIGINT) + CAST(value ->> 2 AS BIGINT))",
        "value ->> 7",
        "CAST(value ->> 8 AS BIGINT)",
        "FROM json_each($1) WHERE deliveries.id = CAST(value ->> 0 AS BIGINT)"
    ),
    attempt!(
        "CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), value ->> 3, CAST(value ->> 4 AS BIGINT),
           value ->> 5, value ->> 6, value ->> 7, CAST(value ->> 8 AS BIGINT)",
        " FROM json_each($1) JOIN deliveries d ON d.id = CAST(value ->> 0 AS BIGINT) WHERE TRUE"
    ),
    suppression!(
        "value ->> 9, (CAST(value ->> 1 AS BIGINT) + CAST(value ->> 2 AS BIGINT))",
        " FROM json_each($1) JOIN deliveries d ON d.id = CAST(value ->> 0 AS BIGINT)
         JOIN subscribers s ON s.id = d.subscriber WHERE value ->> 9 IS NOT NULL"
    ),
];

/// On PostgreSQL whoever changes many rows of the ledger does so after everybody else: two that meet in different
/// orders would wait for one another.
pub(super) const ONE_AFTER_THE_OTHER: &str = "SELECT pg_advisory_xact_lock(5123370)";

/// On SQLite the journal is settled attempt by attempt in one statement, an insert into this view; see [`WRITER`].
pub(super) const SETTLE: &str =
    "INSERT INTO ended SELECT a.value ->> 0, a.value ->> 1, a.value ->> 2, a.value ->> 3, a.value ->> 4,
       a.value ->> 5, a.value ->> 6, a.value ->> 7, a.value ->> 8, a.value ->> 9
     FROM closings c, json_each(c.attempts) a ORDER BY c.id, a.key;
     DELETE FROM closings";

/// Empties the journal into the ledger, inside the transaction `$tx` of an `on!` body that changes many rows of it.
macro_rules! settle {
    ($store:expr, $tx:ident) => {
        if let Some(turn) = $store.0.on_postgres($crate::store::attempts::ONE_AFTER_THE_OTHER) {
            sqlx::query(turn).execute(&mut *$tx).await?;
            let pages: Vec<(i64, String)> =
                sqlx::query_as("DELETE FROM closings RETURNING id, attempts").fetch_all(&mut *$tx).await?;
            for rows in $crate::store::attempts::rounds(pages)? {
                for statement in $crate::store::attempts::SETTLE_MANY {
                    sqlx::query(statement).bind(&rows).execute(&mut *$tx).await?;
                }
            }
        } else {
            sqlx::query($crate::store::attempts::SETTLE).execute(&mut *$tx).await?;
        }
    };
}
pub(super) use settle;

/// Opens what its holder still has, its reader still wants and nobody has paused.
///
/// The state is asked for in a way that no index knows: PostgreSQL would go through all that is being sent, whose number
/// no statistics tell, instead of to the few rows that are named.
macro_rules! opened {
    ($rows:literal, $now:literal, $holder:literal) => {
        concat!(
            "UPDATE deliveries SET opened_at = ",
            $now,
            "
             WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(",
            $rows,
            "))
               AND state || '' = 'sending' AND holder = ",
            $holder,
            "
               AND EXISTS (SELECT 1 FROM editions e WHERE e.id = deliveries.edition AND e.paused IS NULL)
               AND EXISTS (SELECT 1 FROM subscriptions q JOIN edition_lists l ON l.list = q.list
                 WHERE l.edition = deliveries.edition AND q.subscriber = deliveries.subscriber
                   AND q.state = 'confirmed')
               AND NOT EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
                 WHERE s.id = deliveries.subscriber)"
        )
    };
}

/// What the writer of an SQLite file keeps for itself, so that a whole turn, or settling a whole journal, is one
/// statement, an insert into a view: each statement of its own costs several changes of thread.
pub(super) const WRITER: &str = concat!(
    "CREATE TEMP VIEW turns AS SELECT NULL AS closed, NULL AS opening, NULL AS at, NULL AS holder;
     CREATE TEMP TRIGGER turn INSTEAD OF INSERT ON turns BEGIN
       INSERT INTO closings (attempts) SELECT NEW.closed WHERE NEW.closed <> '[]'; ",
    opened!("NEW.opening", "NEW.at", "NEW.holder"),
    "; END;
     CREATE TEMP VIEW ended AS SELECT NULL AS delivery, NULL AS at, NULL AS ms, NULL AS step, NULL AS code,
       NULL AS enhanced, NULL AS text, NULL AS outcome, NULL AS due, NULL AS never;
     CREATE TEMP TRIGGER ended_one INSTEAD OF INSERT ON ended BEGIN ",
    delivery!("(NEW.at + NEW.ms)", "NEW.outcome", "NEW.due", "WHERE id = NEW.delivery"),
    "; ",
    attempt!(
        "NEW.at, NEW.ms, NEW.step, NEW.code, NEW.enhanced, NEW.text, NEW.outcome, NEW.due",
        " FROM deliveries d WHERE d.id = NEW.delivery"
    ),
    "; ",
    suppression!(
        "NEW.never, NEW.at + NEW.ms",
        " FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
         WHERE d.id = NEW.delivery AND NEW.never IS NOT NULL"
    ),
    "; END"
);
const SQLITE_TURN: &str = "INSERT INTO turns VALUES ($1, $2, $3, $4);
     SELECT json_group_array(id) FROM deliveries
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))
       AND state = 'sending' AND holder = $4 AND opened_at = $3";
const POSTGRES_TURN: &str = concat!(
    "WITH journal AS (INSERT INTO closings (attempts) SELECT CAST($1 AS TEXT) WHERE CAST($1 AS TEXT) <> '[]'), opened AS (",
    opened!("$2", "$3", "$4"),
    " RETURNING id) SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) FROM opened"
);

/// Those that the holder has, and that could not be opened: the reader has left meanwhile, or the edition was paused.
/// One that was opened before and is asked for again has not had its final dot.
const WITHDRAWN: &str =
    "UPDATE deliveries SET holder = NULL, lease_until = NULL, opened_at = NULL, ended_at = $2,
       state = CASE
         WHEN EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
           WHERE s.id = deliveries.subscriber) THEN 'suppressed'
         WHEN NOT EXISTS (SELECT 1 FROM subscriptions q JOIN edition_lists l ON l.list = q.list
           WHERE l.edition = deliveries.edition AND q.subscriber = deliveries.subscriber
             AND q.state = 'confirmed') THEN 'cancelled'
         WHEN doubts > 0 THEN 'uncertain'
         ELSE 'queued' END
     WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
       AND state = 'sending' AND holder = $3 AND (opened_at IS NULL OR opened_at < $2)";

/// What ends and what begins in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// Attempts that have ended; one for each delivery at most.
    pub closed: Vec<Attempt>,
    /// Deliveries whose conversation is about to begin.
    pub opened: Vec<DeliveryId>,
}

impl Store {
    /// Makes durable what has ended and opens what comes next, in one transaction; returns what may go.
    ///
    /// A delivery that `holder` lost to another, whose reader has left or was suppressed meanwhile, or whose edition
    /// was paused, may not.
    pub async fn turn(&self, turn: &Turn, holder: &str, now: Instant) -> Result<Vec<DeliveryId>, StoreError> {
        let rows = column::to_json(&turn.closed.iter().map(AttemptIn::new).collect::<Vec<_>>())?;
        let opening = column::to_json(&turn.opened)?;
        let at = now.timestamp_millis();
        let opened: String = match &self.0 {
            Pool::Sqlite { writer, .. } => {
                sqlx::query_scalar(SQLITE_TURN)
                    .bind(rows)
                    .bind(&opening)
                    .bind(at)
                    .bind(holder)
                    .fetch_one(&mut *writer.take().await?)
                    .await?
            }
            Pool::Postgres(pool) => {
                sqlx::query_scalar(POSTGRES_TURN)
                    .bind(rows)
                    .bind(&opening)
                    .bind(at)
                    .bind(holder)
                    .fetch_one(pool)
                    .await?
            }
        };
        let opened: Vec<i64> = column::json("deliveries.id", &opened)?;
        if opened.len() < turn.opened.len() {
            self.withdraw(&opening, holder, at).await?;
        }
        Ok(opened.into_iter().map(DeliveryId).collect())
    }

    /// Empties the journal into the ledger.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let waiting: bool = on!(read self, db =>
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM closings)").fetch_one(db).await?);
        if waiting {
            on!(write self, tx => settle!(self, tx));
        }
        Ok(())
    }

    async fn withdraw(&self, opening: &str, holder: &str, at: i64) -> Result<(), StoreError> {
        on!(write self, tx => {
            if let Some(turn) = self.0.on_postgres(ONE_AFTER_THE_OTHER) {
                sqlx::query(turn).execute(&mut *tx).await?;
            }
            sqlx::query(WITHDRAWN).bind(opening).bind(at).bind(holder).execute(&mut *tx).await?;
        });
        Ok(())
    }
}

/// The pages of the journal in their order, as few arrays as can be: a delivery is in each of them once at most.
pub(super) fn rounds(mut pages: Vec<(i64, String)>) -> Result<Vec<String>, StoreError> {
    pages.sort_unstable_by_key(|(id, _)| *id);
    let mut rounds: Vec<Vec<serde_json::Value>> = Vec::new();
    let mut seen: HashMap<Option<i64>, usize> = HashMap::new();
    for (_, page) in &pages {
        for attempt in column::json::<Vec<serde_json::Value>>("closings.attempts", page)? {
            let round = seen.entry(attempt.get(0).and_then(serde_json::Value::as_i64)).or_default();
            if rounds.len() <= *round {
                rounds.push(Vec::new());
            }
            rounds[*round].push(attempt);
            *round += 1;
        }
    }
    rounds.iter().map(column::to_json).collect()
}

impl<'a> AttemptIn<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        let reply = &attempt.reply;
        Self(
            attempt.delivery.0,
            attempt.at.timestamp_millis(),
            attempt.duration_ms,
            reply.step,
            reply.code,
            reply.enhanced.as_deref(),
            &reply.text,
            DeliveryState::from(attempt.outcome).as_str(),
            due(attempt.outcome),
            attempt.suppress.then(|| never(attempt)),
        )
    }
}

fn never(attempt: &Attempt) -> String {
    let code = attempt.reply.enhanced.as_deref().unwrap_or_default();
    let reason =
        format!("the relay refused the address: {} {code} {}", attempt.reply.code, attempt.reply.text);
    column::one_line(&reason)
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
