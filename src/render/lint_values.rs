//! Values of CSS: lengths, fonts, and the conditions of `@media`.

use super::lint_style::Guise;

/// The width at which a mail is looked at, in pixels.
const SCREEN: f64 = 800.0;

/// Returns a length in pixels, relative to `base` where it is in `em` or per cent.
pub(super) fn length(value: &str, base: f64) -> Option<f64> {
    let keyword = match value {
        "xx-small" => 9.0,
        "x-small" => 10.0,
        "small" => 13.0,
        "medium" => 16.0,
        "large" => 18.0,
        "x-large" => 24.0,
        "xx-large" => 32.0,
        "smaller" => base * 0.83,
        "larger" => base * 1.2,
        _ => f64::NAN,
    };
    if !keyword.is_nan() {
        return Some(keyword);
    }
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-' && c != '+');
    let (number, unit) = value.split_at(digits.unwrap_or(value.len()));
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "px" => 1.0,
        "" if number == 0.0 => 1.0,
        "pt" => 4.0 / 3.0,
        "em" => base,
        "rem" => 16.0,
        "%" => base / 100.0,
        _ => return None,
    };
    Some(number * factor)
}

/// Returns the height of a line in pixels.
pub(super) fn line_height(value: &str, size: f64) -> Option<f64> {
    value.parse::<f64>().ok().map(|factor| factor * size).or_else(|| length(value, size))
}

/// What the shorthand `font` says.
pub(super) struct Font {
    pub(super) size: Option<f64>,
    pub(super) line: Option<f64>,
    pub(super) bold: bool,
}

/// Reads `bold 16px/24px Georgia, serif`.
pub(super) fn font(value: &str, base: f64) -> Font {
    let mut bold = false;
    for word in value.split_whitespace() {
        let (size, line) = word.split_once('/').map_or((word, None), |(size, line)| (size, Some(line)));
        bold |= matches!(word, "bold" | "bolder" | "700" | "800" | "900");
        // A bare number before the size is a weight.
        if let Some(size) = length(size, base).filter(|_| !word.bytes().all(|b| b.is_ascii_digit())) {
            return Font { size: Some(size), line: line.and_then(|line| line_height(line, size)), bold };
        }
    }
    Font { size: None, line: None, bold }
}

/// True if a condition of `@media` holds on a wide screen in a guise.
pub(super) fn applies(condition: &str, guise: Guise) -> bool {
    condition.to_ascii_lowercase().split(',').any(|query| {
        query.split(" and ").map(|part| part.trim().trim_start_matches("only ")).all(|part| match part {
            "" | "all" | "screen" => true,
            _ => feature(part.trim_matches(['(', ')', ' ']), guise),
        })
    })
}

fn feature(text: &str, guise: Guise) -> bool {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    let value = value.trim();
    match name.trim() {
        "prefers-color-scheme" => value == if guise == Guise::Dark { "dark" } else { "light" },
        "min-width" | "min-device-width" => length(value, 16.0).is_some_and(|l| l <= SCREEN),
        "max-width" | "max-device-width" => length(value, 16.0).is_some_and(|l| l >= SCREEN),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_fonts_are_read() {
        for (value, pixels) in [
            ("12px", Some(12.0)),
            ("1.5em", Some(30.0)),
            ("75%", Some(15.0)),
            ("9pt", Some(12.0)),
            ("0", Some(0.0)),
        ] {
            assert_eq!(length(value, 20.0), pixels, "{value}");
        }
        assert_eq!(length("auto", 20.0), None);
        let said = font("italic 700 14px/1.5 Georgia, serif", 16.0);
        assert_eq!((said.size, said.line, said.bold), (Some(14.0), Some(21.0), true));
    }

    #[test]
    fn media_hold_for_a_wide_screen_in_its_guise() {
        for (condition, light, dark) in [
            ("screen", true, true),
            ("(max-width: 480px)", false, false),
            ("only screen and (min-width:520px)", true, true),
            ("(prefers-color-scheme: dark)", false, true),
            ("screen and (prefers-color-scheme:dark)", false, true),
            ("print", false, false),
            ("print, screen", true, true),
        ] {
            assert_eq!(
                (applies(condition, Guise::Light), applies(condition, Guise::Dark)),
                (light, dark),
                "{condition}"
            );
        }
    }
}
