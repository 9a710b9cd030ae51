//! Notices: what the publisher should know, one sentence for each matter.
//!
//! What stands is a notice until it is taken back, what has happened an event. Both remember what the publisher was told
//! of them; who tells it decides with [`Store::tell`].

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, Instant, Matter, Notice};

#[derive(FromRow)]
pub(super) struct MatterRow {
    key: String,
    text: String,
    at: i64,
    event: bool,
    told_at: Option<i64>,
    told_text: Option<String>,
    mended: bool,
    well_since: Option<i64>,
}

/// What is said again in the same words has stood since it was said first.
pub(super) const SAY: &str = "INSERT INTO notices (key, text, at, event) VALUES ($1, $2, $3, $4)
     ON CONFLICT (key) DO UPDATE SET text = excluded.text, event = excluded.event, mended = FALSE, well_since = NULL,
       at = CASE WHEN notices.text = excluded.text AND NOT notices.mended AND NOT excluded.event
            THEN notices.at ELSE excluded.at END";

/// Says something about a matter, or that something has happened, inside the transaction `$tx`.
macro_rules! say {
    ($tx:ident, $key:expr, $text:expr, $event:expr, $now:expr) => {{
        sqlx::query($crate::store::notices::SAY)
            .bind($key)
            .bind($crate::store::column::one_line($text))
            .bind($now.timestamp_millis())
            .bind($event)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(super) use say;

/// What nobody was told of is gone; what somebody was told of stays until they know that it is mended. Inside the
/// transaction `$tx`.
macro_rules! take_back {
    ($tx:ident, $key:expr) => {{
        let key: String = $key;
        for step in [
            "DELETE FROM notices WHERE key = $1 AND (told_at IS NULL OR event)",
            "UPDATE notices SET mended = TRUE WHERE key = $1 AND NOT mended",
        ] {
            sqlx::query(step).bind(&key).execute(&mut *$tx).await?;
        }
    }};
}
pub(super) use take_back;

/// The matter of an edition that does not go on.
pub(super) fn of_edition(id: EditionId) -> String {
    format!("edition:{id}")
}

macro_rules! matters {
    ($lock:literal) => {
        concat!(
            "SELECT key, text, at, event, told_at, told_text, mended, well_since FROM notices ORDER BY at DESC, key",
            $lock
        )
    };
}
/// All of them, to read and, on PostgreSQL, to hold until the transaction ends.
pub(super) const MATTERS: [&str; 2] = [matters!(""), matters!(" FOR UPDATE")];

impl Store {
    /// Says something about a matter, in place of what was said about it before.
    pub async fn notice(&self, key: &str, text: &str, now: Instant) -> Result<(), StoreError> {
        self.say(key, text, false, now).await
    }

    /// Says that something has happened that does not last: the publisher is told once, and nobody takes it back.
    pub async fn event(&self, key: &str, text: &str, now: Instant) -> Result<(), StoreError> {
        self.say(key, text, true, now).await
    }

    async fn say(&self, key: &str, text: &str, event: bool, now: Instant) -> Result<(), StoreError> {
        on!(write self, tx => say!(tx, key, text, event, now));
        Ok(())
    }

    /// Takes back what was said about a matter.
    pub async fn unnotice(&self, key: &str) -> Result<(), StoreError> {
        on!(write self, tx => take_back!(tx, key.to_owned()));
        Ok(())
    }

    /// Returns what stands, and events of which the publisher was not told yet, newest first.
    pub async fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        let news = |matter: &Matter| {
            let told = matter.told.as_ref().is_some_and(|(_, words)| *words == matter.notice.text);
            !(matter.mended || (matter.event && told))
        };
        Ok(self.matters().await?.into_iter().filter(news).map(|matter| matter.notice).collect())
    }

    /// Returns everything that was said, with what the publisher was told of it, newest first.
    pub async fn matters(&self) -> Result<Vec<Matter>, StoreError> {
        let rows: Vec<MatterRow> = on!(read self, db => sqlx::query_as(MATTERS[0]).fetch_all(db).await?);
        rows.into_iter().map(Matter::try_from).collect()
    }
}

impl TryFrom<MatterRow> for Matter {
    type Error = StoreError;

    fn try_from(row: MatterRow) -> Result<Self, StoreError> {
        let told = column::instant_or_none("notices.told_at", row.told_at)?;
        let at = column::instant("notices.at", row.at)?;
        Ok(Self {
            notice: Notice { key: row.key, text: row.text, at },
            event: row.event,
            told: told.map(|at| (at, row.told_text.unwrap_or_default())),
            mended: row.mended,
            well_since: column::instant_or_none("notices.well_since", row.well_since)?,
        })
    }
}
