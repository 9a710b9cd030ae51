//! Pruned articles: known by their fingerprints for good, so that what stands in its feed for years is no news.

use super::articles::{ArticleIn, Sorted};
use super::{StoreError, column};
use crate::model::Fingerprint;

/// Row, and the three fingerprints.
pub(super) type PrintRow = (i64, i64, i64, i64);

pub(super) const PRUNED: &str = "SELECT id, print_guid, print_url, print_content FROM pruned_articles
     WHERE source = $1
       AND (print_guid IN (SELECT CAST(value ->> 'guid' AS BIGINT) FROM json_each($2))
         OR print_url IN (SELECT CAST(value ->> 'url' AS BIGINT) FROM json_each($2)))
     ORDER BY id";

pub(super) const CHANGE: &str = "UPDATE pruned_articles SET print_guid = CAST(value ->> 1 AS BIGINT),
       print_url = CAST(value ->> 2 AS BIGINT), print_content = CAST(value ->> 3 AS BIGINT)
     FROM json_each($1) WHERE pruned_articles.id = CAST(value ->> 0 AS BIGINT)";

impl Sorted<'_> {
    /// Takes what was stored once out of what is new; returns the rows of those whose fingerprints have changed, so that
    /// an article that changes bit by bit stays known.
    pub(super) fn leave_out(&mut self, pruned: &[PrintRow]) -> Result<Option<String>, StoreError> {
        let mut changed: Vec<PrintRow> = Vec::new();
        self.new.retain(|article| {
            let print = article.fingerprint();
            let known = pruned.iter().find(|row| of(row).same_article(&print));
            changed.extend(
                known.filter(|row| of(row) != print).map(|row| (row.0, print.guid, print.url, print.content)),
            );
            known.is_none()
        });
        (!changed.is_empty()).then(|| column::to_json(&changed)).transpose()
    }
}

impl ArticleIn<'_> {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint { guid: self.guid, url: self.same_url, content: self.text }
    }
}

fn of(&(_, guid, url, content): &PrintRow) -> Fingerprint {
    Fingerprint { guid, url, content }
}
