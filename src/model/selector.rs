//! CSS selectors, as far as they are needed to point at links: names, classes, ids, attributes, and how they are nested.
//!
//! Own rather than the crate `selectors`, which wants twenty methods of an element that nobody here would call. What
//! they point at is found by collecting.

/// More parts of a selector are none.
const MOST: usize = 60;

/// A list of selectors, of which one has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(pub(crate) Vec<Vec<Stride>>);

/// Why a text is no selector of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Nothing but blanks, in all or between two commas.
    #[error("a CSS selector such as `main h2 a`, with something on both sides of each comma and sign")]
    Empty,
    /// Something else than the selectors that are known.
    #[error(
        "a CSS selector such as `main h2 a`, where `{found}` is not understood; known are names, .class, #id, [attribute=value], :first-child, :not(), blanks, `>`, `+`, `~` and commas"
    )]
    Unknown {
        /// What was found, at most 20 characters.
        found: String,
    },
    /// Too long.
    #[error("a CSS selector such as `main h2 a`, with {MOST} parts at most")]
    TooLong,
}

/// An element, and how it stands to the one before in the selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stride {
    pub(crate) relation: Relation,
    pub(crate) tests: Vec<Test>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Within,
    Child,
    Next,
    After,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Name(String),
    Class(String),
    Id(String),
    Attribute(String, Compare, String),
    FirstChild,
    LastChild,
    Not(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Present,
    Equal,
    Word,
    Start,
    End,
    Part,
    Dash,
}

impl Selector {
    /// Parses a selector or several with commas between them.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut reader = Reader { rest: text.trim(), parts: 0 };
        let mut all = vec![reader.chain()?];
        while reader.take(",") {
            all.push(reader.chain()?);
        }
        if reader.rest.is_empty() { Ok(Self(all)) } else { Err(reader.unknown()) }
    }
}

struct Reader<'t> {
    rest: &'t str,
    parts: usize,
}

impl Reader<'_> {
    fn unknown(&self) -> SelectorError {
        SelectorError::Unknown { found: self.rest.chars().take(20).collect() }
    }

    /// Takes blanks and a sign; false if there is another.
    fn take(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        rest.map(|rest| self.rest = rest).is_some()
    }

    fn chain(&mut self) -> Result<Vec<Stride>, SelectorError> {
        let mut steps: Vec<Stride> = Vec::new();
        loop {
            let before = self.rest.len();
            self.rest = self.rest.trim_start();
            let relation = [(">", Relation::Child), ("+", Relation::Next), ("~", Relation::After)]
                .into_iter()
                .find(|(sign, _)| self.take(sign))
                .map(|(_, relation)| relation);
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(',') {
                let whole = !steps.is_empty() && relation.is_none();
                return if whole { Ok(steps) } else { Err(SelectorError::Empty) };
            }
            if steps.is_empty() && relation.is_some() || (!steps.is_empty() && before == self.rest.len()) {
                return Err(self.unknown());
            }
            let tests = self.compound()?;
            steps.push(Stride { relation: relation.unwrap_or(Relation::Within), tests });
        }
    }

    /// What one element has to be.
    fn compound(&mut self) -> Result<Vec<Test>, SelectorError> {
        let mut tests = Vec::new();
        loop {
            self.parts += 1;
            if self.parts > MOST {
                return Err(SelectorError::TooLong);
            }
            let first = self.rest.chars().next();
            let test = match first {
                Some('*') if tests.is_empty() => {
                    self.rest = &self.rest[1..];
                    tests.push(Test::Not(vec![Test::Name(String::new())]));
                    continue;
                }
                Some('.') => Test::Class(self.after_sign()?),
                Some('#') => Test::Id(self.after_sign()?),
                Some('[') => self.attribute()?,
                Some(':') => self.pseudo()?,
                Some(c) if tests.is_empty() && is_name(c) => Test::Name(self.name().to_ascii_lowercase()),
                _ if tests.is_empty() => return Err(self.unknown()),
                _ => return Ok(tests),
            };
            tests.push(test);
        }
    }

    fn name(&mut self) -> String {
        let end = self.rest.find(|c: char| !is_name(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_owned()
    }

    fn after_sign(&mut self) -> Result<String, SelectorError> {
        let all = self.unknown();
        self.rest = &self.rest[1..];
        Some(self.name()).filter(|name| !name.is_empty()).ok_or(all)
    }

    fn attribute(&mut self) -> Result<Test, SelectorError> {
        let all = self.unknown();
        let Some((inside, rest)) = self.rest[1..].split_once(']') else { return Err(all) };
        self.rest = rest;
        let signs = [
            ("~=", Compare::Word),
            ("^=", Compare::Start),
            ("$=", Compare::End),
            ("*=", Compare::Part),
            ("|=", Compare::Dash),
            ("=", Compare::Equal),
        ];
        let found = signs.iter().find_map(|(sign, compare)| Some((inside.split_once(sign)?, *compare)));
        let ((name, value), compare) = found.unwrap_or(((inside, ""), Compare::Present));
        let (name, value) =
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches(['"', '\'']).to_owned());
        let known = !name.is_empty() && name.chars().all(is_name);
        if known { Ok(Test::Attribute(name, compare, value)) } else { Err(all) }
    }

    fn pseudo(&mut self) -> Result<Test, SelectorError> {
        let all = self.unknown();
        self.rest = &self.rest[1..];
        match self.name().as_str() {
            "first-child" => Ok(Test::FirstChild),
            "last-child" => Ok(Test::LastChild),
            // No deeper: the inside is one element without another `:not()`.
            "not" if self.rest.starts_with('(') && !self.rest[1..].trim_start().starts_with(":not") => {
                self.rest = self.rest[1..].trim_start();
                let tests = self.compound()?;
                if self.take(")") { Ok(Test::Not(tests)) } else { Err(all) }
            }
            _ => Err(all),
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_said() {
        for selector in [
            "",
            " ",
            "a,",
            ",a",
            "> a",
            "a >",
            "a:hover",
            "a::before",
            "[",
            "[=x]",
            "a[b",
            ".",
            "#",
            "a$b",
            ":not(a",
            ":not(:not(a))",
        ] {
            assert!(Selector::parse(selector).is_err(), "{selector}");
        }
    }
}
