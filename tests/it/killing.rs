//! What the tests that kill share: real processes on real files, dice, and the account of what they leave behind.

use std::collections::HashMap;
use std::fs::File;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::cli::{Folder, configuration};
use crate::counting_relay::CountingRelay;
use crate::world::{Newsroom, rss};

/// Connections to the relay.
pub(crate) const CONNECTIONS: usize = 8;
/// How long a condition may take on the slowest machine.
const LIMIT: Duration = Duration::from_secs(240);

/// Random numbers from a printed seed, which `PRESSRUN_TEST_SEED` sets.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let given = std::env::var("PRESSRUN_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = given.unwrap_or(now.as_nanos() as u64);
        eprintln!("PRESSRUN_TEST_SEED={seed}");
        Self(seed)
    }

    /// splitmix64
    pub(crate) fn among(&mut self, range: RangeInclusive<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start() + (z ^ (z >> 31)) % (range.end() - range.start() + 1)
    }

    /// Sleeps for a random time: not to wait for anything, but to choose the instant of a blow.
    pub(crate) fn sleep(&mut self, milliseconds: RangeInclusive<u64>) {
        std::thread::sleep(Duration::from_millis(self.among(milliseconds)));
    }
}

/// Polls until something holds; panics with `what` when it never does.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A process; it dies with the test.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// SIGKILL; false if it had ended by itself.
    pub(crate) fn kill(&mut self) -> bool {
        let lived = !self.has_ended();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        lived
    }

    /// Sends a signal by its name: `TERM`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let told =
            Command::new("sh").args(["-c", &format!("kill -{name} {}", self.0.id())]).status().unwrap();
        assert!(told.success());
    }

    pub(crate) fn end(&mut self) -> ExitStatus {
        until("a process ends", || self.has_ended());
        self.0.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A press with readers, a feed and a relay.
pub(crate) struct Site {
    pub(crate) folder: Folder,
    pub(crate) relay: CountingRelay,
    pub(crate) newsroom: Newsroom,
    /// What stands before the program on each command line: a way into another namespace.
    pub(crate) prefix: Vec<String>,
}

/// How a site is set up.
pub(crate) struct Plan<'a> {
    pub(crate) readers: usize,
    /// `hold` or `retry`.
    pub(crate) uncertain: &'a str,
    pub(crate) lease: &'a str,
    /// Milliseconds for each letter of a connection.
    pub(crate) pace: u64,
    /// `[store] url`; a file in the site's folder without it.
    pub(crate) store: Option<String>,
    /// See [`Site::prefix`].
    pub(crate) prefix: Vec<String>,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { readers: 1_000, uncertain: "retry", lease: "1s", pace: 8, store: None, prefix: Vec::new() }
    }
}

impl Site {
    pub(crate) async fn new(plan: Plan<'_>) -> Self {
        let newsroom = Newsroom::open().await;
        newsroom.publish("news", rss(&["Harbour opens", "Bridge closed"]));
        let (folder, relay) = (Folder::new(), CountingRelay::start(plan.pace));
        let (uncertain, lease, port) = (plan.uncertain, plan.lease, relay.port());
        let store = plan.store.unwrap_or_else(|| "sqlite:pressrun.db".to_owned());
        let more = format!(
            r#"
            [digests.evening]
            title = "Evening"
            from = "news@tide.example"
            postal_address = "1 Quay Street"
            lists = ["readers"]
            [deliver]
            carrier = "smtp"
            uncertain = "{uncertain}"
            retry_after = "1s"
            lease = "{lease}"
            [relay]
            host = "127.0.0.1"
            port = {port}
            security = "plain"
            connections = {CONNECTIONS}
            [store]
            url = "{store}"
            [log]
            level = "warn"
            "#
        );
        folder.write("config.toml", &(configuration(&newsroom.url("news")) + &more));
        let readers: String = (0..plan.readers).map(|n| format!("reader{n}@d{}.example\n", n % 50)).collect();
        folder.write("readers.csv", &format!("email\n{readers}"));
        let site = Self { folder, relay, newsroom, prefix: plan.prefix };
        let csv = site.folder.path("readers.csv");
        site.ok(&["subscribers", "import", csv.to_str().unwrap(), "--list", "readers"]);
        site
    }

    fn command(&self, args: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_pressrun").to_owned();
        let config = self.folder.path("config.toml").to_str().unwrap().to_owned();
        let mut words = self.prefix.iter().cloned().chain([program, "--config".to_owned(), config]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(args).current_dir(self.folder.0.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Standard output of a command that must end well.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?} ended with {}: {told}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a command; what it tells goes to a file.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        let told = File::options().create(true).append(true).open(self.told_file()).unwrap();
        Process(self.command(args).stdout(Stdio::null()).stderr(told).spawn().unwrap())
    }

    fn told_file(&self) -> PathBuf {
        self.folder.path("told")
    }

    /// All that commands have told.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(self.told_file()).unwrap_or_default()
    }

