//! The parts a test may need that Rust does not bring: PostgreSQL, Postfix, Chromium, verifiers of DKIM, a small
//! file system, systemd-analyze, the corpora.

/// Returns true if `PRESSRUN_TEST_WITHOUT` (a comma-separated list) names the part; says so on standard error.
pub(crate) fn absent(part: &str) -> bool {
    let without = std::env::var("PRESSRUN_TEST_WITHOUT").unwrap_or_default();
    let named = without.split(',').any(|w| w.trim() == part);
    if named {
        eprintln!("left out: PRESSRUN_TEST_WITHOUT names {part}");
    }
    named
}

/// Returns the folder of the corpora, if the environment names one; says so on standard error if not.
pub(crate) fn corpora() -> Option<std::path::PathBuf> {
    let Some(folder) = std::env::var_os("PRESSRUN_CORPORA").map(std::path::PathBuf::from) else {
        eprintln!("left out: PRESSRUN_CORPORA does not name the folder of the corpora");
        return None;
    };
    assert!(folder.is_dir(), "PRESSRUN_CORPORA names {}, which is no folder", folder.display());
    Some(folder)
}
