//! Editions: frozen with their message and explanation, and read back.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::FromRow;

use super::articles::{ArticleRow, select_articles};
use super::pool::on;
use super::{Store, StoreError, column, token};
use crate::model::{
    Ask, Candidate, DeliveryState, DeliveryTotals, Edition, EditionId, EditionRecord, Excluded, Explanation,
    Instant, Message, Name, Otherwise, Placed,
};

#[derive(FromRow)]
struct EditionRow {
    id: i64,
    digest: String,
    slot: i64,
    state: String,
    subject: String,
    articles: i64,
    released_at: Option<i64>,
    candidates: i64,
    excluded: i64,
    pending: i64,
    unsubscribed: i64,
    suppressed: i64,
    away: i64,
    declined: i64,
    empty_handed: i64,
    paused: Option<String>,
    judged_sent: i64,
    judged_refused: i64,
    expires_at: Option<i64>,
    zones: Option<String>,
    approve_by: Option<i64>,
    approve_else: Option<String>,
    approved_at: Option<i64>,
    kept: String,
}

#[derive(FromRow)]
struct MessageRow {
    subject: String,
    language: String,
    direction: String,
    html: String,
    text: String,
}

#[derive(FromRow)]
struct PlacedRow {
    section: Option<String>,
    #[sqlx(flatten)]
    article: ArticleRow,
}

#[derive(Serialize)]
pub(super) struct PlaceIn<'a> {
    place: i64,
    variant: i64,
    section: Option<&'a str>,
    article: i64,
    folded_into: Option<i64>,
}

/// An edition has fewer places than this, so that those of its variants lie beside one another.
const PLACES_OF_ONE: i64 = 1_000_000;

pub(super) const PLACES: &str =
    "INSERT INTO edition_articles (edition, place, section, article, variant, folded_into)
     SELECT $1, CAST(value ->> 'place' AS BIGINT), value ->> 'section', CAST(value ->> 'article' AS BIGINT),
       CAST(value ->> 'variant' AS BIGINT), CAST(value ->> 'folded_into' AS BIGINT) FROM json_each($2)";

macro_rules! put {
    ($id:literal, $number:literal) => {
        concat!(
            "INSERT INTO editions (",
            $id,
            "digest, slot, state, composed_at, considered, since, token, subject, language, direction, html, text,
               explanation)
             VALUES (",
            $number,
            "$1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (digest, slot) DO NOTHING RETURNING id"
        )
    };
}
/// PostgreSQL gives no number twice; SQLite would give that of a draft which was discarded.
const PUT: [&str; 2] = [
    put!(
        "id, ",
        "1 + MAX(COALESCE((SELECT MAX(id) FROM editions), 0),
           COALESCE((SELECT value FROM counters WHERE name = 'editions'), 0)), "
    ),
    put!("", ""),
];

/// Which editions to read.
enum Which<'a> {
    One(EditionId),
    Newest { digest: Option<&'a Name>, limit: usize },
    Released(&'a Name),
}

macro_rules! records {
    ($which:literal) => {
        concat!(
            "SELECT e.id, e.digest, e.slot, e.state, e.subject, e.released_at, e.candidates, e.excluded,
               e.pending, e.unsubscribed, e.suppressed, e.away, e.declined, e.empty_handed, e.paused, e.expires_at, e.judged_sent, e.judged_refused,
               e.zones, e.approve_by, e.approve_else, e.approved_at, e.kept,
               COALESCE(e.article_count,
                 (SELECT COUNT(*) FROM edition_articles a WHERE a.edition = e.id AND a.variant = 0
                    AND a.folded_into IS NULL)) AS articles
             FROM editions e WHERE ",
            $which
        )
    };
}

/// What is there, and what was.
const TOTALS: &str = "SELECT edition, state, COUNT(*),
       COALESCE(SUM(CASE WHEN doubts > 0 AND state <> 'uncertain' THEN 1 ELSE 0 END), 0) FROM deliveries
     WHERE edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) GROUP BY edition, state
     UNION ALL SELECT edition, state, letters, doubtful FROM pruned_deliveries
     WHERE edition IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

impl Store {
    /// Stores a draft, composed at `now`, with its message.
    ///
    /// A digest has one edition a slot: a second is [`StoreError::SlotTaken`].
    pub async fn put_edition(
        &self,
        edition: &Edition,
        message: &Message,
        explanation: &Explanation,
        now: Instant,
    ) -> Result<EditionId, StoreError> {
        let places = column::to_json(&places(edition, 0))?;
        let explanation = column::to_json(explanation)?;
        let token = token::random()?;
        let put = self.0.either(PUT[0], PUT[1]);
        Ok(on!(write self, tx => {
            let id: Option<i64> = sqlx::query_scalar(put)
            .bind(edition.digest.as_str())
            .bind(edition.slot.timestamp_millis())
            .bind(now.timestamp_millis())
            .bind(edition.considered.0)
            .bind(edition.since.map(|article| article.0))
            .bind(token)
            .bind(&message.subject)
            .bind(message.language.as_str())
            .bind(message.direction.as_str())
            .bind(&message.html)
            .bind(&message.text)
            .bind(explanation)
            .fetch_optional(&mut *tx)
            .await?;
            let Some(id) = id else {
                let there = sqlx::query_scalar("SELECT id FROM editions WHERE digest = $1 AND slot = $2")
                    .bind(edition.digest.as_str())
                    .bind(edition.slot.timestamp_millis())
                    .fetch_one(&mut *tx)
                    .await?;
                return Err(StoreError::SlotTaken { edition: EditionId(there) });
            };
            sqlx::query(PLACES).bind(id).bind(places).execute(&mut *tx).await?;
            EditionId(id)
        }))
    }

