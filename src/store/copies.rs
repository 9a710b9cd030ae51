//! Copies of pictures, by a digest of their bytes: one that is the same is kept once, and none ever changes.
//!
//! In the database and not in a folder beside it: whoever serves the pages may be another machine than whoever makes the
//! editions, and one backup has all that a letter leads to.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Instant, PictureCopy, PictureKind};

/// So much of the digest names a copy, in bytes.
const NAMED_BY: usize = 16;

const PUT: &str = "INSERT INTO copies (name, kind, made_at, bytes) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET made_at = excluded.made_at";

const UNUSED: &str = "DELETE FROM copies WHERE name IN (
       SELECT c.name FROM copies c WHERE c.made_at < $1 AND NOT EXISTS (SELECT 1 FROM pictures p WHERE p.copy = c.name)
       ORDER BY c.made_at LIMIT $2)";

impl Store {
    /// Keeps a copy, and returns its name: 22 letters, digits, `-` and `_`, and the ending of its kind.
    pub async fn put_copy(&self, copy: &PictureCopy, now: Instant) -> Result<String, StoreError> {
        let hash = digest(&SHA256, &copy.bytes);
        let name = format!("{}.{}", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..NAMED_BY]), copy.kind.ending());
        on!(write self, tx => {
            sqlx::query(PUT)
                .bind(&name)
                .bind(copy.kind.content_type())
                .bind(now.timestamp_millis())
                .bind(&copy.bytes)
                .execute(&mut *tx)
                .await?;
        });
        Ok(name)
    }

    /// Returns the copy of this name.
    pub async fn copy(&self, name: &str) -> Result<Option<PictureCopy>, StoreError> {
        let sql = "SELECT kind, bytes FROM copies WHERE name = $1";
        let found: Option<(String, Vec<u8>)> =
            on!(read self, db => sqlx::query_as(sql).bind(name).fetch_optional(db).await?);
        let Some((kind, bytes)) = found else { return Ok(None) };
        let kind = column::parsed::<PictureKind>("copies.kind", &kind)?;
        Ok(Some(PictureCopy { kind, bytes }))
    }

    /// Prunes up to `limit` copies made before an instant of which no article makes use; returns how many.
    pub async fn prune_copies(&self, before: Instant, limit: usize) -> Result<u64, StoreError> {
        Ok(on!(write self, tx =>
            sqlx::query(UNUSED)
                .bind(before.timestamp_millis())
                .bind(column::limit(limit))
                .execute(&mut *tx)
                .await?
                .rows_affected()))
    }
}
