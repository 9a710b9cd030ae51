//! Style sheets and style attributes as flat rules with their lines.

use std::rc::Rc;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, StyleSheetParser,
};

use super::lint_tree::Tree;

/// Rules inside rules deeper than this are dropped.
const DEEPEST: usize = 8;
/// No mail has more rules; the rest is not looked at.
const MOST: usize = 500;

/// `property: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The property, in lower case.
    pub(super) property: String,
    /// The value, without `!important`.
    pub(super) value: String,
    pub(super) important: bool,
    /// The line in the HTML part.
    pub(super) line: usize,
}

/// Declarations for what some selectors choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StyleRule {
    /// The selectors as written; a nested rule's begin with `&`.
    pub(super) selectors: String,
    /// The conditions of the `@media` rules around it.
    pub(super) media: Vec<Rc<str>>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) line: usize,
}

/// `@name prelude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AtRule {
    pub(super) name: String,
    pub(super) prelude: String,
    pub(super) line: usize,
}

/// All style sheets of a document.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) rules: Vec<StyleRule>,
    pub(super) at_rules: Vec<AtRule>,
    /// What is no CSS: line and words.
    pub(super) broken: Vec<(usize, String)>,
}

/// Reads the `style` elements of a document.
pub(super) fn sheet(tree: &Tree) -> Sheet {
    let mut sheet = Sheet::default();
    for style in tree.named("style") {
        for node in style + 1..tree.nodes[style].end {
            if let super::lint_tree::Kind::Text(text) = &tree.nodes[node].kind {
                read(text, tree.nodes[style].line, &mut sheet);
            }
        }
    }
    sheet
}

fn read(text: &str, line: usize, sheet: &mut Sheet) {
    let mut input = Parser::new(text);
    let mut reader =
        Reader { sheet, line, media: Vec::new(), depth: 0, nested: false, declarations: Vec::new() };
    let mut broken = Vec::new();
    for item in StyleSheetParser::new(&mut input, &mut reader) {
        if let Err((_, words, at)) = item {
            broken.push((line + at.line as usize, words.to_owned()));
        }
    }
    sheet.broken.extend(broken);
}

/// Reads a `style` attribute; what is no declaration is given back as it is.
pub(super) fn inline(text: &str, line: usize) -> (Vec<Declaration>, Vec<String>) {
    let mut input = Parser::new(text);
    let mut sheet = Sheet::default();
    let mut reader = Reader {
        sheet: &mut sheet,
        line,
        media: Vec::new(),
        depth: DEEPEST,
        nested: false,
        declarations: Vec::new(),
    };
    let broken = body(&mut input, &mut reader);
    (reader.declarations, broken.into_iter().map(|(_, words)| words).collect())
}

/// Reads declarations and nested rules to the end of the input.
fn body(input: &mut Parser<'_>, reader: &mut Reader<'_>) -> Vec<(usize, String)> {
    let line = reader.line;
    let items = RuleBodyParser::<_, (), ()>::new(input, reader);
    items.filter_map(Result::err).map(|(_, words, at)| (line + at.line as usize, words.to_owned())).collect()
}

struct Reader<'s> {
    sheet: &'s mut Sheet,
    /// The line of the HTML part at which the style sheet begins.
    line: usize,
    media: Vec<Rc<str>>,
    depth: usize,
    /// True inside a style rule, where other rules are nested ones.
    nested: bool,
    declarations: Vec<Declaration>,
}

/// Returns all that is left of the input as it is written.
fn rest<'i>(input: &mut Parser<'i>) -> &'i str {
    let start = input.position();
    while input.next_including_whitespace_and_comments().is_ok() {}
    input.slice_from(start).trim()
}

