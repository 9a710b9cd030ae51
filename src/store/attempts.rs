//! Attempts: what was said, and what that makes of each delivery.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Attempt, DeliveryState, Outcome, Step};

#[derive(Serialize)]
struct AttemptIn<'a> {
    delivery: i64,
    at: i64,
    took: i64,
    step: Step,
    code: u16,
    enhanced: Option<&'a str>,
    text: &'a str,
    outcome: &'static str,
    due: Option<i64>,
}

/// What a batch makes of one delivery: the number of its attempts, and the last of them.
#[derive(Serialize)]
struct Ended {
    delivery: i64,
    tries: i64,
    state: &'static str,
    due: Option<i64>,
    ended: i64,
}

/// An address that an attempt has shown to be none.
#[derive(Serialize)]
struct Never {
    delivery: i64,
    reason: String,
    at: i64,
}

const ATTEMPTS: &str =
    "INSERT INTO attempts (delivery, at, duration_ms, step, code, enhanced, text, outcome, due_at)
     SELECT CAST(value ->> 'delivery' AS BIGINT), CAST(value ->> 'at' AS BIGINT), CAST(value ->> 'took' AS BIGINT),
       value ->> 'step', CAST(value ->> 'code' AS BIGINT), value ->> 'enhanced', value ->> 'text',
       value ->> 'outcome', CAST(value ->> 'due' AS BIGINT)
     FROM json_each($1) ORDER BY key";

/// Only a delivery in a carrier's hands takes an outcome, but that the relay took it is true whenever it is said.
const DELIVERIES: &str = "UPDATE deliveries SET
       attempts = attempts + CAST(value ->> 'tries' AS BIGINT),
       ended_at = CAST(value ->> 'ended' AS BIGINT),
       state = CASE WHEN state = 'sending' OR value ->> 'state' = 'sent' THEN value ->> 'state' ELSE state END,
       due_at = CASE WHEN state = 'sending' THEN COALESCE(CAST(value ->> 'due' AS BIGINT), due_at) ELSE due_at END
     FROM json_each($1) WHERE deliveries.id = CAST(value ->> 'delivery' AS BIGINT)";

const SUPPRESSIONS: &str = "INSERT INTO suppressions (key, address, reason, created_at)
     SELECT s.key, s.address, value ->> 'reason', CAST(value ->> 'at' AS BIGINT)
     FROM json_each($1)
     JOIN deliveries d ON d.id = CAST(value ->> 'delivery' AS BIGINT)
     JOIN subscribers s ON s.id = d.subscriber
     ORDER BY s.key ON CONFLICT (key) DO NOTHING";

impl Store {
    /// Records attempts and what they mean for their deliveries, all in one transaction of two statements.
    ///
    /// [`Outcome::Suppressed`] also suppresses the address, with the reply as the reason.
    pub async fn record(&self, attempts: &[Attempt]) -> Result<(), StoreError> {
        if attempts.is_empty() {
            return Ok(());
        }
        let rows = column::to_json(&attempts.iter().map(AttemptIn::new).collect::<Vec<_>>())?;
        let ends = column::to_json(&ends(attempts))?;
        let never: Vec<Never> =
            attempts.iter().filter(|a| a.outcome == Outcome::Suppressed).map(Never::new).collect();
        on!(write self, tx => {
            sqlx::query(DELIVERIES).bind(ends).execute(&mut *tx).await?;
            sqlx::query(ATTEMPTS).bind(rows).execute(&mut *tx).await?;
            if !never.is_empty() {
                sqlx::query(SUPPRESSIONS).bind(column::to_json(&never)?).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}

/// One row a delivery, in the order of their numbers, so that two recorders lock rows in one order.
fn ends(attempts: &[Attempt]) -> Vec<Ended> {
    let mut ends: BTreeMap<i64, Ended> = BTreeMap::new();
    for attempt in attempts {
        let tries = ends.get(&attempt.delivery.0).map_or(0, |e| e.tries) + 1;
        ends.insert(
            attempt.delivery.0,
            Ended {
                delivery: attempt.delivery.0,
                tries,
                state: DeliveryState::from(attempt.outcome).as_str(),
                due: due(attempt.outcome),
                ended: attempt.at.timestamp_millis() + attempt.duration_ms,
            },
        );
    }
    ends.into_values().collect()
}

impl<'a> AttemptIn<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        Self {
            delivery: attempt.delivery.0,
            at: attempt.at.timestamp_millis(),
            took: attempt.duration_ms,
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
