//! The case `roundtrip`: a relay that is 20 ms away, with PIPELINING (RFC 2920) and without.

use std::time::Duration;

use crate::figures::{at_least, median};
use crate::postfix::{self, Sink};
use crate::proxy;
use crate::world::{CONNECTIONS, Desk, World};

const LETTERS: usize = 1_500;
const ONE_WAY: Duration = Duration::from_millis(10);

pub(crate) fn run(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let cases: [(&str, &[&str], f64); 2] = [("with PIPELINING", &[], 40.0), ("without", &["-p"], 10.0)];
    for (what, flags, goal) in cases {
        let mut rates = Vec::new();
        for _ in 0..world.rounds.min(3) {
            let sink = Sink::open(flags);
            let relay = proxy::open(sink.port, ONE_WAY);
            let sent = world.send(&Desk { readers: LETTERS, relay, more: "" });
            rates.push(LETTERS as f64 / sent.took.as_secs_f64() / CONNECTIONS as f64);
        }
        let rate = median(&rates);
        println!(
            "roundtrip  of 20 ms, {what}: {rate:.1} letters/s per connection ({})",
            at_least(rate, goal)
        );
    }
    Ok(())
}
