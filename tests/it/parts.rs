//! The parts a test may need that Rust does not bring: PostgreSQL, Postfix, Chromium, the corpora.

/// Returns true if `PRESSRUN_TEST_WITHOUT` (a comma-separated list) names the part; says so on standard error.
pub(crate) fn absent(part: &str) -> bool {
    let without = std::env::var("PRESSRUN_TEST_WITHOUT").unwrap_or_default();
    let named = without.split(',').any(|w| w.trim() == part);
    if named {
        eprintln!("left out: PRESSRUN_TEST_WITHOUT names {part}");
    }
    named
}

/// Returns the folder of the corpora, or `None` if they were declared absent; panics with a sentence otherwise.
pub(crate) fn corpora() -> Option<std::path::PathBuf> {
    if absent("corpora") {
        return None;
    }
    let folder = std::env::var_os("PRESSRUN_CORPORA").map(std::path::PathBuf::from);
    assert!(
        folder.as_ref().is_some_and(|f| f.is_dir()),
        "the corpora are not here: set PRESSRUN_CORPORA to their folder, or name corpora in PRESSRUN_TEST_WITHOUT"
    );
    folder
}
