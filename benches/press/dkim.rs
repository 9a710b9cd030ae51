//! The case `dkim`: what signatures cost, beside `smtp-source`, which makes none, and OpenSSL on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::common::run as run_well;
use crate::figures::{commas, median, ratio};
use crate::postfix::{self, Sink};
use crate::world::{Desk, READERS, World};

/// A key of each kind, in a folder of their own.
pub(crate) struct Keys(TempDir);

impl Keys {
    /// Makes them with OpenSSL, or says why not.
    pub(crate) fn new() -> Result<Self, String> {
        if Command::new("openssl").arg("version").output().is_err() {
            return Err("openssl is not here: install the package openssl".to_owned());
        }
        let keys = Self(tempfile::tempdir().expect("a folder"));
        let kinds: [(PathBuf, &[&str]); 2] =
            [(keys.rsa(), &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), (keys.ed25519(), &["ED25519"])];
        for (file, kind) in kinds {
            run_well(
                Command::new("openssl").args(["genpkey", "-algorithm"]).args(kind).arg("-out").arg(file),
            );
        }
        Ok(keys)
    }

    pub(crate) fn rsa(&self) -> PathBuf {
        self.0.path().join("rsa.pem")
    }

    fn ed25519(&self) -> PathBuf {
        self.0.path().join("ed25519.pem")
    }
}

/// The section of config.toml that signs with these keys.
pub(crate) fn config(rsa: Option<&Path>, ed25519: Option<&Path>) -> String {
    let mut toml = "[dkim.tide]\ndomain = \"tide.example\"\n".to_owned();
    if let Some(file) = rsa {
        toml += &format!("selector = \"rsa\"\nkey_file = \"{}\"\n", file.display());
    }
    if let Some(file) = ed25519 {
        toml += &format!("ed25519_selector = \"ed\"\ned25519_key_file = \"{}\"\n", file.display());
    }
    toml
}

pub(crate) fn run(world: &World) -> Result<(), String> {
    postfix::needed()?;
    let keys = Keys::new()?;
    let (rsa, ed25519) = (keys.rsa(), keys.ed25519());
    let signed = [
        ("Ed25519", config(None, Some(&ed25519)), 0.9),
        ("RSA-2048", config(Some(&rsa), None), 0.38),
        ("both", config(Some(&rsa), Some(&ed25519)), 0.36),
    ];
    let (mut theirs, mut ours) = (Vec::new(), [const { Vec::new() }; 3]);
    for _ in 0..world.rounds {
        let sink = Sink::open(&[]);
        theirs.push(postfix::source(sink.port, READERS));
        for ((_, more, _), ours) in signed.iter().zip(&mut ours) {
            let sent = world.send(&Desk { readers: READERS, relay: sink.port, more });
            ours.push(READERS as f64 / sent.took.as_secs_f64());
        }
    }
    let (theirs, openssl) = (median(&theirs), openssl_speed());
    let cores = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
    println!(
        "dkim       smtp-source, unsigned, {} letters/s; openssl speed rsa2048 {}/s a core",
        commas(theirs),
        commas(openssl)
    );
    for ((name, _, goal), ours) in signed.iter().zip(&ours) {
        let ours = median(ours);
        println!(
            "dkim       {name}: {} letters/s: {}; {:.2} × cores × openssl",
            commas(ours),
            ratio(ours / theirs, *goal),
            ours / (cores * openssl)
        );
    }
    Ok(())
}

/// RSA-2048 signatures a second on one core.
fn openssl_speed() -> f64 {
    let speed = Command::new("openssl").args(["speed", "-seconds", "2", "rsa2048"]).output().expect("runs");
    let text = String::from_utf8_lossy(&speed.stdout).into_owned();
    let figures = text.lines().find_map(|l| l.trim_start().strip_prefix("rsa 2048 bits")).unwrap_or_default();
    figures.split_whitespace().nth(2).and_then(|f| f.parse().ok()).expect("signatures a second")
}
