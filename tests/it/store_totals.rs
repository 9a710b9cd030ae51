//! Candidates = excluded + deliveries in their states, whatever happens and in whatever order.

use std::collections::HashSet;

use pressrun::model::{EditionId, Outcome, SubscriptionState};
use pressrun::store::{Claimed, Store, Terms};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::store_world::{HAND, address, at, attempt, draft, lease, list, name, readers, record, stores};

#[derive(Debug, Clone)]
enum Step {
    Join(u8, SubscriptionState),
    Leave(u8),
    Suppress(u8),
    Release,
    Claim(usize),
    Unclaim,
    Record(Outcome),
    Cancel,
    Finish,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Sent),
        4 => (0..40_i64).prop_map(|m| Outcome::Deferred { until: at(m) }),
        1 => Just(Outcome::Refused),
        1 => Just(Outcome::Uncertain),
        1 => Just(Outcome::Suppressed),
        1 => Just(Outcome::Expired),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    use SubscriptionState::{Confirmed, Pending};
    prop_oneof![
        4 => (0..12_u8, prop_oneof![Just(Confirmed), Just(Pending)]).prop_map(|(n, s)| Step::Join(n, s)),
        1 => (0..12_u8).prop_map(Step::Leave),
        1 => (0..12_u8).prop_map(Step::Suppress),
        1 => Just(Step::Release),
        4 => (1..5_usize).prop_map(Step::Claim),
        1 => Just(Step::Unclaim),
        4 => outcome().prop_map(Step::Record),
        1 => Just(Step::Cancel),
        1 => Just(Step::Finish),
    ]
}

/// One walk: an edition, and the deliveries that are in our hands.
struct Walk<'a> {
    store: &'a Store,
    id: EditionId,
    hands: Vec<Claimed>,
    minute: i64,
    case: i64,
}

impl Walk<'_> {
    fn reader(&self, n: u8) -> String {
        format!("reader{n}@case{}.example.org", self.case)
    }

    async fn take(&mut self, step: &Step) {
        let (store, now) = (self.store, at(self.minute));
        let list = name(&format!("list{}", self.case));
        match step {
            Step::Join(n, state) => {
                let batch = readers(&[&self.reader(*n)]);
                store.add_subscribers(&list, &batch, *state, now).await.expect("joins");
            }
            Step::Leave(n) => {
                store.unsubscribe(&address(&self.reader(*n)), Some(&list), now).await.expect("leaves");
            }
            Step::Suppress(n) => {
                store
                    .suppress(&address(&self.reader(*n)).into(), "walked into it", now)
                    .await
                    .expect("suppresses");
            }
            Step::Release => {
                if let Ok(released) = store.release(self.id, &[list], &Terms::default(), now).await {
                    assert_eq!(released.candidates, released.excluded + released.queued);
                }
            }
            Step::Claim(limit) => {
                let claimed = store.claim(self.id, &lease(), *limit, now).await.expect("claims");
                assert!(claimed.len() <= *limit);
                self.hands.extend(claimed);
            }
            Step::Unclaim => {
                let ids: Vec<_> = self.hands.drain(..).map(|c| c.delivery).collect();
                store.unclaim(&ids, HAND).await.expect("gives back");
            }
            Step::Record(outcome) => {
                let attempts: Vec<_> =
                    self.hands.drain(..).map(|c| attempt(&c, self.minute, *outcome)).collect();
                record(store, &attempts).await.expect("records");
            }
            Step::Cancel => {
                store.cancel(self.id).await.expect("cancels");
                // What was claimed and not opened is withdrawn too.
                self.hands.clear();
            }
            Step::Finish => {
                store.finish(self.id).await.expect("finishes");
            }
        }
        self.minute += 1;
    }

    async fn check(&self) {
        let record = self.store.edition(self.id).await.expect("reads").expect("is there");
        let totals = record.totals;
        let ledger = self.store.deliveries(self.id, None, None, 99).await.expect("the ledger");
        assert_eq!(totals.candidates, totals.excluded + totals.by_state.iter().sum::<u64>());
        assert_eq!(totals.by_state.iter().sum::<u64>(), ledger.len() as u64);
        for row in &ledger {
            assert!(totals.in_state(row.state) > 0);
        }
        let readers: HashSet<_> = ledger.iter().map(|d| d.address.key()).collect();
        assert_eq!(readers.len(), ledger.len(), "a reader with two deliveries");
        let hands: HashSet<_> = self.hands.iter().map(|c| c.delivery).collect();
        let sending: HashSet<_> = ledger
            .iter()
            .filter(|d| d.state == pressrun::model::DeliveryState::Sending)
            .map(|d| d.id)
            .collect();
        assert_eq!((hands.len(), &hands), (self.hands.len(), &sending), "in our hands and nobody else's");
    }
}

#[test]
fn the_totals_add_up_after_every_step_of_any_walk() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stores = runtime.block_on(stores());
    for store in &stores[1..] {
        let mut case = 0;
        let mut runner =
            TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
        let case = std::cell::RefCell::new(&mut case);
        let steps = prop::collection::vec(step(), 1..40);
        let walked = runner.run(&steps, |steps| {
            **case.borrow_mut() += 1;
            let case = **case.borrow();
            runtime.block_on(async {
                let list = list(&format!("list{case}"));
                store.declare_lists(&[list]).await.expect("declares");
                let id = draft(store, case).await;
                let mut walk = Walk { store, id, hands: Vec::new(), minute: 1, case };
                for step in &steps {
                    walk.take(step).await;
                    walk.check().await;
                }
            });
            Ok(())
        });
        walked.expect("the totals add up");
    }
}
