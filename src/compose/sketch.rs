//! Sketches: which of many tellings are worth comparing, without comparing all with all.
//!
//! Of a set of words a sketch keeps, for each of some hash functions, the least value (MinHash): two sets agree in one
//! with the probability of the share that they have in common. A few such values together make a key, and two tellings
//! of which any key is the same are compared (locality-sensitive hashing by bands).

use super::telling::Telling;
use super::words::mix;

/// A set of words or shingles.
type Part = fn(&Telling) -> &[u64];

/// Which part of a telling is sketched; how many keys, of how many values each.
const BANDS: [(Part, usize, usize); 4] = [
    // Titles that share half their words are found 97 times of a hundred.
    (|telling| &telling.title_set, 12, 2),
    // Told in other words and another order: of sixty shared words of a hundred, 97 times.
    (|telling| &telling.whole, 16, 3),
    // Copied and cut: a third is found 80 times of a hundred.
    (|telling| &telling.shingles, 14, 2),
    // Told by two reporters: a third of the names and numbers is found 85 times of a hundred.
    (|telling| &telling.marks, 16, 2),
];

/// So far each looks among those that have the same key: a crowd of likes does not make a crowd of pairs squared.
const REACH: usize = 12;
/// So many pairs for each telling are compared, those with the most keys in common first.
const MOST: usize = 16;

/// Returns the pairs worth comparing, lower index first, each once; `apart` tells of two that they never are one story.
pub(super) fn pairs(tellings: &[Telling], apart: impl Fn(usize, usize) -> bool) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut salt = 0_u64;
    for (part, bands, rows) in BANDS {
        for _ in 0..bands {
            let salts: Vec<u64> = (0..rows).map(|row| mix(salt + 1 + row as u64)).collect();
            salt += rows as u64;
            collide(&keys(tellings, part, &salts), &apart, &mut pairs);
        }
    }
    pairs.sort_unstable();
    let mut met: Vec<(usize, (u32, u32))> =
        pairs.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
    let most = MOST * tellings.len();
    if met.len() > most {
        met.sort_unstable_by_key(|(keys, pair)| (std::cmp::Reverse(*keys), *pair));
        met.truncate(most);
    }
    met.into_iter().map(|(_, pair)| pair).collect()
}

/// The key of each telling that has anything to sketch, with its index; equal keys beside each other.
fn keys(tellings: &[Telling], part: Part, salts: &[u64]) -> Vec<(u64, u32)> {
    let key = |set: &[u64]| {
        salts.iter().fold(0_u64, |key, salt| {
            // The words are spread already: a product spreads them anew.
            let least = set.iter().map(|word| (word ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15)).min();
            mix(key.rotate_left(17) ^ least.unwrap_or_default())
        })
    };
    let all = (0_u32..).zip(tellings).map(|(index, telling)| (part(telling), index));
    let mut keys: Vec<(u64, u32)> =
        all.filter(|(set, _)| set.len() > 1).map(|(set, index)| (key(set), index)).collect();
    keys.sort_unstable();
    keys
}

fn collide(keys: &[(u64, u32)], apart: &impl Fn(usize, usize) -> bool, pairs: &mut Vec<(u32, u32)>) {
    for same in keys.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        for (n, (_, a)) in same.iter().enumerate() {
            let near = same[n + 1..].iter().take(REACH);
            pairs.extend(near.map(|(_, b)| (*a, *b)).filter(|(a, b)| !apart(*a as usize, *b as usize)));
        }
    }
}
