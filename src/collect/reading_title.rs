//! The headline of a page, without the name of the site that hangs on it.

use super::reading_measures::is_blank;
use super::reading_meta::Meta;
use super::tree::{Kind, Tree};

/// What parts a title from the name of a site.
pub(super) const SEPARATORS: [&str; 9] = [" | ", " - ", " – ", " — ", " \\ ", " / ", " > ", " » ", " · "];
/// More headings are not looked at.
const MOST: usize = 60;
/// A heading that the title knows nothing of is a headline from so many columns on.
const LONE: usize = 15;

/// The headline with the heading that shows it, if there is one.
pub(super) fn of(tree: &Tree<'_>, meta: &Meta, hidden: &[bool]) -> (String, Option<usize>) {
    let headings: Vec<(usize, String)> = headings(tree, hidden);
    let property = || tree_property(tree, "headline", hidden);
    let said = meta.headline().or_else(property);
    let named = said.clone().unwrap_or_else(|| meta.title.clone());
    let shown = |title: &str| {
        let same = |(_, heading): &&(usize, String)| alike(heading, title);
        headings.iter().find(same).map(|(at, _)| *at)
    };
    if let Some(at) = shown(&named) {
        return (named, Some(at));
    }
    // A heading that is the title without its end tells where the title ends.
    let behind_colon = named.rsplit_once(": ").map(|(_, end)| end.to_owned());
    let behind_colon = behind_colon.filter(|end| super::text::columns(end) >= LONE);
    for short in [before_last(&named), after_first(&named), behind_colon].into_iter().flatten() {
        if let Some(at) = shown(&short) {
            return (short, Some(at));
        }
    }
    if headings.iter().all(|(at, _)| tree.name(*at) != "h1") {
        let head = before_last(&named);
        // "Site | Headline" rather than "Headline | Site".
        let tail = after_first(&named).filter(|_| {
            head.as_ref().is_some_and(|h| h.split_whitespace().count() < 3 && super::text::columns(h) < LONE)
        });
        let titles = [Some(named.clone()), tail, head].into_iter().flatten();
        if let Some((title, at)) = titles.into_iter().find_map(|title| shown_as_text(tree, hidden, title)) {
            return (title, Some(at));
        }
    }
    let first = || headings.iter().find(|(at, _)| tree.name(*at) == "h1");
    if said.is_none()
        && let Some((at, heading)) = lone(tree, &headings)
        && !overlap(heading, &meta.title)
    {
        return (heading.to_owned(), Some(at));
    }
    let headline = match said {
        Some(said) => without_site(&said, meta.site().as_deref()),
        None => from_title(&meta.title, &headings, tree),
    };
    match first() {
        Some((at, heading)) if headline.is_empty() => (heading.clone(), Some(*at)),
        Some((at, heading)) if overlap(heading, &headline) => (headline, Some(*at)),
        _ => (headline, None),
    }
}

/// The headings of the first two ranks, in the order of the page.
fn headings(tree: &Tree<'_>, hidden: &[bool]) -> Vec<(usize, String)> {
    let rank = |at: &usize| matches!(tree.name(*at), "h1" | "h2") && !hidden[*at];
    let all = (1..tree.nodes.len()).filter(rank).take(MOST);
    all.map(|at| (at, tree.text(at, &[])))
        .filter(|(_, text)| !text.is_empty() && text.len() < 1_000)
        .collect()
}

/// What shows a title and is no heading by its name: the largest element that holds nothing else.
fn shown_as_text(tree: &Tree<'_>, hidden: &[bool], title: String) -> Option<(String, usize)> {
    if super::text::columns(&title) < LONE {
        return None;
    }
    let longest = title.len() * 2 + 100;
    let elsewhere = |at: usize| {
        tree.ancestors(at).any(|a| hidden[a] || matches!(tree.name(a), "title" | "a" | "nav" | "li"))
    };
    for at in 1..tree.nodes.len() {
        let Kind::Text(written) = &tree.nodes[at].kind else { continue };
        if written.len() > longest || written.trim().is_empty() {
            continue;
        }
        let text = super::text::flowed(&super::entity::decode(written));
        if alike(&text, &title) && !elsewhere(at) {
            let alone = |above: &usize| {
                let mut others = tree.children(*above).filter(|child| !is_blank(tree, *child));
                others.next().is_some() && others.next().is_none() && tree.name(*above) != "body"
            };
            return tree.ancestors(at).take_while(alone).last().map(|above| (title, above));
        }
    }
    None
}

