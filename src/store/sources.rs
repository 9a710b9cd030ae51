//! Sources: who declared them and where they are now; `polling.rs` has how their polls went.
//!
//! A source is recognised by its declared address first and by its name second, so that renaming it or
//! declaring it again brings no article twice.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sqlx::FromRow;

use super::pool::on;
use super::{Store, StoreError, column};
use crate::model::{
    Health, Manner, Name, NewSource, Source, SourceId, SourceKind, SourceOrigin, Validators, Wish,
};

#[derive(FromRow)]
pub(super) struct SourceRow {
    id: i64,
    name: String,
    url: String,
    title: Option<String>,
    site: Option<String>,
    topics: String,
    kind: String,
    full_text: bool,
    selector: Option<String>,
    origin: String,
    etag: Option<String>,
    last_modified: Option<String>,
    every_ms: Option<i64>,
    rest_ms: Option<i64>,
    next_poll: Option<i64>,
    not_before: Option<i64>,
    checked_at: Option<i64>,
    succeeded_at: Option<i64>,
    failures: i64,
    failing_since: Option<i64>,
    trouble: Option<String>,
    ended: bool,
    fresh_ms: Option<i64>,
    quiet_hours: i64,
    quiet_days: i64,
    again_at: Option<i64>,
    pushed_until: Option<i64>,
}

/// The columns of a [`SourceRow`].
macro_rules! source_columns {
    () => {
        "id, name, url, COALESCE(NULLIF(title, ''), own_title) AS title, site, topics, kind, full_text, selector, origin, etag, last_modified,
         every_ms, rest_ms, next_poll, not_before, checked_at, succeeded_at, failures, failing_since, trouble, ended,
         fresh_ms, quiet_hours, quiet_days, again_at, pushed_until"
    };
}
pub(super) use source_columns;

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
            manner: Manner {
                kind: column::word("sources.kind", row.kind)?,
                full_text: row.full_text,
                select: row.selector,
            },
            origin: column::word("sources.origin", row.origin)?,
            validators: Validators { etag: row.etag, last_modified: row.last_modified },
            every: span("sources.every_ms", row.every_ms)?,
            rest: span("sources.rest_ms", row.rest_ms)?,
            next_poll: column::instant_or_none("sources.next_poll", row.next_poll)?,
            not_before: column::instant_or_none("sources.not_before", row.not_before)?,
            wish: Wish {
                fresh_for: span("sources.fresh_ms", row.fresh_ms)?,
                quiet_hours: u32::try_from(row.quiet_hours).unwrap_or_default(),
                quiet_days: u8::try_from(row.quiet_days).unwrap_or_default(),
            },
            again_at: column::instant_or_none("sources.again_at", row.again_at)?,
            pushed_until: column::instant_or_none("sources.pushed_until", row.pushed_until)?,
            health: Health {
                checked_at: column::instant_or_none("sources.checked_at", row.checked_at)?,
                succeeded_at: column::instant_or_none("sources.succeeded_at", row.succeeded_at)?,
                failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
                failing_since: column::instant_or_none("sources.failing_since", row.failing_since)?,
                trouble: row.trouble,
                ended: row.ended,
            },
        })
    }
}

impl SourceRow {
    /// When it was due, in milliseconds.
    pub(super) fn due(&self) -> (i64, i64) {
        (self.next_poll.unwrap_or_default(), self.id)
    }
}

