//! A press that is asked to stop brings the letters in hand to their end, leaves nothing open, and resumes at once.
//!
//! The lease is an hour: whatever a stop left in hand would not come back while the test lives.

use crate::cli::apart;
use crate::killing::{Dice, Plan, Site};
use crate::world::rss;

const READERS: usize = 1_200;

/// Starts a command, asks it to stop at a random instant after its first letter, and looks at what it leaves.
fn stop_one(site: &Site, dice: &mut Dice, args: &[&str]) {
    let mut process = site.start_to_first_letter(args);
    dice.sleep(0..=150);
    process.signal("TERM");
    assert_eq!(process.end().code(), Some(0), "{}", site.told());
    let account = site.account(&[1]);
    assert_eq!(account.in_state("sending") + account.in_state("uncertain"), 0, "{}", site.told());
    for line in &account.ledger {
        let (taken, sent) = (account.taken.contains_key(&line.id), line.state == "sent");
        assert_eq!(taken, sent, "the relay and the ledger agree on {}", line.id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_is_an_end_that_leaves_nothing_in_hand_and_the_next_start_goes_on_at_once() {
    let plan = Plan { readers: READERS, lease: "1h", pace: 20, ..Plan::default() };
    let site = Site::new(plan).await;
    apart!({
        let mut dice = Dice::new();
        for round in 0..4 {
            let args = if round % 2 == 0 { &["send", "morning"][..] } else { &["run", "--only", "press"] };
            stop_one(&site, &mut dice, args);
        }
        site.relay.set_pace(0);
        site.send_until_finished();
        let account = site.account(&[1]);
        account.tell("stopped", 4);
        account.assert_nobody_is_lost(READERS);
        assert_eq!((account.in_state("sent"), account.twice()), (READERS, vec![]));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_is_stopped_while_it_resumes_begins_no_new_edition() {
    let site = Site::new(Plan { readers: 400, lease: "1h", pace: 20, ..Plan::default() }).await;
    apart!({
        let mut dice = Dice::new();
        stop_one(&site, &mut dice, &["send", "morning"]);
        // Without a date it is as new as its first sight.
        let undated = rss(&["Ferry late"]).replace("<pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>", "");
        site.newsroom.publish("news", undated);
        site.ok(&["collect"]);
        stop_one(&site, &mut dice, &["send", "morning"]);
        let editions = site.ok(&["editions", "list", "--json"]);
        let editions: Vec<serde_json::Value> = serde_json::from_str(&editions).unwrap();
        assert_eq!(editions.len(), 1, "{editions:?}");
    });
}
