//! The parts of a letter: how large, in which order, and whether text and HTML say the same (RFC 2046 §5.1.4).

use std::collections::HashSet;

use unicode_width::UnicodeWidthStr as _;

use super::lint::{Book, Part, Place, READ, Rule, Severity, short};
use super::lint_links::addresses;
use super::lint_mail::Mail;
use super::lint_tree::Tree;
use crate::model::Passage;

static CLIPPED: Rule = Rule {
    name: "size-clipped",
    severity: Severity::Error,
    why: "Gmail cuts a mail off at about 102 KB, and the unsubscribe link at its end with it.",
    way_out: "Send fewer articles or shorter summaries; in Pressrun html_budget does it. Take out comments and unused styles.",
};
static NEAR: Rule = Rule {
    name: "size-near-clip",
    severity: Severity::Warning,
    why: "Gmail cuts a mail off at about 102 KB; a longer list of links, or a forward, passes it.",
    way_out: "Keep the HTML part under 95 KB.",
};
static UNREAD: Rule = Rule {
    name: "size-unread",
    severity: Severity::Hint,
    why: "Only the first 256 KB of an HTML part are looked at here, and a tag of absurdly many attributes ends it.",
    way_out: "Make the part smaller, then look again.",
};
static NO_TEXT: Rule = Rule {
    name: "text-missing",
    severity: Severity::Error,
    why: "Watches, terminals and readers who want no HTML show the text part; filters give points for its absence.",
    way_out: "Send multipart/alternative with the same in plain text.",
};
static NO_HTML: Rule = Rule {
    name: "html-missing",
    severity: Severity::Hint,
    why: "The mail is plain text; that is fine, if it is meant.",
    way_out: "Add an HTML part after the text, if it should have a layout.",
};
static STUB: Rule = Rule {
    name: "text-stub",
    severity: Severity::Error,
    why: "\"Your client cannot show HTML\" is no equivalent of the mail (RFC 2046 §5.1.4), and filters compare the two.",
    way_out: "Write the same into the text part: titles, words, addresses.",
};
static MARKUP: Rule = Rule {
    name: "text-markup",
    severity: Severity::Warning,
    why: "Tags and entities in the text part are shown as they are.",
    way_out: "Write plain words; turn &amp; into &, drop tags.",
};
static WIDE: Rule = Rule {
    name: "text-line-long",
    severity: Severity::Hint,
    why: "Plain text is shown as it is broken; over 78 columns it is broken again, raggedly.",
    way_out: "Break lines at 78 columns; an address may stand alone on a longer one.",
};
static LINK_LOST: Rule = Rule {
    name: "text-links-missing",
    severity: Severity::Warning,
    why: "Readers of the text cannot go where readers of the HTML can; filters count parts whose links differ.",
    way_out: "Write each address of the HTML part into the text part, whole and on a line of its own.",
};
static LINK_NEW: Rule = Rule {
    name: "text-links-other",
    severity: Severity::Warning,
    why: "The text part leads to places that the HTML part does not know: one of them is out of date.",
    way_out: "Make both parts from the same articles.",
};
static ORDER: Rule = Rule {
    name: "part-order",
    severity: Severity::Error,
    why: "Clients show the last alternative that they can (RFC 2046 §5.1.4): with HTML first all show the text.",
    way_out: "Put text/plain first, text/html last.",
};
static BASE64: Rule = Rule {
    name: "text-base64",
    severity: Severity::Hint,
    why: "Filters give points for plain ASCII that is hidden in base64.",
    way_out: "Encode the text part as quoted-printable.",
};
static ATTACHED: Rule = Rule {
    name: "attachment",
    severity: Severity::Warning,
    why: "Attachments to many are what malware does; they weigh on every mailbox, and many servers hold them back.",
    way_out: "Put the file on the web, and link to it.",
};

pub(super) static RULES: &[&Rule] = &[
    &CLIPPED, &NEAR, &UNREAD, &NO_TEXT, &NO_HTML, &STUB, &MARKUP, &WIDE, &LINK_LOST, &LINK_NEW, &ORDER,
    &BASE64, &ATTACHED,
];

/// Where Gmail cuts, and where it is near, in bytes of the decoded part.
const CLIP: usize = 102 * 1024;
const NEAR_CLIP: usize = 97 * 1000;

/// Checks the size of an HTML part.
pub(super) fn size(html: &str, book: &mut Book) {
    let kilobytes = html.len().div_ceil(1024);
    if html.len() > CLIP {
        book.add(
            &CLIPPED,
            Place::whole(Part::Html),
            format!("{kilobytes} KB of HTML, of which Gmail shows 102"),
        );
    } else if html.len() > NEAR_CLIP {
        book.add(&NEAR, Place::whole(Part::Html), format!("{kilobytes} KB of HTML"));
    }
}

