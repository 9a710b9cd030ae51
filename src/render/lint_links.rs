//! Links: where they lead, and whether their words say so.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use url::{Host, Url};

use super::lint::{Book, Part, Rule, Severity, short};
use super::lint_style::Styled;
use super::lint_tree::Tree;

static RELATIVE: Rule = Rule {
    name: "link-relative",
    severity: Severity::Error,
    why: "A mail has no address that a link could be relative to; it leads nowhere.",
    way_out: "Write the whole address, beginning with https://.",
};
static SCHEME: Rule = Rule {
    name: "link-scheme",
    severity: Severity::Error,
    why: "Clients drop links that run, hold or open something else than a page or a mail; filters count them.",
    way_out: "Link with https:, mailto: or tel: only.",
};
static BROKEN: Rule = Rule {
    name: "link-broken",
    severity: Severity::Error,
    why: "What is no address opens nothing, or something else in every client.",
    way_out: "Escape blanks as %20 and check the host's name.",
};
static INSECURE: Rule = Rule {
    name: "link-insecure",
    severity: Severity::Hint,
    why: "Browsers warn of pages without https, and anybody on the way can read and change them.",
    way_out: "Use the https address, if the site has one.",
};
/// The rule about links that lead to this machine or network.
pub const LOCAL_LINK: &str = "link-local";
static LOCAL: Rule = Rule {
    name: LOCAL_LINK,
    severity: Severity::Warning,
    why: "The address works on the machine, or in the network, where the mail was made, and for no reader.",
    way_out: "Use the public address: for an article, the one in its feed; for the mail's own links, in Pressrun, public_url.",
};
static ADDRESS: Rule = Rule {
    name: "link-to-number",
    severity: Severity::Warning,
    why: "A link to a bare IP address is what phishing looks like; filters count it.",
    way_out: "Use the name of the host.",
};
static NOWHERE: Rule = Rule {
    name: "link-nowhere",
    severity: Severity::Warning,
    why: "A link without an address, or to #, does nothing when it is clicked.",
    way_out: "Give it an address, or make it plain words.",
};
static FRAGMENT: Rule = Rule {
    name: "link-fragment",
    severity: Severity::Hint,
    why: "Jumps inside a mail do not work in Gmail's apps and in Outlook.com.",
    way_out: "Do without, or link to the web copy.",
};
static EMPTY: Rule = Rule {
    name: "link-empty",
    severity: Severity::Error,
    why: "A link without words cannot be seen with pictures off, and a screen reader spells its address.",
    way_out: "Give it words, or its picture an alt text.",
};
static VAGUE: Rule = Rule {
    name: "link-vague",
    severity: Severity::Warning,
    why: "Screen readers list links without the sentence around them; \"click here\" says nothing there.",
    way_out: "Link the words that name what is behind it: the title, the place.",
};
static AMBIGUOUS: Rule = Rule {
    name: "link-ambiguous",
    severity: Severity::Hint,
    why: "Two links of the same words that lead to different places cannot be told apart in a list of links.",
    way_out: "Let the words of each say where it leads.",
};
static LYING: Rule = Rule {
    name: "link-lies",
    severity: Severity::Warning,
    why: "Words that show one address and lead to another are how phishing works; filters and Thunderbird warn of it.",
    way_out: "Show the address that it leads to, or words that are no address.",
};
static SHORTENED: Rule = Rule {
    name: "link-shortened",
    severity: Severity::Warning,
    why: "Shorteners hide where a link leads; blocklists hold many of their names.",
    way_out: "Use the address behind it.",
};

pub(super) static RULES: &[&Rule] = &[
    &RELATIVE, &SCHEME, &BROKEN, &INSECURE, &LOCAL, &ADDRESS, &NOWHERE, &FRAGMENT, &EMPTY, &VAGUE,
    &AMBIGUOUS, &LYING, &SHORTENED,
];

/// Words that say nothing of where a link leads.
const SAYS_NOTHING: [&str; 19] = [
    "click here",
    "click",
    "here",
    "read more",
    "more",
    "learn more",
    "link",
    "this",
    "this link",
    "go",
    "details",
    "continue",
    "read",
    "see more",
    "find out more",
    "hier",
    "hier klicken",
    "mehr",
    "weiterlesen",
];
const SHORTENERS: [&str; 12] = [
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "t.co",
    "ow.ly",
    "is.gd",
    "buff.ly",
    "cutt.ly",
    "rebrand.ly",
    "rb.gy",
    "t.ly",
    "shorturl.at",
];

pub(super) fn check(tree: &Tree, light: &Styled, book: &mut Book) {
    let mut named = Vec::new();
    for node in tree.elements().filter(|node| matches!(tree.name(*node), "a" | "area")) {
        let href = match tree.get(node, "href").map(str::trim) {
            None if tree.get(node, "name").is_some() || tree.get(node, "id").is_some() => continue,
            None | Some("" | "#") => {
                book.add(&NOWHERE, tree.place(node), "a link without an address");
                continue;
            }
            Some(href) => href,
        };
        address(tree, node, href, book);
        if !light.looks[node].hidden {
            let words = words(tree, node);
            said(tree, node, &words, href, book);
            named.push((node, words.to_lowercase(), href));
        }
    }
    ambiguous(tree, &named, book);
}

