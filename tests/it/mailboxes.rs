//! A run to a thousand mailboxes of a real Postfix, some unknown, some full, some greylisted, by the program itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Clock};

use pressrun::deliver::{KeyRecord, ReturnPath};
use pressrun::model::{DeliveryId, EmailAddress};
use pressrun::store::Store;
use serde_json::Value;

use crate::checking::{lines_for_the_configuration, records};
use crate::cli::{Folder, apart, configuration, text};
use crate::dkim;
use crate::post_office::{PASSWORD, Postfix};
use crate::world::{Newsroom, rss};

const READERS: usize = 1_000;
const RETURN_PATH: &str = "bounces+{token}@example.net";

/// What becomes of the letter to a mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fate {
    /// It is taken at the first try.
    Taken,
    /// There is no such mailbox: 550 5.1.1.
    Unknown,
    /// The mailbox is full: 552 5.2.2.
    Full,
    /// The mailbox is full, until somebody empties it after two tries: 452 4.2.2.
    FullForNow,
    /// Put off at its RCPT once: 450 4.7.1.
    Greylisted,
    /// Put off after its final dot once: 450 4.7.1.
    GreylistedAtDot,
    /// It is taken, and comes back as a bounce.
    Bounced,
}

impl Fate {
    fn of(number: usize) -> Self {
        match number % 100 {
            3 | 53 => Self::Unknown,
            17 => Self::Full,
            29 => Self::FullForNow,
            31 | 61 | 91 => Self::Greylisted,
            43 | 83 => Self::GreylistedAtDot,
            71 => Self::Bounced,
            _ => Self::Taken,
        }
    }

    const fn arrives(self) -> bool {
        !matches!(self, Self::Unknown | Self::Full | Self::Bounced)
    }

    /// Code and enhanced code of each try.
    const fn tries(self) -> &'static [(u64, &'static str)] {
        match self {
            Self::Taken | Self::Bounced => &[(250, "2.0.0")],
            Self::Unknown => &[(550, "5.1.1")],
            Self::Full => &[(552, "5.2.2")],
            Self::FullForNow => &[(452, "4.2.2"), (452, "4.2.2"), (250, "2.0.0")],
            Self::Greylisted | Self::GreylistedAtDot => &[(450, "4.7.1"), (250, "2.0.0")],
        }
    }
}

fn reader(number: usize) -> String {
    format!("r{number:04}@example.net")
}

fn fates() -> HashMap<String, Fate> {
    (0..READERS).map(|number| (reader(number), Fate::of(number))).collect()
}

fn of_fate(fate: Fate) -> impl Iterator<Item = String> {
    (0..READERS).filter(move |number| Fate::of(*number) == fate).map(reader)
}

/// A policy service for Postfix (its `SMTPD_POLICY_README`): attributes in lines, an empty line, an action. As
/// greylisting does, it remembers sender and recipient together.
fn policy() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(HashMap::new()));
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || answer(connection, &seen));
        }
    });
    port
}

