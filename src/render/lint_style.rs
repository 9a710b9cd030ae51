//! What a client makes of the styles: colour, ground, size and visibility of each element, in one of three guises.

use std::cell::Cell;

use super::lint_colour::{self, Colour};
use super::lint_css::{self, Declaration, Sheet};
use super::lint_selector::{self, Selector};
use super::lint_tree::{Kind, Tree};
use super::lint_values::{applies, font, length, line_height};

/// How many steps the matching of selectors may take; no mail takes a tenth.
const FUEL: u64 = 4_000_000;

/// How a mail is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guise {
    /// On a wide, light screen.
    Light,
    /// Where the reader has chosen dark colours, and the client asks the style sheet for them.
    Dark,
    /// Light, without the style sheet, as some clients show it.
    Plain,
}

/// What an element looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The colour of its words; `None` if it cannot be told.
    pub(super) colour: Option<Colour>,
    /// What is behind them; `None` if it is a picture or cannot be told.
    pub(super) ground: Option<Colour>,
    /// The size of its words in pixels.
    pub(super) size: f64,
    pub(super) bold: bool,
    /// The height of a line in pixels, if it is said.
    pub(super) line: Option<f64>,
    /// True if it is not shown.
    pub(super) hidden: bool,
    opacity: f64,
}

impl Look {
    /// The colour of the words as it is seen.
    pub(super) fn ink(&self) -> Option<Colour> {
        Some(self.colour?.faded(self.opacity).over(self.ground?))
    }
}

/// A document in a guise.
pub(super) struct Styled {
    pub(super) guise: Guise,
    /// One for each node; words look like their parent.
    pub(super) looks: Vec<Look>,
}

/// Computes what each node of a document looks like.
pub(super) fn styled(tree: &Tree, guise: Guise) -> Styled {
    let sheet = if guise == Guise::Plain { Sheet::default() } else { lint_css::sheet(tree) };
    let dark = guise == Guise::Dark && knows_dark(tree, &sheet);
    let rules = sheet
        .rules
        .iter()
        .filter(|rule| rule.media.iter().all(|condition| applies(condition, guise)))
        .map(|rule| (lint_selector::parse(&rule.selectors), rule.declarations.as_slice()))
        .collect();
    let cascade = Cascade { tree, rules, fuel: Cell::new(FUEL), link: link(dark) };
    let mut looks = vec![canvas(dark)];
    for node in 1..tree.nodes.len() {
        let parent = looks[tree.nodes[node].parent];
        let look = match tree.nodes[node].kind {
            Kind::Element(..) => cascade.look(node, parent),
            Kind::Root | Kind::Text(_) => parent,
        };
        looks.push(look);
    }
    Styled { guise, looks }
}

/// True if the mail says that it has dark colours: then canvas, words and links without a colour are dark ones.
fn knows_dark(tree: &Tree, sheet: &Sheet) -> bool {
    let meta = |node: usize| {
        tree.get(node, "name").is_some_and(|name| name.eq_ignore_ascii_case("color-scheme"))
            && tree.get(node, "content").is_some_and(|content| content.contains("dark"))
    };
    let declared = |d: &Declaration| d.property == "color-scheme" && d.value.contains("dark");
    tree.named("meta").any(meta) || sheet.rules.iter().any(|rule| rule.declarations.iter().any(declared))
}

const fn canvas(dark: bool) -> Look {
    let (colour, ground) = if dark {
        (Colour::opaque(255, 255, 255), Colour::opaque(18, 18, 18))
    } else {
        (Colour::opaque(0, 0, 0), Colour::opaque(255, 255, 255))
    };
    Look {
        colour: Some(colour),
        ground: Some(ground),
        size: 16.0,
        bold: false,
        line: None,
        hidden: false,
        opacity: 1.0,
    }
}

const fn link(dark: bool) -> Colour {
    if dark { Colour::opaque(158, 158, 255) } else { Colour::opaque(0, 0, 238) }
}

struct Cascade<'t> {
    tree: &'t Tree,
    rules: Vec<(Vec<Selector>, &'t [Declaration])>,
    fuel: Cell<u64>,
    link: Colour,
}

/// What an element says of itself.
#[derive(Default)]
struct Own {
    ground: Option<Ground>,
    picture: bool,
    flat: bool,
    clipped: bool,
}

/// A ground that an element gives itself.
enum Ground {
    Colour(Colour),
    Unknown,
}