    /// Returns editions with their totals, newest slot first, at most `limit`.
    pub async fn editions(
        &self,
        digest: Option<&Name>,
        limit: usize,
    ) -> Result<Vec<EditionRecord>, StoreError> {
        self.records(Which::Newest { digest, limit }).await
    }

    /// Returns the digests that have editions, by name, whether anybody still has them or not.
    pub async fn digests(&self) -> Result<Vec<Name>, StoreError> {
        let rows: Vec<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT DISTINCT digest FROM editions WHERE state <> 'cancelled' ORDER BY digest")
                .fetch_all(db)
                .await?);
        rows.iter().map(|digest| column::parsed("editions.digest", digest)).collect()
    }

    /// Returns one edition with its totals.
    pub async fn edition(&self, id: EditionId) -> Result<Option<EditionRecord>, StoreError> {
        Ok(self.records(Which::One(id)).await?.pop())
    }

    /// Returns the edition of a slot.
    pub async fn edition_at(
        &self,
        digest: &Name,
        slot: Instant,
    ) -> Result<Option<EditionRecord>, StoreError> {
        let id: Option<i64> = on!(read self, db =>
            sqlx::query_scalar("SELECT id FROM editions WHERE digest = $1 AND slot = $2")
                .bind(digest.as_str())
                .bind(slot.timestamp_millis())
                .fetch_optional(db)
                .await?);
        match id {
            Some(id) => self.edition(EditionId(id)).await,
            None => Ok(None),
        }
    }

    /// Returns the digest's editions that are released and not finished, newest slot first.
    ///
    /// One whose last delivery is closed is among them until [`Store::finish`] is called.
    pub async fn unfinished(&self, digest: &Name) -> Result<Vec<EditionRecord>, StoreError> {
        self.records(Which::Released(digest)).await
    }

    /// Returns the edition's articles as they are now, in reading order, each with its section ("" for the lead).
    pub async fn edition_articles(&self, id: EditionId) -> Result<Vec<(String, Candidate)>, StoreError> {
        let rows: Vec<PlacedRow> = on!(read self, db =>
            sqlx::query_as(select_articles!(
                ", e.section",
                "JOIN edition_articles e ON e.article = a.id WHERE e.edition = $1 AND e.variant = 0 AND e.folded_into IS NULL
                 ORDER BY e.place"
            ))
            .bind(id.0)
            .fetch_all(db)
            .await?);
        let placed = |row: PlacedRow| Ok((row.section.unwrap_or_default(), row.article.try_into()?));
        rows.into_iter().map(placed).collect()
    }

    /// Returns the message as it was frozen; `None` for an edition of which only the counts are kept.
    pub async fn message(&self, id: EditionId) -> Result<Option<Message>, StoreError> {
        let row: Option<MessageRow> = on!(read self, db =>
            sqlx::query_as("SELECT subject, language, direction, html, text FROM editions WHERE id = $1 AND kept <> 'counts'")
                .bind(id.0)
                .fetch_optional(db)
                .await?);
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Message {
            subject: row.subject,
            language: column::word("editions.language", row.language)?,
            direction: column::word("editions.direction", row.direction)?,
            html: row.html,
            text: row.text,
        }))
    }

    /// Returns why each article was in or out; `None` for an edition of which only the counts are kept.
    pub async fn explanation(&self, id: EditionId) -> Result<Option<Explanation>, StoreError> {
        let row: Option<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT explanation FROM editions WHERE id = $1 AND kept <> 'counts'")
                .bind(id.0)
                .fetch_optional(db)
                .await?);
        row.map(|text| column::json("editions.explanation", &text)).transpose()
    }

    /// Returns the edition's own 128 random bits, 32 hexadecimal digits, the same for ever.
    pub async fn edition_token(&self, id: EditionId) -> Result<String, StoreError> {
        let token: Option<String> = on!(read self, db =>
            sqlx::query_scalar("SELECT token FROM editions WHERE id = $1").bind(id.0).fetch_optional(db).await?);
        token.ok_or(StoreError::NoEdition(id))
    }

    /// Editions and their totals of one instant, so that the numbers add up.
    async fn records(&self, which: Which<'_>) -> Result<Vec<EditionRecord>, StoreError> {
        // One statement for all would be planned for none.
        const ONE: &str = records!("e.id = $1");
        const NEWEST: &str = records!("TRUE ORDER BY e.slot DESC, e.id DESC LIMIT $1");
        const NEWEST_OF: &str = records!("e.digest = $1 ORDER BY e.slot DESC, e.id DESC LIMIT $2");
        const RELEASED: &str =
            records!("e.digest = $1 AND e.state = 'released' ORDER BY e.slot DESC, e.id DESC");
        self.settle().await?;
        let (rows, counts) = on!(snapshot self, tx => {
            let query = match which {
                Which::One(id) => sqlx::query_as(ONE).bind(id.0),
                Which::Newest { digest: None, limit } => sqlx::query_as(NEWEST).bind(column::limit(limit)),
                Which::Newest { digest: Some(digest), limit } => {
                    sqlx::query_as(NEWEST_OF).bind(digest.as_str()).bind(column::limit(limit))
                }
                Which::Released(digest) => sqlx::query_as(RELEASED).bind(digest.as_str()),
            };
            let rows: Vec<EditionRow> = query.fetch_all(&mut *tx).await?;
            let ids: Vec<i64> = rows.iter().map(|r| r.id).collect();
            let counts: Vec<(i64, String, i64, i64)> =
                sqlx::query_as(TOTALS).bind(column::to_json(&ids)?).fetch_all(&mut *tx).await?;
            (rows, counts)
        });
        let mut by_edition: HashMap<i64, Vec<(String, i64, i64)>> = HashMap::new();
        for (edition, state, count, doubtful) in counts {
            by_edition.entry(edition).or_default().push((state, count, doubtful));
        }
        rows.into_iter().map(|row| record(&row, by_edition.remove(&row.id).unwrap_or_default())).collect()
    }
}

