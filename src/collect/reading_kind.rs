//! What a page is: an article, or something that stands where one was expected.

use super::reading_meta::Meta;
use super::reading_signs::{Said, Signs};
use super::reading_words::{consents, is_wall};
use super::tree::Tree;

/// What a page turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// An article, as far as can be told in full.
    Article,
    /// The beginning of an article whose rest costs money or a login.
    Paywall,
    /// A question about cookies or privacy in front of the page.
    Consent,
    /// A page without an article: a front page, a form, an error.
    NotAnArticle,
}

/// A text of so many characters is one, whatever stands round it.
const WHOLE: usize = 1_500;
/// What says that it is an article needs so many characters.
const DECLARED: usize = 60;
/// What does not say so needs as many.
const UNDECLARED: usize = 200;
/// What does not say that it is an article has fewer headings that lead elsewhere.
const MOST_CARDS: usize = 5;
/// So many phrases of consent pages make one.
const ENOUGH: usize = 2;

/// Judges a page by the text that was read out of it, by `links`, the part of that which is links, by whether its headline
/// is shown, and by how many headings in it lead elsewhere.
pub(super) fn of(
    tree: &Tree<'_>,
    said: &Said,
    meta: &Meta,
    text: &str,
    links: f32,
    (heading, cards): (bool, usize),
) -> ReadingKind {
    let length = text.chars().count();
    let declared = meta.is_article();
    if length < WHOLE && asks_consent(tree, meta, text, length, declared) {
        return ReadingKind::Consent;
    }
    if length < WHOLE && is_walled(tree, said, meta) {
        return ReadingKind::Paywall;
    }
    let enough = if declared { DECLARED } else { UNDECLARED };
    let single = declared || heading || length >= 2 * UNDECLARED;
    if length < enough
        || links > 0.5
        || !single
        || (!declared && cards >= MOST_CARDS)
        || is_front(meta, declared)
    {
        return ReadingKind::NotAnArticle;
    }
    ReadingKind::Article
}

fn asks_consent(tree: &Tree<'_>, meta: &Meta, text: &str, length: usize, declared: bool) -> bool {
    let found = consents(&meta.title) + consents(text);
    let whole = || tree.text(0, &[]);
    let only = !declared && (found >= ENOUGH || (length < UNDECLARED && consents(&whole()) >= ENOUGH));
    // Beside an article there may be a question as well; where the text is the question there is no article.
    only || (found > ENOUGH && length < WHOLE / 2)
}

fn is_walled(tree: &Tree<'_>, said: &Said, meta: &Meta) -> bool {
    let free = meta.json.article().map(|article| &article["isAccessibleForFree"]);
    let free_in_words =
        |value: &serde_json::Value| value.as_str().map(|text| text.eq_ignore_ascii_case("true"));
    let paid = free.is_some_and(|free| free.as_bool().or_else(|| free_in_words(free)) == Some(false));
    let tier = meta.first(&["article:content_tier", "content_tier"]);
    let locked = tier.is_some_and(|tier| matches!(tier.to_ascii_lowercase().as_str(), "locked" | "metered"));
    if paid || locked {
        return true;
    }
    let wall = (1..tree.nodes.len()).find(|at| said.both(*at).has(Signs::WALL) && tree.end(*at) > at + 1);
    let shown = wall.is_some_and(|at| !said.hidden[at] && tree.text(at, &said.hidden).chars().count() > 20);
    shown || is_wall(&tree.text(0, &said.hidden))
}

/// True for a site's own front page, which may hold a text.
fn is_front(meta: &Meta, declared: bool) -> bool {
    !declared && meta.json.list().len() >= 5
}
