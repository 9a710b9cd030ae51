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

/// Looks among the last blocks for one that holds what reads like an address.
fn postal(tree: Option<&Tree>, text: Option<&str>, book: &mut Book) {
    let Some(tree) = tree else {
        let last: Vec<&str> =
            text.unwrap_or_default().split("\n\n").map(str::trim).filter(|p| !p.is_empty()).collect();
        if !last.iter().rev().take(FOOT).any(|paragraph| address_in(paragraph).is_some()) {
            book.add(&POSTAL, Place::whole(Part::Text), "nothing at the end reads like a postal address");
        }
        return;
    };
    let leaves: Vec<usize> = tree.elements().filter(|node| is_leaf(tree, *node)).collect();
    let found = leaves.iter().rev().take(FOOT).find_map(|node| {
        let address = address_in(&lines_of(tree, *node))?;
        // Beside links stand other words too: there an address has a number.
        (!linked(tree, *node) || numbered(&address)).then_some((*node, address))
    });
    let Some((node, address)) = found else {
        book.add(&POSTAL, Place::whole(Part::Html), "nothing at the end reads like a postal address");
        return;
    };
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    if text.is_some_and(|text| !letters(text).contains(&letters(&address))) {
        book.add(&POSTAL_TEXT, tree.place(node), "the postal address is not in the text part");
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

/// The words of a block outside its links, which are lines of their own.
fn lines_of(tree: &Tree, node: usize) -> String {
    let (mut lines, mut at) = (String::new(), node);
    while at < tree.nodes[node].end {
        if matches!(tree.name(at), "br" | "a") {
            lines.push('\n');
        }
        if tree.name(at) == "a" {
            at = tree.nodes[at].end;
            continue;
        }
        lines.push_str(tree.words(at).unwrap_or_default());
        at += 1;
    }
    lines
}

/// What reads like a postal address: the whole text, one sentence or one line of it. Addresses of the web are none.
fn address_in(text: &str) -> Option<String> {
    let (mut whole, mut sentences, mut sentence) = (String::new(), Vec::new(), String::new());
    for word in text.split_inclusive(char::is_whitespace) {
        let end = word.trim_end();
        let word = if end.contains("://") { "\n" } else { word };
        whole.push_str(word);
        sentence.push_str(word);
        if end.ends_with(['.', '!', '?', ':']) {
            sentences.push(std::mem::take(&mut sentence));
        }
    }
    sentences.push(sentence);
    let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    let all = std::iter::once(whole).chain(sentences).chain(lines);
    all.map(|text| text.trim().to_owned()).find(|text| is_postal(text))
}

/// True for names and numbers between commas or on lines, or for a line that has a number and no verb to be seen. What
/// looks like one is taken for one: who has an address must not be told that there is none.
fn is_postal(text: &str) -> bool {
    /// The most words between two commas of an address.
    const WORDS: usize = 6;
    let alphanumeric = |piece: &str| piece.chars().filter(|c| c.is_alphanumeric()).count();
    let pieces: Vec<&str> = text
        .split(['\n', ',', '，', '،', '、', '·', '|', '–', '—', ';', '•'])
        .filter(|piece| alphanumeric(piece) > 1)
        .collect();
    if text.chars().count() > 300 || alphanumeric(text) < 6 {
        return false;
    }
    let brief = pieces.iter().all(|piece| piece.split_whitespace().count() <= WORDS);
    match (pieces.len(), numbered(text)) {
        (2.., true) => brief,
        (2.., false) => brief && !text.ends_with(['.', '!', '?', '…', '。', ':']),
        (_, true) => brief && is_line_of_names(text),
        (_, false) => false,
    }
}

/// True if there is a number that is no year.
fn numbered(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_numeric()).filter(|number| !number.is_empty());
    let year = |number: &str| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    numbers.into_iter().any(|number| !year(number))
}

/// True if all words of some length begin with a capital or a digit, or belong to a script without capitals and make no
/// sentence.
fn is_line_of_names(text: &str) -> bool {
    let ends = text.ends_with(['!', '?', '…', '。', '！', '？', ':']);
    let mut words =
        text.split_whitespace().map(|word| word.trim_start_matches(|c: char| !c.is_alphanumeric()));
    !ends && words.all(|word| word.chars().count() <= 3 || !word.starts_with(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_however_it_is_written() {
        for address in [
            "Acme Ltd, 4 Quay Street, Port Ellery.",
            "The Harbour Press, Quay 7, 20457 Hamburg",
            "The Harbour Press\nQuayside\nPort Ellery",
            "〒105-0011 東京都港区芝公園4-2-8",
            "東京都港区芝公園４丁目２番８号",
            "Postfach 12 Berlin",
            "P.O. Box 17 Port Ellery",
            "Bahnhofstr. 4, 9000 St. Gallen",
            "شارع الميناء 7، الإسكندرية",
            "You get this because you asked for it. Acme Ltd, 4 Quay Street, Port Ellery.",
            "Unwanted?\n\nAcme, 4 Quay Street",
        ] {
            assert!(address_in(address).is_some(), "{address}");
        }
        for words in [
            "",
            "Thank you for reading.",
            "You get this mail because you asked for it on 4 May, and you can leave at any time.",
            "© 2026 The Harbour Press",
            "Read 12 more stories on the web",
            "https://harbour.example/4, https://harbour.example/5",
            "この号には記事が12本あります。",
        ] {
            assert_eq!(address_in(words), None, "{words}");
        }
    }
}
