//! Editings: what somebody has decided by hand for the next edition of a digest, until it is out.

use chrono::TimeDelta;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Editing, EmailAddress, Instant, Language, Name};

/// The editions of one day, each for the readers of some zones, share an editing: the day is so long on earth.
const DAY: TimeDelta = TimeDelta::hours(26);

/// A release uses it up, if the edition was composed with it.
pub(super) const USE: &str = "UPDATE editings SET used_by = (SELECT slot FROM editions WHERE id = $1)
     WHERE used_by IS NULL AND EXISTS (SELECT 1 FROM editions e
       WHERE e.id = $1 AND e.digest = editings.digest AND e.composed_at >= editings.kept_at)";

/// A cancellation gives it back.
pub(super) const GIVE_BACK: &str = "UPDATE editings SET used_by = NULL WHERE EXISTS (SELECT 1 FROM editions e
       WHERE e.id = $1 AND e.digest = editings.digest AND e.slot = editings.used_by)";

const KEEP: &str = "INSERT INTO editings (digest, editing, kept_at) VALUES ($1, $2, $3)
     ON CONFLICT (digest) DO UPDATE SET editing = excluded.editing, kept_at = excluded.kept_at, used_by = NULL";

const TIDE: &str = "SELECT COALESCE((SELECT MAX(id) FROM articles), 0), COALESCE((SELECT MAX(id) FROM editions), 0),
       (SELECT COUNT(*) FROM editions WHERE state = 'draft'), COALESCE((SELECT MAX(kept_at) FROM editings), 0),
       COALESCE((SELECT MAX(checked_at) FROM sources), 0) + COALESCE((SELECT MAX(asked_at) FROM pictures), 0)";

/// What a reader has chosen of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderChoice {
    /// Their zone, by an IANA name.
    pub zone: Option<String>,
    /// The language of what is written to them alone.
    pub language: Option<Language>,
    /// The sections that they leave out, by their headings.
    pub left_out: Vec<String>,
}

impl Store {
    /// Returns what is decided for the edition of `digest` that is due at `slot`; nothing if an edition before it has gone
    /// out with that, unless both are for readers of some zones (`waves`) and of one day.
    pub async fn editing(&self, digest: &Name, slot: Instant, waves: bool) -> Result<Editing, StoreError> {
        let row: Option<(String, Option<i64>)> = on!(read self, db =>
            sqlx::query_as("SELECT editing, used_by FROM editings WHERE digest = $1")
                .bind(digest.as_str())
                .fetch_optional(db)
                .await?);
        let Some((editing, used_by)) = row else { return Ok(Editing::default()) };
        let used_by = column::instant_or_none("editings.used_by", used_by)?;
        match used_by {
            Some(used_by) if !waves || slot - used_by >= DAY => Ok(Editing::default()),
            Some(_) | None => column::json("editings.editing", &editing),
        }
    }

    /// Keeps what is decided for the next edition of a digest, in place of what was kept before.
    pub async fn keep_editing(
        &self,
        digest: &Name,
        editing: &Editing,
        now: Instant,
    ) -> Result<(), StoreError> {
        let json = column::to_json(editing)?;
        on!(write self, tx => if editing.is_empty() {
            sqlx::query("DELETE FROM editings WHERE digest = $1").bind(digest.as_str()).execute(&mut *tx).await?;
        } else {
            sqlx::query(KEEP)
                .bind(digest.as_str())
                .bind(json)
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Returns what the reader with this address has chosen of a digest; `None` if nobody has it.
    pub async fn reader_choice(
        &self,
        address: &EmailAddress,
        digest: &Name,
    ) -> Result<Option<ReaderChoice>, StoreError> {
        let row: Option<(Option<String>, Option<String>, Option<String>)> = on!(read self, db =>
            sqlx::query_as(
                "SELECT s.zone, s.language, c.left_out FROM subscribers s
                 LEFT JOIN choices c ON c.subscriber = s.id AND c.digest = $2 WHERE s.key = $1",
            )
            .bind(address.key())
            .bind(digest.as_str())
            .fetch_optional(db)
            .await?);
        let Some((zone, language, left_out)) = row else { return Ok(None) };
        let left_out = left_out.map(|text| column::json("choices.left_out", &text)).transpose()?;
        Ok(Some(ReaderChoice {
            zone,
            language: language.map(|tag| column::word("subscribers.language", tag)).transpose()?,
            left_out: left_out.unwrap_or_default(),
        }))
    }

    /// Returns numbers that change when sources are polled, pictures are asked, and editions or editings change; cheap enough to ask
    /// many times a second.
    pub async fn tide(&self) -> Result<(i64, i64, i64, i64, i64), StoreError> {
        Ok(on!(read self, db => sqlx::query_as(TIDE).fetch_one(db).await?))
    }
}
