//! `palette.toml`: the colours of a theme by name, light and dark.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::Fault;
use super::words::{line_of, nearest};

/// Texts and the grounds on which they stand in the built-in style sheets, as far as a palette has them.
const READ: [(&str, &str); 7] = [
    ("ink", "sheet"),
    ("text", "sheet"),
    ("quiet", "sheet"),
    ("accent", "sheet"),
    ("quiet", "page"),
    ("ink", "tint"),
    ("quiet", "tint"),
];
/// WCAG 2.1 §1.4.3.
const CONTRAST: f64 = 4.5;

/// The colours of a theme.
#[derive(Debug, Clone, Default)]
pub(super) struct Palette {
    light: BTreeMap<String, String>,
    dark: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    light: BTreeMap<Spanned<String>, Spanned<String>>,
    dark: BTreeMap<Spanned<String>, Spanned<String>>,
}

impl Palette {
    /// Parses `palette.toml`; what is wrong goes to `faults`.
    pub(super) fn parse(file: &str, text: &str, faults: &mut Vec<Fault>) -> Self {
        let mut fault = |line, what| faults.push(Fault { file: file.to_owned(), line, what });
        let parsed: File = match toml::from_str(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                fault(error.span().map(|s| line_of(text, s.start)), error.message().to_owned());
                return Self::default();
            }
        };
        for (mine, other, name) in
            [(&parsed.light, &parsed.dark, "dark"), (&parsed.dark, &parsed.light, "light")]
        {
            for (key, value) in mine {
                let line = Some(line_of(text, key.span().start));
                if luminance(value.as_ref()).is_none() {
                    fault(
                        line,
                        format!(
                            "`{}` is `{}`, expected a colour like \"#1f1d1a\"",
                            key.as_ref(),
                            value.as_ref()
                        ),
                    );
                }
                if !other.keys().any(|k| k.as_ref() == key.as_ref()) {
                    fault(line, format!("`{}` has no colour in [{name}]", key.as_ref()));
                }
            }
        }
        for (colours, name) in [(&parsed.light, "light"), (&parsed.dark, "dark")] {
            let find = |key: &str| colours.iter().find(|(k, _)| k.as_ref() == key);
            for (over, under) in READ {
                let (Some((key, over_value)), Some((_, under_value))) = (find(over), find(under)) else {
                    continue;
                };
                let ratio = contrast(over_value.as_ref(), under_value.as_ref()).unwrap_or(CONTRAST);
                if ratio < CONTRAST {
                    let what = format!(
                        "`{over}` on `{under}` has a contrast of {ratio:.1} in [{name}], expected at least {CONTRAST}"
                    );
                    fault(Some(line_of(text, key.span().start)), what);
                }
            }
        }
        let plain = |map: BTreeMap<Spanned<String>, Spanned<String>>| {
            map.into_iter().map(|(k, v)| (k.into_inner(), v.into_inner())).collect()
        };
        Self { light: plain(parsed.light), dark: plain(parsed.dark) }
    }

    /// Returns every light or dark colour with its name.
    pub(super) fn all(&self, dark: bool) -> impl Iterator<Item = (&str, &str)> {
        let colours = if dark { &self.dark } else { &self.light };
        colours.iter().map(|(name, colour)| (name.as_str(), colour.as_str()))
    }

    /// Returns the light or the dark colour of a name, or the nearest name that there is.
    pub(super) fn colour(&self, name: &str, dark: bool) -> Result<&str, Option<&str>> {
        let colours = if dark { &self.dark } else { &self.light };
        colours.get(name).map(String::as_str).ok_or_else(|| nearest(name, colours.keys().map(String::as_str)))
    }
}

/// Returns the relative luminance of `#rrggbb` (WCAG 2.1); `None` for another form.
fn luminance(colour: &str) -> Option<f64> {
    let digits =
        colour.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or_default()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4))
}

/// Returns the contrast ratio of two colours, from 1 to 21.
fn contrast(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        Palette::parse("palette.toml", text, &mut faults);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_built_in_colours_are_readable_light_and_dark() {
        for look in templates::theme::LOOKS {
            assert_eq!(faults(look.palette), Vec::<String>::new(), "{}", look.name);
        }
    }

    #[test]
    fn each_fault_of_a_palette_names_its_line() {
        let text = "[light]\nsheet = \"#ffffff\"\nink = \"#aaaaaa\"\nrule = \"red\"\n[dark]\nsheet = \"#111111\"\nink = \"#eeeeee\"\n";
        assert_eq!(
            faults(text),
            [
                "palette.toml:4: `rule` is `red`, expected a colour like \"#1f1d1a\"",
                "palette.toml:4: `rule` has no colour in [dark]",
                "palette.toml:3: `ink` on `sheet` has a contrast of 2.3 in [light], expected at least 4.5",
            ]
        );
        assert!(
            faults("[light]\nx = 1\n")[0].starts_with("palette.toml:2: "),
            "{:?}",
            faults("[light]\nx = 1\n")
        );
    }

    #[test]
    fn contrast_is_that_of_the_wcag() {
        let ratio = contrast("#000000", "#ffffff").expect("colours");
        assert!((ratio - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff").expect("colours") - 4.48).abs() < 0.01);
    }
}
