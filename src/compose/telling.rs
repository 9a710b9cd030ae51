//! A telling: what an article says, made comparable once.

use super::marks::{self, is_mark};
use super::words::{Kind, Token, mix, tokens};

/// So many words in a row make a shingle.
const SHINGLE: usize = 3;

/// What an article says: the words of its title and of its summary.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    /// The words of the title, in order, without those that say little.
    pub(super) title: Vec<Token>,
    /// The same of the summary.
    pub(super) text: Vec<Token>,
    /// The keys of the title; sorted, each once.
    pub(super) title_set: Vec<u64>,
    /// The keys of the summary; sorted, each once.
    pub(super) text_set: Vec<u64>,
    /// The keys of both; sorted, each once.
    pub(super) whole: Vec<u64>,
    /// Each few words in a row of the summary; sorted, each once.
    pub(super) shingles: Vec<u64>,
    /// Names, numbers and dates of both; sorted, each once.
    pub(super) marks: Vec<u64>,
}

impl Telling {
    /// Reads a title and a summary; `own` is what the source calls itself, which says nothing behind a title.
    pub(super) fn of(title: &str, summary: &str, own: &str) -> Self {
        let content = |text: &str| {
            let mut all = tokens(text);
            all.retain(|token| token.kind != Kind::Little);
            all
        };
        let title = content(headline(title, own));
        let text = content(summary);
        let set = |tokens: &[Token]| sorted(tokens.iter().map(|token| token.key).collect());
        let (title_set, text_set) = (set(&title), set(&text));
        let whole = sorted(title_set.iter().chain(&text_set).copied().collect());
        let shingles = sorted(text.windows(SHINGLE).map(shingle).collect());
        let marks = sorted([marks::of(&title, is_mark), marks::of(&text, is_mark)].concat());
        Self { title, text, title_set, text_set, whole, shingles, marks }
    }

    /// Forgets the summary, which tells nothing of this story.
    pub(super) fn forget_text(&mut self) {
        self.text.clear();
        self.text_set.clear();
        self.shingles.clear();
        self.whole.clone_from(&self.title_set);
        self.marks.clear();
    }
}

fn shingle(words: &[Token]) -> u64 {
    words.iter().fold(0, |hash, word| mix(hash.rotate_left(21) ^ word.key))
}

/// The title without what agencies put before it and sources behind it.
fn headline<'t>(title: &'t str, own: &str) -> &'t str {
    let mut title = title.trim();
    for label in ["UPDATE ", "WRAPUP ", "RPT-", "CORRECTED-", "REFILE-"] {
        let Some(rest) = title.strip_prefix(label) else { continue };
        title = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-').trim_start();
    }
    let behind = [" - ", " | ", " – ", " — ", " :: ", " » "];
    let Some((at, mark)) = behind.iter().filter_map(|m| Some((title.rfind(m)?, m))).max() else {
        return title;
    };
    let name: Vec<u64> = tokens(&title[at + mark.len()..]).iter().map(|token| token.key).collect();
    let known: Vec<u64> = tokens(own).iter().map(|token| token.key).collect();
    let is_own = !name.is_empty() && name.iter().all(|word| known.contains(word));
    if is_own { &title[..at] } else { title }
}

/// Sorts keys and drops those that come twice.
pub(super) fn sorted(mut keys: Vec<u64>) -> Vec<u64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How many keys two sorted lists share.
pub(super) fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    both
}