    /// Starts a command and waits until the relay has a letter more, or it has ended.
    pub(crate) fn start_to_first_letter(&self, args: &[&str]) -> Process {
        until("the relay is quiet", || self.relay.is_quiet());
        let (before, mut process) = (self.relay.taken(), self.start(args));
        until("a letter goes", || self.relay.taken() > before || process.has_ended());
        process
    }

    /// The edition as `editions show` tells it.
    pub(crate) fn edition(&self, number: usize) -> serde_json::Value {
        let said = self.ok(&["editions", "show", &number.to_string(), "--json"]);
        serde_json::from_str::<serde_json::Value>(&said).unwrap()["edition"].take()
    }

    pub(crate) fn is_finished(&self, number: usize) -> bool {
        self.edition(number)["state"] == "finished"
    }

    /// Starts the sender again and again until nothing is open.
    pub(crate) fn send_until_finished(&self) {
        until("edition 1 is finished", || {
            self.start(&["send", "morning"]).end();
            self.is_finished(1)
        });
    }

    /// What the ledger says of editions, beside what the relay knows.
    pub(crate) fn account(&self, editions: &[usize]) -> Account {
        until("the relay is quiet", || self.relay.is_quiet());
        let mut ledger = Vec::new();
        for number in editions {
            let totals = &self.edition(*number)["totals"];
            let parts = totals["by_state"].as_object().unwrap().values().map(|n| n.as_u64().unwrap());
            let sum = parts.sum::<u64>() + totals["excluded"].as_u64().unwrap();
            assert_eq!(totals["candidates"].as_u64(), Some(sum), "the account adds up: {totals}");
            let said = self.ok(&["deliveries", &number.to_string(), "--json"]);
            ledger.extend(said.lines().map(|line| serde_json::from_str::<Line>(line).unwrap()));
        }
        Account { ledger, taken: self.relay.by_delivery() }
    }
}

/// One delivery of the ledger.
#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) state: String,
    pub(crate) doubts: u32,
}

/// The ledger beside the relay's own count.
pub(crate) struct Account {
    pub(crate) ledger: Vec<Line>,
    /// How often the relay said yes to each delivery.
    pub(crate) taken: HashMap<i64, usize>,
}

impl Account {
    pub(crate) fn in_state(&self, state: &str) -> usize {
        self.ledger.iter().filter(|line| line.state == state).count()
    }

    /// Deliveries that the relay took more than once.
    pub(crate) fn twice(&self) -> Vec<i64> {
        self.taken.iter().filter(|(_, times)| **times > 1).map(|(id, _)| *id).collect()
    }

    /// Nobody is lost: each reader's delivery is there, is sent or uncertain, and what is sent was taken.
    pub(crate) fn assert_nobody_is_lost(&self, deliveries: usize) {
        assert_eq!(self.ledger.len(), deliveries, "a delivery for each reader");
        for Line { id, state, .. } in &self.ledger {
            match state.as_str() {
                "sent" => {
                    assert!(self.taken.contains_key(id), "{id} is called sent, and the relay never took it")
                }
                "uncertain" => {}
                _ => panic!("{id} is {state}"),
            }
        }
        let known: HashMap<i64, ()> = self.ledger.iter().map(|line| (line.id, ())).collect();
        assert!(self.taken.keys().all(|id| known.contains_key(id)), "the ledger knows what the relay took");
    }

    /// What went more than once is among what the ledger marks.
    pub(crate) fn assert_whatever_went_twice_is_marked(&self) {
        let marked: HashMap<i64, u32> = self.ledger.iter().map(|line| (line.id, line.doubts)).collect();
        let unmarked: Vec<i64> = self.twice().into_iter().filter(|id| marked[id] == 0).collect();
        assert_eq!(unmarked, [0_i64; 0], "went twice, and the ledger has no doubt of them");
    }

    /// Every letter that the relay never took is one of which the ledger does not say that it went.
    pub(crate) fn assert_whatever_was_not_taken_is_uncertain(&self) {
        let silent = self.ledger.iter().filter(|line| !self.taken.contains_key(&line.id));
        assert!(silent.into_iter().all(|line| line.state == "uncertain"));
    }

    /// One line for whoever reads the test's output.
    pub(crate) fn tell(&self, name: &str, blows: usize) {
        let marked = self.ledger.iter().filter(|line| line.doubts > 0).count();
        eprintln!(
            "{name}: {blows} blows, {} deliveries, {} taken, {} twice, {} uncertain, {marked} marked",
            self.ledger.len(),
            self.taken.values().sum::<usize>(),
            self.twice().len(),
            self.in_state("uncertain"),
        );
    }
}
