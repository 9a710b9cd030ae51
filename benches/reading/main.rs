//! The reading bench: article pages of 100 KB, read on one core, beside @mozilla/readability with jsdom.
//!
//! `cargo bench --bench reading`. The pages are in memory on both sides, and both take turns; the peer is given two looks at
//! each page before it is timed. It is installed with npm under target/peers.

#[expect(dead_code, reason = "the benches share it, and each uses a part")]
#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the benches share it, and each uses a part")]
#[path = "../press/figures.rs"]
mod figures;

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pressrun::collect::{index, read};
use url::Url;

use figures::{at_least, commas, median};

const PAGES: u32 = 8;
const ROUNDS: usize = 3;
const SECONDS: u64 = 3;

const WORDS: [&str; 24] = [
    "harbour", "the", "of", "ships", "and", "a", "morning", "tide", "café", "in", "Größe", "captain", "to",
    "water", "which", "northern", "light", "was", "île", "rope", "mast", "while", "evening", "quay",
];

fn main() {
    // Cargo says `--bench` when it benches, and not when it tests: nothing is timed in tests.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("usage: cargo bench --bench reading");
        return;
    }
    let pages: Vec<String> = (0..PAGES).map(|number| page(7 + number)).collect();
    let mean = pages.iter().map(String::len).sum::<usize>() / pages.len();
    println!("{PAGES} pages of {} bytes, medians of {ROUNDS} rounds of {SECONDS} s", commas(mean as f64));
    let at = Url::parse("https://harbour.example/2026/ship").expect("parses");
    let peer = installed();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(a_second(&pages, |page| {
            let reading = read(page.as_bytes(), None, &at);
            assert!(reading.text.len() > 10_000, "a page was not read");
        }));
        if let Ok(peer) = &peer {
            theirs.push(peers(peer, &pages));
        }
    }
    let ours = median(&ours);
    print!("articles read    {} pages/s ({})", commas(ours), at_least(ours, 200.0));
    match &peer {
        Ok(_) => println!(
            "; @mozilla/readability with jsdom {:.1}: {:.0} ×",
            median(&theirs),
            ours / median(&theirs)
        ),
        Err(why) => println!("; the peer is left out: {why}"),
    }
    let listed = a_second(&pages, |page| drop(black_box(index(page.as_bytes(), None, &at, None))));
    println!("indexes listed   {} pages/s", commas(listed));
}

/// How many pages a second are done, one after the other.
fn a_second(pages: &[String], mut what: impl FnMut(&str)) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(SECONDS) {
        for page in pages {
            what(black_box(page));
            count += 1;
        }
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// The pages a second that the peer tells of the same pages.
fn peers(program: &Path, pages: &[String]) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, page) in pages.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.html")), page).expect("a file");
    }
    let mut command = Command::new("node");
    command.arg(program).arg(folder.path()).arg(SECONDS.to_string()).stderr(Stdio::inherit());
    let output = command.output().expect("starts");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("pages a second")
}

/// The peer of the lock file, installed under target/peers.
fn installed() -> Result<PathBuf, String> {
    if !Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Err("npm is not here: install Node.js with npm".to_owned());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (source, home) = (root.join("benches/peers/readability"), root.join("target/peers/readability"));
    std::fs::create_dir_all(&home).expect("a folder");
    for name in ["package.json", "package-lock.json", "read.mjs"] {
        std::fs::copy(source.join(name), home.join(name)).expect("a copy");
    }
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    common::run(Command::new("npm").args(install).current_dir(&home));
    Ok(home.join("read.mjs"))
}

/// A page of about 100 KB as news sites send it: a fifth of it the story, the rest menus, cards and scripts.
fn page(mut seed: u32) -> String {
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
    for _ in 0..52 {
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
    write!(page, "</aside><script>var state = \"{}\";</script></body></html>", words(&mut seed, 6_200))
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
