//! Marks: names, numbers and dates, by which a story is itself in whatever words it is told.
//!
//! Two reporters of one fire share its street, its hour and its four injured, and hardly another word. Two matches of one
//! league share nearly all their words, and neither a scorer nor a minute. So where two tellings agree more in their
//! marks than in their other words they tell one story; where they agree more in their other words, one pattern was
//! filled twice. Scripts without capitals show no names: their tellings are compared by [`alike`](super::alike) alone.

use super::alike::{missing, one_for_another, overlap, ratio, series_part};
use super::telling::{Telling, shared, sorted};
use super::words::{Kind, Token};

/// A text of fewer words has too few marks to be known by.
const WORDS: usize = 16;
/// So many words open a text, and say what it is about.
const LEAD: usize = 25;
/// So many marks stand in both, at least.
const MARKS: usize = 4;
/// The same, where no two numbers vouch for it.
const MANY_MARKS: usize = 5;
/// So much of the shorter text stands in the longer one, if they have the same beginning and go on by themselves.
const BEGUN: f64 = 0.45;
/// Titles of one series begin with so many words in common.
const SERIAL: usize = 3;

/// True if both tell one story by their marks. Symmetric.
///
/// What came of a story a day later has its marks as well: it is for the caller to ask only of what was published soon
/// one after the other.
pub(super) fn same_marks(a: &Telling, b: &Telling) -> bool {
    let marks = shared(&a.marks, &b.marks);
    if a.text.len().min(b.text.len()) < WORDS || marks < MARKS || serial_titles(a, b) || one_for_another(a, b)
    {
        return false;
    }
    let (own, other) = (all(a), all(b));
    let pair = Pair { a, b, own: &own, other: &other };
    if series_part(&own, &other) || pair.each_has_own(|kind| kind == Kind::Tied) {
        return false;
    }
    pair.begins_alike() || pair.is_retold(marks)
}

struct Pair<'t> {
    a: &'t Telling,
    b: &'t Telling,
    /// All tokens of `a`, and of `b`.
    own: &'t [Token],
    other: &'t [Token],
}

impl Pair<'_> {
    /// One text was cut, and each goes on in its own way: nothing in the beginning of either is only there.
    fn begins_alike(&self) -> bool {
        let lead = |own: &Telling, other: &Telling| {
            let lead = &own.text[..own.text.len().min(LEAD)];
            [is_number, is_name].map(|kind| missing(lead, &other.whole, kind))
        };
        let (there, back) = (lead(self.a, self.b), lead(self.b, self.a));
        overlap(&self.a.shingles, &self.b.shingles) > BEGUN
            && there.iter().zip(back).all(|(there, back)| *there.min(&back) == 0)
    }

    /// Told twice in words of their own.
    fn is_retold(&self, marks: usize) -> bool {
        let (of_a, of_b) = (&self.a.marks, &self.b.marks);
        let names = of(self.own, is_name).iter().any(|name| self.b.whole.binary_search(name).is_ok());
        let (numbers, most) = self.numbers();
        let alike = |a: &[u64], b: &[u64]| {
            let both = shared(a, b);
            ratio(both, a.len() + b.len() - both)
        };
        let gap = alike(of_a, of_b) - alike(&of(self.own, is_word), &of(self.other, is_word));
        let of_fewer = ratio(marks, of_a.len().min(of_b.len()));
        let by_numbers = numbers >= 2 && 2 * numbers >= most && of_fewer >= 0.5 && gap > 0.1;
        let by_names = marks >= MANY_MARKS && of_fewer >= 0.66 && gap > 0.25 && !self.each_has_own(is_number);
        names && (by_numbers || by_names)
    }

    /// How many numbers stand in both, and how many there are in the one that has fewer.
    fn numbers(&self) -> (usize, usize) {
        let (of_a, of_b) = (of(self.own, is_number), of(self.other, is_number));
        let told = |own: &[u64], other: &Telling| {
            own.iter().filter(|number| other.whole.binary_search(number).is_ok()).count()
        };
        let fewer = of_a.len().min(of_b.len());
        (told(&of_a, self.b).max(told(&of_b, self.a)), fewer)
    }

    /// Each has something of a kind that the other has not.
    fn each_has_own(&self, kind: fn(Kind) -> bool) -> bool {
        missing(self.own, &self.b.whole, kind) > 0 && missing(self.other, &self.a.whole, kind) > 0
    }
}

/// Both titles begin with the name of a series, and each goes on with what the other article does not say.
fn serial_titles(a: &Telling, b: &Telling) -> bool {
    let same = a.title.iter().zip(&b.title).take_while(|(a, b)| a.key == b.key).count();
    let own =
        |telling: &Telling, other: &Telling| missing(&telling.title[same..], &other.whole, |_| true) > 0;
    same >= SERIAL && own(a, b) && own(b, a)
}

fn all(telling: &Telling) -> Vec<Token> {
    telling.title.iter().chain(&telling.text).copied().collect()
}

/// The keys of one kind; sorted, each once.
pub(super) fn of(tokens: &[Token], kind: fn(Kind) -> bool) -> Vec<u64> {
    sorted(tokens.iter().filter(|token| kind(token.kind)).map(|token| token.key).collect())
}

/// What a text has that others have not.
pub(super) fn is_mark(kind: Kind) -> bool {
    !matches!(kind, Kind::Little | Kind::Word)
}

fn is_word(kind: Kind) -> bool {
    kind == Kind::Word
}

fn is_name(kind: Kind) -> bool {
    kind == Kind::Name
}

fn is_number(kind: Kind) -> bool {
    kind == Kind::Number
}
