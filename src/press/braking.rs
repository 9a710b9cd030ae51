//! What is said of an edition whose letters do not go on: one matter for each, taken back when they do.

use super::{GivenUp, PressError, Run};
use crate::model::{DeliveryState, EditionId, EditionRecord};

/// Pauses an edition whose letters go wrong, and says so.
pub(super) async fn brake(run: &Run<'_>, edition: EditionId, why: &str) -> Result<(), PressError> {
    if run.store.pause(edition, why).await? {
        let digest = run.store.edition(edition).await?.map(|record| record.digest);
        let of = digest.map(|digest| format!(" of {digest}")).unwrap_or_default();
        let text = format!(
            "edition {edition}{of} is paused: {why}; `pressrun editions resume {edition}` lets it go on"
        );
        run.store.notice(&matter(edition), &text, run.clock.now()).await?;
    }
    Ok(())
}

/// Says how the run of an edition has left it, if that is worth a word, and takes back what an earlier one has said.
pub(super) async fn leave(
    run: &Run<'_>,
    record: &EditionRecord,
    given_up: Option<&GivenUp>,
    finished: bool,
) -> Result<(), PressError> {
    let (store, now) = (run.store, run.clock.now());
    let (id, digest, key) = (record.id, &record.digest, matter(record.id));
    match given_up {
        // Whoever paused it has said so, or knows.
        Some(GivenUp::Paused { .. }) => {}
        Some(GivenUp::Relay(_)) => {
            // Without the number, which is another one each time.
            let text = format!("edition {id} of {digest} waits: no relay takes its letters");
            store.notice(&key, &text, now).await?;
        }
        Some(GivenUp::Quota { .. }) | None => {
            let expired = record.totals.in_state(DeliveryState::Expired);
            if finished && expired > 0 {
                let text = format!(
                    "edition {id} of {digest} has ended, and {expired} of its letters had not gone in time"
                );
                store.event(&key, &text, now).await?;
            } else if store.notices().await?.iter().any(|notice| notice.key == key) {
                store.unnotice(&key).await?;
            }
        }
    }
    Ok(())
}

fn matter(edition: EditionId) -> String {
    format!("edition:{edition}")
}
