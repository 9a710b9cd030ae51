//! The daemon in real minutes: a digest every minute, a feed that grows, a real Postfix, and blows of every kind.
//!
//! A cron of seconds does not exist, so this waits for four full minutes of the clock; within them it sleeps for nothing
//! but to choose the instant of a blow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Timelike as _, Utc};

use crate::cli::{Folder, apart};
use crate::killing::{Dice, Process, until};
use crate::post_office::{PASSWORD, Postfix};
use crate::world::Newsroom;

const READERS: usize = 40;
const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// Longer than the lease below.
const SUSPENSION: Duration = Duration::from_secs(8);

/// A publisher with a daemon.
struct Publisher {
    folder: Folder,
    postfix: Postfix,
    newsroom: Newsroom,
}

/// A letter as Postfix has put it into the mailbox.
struct Arrived {
    delivery: i64,
    stories: BTreeSet<String>,
}

impl Publisher {
    async fn new(postfix: Postfix) -> Self {
        let (folder, newsroom) = (Folder::new(), Newsroom::open().await);
        let feed = newsroom.url("news");
        let (port, ca) = (postfix.port, postfix.folder.join("etc/cert.pem").display().to_string());
        // Fast enough for a minute, slow enough to be struck in the middle.
        folder.write(
            "config.toml",
            &format!(
                r#"
                [collect]
                allow_hosts = ["127.0.0.1"]
                poll_every = "3s"
                poll_at_least_every = "5s"
                [sources.news]
                url = "{feed}"
                [lists.readers]
                title = "Readers"
                [digests.minutes]
                title = "Minutes"
                from = "news@example.org"
                postal_address = "1 Quay Street"
                lists = ["readers"]
                schedule = "* * * * *"
                [deliver]
                carrier = "smtp"
                lease = "2s"
                retry_after = "1s"
                [relay]
                host = "localhost"
                port = {port}
                username = "press@relay.test"
                password = "{PASSWORD}"
                ca_file = "{ca}"
                connections = 2
                per_second = 5
                "#
            ),
        );
        let readers: String = (0..READERS).map(|n| format!("ann+reader{n}@example.net\n")).collect();
        folder.write("readers.csv", &format!("email\n{readers}"));
        folder.ok(&["subscribers", "import", "readers.csv", "--list", "readers"]);
        Self { folder, postfix, newsroom }
    }

    /// The feed with so many stories, the newest first; none has a date, so that none is too old.
    fn tell(&self, stories: usize) {
        let items: String = (1..=stories)
            .rev()
            .map(|n| {
                format!("<item><title>Story {n}.</title><link>https://news.example/{n}</link><guid>{n}</guid></item>")
            })
            .collect();
        let channel = format!("<title>News</title><link>https://news.example/</link>{items}");
        self.newsroom.publish("news", format!("<rss version=\"2.0\"><channel>{channel}</channel></rss>"));
    }

