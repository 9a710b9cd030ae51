//! The way out, and who writes: unsubscribing in header and parts, the postal address, the list.

use super::lint::{Book, Part, Place, Rule, Severity};
use super::lint_elements::BLOCK;
use super::lint_links::tell_local;
use super::lint_mail::Mail;
use super::lint_tree::Tree;

static HEADER: Rule = Rule {
    name: "unsubscribe-header-missing",
    severity: Severity::Error,
    why: "Gmail and Yahoo ask for List-Unsubscribe on mail to many, and show a button for it; without it readers report spam.",
    way_out: "Write List-Unsubscribe: <https://…> with an address that names reader and list (RFC 8058).",
};
static ONE_CLICK: Rule = Rule {
    name: "unsubscribe-one-click",
    severity: Severity::Error,
    why: "Gmail and Yahoo count only what works with one POST: an https address, and List-Unsubscribe-Post (RFC 8058).",
    way_out: "Write one https address in <>, and List-Unsubscribe-Post: List-Unsubscribe=One-Click.",
};
static HTML: Rule = Rule {
    name: "unsubscribe-link-missing",
    severity: Severity::Error,
    why: "A visible way out is asked for by law and by every provider; who finds none presses \"spam\".",
    way_out: "Put a link that says \"Unsubscribe\" into the HTML part, where it can be seen.",
};
static TEXT: Rule = Rule {
    name: "unsubscribe-text-missing",
    severity: Severity::Warning,
    why: "Who reads the text part has no way out.",
    way_out: "Write the address for unsubscribing into the text part.",
};
static POSTAL: Rule = Rule {
    name: "postal-address-missing",
    severity: Severity::Warning,
    why: "The law of many countries (CAN-SPAM, for one) asks for the sender's postal address in mail to many.",
    way_out: "Write name, street and town into the footer; in Pressrun postal_address does it.",
};
static POSTAL_TEXT: Rule = Rule {
    name: "postal-address-not-in-text",
    severity: Severity::Hint,
    why: "Who reads the text part is not told who writes.",
    way_out: "Write the same address at the end of the text part.",
};
static LIST: Rule = Rule {
    name: "list-id-missing",
    severity: Severity::Hint,
    why: "Readers file lists by List-Id (RFC 2919), and providers judge a list by it.",
    way_out: "Write List-Id: The name <name.your.domain>, the same for ever.",
};

pub(super) static RULES: &[&Rule] = &[&HEADER, &ONE_CLICK, &HTML, &TEXT, &POSTAL, &POSTAL_TEXT, &LIST];

/// What links for leaving say, or have in their address.
const LEAVE: [&str; 26] = [
    "unsubscribe",
    "opt out",
    "opt-out",
    "optout",
    "abmelden",
    "abbestellen",
    "austragen",
    "désabonner",
    "désinscrire",
    "desabonner",
    "darse de baja",
    "cancelar la suscripción",
    "cancelar suscripción",
    "baja",
    "disiscriv",
    "annulla iscrizione",
    "uitschrijven",
    "afmelden",
    "avregistrera",
    "avmeld",
    "wypisz",
    "отписаться",
    "הסר",
    "ביטול",
    "إلغاء",
    "退订",
];

/// The last blocks of a page among which the postal address is looked for.
const FOOT: usize = 6;

pub(super) fn check(mail: &Mail, tree: Option<&Tree>, book: &mut Book) {
    if !mail.is_bulk() {
        return;
    }
    let addresses = unsubscribe(mail.value("list-unsubscribe"));
    header(mail, &addresses, book);
    if mail.field("list-id").is_none() {
        book.add(&LIST, Place::whole(Part::Header), "no List-Id");
    }
    if let Some(tree) = tree
        && !leaves(tree, &addresses)
    {
        book.add(&HTML, Place::whole(Part::Html), "no link for unsubscribing");
    }
    if let Some(text) = &mail.text {
        let lower = text.to_lowercase();
        let told = addresses.iter().any(|address| text.contains(address));
        if !told && !LEAVE.iter().any(|word| lower.contains(word)) {
            book.add(&TEXT, Place::whole(Part::Text), "no address for unsubscribing");
        }
    }
    postal(tree, mail.text.as_deref(), book);
}

/// What can be asked of an HTML part alone.
pub(super) fn check_page(tree: &Tree, book: &mut Book) {
    if !leaves(tree, &[]) {
        book.add(&HTML, Place::whole(Part::Html), "no link for unsubscribing");
    }
    postal(Some(tree), None, book);
}

