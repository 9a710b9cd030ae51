//! Proofreading: what lint finds in an edition that is made, told and never in its way.

use super::{Postmark, PressError, sample_letter};
use crate::model::{Digest, EmailAddress, Instant, List, Message};
use crate::render::lint::{self, Finding, Severity};
use crate::store::Store;

/// Looks for what is wrong with a message, errors before warnings; hints are left to the preview.
pub fn proofread(
    postmark: &Postmark,
    list: &List,
    message: &Message,
    date: Instant,
) -> Result<Vec<Finding>, PressError> {
    // The sender is an address that letters may go to.
    let anybody: &EmailAddress = &postmark.digest.from.address;
    let letter = sample_letter(postmark, list, message, anybody, date)?;
    let mut findings = lint::letter(&letter.bytes);
    findings.retain(|finding| finding.rule.severity > Severity::Hint);
    Ok(findings)
}

/// The notice about a digest whose letters have faults: the same words as long as they are the same faults, so that it is
/// told once and not each morning; `None` if there are none.
#[must_use]
pub fn remark(digest: &Digest, findings: &[Finding]) -> Option<String> {
    let mut rules: Vec<&str> = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.rule.name) {
            rules.push(finding.rule.name);
        }
    }
    let worst = findings.first()?.rule.severity;
    let name = &digest.name;
    let what = if worst == Severity::Error { "errors" } else { "warnings" };
    Some(format!(
        "{name}: its letters go out with {what}: {}; `pressrun preview {name}` shows where, why and the way out",
        rules.join(", ")
    ))
}

/// Says it to the publisher, or takes it back when all is well.
pub(super) async fn tell(
    store: &Store,
    digest: &Digest,
    findings: &[Finding],
    now: Instant,
) -> Result<(), PressError> {
    let key = format!("lint:{}", digest.name);
    match remark(digest, findings) {
        Some(text) => store.notice(&key, &text, now).await?,
        None => store.unnotice(&key).await?,
    }
    Ok(())
}
