//! Sources: who declared them, where they are now, and how their polls went.
//!
//! A source is recognised by its declared address first and by its name second, so that renaming it or
//! declaring it again brings no article twice.

use std::collections::HashSet;

use sqlx::FromRow;
use url::Url;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{Health, Instant, Name, NewSource, Source, SourceId, SourceOrigin, Validators};

/// How a poll went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// When.
    pub at: Instant,
    /// What it brought.
    pub end: PollEnd,
    /// For the next request; `None` keeps those that are there.
    pub validators: Option<Validators>,
    /// The new address, if every redirect was permanent.
    pub moved_to: Option<Url>,
    /// Not to be polled before this instant; `None` lifts an earlier limit.
    pub next_poll: Option<Instant>,
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollEnd {
    /// The source said that nothing has changed.
    Unchanged,
    /// A document, with what it says of itself.
    Collected {
        /// Its own title.
        title: Option<String>,
        /// The web page that it belongs to.
        site: Option<Url>,
    },
    /// Trouble.
    Failed {
        /// As a sentence.
        sentence: String,
    },
}

#[derive(FromRow)]
struct SourceRow {
    id: i64,
    name: String,
    url: String,
    title: Option<String>,
    site: Option<String>,
    topics: String,
    origin: String,
    etag: Option<String>,
    last_modified: Option<String>,
    next_poll: Option<i64>,
    checked_at: Option<i64>,
    succeeded_at: Option<i64>,
    failures: i64,
    trouble: Option<String>,
}

impl TryFrom<SourceRow> for Source {
    type Error = StoreError;

    fn try_from(row: SourceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SourceId(row.id),
            name: column::parsed("sources.name", &row.name)?,
            url: column::parsed("sources.url", &row.url)?,
            title: row.title,
            site: row.site.map(|s| column::parsed("sources.site", &s)).transpose()?,
            topics: column::json("sources.topics", &row.topics)?,
            origin: column::word("sources.origin", row.origin)?,
            validators: Validators { etag: row.etag, last_modified: row.last_modified },
            next_poll: column::instant_or_none("sources.next_poll", row.next_poll)?,
            health: Health {
                checked_at: column::instant_or_none("sources.checked_at", row.checked_at)?,
                succeeded_at: column::instant_or_none("sources.succeeded_at", row.succeeded_at)?,
                failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
                trouble: row.trouble,
            },
        })
    }
}

#[derive(FromRow)]
struct Known {
    id: i64,
    name: String,
    url: String,
    declared_url: String,
    origin: String,
    removed: bool,
}

const KNOWN: &str = "SELECT id, name, url, declared_url, origin, removed FROM sources ORDER BY removed, id";

/// A new address begins with a clean slate; the same one keeps validators and where it has moved to.
const ADOPT: &str = "UPDATE sources SET name = $2, title = $3, topics = $4, origin = $5, removed = FALSE,
       url = CASE WHEN declared_url = $6 THEN url ELSE $6 END,
       etag = CASE WHEN declared_url = $6 THEN etag END,
       last_modified = CASE WHEN declared_url = $6 THEN last_modified END,
       next_poll = CASE WHEN declared_url = $6 THEN next_poll END,
       declared_url = $6
     WHERE id = $1";

const INSERT: &str = "INSERT INTO sources (name, title, topics, origin, url, declared_url)
     VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING";

