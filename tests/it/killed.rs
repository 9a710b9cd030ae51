//! A sender that is killed, or whose relay is: nobody is lost, and what went twice is what the ledger marks.
//!
//! Sleeps choose the instants of the blows and are never waited on for anything else.

use crate::cli::apart;
use crate::killing::{CONNECTIONS, Dice, Plan, Process, Site, until};

/// Kills senders at random instants after their first letter; returns how many it found alive.
fn kill_senders(site: &Site, dice: &mut Dice, kills: usize) -> usize {
    let mut killed = 0;
    while killed < kills {
        // A slow relay is killed under while it has the letters, a fast one while their ends are written down.
        site.relay.set_pace(dice.among(1..=8));
        let mut sender = site.start_to_first_letter(&["send", "morning"]);
        dice.sleep(2..=100);
        if !sender.kill() {
            break;
        }
        killed += 1;
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_killed_a_hundred_times_loses_nobody_and_with_hold_repeats_nothing() {
    const READERS: usize = 10_000;
    let site = Site::new(Plan { readers: READERS, uncertain: "hold", ..Plan::default() }).await;
    apart!({
        let mut dice = Dice::new();
        let killed = kill_senders(&site, &mut dice, 100);
        site.relay.set_pace(0);
        site.send_until_finished();
        let account = site.account(&[1]);
        account.tell("killed, hold", killed);
        assert_eq!(killed, 100, "{}", site.told());
        account.assert_nobody_is_lost(READERS);
        account.assert_whatever_was_not_taken_is_uncertain();
        assert_eq!(account.twice(), [0_i64; 0]);
        assert!(account.in_state("uncertain") <= CONNECTIONS * killed);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_killed_forty_times_sends_everything_and_marks_what_it_repeats() {
    const READERS: usize = 5_000;
    let site = Site::new(Plan { readers: READERS, ..Plan::default() }).await;
    apart!({
        let mut dice = Dice::new();
        let killed = kill_senders(&site, &mut dice, 40);
        site.relay.set_pace(0);
        site.send_until_finished();
        let account = site.account(&[1]);
        account.assert_nobody_is_lost(READERS);
        account.assert_whatever_went_twice_is_marked();
        // Once more and no oftener: what two kills have struck waits for a hand.
        assert!(account.ledger.iter().all(|line| line.state == "sent" || line.doubts > 1));
        if account.in_state("uncertain") > 0 {
            site.ok(&["editions", "retry", "1", "--uncertain"]);
            site.send_until_finished();
        }
        let account = site.account(&[1]);
        account.tell("killed, retry", killed);
        assert_eq!(killed, 40, "{}", site.told());
        account.assert_nobody_is_lost(READERS);
        assert_eq!(account.in_state("sent"), READERS);
        account.assert_whatever_went_twice_is_marked();
    });
}

/// Kills and revives the relay at random instants while one sender lives; returns how often.
fn kill_the_relay(site: &mut Site, sender: &mut Process, dice: &mut Dice, kills: usize) -> usize {
    let mut killed = 0;
    while killed < kills && !sender.has_ended() {
        let before = site.relay.taken();
        until("a letter goes", || site.relay.taken() > before || sender.has_ended());
        dice.sleep(1..=120);
        site.relay.kill();
        killed += 1;
        dice.sleep(0..=200);
        site.relay.revive();
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_in_the_middle_of_letters_costs_nobody_a_letter() {
    for (uncertain, kills) in [("retry", 8), ("hold", 8)] {
        const READERS: usize = 2_000;
        let mut site = Site::new(Plan { readers: READERS, uncertain, ..Plan::default() }).await;
        apart!({
            let mut dice = Dice::new();
            let mut sender = site.start_to_first_letter(&["send", "morning"]);
            let killed = kill_the_relay(&mut site, &mut sender, &mut dice, kills);
            site.relay.set_pace(1);
            sender.end();
            site.send_until_finished();
            let account = site.account(&[1]);
            account.tell(&format!("relay killed, {uncertain}"), killed);
            assert_eq!(killed, kills, "{}", site.told());
            account.assert_nobody_is_lost(READERS);
            account.assert_whatever_went_twice_is_marked();
            account.assert_whatever_was_not_taken_is_uncertain();
            if uncertain == "hold" {
                assert_eq!(account.twice(), [0_i64; 0]);
            }
        });
    }
}
