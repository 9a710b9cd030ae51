//! CSS selectors, as far as they are needed to point at links: names, classes, ids, attributes, and how they are nested.
//!
//! Own rather than the crate `selectors`, which wants twenty methods of an element that nobody here would call.

use super::tree::Tree;

/// More parts of a selector are none.
const MOST: usize = 60;

/// A list of selectors, of which one has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<Vec<Step>>);

/// Why a text is no selector of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Nothing but blanks, in all or between two commas.
    #[error("the selector is empty; expected one such as `article h2 a`")]
    Empty,
    /// Something else than the selectors that are known.
    #[error(
        "`{found}` is not understood; known are names, .class, #id, [attribute=value], :first-child, :not(), blanks, `>`, `+`, `~` and commas"
    )]
    Unknown {
        /// What was found, at most 20 characters.
        found: String,
    },
    /// Too long.
    #[error("the selector has more than {MOST} parts")]
    TooLong,
}

/// An element, and how it stands to the one before in the selector.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    relation: Relation,
    tests: Vec<Test>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Within,
    Child,
    Next,
    After,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Name(String),
    Class(String),
    Id(String),
    Attribute(String, Compare, String),
    FirstChild,
    LastChild,
    Not(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
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

    /// The elements that fit, in the order of the page.
    pub(super) fn find(&self, tree: &Tree<'_>) -> Vec<usize> {
        let elements = (1..tree.nodes.len()).filter(|at| tree.tag(*at).is_some());
        elements.filter(|at| self.0.iter().any(|chain| fits(tree, *at, chain))).collect()
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

    fn chain(&mut self) -> Result<Vec<Step>, SelectorError> {
        let mut steps: Vec<Step> = Vec::new();
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
            steps.push(Step { relation: relation.unwrap_or(Relation::Within), tests });
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

/// True if an element fits the last step, and others before it fit the steps before.
///
/// Looked at from the end, each step keeps the elements that may be meant, so that no way is gone twice.
fn fits(tree: &Tree<'_>, at: usize, steps: &[Step]) -> bool {
    let Some((last, before)) = steps.split_last() else { return false };
    if !passes(tree, at, &last.tests) {
        return false;
    }
    let (mut meant, mut relation) = (vec![at], last.relation);
    for step in before.iter().rev() {
        let mut next: Vec<usize> = Vec::new();
        for at in meant {
            let others: Box<dyn Iterator<Item = usize>> = match relation {
                Relation::Within => Box::new(tree.ancestors(at)),
                Relation::Child => Box::new(tree.ancestors(at).take(1)),
                Relation::Next => Box::new(siblings_before(tree, at).last().into_iter()),
                Relation::After => Box::new(siblings_before(tree, at)),
            };
            next.extend(others.filter(|other| passes(tree, *other, &step.tests)));
        }
        next.sort_unstable();
        next.dedup();
        (meant, relation) = (next, step.relation);
    }
    !meant.is_empty()
}

fn siblings_before<'t>(tree: &'t Tree<'_>, at: usize) -> impl Iterator<Item = usize> + 't {
    let elements = tree.children(tree.parent(at)).filter(|child| tree.tag(*child).is_some());
    elements.take_while(move |child| *child < at)
}

fn passes(tree: &Tree<'_>, at: usize, tests: &[Test]) -> bool {
    tests.iter().all(|test| match test {
        Test::Name(name) => tree.name(at) == name,
        Test::Class(class) => has_word(tree, at, "class", class),
        Test::Id(id) => tree.attribute(at, "id").is_some_and(|value| value.trim() == id),
        Test::Attribute(name, compare, value) => compares(tree, at, name, *compare, value),
        Test::FirstChild => siblings_before(tree, at).next().is_none(),
        Test::LastChild => {
            let mut all = tree.children(tree.parent(at)).filter(|child| tree.tag(*child).is_some());
            all.all(|child| child <= at)
        }
        Test::Not(inner) => !passes(tree, at, inner),
    })
}

fn has_word(tree: &Tree<'_>, at: usize, attribute: &str, word: &str) -> bool {
    tree.attribute(at, attribute).is_some_and(|value| value.split_whitespace().any(|one| one == word))
}

fn compares(tree: &Tree<'_>, at: usize, name: &str, compare: Compare, value: &str) -> bool {
    let Some(found) = tree.attribute(at, name) else { return false };
    match compare {
        Compare::Present => true,
        Compare::Equal => found == value,
        Compare::Word => found.split_whitespace().any(|one| one == value),
        Compare::Start => !value.is_empty() && found.starts_with(value),
        Compare::End => !value.is_empty() && found.ends_with(value),
        Compare::Part => !value.is_empty() && found.contains(value),
        Compare::Dash => {
            found.strip_prefix(value).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "<main id=m><div class='card big'><h2><a href=/a/1 rel='x y'>1</a></h2></div>\
        <div class=card><h2><a href=/b/2>2</a></h2></div><p><a href=/a/3.html>3</a></p></main><a href=/a/4>4</a>";

    #[test]
    fn a_selector_points_at_what_a_browser_would() {
        let tree = Tree::new(PAGE);
        for (selector, expected) in [
            ("a", "1 2 3 4"),
            (".card a", "1 2"),
            ("main > a", ""),
            ("main > p > a, .big a", "1 3"),
            ("div.card.big h2 > a", "1"),
            ("#m a[href^='/a/']", "1 3"),
            ("a[href$=\".html\"]", "3"),
            ("a[rel~=y]", "1"),
            (".card + .card a", "2"),
            (".card ~ p a", "3"),
            ("main > :first-child a", "1"),
            (".card:not(.big) a", "2"),
            ("main * a", "1 2 3"),
            ("A[HREF]", "1 2 3 4"),
        ] {
            let found = Selector::parse(selector).unwrap().find(&tree);
            let texts: Vec<String> = found.into_iter().map(|at| tree.text(at, &[])).collect();
            assert_eq!(texts.join(" "), expected, "{selector}");
        }
    }

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

    proptest! {
        #[test]
        fn any_text_is_a_selector_or_is_not(text in "[a-c.#>+~ ,:\\[\\]()=*\"]{0,24}") {
            if let Ok(selector) = Selector::parse(&text) {
                let _ = selector.find(&Tree::new(PAGE));
            }
        }
    }
}
