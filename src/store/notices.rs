//! Notices: what the operator should know, one sentence for each matter.

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, Notice};

#[derive(FromRow)]
struct NoticeRow {
    key: String,
    text: String,
    at: i64,
}

impl Store {
    /// Says something about a matter, in place of what was said about it before.
    pub async fn notice(&self, key: &str, text: &str, now: Instant) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query(
                "INSERT INTO notices (key, text, at) VALUES ($1, $2, $3)
                 ON CONFLICT (key) DO UPDATE SET text = excluded.text, at = excluded.at",
            )
            .bind(key)
            .bind(column::one_line(text))
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Takes back what was said about a matter.
    pub async fn unnotice(&self, key: &str) -> Result<(), StoreError> {
        on!(write self, tx => {
            sqlx::query("DELETE FROM notices WHERE key = $1").bind(key).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Returns what stands, newest first.
    pub async fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = on!(read self, db =>
            sqlx::query_as("SELECT key, text, at FROM notices ORDER BY at DESC, key").fetch_all(db).await?);
        let notice = |row: NoticeRow| {
            Ok(Notice { key: row.key, text: row.text, at: column::instant("notices.at", row.at)? })
        };
        rows.into_iter().map(notice).collect()
    }
}
