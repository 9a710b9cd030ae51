//! The cases `sqlite`, `postgres` and `counting`: a send beside `smtp-source` into the same sink.

use crate::counting::Counting;
use crate::figures::{commas, median, ratio};
use crate::postfix::{self, Sink};
use crate::postgres::Server;
use crate::world::{Desk, READERS, World, flush_ms};

/// Rates and peaks, one of each for every round.
#[derive(Default)]
pub(crate) struct Rounds {
    ours: Vec<f64>,
    peaks: Vec<f64>,
    theirs: Vec<f64>,
    flushes: Vec<f64>,
}

impl Rounds {
    fn ours(&mut self, world: &World, relay: u16, more: &str) {
        let sent = world.send(&Desk { readers: READERS, relay, more });
        self.ours.push(READERS as f64 / sent.took.as_secs_f64());
        self.peaks.push(sent.peak_mb);
    }

    fn theirs(&mut self, port: u16) {
        self.flushes.push(flush_ms());
        self.theirs.push(postfix::source(port, READERS));
    }

    fn tell(&self, name: &str, goal: f64) {
        let (ours, theirs) = (median(&self.ours), median(&self.theirs));
        println!(
            "{name:<10} pressrun send {} letters/s, peak {:.0} MB; smtp-source {}: {}; a flush took {:.2} ms",
            commas(ours),
            median(&self.peaks),
            commas(theirs),
            ratio(ours / theirs, goal),
            median(&self.flushes)
        );
    }
}

pub(crate) fn sqlite(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let mut rounds = Rounds::default();
    for _ in 0..world.rounds {
        let sink = Sink::open(&[]);
        rounds.ours(world, sink.port, "");
        rounds.theirs(sink.port);
    }
    rounds.tell("sqlite", 1.0);
    Ok(())
}

pub(crate) fn postgres(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let server = Server::start()?;
    let mut rounds = Rounds::default();
    for round in 0..world.rounds {
        let sink = Sink::open(&[]);
        let store = format!("[store]\nurl = \"{}\"\n", server.database(&format!("round_{round}")));
        rounds.ours(world, sink.port, &store);
        rounds.theirs(sink.port);
    }
    rounds.tell("postgres", 0.7);
    Ok(())
}

pub(crate) fn counting(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let mut rounds = Rounds::default();
    for _ in 0..world.rounds {
        let sink = Counting::open();
        rounds.ours(world, sink.port, "");
        assert_eq!(sink.letters(), READERS, "letters that we sent");
        rounds.theirs(sink.port);
        assert_eq!(sink.letters(), 2 * READERS, "letters of both");
    }
    rounds.tell("counting", 1.0);
    Ok(())
}
