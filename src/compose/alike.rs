//! Alike: whether two tellings are of one story.
//!
//! What is alike was found by sketches; here it is judged. Two texts may be alike because they tell the same, or because
//! they are made by the same pattern: two matches of one league, yesterday's weather and today's, the quarters of two
//! firms. So first what would part them is looked for — numbers, names, weekdays, parts of a series, of which
//! each has its own — and only then how much they share.

use super::lexicon::Series;
use super::marks::is_mark;
use super::telling::{Telling, shared, sorted};
use super::words::{Kind, Token};

/// True if both tell the same story. Symmetric.
pub(super) fn alike(a: &Telling, b: &Telling) -> bool {
    let pair = Pair::of_two(a, b);
    if pair.titles_part() || one_for_another(a, b) {
        return false;
    }
    if pair.is_copy() {
        return pair.is_of_its_title() && !pair.texts_part();
    }
    if pair.short.text.len() < WORDS {
        return pair.same_headline();
    }
    pair.retold()
}

/// A text of fewer words says too little to be compared.
const WORDS: usize = 6;
/// So much of the shorter text stands in the longer one, if one was copied from the other.
const COPIED: f64 = 0.66;
/// The same, if nothing was changed.
const WHOLE: f64 = 0.92;
/// So many words in the same places make titles of one pattern.
const PATTERN: usize = 2;
/// Titles of a series are this much alike.
const SERIAL: f64 = 0.4;
/// So many words of the poorer text stand in the richer one, if both tell of the same.
const AGREED: f64 = 0.6;
/// The same, if it could be one text in two orders.
const RETOLD: f64 = 0.8;

/// The same of both articles, if each title has a word that the other article has not: one may stand in the other's
/// place.
const SWAPPED: f64 = 0.82;

struct Pair<'t> {
    short: &'t Telling,
    long: &'t Telling,
    /// Share of the shingles of the shorter text that the longer one has.
    copied: f64,
    /// Share of the words of both titles that both have.
    titles: f64,
    /// Share of the words of the shorter title that the longer one has.
    title_in_title: f64,
    /// Share of the words of the poorer text that the richer one has.
    words: f64,
}

impl<'t> Pair<'t> {
    fn of_two(a: &'t Telling, b: &'t Telling) -> Self {
        let (short, long) = if a.text.len() <= b.text.len() { (a, b) } else { (b, a) };
        let both = shared(&short.title_set, &long.title_set);
        let either = short.title_set.len() + long.title_set.len() - both;
        let lesser = short.title_set.len().min(long.title_set.len());
        Self {
            short,
            long,
            copied: overlap(&short.shingles, &long.shingles),
            titles: ratio(both, either),
            title_in_title: ratio(both, lesser),
            words: overlap(&short.text_set, &long.text_set),
        }
    }

    fn is_copy(&self) -> bool {
        self.short.text.len() >= WORDS && self.copied >= COPIED
    }

    /// Nothing was changed but where it ends.
    fn is_whole_copy(&self) -> bool {
        self.is_copy() && self.copied >= WHOLE
    }

    /// The titles agree, or the text speaks of what both titles say: else it may be what a source puts below everything.
    fn is_of_its_title(&self) -> bool {
        let told = |own: &Telling, other: &Telling| overlap_of(&own.title_set, &other.whole);
        let (there, back) = (told(self.short, self.long), told(self.long, self.short));
        let text = self.short.text.iter().filter(|token| is_mark(token.kind));
        let marks = text.filter(|token| self.long.text_set.binary_search(&token.key).is_ok()).count();
        self.title_in_title >= 0.5 || there.min(back) >= 0.3 || there.max(back) >= 0.3 && marks >= 3
    }

