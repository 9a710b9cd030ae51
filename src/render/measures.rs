//! `theme.toml`: what a theme is built on, its fonts and widths, how articles are laid out, the logo.

use serde::Deserialize;
use templates::role::Logo;
use templates::theme::{Dress, LOOKS};
use toml::Spanned;
use url::Url;

use super::error::Fault;
use super::words::{line_of, nearest};

/// The padding of a sheet on a desk, on both sides together; `mail.css` has half of it on each.
const MARGINS: u32 = 80;
/// What is between two articles side by side, in pixels; the template gives each half of it.
const GUTTER: u32 = 20;

/// How the articles of a section are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cards {
    /// One below the other, pictures beside the words.
    #[default]
    Beside,
    /// One below the other, pictures above the words.
    Above,
    /// Those with pictures two by two.
    Pairs,
    /// A line each, without pictures and summaries.
    Lines,
}

/// What `theme.toml` says, with what it leaves out taken from the look that it is built on.
#[derive(Debug, Clone, Default)]
pub(super) struct Measures {
    /// The width of the sheet, in pixels.
    pub(super) sheet: u32,
    /// The width of the lead's picture; 0 for none.
    pub(super) lead: u32,
    /// The width of a picture beside an article; 0 for none.
    pub(super) card: u32,
    /// How articles are laid out.
    pub(super) cards: Cards,
    /// The most characters of the lead's summary; 0 for none.
    pub(super) lead_summary: usize,
    /// The same of the others.
    pub(super) summary: usize,
    /// What stands in place of the title.
    pub(super) logo: Option<Logo>,
    fonts: [String; 3],
}

/// The names of the fonts, as `mail.css` and `page.css` know them.
const FONTS: [&str; 3] = ["display", "text", "label"];

impl Measures {
    /// The room between the margins, in pixels.
    pub(super) const fn column(&self) -> u32 {
        self.sheet.saturating_sub(MARGINS)
    }

    /// The width of a picture above one of two articles side by side.
    pub(super) const fn half(&self) -> u32 {
        (self.column() - GUTTER) / 2
    }

    /// How much of the column a picture beside an article takes, in percent.
    pub(super) const fn thumb(&self) -> u32 {
        if self.column() == 0 { 0 } else { self.card * 100 / self.column() }
    }

    /// Returns a style sheet with the fonts and widths in place of their names.
    pub(super) fn fill(&self, css: &str) -> String {
        let mut out = css.to_owned();
        for (name, font) in FONTS.iter().zip(&self.fonts) {
            out = out.replace(&format!("var(--font-{name})"), font);
        }
        let widths = [("sheet", self.sheet), ("half", self.column() / 2)];
        for (name, width) in widths {
            out = out.replace(&format!("var(--width-{name})"), &format!("{width}px"));
        }
        out
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    base: Option<Spanned<String>>,
    fonts: Fonts,
    widths: Widths,
    layout: Layout,
    logo: Option<LogoFile>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Fonts {
    display: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    label: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Widths {
    sheet: Option<Spanned<u32>>,
    lead: Option<Spanned<u32>>,
    card: Option<Spanned<u32>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Layout {
    cards: Option<Cards>,
    lead_summary: Option<Spanned<u32>>,
    summary: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogoFile {
    url: Spanned<String>,
    alt: Option<Spanned<String>>,
    width: Spanned<u32>,
    height: Spanned<u32>,
}

/// Returns the look that a `theme.toml` is built on, the first if it names none.
pub(super) fn base(file: &str, text: &str, faults: &mut Vec<Fault>) -> &'static Dress {
    let named = toml::from_str::<File>(text).ok().and_then(|parsed| parsed.base);
    let Some(named) = named else { return &LOOKS[0] };
    let found = LOOKS.iter().find(|look| look.name == named.as_ref());
    found.unwrap_or_else(|| {
        let names: Vec<_> = LOOKS.iter().map(|look| format!("\"{}\"", look.name)).collect();
        let near = nearest(named.as_ref(), LOOKS.iter().map(|look| look.name));
        let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        let what = format!("`base` is `{}`, expected one of {}{hint}", named.as_ref(), names.join(", "));
        faults.push(Fault { file: file.to_owned(), line: Some(line_of(text, named.span().start)), what });
        &LOOKS[0]
    })
}

/// Reads one `theme.toml` over what another has said; what is wrong goes to `faults`.
pub(super) fn read(file: &str, text: &str, mut over: Measures, faults: &mut Vec<Fault>) -> Measures {
    let parsed: File = match toml::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let line = error.span().map(|s| line_of(text, s.start));
            faults.push(Fault { file: file.to_owned(), line, what: error.message().to_owned() });
            return over;
        }
    };
    let mut check = Check { file, text, faults };
    let File { fonts, widths, layout, logo, .. } = parsed;
    for (n, font) in [fonts.display, fonts.text, fonts.label].into_iter().enumerate() {
        if let Some(font) = font.and_then(|font| check.font(FONTS[n], &font)) {
            over.fonts[n] = font;
        }
    }
    check.number("sheet", widths.sheet, 480, 720, false, &mut over.sheet);
    let (sheet, column) = (over.sheet, over.column());
    check.number("lead", widths.lead, 120, sheet, true, &mut over.lead);
    check.number("card", widths.card, 48, column / 2, true, &mut over.card);
    over.lead = over.lead.min(sheet);
    let mut most = [over.lead_summary, over.summary].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    check.number("lead_summary", layout.lead_summary, 40, 500, true, &mut most[0]);
    check.number("summary", layout.summary, 40, 500, true, &mut most[1]);
    [over.lead_summary, over.summary] = most.map(|n| n as usize);
    over.cards = layout.cards.unwrap_or(over.cards);
    if let Some(logo) = logo {
        over.logo = check.logo(logo, column);
    }
    over
}

struct Check<'a> {
    file: &'a str,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, at: usize, what: String) {
        self.faults.push(Fault { file: self.file.to_owned(), line: Some(line_of(self.text, at)), what });
    }

