//! Selectors: which element a rule of a style sheet is about, and what its selector asks of a client.

use std::cell::Cell;

use super::lint_tree::Tree;

/// How one compound stands to the one on its right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Combinator {
    Descendant,
    Child,
}

/// What one element must be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Compound {
    tag: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
    attributes: Vec<(String, Option<String>)>,
    link: bool,
    /// Chooses nothing that a mail at rest shows: a pseudo-class, a sibling, what is not understood.
    never: bool,
}

/// A selector, read from its right end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    /// The compounds from right to left, each with how it stands to the one before.
    compounds: Vec<(Combinator, Compound)>,
    /// Identifiers, classes, tags.
    pub(super) specificity: (usize, usize, usize),
    /// The names by which the table of support knows what it uses.
    pub(super) uses: Vec<String>,
}

/// Reads a list of selectors.
pub(super) fn parse(selectors: &str) -> Vec<Selector> {
    split(selectors).into_iter().map(one).collect()
}

/// Splits at the commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0usize, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn one(text: &str) -> Selector {
    let mut selector = Selector { compounds: Vec::new(), specificity: (0, 0, 0), uses: Vec::new() };
    let (mut compound, mut combinator, mut fresh) = (Compound::default(), Combinator::Descendant, true);
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if c.is_whitespace() || matches!(c, '>' | '+' | '~') {
            let trimmed = rest.trim_start();
            let sign = trimmed.chars().next().filter(|c| matches!(c, '>' | '+' | '~'));
            rest = sign.map_or(trimmed, |_| &trimmed[1..]).trim_start();
            selector.uses.push(name_of(sign).to_owned());
            // Siblings are not looked for: such a rule colours nothing.
            compound.never |= matches!(sign, Some('+' | '~'));
            let left = if sign == Some('>') { Combinator::Child } else { Combinator::Descendant };
            selector.compounds.push((combinator, std::mem::take(&mut compound)));
            (combinator, fresh) = (left, true);
            continue;
        }
        rest = simple(c, rest, tail, fresh, &mut compound, &mut selector);
        fresh = false;
    }
    selector.compounds.push((combinator, compound));
    selector.turned()
}

const fn name_of(sign: Option<char>) -> &'static str {
    match sign {
        Some('>') => "child",
        Some('+') => "adjacent-sibling",
        Some('~') => "general-sibling",
        Some(_) | None => "descendant",
    }
}

/// Reads one simple selector and returns what follows it.
fn simple<'t>(
    c: char,
    rest: &'t str,
    tail: &'t str,
    fresh: bool,
    compound: &mut Compound,
    selector: &mut Selector,
) -> &'t str {
    let (ids, classes, tags) = &mut selector.specificity;
    match c {
        '.' | '#' => {
            let (name, rest) = ident(tail);
            if c == '.' {
                *classes += 1;
                selector.uses.push(if compound.classes.is_empty() { "class" } else { "chaining" }.to_owned());
                compound.classes.push(name.to_owned());
            } else {
                *ids += 1;
                selector.uses.push("id".to_owned());
                compound.id = Some(name.to_owned());
            }
            rest
        }
        '[' => {
            *classes += 1;
            let (inside, rest) = bracket(tail, ']');
            attribute(inside, compound, selector);
            rest
        }
        ':' => {
            let colons = if tail.starts_with(':') { "::" } else { ":" };
            let (name, mut rest) = ident(tail.trim_start_matches(':'));
            if let Some(after) = rest.strip_prefix('(') {
                rest = bracket(after, ')').1;
            }
            *classes += 1;
            compound.link |= name == "link";
            compound.never |= !matches!(name, "link" | "root");
            let old = matches!(name, "before" | "after" | "first-line" | "first-letter");
            selector.uses.push(format!("{}{name}", if old { "::" } else { colons }));
            rest
        }
        '*' => {
            selector.uses.push("universal".to_owned());
            tail
        }
        '&' => {
            selector.uses.push("&".to_owned());
            compound.never = true;
            tail
        }
        _ => {
            let (name, after) = ident(rest);
            if name.is_empty() || !fresh {
                compound.never = true;
                return tail;
            }
            *tags += 1;
            selector.uses.push("type".to_owned());
            compound.tag = Some(name.to_ascii_lowercase());
            after
        }
    }
}

