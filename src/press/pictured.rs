//! What was found of pictures, where an edition is composed: an article has its picture's true size, another picture, or
//! none.

use super::PressError;
use crate::model::{ArticleId, Candidate};
use crate::store::Store;

/// Gives candidates what was found of their pictures, as far as anybody has looked.
pub(super) async fn see(
    store: &Store,
    candidates: &mut [Candidate],
    public_url: &str,
) -> Result<(), PressError> {
    let with_picture = candidates.iter().filter(|c| c.article.image.is_some());
    let ids: Vec<ArticleId> = with_picture.map(|c| c.id).collect();
    let mut found = store.pictures_found(&ids).await?;
    if found.is_empty() {
        return Ok(());
    }
    for candidate in candidates {
        let Some(named) = candidate.article.image.as_ref() else { continue };
        let Some(found) = found.remove(&candidate.id).filter(|found| found.named == named.url.as_str())
        else {
            continue;
        };
        candidate.article.image = found.image.map(|mut image| {
            let copy = found.copy.and_then(|(_, name)| name);
            if let Some(url) = copy.and_then(|name| copy_url(public_url, &name).parse().ok()) {
                image.url = url;
            }
            image
        });
    }
    Ok(())
}

/// Where the web serves a copy.
fn copy_url(public_url: &str, name: &str) -> String {
    format!("{}/images/{name}", public_url.trim_end_matches('/'))
}
