//! Words: a text as the tokens by which two texts are compared.
//!
//! Letters lose case, accents and vowel points, digits of all scripts are one, and what is written without spaces is
//! taken two characters at a time. A number keeps its sign, and is written in one way.

use super::letters::{Class, class, fold, plain_number};
use super::lexicon;

/// What a token is, as far as two stories differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Says little: "the", "of".
    Little,
    /// Any other.
    Word,
    /// A name, by its capital; or a word that looks like one.
    Name,
    /// Digits, with whatever belongs to them.
    Number,
    /// Numbers tied together, which follow by themselves: a score, a span, a time of day. `2:1` is `1:2` to whoever
    /// names the other side first.
    Tied,
    /// What parts the members of a series: a weekday, a month, an ordinal, a single letter.
    Series(lexicon::Series),
}

/// A token: a number for what it says, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Equal if what it says is equal.
    pub(super) key: u64,
    /// What it is.
    pub(super) kind: Kind,
}

/// More of a text is not looked at, in bytes: a summary has 500 graphemes at most.
const LONGEST: usize = 4_000;

/// Returns the tokens of a text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let mut reading =
        Reading { tokens: Vec::with_capacity(text.len() / 6 + 1), opens: true, capitals: 0, lower: 0 };
    let mut word = Word::default();
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match class(c) {
            Class::Mark => {}
            Class::Digit(digit) => reading.digit(&mut word, digit, before),
            Class::Letter => reading.letter(&mut word, c, before),
            Class::Unspaced => {
                if word.kind != Script::Unspaced {
                    reading.finish(&mut word, before);
                    word.kind = Script::Unspaced;
                }
                fold(c, &mut word.text);
            }
            Class::Other => {
                let digit_follows = chars.peek().is_some_and(|next| matches!(class(*next), Class::Digit(_)));
                reading.other(&mut word, c, before, digit_follows);
            }
        }
        before = c;
    }
    reading.finish(&mut word, ' ');
    reading.settle()
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Script {
    #[default]
    Letters,
    Digits,
    Unspaced,
}

/// A token in the making.
struct Word {
    text: String,
    kind: Script,
    capital: bool,
    /// It begins with a letter that could have been one.
    lower: bool,
    all_capitals: bool,
    after: char,
    /// A sign was read: whether it stands where a sign may stand.
    minus: Option<bool>,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            text: String::new(),
            kind: Script::default(),
            capital: false,
            lower: false,
            all_capitals: true,
            after: ' ',
            minus: None,
        }
    }
}

impl Word {
    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn digits(&self) -> bool {
        self.kind == Script::Digits && !self.is_empty()
    }
}

/// What was read so far.
struct Reading {
    tokens: Vec<Token>,
    /// A capital says nothing where a sentence opens.
    opens: bool,
    capitals: usize,
    lower: usize,
}

impl Reading {
    fn digit(&mut self, word: &mut Word, digit: char, before: char) {
        if !word.digits() {
            self.finish(word, before);
            if word.minus == Some(true) {
                word.text.push('-');
            }
            word.kind = Script::Digits;
        }
        word.text.push(digit);
        word.minus = None;
    }

    fn letter(&mut self, word: &mut Word, c: char, before: char) {
        // "3rd" and "2bn" are a number and a word.
        if word.kind != Script::Letters {
            self.finish(word, before);
        }
        if word.text.is_empty() {
            word.after = before;
            word.capital = c.is_uppercase();
            word.lower = c.is_lowercase();
        }
        word.all_capitals &= !c.is_lowercase();
        fold(c, &mut word.text);
    }

    /// What stands between words, or inside a number.
    fn other(&mut self, word: &mut Word, c: char, before: char, digit_follows: bool) {
        let ties = matches!(c, '-' | '–' | '−' | '/' | ':');
        let parts = matches!(c, '.' | ',' | '’' | '\'' | '\u{A0}' | '\u{202F}' | '٫' | '٬');
        if word.digits() && (ties || parts) && digit_follows {
            word.text.push(if ties { '-' } else { '.' });
            return;
        }
        self.finish(word, c);
        // A sign, and no hyphen between two words.
        let sign = matches!(c, '-' | '−') && digit_follows;
        word.minus = sign.then_some(before.is_whitespace() || before == '(');
        let opens = matches!(c, '.' | '!' | '?' | ':' | '"' | '“' | '„' | '«' | '‘' | '(' | '|' | '…');
        self.opens |= opens;
    }