    /// Each title has a number, a name or a member of a series that the other article has not.
    fn titles_part(&self) -> bool {
        let (a, b) = (self.short, self.long);
        let by = |kind: fn(Kind) -> bool| {
            let only = |own: &'t [Token], other: &'t [u64]| missing(own, other, kind);
            (
                only(&a.title, &b.title_set),
                only(&b.title, &a.title_set),
                only(&a.title, &b.whole),
                only(&b.title, &a.whole),
            )
        };
        let (a_title, b_title, a_whole, b_whole) = by(is_number);
        // What each title has for itself may stand in the other's text; titles of a series differ by nothing else.
        let other_words = self.is_whole_copy() && self.titles < SERIAL;
        let elsewhere = self.words >= RETOLD && a_whole + b_whole == 0;
        if a_title > 0 && b_title > 0 && !elsewhere && !other_words {
            return true;
        }
        if a_whole + b_whole > 0 && self.words < AGREED {
            return true;
        }
        let (a_title, b_title, ..) = by(is_tied);
        if a_title > 0 && b_title > 0 {
            return true;
        }
        let (_, _, a_whole, b_whole) = by(is_name);
        if a_whole > 0 && b_whole > 0 && !self.is_whole_copy() {
            return true;
        }
        let (a_title, b_title, ..) = by(is_series);
        if a_title > 0 && b_title > 0 && series_part(&a.title, &b.title) {
            return true;
        }
        let (_, _, a_whole, b_whole) = by(is_strict_series);
        a_whole + b_whole > 0 && self.titles >= 0.7
    }

    /// Where one text was copied from the other, what was put in place of what.
    fn texts_part(&self) -> bool {
        let (short, long) = (self.short, self.long);
        let head = &long.text[..long.text.len().min(short.text.len() * 5 / 4 + 2)];
        let both = |kind: fn(Kind) -> bool| {
            let titles = if self.is_whole_copy() { 0 } else { 1 };
            let of_short = missing(&short.text, &long.whole, kind);
            let of_long = missing(head, &short.whole, kind);
            (
                of_short + titles * missing(&short.title, &long.whole, kind),
                of_long + titles * missing(&long.title, &short.whole, kind),
            )
        };
        let swapped = |kind| {
            let (a, b) = both(kind);
            a > 0 && b > 0
        };
        if swapped(is_number) || swapped(is_tied) || swapped(is_name) {
            return true;
        }
        series_part(&short.text, &long.text)
    }

    /// One of the two has no more than its title.
    fn same_headline(&self) -> bool {
        let (a, b) = (self.short, self.long);
        let enough = a.title_set.len().min(b.title_set.len()) >= 4;
        let own = missing(&a.title, &b.title_set, is_any);
        let others = missing(&b.title, &a.title_set, is_any);
        enough && self.title_in_title >= 0.85 && (own == 0 || others == 0) && own + others <= 3
    }

    /// The words that both titles have stand in the same order: "from A to B" is not "from B to A".
    fn titles_in_order(&self) -> bool {
        let common = |own: &[Token], other: &[u64]| {
            let kept = own.iter().filter(|token| other.binary_search(&token.key).is_ok());
            kept.map(|token| token.key).collect::<Vec<_>>()
        };
        let a = common(&self.short.title, &self.long.title_set);
        let b = common(&self.long.title, &self.short.title_set);
        let (all, ordered) = (a.len().min(b.len()), common_subsequence(&a, &b));
        ordered + all / 6 >= all
    }

    /// Both tell it in words of their own.
    fn retold(&self) -> bool {
        let (a, b) = (self.short, self.long);
        let all = overlap(&a.whole, &b.whole);
        let near = self.titles >= 0.6 || self.title_in_title >= 0.8;
        let few = a.title_set.len().min(b.title_set.len()) < 3;
        if few || !near && all < AGREED || series_part(&a.text, &b.text) {
            return false;
        }
        let of = |telling: &Telling, kind: fn(Kind) -> bool| {
            let own = telling.title.iter().chain(&telling.text).filter(|token| kind(token.kind));
            sorted(own.map(|token| token.key).collect())
        };
        let share = |kind: fn(Kind) -> bool| {
            let (of_a, of_b) = (of(a, kind), of(b, kind));
            // A capital may be lost where a sentence opens.
            let both = of_a.iter().filter(|key| b.whole.binary_search(key).is_ok()).count();
            let back = of_b.iter().filter(|key| a.whole.binary_search(key).is_ok()).count();
            (both.max(back), of_a.len().min(of_b.len()))
        };
        let ((names, of_names), (numbers, of_numbers)) = (share(is_name), share(is_number));
        if of_names > 0 && names == 0 || of_numbers > 0 && numbers == 0 {
            return false;
        }
        let (shared_marks, of_marks) = (names + numbers, of_names + of_numbers);
        let marks = ratio(shared_marks, of_marks);
        let swapped = missing(&a.title, &b.whole, is_any).min(missing(&b.title, &a.whole, is_any));
        let told_numbers = numbers >= 2 && numbers == of_numbers;
        if swapped > 0 && all < if told_numbers { AGREED } else { SWAPPED } {
            return false;
        }
        let ordered = self.titles_in_order() && self.words >= 0.45 || self.words >= RETOLD;
        if near && !ordered {
            return false;
        }
        if near {
            return marks >= 0.5 || of_marks == 0;
        }
        // Another headline, and each has a figure of its own: what came of it, a day later.
        let figures = |own: &Telling, other: &Telling| {
            missing(&own.title, &other.whole, is_number) + missing(&own.text, &other.whole, is_number)
        };
        if figures(a, b) > 0 && figures(b, a) > 0 {
            return false;
        }
        self.titles >= 0.3 && marks >= 0.6 && shared_marks >= 2 && all >= 0.7
            || marks >= 0.7 && self.words >= RETOLD && all >= 0.8
            || told_numbers && marks >= 0.7 && all >= 0.7
    }
}

