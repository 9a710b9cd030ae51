//! Index pages: the articles that a front page or a section's page leads to, found by themselves or by a selector.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use url::Url;

use super::index_sponsored::drop_sponsored;
use super::places::Places;
use super::reading_meta::{Meta, same_site};
use super::reading_score::unlikely;
use super::reading_signs::{Said, Signs};
use super::reading_words::{heads_furniture, heads_popular};
use super::sitemap::ListedPage;
use super::tree::{Kind, Tree};
use super::{charset, date, link, page, text, title};
use crate::model::{Language, Markup, Selector};

/// More links are not looked at.
const MOST_LINKS: usize = 5_000;
/// More articles are not found on a page.
const MOST: usize = 300;
/// So many points make a link one to an article.
const ENOUGH: i32 = 5;
/// More lists of what others read are not looked for.
const MOST_BOXES: usize = 20;
/// No heading of one is longer, in bytes as written.
const HEADING: usize = 1_000;
/// Links that are built alike are a list from so many on.
const ALIKE: usize = 3;

/// What an index page lists.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Index {
    /// What the page calls itself.
    pub title: Option<String>,
    /// The language that it declares.
    pub language: Option<Language>,
    /// The feeds that it announces, the best first.
    pub feeds: Vec<Url>,
    /// The articles that it leads to, each once, in the order of the page, without those that are in `popular` alone.
    pub articles: Vec<ListedPage>,
    /// Its list of what others read, in its order.
    pub popular: Vec<ListedPage>,
}

/// Reads an index page found at `url`; with `select`, the links are those that it points at or that are in what it points at.
#[must_use]
pub fn index(bytes: &[u8], content_type: Option<&str>, url: &Url, select: Option<&Selector>) -> Index {
    let html = charset::decode(bytes, content_type);
    let tree = Tree::new(&html);
    let meta = Meta::of(&tree, url);
    let page = Page {
        said: Said::new(&tree),
        tree: &tree,
        meta: &meta,
        url,
        links: Places::of(&tree, "a"),
        times: Places::of(&tree, "time"),
        marks: RefCell::default(),
    };
    let popular_at = page.popular_boxes();
    let popular = page.listed(&page.popular(&popular_at));
    let links = match select {
        Some(select) => page.selected(select),
        None => page.found(&popular_at),
    };
    let mut articles = page.listed(&links);
    if select.is_none() {
        articles = page.with_json(articles);
    }
    let title = meta.site().or_else(|| Some(meta.title.clone())).map(|title| text::one_line(&title, 200));
    Index {
        title: title.filter(|title| !title.is_empty()),
        language: meta.language(),
        feeds: page::announced_feeds(&html, url),
        articles,
        popular,
    }
}

struct Page<'p> {
    tree: &'p Tree<'p>,
    said: Said,
    meta: &'p Meta,
    url: &'p Url,
    links: Places,
    times: Places,
    /// How elements are built, each looked at once.
    marks: RefCell<HashMap<usize, u64>>,
}

/// A link with what is known of it.
struct Link {
    at: usize,
    url: Url,
    points: i32,
    /// How it is built: the elements and classes that it is in.
    built: u64,
}