impl Cascade<'_> {
    fn look(&self, node: usize, parent: Look) -> Look {
        let mut look = parent;
        let mut own = Own::default();
        self.by_nature(node, &mut look, &mut own);
        let mut inline = Vec::new();
        if let Some(style) = self.tree.get(node, "style") {
            inline = lint_css::inline(style, 0).0;
        }
        for declaration in self.chosen(node, &inline) {
            apply(declaration, &mut look, &parent, &mut own);
        }
        look.hidden |= own.flat && own.clipped || look.opacity < 0.05 || look.size < 2.0;
        look.ground = match own.ground {
            _ if own.picture => None,
            Some(Ground::Unknown) => None,
            Some(Ground::Colour(colour)) if colour.alpha >= 1.0 && look.opacity >= 1.0 => Some(colour),
            Some(Ground::Colour(colour)) => {
                parent.ground.map(|ground| colour.faded(look.opacity).over(ground))
            }
            None => parent.ground,
        };
        look
    }

    /// The declarations for an element, the weightiest last.
    fn chosen<'d>(&'d self, node: usize, inline: &'d [Declaration]) -> impl Iterator<Item = &'d Declaration> {
        let mut found = Vec::new();
        for (selectors, declarations) in self.rules.iter().take_while(|_| self.fuel.get() > 0) {
            let fits = selectors.iter().filter(|selector| selector.matches(self.tree, node, &self.fuel));
            if let Some(weight) = fits.map(|selector| selector.specificity).max() {
                found.extend(declarations.iter().map(|d| ((d.important, false, weight), d)));
            }
        }
        found.extend(inline.iter().map(|d| ((d.important, true, (0, 0, 0)), d)));
        found.sort_by_key(|(weight, _)| *weight);
        found.into_iter().map(|(_, declaration)| declaration)
    }

    /// What a browser knows of an element, and what its old attributes say.
    fn by_nature(&self, node: usize, look: &mut Look, own: &mut Own) {
        let get = |name: &str| self.tree.get(node, name);
        let grown = match self.tree.name(node) {
            "head" | "style" | "script" | "title" | "template" => {
                look.hidden = true;
                1.0
            }
            "a" if get("href").is_some() => {
                look.colour = Some(self.link);
                1.0
            }
            "h1" => 2.0,
            "h2" => 1.5,
            "h3" => 1.17,
            "h5" | "small" => 0.83,
            "h6" => 0.67,
            _ => 1.0,
        };
        look.size *= grown;
        look.bold |=
            matches!(self.tree.name(node), "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "b" | "strong" | "th");
        look.hidden |= get("hidden").is_some();
        if let Some(colour) = get("bgcolor").and_then(lint_colour::attribute) {
            own.ground = Some(Ground::Colour(colour));
        }
        own.picture |= get("background").is_some_and(|value| !value.is_empty());
        let ink = match self.tree.name(node) {
            "font" => get("color"),
            "body" => get("text"),
            _ => None,
        };
        if let Some(colour) = ink.and_then(lint_colour::attribute) {
            look.colour = Some(colour);
        }
    }
}

fn apply(declaration: &Declaration, look: &mut Look, parent: &Look, own: &mut Own) {
    let value = declaration.value.to_ascii_lowercase();
    let value = value.trim();
    match declaration.property.as_str() {
        "color" if matches!(value, "inherit" | "currentcolor" | "unset") => look.colour = parent.colour,
        "color" => look.colour = lint_colour::parse(value),
        "background" | "background-color" | "background-image" => ground(declaration, value, own),
        "font-size" => look.size = length(value, parent.size).unwrap_or(look.size),
        "font" => {
            let said = font(value, parent.size);
            look.size = said.size.unwrap_or(look.size);
            look.bold = said.bold;
            look.line = said.line;
        }
        "font-weight" => {
            look.bold = matches!(value, "bold" | "bolder") || value.parse::<f64>().is_ok_and(|w| w >= 700.0);
        }
        "line-height" => look.line = line_height(value, look.size),
        // A cell that is a block on phones is no more hidden than before.
        "display" => look.hidden = parent.hidden || value == "none",
        "visibility" => look.hidden |= value == "hidden",
        "opacity" => look.opacity = parent.opacity * value.parse::<f64>().unwrap_or(1.0).clamp(0.0, 1.0),
        "height" | "max-height" | "width" | "max-width" => {
            own.flat |= length(value, 0.0).is_some_and(|l| l < 1.5)
        }
        "overflow" => own.clipped = value == "hidden",
        _ => {}
    }
}

fn ground(declaration: &Declaration, value: &str, own: &mut Own) {
    if value.contains("url(") || value.contains("gradient(") {
        own.picture = true;
        return;
    }
    if declaration.property == "background-image" {
        own.picture &= value != "none";
        return;
    }
    own.picture &= declaration.property != "background";
    let colour = lint_colour::parse(value).or_else(|| value.split_whitespace().find_map(lint_colour::parse));
    own.ground = match colour {
        Some(colour) => Some(Ground::Colour(colour)),
        None if value.contains('(') => Some(Ground::Unknown),
        None => None,
    };
}