/// The addresses in `<>`.
fn unsubscribe(value: &str) -> Vec<&str> {
    value.split('<').skip(1).filter_map(|rest| rest.split('>').next()).map(str::trim).collect()
}

fn header(mail: &Mail, addresses: &[&str], book: &mut Book) {
    let whole = || Place::whole(Part::Header);
    if mail.field("list-unsubscribe").is_none() {
        book.add(&HEADER, whole(), "no List-Unsubscribe");
        return;
    }
    let web = addresses.iter().filter(|address| address.starts_with("http"));
    let local = web.clone().any(|address| tell_local(address, book));
    let secure = addresses.iter().filter(|address| address.starts_with("https://")).count();
    if secure != 1 && !local {
        book.add(&ONE_CLICK, whole(), format!("{secure} https addresses in List-Unsubscribe, expected one"));
    }
    let post = mail.value("list-unsubscribe-post");
    if post != "List-Unsubscribe=One-Click" {
        let found = if post.is_empty() {
            "no List-Unsubscribe-Post"
        } else {
            "a List-Unsubscribe-Post of other words"
        };
        book.add(&ONE_CLICK, whole(), found);
    }
}

fn leaves(tree: &Tree, addresses: &[&str]) -> bool {
    tree.named("a").any(|node| {
        let href = tree.get(node, "href").unwrap_or_default().trim();
        let lower = href.to_lowercase();
        let words: String = tree.near(node).filter_map(|inside| tree.words(inside)).collect();
        let words = words.to_lowercase();
        let seen = !words.trim().is_empty() || tree.near(node).any(|n| tree.name(n) == "img");
        let said = LEAVE.iter().any(|word| words.contains(word) || lower.contains(word));
        seen && !href.is_empty() && (addresses.contains(&href) || said)
    })
}

/// Looks among the last blocks for one that reads like an address: names and commas or lines, and no sentence.
fn postal(tree: Option<&Tree>, text: Option<&str>, book: &mut Book) {
    let Some(tree) = tree else {
        let last: Vec<&str> =
            text.unwrap_or_default().split("\n\n").map(str::trim).filter(|p| !p.is_empty()).collect();
        if !last.iter().rev().take(FOOT).any(|paragraph| is_postal(paragraph)) {
            book.add(&POSTAL, Place::whole(Part::Text), "nothing at the end reads like a postal address");
        }
        return;
    };
    let leaves: Vec<usize> = tree.elements().filter(|node| is_leaf(tree, *node)).collect();
    let found = leaves
        .iter()
        .rev()
        .take(FOOT)
        .find(|node| !linked(tree, **node) && is_postal(&lines_of(tree, **node)));
    let Some(found) = found else {
        book.add(&POSTAL, Place::whole(Part::Html), "nothing at the end reads like a postal address");
        return;
    };
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    if text.is_some_and(|text| !letters(text).contains(&letters(&lines_of(tree, *found)))) {
        book.add(&POSTAL_TEXT, tree.place(*found), "the postal address is not in the text part");
    }
}

fn linked(tree: &Tree, node: usize) -> bool {
    (node + 1..tree.nodes[node].end).any(|inside| tree.name(inside) == "a")
}

/// A block that holds words and no other block.
fn is_leaf(tree: &Tree, node: usize) -> bool {
    let inside = || node + 1..tree.nodes[node].end;
    BLOCK.contains(&tree.name(node))
        && tree.nodes[node].end - node < 60
        && !inside().any(|n| BLOCK.contains(&tree.name(n)))
        && inside().any(|n| tree.words(n).is_some_and(|words| !words.trim().is_empty()))
}

fn lines_of(tree: &Tree, node: usize) -> String {
    let piece = |n: usize| if tree.name(n) == "br" { "\n" } else { tree.words(n).unwrap_or_default() };
    (node..tree.nodes[node].end).map(piece).collect()
}

fn is_postal(text: &str) -> bool {
    let text = text.trim();
    let pieces = text
        .split(['\n', ',', '،', '、', '·', '|', '–', '—', ';', '•'])
        .filter(|piece| piece.chars().filter(|c| c.is_alphanumeric()).count() > 1);
    let sentence = text.ends_with(['.', '!', '?', '…', '。', ':']) || text.chars().count() > 300;
    !sentence && pieces.count() >= 2 && !text.contains("://")
}
