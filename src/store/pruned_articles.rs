//! Pruned articles: known by their fingerprints for good, so that what stands in its feed for years is no news.

use std::collections::HashMap;

use super::sorting::{ArticleIn, Sorted};
use super::{StoreError, column};
use crate::model::Fingerprint;

/// Row, and the three fingerprints.
type PrintRow = (i64, i64, i64, i64);

/// Row, the three fingerprints, and the source.
pub(super) type PrunedRow = (i64, i64, i64, i64, i64);

/// Of `$1`, an array of source, guid and address.
pub(super) const PRUNED: &str = "SELECT id, print_guid, print_url, print_content, source FROM pruned_articles
     WHERE id IN (
       SELECT b.id FROM json_each($1) p JOIN pruned_articles b
         ON b.source = CAST(p.value ->> 0 AS BIGINT) AND b.print_guid = CAST(p.value ->> 1 AS BIGINT)
       UNION SELECT b.id FROM json_each($1) p JOIN pruned_articles b
         ON b.source = CAST(p.value ->> 0 AS BIGINT) AND b.print_url = CAST(p.value ->> 2 AS BIGINT))
     ORDER BY id";

pub(super) const CHANGE: &str = "UPDATE pruned_articles SET print_guid = CAST(value ->> 1 AS BIGINT),
       print_url = CAST(value ->> 2 AS BIGINT), print_content = CAST(value ->> 3 AS BIGINT)
     FROM json_each($1) WHERE pruned_articles.id = CAST(value ->> 0 AS BIGINT)";

/// Takes what was stored once out of what is new; returns the rows of those whose fingerprints have changed, so that an
/// article that changes bit by bit stays known.
pub(super) fn leave_out(
    sorted: &mut [Sorted<'_>],
    pruned: &[PrunedRow],
) -> Result<Option<String>, StoreError> {
    if pruned.is_empty() {
        return Ok(None);
    }
    let mut of_source: HashMap<i64, Vec<&PrunedRow>> = HashMap::new();
    for row in pruned {
        of_source.entry(row.4).or_default().push(row);
    }
    let mut changed: Vec<PrintRow> = Vec::new();
    for sorted in sorted {
        let Some(pruned) = of_source.get(&sorted.brought.source.0) else { continue };
        sorted.new.retain(|article| {
            let print = article.fingerprint();
            let known = pruned.iter().copied().find(|row| of(row).same_article(&print));
            changed.extend(
                known.filter(|row| of(row) != print).map(|row| (row.0, print.guid, print.url, print.content)),
            );
            known.is_none()
        });
    }
    (!changed.is_empty()).then(|| column::to_json(&changed)).transpose()
}

impl ArticleIn<'_> {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { guid: self.guid, url: self.same_url, content: self.text }
    }
}

fn of(&(_, guid, url, content, _): &PrunedRow) -> Fingerprint {
    Fingerprint { guid, url, content }
}
