//! The size budget: how many articles a message has room for.
//!
//! Gmail cuts a message off at about 102 KB, in the middle of whatever stands there and with the footer behind it.

use templates::digest;
use templates::role::Look;
use templates::view::{Digest, More};

use super::error::RenderError;
use super::passing::growth;
use crate::model::Hole;

/// How long an address that fills a hole may be.
const ADDRESS: usize = 300;

/// A page that fits.
pub(super) struct Page {
    /// The document.
    pub(super) html: String,
    /// How many articles it shows.
    pub(super) shown: usize,
    /// What stands in place of the others.
    pub(super) more: Option<More>,
}

/// Writes as many articles as fit into `budget` bytes with the holes filled, and links led through passages of this
/// length; the first in any case.
pub(super) fn fit(
    view: &Digest,
    look: &Look,
    budget: usize,
    passage: Option<usize>,
    more: impl Fn(usize) -> More,
) -> Result<Page, RenderError> {
    let rows = view.sections.iter().flat_map(|section| &section.rows);
    let all = view.lead.iter().len() + rows.map(|row| row.articles().len()).sum::<usize>();
    let frame = filled(&digest::html(view, look, &[], None), passage);
    let mut length = frame;
    // Articles are written once, and no further than there is room.
    let mut pieces = Vec::with_capacity(all.min(128));
    for piece in digest::pieces(view, look) {
        length += piece.html.len() + passage.map_or(0, |length| growth(&piece.html, length));
        if length > budget && !pieces.is_empty() {
            break;
        }
        pieces.push(piece);
    }
    loop {
        let shown = pieces.iter().map(|piece| piece.articles).sum();
        let left: usize = all - shown;
        let more = (left > 0).then(|| more(left));
        let html = digest::html(view, look, &pieces, more.as_ref());
        let needed = filled(&html, passage);
        if needed <= budget {
            return Ok(Page { html, shown, more });
        }
        if pieces.len() <= 1 {
            return Err(RenderError::Budget { budget, needed });
        }
        // The line "5 more" has no room yet.
        pieces.pop();
    }
}

/// Returns the length of a document once its holes hold addresses, and its links lead through passages.
fn filled(html: &str, passage: Option<usize>) -> usize {
    let is_hole = |c: &char| Hole::ALL.iter().any(|hole| hole.mark() == *c);
    // Looks at the first byte of plane 16 only, for nothing else begins with it.
    let candidates = html.bytes().filter(|b| *b == 0xF4).count();
    let holes = if candidates == 0 { 0 } else { html.chars().filter(is_hole).count() };
    html.len() + holes * ADDRESS + passage.map_or(0, |length| growth(html, length))
}
