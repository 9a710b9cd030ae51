//! What hostile pages cost: however a page is built, one that is four times as long takes four times as many steps.

use url::Url;

use super::index::index;
use super::reading::read;
use super::selector;
use super::tree::{Tree, steps};
use crate::model::Selector;

/// No page takes more steps, for each byte of it.
const MOST_PER_BYTE: usize = 1_500;
/// So many times as many steps for a page that is four times as long; a square would be sixteen.
const GROWTH: f64 = 5.0;

const PARAGRAPH: &str = "<p>The council voted on Tuesday night to reopen the old market, ending a long dispute about the wall that \
    stands, more or less, between the harbour and the town, and has for nine years.</p>";

/// Pages as `n` grows: in front of the article, so often a part, and behind it.
const SHAPES: [(&str, &str, &str, &str); 47] = [
    ("headings", "", "<h2>Most read</h2><i></i>", ""),
    ("strong headings", "<div>", "<p><strong>Trending</strong> now</p>", "</div>"),
    ("headings with links", "", "<div><h3>Most read</h3><a href=/a/b-c-d>One two three</a></div>", ""),
    (
        "headed lists",
        "",
        "<div><h3>Most read</h3><a href=/a/b-c>One two</a><a href=/a/b-d>One three</a></div>",
        "",
    ),
    (
        "popular boxes",
        "",
        "<div class=popular><a href=/a/b-c>one two</a><a href=/a/b-d>one three</a></div>",
        "",
    ),
    ("empty popular boxes", "<div class=popular>", "<div class=popular></div>", ""),
    ("nested popular boxes", "", "<section class=popular>", "<a href=/x/y>a b</a>"),
    ("spans", "", "<span>Most read</span>", ""),
    ("signed spans", "<p>", "<span class=related>Related stories</span>", "</p>"),
    ("links", "<div>", "<a href=/news/2026/story-number-of-1>Story number of one here</a>", "</div>"),
    ("bare links", "<div>", "<a>x</a><!-- -->", "</div>"),
    ("links behind blanks", "<div> <!-- --> <!-- --> ", " <!-- --><a>x</a>", "</div>"),
    ("nested links", "", "<div><a href=/news/2026/story-number-of-1>Story number of one", ""),
    (
        "cards",
        "<main>",
        "<article><h2><a href=/a/b-c-d>Story of one two</a></h2><p>Hi, and so, on it goes.</p></article>",
        "</main>",
    ),
    (
        "cards with times",
        "<ul>",
        "<li><a href=/n/2026/story-of-one>Story of one</a><time datetime=2026-11-22></time></li>",
        "</ul>",
    ),
    ("inputs", "<div><div><div><div>", "<input>", ""),
    ("deep inputs", "", "<div><input>", ""),
    ("forms", "<div>", "<form><input type=email></form>", "</div>"),
    ("nested forms", "", "<form><div>", ""),
    ("lists behind a heading", "<div><h3>Related</h3>", "<ul><li>x</ul>", "</div>"),
    ("headings over lists", "<div>", "<h3>Related stories</h3><ul><li>x</ul>", "</div>"),
    ("blank headings", "<div>", "<h3>Related stories</h3> <!-- --> ", "</div>"),
    ("deep blocks", "", "<div>", ""),
    ("deep paragraphs", "", "<div class=c><p>Some words, here, in it, and a few more of them.</p>", ""),
    ("wrapped paragraphs", "<div>", "<div><p>Some words, here, in it, and more of them.</p></div>", "</div>"),
    ("commented blanks", "<div>", " <!-- -->", "<p>Some words, here, in it, and more of them.</p></div>"),
    ("lines", "<div>", "Some words, here, in it, and more of them.<br><hr>", "</div>"),
    ("short paragraphs", "", "<p>x</p>", ""),
    ("headers", "", "<header><p>x</p></header>", ""),
    ("nested headers", "", "<header>", ""),
    ("titles", "", "<h1>Title one two three</h1>", ""),
    ("bylines", "", "<span class=byline rel=author>By Jo Bloggs</span>", ""),
    ("dated bylines", "", "<span class=byline>12 <time>x</time></span>", ""),
    ("bylines without a sign", "", "<p>By Jo Bloggs</p>", ""),
    ("dates", "", "<div class=date>22 November 2026</div>", ""),
    ("times", "", "<time datetime=x>x</time>", ""),
    ("figures", "", "<figure><img src=x.jpg><figcaption>cap (Photo: Jo)</figcaption></figure>", ""),
    ("nested figures", "", "<figure>", "<img src=x.jpg>"),
    ("credits", "<img src=a.jpg width=900 height=600>", "<span class=credit>Photo: x</span>", ""),
    ("crumbs", "", "<nav class=breadcrumb><a>News</a></nav>", ""),
    ("categories", "", "<a rel=category>News</a>", ""),
    ("tables", "<table>", "<tr><td>x</td></tr>", "</table>"),
    ("nested tables", "", "<table><tr><td>", ""),
    ("walls", "", "<div class=paywall><p>Subscribe to continue reading</p></div>", ""),
    ("declared bodies", "", "<div itemprop=articleBody>", ""),
    ("empty spans and deks", "<i></i>", "<i></i><span>A line that could be a dek</span>", ""),
    ("shares", "", "<div class=share><b>", ""),
];

