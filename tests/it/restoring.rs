//! A backup of the database is put back: nothing that may have gone goes again by itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::TimeDelta;
use pressrun::model::{EditionState, Otherwise, Skipped, SlotState};
use pressrun::press::{Agenda, Witness};
use pressrun::store::{Caution, Store, Terms};

use crate::approving::waiting;
use crate::cli::{Folder, apart, letters, newcomer, text};
use crate::killing::{Process, until};
use crate::publishing::{Press, published, timetable};
use crate::store_world::{at, confirmed, draft, name, stores};

const CAUTION: Caution<'static> = Caution { pause: "perhaps gone", event: "a backup?" };

/// A press whose witness has counted, and the folder where that is.
async fn watched(press: &mut Press) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("witness");
    press.agenda = Agenda::new(Some(Witness::new(file.clone())));
    press.tick().await;
    (folder, file)
}

/// Another life of the store has counted farther: this one is a backup. The press is started anew.
fn put_back(press: &mut Press, file: &Path) {
    let counted: u64 = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
    std::fs::write(file, format!("{}\n", counted + 5)).unwrap();
    press.agenda = Agenda::new(Some(Witness::new(file.to_owned())));
}

#[tokio::test]
async fn a_restored_backup_publishes_and_sends_nothing_by_itself() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    let (_folder, file) = watched(&mut press).await;
    let digest = press.order.digests[0].clone();
    let going = press.world.release(&digest).await;
    press.tell().await;
    put_back(&mut press, &file);
    press.tick_after(TimeDelta::hours(1)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::Restored));
    assert!(press.store().edition(going).await.unwrap().unwrap().paused.is_some());
    let told = press.store().notices().await.unwrap();
    assert!(told[0].text.contains("looks new, and would be in the next edition"), "{told:?}");
    let witness = Witness::new(file);
    assert!(!witness.count_up(press.store(), press.world.now()).await.unwrap(), "it is told once");
    let all = press.tick_after(TimeDelta::days(1)).await;
    assert_eq!(published(&all), 1, "and from then on all is well");
}

#[tokio::test]
async fn what_waited_for_a_yes_in_a_backup_is_not_sent_whether_somebody_had_said_it_or_not() {
    for approved in [false, true] {
        let (mut press, edition) = waiting(Otherwise::Send).await;
        let (_folder, file) = watched(&mut press).await;
        if approved {
            press.store().approve(edition, press.world.now()).await.unwrap();
        }
        put_back(&mut press, &file);
        assert_eq!(published(&press.tick_after(TimeDelta::hours(2)).await), 0);
        let state = press.store().edition(edition).await.unwrap().unwrap().state;
        assert_eq!(
            (state, press.past().await[0].2.clone()),
            (EditionState::Cancelled, Some(Skipped::Restored))
        );
        assert!(press.store().unsent_mails(10).await.unwrap().is_empty(), "nobody is asked about it");
    }
}

#[tokio::test]
async fn the_caution_outlives_a_crash_before_the_first_look_at_the_slots() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    let (_folder, file) = watched(&mut press).await;
    press.tell().await;
    press.world.turn_clock(TimeDelta::hours(1));
    put_back(&mut press, &file);
    assert!(Witness::new(file.clone()).count_up(press.store(), press.world.now()).await.unwrap());
    // Whoever noticed it has died; who comes next sees nothing unusual in the file.
    press.agenda = Agenda::new(Some(Witness::new(file)));
    assert_eq!(published(&press.tick_after(TimeDelta::minutes(1)).await), 0);
    assert_eq!(press.past().await, [("02 07:30".to_owned(), SlotState::Skipped, Some(Skipped::Restored))]);
}

