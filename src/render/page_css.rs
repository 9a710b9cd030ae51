//! `page.css`: the style sheet of the pages, which browsers read as it is.

use std::fmt::Write as _;

use super::error::Fault;
use super::palette::Palette;
use super::words::line_of;

/// Returns the style sheet with the colours of the palette before it; what is wrong goes to `faults`.
pub(super) fn with_colours(file: &str, text: &str, palette: &Palette, faults: &mut Vec<Fault>) -> String {
    let text = &uncommented(text);
    let mut fault = |at, what| {
        faults.push(Fault { file: file.to_owned(), line: Some(line_of(text, at)), what });
    };
    for (at, mark) in text.match_indices("var(--") {
        let name = &text[at + mark.len()..];
        let name = &name[..name.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(name.len())];
        if let Err(nearest) = palette.colour(name, false) {
            let instead = nearest.map(|n| format!("; did you mean `--{n}`?")).unwrap_or_default();
            fault(at, format!("palette.toml has no colour `{name}`{instead}"));
        }
    }
    // It stands in an element of the page, which this would end.
    if let Some(at) = text.find("</") {
        fault(at, "`</` cannot stand in a style sheet".to_owned());
    }
    let colours = |dark| {
        palette.all(dark).fold(String::new(), |mut all, (name, colour)| {
            // Writing into a string cannot fail.
            let _ = write!(all, "--{name}:{colour};");
            all
        })
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n{text}",
        colours(false),
        colours(true)
    )
}

/// Takes the comments out and leaves the lines as they were.
fn uncommented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        let (comment, after) = comment.split_once("*/").unwrap_or((comment, ""));
        out.push_str(before);
        out.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_is_not_there_and_an_end_of_the_element_are_faults_with_their_line() {
        let mut faults = Vec::new();
        let palette = Palette::parse("palette.toml", templates::theme::LOOKS[0].palette, &mut faults);
        with_colours(
            "page.css",
            "/* var(--x)\n*/ p { color: var(--ink) }\na { color: var(--acent) }\n</style>",
            &palette,
            &mut faults,
        );
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "page.css:3: palette.toml has no colour `acent`; did you mean `--accent`?",
                "page.css:4: `</` cannot stand in a style sheet",
            ]
        );
    }
}