    fn start(&self) -> Process {
        let told = File::options().create(true).append(true).open(self.folder.path("told")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
        command.arg("run").current_dir(self.folder.0.path()).env_clear().stdin(Stdio::null());
        Process(command.stdout(told.try_clone().unwrap()).stderr(told).spawn().unwrap())
    }

    fn told(&self) -> String {
        std::fs::read_to_string(self.folder.path("told")).unwrap_or_default()
    }

    fn letters(&self) -> usize {
        std::fs::read_dir(self.postfix.folder.join("mail/box/new")).map_or(0, Iterator::count)
    }

    fn arrived(&self) -> Vec<Arrived> {
        let files = std::fs::read_dir(self.postfix.folder.join("mail/box/new")).unwrap();
        files.map(|file| read(&std::fs::read_to_string(file.unwrap().path()).unwrap())).collect()
    }

    /// The editions that are no drafts: who dies while making one may leave one.
    fn released(&self) -> Vec<serde_json::Value> {
        let said = self.folder.ok(&["editions", "list", "--json", "--limit", "99"]);
        let all: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
        all.into_iter().filter(|edition| edition["state"] != "draft").collect()
    }

    fn editions(&self) -> Vec<serde_json::Value> {
        let show = |edition: &serde_json::Value| {
            let said = self.folder.ok(&["editions", "show", &edition["id"].to_string(), "--json"]);
            serde_json::from_str(&said).unwrap()
        };
        self.released().iter().map(show).collect()
    }

    fn all_are_finished(&self) -> bool {
        self.released().iter().all(|edition| edition["state"] == "finished")
    }
}

fn read(letter: &str) -> Arrived {
    let id = letter.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
    let delivery = id.split('.').next().unwrap().parse().unwrap();
    let stories = letter.split("Story ").skip(1).filter_map(|rest| rest.split_once('.'));
    let stories = stories.filter(|(n, _)| n.len() < 4 && n.bytes().all(|b| b.is_ascii_digit()));
    Arrived { delivery, stories: stories.map(|(n, _)| format!("Story {n}.")).collect() }
}

/// Waits for the next full minute of the clock.
fn next_minute() -> DateTime<Utc> {
    let next = Utc::now().duration_trunc(MINUTE).unwrap() + MINUTE;
    std::thread::sleep((next - Utc::now()).to_std().unwrap_or_default());
    next
}

/// Lives through four minutes of blows; returns the first slot, the last one, and the one whose maker may have died.
fn live(publisher: &Publisher, dice: &mut Dice) -> [DateTime<Utc>; 3] {
    let mut stories = 3;
    publisher.tell(stories);
    let mut more = || {
        stories += 2;
        publisher.tell(stories);
    };
    // The next slot, when some of its letters have come.
    let among_letters = || {
        let (slot, before) = (next_minute(), publisher.letters());
        until("letters go", || publisher.letters() > before + 3);
        slot
    };
    // An order that is new begins with the slot after the daemon has first looked at it.
    if Utc::now().second() > 40 {
        next_minute();
    }
    let mut first = publisher.start();
    until("the daemon runs", || publisher.told().contains("running;"));

    // Killed in the middle of letters, and started again.
    let begin = among_letters();
    dice.sleep(0..=2_000);
    assert!(first.kill(), "{}", publisher.told());
    more();
    let suspended = publisher.start();

    // Suspended in the middle of letters for longer than leases last; another goes on, and is killed at its work.
    among_letters();
    suspended.signal("STOP");
    let mut second = publisher.start();
    std::thread::sleep(SUSPENSION);
    suspended.signal("CONT");
    dice.sleep(0..=3_000);
    assert!(second.kill(), "{}", publisher.told());
    more();

    // Killed while an edition is made, or a moment before or after.
    let struck = next_minute();
    let mut third = suspended;
    dice.sleep(0..=1_500);
    assert!(third.kill(), "{}", publisher.told());
    let mut fourth = publisher.start();
    // What came while that edition is made would stand in it, and the next slot would have none. (If the one that was
    // killed has it, it stays open, and nobody makes it any more.)
    let (started, long) = (std::time::Instant::now(), Duration::from_secs(15));
    until("the struck slot is settled", || {
        let settled = last_slots(publisher).get(&struck).is_some_and(|record| record["state"] != "open");
        settled || started.elapsed() > long
    });
    more();

    // Stopped in the middle of letters, which come to their end; started again, and left alone.
    let last = among_letters();
    fourth.signal("TERM");
    assert!(fourth.end().success(), "{}", publisher.told());
    let mut fifth = publisher.start();
    until("the last slot is published", || last_slots(publisher).contains_key(&last));
    until("all is sent", || publisher.all_are_finished());
    fifth.signal("TERM");
    assert!(fifth.end().success(), "{}", publisher.told());
    [begin, last, struck]
}

/// What became of each slot; none is recorded twice.
fn last_slots(publisher: &Publisher) -> BTreeMap<DateTime<Utc>, serde_json::Value> {
    let said = publisher.folder.ok(&["schedule", "minutes", "--past", "--json", "--count", "99"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
    let slot = |one: &serde_json::Value| {
        let record = &one["record"];
        (record["slot"].as_str().unwrap().parse().unwrap(), record.clone())
    };
    let slots: BTreeMap<_, _> = all.iter().map(slot).collect();
    assert_eq!(slots.len(), all.len(), "{all:?}");
    slots
}

fn account(publisher: &Publisher, [begin, last, struck]: [DateTime<Utc>; 3]) {
    let slots = last_slots(publisher);
    let mut slot = begin;
    while slot <= last {
        let record = slots.get(&slot).unwrap_or_else(|| panic!("{slot} is not recorded: {slots:?}"));
        let published = record["state"] == "published" && record["edition"].is_i64();
        let skipped = record["state"] == "skipped" && !record["skipped"].is_null();
        // Its lease is longer than this test; when it lapses the slot is closed.
        let open = slot == struck && record["state"] == "open";
        assert!(published || skipped || open, "{record}\n{}", publisher.told());
        slot += MINUTE;
    }

    let editions = publisher.editions();
    assert!(editions.len() >= 3, "{slots:?}\n{}", publisher.told());
    let (mut told, mut deliveries, mut doubtful) = (BTreeSet::new(), BTreeMap::new(), 0);
    for edition in &editions {
        let articles = edition["articles"].as_array().unwrap();
        let titles: Vec<&str> = articles.iter().map(|a| a["article"]["title"].as_str().unwrap()).collect();
        for title in &titles {
            assert!(told.insert((*title).to_owned()), "{title} is in two editions");
        }
        let (id, totals) = (edition["edition"]["id"].to_string(), &edition["edition"]["totals"]);
        let states = totals["by_state"].as_object().unwrap().values().map(|n| n.as_u64().unwrap());
        assert_eq!(
            totals["candidates"].as_u64(),
            Some(states.sum::<u64>() + totals["excluded"].as_u64().unwrap())
        );
        let ledger = publisher.folder.ok(&["deliveries", &id, "--json"]);
        assert_eq!(ledger.lines().count(), READERS, "a delivery for each reader");
        for line in ledger.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let (state, doubts) =
                (line["state"].as_str().unwrap().to_owned(), line["doubts"].as_u64().unwrap());
            assert!(state == "sent" || (state == "uncertain" && doubts > 0), "{line}");
            doubtful += u64::from(doubts > 0);
            deliveries.insert(line["id"].as_i64().unwrap(), (titles.join(" "), doubts));
        }
    }
    assert!((1..=6).all(|n| told.contains(&format!("Story {n}."))), "lost: {told:?}");

    let mut came: BTreeMap<i64, u64> = BTreeMap::new();
    for letter in publisher.arrived() {
        let (titles, _) = &deliveries[&letter.delivery];
        assert!(letter.stories.iter().all(|story| titles.contains(story.as_str())), "{titles}");
        *came.entry(letter.delivery).or_default() += 1;
    }
    for (delivery, (_, doubts)) in &deliveries {
        let times = came.get(delivery).copied().unwrap_or_default();
        let right = if *doubts == 0 { times == 1 } else { times <= 1 + doubts };
        assert!(right, "delivery {delivery} with {doubts} doubts came {times} times");
    }
    let twice = came.values().filter(|times| **times > 1).count();
    eprintln!(
        "{} editions, {} letters, {twice} twice, {doubtful} doubtful",
        editions.len(),
        came.values().sum::<u64>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_killed_stopped_and_suspended_publishes_each_minute_once_and_loses_nobody() {
    let Some(postfix) = Postfix::start() else { return };
    let publisher = Publisher::new(postfix).await;
    apart!({
        let mut dice = Dice::new();
        let slots = live(&publisher, &mut dice);
        until("Postfix has put all into the mailbox", || {
            let queues = ["incoming", "active"].map(|name| publisher.postfix.folder.join("queue").join(name));
            Command::new("find").args(queues).args(["-type", "f"]).output().unwrap().stdout.is_empty()
        });
        account(&publisher, slots);
    });
}