    fn finish(&mut self, word: &mut Word, next: char) {
        if word.is_empty() {
            return;
        }
        match word.kind {
            Script::Digits => self.number(&word.text),
            Script::Unspaced => self.unspaced(&word.text),
            Script::Letters => self.word(word, next),
        }
        let minus = word.minus;
        *word = Word { minus, text: std::mem::take(&mut word.text), ..Word::default() };
        word.text.clear();
    }

    fn push(&mut self, text: &str, kind: Kind) {
        self.tokens.push(Token { key: key(text), kind });
        self.opens = false;
    }

    fn number(&mut self, written: &str) {
        let mut parts: Vec<String> = written.split('-').map(plain_number).collect();
        // A sign, and not two numbers.
        if let [sign, number] = parts.as_slice()
            && sign.is_empty()
        {
            let number = format!("-{number}");
            return self.push(&number, Kind::Number);
        }
        parts.iter().for_each(|part| self.push(part, Kind::Number));
        if parts.len() > 1 {
            parts.sort_unstable();
            self.push(&parts.join("-"), Kind::Tied);
        }
    }

    fn word(&mut self, word: &Word, next: char) {
        let text = word.text.as_str();
        let opens = self.opens;
        if let Some(number) = lexicon::number(text) {
            return self.push(number, Kind::Number);
        }
        if let Some((series, member)) = lexicon::series(text) {
            let member = format!("{series:?} {member}");
            return self.push(&member, Kind::Series(series));
        }
        let alone = text.chars().nth(1).is_none();
        if alone {
            // "Group B", and no article or elided word; A and I are words of their own, unless they end something.
            let ends = !next.is_whitespace() && !matches!(next, '\'' | '’' | '.' | '-');
            let letter = word.capital
                && text.is_ascii()
                && !opens
                && word.after.is_whitespace()
                && (!matches!(text, "a" | "i") || ends);
            if letter {
                self.push(text, Kind::Series(lexicon::Series::Letter));
            }
            return;
        }
        if lexicon::is_little(text) {
            return self.push(text, Kind::Little);
        }
        let acronym = word.capital && word.all_capitals;
        self.capitals += usize::from(word.capital && !opens);
        self.lower += usize::from(word.lower);
        let name = word.capital && !opens || acronym && text.len() <= 5;
        self.push(text, if name { Kind::Name } else { Kind::Word });
    }

    fn unspaced(&mut self, run: &str) {
        let chars: Vec<char> = run.chars().collect();
        if let [one] = chars.as_slice() {
            let kind = match lexicon::series_of_one(*one) {
                Some(series) => Kind::Series(series),
                None => Kind::Word,
            };
            return self.push(run, kind);
        }
        let mut pair = String::with_capacity(8);
        for two in chars.windows(2) {
            pair.clear();
            pair.extend(two);
            let kind = lexicon::series_of_two(two[0], two[1]).map_or(Kind::Word, Kind::Series);
            self.push(&pair, kind);
        }
    }

    /// Where every word has a capital, a capital says nothing.
    fn settle(mut self) -> Vec<Token> {
        if self.capitals > 2 * self.lower {
            for token in &mut self.tokens {
                if token.kind == Kind::Name {
                    token.kind = Kind::Word;
                }
            }
        }
        self.tokens
    }
}

/// Returns a number for a text (FNV-1a, spread): equal texts have equal ones, on every machine.
pub(super) fn key(text: &str) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(hash)
}

/// Spreads a number over all its bits.
pub(super) fn mix(mut x: u64) -> u64 {
    x ^= x >> 32;
    x = x.wrapping_mul(0x9E6C_63D0_876A_68EB);
    x ^= x >> 29;
    x = x.wrapping_mul(0x9FB2_1C65_1E98_DF25);
    x ^ (x >> 32)
}