impl Page<'_> {
    /// The links that a selector means: those it points at, and the first in anything else.
    fn selected(&self, select: &Selector) -> Vec<usize> {
        let tree = self.tree;
        let link = |at: usize| {
            if tree.name(at) == "a" {
                return Some(at);
            }
            let mut inside = self.links.within(tree, at).iter().copied();
            let inside = inside.find(|a| tree.attribute(*a, "href").is_some());
            inside.or_else(|| tree.ancestors(at).find(|above| tree.name(*above) == "a"))
        };
        let mut links: Vec<usize> =
            super::selector::find(select, tree).into_iter().filter_map(link).take(MOST_LINKS).collect();
        let mut seen = HashSet::new();
        links.retain(|at| seen.insert(*at) && self.target(*at).is_some());
        links
    }

    /// Where a link leads, if that is another page.
    fn target(&self, at: usize) -> Option<Url> {
        let href = self.tree.attribute(at, "href")?;
        let mut url = link::web(&href, &self.meta.base)?;
        url.set_fragment(None);
        (link::canonical(&url) != link::canonical(self.url) && !link::is_front_door(&url, None))
            .then_some(url)
    }

    /// The boxes that show what others read, in the order of the page; none is in another.
    fn popular_boxes(&self) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut at = 1;
        while at < self.tree.nodes.len() && found.len() < MOST_BOXES {
            let end = if self.tree.tag(at).is_some() { self.popular_box(at) } else { None };
            found.extend(end.map(|end| (at, end)));
            at = end.unwrap_or(at + 1);
        }
        found
    }

    /// The end of the box that begins at a node.
    fn popular_box(&self, at: usize) -> Option<usize> {
        let tree = self.tree;
        let name = tree.name(at);
        let links = |at: usize| self.links.within(tree, at).len();
        let signed = self.said.both(at).has(Signs::POPULAR)
            && matches!(name, "div" | "section" | "aside" | "ul" | "ol" | "nav");
        if signed && (2..=40).contains(&links(at)) {
            return Some(tree.end(at));
        }
        let heading =
            matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "strong" | "legend")
                || (matches!(name, "div" | "p" | "span") && tree.end(at) - at <= 4);
        if !heading || tree.end(at) - at >= 30 || links(at) > 1 || !self.heads_popular(at) {
            return None;
        }
        // What begins with the heading, as long as it is no more than a list.
        let mut boxed = tree.ancestors(at).take(4).take_while(|above| links(*above) <= 40);
        let outer = boxed
            .find(|above| links(*above) >= 2 && !matches!(tree.name(*above), "body" | "html" | "main"))?;
        let before = self.links.between(outer + 1, at);
        before.iter().all(|link| tree.is_in(at, tree.parent(*link))).then(|| tree.end(outer))
    }

    /// True for a short text that says that others read what follows.
    fn heads_popular(&self, at: usize) -> bool {
        let length = |node: usize| match &self.tree.nodes[node].kind {
            Kind::Text(text) => text.len(),
            Kind::Element(_) | Kind::Raw(_) => 0,
        };
        (at..self.tree.end(at)).map(length).sum::<usize>() <= HEADING
            && heads_popular(&self.tree.text(at, &[]))
    }

    /// The links in boxes of what others read.
    fn popular(&self, boxes: &[(usize, usize)]) -> Vec<usize> {
        let inside = boxes.iter().flat_map(|(from, to)| *from..*to);
        let links = inside.filter(|at| self.tree.name(*at) == "a" && self.target(*at).is_some());
        links.filter(|at| self.words(*at).split_whitespace().count() >= 2).take(MOST).collect()
    }

    /// The links to articles, by what they are called, how they are built and where they lead.
    fn found(&self, popular: &[(usize, usize)]) -> Vec<usize> {
        let dropped = self.furniture();
        let mut links: Vec<Link> = Vec::new();
        let mut at = 1;
        while at < self.tree.nodes.len() && links.len() < MOST_LINKS {
            if dropped[at] {
                at = self.tree.end(at);
                continue;
            }
            let last = popular.partition_point(|(from, _)| *from <= at).checked_sub(1);
            let outside = last.is_none_or(|last| popular[last].1 <= at);
            if self.tree.name(at) == "a" && outside {
                links.extend(self.link(at));
            }
            at += 1;
        }
        let mut alike: HashMap<u64, HashSet<String>> = HashMap::new();
        for link in links.iter().filter(|link| link.points > 0) {
            alike.entry(link.built).or_default().insert(link::canonical(&link.url));
        }
        for link in &mut links {
            link.points += if alike.get(&link.built).is_some_and(|all| all.len() >= ALIKE) { 2 } else { 0 };
        }
        links.into_iter().filter(|link| link.points >= ENOUGH).map(|link| link.at).collect()
    }

    /// What holds no articles: menus, feet, hidden things.
    fn furniture(&self) -> Vec<bool> {
        let tree = self.tree;
        let mut dropped = unlikely(tree, &self.said, false);
        let titles = Places::of(tree, "h1");
        for (at, dropped) in dropped.iter_mut().enumerate().skip(1) {
            let signs = self.said.both(at);
            let site = tree.name(at) == "header"
                && titles.within(tree, at).is_empty()
                && !tree.ancestors(at).any(|a| matches!(tree.name(a), "article" | "main" | "section" | "li"));
            *dropped |=
                matches!(tree.name(at), "nav" | "footer" | "form") || site || signs.has(Signs::CONSENT);
        }
        drop_sponsored(tree, &self.said, &self.links, &mut dropped);
        dropped
    }

    fn link(&self, at: usize) -> Option<Link> {
        let tree = self.tree;
        let url = self.target(at).filter(|url| same_site(url, self.url))?;
        let words = self.words(at);
        let count = words.split_whitespace().count();
        let letters = text::columns(&words);
        let headed = |name: &str| matches!(name, "h1" | "h2" | "h3" | "h4" | "h5");
        let within = tree.ancestors(at).take(3).any(|above| headed(tree.name(above)));
        let holds = (at + 1..tree.end(at)).any(|node| headed(tree.name(node)));
        let card = tree.ancestors(at).take(5).any(|above| matches!(tree.name(above), "article" | "li"));
        let rel = tree.attribute(at, "rel").unwrap_or_default();
        let aside = ["tag", "author", "category", "nofollow", "sponsored", "next", "prev"]
            .iter()
            .any(|word| rel.split_whitespace().any(|one| one == *word));
        let mut points = place(&url);
        points += if within || holds { 3 } else { 0 };
        points += if letters >= 25 || count >= 4 {
            2
        } else if count <= 1 && letters < 15 {
            -3
        } else {
            0
        };
        points += i32::from(card);
        points -= if aside || heads_furniture(&words) { 5 } else { 0 };
        (!words.is_empty()).then(|| Link { at, url, points, built: self.built(at) })
    }

    /// What a link is called: the heading in it, else its text, else its picture's description.
    fn words(&self, at: usize) -> String {
        let tree = self.tree;
        let heading =
            (at + 1..tree.end(at)).find(|node| matches!(tree.name(*node), "h1" | "h2" | "h3" | "h4" | "h5"));
        let words = tree.text(heading.unwrap_or(at), &self.said.hidden);
        if !words.is_empty() {
            return words;
        }
        let alt = tree
            .named(at, "img")
            .find_map(|img| tree.attribute(img, "alt"))
            .or_else(|| tree.attribute(at, "title"));
        alt.map(|alt| text::one_line(&alt, 300)).unwrap_or_default()
    }

    /// The names and classes of what a link is in, as a number.
    fn built(&self, at: usize) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        let mut marks = self.marks.borrow_mut();
        for at in std::iter::once(at).chain(self.tree.ancestors(at).take(3)) {
            marks.entry(at).or_insert_with(|| self.mark(at)).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The name and the first class of an element, as a number.
    fn mark(&self, at: usize) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        self.tree.name(at).hash(&mut hasher);
        let class = self.tree.attribute(at, "class").unwrap_or_default();
        let first = class.split_whitespace().next().unwrap_or_default();
        // Numbers at the end of a class count its elements.
        first.trim_end_matches(|c: char| c.is_ascii_digit()).hash(&mut hasher);
        hasher.finish()
    }

    /// The pages that links lead to, each once, called by the longest of its links.
    fn listed(&self, links: &[usize]) -> Vec<ListedPage> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut pages: Vec<ListedPage> = Vec::new();
        for at in links {
            let Some(url) = self.target(*at) else { continue };
            let words = text::one_line(&self.words(*at), 300);
            let name = Some(words).filter(|words| !words.is_empty() && !heads_furniture(words));
            match places.get(&link::canonical(&url)) {
                Some(place) => {
                    let known = &mut pages[*place].title;
                    let longer = name.as_ref().map(String::len) > known.as_ref().map(String::len);
                    if longer && known.as_ref().is_none_or(|known| known.split_whitespace().count() < 3) {
                        *known = name;
                    }
                }
                None if pages.len() < MOST => {
                    places.insert(link::canonical(&url), pages.len());
                    pages.push(ListedPage { url, title: name, date: self.date(*at), language: None });
                }
                None => {}
            }
        }
        pages
    }

    /// The date in the card that a link is in.
    fn date(&self, at: usize) -> Option<crate::model::Instant> {
        let tree = self.tree;
        let times = |above: usize| self.times.within(tree, above);
        let card = tree.ancestors(at).take(5).take_while(|above| times(*above).len() <= 1);
        let time = card.last().and_then(|card| times(card).first())?;
        tree.attribute(*time, "datetime").as_deref().and_then(date::parse)
    }

    /// The articles with those that the page itself lists in JSON-LD, whose order is the better one.
    fn with_json(&self, found: Vec<ListedPage>) -> Vec<ListedPage> {
        let mut pages: Vec<ListedPage> = Vec::new();
        let mut seen = HashSet::new();
        for (url, name) in self.meta.json.list().into_iter().take(MOST) {
            let Some(url) =
                link::web(&url, &self.meta.base).filter(|url| same_site(url, self.url) && place(url) >= 0)
            else {
                continue;
            };
            if link::canonical(&url) != link::canonical(self.url) && seen.insert(link::canonical(&url)) {
                let known = found.iter().find(|page| link::canonical(&page.url) == link::canonical(&url));
                let name = name.map(|name| title::plain(&Markup::Html(name), 300));
                let title = name.or_else(|| known.and_then(|known| known.title.clone()));
                pages.push(ListedPage {
                    url,
                    title,
                    date: known.and_then(|known| known.date),
                    language: None,
                });
            }
        }
        if pages.len() < ALIKE {
            pages.clear();
            seen.clear();
        }
        pages.extend(found.into_iter().filter(|page| seen.insert(link::canonical(&page.url))));
        pages.truncate(MOST);
        pages
    }
}

