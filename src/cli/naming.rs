//! Names that nobody has yet.

use crate::model::Name;

/// What [`Name::from_title`] keeps of a text.
const LONGEST: usize = 48;

/// Returns `wanted`, or else the first of `wanted-2`, `wanted-3` … that is not taken; long names are shortened for it.
pub(super) fn free_name(wanted: &Name, taken: impl Fn(&Name) -> bool) -> Name {
    let (mut name, mut number) = (wanted.clone(), 2_u64);
    while taken(&name) {
        let end = format!("-{number}");
        let kept = wanted.as_str().len().min(LONGEST - end.len());
        name = Name::from_title(&format!("{}{end}", &wanted.as_str()[..kept]), wanted.as_str());
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_length_that_is_taken_gets_a_number() {
        for length in [1, 47, 48, 64] {
            let wanted = Name::parse(&"a".repeat(length)).unwrap();
            let mut there = Vec::new();
            for _ in 0..12 {
                let name = free_name(&wanted, |name| there.contains(name));
                assert!(Name::parse(name.as_str()).is_ok() && !there.contains(&name), "{name}");
                there.push(name);
            }
            assert_eq!(there[0], wanted);
            assert!(there[11].as_str().ends_with("a-12"), "{}", there[11]);
        }
    }
}
