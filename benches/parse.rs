//! How fast a feed is read and its entries are made articles.
//!
//! With `PRESSRUN_BENCH_FEED=path` the document is also written there, for the peers in `benches/peers`.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pressrun::collect::{clean, parse};
use url::Url;

const WORDS: [&str; 24] = [
    "harbour", "the", "of", "ships", "and", "a", "morning", "tide", "café", "in", "Größe", "captain", "to",
    "water", "which", "northern", "light", "was", "île", "rope", "mast", "while", "evening", "quay",
];

fn main() {
    if let Some(path) = std::env::var_os("PRESSRUN_BENCH_FEED") {
        std::fs::write(&path, document()).expect("can be written");
    }
    divan::main();
}

/// A feed of about 150 KB as content systems write it: half of the texts in CDATA, half escaped.
fn document() -> String {
    let mut seed = 7;
    let mut feed = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
        xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
        xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n\
        <title>The Harbour</title>\n<link>https://harbour.example/</link>\n<language>en-GB</language>\n\
        <atom:link href=\"https://harbour.example/feed\" rel=\"self\" type=\"application/rss+xml\"/>\n"
        .to_owned();
    for number in 0..30 {
        let html: String = (0..8).map(|_| paragraph(&mut seed)).collect();
        let content = if number % 2 == 0 { format!("<![CDATA[{html}]]>") } else { escaped(&html) };
        let day = number % 28 + 1;
        write!(
            feed,
            "<item>\n\t<title>{} &#8211; {number}</title>\n\t<link>https://harbour.example/2026/{number}/?utm_source=rss</link>\n\
             \t<guid isPermaLink=\"false\">https://harbour.example/?p={number}</guid>\n\
             \t<pubDate>Thu, {day:02} Oct 2026 08:{number:02}:00 +0000</pubDate>\n\t<dc:creator><![CDATA[Ann Quay]]></dc:creator>\n\
             \t<category><![CDATA[Sea]]></category>\n\t<category><![CDATA[Ships]]></category>\n\
             \t<description><![CDATA[<p>{}</p>]]></description>\n\t<content:encoded>{content}</content:encoded>\n\
             \t<media:content url=\"https://harbour.example/{number}.jpg\" medium=\"image\" width=\"1200\" height=\"800\"/>\n</item>\n",
            words(&mut seed, 8),
            words(&mut seed, 40),
        )
        .expect("fits");
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn paragraph(seed: &mut u32) -> String {
    format!(
        "<p>{}, <a href=\"https://harbour.example/{}\">{}</a> <strong>{}</strong> &amp; {}.</p>\n\
         <figure><img src=\"/pictures/{}.jpg\" alt=\"{}\" width=\"640\" height=\"480\" loading=\"lazy\"></figure>\n",
        words(seed, 22),
        words(seed, 1),
        words(seed, 4),
        words(seed, 2),
        words(seed, 24),
        words(seed, 1),
        words(seed, 3),
    )
}

fn words(seed: &mut u32, count: usize) -> String {
    let next = |_| {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        WORDS[(*seed >> 16) as usize % WORDS.len()]
    };
    (0..count).map(next).collect::<Vec<_>>().join(" ")
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn base() -> Url {
    Url::parse("https://harbour.example/feed").expect("parses")
}

#[divan::bench]
fn parse_alone(bencher: Bencher) {
    let (document, base) = (document(), base());
    bencher
        .counter(BytesCount::of_str(&document))
        .bench(|| parse(black_box(document.as_bytes()), Some("application/rss+xml; charset=UTF-8"), &base));
}

#[divan::bench]
fn parse_and_clean(bencher: Bencher) {
    let (document, base) = (document(), base());
    let now = DateTime::<Utc>::from_timestamp(1_793_534_400, 0).expect("is a date");
    bencher.counter(BytesCount::of_str(&document)).bench(|| {
        let feed = parse(black_box(document.as_bytes()), Some("application/rss+xml; charset=UTF-8"), &base);
        clean(feed.expect("is a feed"), now)
    });
}