/// The only heading of the first rank, unless it names the site.
fn lone<'h>(tree: &Tree<'_>, headings: &'h [(usize, String)]) -> Option<(usize, &'h str)> {
    let mut all = headings.iter().filter(|(at, _)| tree.name(*at) == "h1");
    let (Some((at, heading)), None) = (all.next(), all.next()) else { return None };
    let home = |a: usize| {
        let href = tree.attribute(a, "href").unwrap_or_default();
        let path = href
            .split_once("://")
            .map_or(href.as_ref(), |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        path.trim_matches(['/', '.']).is_empty() || path.starts_with("/index.") || path.starts_with("index.")
    };
    let above = || tree.ancestors(*at).any(|above| tree.name(above) == "a" && home(above));
    let named = tree.named(*at, "a").any(home) || above();
    let long = super::text::columns(heading) >= LONE && (heading.contains(' ') || !heading.is_ascii());
    (!named && long).then_some((*at, heading.as_str()))
}

/// The text of the first element with an itemprop.
fn tree_property(tree: &Tree<'_>, name: &str, hidden: &[bool]) -> Option<String> {
    let is = |at: &usize| {
        tree.attribute(*at, "itemprop").is_some_and(|all| all.split_whitespace().any(|one| one == name))
            && !hidden[*at]
    };
    let text = (1..tree.nodes.len()).find(is).map(|at| tree.text(at, &[]));
    text.filter(|text| !text.is_empty() && text.len() < 1_000)
}

/// A `<title>` alone: what is before its last separator, if that is long enough to be a title.
fn from_title(title: &str, headings: &[(usize, String)], tree: &Tree<'_>) -> String {
    let words = |text: &str| text.split_whitespace().count();
    let mut found = title.to_owned();
    let mut hierarchical = false;
    if let Some(head) = before_last(title) {
        hierarchical =
            title.contains([' ']) && [" \\ ", " / ", " > ", " » "].iter().any(|sep| title.contains(sep));
        found = if words(&head) < 3 { after_first(title).unwrap_or(head) } else { head };
    } else if let Some((_, after)) = title.rsplit_once(": ") {
        let shown = headings.iter().any(|(_, heading)| heading == title);
        let first = title.split_once(": ").map_or("", |(before, _)| before);
        if !shown {
            found = if words(after) > 3 {
                after.to_owned()
            } else if words(first) <= 5 {
                title.split_once(": ").map_or(title, |(_, after)| after).to_owned()
            } else {
                title.to_owned()
            };
        }
    } else if title.chars().count() > 150 || title.chars().count() < 15 {
        let mut first = headings.iter().filter(|(at, _)| tree.name(*at) == "h1");
        if let (Some((_, only)), None) = (first.next(), first.next())
            && title.is_empty()
        {
            found.clone_from(only);
        }
    }
    // What is left of a short title is no title, unless all that went was the name of a site.
    let signs = |c: char| matches!(c, '|' | '-' | '–' | '—' | '\\' | '/' | '>' | '»');
    let all: String = title.chars().filter(|c| !signs(*c)).collect();
    if words(&found) <= 4 && (!hierarchical || words(&found) + 1 != words(&all)) {
        title.to_owned()
    } else {
        found
    }
}

fn without_site(title: &str, site: Option<&str>) -> String {
    let ends = |head: &String| {
        site.is_some_and(|site| title[head.len()..].to_lowercase().contains(&site.to_lowercase()))
    };
    before_last(title).filter(ends).unwrap_or_else(|| title.to_owned())
}

fn before_last(title: &str) -> Option<String> {
    let at = SEPARATORS.iter().filter_map(|sep| title.rfind(sep)).max()?;
    Some(title[..at].trim().to_owned()).filter(|head| !head.is_empty())
}

fn after_first(title: &str) -> Option<String> {
    let (at, length) = SEPARATORS.iter().filter_map(|sep| title.find(sep).map(|at| (at, sep.len()))).min()?;
    Some(title[at + length..].trim().to_owned()).filter(|tail| !tail.is_empty())
}

/// True if two texts have the same letters.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let letters = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let a = letters(a);
    !a.is_empty() && a == letters(b)
}

/// True if most words of one text are in the other.
fn overlap(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let common = a.iter().filter(|word| b.contains(word)).count();
    common * 4 >= a.len().min(b.len()) * 3 && common > 0
}

#[cfg(test)]
mod tests {
    use crate::collect::read;

    fn headline(title: &str, body: &str) -> String {
        let url = "https://harbour.example/2026/market".parse().expect("an address");
        read(format!("<title>{title}</title><body>{body}<p>It was so.</p>").as_bytes(), None, &url).headline
    }

    #[test]
    fn a_lone_heading_beats_a_title_that_knows_nothing_of_it() {
        let heading = "<h1>Fish market to open again by spring</h1>";
        for title in ["The Quayside Courier - Local News", "The Quayside Courier", ""] {
            assert_eq!(headline(title, heading), "Fish market to open again by spring", "{title}");
        }
        let title = "Fish market to open again by spring";
        for body in [
            "<h1><a href=/>The Quayside Courier</a></h1>",
            "<h1>Courier</h1>",
            "<h1>One more day</h1><h1>Two</h1>",
        ] {
            assert_eq!(headline(title, body), title, "{body}");
        }
    }
}
