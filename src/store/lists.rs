//! Lists, and how many are on them.

use serde::Serialize;
use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{EditionId, List, ListId, NewList};

/// A list and how many subscriptions it has in each state; the suppressed are counted where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListCount {
    /// The list.
    pub list: List,
    /// Waiting for their own confirmation.
    pub pending: u64,
    /// Get mail.
    pub confirmed: u64,
    /// Left.
    pub unsubscribed: u64,
}

#[derive(FromRow)]
struct ListRow {
    id: i64,
    name: String,
    title: String,
    list_id: String,
    pending: i64,
    confirmed: i64,
    unsubscribed: i64,
}

#[derive(FromRow)]
struct EditionListRow {
    id: i64,
    name: String,
    title: String,
    list_id: String,
}

#[derive(Serialize)]
struct ListIn<'a> {
    name: &'a str,
    title: &'a str,
    list_id: &'a str,
}

impl Store {
    /// Returns the lists that an edition was released to, whatever its digest names now.
    pub async fn edition_lists(&self, edition: EditionId) -> Result<Vec<List>, StoreError> {
        let rows: Vec<EditionListRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT l.id, l.name, l.title, l.list_id FROM lists l JOIN edition_lists e ON e.list = l.id
                 WHERE e.edition = $1 ORDER BY l.id",
            )
            .bind(edition.0)
            .fetch_all(db)
            .await?);
        let list = |row: EditionListRow| {
            let name = column::parsed("lists.name", &row.name)?;
            Ok(List { id: ListId(row.id), name, title: row.title, list_id: row.list_id })
        };
        rows.into_iter().map(list).collect()
    }

    /// Makes the lists that are not there, and gives the others their new title.
    ///
    /// A list once declared stays, with its readers; its List-Id stays from the first edition on (RFC 2919 §2).
    pub async fn declare_lists(&self, all: &[NewList]) -> Result<(), StoreError> {
        let rows: Vec<_> = all
            .iter()
            .map(|l| ListIn { name: l.name.as_str(), title: &l.title, list_id: &l.list_id })
            .collect();
        let rows = column::to_json(&rows)?;
        on!(write self, tx => {
            // a conflict uses up a number of the sequence, so the names that are there are not tried
            sqlx::query(
                "UPDATE lists SET title = value ->> 'title',
                   list_id = CASE WHEN EXISTS (SELECT 1 FROM edition_lists e WHERE e.list = lists.id) THEN list_id
                     ELSE value ->> 'list_id' END
                 FROM json_each($1) WHERE lists.name = value ->> 'name'",
            )
            .bind(&rows)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO lists (name, title, list_id)
                 SELECT value ->> 'name', value ->> 'title', value ->> 'list_id' FROM json_each($1)
                 WHERE value ->> 'name' NOT IN (SELECT name FROM lists)
                 ORDER BY key ON CONFLICT (name) DO NOTHING",
            )
            .bind(&rows)
            .execute(&mut *tx)
            .await?;
        });
        Ok(())
    }

    /// Returns all lists with their counts, by name.
    pub async fn lists(&self) -> Result<Vec<ListCount>, StoreError> {
        let rows: Vec<ListRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT l.id, l.name, l.title, l.list_id,
                   (SELECT COUNT(*) FROM subscriptions p WHERE p.list = l.id AND p.state = 'pending') AS pending,
                   (SELECT COUNT(*) FROM subscriptions p WHERE p.list = l.id AND p.state = 'confirmed') AS confirmed,
                   (SELECT COUNT(*) FROM subscriptions p WHERE p.list = l.id AND p.state = 'unsubscribed')
                     AS unsubscribed
                 FROM lists l ORDER BY l.name",
            )
            .fetch_all(db)
            .await?);
        rows.into_iter().map(ListCount::try_from).collect()
    }
}

impl TryFrom<ListRow> for ListCount {
    type Error = StoreError;

    fn try_from(row: ListRow) -> Result<Self, StoreError> {
        Ok(Self {
            list: List {
                id: ListId(row.id),
                name: column::parsed("lists.name", &row.name)?,
                title: row.title,
                list_id: row.list_id,
            },
            pending: column::count("subscriptions", row.pending)?,
            confirmed: column::count("subscriptions", row.confirmed)?,
            unsubscribed: column::count("subscriptions", row.unsubscribed)?,
        })
    }
}
