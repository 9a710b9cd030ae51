//! Leaving by the link of a letter: a list or all of them, why, and back again.
//!
//! The token of a subscription is all it takes (RFC 8058 §3.1). Nothing here says whether it opens anything by taking
//! longer: known or not, a token costs the same statements.

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, Language, LeavingReason, Name, SubscriptionState, Way};

/// Whom an unsubscribe link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A reader of a list, or one who was.
    Known(OnList),
    /// A reader of whom nothing is kept.
    Forgotten,
}

/// How a reader stands to the list of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnList {
    /// The list.
    pub list: Name,
    /// What readers know it as.
    pub title: String,
    /// Where the subscription stands.
    pub state: SubscriptionState,
    /// The way by which it ended, if that can be undone.
    pub left_by: Option<Way>,
    /// What they said of why.
    pub reason: Option<LeavingReason>,
    /// On how many other lists they are, confirmed or not.
    pub others: u64,
    /// The language that they want to be written to in, if they have said so.
    pub language: Option<Language>,
}

#[derive(FromRow)]
struct StandingRow {
    token: String,
    name: String,
    title: String,
    state: String,
    left_by: Option<String>,
    reason: Option<String>,
    others: i64,
    language: Option<String>,
}

/// Each row is a token, a way and an instant. Who has left stays as they are.
const LEAVE: &str =
    "UPDATE subscriptions SET left_from = state, state = 'unsubscribed', left_by = value ->> 1,
       left_at = CAST(value ->> 2 AS BIGINT), changed_at = CAST(value ->> 2 AS BIGINT), reason = NULL
     FROM json_each($1) WHERE subscriptions.token = value ->> 0 AND subscriptions.state <> 'unsubscribed'";

/// A list that was left before by a link is left again with the others, so that all of it can be undone at once.
const LEAVE_ALL: &str =
    "UPDATE subscriptions SET left_from = CASE WHEN state = 'unsubscribed' THEN left_from ELSE state END,
       state = 'unsubscribed', left_by = 'all', left_at = $2, changed_at = $2
     WHERE subscriber = (SELECT t.subscriber FROM subscriptions t WHERE t.token = $1)
       AND (state <> 'unsubscribed' OR (token = $1 AND left_at = changed_at AND (left_by <> 'all' OR EXISTS (
         SELECT 1 FROM subscriptions o
         WHERE o.subscriber = subscriptions.subscriber AND o.state <> 'unsubscribed'))))";

/// What ended otherwise than by a link does not begin again by one, nor does mail to who must get none.
const UNDO: &str =
    "UPDATE subscriptions SET state = left_from, changed_at = $2, left_at = NULL, left_by = NULL, left_from = NULL,
       reason = NULL
     WHERE subscriber = (SELECT t.subscriber FROM subscriptions t WHERE t.token = $1)
       AND state = 'unsubscribed' AND left_at = changed_at
       AND (token = $1 OR (left_by = 'all'
         AND left_at = (SELECT t.left_at FROM subscriptions t WHERE t.token = $1 AND t.left_by = 'all')))
       AND NOT EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
         WHERE s.id = subscriptions.subscriber)";

const REASON: &str = "UPDATE subscriptions SET reason = $2
     WHERE token = $1 AND state = 'unsubscribed' AND left_at = changed_at";

const STANDING: &str = "SELECT p.token, l.name, l.title, p.state, p.reason,
       CASE WHEN p.state = 'unsubscribed' AND p.left_at = p.changed_at AND NOT EXISTS (
         SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key WHERE s.id = p.subscriber)
         THEN p.left_by END AS left_by,
       (SELECT COUNT(*) FROM subscriptions o WHERE o.subscriber = p.subscriber AND o.list <> p.list
          AND o.state <> 'unsubscribed') AS others,
       (SELECT s.language FROM subscribers s WHERE s.id = p.subscriber) AS language
     FROM subscriptions p JOIN lists l ON l.id = p.list WHERE p.token IN (SELECT value ->> 0 FROM json_each($1))
     UNION ALL SELECT token, '', '', 'forgotten', NULL, NULL, 0, NULL FROM spent_links
     WHERE token IN (SELECT value ->> 0 FROM json_each($1))";

