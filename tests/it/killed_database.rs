//! Several presses on one PostgreSQL, of which one is killed every few hundred milliseconds, and the server twice.

use crate::cli::apart;
use crate::killing::{Dice, Plan, Process, Site, until};
use crate::postgres;

const READERS: usize = 1_500;
const KILLS: usize = 24;

/// Starts again what has ended, as a supervisor does.
fn keep_alive(site: &Site, presses: &mut [Process]) {
    for press in presses.iter_mut().filter_map(|press| press.has_ended().then_some(press)) {
        *press = site.start(&["run", "--only", "press"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_presses_on_one_database_that_restarts_lose_nobody_when_they_are_killed_in_turn() {
    let Some(mut server) = postgres::own_server() else { return };
    let store = Some(server.fresh_database().await);
    let site = Site::new(Plan { readers: READERS, store, pace: 40, ..Plan::default() }).await;
    apart!({
        let mut dice = Dice::new();
        for digest in ["morning", "evening"] {
            site.start_to_first_letter(&["send", digest]).kill();
        }
        let mut presses: Vec<Process> = (0..3).map(|_| site.start(&["run", "--only", "press"])).collect();
        for kill in 0..KILLS {
            dice.sleep(100..=350);
            presses[kill % 3].kill();
            match kill {
                8 => server.restart("fast"),
                16 => server.restart("immediate"),
                _ => {}
            }
            keep_alive(&site, &mut presses);
        }
        site.relay.set_pace(5);
        until("both editions are finished", || {
            keep_alive(&site, &mut presses);
            dice.sleep(100..=200);
            site.is_finished(1) && site.is_finished(2)
        });
        for press in &mut presses {
            press.signal("TERM");
            press.end();
        }
        let account = site.account(&[1, 2]);
        account.tell("three presses on PostgreSQL", KILLS);
        account.assert_nobody_is_lost(2 * READERS);
        account.assert_whatever_was_not_taken_is_uncertain();
        account.assert_whatever_went_twice_is_marked();
        assert!(!site.told().contains("deadlock"), "{}", site.told());
    });
}
