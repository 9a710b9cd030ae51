//! Plural categories of the Unicode CLDR (supplemental/plurals.xml), for whole numbers.

use serde::Deserialize;

/// A plural category of the CLDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Category {
    /// Nothing (Arabic, Welsh, Latvian).
    Zero,
    /// Singular.
    One,
    /// Dual.
    Two,
    /// Paucal.
    Few,
    /// The form of larger numbers, where a language has one.
    Many,
    /// Everything else; the only one that every language has.
    Other,
}

use Category::{Few, Many, One, Other, Two, Zero};

impl Category {
    /// The word of the CLDR.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Zero => "zero",
            One => "one",
            Two => "two",
            Few => "few",
            Many => "many",
            Other => "other",
        }
    }
}

/// Returns the categories that a language tells apart, `Other` last.
pub(super) fn categories(language: &str) -> &'static [Category] {
    match language {
        "ar" => &[Zero, One, Two, Few, Many, Other],
        "cy" => &[Zero, One, Two, Few, Many, Other],
        "ga" => &[One, Two, Few, Many, Other],
        "he" | "iw" => &[One, Two, Other],
        "sl" => &[One, Two, Few, Other],
        "ru" | "uk" | "be" | "pl" => &[One, Few, Many, Other],
        "cs" | "sk" | "ro" | "hr" | "sr" | "bs" | "lt" => &[One, Few, Other],
        "lv" => &[Zero, One, Other],
        "fr" | "es" | "it" | "pt" | "ca" => &[One, Many, Other],
        "ja" | "ko" | "zh" | "vi" | "th" | "id" | "ms" | "lo" | "my" | "km" => &[Other],
        _ => &[One, Other],
    }
}

/// Returns the category of `n` in a language (the primary tag); unknown languages count as English does.
pub(super) fn category(language: &str, n: u64) -> Category {
    let (tens, hundreds) = (n % 10, n % 100);
    let teens = (11..=19).contains(&hundreds);
    match language {
        "ar" => match (n, hundreds) {
            (0, _) => Zero,
            (1, _) => One,
            (2, _) => Two,
            (_, 3..=10) => Few,
            (_, 11..=99) => Many,
            _ => Other,
        },
        "cy" => [Zero, One, Two, Few, Other, Other, Many]
            .get(usize::try_from(n).unwrap_or(9))
            .copied()
            .unwrap_or(Other),
        "ga" => match n {
            1 => One,
            2 => Two,
            3..=6 => Few,
            7..=10 => Many,
            _ => Other,
        },
        "he" | "iw" if n == 2 => Two,
        "sl" => {
            [Other, One, Two, Few, Few].get(usize::try_from(hundreds).unwrap_or(9)).copied().unwrap_or(Other)
        }
        "ru" | "uk" | "be" => slavic(tens, hundreds, tens == 1 && hundreds != 11, Many),
        "hr" | "sr" | "bs" => slavic(tens, hundreds, tens == 1 && hundreds != 11, Other),
        "pl" => slavic(tens, hundreds, n == 1, Many),
        "cs" | "sk" => match n {
            1 => One,
            2..=4 => Few,
            _ => Other,
        },
        "ro" if n == 0 || (n != 1 && (1..=19).contains(&hundreds)) => Few,
        "lt" if tens == 1 && !teens => One,
        "lt" if (2..=9).contains(&tens) && !teens => Few,
        "lt" => Other,
        "lv" if tens == 0 || teens => Zero,
        "lv" if tens == 1 => One,
        "lv" => Other,
        "fr" | "pt" if n == 0 => One,
        "fr" | "es" | "it" | "pt" | "ca" if n != 0 && n.is_multiple_of(1_000_000) => Many,
        "ja" | "ko" | "zh" | "vi" | "th" | "id" | "ms" | "lo" | "my" | "km" => Other,
        "hi" | "bn" | "fa" | "am" | "gu" | "kn" | "zu" | "hy" if n == 0 => One,
        _ if n == 1 => One,
        _ => Other,
    }
}

fn slavic(tens: u64, hundreds: u64, one: bool, rest: Category) -> Category {
    match tens {
        _ if one => One,
        2..=4 if !(12..=14).contains(&hundreds) => Few,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_into_the_categories_of_the_cldr() {
        for (language, expected) in [
            ("en", "0 other,1 one,2 other,11 other,101 other"),
            ("de", "0 other,1 one,2 other"),
            ("fr", "0 one,1 one,2 other,1000000 many,1000001 other"),
            ("es", "0 other,1 one,2 other,2000000 many"),
            ("he", "0 other,1 one,2 two,3 other,10 other,20 other,102 other"),
            (
                "ar",
                "0 zero,1 one,2 two,3 few,10 few,11 many,99 many,100 other,102 other,103 few,111 many,200 other",
            ),
            ("pl", "0 many,1 one,2 few,4 few,5 many,12 many,14 many,21 many,22 few,25 many,112 many,122 few"),
            ("ru", "0 many,1 one,2 few,5 many,11 many,21 one,22 few,111 many,121 one"),
            ("sr", "1 one,2 few,5 other,11 other,21 one"),
            ("cs", "0 other,1 one,2 few,4 few,5 other,22 other"),
            ("sl", "0 other,1 one,2 two,3 few,4 few,5 other,101 one,102 two"),
            ("ro", "0 few,1 one,2 few,19 few,20 other,101 few,120 other"),
            ("lt", "0 other,1 one,2 few,9 few,10 other,11 other,21 one,22 few"),
            ("lv", "0 zero,1 one,2 other,10 zero,11 zero,21 one"),
            ("cy", "0 zero,1 one,2 two,3 few,4 other,5 other,6 many,7 other"),
            ("ga", "0 other,1 one,2 two,3 few,6 few,7 many,10 many,11 other"),
            ("fa", "0 one,1 one,2 other"),
            ("ja", "0 other,1 other,2 other"),
        ] {
            for pair in expected.split(',') {
                let (n, name) = pair.split_once(' ').expect(pair);
                let found = category(language, n.parse().expect(n));
                assert_eq!(found.as_str(), name, "{n} in {language}");
                assert!(categories(language).contains(&found), "{name} in {language}");
            }
        }
    }
}
