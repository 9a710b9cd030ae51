//! How long an edition takes to become a message: HTML with its styles inline, and the text, both written.

#[path = "../tests/it/rendering/sample.rs"]
#[expect(dead_code, reason = "the promises use more of it")]
mod sample;

use pressrun::render::{Links, Theme, render};

fn main() {
    divan::main();
}

/// A digest of `n` articles, every second with a picture; the goal for 20 is half a millisecond.
#[divan::bench(args = [20, 500])]
fn digest_of(bencher: divan::Bencher<'_, '_>, n: i64) {
    let (edition, digest, theme) = (sample::edition(n), sample::digest("en"), Theme::built_in());
    let links = Links { web_copy: Some("https://news.example.org/e/1".to_owned()) };
    bencher.bench_local(|| render(&edition, &digest, &theme, &links));
}

/// Reading and checking the built-in theme, once per process.
#[divan::bench]
fn theme() -> Theme {
    Theme::built_in()
}
