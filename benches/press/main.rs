//! The press bench: the whole command `pressrun send`, beside what else sends mail, on loopback in temporary folders.
//!
//! `cargo bench --bench press -- [CASE…]` runs the named cases or all of them; `-- --help` lists them. A case is a
//! digest of about 30 KB to 20,000 readers over 8 connections, each letter its own, the ledger on, unless it says
//! otherwise. Whoever is compared takes turns with us in each round, and medians are told: on a machine that is
//! shared only ratios within one run hold. A rate of ours is letters by the whole command, from its start (polling
//! the feed, composing, releasing) to its exit; peers are given their sending time alone where that can be told.

mod beside;
#[path = "../common/mod.rs"]
mod common;
mod counting;
mod dkim;
mod figures;
mod growth;
mod peers;
mod postfix;
mod postgres;
mod proxy;
mod roundtrip;
mod world;

use world::World;

/// A case: its name, what it measures, and how. It returns why it is left out, if it is.
type Case = (&'static str, &'static str, fn(&World) -> Result<(), String>);

const CASES: [Case; 7] = [
    ("sqlite", "beside smtp-source into smtp-sink, the ledger in SQLite", beside::sqlite),
    ("postgres", "the same, the ledger in a PostgreSQL that flushes", beside::postgres),
    (
        "counting",
        "beside smtp-source into a sink that only counts, so that the sender is the limit",
        beside::counting,
    ),
    ("dkim", "with Ed25519, RSA-2048 and both signatures, beside smtp-source and openssl speed", dkim::run),
    ("peers", "beside nodemailer, with and without its DKIM, and lettre's own pool", peers::run),
    ("roundtrip", "through a line of 20 ms, with and without PIPELINING", roundtrip::run),
    ("growth", "10,000, 100,000 and 1,000,000 readers: time per letter, memory, release", growth::run),
];

fn help() {
    println!("usage: cargo bench --bench press -- [CASE…]\n");
    for (name, what, _) in CASES {
        println!("  {name:<10} {what}");
    }
    println!(
        "\nPRESS_ROUNDS=1 makes medians of so many rounds, instead of 5; PRESS_GROWTH=100000 caps `growth`."
    );
    println!(
        "Needs smtp-sink and smtp-source of Postfix; postgres, openssl and npm for the cases with those names."
    );
}

fn main() {
    // Cargo says `--bench` when it benches, and not when it tests: nothing is timed in tests.
    let (benched, named): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg == "--bench");
    if named.iter().any(|arg| arg == "--help" || arg == "-h") {
        return help();
    }
    if benched.is_empty() {
        println!("nothing is timed outside `cargo bench --bench press`");
        return;
    }
    if let Some(unknown) = named.iter().find(|name| !CASES.iter().any(|(case, ..)| case == name)) {
        eprintln!("there is no case {unknown}\n");
        help();
        std::process::exit(2);
    }
    let world = World::new();
    println!("{}", world.description());
    for (name, _, run) in CASES {
        if (named.is_empty() || named.iter().any(|n| n == name))
            && let Err(why) = run(&world)
        {
            println!("{name:<10} left out: {why}");
        }
    }
}