    /// Takes a number if it is within its bounds; 0 says "none" where that has a meaning.
    fn number(
        &mut self,
        key: &str,
        found: Option<Spanned<u32>>,
        least: u32,
        most: u32,
        none: bool,
        to: &mut u32,
    ) {
        let Some(found) = found else { return };
        let value = *found.as_ref();
        if (least..=most).contains(&value) || none && value == 0 {
            *to = value;
        } else {
            let or_none = if none { ", or 0 for none" } else { "" };
            self.fault(
                found.span().start,
                format!("`{key}` is {value}, expected {least} to {most}{or_none}"),
            );
        }
    }

    fn font(&mut self, key: &str, found: &Spanned<String>) -> Option<String> {
        let font = found.as_ref().trim().replace('"', "'");
        let last = font.rsplit(',').next().unwrap_or_default().trim();
        let whole = font.matches('\'').count() % 2 == 0
            && font.chars().all(|c| c.is_alphanumeric() || " ,'-_.".contains(c));
        if whole && ["serif", "sans-serif", "monospace"].contains(&last) {
            return Some(font);
        }
        let what = format!(
            "`{key}` is `{}`, expected names of fonts with commas between, the last one serif, sans-serif or monospace",
            found.as_ref()
        );
        self.fault(found.span().start, what);
        None
    }

    fn logo(&mut self, file: LogoFile, column: u32) -> Option<Logo> {
        let before = self.faults.len();
        let url = Url::parse(file.url.as_ref()).ok().filter(|url| url.scheme() == "https" && url.has_host());
        if url.is_none() {
            self.fault(
                file.url.span().start,
                format!("`url` is `{}`, expected an address that begins with https://", file.url.as_ref()),
            );
        }
        let alt = file.alt.as_ref().map(|alt| (alt.span().start, alt.as_ref().trim()));
        if let Some((at, alt)) = alt.filter(|(_, alt)| alt.is_empty() || alt.chars().any(char::is_control)) {
            self.fault(
                at,
                format!("`alt` is `{}`, expected what the logo says, in words", alt.escape_debug()),
            );
        }
        let (mut width, mut height) = (0, 0);
        self.number("width", Some(file.width), 16, column, false, &mut width);
        self.number("height", Some(file.height), 16, 400, false, &mut height);
        let url = url.filter(|_| self.faults.len() == before)?;
        Some(Logo { url: url.to_string(), alt: alt.map(|(_, alt)| alt.to_owned()), width, height })
    }
}
