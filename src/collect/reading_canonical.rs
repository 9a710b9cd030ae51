//! Which address a page is believed to have: the one that it calls its own, unless that is another page's.

use url::Url;

use super::link;

/// What is put behind the address of an article for another way of showing it.
#[rustfmt::skip]
const WAYS: [&str; 18] = [
    "amp", "amp.html", "print", "printer", "single", "all", "full", "mobile", "m", "index.html", "index.htm", "index.php",
    "page", "comments", "default.aspx", "story.html", "outputtype", "view",
];
/// Parameters that say what is shown of a page, not which it is.
const OF_SHOWING: [&str; 10] =
    ["page", "p1", "print", "amp", "outputtype", "view", "lang", "mobile", "sort", "showcomments"];

/// True if the page at `url` may be known by the address `found`: of the same site, and not that of a front page, of a
/// section, or of a script without the number that tells its pages apart.
pub(super) fn is_own(found: &Url, url: &Url) -> bool {
    if link::canonical(found) == link::canonical(url) {
        return true;
    }
    let (theirs, ours) = (parts(found), parts(url));
    let Some(last) = theirs.last() else { return names_one(found.query()) && same_query(found, url) };
    if theirs == ours {
        return !loses_number(found, url) || is_name(last);
    }
    // A page of a section has the section's address before its own.
    if ours.starts_with(&theirs) {
        let rest = &ours[theirs.len()..];
        let shown = |part: &String| {
            WAYS.contains(&part.as_str()) || part.bytes().all(|b| b.is_ascii_digit()) && part.len() <= 2
        };
        return is_name(last) || rest.iter().all(shown);
    }
    let stem = |part: &str| {
        part.rsplit_once('.')
            .map_or(part, |(stem, _)| stem)
            .trim_end_matches("-amp")
            .trim_end_matches(".amp")
            .to_owned()
    };
    let shared = ours.iter().any(|part| stem(part) == stem(last) && !is_index(part));
    shared || is_name(last) || names_one(found.query()) || ours.is_empty()
}

/// The parts of a path in lower case.
fn parts(url: &Url) -> Vec<String> {
    url.path().split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

/// True for what is called like an article: several words, a number, another script.
fn is_name(part: &str) -> bool {
    let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
    let digits = stem.bytes().filter(u8::is_ascii_digit).count();
    let dashes = stem.matches(['-', '_']).count();
    let year = stem.len() <= 4 && digits == stem.len();
    !is_index(part) && !year && (dashes >= 2 || digits >= 2 || stem.contains('%') || stem.len() >= 24)
}

fn is_index(part: &str) -> bool {
    matches!(
        part.split('.').next().unwrap_or_default(),
        "index" | "home" | "default" | "main" | "start" | "news"
    )
}

/// True for a query that holds a number.
fn names_one(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.bytes().any(|b| b.is_ascii_digit()))
}

fn same_query(found: &Url, url: &Url) -> bool {
    let numbers = |url: &Url| {
        url.query_pairs()
            .filter(|(_, value)| value.bytes().any(|b| b.is_ascii_digit()))
            .map(|(_, v)| v.into_owned())
            .collect::<Vec<_>>()
    };
    let ours = numbers(url);
    numbers(found).iter().all(|number| ours.contains(number)) || ours.is_empty()
}

/// True if two addresses of one path differ by a number that only `url` has.
fn loses_number(found: &Url, url: &Url) -> bool {
    let kept: Vec<String> = found.query_pairs().map(|(name, _)| name.into_owned()).collect();
    url.query_pairs().any(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let shown =
            OF_SHOWING.contains(&lower.as_str()) || lower.starts_with("utm_") || lower.ends_with("clid");
        !shown && !kept.iter().any(|one| *one == name) && value.bytes().any(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(found: &str, url: &str) -> bool {
        let at = |path: &str| Url::parse("https://harbour.example/").unwrap().join(path).unwrap();
        is_own(&at(found), &at(url))
    }

    #[test]
    fn a_page_is_not_known_by_the_address_of_its_front_page_or_section() {
        for (found, url) in [
            ("/", "/news/2026/market-reopens-in-spring"),
            ("/index.html", "/news/2026/market-reopens-in-spring"),
            ("/news", "/news/2026/market-reopens-in-spring"),
            ("/news/local/", "/news/local/market-reopens-in-spring"),
            ("/politics", "/local/market-reopens"),
            ("/story.php", "/story.php?id=4711"),
            ("/news/index.html", "/news/4711.html"),
            ("/en/", "/en/market"),
        ] {
            assert!(!own(found, url), "{found} of {url}");
        }
    }

    #[test]
    fn another_way_to_the_same_page_is_known_by_the_page() {
        for (found, url) in [
            ("/market", "/market?utm_source=mail"),
            ("/market", "/market/"),
            ("/market-reopens-in-spring", "/market-reopens-in-spring/amp"),
            ("/market", "/market/print"),
            ("/news/market", "/amp/news/market"),
            ("/news/market-reopens-in-spring", "/story.php?id=4711"),
            ("/2026/market", "/m/market.amp.html"),
            ("/story.php?id=4711", "/story.php?id=4711&print=1"),
            ("/market-reopens-in-spring", "/market-reopens-in-spring?part=2"),
            ("/market", "/market/2"),
            ("/?p=4711", "/?p=4711&preview=true"),
        ] {
            assert!(own(found, url), "{found} of {url}");
        }
    }
}
