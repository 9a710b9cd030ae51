//! The case `peers`: other mailers into `smtp-sink`, with fewer letters where they are slow.
//!
//! They get the HTML and text or the whole letter that `pressrun preview` shows, and tell their sending time
//! themselves, from the first letter to the last: what they need to start is not held against them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::run as run_well;
use crate::dkim::{self, Keys};
use crate::figures::{commas, median, ratio};
use crate::postfix::{self, Sink};
use crate::world::{Desk, READERS, World, is_here, letter};

/// A round of all peers is long, and their ratios are far from their goals.
const ROUNDS: usize = 3;

/// Another mailer: how many letters of it are enough, and how many times faster we want to be.
struct Peer {
    name: &'static str,
    letters: usize,
    goal: f64,
    /// Port and number of letters follow, and then the rest.
    command: Vec<PathBuf>,
    rest: Vec<PathBuf>,
    /// What our own config.toml has, so that both do the same.
    more: String,
}

pub(crate) fn run(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let desk = world.desk(&Desk { readers: 1, relay: 9, more: "" });
    let folder = tempfile::tempdir().expect("a folder");
    for (format, name) in [("html", "letter.html"), ("text", "letter.txt"), ("eml", "letter.eml")] {
        fs::write(folder.path().join(name), letter(desk.path(), format)).expect("a file");
    }
    let keys = Keys::new();
    let signing = keys.as_ref().map_err(Clone::clone).and_then(|keys| nodemailer(folder.path(), Some(keys)));
    for peer in [nodemailer(folder.path(), None), signing, lettre(folder.path())] {
        match peer {
            Ok(peer) => beside(world, &peer),
            Err(why) => println!("peers      left out: {why}"),
        }
    }
    Ok(())
}

/// Us and the peer in turns.
fn beside(world: &World, peer: &Peer) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..world.rounds.min(ROUNDS) {
        let sink = Sink::open(&[]);
        let sent = world.send(&Desk { readers: READERS, relay: sink.port, more: &peer.more });
        ours.push(READERS as f64 / sent.took.as_secs_f64());
        theirs.push(peer.letters as f64 / seconds(peer, sink.port));
    }
    let (ours, theirs) = (median(&ours), median(&theirs));
    println!(
        "peers      pressrun send {} letters/s; {} {}: {}",
        commas(ours),
        peer.name,
        commas(theirs),
        ratio(ours / theirs, peer.goal)
    );
}

/// The seconds that a peer tells of its letters.
fn seconds(peer: &Peer, port: u16) -> f64 {
    let mut command = Command::new(&peer.command[0]);
    command.args(&peer.command[1..]).args([port.to_string(), peer.letters.to_string()]).args(&peer.rest);
    let output = command.stderr(Stdio::inherit()).output().expect("starts");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("seconds")
}

/// nodemailer of the lock file, installed under target/peers.
fn nodemailer(folder: &Path, keys: Option<&Keys>) -> Result<Peer, String> {
    if !is_here("npm") {
        return Err("npm is not here, so no nodemailer: install Node.js with npm".to_owned());
    }
    let home = built("nodemailer");
    fs::create_dir_all(&home).expect("a folder");
    for name in ["package.json", "package-lock.json", "send.mjs"] {
        fs::copy(source("nodemailer").join(name), home.join(name)).expect("a copy");
    }
    run_well(
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&home),
    );
    let (name, letters, goal) = match keys {
        None => ("nodemailer", 2_000, 14.0),
        Some(_) => ("nodemailer with RSA-2048 DKIM, and so did we;", 500, 12.0),
    };
    let mut rest = vec![folder.to_owned()];
    rest.extend(keys.map(Keys::rsa));
    let more = keys.map(|keys| dkim::config(Some(&keys.rsa()), None)).unwrap_or_default();
    Ok(Peer { name, letters, goal, command: vec!["node".into(), home.join("send.mjs")], rest, more })
}

/// lettre's own pool, built under target/peers.
fn lettre(folder: &Path) -> Result<Peer, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(source("lettre").join("Cargo.toml"));
    run_well(build.arg("--target-dir").arg(built("lettre")));
    Ok(Peer {
        name: "lettre's own pool",
        letters: 800,
        goal: 60.0,
        command: vec![built("lettre").join("release/pressrun-bench-lettre")],
        rest: vec![folder.join("letter.eml")],
        more: String::new(),
    })
}

fn source(peer: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(peer)
}

fn built(peer: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers").join(peer)
}