/// Finds links of the same words to different places, unless another link says what is at that place.
fn ambiguous(tree: &Tree, named: &[(usize, String, &str)], book: &mut Book) {
    let telling = |name: &str| {
        name.chars().filter(|c| c.is_alphabetic()).count() > 2 && !SAYS_NOTHING.contains(&plain(name))
    };
    let (mut places, mut names) = (HashMap::new(), HashMap::<&str, HashSet<&str>>::new());
    for (_, name, href) in named.iter().filter(|(_, name, _)| telling(name)) {
        names.entry(href).or_default().insert(name);
    }
    for (node, name, href) in named.iter().filter(|(_, name, _)| telling(name)) {
        if names.get(href).is_some_and(|names| names.len() > 1) {
            continue;
        }
        let first = places.entry(name.as_str()).or_insert(*href);
        if first != href {
            book.add(
                &AMBIGUOUS,
                tree.place(*node),
                format!("“{}” leads to more than one place", short(name, 50)),
            );
        }
    }
}

/// What a screen reader says of a link: its words and the alt texts in it, or its label.
fn words(tree: &Tree, node: usize) -> String {
    if let Some(label) = tree.get(node, "aria-label").filter(|label| !label.trim().is_empty()) {
        return label.trim().to_owned();
    }
    let mut said = String::new();
    for inside in tree.near(node) {
        said.push_str(tree.words(inside).or_else(|| tree.get(inside, "alt")).unwrap_or_default());
        said.push(if tree.words(inside).is_some() { '\u{0}' } else { ' ' });
    }
    let shown = |c: char| {
        c != '\u{0}'
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{2066}'..='\u{2069}')
    };
    said.chars().filter(|c| shown(*c)).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(words: &str) -> &str {
    words.trim_matches(|c: char| !c.is_alphanumeric())
}

fn said(tree: &Tree, node: usize, words: &str, href: &str, book: &mut Book) {
    if words.is_empty() {
        book.add(&EMPTY, tree.place(node), "a link without words");
    } else if SAYS_NOTHING.contains(&plain(&words.to_lowercase())) {
        book.add(&VAGUE, tree.place(node), format!("a link that reads “{words}” alone"));
    }
    let shown = plain(words).to_ascii_lowercase();
    let looks_like_one =
        shown.starts_with("http://") || shown.starts_with("https://") || shown.starts_with("www.");
    if looks_like_one && !shown.contains(' ') {
        let shown = if shown.starts_with("www.") { format!("https://{shown}") } else { shown };
        let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(bare_host));
        let (there, here) = (host(href), host(&shown));
        if here.is_some() && there != here {
            let there = there.unwrap_or_else(|| href.to_owned());
            book.add(
                &LYING,
                tree.place(node),
                format!("“{}” leads to {}", short(words, 50), short(&there, 50)),
            );
        }
    }
}

fn bare_host(host: &str) -> String {
    host.trim_start_matches("www.").trim_end_matches('.').to_owned()
}

/// Checks where a link or a picture comes from.
fn address(tree: &Tree, node: usize, href: &str, book: &mut Book) {
    let place = || tree.place(node);
    if href.starts_with('#') {
        book.add(&FRAGMENT, place(), "a jump inside the mail");
        return;
    }
    // Fields of mail merge are addresses only when the letter is made.
    if href.starts_with(['{', '[', '*', '%']) || href.chars().all(|c| c >= '\u{f0000}') {
        return;
    }
    let Some((scheme, rest)) = scheme(href) else {
        book.add(&RELATIVE, place(), format!("the address `{}` is relative", short(href, 60)));
        return;
    };
    match scheme.as_str() {
        "http" | "https" => {}
        "mailto" if rest.contains('@') => return,
        "tel" | "sms" | "cid" | "webcal" => return,
        _ => {
            book.add(&SCHEME, place(), format!("a link with {scheme}:"));
            return;
        }
    }
    let parsed = Url::parse(href).ok().filter(|_| !href.contains(char::is_whitespace));
    let Some(url) = parsed.filter(|url| url.host().is_some()) else {
        book.add(&BROKEN, place(), format!("`{}` is no address", short(href, 60)));
        return;
    };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    if is_local(&url) {
        book.add(&LOCAL, place(), "an address of this machine or network");
    } else if matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) {
        book.add(&ADDRESS, place(), format!("a link to {host}"));
    } else if scheme == "http" {
        book.add(&INSECURE, place(), "a link without https");
    }
    if SHORTENERS.contains(&bare_host(&host).as_str()) {
        book.add(&SHORTENED, place(), format!("a link through {host}"));
    }
}

/// Splits off the scheme of an address; `None` if it is relative.
pub(super) fn scheme(href: &str) -> Option<(String, &str)> {
    let (scheme, rest) = href.split_once(':')?;
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    valid.then(|| (scheme.to_ascii_lowercase(), rest))
}

/// True for an address that only this machine or network knows.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.')
                || [".localhost", ".local", ".internal", ".lan"].iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback() || address.is_unique_local(),
        None => false,
    }
}

/// The http and https addresses of a document's links, each once, in order.
pub(super) fn addresses(tree: &Tree) -> Vec<&str> {
    let mut known = HashSet::new();
    let links = tree.elements().filter(|node| matches!(tree.name(*node), "a" | "area"));
    let hrefs = links.filter_map(|node| tree.get(node, "href").map(str::trim));
    hrefs
        .filter(|href| href.starts_with("http://") || href.starts_with("https://"))
        .filter(|href| known.insert(*href))
        .collect()
}

/// Tells of an address of the header that only this machine knows.
pub(super) fn tell_local(text: &str, book: &mut Book) -> bool {
    let local = Url::parse(text).is_ok_and(|url| is_local(&url));
    if local {
        book.add(&LOCAL, super::lint::Place::whole(Part::Header), "an address of this machine or network");
    }
    local
}
