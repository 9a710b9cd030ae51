//! The disk of the database runs full in the middle of a run: the sender says so and ends, and nobody is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cli::apart;
use crate::killing::{Dice, Plan, Site, until};
use crate::parts;

const READERS: usize = 1_500;

/// A small file system in a namespace of its own, which ends with the test process, however that dies; root is not needed
/// where users may have namespaces.
struct SmallDisk {
    keeper: Child,
    folder: PathBuf,
    _below: tempfile::TempDir,
}

impl SmallDisk {
    /// Returns a disk of so many megabytes, or `None` if it is to be left out.
    fn mounted(megabytes: usize) -> Option<Self> {
        if parts::absent("tmpfs") {
            return None;
        }
        let below = tempfile::tempdir().unwrap();
        let mount = format!(r#"mount -t tmpfs -o size={megabytes}m tmpfs "$1" && echo mounted && cat"#);
        let mut keeper = Command::new("unshare")
            .args(["-rm", "sh", "-c", &mount, "keeper"])
            .arg(below.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // a signal to the tests' process group must not reach it
            .process_group(0)
            .spawn()
            .unwrap_or_else(|e| panic!("unshare cannot be started ({e}); {ADVICE}"));
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "mounted\n", "no small file system can be mounted here: {ADVICE}");
        let folder = PathBuf::from(format!("/proc/{}/root{}", keeper.id(), below.path().display()));
        Some(Self { keeper, folder, _below: below })
    }

    /// What stands before a program that is to see the disk.
    fn prefix(&self) -> Vec<String> {
        let keeper = self.keeper.id().to_string();
        let words = ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", &keeper, "--"];
        words.map(str::to_owned).to_vec()
    }

    /// Fills what is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        // Ever smaller pieces, so that no page is left.
        for size in [1 << 20, 1 << 12, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    fn inside(&self) -> &Path {
        self._below.path()
    }
}

const ADVICE: &str = "be root, allow namespaces to users, or name the part in PRESSRUN_TEST_WITHOUT=tmpfs";

async fn run_full(uncertain: &str) {
    let Some(disk) = SmallDisk::mounted(48) else { return };
    let store = Some(format!("sqlite:{}/pressrun.db", disk.inside().display()));
    let plan = Plan { readers: READERS, uncertain, store, prefix: disk.prefix(), ..Plan::default() };
    let site = Site::new(plan).await;
    let repeats_nothing = uncertain == "hold";
    let name = format!("disk full, {uncertain}");
    apart!({
        let mut dice = Dice::new();
        let mut rounds = 0;
        for at_least in [100, 500] {
            let mut sender = site.start_to_first_letter(&["send", "morning"]);
            until("letters go", || site.relay.taken() > at_least || sender.has_ended());
            dice.sleep(0..=50);
            disk.fill();
            assert_eq!(sender.end().code(), Some(1), "{}", site.told());
            assert!(
                site.told().contains("pressrun: the database says: database or disk is full"),
                "{}",
                site.told()
            );
            disk.empty();
            rounds += 1;
        }
        site.send_until_finished();
        let account = site.account(&[1]);
        account.tell(&name, rounds);
        account.assert_nobody_is_lost(READERS);
        account.assert_whatever_was_not_taken_is_uncertain();
        account.assert_whatever_went_twice_is_marked();
        assert!(!repeats_nothing || account.twice().is_empty());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_the_sender_with_a_sentence_and_costs_nobody_a_letter() {
    run_full("retry").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_hold_a_full_disk_repeats_nothing() {
    run_full("hold").await;
}