impl<'i> DeclarationParser<'i> for Reader<'_> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        start: &ParserState,
    ) -> Result<(), ParseError<()>> {
        let value = rest(input);
        if value.is_empty() || value.contains(['{', '}']) {
            return Err(ParseError::custom(()));
        }
        let bare = value.strip_suffix("important").map(str::trim_end).and_then(|v| v.strip_suffix('!'));
        self.declarations.push(Declaration {
            property: name.to_ascii_lowercase(),
            value: bare.unwrap_or(value).trim().to_owned(),
            important: bare.is_some(),
            line: self.line + start.source_location().line as usize,
        });
        Ok(())
    }
}

impl<'i> QualifiedRuleParser<'i> for Reader<'_> {
    type Prelude = String;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<String, ParseError<()>> {
        let selectors = rest(input);
        if selectors.is_empty() || self.depth >= DEEPEST {
            return Err(ParseError::custom(()));
        }
        Ok(if self.nested { format!("& {selectors}") } else { selectors.to_owned() })
    }

    fn parse_block(
        &mut self,
        selectors: String,
        start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let line = self.line + start.source_location().line as usize;
        let outer = std::mem::take(&mut self.declarations);
        let nested = std::mem::replace(&mut self.nested, true);
        self.depth += 1;
        let broken = body(input, self);
        self.depth -= 1;
        self.nested = nested;
        let declarations = std::mem::replace(&mut self.declarations, outer);
        self.sheet.broken.extend(broken);
        if self.sheet.rules.len() == MOST {
            return Ok(());
        }
        self.sheet.rules.push(StyleRule { selectors, media: self.media.clone(), declarations, line });
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Reader<'_> {
    type Prelude = (String, String);
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<(String, String), ParseError<()>> {
        Ok((name.to_ascii_lowercase(), rest(input).to_owned()))
    }

    fn rule_without_block(&mut self, prelude: (String, String), start: &ParserState) -> Result<(), ()> {
        self.keep(&prelude, start);
        Ok(())
    }

    fn parse_block(
        &mut self,
        prelude: (String, String),
        start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        self.keep(&prelude, start);
        let (name, condition) = prelude;
        if self.depth < DEEPEST && matches!(name.as_str(), "media" | "supports" | "layer" | "document") {
            self.media.push(if name == "media" { condition.into() } else { format!("({name})").into() });
            self.depth += 1;
            let broken = body(input, self);
            self.depth -= 1;
            self.media.pop();
            self.sheet.broken.extend(broken);
        }
        Ok(())
    }
}

impl Reader<'_> {
    fn keep(&mut self, (name, prelude): &(String, String), start: &ParserState) {
        let line = self.line + start.source_location().line as usize;
        self.sheet.at_rules.push(AtRule { name: name.clone(), prelude: prelude.clone(), line });
    }
}

impl RuleBodyItemParser<'_, (), ()> for Reader<'_> {
    fn parse_declarations(&self) -> bool {
        self.nested || self.depth == DEEPEST
    }

    fn parse_qualified(&self) -> bool {
        self.depth < DEEPEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_keep_their_media_and_their_lines() {
        let tree = Tree::read(
            "<style>\n.a, p > b { color : RED !important; margin:0 }\n@media (max-width:9px){ .b{x:y} }\n@import 'u';</style>",
        );
        let sheet = sheet(&tree);
        assert_eq!(sheet.broken, []);
        let (first, second) = (&sheet.rules[0], &sheet.rules[1]);
        assert_eq!((first.selectors.as_str(), first.line, first.media.len()), (".a, p > b", 2, 0));
        assert_eq!(first.declarations[0].value, "RED");
        assert!(first.declarations[0].important && !first.declarations[1].important);
        assert_eq!((second.selectors.as_str(), &*second.media[0]), (".b", "(max-width:9px)"));
        assert_eq!(sheet.at_rules.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["media", "import"]);
    }

    #[test]
    fn what_is_no_declaration_is_told_and_the_rest_is_kept() {
        let (declarations, broken) = inline("color: red; nonsense; ;margin:0", 7);
        assert_eq!(declarations.iter().map(|d| d.property.as_str()).collect::<Vec<_>>(), ["color", "margin"]);
        assert_eq!((broken.len(), declarations[0].line), (1, 7));
    }
}