fn answer(mut connection: TcpStream, seen: &Mutex<HashMap<(String, String), usize>>) {
    let fates = fates();
    let lines = BufReader::new(connection.try_clone().unwrap()).lines();
    let mut asked = HashMap::new();
    for line in lines.map_while(Result::ok) {
        if let Some((name, value)) = line.split_once('=') {
            asked.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let at_dot = asked.get("protocol_state").is_some_and(|state| state == "END-OF-MESSAGE");
        let recipient = asked.remove("recipient").unwrap_or_default();
        let sender = asked.remove("sender").unwrap_or_default();
        let (times, action) = match fates.get(&recipient) {
            Some(Fate::Greylisted) if !at_dot => (1, "DEFER_IF_PERMIT 4.7.1 greylisted"),
            Some(Fate::GreylistedAtDot) if at_dot => (1, "DEFER_IF_PERMIT 4.7.1 greylisted"),
            Some(Fate::FullForNow) if !at_dot => (2, "452 4.2.2 the mailbox is full"),
            _ => (0, "DUNNO"),
        };
        let first = {
            let mut seen = seen.lock().unwrap();
            let tries = seen.entry((sender, recipient)).or_insert(0);
            *tries += usize::from(times > 0);
            *tries <= times
        };
        let action = if first { action } else { "DUNNO" };
        if write!(connection, "action={action}\n\n").is_err() {
            return;
        }
    }
}

fn post_office() -> Option<Postfix> {
    let port = policy();
    let settings = format!(
        "virtual_mailbox_maps = texthash:{{folder}}/etc/mailboxes
virtual_alias_maps = texthash:{{folder}}/etc/aliases
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{port}, check_recipient_access texthash:{{folder}}/etc/full, permit_sasl_authenticated, reject
smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:{port}"
    );
    let lines = |fates: &[Fate], line: &dyn Fn(String) -> String| -> String {
        fates.iter().flat_map(|fate| of_fate(*fate)).map(line).collect()
    };
    let there = [Fate::Taken, Fate::Full, Fate::FullForNow, Fate::Greylisted, Fate::GreylistedAtDot];
    let mailbox = |reader: String| format!("{reader} {}/\n", reader.split('@').next().unwrap_or_default());
    let files = [
        ("mailboxes", format!("{}bounces@example.net bounces/\n", lines(&there, &mailbox))),
        ("aliases", lines(&[Fate::Bounced], &|reader| format!("{reader} gone@nowhere.test\n"))),
        ("full", lines(&[Fate::Full], &|reader| format!("{reader} 552 5.2.2 the mailbox is full\n"))),
    ];
    Postfix::start_with(&settings, &files)
}

/// A folder with readers, keys and a configuration for this Postfix; and the records of its keys.
fn desk(postfix: &Postfix, feed: &str) -> (Folder, Vec<KeyRecord>) {
    let folder = Folder::new();
    let usual = configuration(feed);
    folder.write("config.toml", &usual);
    let keys = folder.ok(&["check", "--dkim-new", "tide.example", "--selector", "s1"]);
    let (port, ca) = (postfix.port, postfix.folder.join("etc/cert.pem"));
    let more = format!(
        "[deliver]\ncarrier = \"smtp\"\nretry_after = \"1s\"\nreturn_path = \"{RETURN_PATH}\"\n\
         [relay]\nhost = \"localhost\"\nport = {port}\nusername = \"press@relay.test\"\npassword_file = \"password\"\n\
         ca_file = \"{}\"\n{}\n",
        ca.display(),
        lines_for_the_configuration(&keys)
    );
    folder.write("password", PASSWORD);
    folder.write("config.toml", &format!("{usual}{more}"));
    let rows: String = (0..READERS).map(|n| format!("{},Reader {n},confirmed\n", reader(n))).collect();
    let out = "left@example.net,,unsubscribed\nlater@example.net,,pending\nnever@example.net,,confirmed\n";
    folder.write("readers.csv", &format!("email,name,state\n{rows}{out}"));
    folder.ok(&["subscribers", "import", "readers.csv"]);
    folder.ok(&["suppressions", "add", "never@example.net"]);
    (folder, records(&keys))
}

fn json(folder: &Folder, args: &[&str]) -> Vec<Value> {
    folder.ok(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn totals(folder: &Folder) -> Value {
    let shown: Value = serde_json::from_str(&folder.ok(&["editions", "show", "1", "--json"])).unwrap();
    shown["edition"]["totals"].clone()
}

/// The counts of the states, in the order of a delivery's life; whatever they are, they add up.
fn account(folder: &Folder) -> [u64; 9] {
    let totals = totals(folder);
    let states: Vec<u64> = pressrun::model::DeliveryState::ALL
        .iter()
        .map(|state| totals["by_state"][state.as_str()].as_u64().unwrap())
        .collect();
    assert_eq!(states.iter().sum::<u64>() + totals["excluded"].as_u64().unwrap(), READERS as u64 + 3);
    assert_eq!(totals["candidates"], READERS as u64 + 3, "{totals}");
    let left_out = &totals["left_out"];
    for reason in ["pending", "unsubscribed", "suppressed"] {
        assert_eq!(left_out[reason], 1, "{left_out}");
    }
    states.try_into().unwrap()
}

/// `pressrun run`, until nothing of the edition is open; then it is stopped, as an operator would.
fn run_until_all_have_ended(folder: &Folder, postfix: &Postfix) {
    let mut run = program(folder);
    let deadline = Clock::now() + Duration::from_secs(120);
    loop {
        let [queued, sending, _, deferred, ..] = account(folder);
        if queued + sending + deferred == 0 {
            break;
        }
        let ended = run.try_wait().unwrap();
        assert!(
            ended.is_none() && Clock::now() < deadline,
            "{ended:?} {}\n{}",
            totals(folder),
            postfix.log()
        );
        // Asking costs the run its core.
        std::thread::sleep(Duration::from_millis(200));
    }
    let stopped = Command::new("kill").arg(run.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(run.wait().unwrap().success());
}

fn program(folder: &Folder) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.arg("run").current_dir(folder.0.path()).env_clear();
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// All letters of a mailbox.
fn mailbox(postfix: &Postfix, name: &str) -> Vec<String> {
    let new = postfix.folder.join("mail").join(name).join("new");
    let files = fs::read_dir(new).into_iter().flatten().flatten();
    files.map(|file| text(&fs::read(file.path()).unwrap())).collect()
}

fn header<'l>(letter: &'l str, name: &str) -> &'l str {
    let found = letter.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("no {name} in {letter}"))
}

/// Every reader's tries in the ledger, with the delivery's number.
fn ledger(folder: &Folder) -> HashMap<String, (i64, Vec<(u64, String)>)> {
    let tried = |try_: &Value| {
        let reply = &try_["reply"];
        (reply["code"].as_u64().unwrap(), reply["enhanced"].as_str().unwrap_or_default().to_owned())
    };
    let row = |row: Value| {
        let tries = row["tries"].as_array().unwrap().iter().map(tried).collect();
        (row["address"].as_str().unwrap().to_owned(), (row["id"].as_i64().unwrap(), tries))
    };
    json(folder, &["deliveries", "1", "--attempts", "--json"]).into_iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_to_a_thousand_mailboxes_adds_up_and_every_mailbox_has_its_letter_once() {
    let newsroom = Newsroom::open().await;
    newsroom.publish("news", rss(&["Harbour opens", "Bridge closed"]));
    let feed = newsroom.url("news");
    let Some(postfix) = post_office() else { return };
    let bounces = of_fate(Fate::Bounced).count();
    let (folder, keys, postfix) = apart!({
        let (folder, keys) = desk(&postfix, &feed);
        folder.ok(&["send", "morning"]);
        account(&folder);
        run_until_all_have_ended(&folder, &postfix);
        (folder, keys, postfix)
    });
    let returned = postfix.letters_in("bounces", bounces).await;
    // What was taken last is in its mailbox a moment after it was taken.
    for number in (0..READERS).filter(|number| Fate::of(*number).arrives()) {
        postfix.letters_in(reader(number).split('@').next().unwrap(), 1).await;
    }
    let key = Store::open(&format!("sqlite:{}", folder.path("pressrun.db").display()))
        .await
        .unwrap()
        .secret("return path")
        .await
        .unwrap();
    let path = ReturnPath::new(RETURN_PATH, &key).unwrap();
    apart!({
        let ledger = the_ledger_says_what_was_said(&folder);
        every_mailbox_has_its_letter_once(&postfix, &ledger, &path);
        every_try_of_a_letter_was_the_same_letter(&postfix, &ledger);
        every_bounce_names_its_delivery(&returned, &ledger, &path);
        every_fiftieth_letter_verifies(&postfix, &keys);
    });
}

type Ledger = HashMap<String, (i64, Vec<(u64, String)>)>;

fn the_ledger_says_what_was_said(folder: &Folder) -> Ledger {
    let gone = (of_fate(Fate::Unknown).count() + of_fate(Fate::Full).count()) as u64;
    assert_eq!(account(folder), [0, 0, READERS as u64 - gone, 0, gone, 0, 0, 0, 0]);
    let suppressed = json(folder, &["suppressions", "list", "--json"]);
    let suppressed: BTreeSet<String> =
        suppressed.iter().map(|row| row["never"].as_str().unwrap().to_owned()).collect();
    let unknown = of_fate(Fate::Unknown).chain(["never@example.net".to_owned()]);
    assert_eq!(suppressed, unknown.collect::<BTreeSet<_>>());
    let ledger = ledger(folder);
    assert_eq!(ledger.len(), READERS);
    for (address, fate) in fates() {
        let tries: Vec<(u64, &str)> = ledger[&address].1.iter().map(|(c, e)| (*c, e.as_str())).collect();
        assert_eq!(tries, fate.tries(), "{address}, {fate:?}");
    }
    ledger
}

fn every_mailbox_has_its_letter_once(postfix: &Postfix, ledger: &Ledger, path: &ReturnPath) {
    let mut ids = HashSet::new();
    for (address, fate) in fates() {
        let letters = mailbox(postfix, address.split('@').next().unwrap());
        assert_eq!(letters.len(), usize::from(fate.arrives()), "{address}, {fate:?}");
        for letter in letters {
            let delivery = DeliveryId(ledger[&address].0);
            assert!(header(&letter, "To: ").contains(&address), "{letter}");
            assert_eq!(header(&letter, "Return-Path: "), format!("<{}>", path.for_delivery(delivery)));
            assert!(header(&letter, "Message-ID: ").starts_with(&format!("<{delivery}.")), "{letter}");
            assert!(ids.insert(header(&letter, "Message-ID: ").to_owned()), "{letter}");
        }
    }
}

/// Postfix notes the Message-ID of a letter as it comes in, also of one that is put off after its final dot.
fn every_try_of_a_letter_was_the_same_letter(postfix: &Postfix, ledger: &Ledger) {
    let log = postfix.log();
    let noted = |delivery: i64| -> Vec<&str> {
        let mark = format!("message-id=<{delivery}.");
        log.lines().filter(|l| l.contains(&mark)).filter_map(|l| l.split("message-id=").nth(1)).collect()
    };
    for address in of_fate(Fate::GreylistedAtDot) {
        let ids = noted(ledger[&address].0);
        let letter = &mailbox(postfix, address.split('@').next().unwrap())[0];
        assert_eq!(ids, [header(letter, "Message-ID: "); 2], "{address}");
    }
}

fn every_bounce_names_its_delivery(returned: &[Vec<u8>], ledger: &Ledger, path: &ReturnPath) {
    let expected: BTreeSet<i64> = of_fate(Fate::Bounced).map(|address| ledger[&address].0).collect();
    let mut named = BTreeSet::new();
    for bounce in returned {
        let bounce = String::from_utf8_lossy(bounce);
        let to = EmailAddress::parse(header(&bounce, "To: ")).unwrap();
        let delivery = path.delivery_of(&to).unwrap_or_else(|| panic!("whose is {bounce}"));
        assert!(bounce.contains(&format!("Original-Envelope-Id: {delivery}.")), "{bounce}");
        named.insert(delivery.0);
    }
    assert_eq!(named, expected);
}

fn every_fiftieth_letter_verifies(postfix: &Postfix, keys: &[KeyRecord]) {
    let letters: Vec<(String, Vec<u8>)> = (0..READERS)
        .filter(|number| Fate::of(*number).arrives() && (number % 50 == 0 || number % 100 == 31))
        .map(|number| {
            let name = format!("r{number:04}");
            let letter = mailbox(postfix, &name).remove(0).replace('\n', "\r\n").into_bytes();
            (name, letter)
        })
        .collect();
    let named: Vec<(&str, Vec<u8>)> = letters.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
    let Some(verdicts) = dkim::verdicts(keys, &named) else { return };
    assert_eq!(verdicts.len(), READERS / 50 + READERS / 100);
    assert!(verdicts.values().all(|both| *both == [true, true]), "{verdicts:?}");
}
