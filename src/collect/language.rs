//! Which language an article is in, and in which direction it is written.

use unicode_bidi::{BidiClass, bidi_class};

use crate::model::{Direction, Language};

/// Shorter texts are not judged.
const ENOUGH: usize = 60;

/// Returns the language of an article that is declared to be in `declared`, and the direction of its title and
/// summary; `more` of its text helps to recognise a language that is not declared.
///
/// The direction is that of most letters, or the declared one where the title bears it out; a declared language
/// that is written the other way is not believed (templates say `en-US` over Hebrew).
pub(super) fn of(
    title: &str,
    summary: &str,
    more: &str,
    declared: Option<Language>,
) -> (Option<Language>, Direction) {
    let borne_out = declared.as_ref().map(Language::direction).filter(|said| direction(title) == Some(*said));
    let seen = borne_out.or_else(|| direction(&format!("{title} {summary}")));
    let declared = declared.filter(|language| seen.is_none_or(|seen| language.direction() == seen));
    let language = declared.or_else(|| recognise(&format!("{title} {summary} {more}")));
    let direction = seen.or_else(|| language.as_ref().map(Language::direction)).unwrap_or_default();
    (language, direction)
}

/// The direction of most letters; of the first where they are even; `None` without letters (UAX 9 P2, P3).
fn direction(text: &str) -> Option<Direction> {
    let (mut ltr, mut rtl, mut first) = (0_usize, 0_usize, None);
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphabetic() {
            continue;
        }
        let class = if c.is_ascii() { BidiClass::L } else { bidi_class(c) };
        let direction = if class == BidiClass::L {
            Direction::Ltr
        } else if matches!(class, BidiClass::R | BidiClass::AL) {
            Direction::Rtl
        } else {
            continue;
        };
        first.get_or_insert(direction);
        match direction {
            Direction::Ltr => ltr += 1,
            Direction::Rtl => rtl += 1,
        }
    }
    match ltr.cmp(&rtl) {
        std::cmp::Ordering::Greater => Some(Direction::Ltr),
        std::cmp::Ordering::Less => Some(Direction::Rtl),
        std::cmp::Ordering::Equal => first,
    }
}

fn recognise(text: &str) -> Option<Language> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < ENOUGH {
        return None;
    }
    let info = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    Language::parse(two_letters(info.lang().code()))
}

/// ISO 639-1 where there is one; the recogniser speaks ISO 639-3.
fn two_letters(code: &'static str) -> &'static str {
    const PAIRS: &str = "epo eo eng en rus ru cmn zh spa es por pt ita it ben bn fra fr deu de ukr uk kat ka ara ar \
        hin hi jpn ja heb he yid yi pol pl amh am jav jv kor ko nob nb dan da swe sv fin fi tur tr nld nl hun hu \
        ces cs ell el bul bg bel be mar mr kan kn ron ro slv sl hrv hr srp sr mkd mk lit lt lav lv est et tam ta \
        vie vi urd ur tha th guj gu uzb uz pan pa aze az ind id tel te pes fa mal ml ori or mya my nep ne sin si \
        khm km tuk tk aka ak zul zu sna sn afr af lat la slk sk cat ca tgl tl hye hy cym cy";
    let mut words = PAIRS.split_ascii_whitespace();
    words.by_ref().find(|word| *word == code).and_then(|_| words.next()).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_decides_the_direction_and_a_declaration_that_conflicts_is_dropped() {
        let hebrew = "זהו משפט בעברית שאורכו מספיק כדי שאפשר יהיה לזהות את השפה שבה הוא כתוב, ועוד קצת מילים";
        let english = "This is a sentence in English which is long enough that its language can be recognised by anyone";
        let tag = |tag: &str| Language::parse(tag);
        for (text, declared, language, direction) in [
            (hebrew, Some("en-US"), Some("he"), Direction::Rtl),
            (hebrew, None, Some("he"), Direction::Rtl),
            (english, Some("de"), Some("de"), Direction::Ltr),
            (english, Some("ar"), Some("en"), Direction::Ltr),
            ("iPhone: שלום עולם, מה נשמע", None, None, Direction::Rtl),
            ("123", Some("he"), Some("he"), Direction::Rtl),
            ("123", None, None, Direction::Ltr),
        ] {
            let found = of("", text, "", declared.and_then(tag));
            assert_eq!(found, (language.and_then(tag), direction), "{text}");
        }
    }
}
