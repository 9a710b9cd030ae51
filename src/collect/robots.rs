//! What a site lets robots read (RFC 9309), with the pause that it asks for.

use std::time::Duration;

/// RFC 9309 §2.5: so much of a file is read, in bytes.
pub(super) const LONGEST: usize = 500 * 1024;
/// More rules of one group are not kept.
const MOST_RULES: usize = 5_000;
/// More sitemaps are not kept.
const MOST_SITEMAPS: usize = 20;
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a site's robots.txt says to us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Robots {
    /// Patterns in their order, and whether they allow.
    rules: Vec<(String, bool)>,
    /// The pause between two requests that the site asks for, at most 30 s.
    pub pause: Option<Duration>,
    /// The sitemaps that the site names, as written.
    pub sitemaps: Vec<String>,
}

impl Robots {
    /// Reads a robots.txt for whoever calls itself `agent` (the first word of a User-Agent).
    #[must_use]
    pub fn parse(bytes: &[u8], agent: &str) -> Self {
        let text = String::from_utf8_lossy(beginning(bytes));
        let agent = agent.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        let (mut ours, mut everybody) = (Group::default(), Group::default());
        let mut sitemaps = Vec::new();
        let (mut meant, mut named, mut in_names) = ((false, false), false, false);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().trim_start_matches('\u{FEFF}').to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                // RFC 9309 §2.2.1: names that follow each other begin one group.
                if !in_names {
                    meant = (false, false);
                }
                let us = !agent.is_empty() && value.to_ascii_lowercase() == agent;
                meant = (meant.0 || us, meant.1 || value == "*");
                (named, in_names) = (named || us, true);
                continue;
            }
            if key == "sitemap" {
                if sitemaps.len() < MOST_SITEMAPS {
                    sitemaps.push(value.to_owned());
                }
                continue;
            }
            in_names = in_names && !matches!(key.as_str(), "allow" | "disallow" | "crawl-delay");
            for (group, meant) in [(&mut ours, meant.0), (&mut everybody, meant.1)] {
                if meant {
                    group.take(&key, value);
                }
            }
        }
        let group = if named { ours } else { everybody };
        Self { rules: group.rules, pause: group.pause, sitemaps }
    }

    /// RFC 9309 §2.3.1.4: nothing may be read of a site whose rules cannot be had.
    #[must_use]
    pub fn nothing() -> Self {
        Self { rules: vec![("/".to_owned(), false)], ..Self::default() }
    }

    /// True if an address (path and query) may be read.
    #[must_use]
    pub fn allow(&self, url: &url::Url) -> bool {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = decoded(&format!("{}{query}", url.path()));
        if path == "/robots.txt" {
            return true;
        }
        // RFC 9309 §2.2.2: the longest match counts, and of two as long the one that allows.
        let fitting = self.rules.iter().filter(|(pattern, _)| fits(pattern, &path));
        fitting.max_by_key(|(pattern, allows)| (pattern.len(), *allows)).is_none_or(|(_, allows)| *allows)
    }
}

/// What is read of a file; a line that is cut off could say anything.
fn beginning(bytes: &[u8]) -> &[u8] {
    let Some(read) = bytes.get(..LONGEST).filter(|_| bytes.len() > LONGEST) else { return bytes };
    read.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(&[], |end| &read[..end])
}

#[derive(Debug, Default)]
struct Group {
    rules: Vec<(String, bool)>,
    pause: Option<Duration>,
}

impl Group {
    fn take(&mut self, key: &str, value: &str) {
        match key {
            // An empty Disallow forbids nothing.
            "allow" | "disallow" if !value.is_empty() && self.rules.len() < MOST_RULES => {
                self.rules.push((decoded(value), key == "allow"));
            }
            "crawl-delay" => {
                let seconds =
                    value.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && seconds.is_finite());
                self.pause = seconds
                    .map(|s| Duration::from_secs_f64(s.min(LONGEST_PAUSE.as_secs_f64())))
                    .or(self.pause);
            }
            _ => {}
        }
    }
}

/// RFC 9309 §2.2.2: `%2D` and `-` are one; what is reserved stays as it is.
fn decoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(|code| code.is_ascii_alphanumeric() || b"-._~".contains(code)) {
            Some(code) => {
                out.push(char::from(code));
                rest = &rest[at + 3..];
            }
            None => {
                let end = if code.is_some() { at + 3 } else { at + 1 };
                out.push_str(&rest[at..end].to_ascii_uppercase());
                rest = &rest[end..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// RFC 9309 §2.2.3: `*` is any run of characters, `$` at the end is the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = if whole { parts.pop() } else { None };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => !whole || rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(robots: &str, path: &str) -> bool {
        let url = url::Url::parse("https://harbour.example").unwrap().join(path).unwrap();
        Robots::parse(robots.as_bytes(), "Pressrun/0.1 (+https://x.example)").allow(&url)
    }

    #[test]
    fn the_longest_rule_of_the_group_that_names_us_counts() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-Agent: other\nUser-agent: PRESSRUN # us\nDisallow: /private\nAllow: /private/open\n\
            Disallow: /*.pdf$\nDisallow: /a*b*c\nCrawl-delay: 2.5\nSitemap: https://harbour.example/map.xml\n";
        for (path, expected) in [
            ("/", true),
            ("/private/x", false),
            ("/private/open/x", true),
            ("/x.pdf", false),
            ("/x.pdf?a", true),
            ("/a1b2c3", false),
            ("/a1c2b", true),
            ("/robots.txt", true),
            ("/%70rivate/x", false),
        ] {
            assert_eq!(allows(robots, path), expected, "{path}");
        }
        let read = Robots::parse(robots.as_bytes(), "Pressrun");
        assert_eq!(read.pause, Some(Duration::from_millis(2_500)));
        assert_eq!(read.sitemaps, ["https://harbour.example/map.xml"]);
        assert!(!Robots::parse(robots.as_bytes(), "somebody").allow(&"https://a.example/x".parse().unwrap()));
        for robots in ["", "nonsense", "User-agent: *\nDisallow:", "Disallow: /", "<html>"] {
            assert!(allows(robots, "/x"), "{robots}");
        }
        assert!(!Robots::nothing().allow(&"https://a.example/x".parse().unwrap()));
    }

    #[test]
    fn of_a_long_file_whole_lines_are_read_up_to_the_limit() {
        let rules = "User-agent: *\nDisallow: /no\n";
        let cut = format!("{rules}{}Disallow: /yes", "#\n".repeat((LONGEST - rules.len()) / 2 - 10));
        assert!(cut.len() < LONGEST);
        assert!(!allows(&cut, "/yes/1"), "read to its end");
        let rest = "x".repeat(LONGEST);
        assert!(allows(&format!("{cut}{rest}"), "/yes/1"), "the line goes on behind the limit");
        assert!(!allows(&format!("{cut}{rest}\nAllow: /no"), "/no"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_rules_of_some_kind(bytes in prop::collection::vec(any::<u8>(), 0..300), path in "/[a-c*$%]{0,12}") {
            let text = format!("User-agent: *\nDisallow: {path}\n{}", String::from_utf8_lossy(&bytes));
            let _ = Robots::parse(&bytes, "x").allow(&"https://a.example/x".parse().unwrap());
            prop_assert!(Robots::parse(text.as_bytes(), "x").pause.is_none_or(|pause| pause <= LONGEST_PAUSE));
        }
    }
}
