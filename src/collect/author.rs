//! Names of authors out of `mail (Name)`, `Name <mail>` and their like.

use super::{text, title};
use crate::model::Markup;

/// Returns the names in one line, at most 120 graphemes; `None` if no name was given, only addresses or nothing.
pub(super) fn names(written: &[String]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for author in written.iter().take(20) {
        let name = name(author);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    Some(text::one_line(&names.join(", "), 120)).filter(|line| !line.is_empty())
}

/// The name without its address; empty if there is only the address.
fn name(written: &str) -> String {
    let plain = title::plain(&Markup::Html(written.to_owned()), 120);
    let plain = plain.strip_prefix("mailto:").unwrap_or(&plain);
    let outside: String = match plain.split_once('(') {
        // RSS 2.0: mail@example.org (Name)
        Some((before, inside)) if has_address(before) => inside.replace(')', " "),
        _ => plain.to_owned(),
    };
    let words = outside.split_whitespace().filter(|word| !has_address(word));
    let name = words.collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|c: char| c.is_whitespace() || "<>\"',;".contains(c));
    let paired = name.contains('(') && name.contains(')');
    if paired { name.to_owned() } else { name.trim_matches(['(', ')', ' ']).to_owned() }
}

/// True if a text holds something like `a@b`.
fn has_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(before, after)| {
        before.ends_with(|c: char| c.is_alphanumeric() || "._%+-".contains(c))
            && after.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_an_address_is_not() {
        for (written, expected) in [
            ("me@example.com (Example editor)", Some("Example editor")),
            ("Ann Lee <ann@example.com>", Some("Ann Lee")),
            ("Ann Lee (ann@example.com)", Some("Ann Lee")),
            ("ann@example.com", None),
            ("mailto:ann@example.com", None),
            ("&quot;Ann&quot; O&#39;Neil", Some("Ann\" O'Neil")),
            ("<b>Ann</b>\r\nBcc: x", Some("Ann Bcc: x")),
            ("Ann (Berlin)", Some("Ann (Berlin)")),
            ("@ann", Some("@ann")),
            ("", None),
        ] {
            let got = names(&[written.to_owned()]);
            assert_eq!(got.as_deref(), expected, "{written}");
        }
        assert_eq!(names(&["A".into(), "B".into(), "A".into()]).as_deref(), Some("A, B"));
    }
}
