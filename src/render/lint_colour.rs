//! Colours of CSS and HTML, and the contrast between two.

use cssparser::color::{parse_hash_color, parse_named_color};

/// Red, green and blue from 0 to 255, and how opaque, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    rgb: [f64; 3],
    pub(super) alpha: f64,
}

impl Colour {
    pub(super) const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { rgb: [red as f64, green as f64, blue as f64], alpha: 1.0 }
    }

    /// This colour, seen before another.
    pub(super) fn over(self, ground: Self) -> Self {
        let mix = |at: usize| self.rgb[at] * self.alpha + ground.rgb[at] * (1.0 - self.alpha);
        Self { rgb: [mix(0), mix(1), mix(2)], alpha: 1.0 }
    }

    pub(super) fn faded(self, opacity: f64) -> Self {
        Self { alpha: self.alpha * opacity, ..self }
    }

    /// Relative luminance (WCAG 2.1).
    fn luminance(self) -> f64 {
        let channel = |value: f64| {
            let value = value / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(self.rgb[0]) + 0.7152 * channel(self.rgb[1]) + 0.0722 * channel(self.rgb[2])
    }

    /// The contrast ratio of two opaque colours, from 1 to 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.rgb.map(|value| value.round().clamp(0.0, 255.0) as u8);
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Reads a colour of CSS; `None` for what is no plain colour (`inherit`, `var(…)`, a word).
pub(super) fn parse(text: &str) -> Option<Colour> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(digits) = text.strip_prefix('#') {
        let (red, green, blue, alpha) = parse_hash_color(digits.as_bytes()).ok()?;
        return Some(Colour { alpha: f64::from(alpha), ..Colour::opaque(red, green, blue) });
    }
    if text == "transparent" {
        return Some(Colour { alpha: 0.0, ..Colour::opaque(0, 0, 0) });
    }
    if let Ok((red, green, blue)) = parse_named_color(&text) {
        return Some(Colour::opaque(red, green, blue));
    }
    let (name, inside) = text.strip_suffix(')')?.split_once('(')?;
    let numbers: Vec<&str> =
        inside.split([',', '/', ' ', '\t', '\n']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let alpha = numbers.get(3).map_or(Some(1.0), |word| share(word, 1.0))?.clamp(0.0, 1.0);
    let [first, second, third] = *numbers.get(..3)?.first_chunk::<3>()?;
    let rgb = match name {
        "rgb" | "rgba" => [share(first, 255.0)?, share(second, 255.0)?, share(third, 255.0)?],
        "hsl" | "hsla" => {
            hsl(first.trim_end_matches("deg").parse().ok()?, share(second, 1.0)?, share(third, 1.0)?)
        }
        _ => return None,
    };
    Some(Colour { rgb: rgb.map(|value| value.clamp(0.0, 255.0)), alpha })
}

/// A number, or a percentage of `whole`.
fn share(word: &str, whole: f64) -> Option<f64> {
    let value: f64 = match word.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok()? / 100.0 * whole,
        None => word.parse().ok()?,
    };
    value.is_finite().then_some(value)
}

fn hsl(hue: f64, saturation: f64, lightness: f64) -> [f64; 3] {
    let a = saturation.clamp(0.0, 1.0) * lightness.min(1.0 - lightness);
    let channel = |n: f64| {
        let k = (n + hue.rem_euclid(360.0) / 30.0) % 12.0;
        (lightness - a * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)) * 255.0
    };
    [channel(0.0), channel(8.0), channel(4.0)]
}

/// Reads a colour of an HTML attribute, where the `#` may be missing.
pub(super) fn attribute(text: &str) -> Option<Colour> {
    parse(text).or_else(|| parse(&format!("#{}", text.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_all_their_forms() {
        for (text, shown) in [
            ("#FFF", "#ffffff"),
            ("#1a2b3c", "#1a2b3c"),
            ("red", "#ff0000"),
            ("rgb(1, 2, 3)", "#010203"),
            ("rgb(100% 0% 0% / 50%)", "#ff0000"),
            ("hsl(120, 100%, 25%)", "#008000"),
        ] {
            assert_eq!(parse(text).map(|c| c.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "inherit", "var(--x)", "rgb(1,2)", "rgb(a,b,c)", "#12", "hsl(NaN,1%,1%)x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(attribute("ffffff").map(|c| c.to_string()).as_deref(), Some("#ffffff"));
    }

    #[test]
    fn contrast_is_that_of_the_wcag() {
        let (black, white) = (Colour::opaque(0, 0, 0), Colour::opaque(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        let half = black.faded(0.5).over(white);
        assert_eq!(half.to_string(), "#808080");
    }
}