fn attribute(inside: &str, compound: &mut Compound, selector: &mut Selector) {
    let (name, value) = match inside.split_once('=') {
        Some((name, value)) => (name, Some(value.trim().trim_matches(['"', '\'']).to_owned())),
        None => (inside, None),
    };
    compound.never |= name.ends_with(['~', '|', '^', '$', '*']);
    let name = name.trim_end_matches(['~', '|', '^', '$', '*']).trim().to_ascii_lowercase();
    // Outlook's apps set these where they recolour; for other clients the rule is none.
    if !matches!(name.as_str(), "data-ogsc" | "data-ogsb") {
        selector.uses.push("attribute".to_owned());
    }
    compound.attributes.push((name, value));
}

fn ident(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(text.len());
    text.split_at(end)
}

/// Splits after the bracket that closes; brackets inside are skipped.
fn bracket(text: &str, close: char) -> (&str, &str) {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            _ if c == close && depth == 0 => return (&text[..at], &text[at + 1..]),
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (text, "")
}

impl Selector {
    /// Puts the rightmost compound first, and each combinator with the compound on its left.
    fn turned(mut self) -> Self {
        let signs: Vec<_> = self.compounds.iter().map(|(sign, _)| *sign).collect();
        let count = self.compounds.len();
        for (at, (sign, _)) in self.compounds.iter_mut().enumerate() {
            *sign = signs.get(at + 1).copied().unwrap_or(Combinator::Descendant);
        }
        self.compounds.reverse();
        // A sibling's selector is marked on its left compound and is never looked for.
        debug_assert_eq!(self.compounds.len(), count);
        self
    }

    /// True if the selector chooses the element; takes `fuel` for each step, and chooses nothing without.
    pub(super) fn matches(&self, tree: &Tree, element: usize, fuel: &Cell<u64>) -> bool {
        let mut compounds = self.compounds.iter();
        let Some((_, last)) = compounds.next() else { return false };
        if !burn(fuel) || self.compounds.iter().any(|(_, c)| c.never) || !last.is(tree, element) {
            return false;
        }
        let mut at = element;
        for (sign, compound) in compounds {
            let mut above = tree.above(at);
            let found = match sign {
                Combinator::Child => above.next().filter(|up| burn(fuel) && compound.is(tree, *up)),
                Combinator::Descendant => above.find(|up| burn(fuel) && compound.is(tree, *up)),
            };
            match found {
                Some(up) => at = up,
                None => return false,
            }
        }
        true
    }
}

fn burn(fuel: &Cell<u64>) -> bool {
    let left = fuel.get();
    fuel.set(left.saturating_sub(1));
    left > 0
}

impl Compound {
    fn is(&self, tree: &Tree, element: usize) -> bool {
        let classes = || tree.get(element, "class").unwrap_or_default().split_ascii_whitespace();
        self.tag.as_deref().is_none_or(|tag| tag == tree.name(element))
            && self.id.as_deref().is_none_or(|id| tree.get(element, "id") == Some(id))
            && self.classes.iter().all(|class| classes().any(|own| own == class))
            && self.attributes.iter().all(|(name, value)| {
                let own = tree.get(element, name);
                own.is_some() && value.as_deref().is_none_or(|value| own == Some(value))
            })
            && (!self.link || tree.name(element) == "a" && tree.get(element, "href").is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_choose_what_they_name() {
        let tree = Tree::read("<table class='a b'><tr><td id=x><p title=t>w</p></td></tr></table>");
        let p = tree.named("p").next().expect("a paragraph");
        for (text, chosen) in [
            ("p", true),
            ("*", true),
            (".a p", true),
            (".a.b #x > p", true),
            ("table > p", false),
            ("[title]", true),
            ("p[title='t']", true),
            ("p[title=u]", false),
            ("td p:hover", false),
            ("h1 + p", false),
            ("div, p", true),
            ("u + .body p", false),
            (".c p", false),
        ] {
            let fuel = Cell::new(1_000);
            assert_eq!(parse(text).iter().any(|s| s.matches(&tree, p, &fuel)), chosen, "{text}");
        }
        assert!(!parse("p")[0].matches(&tree, p, &Cell::new(0)), "nothing without fuel");
    }

    #[test]
    fn what_a_selector_asks_of_a_client_is_named() {
        let uses = |text: &str| parse(text)[0].uses.join(" ");
        assert_eq!(uses("a > b.c.d"), "type child type class chaining");
        assert_eq!(uses("[data-ogsc] .x"), "descendant class");
        assert_eq!(uses("a:not(.b):before"), "type :not ::before");
    }
}