/// How much an address looks like that of an article: -5 to 3.
fn place(url: &Url) -> i32 {
    #[rustfmt::skip]
    const LISTS: [&str; 34] = [
        "tag", "tags", "category", "categories", "topic", "topics", "author", "authors", "section", "search", "about", "contact",
        "privacy", "terms", "login", "signin", "signup", "register", "subscribe", "newsletter", "newsletters", "account", "advertise",
        "jobs", "careers", "imprint", "impressum", "help", "faq", "rss", "feed", "page", "user", "users",
    ];
    let parts: Vec<String> =
        url.path().split('/').filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect();
    let Some(last) = parts.last() else { return -5 };
    if LISTS.contains(&parts[0].as_str()) || (LISTS.contains(&last.as_str()) && parts.len() <= 2) {
        return -5;
    }
    if [
        ".jpg", ".jpeg", ".png", ".gif", ".webp", ".pdf", ".zip", ".mp3", ".mp4", ".xml", ".css", ".js",
        ".ics",
    ]
    .iter()
    .any(|end| last.ends_with(end))
    {
        return -5;
    }
    let name = last.rsplit_once('.').map_or(last.as_str(), |(name, _)| name);
    let dashes = name.matches(['-', '_']).count();
    let digits = parts.iter().any(|part| part.bytes().filter(u8::is_ascii_digit).count() >= 1)
        || url.query().is_some_and(|query| query.bytes().any(|b| b.is_ascii_digit()));
    // A percent sign: a name in another script.
    let long = dashes >= 2 || name.contains('%');
    i32::from(digits) + if long { 2 } else { 0 } + i32::from(parts.len() >= 2)
        - i32::from(!digits && !long && parts.len() == 1)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