impl Store {
    /// Makes the sources of the configuration what `all` says; those no longer in it are removed.
    ///
    /// What a removed source brought stays readable, and is known again if the source comes back. A source
    /// that a command added and the configuration now declares becomes the configuration's.
    pub async fn declare_sources(&self, all: &[NewSource]) -> Result<(), StoreError> {
        refuse_twins(all)?;
        on!(write self, tx => {
            let known: Vec<Known> = sqlx::query_as(KNOWN).fetch_all(&mut *tx).await?;
            let rows = recognise(&known, all);
            // all names and addresses are free before the first is given, so that two sources may swap theirs
            sqlx::query("UPDATE sources SET removed = TRUE WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))")
                .bind(column::to_json(&in_the_way(&known, &rows, all))?)
                .execute(&mut *tx)
                .await?;
            for (source, row) in all.iter().zip(rows) {
                let topics = column::to_json(&source.topics)?;
                let query = match row {
                    Some(id) => sqlx::query(ADOPT).bind(id),
                    None => sqlx::query(INSERT),
                };
                query
                    .bind(source.name.as_str())
                    .bind(source.title.as_deref())
                    .bind(topics)
                    .bind(origin_word(SourceOrigin::Config))
                    .bind(source.url.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
        });
        Ok(())
    }

    /// Adds a source by command; false if its name or address is there already.
    pub async fn add_source(&self, new: &NewSource) -> Result<bool, StoreError> {
        let added = on!(write self, tx => {
            let known: Vec<Known> = sqlx::query_as(KNOWN).fetch_all(&mut *tx).await?;
            let same = |k: &&Known| k.declared_url == new.url.as_str() || k.url == new.url.as_str();
            let there = known.iter().any(|k| !k.removed && (same(&k) || k.name == new.name.as_str()));
            if there {
                0
            } else {
                let query = match known.iter().filter(|k| k.removed).find(same) {
                    Some(row) => sqlx::query(ADOPT).bind(row.id),
                    None => sqlx::query(INSERT),
                };
                query
                    .bind(new.name.as_str())
                    .bind(new.title.as_deref())
                    .bind(column::to_json(&new.topics)?)
                    .bind(origin_word(SourceOrigin::Command))
                    .bind(new.url.as_str())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected()
            }
        });
        Ok(added == 1)
    }

    /// Removes a source; false if there is none of that name. Its articles stay.
    pub async fn remove_source(&self, name: &Name) -> Result<bool, StoreError> {
        let removed = on!(write self, tx =>
            sqlx::query("UPDATE sources SET removed = TRUE WHERE name = $1 AND NOT removed")
                .bind(name.as_str())
                .execute(&mut *tx)
                .await?
                .rows_affected());
        Ok(removed > 0)
    }

    /// Returns all sources, by name.
    pub async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        let rows: Vec<SourceRow> = on!(read self, db =>
            sqlx::query_as(
                "SELECT id, name, url, COALESCE(NULLIF(title, ''), own_title) AS title, site, topics, origin, etag,
                        last_modified, next_poll, checked_at, succeeded_at, failures, trouble
                 FROM sources WHERE NOT removed ORDER BY name",
            )
            .fetch_all(db)
            .await?);
        rows.into_iter().map(Source::try_from).collect()
    }

    /// Records how a poll went; a new address is not taken if another source has it.
    pub async fn record_poll(&self, id: SourceId, poll: &Poll) -> Result<(), StoreError> {
        let (trouble, title, site) = match &poll.end {
            PollEnd::Unchanged => (None, None, None),
            PollEnd::Collected { title, site } => (None, title.as_deref(), site.as_ref()),
            PollEnd::Failed { sentence } => (Some(column::one_line(sentence)), None, None),
        };
        let kept = Validators::default();
        let validators = poll.validators.as_ref();
        let changed = on!(write self, tx =>
            sqlx::query(
                "UPDATE sources SET checked_at = $2, trouble = $3,
                   succeeded_at = CASE WHEN $3 IS NULL THEN $2 ELSE succeeded_at END,
                   failures = CASE WHEN $3 IS NULL THEN 0 ELSE failures + 1 END,
                   own_title = COALESCE($4, own_title), site = COALESCE($5, site), next_poll = $6,
                   etag = CASE WHEN $7 THEN $8 ELSE etag END,
                   last_modified = CASE WHEN $7 THEN $9 ELSE last_modified END,
                   url = CASE WHEN $10 IS NULL OR EXISTS (
                       SELECT 1 FROM sources o
                       WHERE o.id <> $1 AND NOT o.removed AND (o.url = $10 OR o.declared_url = $10)
                     ) THEN url ELSE $10 END
                 WHERE id = $1",
            )
            .bind(id.0)
            .bind(poll.at.timestamp_millis())
            .bind(trouble)
            .bind(title.map(column::one_line))
            .bind(site.map(Url::as_str))
            .bind(poll.next_poll.map(|at| at.timestamp_millis()))
            .bind(validators.is_some())
            .bind(validators.unwrap_or(&kept).etag.as_deref())
            .bind(validators.unwrap_or(&kept).last_modified.as_deref())
            .bind(poll.moved_to.as_ref().map(Url::as_str))
            .execute(&mut *tx)
            .await?
            .rows_affected());
        if changed == 0 { Err(StoreError::NoSource(id)) } else { Ok(()) }
    }
}

const fn origin_word(origin: SourceOrigin) -> &'static str {
    match origin {
        SourceOrigin::Config => "config",
        SourceOrigin::Command => "command",
    }
}

fn refuse_twins(all: &[NewSource]) -> Result<(), StoreError> {
    let (mut names, mut urls) = (HashSet::new(), HashSet::new());
    match all.iter().find(|s| !names.insert(&s.name) | !urls.insert(&s.url)) {
        Some(twin) => Err(StoreError::SourceTwice(twin.name.clone())),
        None => Ok(()),
    }
}

/// For each declared source the row that it continues: by declared address, by name, by address moved to.
fn recognise(known: &[Known], all: &[NewSource]) -> Vec<Option<i64>> {
    let mut rows = vec![None; all.len()];
    let mut taken = HashSet::new();
    let same: [fn(&Known, &NewSource) -> bool; 3] = [
        |row, new| row.declared_url == new.url.as_str(),
        |row, new| !row.removed && row.name == new.name.as_str(),
        |row, new| row.url == new.url.as_str(),
    ];
    for same in same {
        for (new, row) in all.iter().zip(&mut rows).filter(|(_, row)| row.is_none()) {
            *row = known.iter().find(|k| !taken.contains(&k.id) && same(k, new)).map(|k| k.id);
            taken.extend(*row);
        }
    }
    rows
}

/// The rows that give way to what is declared: the configuration's, and whatever has one of its names.
fn in_the_way(known: &[Known], rows: &[Option<i64>], all: &[NewSource]) -> Vec<i64> {
    let names: HashSet<&str> = all.iter().map(|s| s.name.as_str()).collect();
    let config = origin_word(SourceOrigin::Config);
    let gives_way =
        |k: &&Known| k.origin == config || rows.contains(&Some(k.id)) || names.contains(k.name.as_str());
    known.iter().filter(gives_way).map(|k| k.id).collect()
}

impl Store {
    /// stub
    pub async fn want_sources(&self, _: Option<&[SourceId]>, _: crate::model::Instant, _: crate::model::Instant) -> Result<(), StoreError> { Ok(()) }
    /// stub
    pub async fn stale_sources(&self, _: Option<&[SourceId]>, _: crate::model::Instant, _: crate::model::Instant) -> Result<Vec<SourceId>, StoreError> { Ok(Vec::new()) }
}