impl Store {
    /// Returns how the reader stands whose link has this token; `None` for a token that nobody ever had.
    pub async fn standing(&self, token: &str) -> Result<Option<Standing>, StoreError> {
        let rows = column::to_json(&[[token]])?;
        let row: Option<StandingRow> =
            on!(read self, db => sqlx::query_as(STANDING).bind(rows).fetch_optional(db).await?);
        row.map(|row| standing(row).map(|(_, standing)| standing)).transpose()
    }

    /// Ends the subscriptions of these tokens, each by its way and at its instant, in one transaction, and returns how
    /// their readers stand then, by token.
    ///
    /// Who has left before stays as they are; a token that nobody ever had is not in the answer.
    pub async fn leave(
        &self,
        leaving: &[(&str, Way, Instant)],
    ) -> Result<Vec<(String, Standing)>, StoreError> {
        let rows: Vec<_> =
            leaving.iter().map(|&(token, way, at)| (token, way.as_str(), at.timestamp_millis())).collect();
        let rows = column::to_json(&rows)?;
        let found: Vec<StandingRow> = on!(write self, tx => {
            sqlx::query(LEAVE).bind(&rows).execute(&mut *tx).await?;
            sqlx::query_as(STANDING).bind(&rows).fetch_all(&mut *tx).await?
        });
        found.into_iter().map(standing).collect()
    }

    /// Ends all subscriptions of the reader whose link this is, and returns how they stand then.
    pub async fn leave_all(&self, token: &str, now: Instant) -> Result<Option<Standing>, StoreError> {
        on!(write self, tx => {
            sqlx::query(LEAVE_ALL).bind(token).bind(now.timestamp_millis()).execute(&mut *tx).await?;
        });
        self.standing(token).await
    }

    /// Takes back what was done by [`Store::leave`] or, if that came last, by [`Store::leave_all`], and returns how the
    /// reader stands then.
    ///
    /// Nothing else is taken back: not what the publisher, an import or a complaint has ended.
    pub async fn undo_leaving(&self, token: &str, now: Instant) -> Result<Option<Standing>, StoreError> {
        on!(write self, tx => {
            sqlx::query(UNDO).bind(token).bind(now.timestamp_millis()).execute(&mut *tx).await?;
        });
        self.standing(token).await
    }

    /// Keeps why the reader left by this link, if they did, and returns how they stand.
    pub async fn leaving_reason(
        &self,
        token: &str,
        reason: LeavingReason,
    ) -> Result<Option<Standing>, StoreError> {
        on!(write self, tx => {
            sqlx::query(REASON).bind(token).bind(reason.as_str()).execute(&mut *tx).await?;
        });
        self.standing(token).await
    }

    /// Returns how many have given which reason for leaving a list by its link, and have not come back.
    pub async fn leaving_reasons(&self, list: &Name) -> Result<Vec<(LeavingReason, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = on!(read self, db =>
            sqlx::query_as(
                "SELECT p.reason, COUNT(*) FROM subscriptions p JOIN lists l ON l.id = p.list
                 WHERE l.name = $1 AND p.state = 'unsubscribed' AND p.left_at = p.changed_at AND p.reason IS NOT NULL
                 GROUP BY p.reason",
            )
            .bind(list.as_str())
            .fetch_all(db)
            .await?);
        let row = |(reason, count)| {
            Ok((column::word("subscriptions.reason", reason)?, column::count("subscriptions", count)?))
        };
        let mut all = rows.into_iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
        all.sort_unstable();
        Ok(all)
    }
}

fn standing(row: StandingRow) -> Result<(String, Standing), StoreError> {
    if row.state == "forgotten" {
        return Ok((row.token, Standing::Forgotten));
    }
    let on_list = OnList {
        list: column::parsed("lists.name", &row.name)?,
        title: row.title,
        state: column::word("subscriptions.state", row.state)?,
        left_by: row.left_by.map(|way| column::word("subscriptions.left_by", way)).transpose()?,
        reason: row.reason.map(|reason| column::word("subscriptions.reason", reason)).transpose()?,
        others: column::count("subscriptions", row.others)?,
        language: row.language.and_then(|tag| Language::parse(&tag)),
    };
    Ok((row.token, Standing::Known(on_list)))
}
