//! How fast an article page of 100 KB is read.
//!
//! With `PRESSRUN_BENCH_PAGE=path` the page is also written there, for the peer in `benches/peers`.

use std::fmt::Write;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use pressrun::collect::{index, read};
use url::Url;

const WORDS: [&str; 24] = [
    "harbour", "the", "of", "ships", "and", "a", "morning", "tide", "café", "in", "Größe", "captain", "to",
    "water", "which", "northern", "light", "was", "île", "rope", "mast", "while", "evening", "quay",
];

fn main() {
    if let Some(path) = std::env::var_os("PRESSRUN_BENCH_PAGE") {
        std::fs::write(&path, page()).expect("can be written");
    }
    divan::main();
}

/// A page of about 100 KB as news sites send it: a fifth of it the story, the rest menus, cards and scripts.
fn page() -> String {
    let mut seed = 7;
    let mut page = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>The ship that came back | The Harbour</title>\
        <meta property=\"og:type\" content=\"article\"><meta property=\"og:title\" content=\"The ship that came back\">\
        <meta property=\"og:image\" content=\"/pictures/ship.jpg\">\
        <script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"headline\":\"The ship that came back\",\"author\":{\"name\":\"Ann Quay\"}}</script>\
        </head><body><nav><ul>"
        .to_owned();
    for number in 0..60 {
        write!(
            page,
            "<li class=\"menu-item\"><a href=\"/section/{number}\">{}</a></li>",
            words(&mut seed, 2)
        )
        .expect("fits");
    }
    page.push_str("</ul></nav><main class=\"layout\"><article class=\"story\"><h1>The ship that came back</h1><p class=\"byline\">By Ann Quay</p>");
    page.push_str("<figure><img src=\"/pictures/ship.jpg\" width=1200 height=800 alt=\"A ship\"><figcaption>A ship. Photo: Bo</figcaption></figure><div class=\"body\">");
    for _ in 0..40 {
        writeln!(
            page,
            "<p>{}, <a href=\"/{}\">{}</a> {}.</p>",
            words(&mut seed, 40),
            words(&mut seed, 1),
            words(&mut seed, 2),
            words(&mut seed, 24)
        )
        .expect("fits");
    }
    page.push_str("</div></article></main><aside><h3>Popular Articles</h3>");
    for number in 0..120 {
        writeln!(
            page,
            "<div class=\"card card--small\" data-id=\"{number}\"><a class=\"card__link\" href=\"/2026/story-{number}\"><img class=\"card__image\" loading=\"lazy\" \
             src=\"/thumbs/{number}.jpg\" alt=\"\" width=\"300\" height=\"200\"><h4 class=\"card__title\">{}</h4></a><span class=\"card__meta\">{} minutes ago</span></div>",
            words(&mut seed, 9), number,
        )
        .expect("fits");
    }
    write!(page, "</aside><script>var state = \"{}\";</script></body></html>", words(&mut seed, 5_000))
        .expect("fits");
    page
}

fn words(seed: &mut u32, count: usize) -> String {
    let next = |_| {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        WORDS[(*seed >> 16) as usize % WORDS.len()]
    };
    (0..count).map(next).collect::<Vec<_>>().join(" ")
}

fn at() -> Url {
    Url::parse("https://harbour.example/2026/ship").expect("parses")
}

#[divan::bench]
fn read_an_article(bencher: Bencher) {
    let (page, at) = (page(), at());
    bencher
        .counter(BytesCount::of_str(&page))
        .counter(ItemsCount::new(1_usize))
        .bench(|| read(black_box(page.as_bytes()), None, &at));
}

#[divan::bench]
fn list_an_index(bencher: Bencher) {
    let (page, at) = (page(), at());
    bencher
        .counter(BytesCount::of_str(&page))
        .counter(ItemsCount::new(1_usize))
        .bench(|| index(black_box(page.as_bytes()), None, &at, None));
}