fn span(column: &'static str, ms: Option<i64>) -> Result<Option<Duration>, StoreError> {
    ms.map(|ms| column::count(column, ms).map(Duration::from_millis)).transpose()
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

/// A new address begins with a clean slate; the same one keeps validators and where it has moved to. Who is polling
/// the old address meanwhile has nothing to record.
const ADOPT: &str = "UPDATE sources SET name = $2, title = $3, topics = $4, origin = $5, removed = FALSE,
       url = CASE WHEN declared_url = $6 THEN url ELSE $6 END,
       etag = CASE WHEN declared_url = $6 AND kind = $8 AND selector IS NOT DISTINCT FROM $10 THEN etag END,
       last_modified = CASE WHEN declared_url = $6 AND kind = $8 AND selector IS NOT DISTINCT FROM $10
                            THEN last_modified END,
       next_poll = CASE WHEN declared_url = $6 AND every_ms IS NOT DISTINCT FROM $7 AND kind = $8 AND full_text = $9
                             AND selector IS NOT DISTINCT FROM $10 THEN next_poll END,
       not_before = CASE WHEN declared_url = $6 THEN not_before END,
       fresh_ms = CASE WHEN declared_url = $6 THEN fresh_ms END,
       quiet_hours = CASE WHEN declared_url = $6 THEN quiet_hours ELSE 0 END,
       quiet_days = CASE WHEN declared_url = $6 THEN quiet_days ELSE 0 END,
       hub = CASE WHEN declared_url = $6 AND kind = $8 THEN hub END,
       topic = CASE WHEN declared_url = $6 AND kind = $8 THEN topic END,
       pushed_until = CASE WHEN declared_url = $6 AND kind = $8 THEN pushed_until END,
       again_at = CASE WHEN declared_url = $6 THEN again_at END, ended = ended AND declared_url = $6,
       claimed_by = CASE WHEN declared_url = $6 THEN claimed_by END,
       claimed_until = CASE WHEN declared_url = $6 THEN claimed_until END,
       every_ms = $7, kind = $8, full_text = $9, selector = $10, declared_url = $6
     WHERE id = $1";

const INSERT: &str =
    "INSERT INTO sources (name, title, topics, origin, url, declared_url, every_ms, kind, full_text, selector)
     VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

/// What nobody has, nobody need be told of.
const FORGET: &str = "DELETE FROM notices WHERE key LIKE 'source:%'
       AND key NOT IN (SELECT 'source:' || name FROM sources WHERE NOT removed)";

impl Store {
    /// Makes the sources of the configuration what `all` says; those no longer in it are removed.
    ///
    /// What a removed source brought stays readable, and is known again if the source comes back. A source
    /// that a command added and the configuration now declares becomes the configuration's.
    pub async fn declare_sources(&self, all: &[NewSource]) -> Result<(), StoreError> {
        refuse_twins(all)?;
        on!(write self, tx => {
            // rows are changed in no order, and others change them meanwhile
            let alone = self.0.either("SELECT 1", "LOCK TABLE sources IN SHARE ROW EXCLUSIVE MODE");
            sqlx::query(alone).execute(&mut *tx).await?;
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
                    .bind(every_ms(source))
                    .bind(kind_word(source.manner.kind))
                    .bind(source.manner.full_text)
                    .bind(source.manner.select.as_deref())
                    .execute(&mut *tx)
                    .await?;
            }
            sqlx::query(FORGET).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Adds a source by command; false if its name or address is there already.
    pub async fn add_source(&self, new: &NewSource) -> Result<bool, StoreError> {
        Ok(self.add_sources(std::slice::from_ref(new)).await? == 1)
    }

    /// Adds sources by command, in one transaction; returns how many were added: those whose name and address are not
    /// there already.
    pub async fn add_sources(&self, all: &[NewSource]) -> Result<usize, StoreError> {
        Ok(on!(write self, tx => {
            let known: Vec<Known> = sqlx::query_as(KNOWN).fetch_all(&mut *tx).await?;
            let mut stock = Stock::of(&known);
            let mut added = 0;
            for new in all {
                let Some(row) = stock.place_for(new) else { continue };
                let query = match row {
                    Some(id) => sqlx::query(ADOPT).bind(id),
                    None => sqlx::query(INSERT),
                };
                let query = query
                    .bind(new.name.as_str())
                    .bind(new.title.as_deref())
                    .bind(column::to_json(&new.topics)?)
                    .bind(origin_word(SourceOrigin::Command))
                    .bind(new.url.as_str())
                    .bind(every_ms(new))
                    .bind(kind_word(new.manner.kind))
                    .bind(new.manner.full_text)
                    .bind(new.manner.select.as_deref());
                added += query.execute(&mut *tx).await?.rows_affected();
            }
            usize::try_from(added).unwrap_or(usize::MAX)
        }))
    }

    /// Removes a source; false if there is none of that name. Its articles stay.
    pub async fn remove_source(&self, name: &Name) -> Result<bool, StoreError> {
        let removed = on!(write self, tx => {
            let remove = sqlx::query("UPDATE sources SET removed = TRUE WHERE name = $1 AND NOT removed");
            let removed = remove.bind(name.as_str()).execute(&mut *tx).await?.rows_affected();
            sqlx::query(FORGET).execute(&mut *tx).await?;
            removed
        });
        Ok(removed > 0)
    }

    /// Returns all sources, by name.
    pub async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        const ALL: &str =
            concat!("SELECT ", source_columns!(), " FROM sources WHERE NOT removed ORDER BY name");
        let rows: Vec<SourceRow> = on!(read self, db => sqlx::query_as(ALL).fetch_all(db).await?);
        rows.into_iter().map(Source::try_from).collect()
    }
}

/// What is there while sources are added: names, addresses, and what was removed.
struct Stock<'k> {
    names: HashSet<&'k str>,
    addresses: HashSet<&'k str>,
    removed: HashMap<&'k str, i64>,
}

impl<'k> Stock<'k> {
    fn of(known: &'k [Known]) -> Self {
        let there = || known.iter().filter(|k| !k.removed);
        let both = |k: &'k Known| [k.declared_url.as_str(), k.url.as_str()];
        let gone = known.iter().rev().filter(|k| k.removed);
        Self {
            names: there().map(|k| k.name.as_str()).collect(),
            addresses: there().flat_map(both).collect(),
            removed: gone.flat_map(|k| both(k).map(|address| (address, k.id))).collect(),
        }
    }

    /// The removed row that a new source continues, or none; nothing at all if it is there already.
    fn place_for(&mut self, new: &'k NewSource) -> Option<Option<i64>> {
        let free = !self.names.contains(new.name.as_str()) && !self.addresses.contains(new.url.as_str());
        free.then(|| {
            self.names.insert(new.name.as_str());
            self.addresses.insert(new.url.as_str());
            let row = self.removed.remove(new.url.as_str());
            self.removed.retain(|_, other| Some(*other) != row);
            row
        })
    }
}

fn every_ms(new: &NewSource) -> Option<i64> {
    new.every.map(|every| i64::try_from(every.as_millis()).unwrap_or(i64::MAX))
}

const fn origin_word(origin: SourceOrigin) -> &'static str {
    match origin {
        SourceOrigin::Config => "config",
        SourceOrigin::Command => "command",
    }
}

const fn kind_word(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Feed => "feed",
        SourceKind::Page => "page",
        SourceKind::Sitemap => "sitemap",
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
