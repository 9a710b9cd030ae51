//! What the configuration gives to another room is what that room takes.

use crate::desk::Desk;

/// A configuration with lines at the top, a list with more keys, and a digest of each of these domains.
fn desk(top: &str, list: &str, domains: &[&str]) -> Desk {
    let digest = |(name, domain): (char, &&str)| {
        format!(
            "[digests.{name}]\ntitle = \"T\"\nfrom = \"news@{domain}\"\npostal_address = \"1 Quay Street\"\n\
             lists = [\"readers\"]\n"
        )
    };
    let digests: String = ('a'..).zip(domains).map(digest).collect();
    Desk::with(format!("{top}\n[lists.readers]\ntitle = \"Readers\"\n{list}\n{digests}"))
}

#[test]
fn no_digest_gets_the_domain_of_another() {
    let two = desk("", "", &["alpha.example", "zeta.example"]).load();
    assert_eq!(two.public_url(), None, "the first of the alphabet is nobody's address");
    assert!(!two.user_agent().contains("example"), "{}", two.user_agent());
    let one = desk("", "", &["zeta.example", "zeta.example"]).load();
    assert!(one.user_agent().ends_with(" (+https://zeta.example/)"), "{}", one.user_agent());
    let given = desk("public_url = \"https://pages.example\"", "", &["alpha.example", "zeta.example"]).load();
    assert_eq!(given.public_url().map(String::from).as_deref(), Some("https://pages.example/"));
}
