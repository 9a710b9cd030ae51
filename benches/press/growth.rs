//! The case `growth`: ten and a hundred times the readers, the same time for each letter and the same memory.
//!
//! Into the sink that only counts, so that the sender is the limit and not one thread of `smtp-sink`, which would
//! hide it. A letter's time is counted from the first letter on; what is before it is told by itself.

use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use crate::common::pressrun;
use crate::counting::Counting;
use crate::figures::{at_most, commas};
use crate::world::{Desk, World, number, send};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const MEMORY: f64 = 60.0;

/// How one size went.
struct Grown {
    readers: usize,
    micros_a_letter: f64,
    peak_mb: f64,
}

pub(crate) fn run(world: &World) -> Result<(), String> {
    let largest = number("PRESS_GROWTH").unwrap_or(1_000_000);
    let grown: Vec<_> = SIZES.into_iter().filter(|n| *n <= largest).map(|n| grow(world, n)).collect();
    if let [first, .., last] = grown.as_slice() {
        let more = 100.0 * (last.micros_a_letter / first.micros_a_letter - 1.0);
        println!(
            "growth     {} × the readers: {more:+.0} % time per letter ({}), {:+.0} MB ({})",
            commas((last.readers / first.readers) as f64),
            at_most(more, 10.0),
            last.peak_mb - first.peak_mb,
            at_most(last.peak_mb, MEMORY),
        );
    }
    Ok(())
}

fn grow(world: &World, readers: usize) -> Grown {
    let sink = Counting::open();
    let folder = world.desk(&Desk { readers, relay: sink.port, more: "" });
    let sent = send(folder.path());
    let (end, first) = (SystemTime::now(), sink.first_letter());
    assert_eq!(sink.letters(), readers, "letters that we sent");
    let sending = end.duration_since(first).expect("the end is later");
    let grown = Grown {
        readers,
        micros_a_letter: sending.as_secs_f64() * 1e6 / readers as f64,
        peak_mb: sent.peak_mb,
    };
    let release = since_release(folder.path(), first);
    println!(
        "growth     {:>9} readers: {:.0} µs a letter ({}/s), peak {:.0} MB; release to first letter {:.2} s, all before \
         {:.2} s",
        commas(readers as f64),
        grown.micros_a_letter,
        commas(1e6 / grown.micros_a_letter),
        grown.peak_mb,
        release.as_secs_f64(),
        sent.took.saturating_sub(sending).saturating_sub(release).as_secs_f64(),
    );
    grown
}

/// From the instant that the edition has as its release until the first letter: the frozen list of recipients, the
/// first claim, the first connection.
fn since_release(folder: &Path, first: SystemTime) -> Duration {
    let shown = pressrun(folder, &["editions", "show", "1", "--json"]).output().expect("runs").stdout;
    let edition: serde_json::Value = serde_json::from_slice(&shown).expect("JSON");
    let released =
        edition.pointer("/edition/released_at").and_then(|at| at.as_str()).expect("it was released");
    let released: DateTime<Utc> = released.parse().expect("an instant");
    first.duration_since(released.into()).unwrap_or_default()
}