const SELECTORS: [&str; 8] =
    ["* a", "p ~ p", "p + p a", "div > :first-child", ":last-child", "* ~ * ~ a", "* * * a", "*:not(a)"];

/// The page of a shape: the article first, last, or round the parts.
fn pages((_, before, part, after): (&str, &str, &str, &str), times: usize) -> [String; 3] {
    let parts = format!("{before}{}{after}", part.repeat(times));
    let (title, text) = ("<h1>Market to reopen in spring</h1>", PARAGRAPH.repeat(4));
    [
        format!("<html><body><article>{title}{text}</article>{parts}</body></html>"),
        format!("<html><body>{parts}<article>{title}{text}</article></body></html>"),
        format!("<html><body><article>{title}{parts}{text}</article></body></html>"),
    ]
}

/// A page on which everything is in an element with so many attributes.
fn heavy(times: usize) -> String {
    let attributes = "a=b ".repeat(times);
    let parts =
        "<span class=byline>12</span><li><a href=/n/2026/story-of-one>Story of one</a></li>".repeat(times);
    format!("<html><body><div {attributes}>{parts}{}</div></body></html>", PARAGRAPH.repeat(4))
}

fn steps_of(html: &str, work: impl Fn(&str)) -> usize {
    steps::taken_by(|| work(html))
}

/// Fails if `work` grows faster than its page.
fn grows_with_its_page(name: &str, shape: (&str, &str, &str, &str), times: usize, work: impl Fn(&str)) {
    // Each shape stands in one place, and all of them in all places.
    let place = shape.0.len() % 3;
    for (short, long) in pages(shape, times).iter().zip(&pages(shape, 4 * times)).skip(place).take(1) {
        let (few, many) = (steps_of(short, &work), steps_of(long, &work));
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let growth = many as f64 / few as f64;
        let what = format!("{name} of {} ({place}): {few} steps, then {many}", shape.0);
        assert!(growth <= GROWTH, "{what}");
        assert!(many <= MOST_PER_BYTE * long.len(), "{what} for {} bytes", long.len());
    }
}

fn url() -> Url {
    Url::parse("https://harbour.example/news/2026/market-to-reopen").unwrap()
}

#[test]
fn reading_a_hostile_page_takes_steps_in_proportion_to_its_length() {
    for shape in SHAPES {
        grows_with_its_page("reading", shape, 800, |html| drop(read(html.as_bytes(), None, &url())));
    }
}

#[test]
fn looking_through_a_hostile_index_takes_steps_in_proportion_to_its_length() {
    for shape in SHAPES {
        grows_with_its_page("index", shape, 800, |html| drop(index(html.as_bytes(), None, &url(), None)));
    }
}

#[test]
fn a_selector_looks_at_each_element_a_few_times() {
    for shape in SHAPES {
        for written in SELECTORS {
            let selector = Selector::parse(written).unwrap();
            grows_with_its_page(written, shape, 200, |html| {
                drop(selector::find(&selector, &Tree::new(html)));
            });
        }
    }
}

#[test]
fn a_selected_link_is_found_without_looking_twice() {
    let selector = Selector::parse("div, p, span").unwrap();
    for shape in SHAPES {
        let work = |html: &str| drop(index(html.as_bytes(), None, &url(), Some(&selector)));
        grows_with_its_page("selecting", shape, 800, work);
    }
}

#[test]
fn a_tag_with_many_attributes_is_not_read_again_for_each_element_in_it() {
    let work = |html: &str| {
        drop(read(html.as_bytes(), None, &url()));
        drop(index(html.as_bytes(), None, &url(), None));
    };
    let (few, many) = (steps_of(&heavy(500), work), steps_of(&heavy(2_000), work));
    assert!(many <= 5 * few, "{few} steps, then {many}");
}
