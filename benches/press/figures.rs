//! Medians, and how figures are told.

/// The middle one of an odd number of figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// A whole number with commas, as in `20,000`.
pub(crate) fn commas(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// A ratio and what became of its goal, as in `0.76 × (goal ≥ 1.0: missed)`.
pub(crate) fn ratio(ratio: f64, goal: f64) -> String {
    let told = if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.1}") };
    format!("{told} × ({})", at_least(ratio, goal))
}

/// What became of a goal that is a least figure.
pub(crate) fn at_least(figure: f64, goal: f64) -> String {
    format!("goal ≥ {goal:?}: {}", met(figure >= goal))
}

/// What became of a goal that is a greatest figure.
pub(crate) fn at_most(figure: f64, goal: f64) -> String {
    format!("goal ≤ {goal:?}: {}", met(figure <= goal))
}

const fn met(is: bool) -> &'static str {
    if is { "met" } else { "missed" }
}