#[tokio::test]
async fn a_store_that_cannot_be_held_is_still_found_to_be_restored_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/pressrun.db", folder.path().display());
    let store = Store::open(&url).await.unwrap();
    confirmed(&store, "news", &["ann@a.example"]).await;
    let going = draft(&store, 0).await;
    store.release(going, &[name("news")], &Terms::default(), at(0)).await.unwrap();
    let witness = Witness::new(folder.path().join("witness"));
    assert!(!witness.count_up(&store, at(1)).await.unwrap());
    std::fs::write(folder.path().join("witness"), "50\n").unwrap();
    let trigger =
        "CREATE TRIGGER broken BEFORE UPDATE OF paused ON editions BEGIN SELECT RAISE(ABORT, 'disk'); END";
    crate::store_opening::tamper(&url, trigger).await;
    assert!(witness.count_up(&store, at(2)).await.is_err());
    crate::store_opening::tamper(&url, "DROP TRIGGER broken").await;
    assert_eq!(store.restored_at(at(2)).await.unwrap(), None, "nothing was done by halves");
    assert!(witness.count_up(&store, at(3)).await.unwrap());
    assert!(store.edition(going).await.unwrap().unwrap().paused.is_some());
}

#[tokio::test]
async fn a_store_counts_past_its_witness_and_a_new_one_is_no_backup() {
    for store in stores().await {
        let count = async |remembered| {
            let counted = store.count_up(remembered, CAUTION, at(1)).await.unwrap();
            (counted.tally, counted.restored)
        };
        assert_eq!(count(900).await, (1, false), "it has never counted");
        assert_eq!(count(1).await, (2, false));
        assert_eq!(count(0).await, (3, false), "the file is lost");
        assert_eq!(count(4).await, (5, true));
        assert_eq!(count(5).await, (6, false));
        assert_eq!(store.restored_at(at(7)).await.unwrap(), Some(at(1)));
        assert_eq!(store.restored_at(at(0)).await.unwrap(), Some(at(0)), "a clock that was ahead");
        assert_eq!(store.restored_at(at(7)).await.unwrap(), Some(at(0)), "is not believed later");
    }
}

const FILES: [&str; 3] = ["pressrun.db", "pressrun.db-wal", "pressrun.db-shm"];

/// Copies the database as it is; what is not there is not there in the copy either.
fn copy(from: &Path, to: &Path) {
    for file in FILES {
        let _ = std::fs::remove_file(to.join(file));
        let _ = std::fs::copy(from.join(file), to.join(file));
    }
}

/// Starts the daemon; what it says goes to a file.
fn daemon(folder: &Folder) -> Process {
    let said = File::create(folder.path("said")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.args(["run", "--only", "press"]).current_dir(folder.0.path()).env_clear().stdout(said);
    Process(command.spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_after_a_backup_was_put_back_sees_it_before_anything_goes() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        let (here, backup) = (folder.0.path().to_owned(), tempfile::tempdir().unwrap());
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        let closed = [
            ("PRESSRUN__DELIVER__CARRIER", "smtp"),
            ("PRESSRUN__RELAY__HOST", "127.0.0.1"),
            ("PRESSRUN__RELAY__PORT", "1"),
        ];
        let waits = folder.run_with(&closed, &["send", "morning"]);
        assert!(text(&waits.stdout).contains("1 queued"), "{}", text(&waits.stdout));
        copy(&here, backup.path());
        assert!(folder.ok(&["send", "morning"]).contains("1 sent"));

        copy(backup.path(), &here);
        let told = folder.refused(1, &["send", "morning"]);
        assert!(told.contains("was a backup put back?") && told.contains("again"), "{told}");
        assert!(folder.ok(&["editions", "show", "1"]).contains("released, paused"));

        copy(backup.path(), &here);
        let mut daemon = daemon(&folder);
        until("it runs", || std::fs::read_to_string(folder.path("said")).unwrap().contains("running;"));
        assert!(folder.ok(&["editions", "show", "1"]).contains("released, paused"), "before it runs");
        daemon.signal("TERM");
        assert!(daemon.end().success());
        let again = folder.run(&["send", "morning"]);
        assert!(again.status.success() && text(&again.stderr).contains("edition 1 is paused"), "{again:?}");
        assert_eq!(letters(&folder.path("outbox")), 1, "nobody got it twice");
    });
}
