//! Secrets: keys that the press makes for itself and keeps as long as its letters may come back.

use super::pool::on;
use super::token::{from_hex, hex};
use super::{Store, StoreError};

impl Store {
    /// Returns the secret of this name: 256 random bits, made when it is first asked for, by whomever.
    pub async fn secret(&self, name: &str) -> Result<[u8; 32], StoreError> {
        let kept: Option<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT value FROM secrets WHERE name = $1")
                .bind(name)
                .fetch_optional(db)
                .await?
        );
        let kept = match kept {
            Some(kept) => kept,
            None => self.make_secret(name).await?,
        };
        from_hex(&kept).ok_or_else(|| StoreError::Unreadable {
            column: "secrets.value",
            why: "expected 64 hexadecimal digits".to_owned(),
        })
    }

    /// Of several that make it at once, one does; the others get what it made.
    async fn make_secret(&self, name: &str) -> Result<String, StoreError> {
        let mut made = [0; 32];
        aws_lc_rs::rand::fill(&mut made).map_err(|_| StoreError::NoRandomness)?;
        let made = hex(&made);
        Ok(on!(write self, tx => {
            sqlx::query("INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .bind(made)
                .execute(&mut *tx)
                .await?;
            sqlx::query_scalar("SELECT value FROM secrets WHERE name = $1")
                .bind(name)
                .fetch_one(&mut *tx)
                .await?
        }))
    }
}