pub(super) fn check(mail: &Mail, tree: Option<&Tree>, book: &mut Book) {
    let whole = Place::whole;
    if tree.is_some_and(|tree| tree.cut) {
        book.add(
            &UNREAD,
            whole(Part::Html),
            format!("what follows the first {} KB, or a senseless tag", READ / 1024),
        );
    }
    match (&mail.html, &mail.text) {
        (Some(_), None) => book.add(&NO_TEXT, whole(Part::Text), "the mail has no text part"),
        (None, _) => book.add(&NO_HTML, whole(Part::Html), "the mail has no HTML part"),
        (Some(_), Some(_)) => {}
    }
    let first = |html: bool| mail.bodies.iter().position(|body| body.html == html);
    let alternative = mail.value("content-type").to_ascii_lowercase().starts_with("multipart/alternative");
    if let (true, Some(html), Some(text)) = (alternative, first(true), first(false))
        && html < text
    {
        book.add(&ORDER, whole(Part::Source), "the HTML part stands before the text part");
    }
    for name in &mail.attached {
        book.add(&ATTACHED, whole(Part::Source), format!("the attachment {}", short(name, 60)));
    }
    let Some(text) = mail.text.as_deref() else { return };
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let encoded = mail.bodies.iter().any(|body| !body.html && body.encoding == "base64");
    if encoded && ascii * 10 > text.len() * 6 {
        book.add(&BASE64, whole(Part::Text), "base64 for words that are mostly ASCII");
    }
    lines(text, book);
    if let Some(tree) = tree {
        same(text, tree, book);
    }
}

fn lines(text: &str, book: &mut Book) {
    for (at, line) in text.lines().enumerate() {
        let place =
            || Place { text: format!("“{}”", short(line, 50)), ..Place::line(Part::Text, at + 1) };
        let address = line.trim_start_matches([' ', '<', '*', '-']).split_whitespace().nth(1).is_none()
            && (line.contains("://") || line.contains("mailto:"));
        if line.width() > 78 && !address {
            book.add(&WIDE, place(), "a line of more than 78 columns");
        }
        if let Some(found) = markup(line) {
            book.add(&MARKUP, place(), format!("{found} in the text part"));
        }
    }
}

/// The first tag or entity of a line that is no address.
fn markup(line: &str) -> Option<String> {
    const TAGS: [&str; 16] = [
        "a", "b", "i", "p", "br", "em", "strong", "div", "span", "table", "tr", "td", "ul", "li", "img", "h2",
    ];
    for (at, _) in line.match_indices('<').take(20) {
        let rest = line[at + 1..].trim_start_matches('/');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let closes = rest[end..].starts_with(['>', '/', ' ']) && rest.contains('>');
        if closes && TAGS.contains(&rest[..end].to_ascii_lowercase().as_str()) {
            return Some(format!("the tag <{}>", &rest[..end]));
        }
    }
    let words = line.split_whitespace().filter(|word| !word.contains("://"));
    let known = ["&nbsp;", "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&mdash;", "&zwnj;"];
    words
        .filter_map(|word| known.iter().find(|entity| word.contains(*entity)))
        .map(|e| format!("the entity {e}"))
        .next()
}

/// Compares words and links of the two parts.
fn same(text: &str, tree: &Tree, book: &mut Book) {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let html = letters(&tree.text_of(0));
    let plain = letters(text);
    if plain < 40 && html > 80 || plain * 10 < html && plain < 400 {
        book.add(&STUB, Place::whole(Part::Text), format!("{plain} letters of text for {html} of HTML"));
        return;
    }
    let written: Vec<&str> = text.split_whitespace().filter_map(address).collect();
    let known: HashSet<&str> = written.iter().copied().collect();
    let links = addresses(tree);
    // Where a link leads through a page that counts, the text has the place behind it: as many as there are such links.
    let through = links.iter().filter(|href| Passage::is_address(href)).count();
    for href in links.iter().filter(|href| !Passage::is_address(href)) {
        if !known.contains(href) {
            let place = Place { text: short(href, 70), ..Place::whole(Part::Text) };
            book.add(&LINK_LOST, place, "an address of the HTML part is not in the text part");
        }
    }
    // Pictures and words may hold addresses as well.
    let shown: HashSet<&str> = links.into_iter().collect();
    let sources: HashSet<&str> = tree.named("img").filter_map(|node| tree.get(node, "src")).collect();
    let words = tree.text_of(0);
    let told: HashSet<&str> = words.split_whitespace().filter_map(address).collect();
    let new =
        written.into_iter().filter(|href| ![&shown, &sources, &told].iter().any(|set| set.contains(href)));
    for href in new.skip(through) {
        let place = Place { text: short(href, 70), ..Place::whole(Part::Text) };
        book.add(&LINK_NEW, place, "an address of the text part is not in the HTML part");
    }
}

/// The address in a word, without the brackets and the punctuation around it.
fn address(word: &str) -> Option<&str> {
    let start = word.find("http://").or_else(|| word.find("https://"))?;
    let bare = word[start..].trim_end_matches(['.', ',', ';', '!', '>', ')', ']', '"', '\'']);
    // A bracket that the address opens itself is its own.
    let opened = bare.contains('(') && word[start + bare.len()..].starts_with(')');
    Some(if opened { &word[start..=start + bare.len()] } else { bare })
}
