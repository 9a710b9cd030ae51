//! The line between headline and text that tells the day, and often the name: `22 November 2026 · Ann Lee`.

use super::date;
use super::reading_parts::{Page, Part, name};
use super::reading_words::says_by;
use super::tree::Kind;
use crate::model::Instant;

/// So many nodes behind a headline it is looked for.
const BEHIND: usize = 120;
/// It is no longer, in characters; without the day.
const LINE: usize = 140;
const BESIDE: usize = 70;
/// Words of what stands beside a day and is nobody's name: sections, and what readers may do.
#[rustfmt::skip]
const NO_NAME: [&str; 20] = [
    "news", "read", "min", "comments", "comment", "share", "updated", "published", "edition", "sport", "sports", "politics",
    "business", "opinion", "culture", "world", "local", "nachrichten", "actualités", "noticias",
];

impl Page<'_> {
    /// A line between headline and text that is a day, and a name or nothing beside it: the day, the rest, the element.
    pub(super) fn date_line(&self) -> Part<(Instant, String)> {
        let Some(heading) = self.heading else { return (None, Vec::new()) };
        let from = self.tree.end(heading);
        // Also in what is no part of the text: most date lines stand in a box called "meta".
        for at in (from..self.body.0.max(from)).take(BEHIND).filter(|at| !self.said.hidden[*at]) {
            // A line between breaks is in no element of its own.
            let lines = matches!(
                self.tree.name(at),
                "p" | "div" | "span" | "small" | "em" | "font" | "address" | "li" | "i"
            ) || matches!(self.tree.nodes[at].kind, Kind::Text(_));
            if !lines || self.tree.end(at) - at > 24 || self.is_elsewhere(at) {
                continue;
            }
            let written = self.tree.text(at, &self.said.hidden);
            if is_date_line(&written) {
                return (date::in_line(&written), vec![at]);
            }
        }
        (None, Vec::new())
    }
}

/// The name in what stands beside a day: behind "By", or alone between two bars.
pub(super) fn named_beside(rest: &str) -> Option<String> {
    let fits = |part: &&str| {
        let words = part.split_whitespace().count();
        let alone = (rest.contains('|') || rest.trim_end().ends_with(','))
            && !part.contains(':')
            && part.chars().next().is_some_and(|c| !c.is_lowercase())
            && !part.split_whitespace().any(|word| NO_NAME.contains(&&*word.to_lowercase()));
        says_by(part) || (alone && words <= 6 && (words >= 2 || !part.is_ascii()))
    };
    rest.split('|').map(str::trim).filter(|part| !part.is_empty()).find(fits).and_then(name)
}

/// True for a line that is a day, with at most a name and a few words beside it.
pub(super) fn is_date_line(text: &str) -> bool {
    text.chars().count() <= LINE
        && date::in_line(text)
            .is_some_and(|(_, rest)| rest.chars().count() <= BESIDE && !rest.ends_with(['.', '!', '?', '。']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_beside_a_day_is_a_byline_and_a_word_is_not() {
        for (rest, expected) in [
            ("| Ruth Adeyemi", Some("Ruth Adeyemi")),
            ("By Ann Lee | Published: Sunday, at", Some("Ann Lee")),
            ("| 山本健太", Some("山本健太")),
            ("Stand:", None),
            ("Published", None),
            ("| 4 min read", None),
            ("| Local News", None),
            ("", None),
        ] {
            assert_eq!(named_beside(rest).as_deref(), expected, "{rest}");
        }
    }
}