/// The rows of an edition's articles, or of a variant's; behind them those that are folded into them.
pub(super) fn places(edition: &Edition, variant: i64) -> Vec<PlaceIn<'_>> {
    let lead = edition.lead.iter().map(|p| (None, p));
    let rest = edition.sections.iter().flat_map(|s| s.articles.iter().map(|p| (Some(s.title.as_str()), p)));
    let shown: Vec<(Option<&str>, &Placed)> = lead.chain(rest).collect();
    let leaders = shown.iter().map(|(section, placed)| (*section, placed.id.0, None));
    let folded = shown.iter().flat_map(|(section, placed)| {
        placed.also.iter().map(|also| (*section, also.id.0, Some(placed.id.0)))
    });
    let row =
        |(place, (section, article, folded_into))| PlaceIn { place, variant, section, article, folded_into };
    (variant * PLACES_OF_ONE..).zip(leaders.chain(folded)).map(row).collect()
}

fn record(row: &EditionRow, counts: Vec<(String, i64, i64)>) -> Result<EditionRecord, StoreError> {
    let mut totals = DeliveryTotals {
        candidates: column::count("editions.candidates", row.candidates)?,
        excluded: column::count("editions.excluded", row.excluded)?,
        left_out: Excluded {
            pending: column::count("editions.pending", row.pending)?,
            unsubscribed: column::count("editions.unsubscribed", row.unsubscribed)?,
            suppressed: column::count("editions.suppressed", row.suppressed)?,
            paused: column::count("editions.away", row.away)?,
            declined: column::count("editions.declined", row.declined)?,
            nothing: column::count("editions.empty_handed", row.empty_handed)?,
        },
        ..DeliveryTotals::default()
    };
    for (state, count, doubtful) in counts {
        totals.doubtful += column::count("deliveries.doubts", doubtful)?;
        let state: DeliveryState = column::parsed("deliveries.state", &state)?;
        totals.by_state[state as usize] += column::count("deliveries", count)?;
    }
    Ok(EditionRecord {
        id: EditionId(row.id),
        digest: column::parsed("editions.digest", &row.digest)?,
        slot: column::instant("editions.slot", row.slot)?,
        state: column::edition_state(&row.state)?,
        subject: row.subject.clone(),
        articles: column::count("edition_articles", row.articles)?,
        released_at: column::instant_or_none("editions.released_at", row.released_at)?,
        expires_at: column::instant_or_none("editions.expires_at", row.expires_at)?,
        paused: row.paused.clone(),
        zones: zones(row.zones.as_deref())?,
        ask: ask(row)?,
        judged: (
            column::count("editions.judged_sent", row.judged_sent)?,
            column::count("editions.judged_refused", row.judged_refused)?,
        ),
        kept: column::word("editions.kept", row.kept.clone())?,
        totals,
    })
}

fn zones(column: Option<&str>) -> Result<Option<Vec<String>>, StoreError> {
    let zones: Option<Vec<[String; 1]>> =
        column.map(|text| column::json("editions.zones", text)).transpose()?;
    Ok(zones.map(|zones| zones.into_iter().map(|[zone]| zone).collect()))
}

fn ask(row: &EditionRow) -> Result<Option<Ask>, StoreError> {
    let Some(by) = row.approve_by else { return Ok(None) };
    let send = row.approve_else.as_deref() == Some(Otherwise::Send.as_str());
    Ok(Some(Ask {
        by: column::instant("editions.approve_by", by)?,
        otherwise: if send { Otherwise::Send } else { Otherwise::Skip },
        approved_at: column::instant_or_none("editions.approved_at", row.approved_at)?,
    }))
}
