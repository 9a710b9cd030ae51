//! Addresses: absolute, http or https, of a bearable length; and the form in which two spellings are one.

use std::borrow::Cow;

use url::Url;

/// Longer addresses are not used as a link: mail and browsers break them.
pub(super) const LONGEST: usize = 2_000;

/// Returns an absolute http(s) address without credentials, at most 2,000 bytes.
pub(super) fn web(written: &str, base: &Url) -> Option<Url> {
    let written = tidy(written);
    if written.is_empty() || written.len() > 4 * LONGEST {
        return None;
    }
    let mut url = base.join(&written).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        // An address with a password in it is a trap, or a secret.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    (url.as_str().len() <= LONGEST).then_some(url)
}

/// Returns what a link in an article may point to: the web, or a mail address.
pub(super) fn target(written: &str, base: &Url) -> Option<String> {
    let tidied = tidy(written);
    if tidied.len() >= 7 && tidied.is_char_boundary(7) && tidied[..7].eq_ignore_ascii_case("mailto:") {
        return Url::parse(&tidied).ok().map(String::from).filter(|url| url.len() <= LONGEST);
    }
    web(&tidied, base).map(String::from)
}

/// Drops what no address holds: line breaks, controls, code points of plane 16.
fn tidy(written: &str) -> Cow<'_, str> {
    let written = written.trim();
    let fits = |c: &char| !c.is_control() && u32::from(*c) < 0x10_0000;
    if written.bytes().all(|b| (b' '..=0x7E).contains(&b)) {
        return Cow::Borrowed(written);
    }
    Cow::Owned(written.chars().filter(fits).collect())
}

/// Returns the address without what varies while the page stays the same: scheme, `www.`, default port,
/// fragment, tracking parameters, a slash at the end.
pub(super) fn canonical(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port =
        url.port().filter(|port| !matches!(port, 80 | 443)).map(|p| format!(":{p}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let pairs = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let query =
        pairs.filter(|pair| !is_tracking(pair.split('=').next().unwrap_or_default())).collect::<Vec<_>>();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{host}{port}{path}{mark}{}", query.join("&"))
}

/// True for parameters that say where a reader came from and nothing of the page.
fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["utm_", "mc_", "pk_", "mtm_", "piwik_", "hsa_", "_hs", "vero_", "oly_"]
        .iter()
        .any(|p| name.starts_with(p))
        || matches!(
            name.as_str(),
            "fbclid"
                | "gclid"
                | "dclid"
                | "msclkid"
                | "yclid"
                | "igshid"
                | "twclid"
                | "mkt_tok"
                | "ref_src"
                | "gbraid"
                | "wbraid"
                | "cmpid"
                | "ncid"
                | "s_cid"
                | "wt_mc"
                | "xtor"
                | "smid"
                | "__twitter_impression"
        )
}

/// True if the address is a site's front door rather than a page of its own.
pub(super) fn is_front_door(url: &Url, site: Option<&Url>) -> bool {
    (url.path().trim_matches('/').is_empty() && url.query().is_none())
        || site.is_some_and(|site| canonical(site) == canonical(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_a_link_and_only_at_a_bearable_length() {
        let base = Url::parse("https://example.org/blog/feed.xml").expect("parses");
        let long = format!("https://example.org/{}", "x".repeat(5000));
        for (written, expected) in [
            ("post/1", Some("https://example.org/blog/post/1")),
            (" //cdn.example.org/a\n b ", Some("https://cdn.example.org/a%20b")),
            ("HTTP://EXAMPLE.ORG", Some("http://example.org/")),
            ("https://user:pw@example.org/x", Some("https://example.org/x")),
            ("javascript:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("mailto:a@example.org", None),
            ("", None),
            (&long, None),
        ] {
            assert_eq!(web(written, &base).as_ref().map(Url::as_str), expected, "{written:?}");
        }
        assert_eq!(target("MailTo:a@example.org", &base).as_deref(), Some("mailto:a@example.org"));
        assert_eq!(target("vbscript:x", &base), None);
    }

    #[test]
    fn spellings_of_one_page_have_one_canonical_form() {
        let same = [
            "https://www.example.org/a/?utm_source=rss&id=1#top",
            "http://example.org:80/a?id=1&fbclid=xyz",
            "https://example.org/a/?id=1&mc_cid=1&mc_eid=2",
        ];
        let forms: Vec<String> = same.iter().map(|u| canonical(&Url::parse(u).expect("parses"))).collect();
        assert!(forms.iter().all(|form| form == "example.org/a?id=1"), "{forms:?}");
        let other = Url::parse("https://example.org/a?id=2").expect("parses");
        assert_ne!(canonical(&other), forms[0]);
    }
}