/// Two titles of one pattern: what is between their common beginning and their common end is in neither other article.
/// Names stand there that nothing else shows to be names: at the beginning, or in a script without capitals.
pub(super) fn one_for_another(one: &Telling, other: &Telling) -> bool {
    let (a, b) = (one.title.as_slice(), other.title.as_slice());
    let same = |(a, b): &(&Token, &Token)| a.key == b.key;
    let before = a.iter().zip(b).take_while(same).count();
    let (a, b) = (&a[before..], &b[before..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (&a[..a.len() - behind], &b[..b.len() - behind]);
    let own = |title: &[Token], own: &Telling, other: &Telling| {
        let only = title.iter().filter(|token| other.whole.binary_search(&token.key).is_err());
        let told = only.clone().filter(|token| own.text_set.binary_search(&token.key).is_ok()).count();
        (only.count(), told)
    };
    let ((only_a, told_a), (only_b, told_b)) = (own(a, one, other), own(b, other, one));
    let pattern = before + behind >= PATTERN && 2 * (before + behind) >= a.len().max(b.len());
    // Of one text under two headlines, the headlines alone say it in two ways.
    let texts_too = told_a > 0 && told_b > 0;
    pattern && only_a > 0 && only_b > 0 && (texts_too || !Pair::of_two(one, other).is_whole_copy())
}

fn is_number(kind: Kind) -> bool {
    kind == Kind::Number
}

fn is_tied(kind: Kind) -> bool {
    kind == Kind::Tied
}

fn is_name(kind: Kind) -> bool {
    kind == Kind::Name
}

fn is_series(kind: Kind) -> bool {
    matches!(kind, Kind::Series(_))
}

/// What a title has only to tell the parts of a series apart.
fn is_strict_series(kind: Kind) -> bool {
    matches!(kind, Kind::Series(Series::Letter | Series::Ordinal))
}

fn is_any(_: Kind) -> bool {
    true
}

/// The length of the longest sequence that stands in both in order.
fn common_subsequence(a: &[u64], b: &[u64]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (n, y) in b.iter().enumerate() {
            let above = row[n + 1];
            row[n + 1] = if x == y { diagonal + 1 } else { above.max(row[n]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

/// How many of these tokens the other has not.
pub(super) fn missing(own: &[Token], other: &[u64], kind: fn(Kind) -> bool) -> usize {
    own.iter().filter(|token| kind(token.kind) && other.binary_search(&token.key).is_err()).count()
}

/// True if both name members of a series, and no one of them is the same.
pub(super) fn series_part(a: &[Token], b: &[Token]) -> bool {
    [Series::Weekday, Series::Month, Series::Ordinal, Series::Day, Series::Letter].into_iter().any(|series| {
        let members = |tokens: &[Token]| {
            let own = tokens.iter().filter(|token| token.kind == Kind::Series(series));
            own.map(|token| token.key).collect::<Vec<_>>()
        };
        let (a, b) = (members(a), members(b));
        !a.is_empty() && !b.is_empty() && !a.iter().any(|member| b.contains(member))
    })
}

/// The share of some keys that others have.
fn overlap_of(own: &[u64], other: &[u64]) -> f64 {
    ratio(shared(own, other), own.len())
}

/// The share of the fewer keys that both have.
pub(super) fn overlap(a: &[u64], b: &[u64]) -> f64 {
    ratio(shared(a, b), a.len().min(b.len()))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
