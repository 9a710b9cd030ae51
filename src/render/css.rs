//! `mail.css`: flat rules over classes become one `style` attribute per role.
//!
//! The dialect: `.class, .class { declarations }`, `@media … { … }`, comments, and `var(--name)` for a colour of the
//! palette. Every declaration with a colour is written again, with the dark colour, into a
//! `prefers-color-scheme` rule, so that nothing can be forgotten there, links least of all.

use templates::role::{Look, Role};

use super::error::Fault;
use super::palette::Palette;
use super::words::{line_of, nearest};

/// What Gmail or Outlook on Windows drop, or what hides one article behind another.
const UNSHOWN: [&str; 7] =
    ["position:", "float:", "display:flex", "display:grid", "background-image:", "background:url", "--"];

/// Reads a style sheet; what is wrong goes to `faults`.
pub(super) fn parse(file: &str, text: &str, palette: &Palette, faults: &mut Vec<Fault>) -> Look {
    let count = Role::ALL.len();
    let look = Look { styles: vec![String::new(); count], kept: vec![false; count], ..Look::default() };
    let mut sheet = Sheet { file, text, palette, faults, look, dark: Vec::new() };
    let source = without_comments(text);
    sheet.rules(&source);
    sheet.finish()
}

/// Returns the text with comments blanked, every other character at its place.
fn without_comments(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(start) = out.find("/*") {
        let end = out[start + 2..].find("*/").map_or(out.len(), |at| start + 2 + at + 2);
        let blank: String = out[start..end].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

struct Sheet<'a> {
    file: &'a str,
    text: &'a str,
    palette: &'a Palette,
    faults: &'a mut Vec<Fault>,
    look: Look,
    /// Dark declarations with the classes that have them.
    dark: Vec<(String, Vec<&'static str>)>,
}

impl Sheet<'_> {
    fn fault(&mut self, at: usize, what: String) {
        self.faults.push(Fault { file: self.file.to_owned(), line: Some(line_of(self.text, at)), what });
    }

    fn rules(&mut self, source: &str) {
        let mut at = 0;
        while let Some(open) = source[at..].find('{').map(|o| at + o) {
            let selector = source[at..open].trim();
            let start = open - source[at..open].trim_start().len();
            let Some(close) = matching(source, open) else {
                self.fault(start, format!("the rule of `{selector}` has no closing brace"));
                return;
            };
            let body = &source[open + 1..close];
            if let Some(bad) = body.find('<') {
                self.fault(open + 1 + bad, "`<` is not CSS and would end the style sheet".to_owned());
            } else if selector.starts_with("@media") {
                self.media(start, selector, body, open + 1);
            } else if selector.starts_with('@') {
                self.fault(
                    start,
                    format!("`{selector}` is not shown by mail clients, expected @media or a class"),
                );
            } else {
                self.rule(start, selector, body, open + 1);
            }
            at = close + 1;
        }
        let rest = source[at..].trim();
        if !rest.is_empty() {
            self.fault(
                source.len() - source[at..].trim_start().len(),
                format!("`{rest}` has no declarations"),
            );
        }
    }

    fn rule(&mut self, start: usize, selector: &str, body: &str, body_at: usize) {
        for class in selector.split(',').map(str::trim) {
            let Some(role) = Role::ALL.iter().find(|r| class.strip_prefix('.') == Some(r.class())) else {
                let name = class.trim_start_matches('.');
                let hint = nearest(name, Role::ALL.iter().map(|r| r.class()))
                    .map_or_else(|| "a class of the mail".to_owned(), |near| format!("`.{near}`"));
                self.fault(start, format!("`{class}` names no part of the mail, expected {hint}"));
                continue;
            };
            for (at, declaration) in declarations(body, body_at) {
                let light = self.colours(at, &declaration, false);
                let style = &mut self.look.styles[*role as usize];
                if !style.is_empty() {
                    style.push(';');
                }
                style.push_str(&light);
                if light != declaration {
                    let dark = self.colours(at, &colour_only(&declaration), true);
                    self.keep_dark(*role, dark);
                }
            }
        }
        for (at, declaration) in declarations(body, body_at) {
            if !declaration.contains(':') {
                self.fault(at, format!("`{declaration}` is no declaration, expected `property: value`"));
            } else if UNSHOWN.iter().any(|unshown| declaration.starts_with(unshown)) {
                self.fault(
                    at,
                    format!("`{declaration}` is ignored by most mail clients, expected tables and padding"),
                );
            }
        }
    }

    fn keep_dark(&mut self, role: Role, declaration: String) {
        self.look.kept[role as usize] = true;
        match self.dark.iter_mut().find(|(known, _)| *known == declaration) {
            Some((_, classes)) => classes.push(role.class()),
            None => self.dark.push((declaration, vec![role.class()])),
        }
    }

    fn media(&mut self, start: usize, condition: &str, body: &str, body_at: usize) {
        for role in Role::ALL {
            let names = |part: &str| {
                part.split([' ', ',', '{', '>', ':']).any(|w| w.strip_prefix('.') == Some(role.class()))
            };
            self.look.kept[*role as usize] |= body.lines().any(names);
        }
        if body.matches('{').count() != body.matches('}').count() {
            self.fault(start, format!("the braces inside `{condition}` do not match"));
        }
        let body = self.colours(body_at, body, condition.contains("dark"));
        self.look.media.push_str(&squeeze(&format!("{condition}{{{body}}}")));
    }

    /// Replaces `var(--name)` by the colour of that name.
    fn colours(&mut self, at: usize, text: &str, dark: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find("var(--") {
            let name_at = open + "var(--".len();
            let close = rest[name_at..].find(')').map_or(rest.len(), |c| name_at + c);
            let name = rest[name_at..close].trim();
            out.push_str(&rest[..open]);
            match self.palette.colour(name, dark) {
                Ok(colour) => out.push_str(colour),
                Err(_) if dark => {}
                Err(_) if name.starts_with("font-") || name.starts_with("width-") => {
                    let expected = "expected font-display, font-text, font-label, width-sheet or width-half";
                    self.fault(at, format!("theme.toml has no `{name}`, {expected}"));
                }
                Err(near) => {
                    let hint =
                        near.map_or_else(|| "a name of palette.toml".to_owned(), |n| format!("`--{n}`"));
                    self.fault(at, format!("palette.toml has no colour `{name}`, expected {hint}"));
                }
            }
            rest = rest.get(close + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    fn finish(mut self) -> Look {
        let rules = |prefixes: &[&str]| -> String {
            let rule = |(declaration, classes): &(String, Vec<&str>)| {
                let selectors: Vec<_> =
                    classes.iter().flat_map(|c| prefixes.iter().map(move |p| format!("{p}.{c}"))).collect();
                format!("{}{{{declaration}!important}}", selectors.join(","))
            };
            self.dark.iter().map(rule).collect()
        };
        self.look.media.push_str(&format!("@media (prefers-color-scheme:dark){{{}}}", rules(&[""])));
        // Outlook's apps mark what they have recoloured; there our own dark colours shall win.
        self.look.outlook = rules(&["[data-ogsc] "]);
        self.look
    }
}

/// Returns a declaration that says no more than the colour: the `1px` of a border may be another on a phone.
fn colour_only(declaration: &str) -> String {
    let colour = declaration.split_whitespace().find(|w| w.contains("var(--"));
    match (declaration.split_once(':'), colour) {
        (Some((property, value)), Some(colour)) if property.starts_with("border") && value.contains(' ') => {
            format!("{property}-color:{colour}")
        }
        _ => declaration.to_owned(),
    }
}

/// Returns the place of the brace that closes the one at `open`.
fn matching(source: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in source.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the declarations of a rule with their places, without superfluous blanks.
fn declarations(body: &str, body_at: usize) -> Vec<(usize, String)> {
    let mut at = body_at;
    let mut found = Vec::new();
    for part in body.split(';') {
        let text = part.trim();
        if !text.is_empty() {
            let lead = part.len() - part.trim_start().len();
            // A style attribute stands in double quotes.
            let plain = text
                .split_once(':')
                .map_or_else(|| text.to_owned(), |(p, v)| format!("{}:{v}", p.trim_end()));
            found.push((at + lead, squeeze(&plain).replace('"', "'")));
        }
        at += part.len() + 1;
    }
    found
}

/// Returns CSS with runs of blanks as one, and none where they mean nothing.
fn squeeze(css: &str) -> String {
    let mut out = css.split_whitespace().collect::<Vec<_>>().join(" ");
    for mark in [": ", "; ", "{ ", "} ", ", "] {
        out = out.replace(mark, &mark[..1]);
    }
    for mark in [" {", " }", " !important"] {
        out = out.replace(mark, &mark[1..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: &str = "[light]\nink = \"#111111\"\n[dark]\nink = \"#eeeeee\"\n";

    fn read(text: &str) -> (Look, Vec<String>) {
        let mut faults = Vec::new();
        let palette = Palette::parse("palette.toml", COLOURS, &mut faults);
        let look = parse("mail.css", text, &palette, &mut faults);
        (look, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn rules_become_styles_and_their_colours_become_dark_rules() {
        let (look, faults) = read(
            "/* a { comment */\n.title, .kicker { color : var(--ink) ; margin: 0  0 }\n.title{border-top: 1px solid var(--ink)}\n\
             .kicker { font: bold 14px/20px \"A B\", serif }\n@media (max-width: 9px) { .intro { margin: 0 !important } }",
        );
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(look.style(Role::Title), "color:#111111;margin:0 0;border-top:1px solid #111111");
        assert_eq!(look.style(Role::Kicker), "color:#111111;margin:0 0;font:bold 14px/20px 'A B',serif");
        assert_eq!(
            look.media,
            "@media (max-width:9px){.intro{margin:0!important}}@media (prefers-color-scheme:dark)\
             {.title,.kicker{color:#eeeeee!important}.title{border-top-color:#eeeeee!important}}"
        );
        assert!(look.outlook.starts_with("[data-ogsc] .title,[data-ogsc] .kicker{"), "{}", look.outlook);
        assert_eq!(
            (look.class(Role::Intro), look.class(Role::Title), look.class(Role::More)),
            (Some("intro"), Some("title"), None)
        );
    }

    #[test]
    fn each_fault_of_a_style_sheet_names_its_line() {
        for (text, expected) in [
            ("\n.titel { margin: 0 }", "mail.css:2: `.titel` names no part of the mail, expected `.title`"),
            (
                "\n\nh1 { margin: 0 }",
                "mail.css:3: `h1` names no part of the mail, expected a class of the mail",
            ),
            (
                ".title {\n color: var(--inc) }",
                "mail.css:2: palette.toml has no colour `inc`, expected `--ink`",
            ),
            (
                ".title {\n float: left }",
                "mail.css:2: `float:left` is ignored by most mail clients, expected tables and padding",
            ),
            (".title {\n margin }", "mail.css:2: `margin` is no declaration, expected `property: value`"),
            ("\n.title { margin: 0", "mail.css:2: the rule of `.title` has no closing brace"),
            (".title { margin: 0 }\n.kicker", "mail.css:2: `.kicker` has no declarations"),
            (
                "@font-face { x: y }",
                "mail.css:1: `@font-face` is not shown by mail clients, expected @media or a class",
            ),
            (".title { margin: 0;\n </style> }", "mail.css:2: `<` is not CSS and would end the style sheet"),
        ] {
            assert_eq!(read(text).1, [expected], "{text}");
        }
    }
}
