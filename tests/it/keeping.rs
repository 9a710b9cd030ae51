//! What is done with is pruned by its age; its counts stay, and no reader notices.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::{Days, TimeDelta};
use pressrun::model::{
    Article, DeliveryState, Digest, EditionId, EditionState, Explanation, Instant, Kept, Nothing, Outcome,
    Skipped,
};
use pressrun::press::{self, Clock, Drafted, KeepingRules, Pruned, keep};
use pressrun::render::Theme;
use pressrun::store::{Lease, Passed, Store, Terms};

use crate::store_world::{
    HAND, address, article, at, attempt, collected, confirmed, draft, draft_of, edition, lease, message,
    name, record, stores,
};
use crate::world::World;

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn rules(digests: &[&Digest]) -> KeepingRules {
    KeepingRules {
        articles: 30 * DAY,
        editions: 90 * DAY,
        deliveries: 30 * DAY,
        digests: digests.iter().map(|digest| (digest.name.clone(), digest.max_age)).collect(),
    }
}

pub(crate) fn day(n: u64) -> Instant {
    at(0) + Days::new(n)
}

pub(crate) async fn keep_at(store: &Store, rules: &KeepingRules, now: Instant) -> Option<Pruned> {
    keep(store, rules, &Clock::stopped_at(now), &AtomicBool::new(false)).await.expect("it prunes")
}

pub(crate) async fn compose(store: &Store, digest: &Digest, now: Instant) -> Drafted {
    let theme = Theme::built_in();
    press::draft(store, digest, &theme, "https://tide.example", now).await.expect("it composes")
}

pub(crate) fn titles(drafted: &Drafted) -> Vec<String> {
    match drafted {
        Drafted::Nothing(..) => Vec::new(),
        Drafted::Draft(draft) => draft.edition.articles().map(|p| p.article.title.clone()).collect(),
    }
}

/// Releases and finishes what was composed; its titles.
pub(crate) async fn send(store: &Store, digest: &Digest, drafted: &Drafted, now: Instant) -> Vec<String> {
    if let Drafted::Draft(draft) = drafted {
        let id =
            store.put_edition(&draft.edition, &draft.message, &draft.explanation, now).await.expect("put");
        store.release(id, &digest.lists, &Terms::default(), now).await.expect("released");
        deliver_all(store, id, now).await;
    }
    titles(drafted)
}

async fn deliver_all(store: &Store, id: EditionId, now: Instant) {
    let minute = (now - at(0)).num_minutes();
    let lease = Lease { until: now + TimeDelta::days(1), ..lease() };
    let claimed = store.claim(id, &lease, 99, now).await.expect("claimed");
    let ends: Vec<_> = claimed.iter().map(|c| attempt(c, minute, Outcome::Sent)).collect();
    record(store, &ends).await.expect("recorded");
    assert!(store.finish(id).await.expect("finishes"));
}

/// Entry `n` of a feed: every third has no date, and the others were published so many days before or after.
pub(crate) fn entry(n: i64, published: i64) -> Article {
    let published = (n % 3 != 0).then(|| at(0) + TimeDelta::days(published));
    Article { published, title: format!("Story {n}"), ..article(n, n, n) }
}

#[tokio::test]
async fn a_feed_with_years_old_entries_that_is_polled_daily_for_two_years_sends_nothing_twice() {
    let digest = World::new().await.digest();
    for store in &stores().await[1..] {
        confirmed(store, "readers", &["ann@a.example"]).await;
        let source = collected(store, &[]).await;
        let (mut sent, mut pruned): (BTreeMap<String, u32>, u64) = (BTreeMap::new(), 0);
        for today in 0..730 {
            // A hundred entries from years ago, one more each third day; a long feed that nobody ever cuts.
            let news = (0..=today / 3).map(|n| entry(100 + n as i64, 3 * n as i64));
            let mut feed: Vec<_> = (0..100).map(|n| entry(n, -2_000 + n)).chain(news).collect();
            if today >= 400 {
                // The site moves, and later mends its texts: never all three marks at once.
                feed.iter_mut().for_each(|a| a.fingerprint.url += 10_000);
            }
            if today >= 500 {
                feed.iter_mut().for_each(|a| a.fingerprint.content += 10_000);
            }
            store.put_articles(source, &feed, day(today)).await.expect("stored");
            if today % 7 == 0 {
                let drafted = compose(store, &digest, day(today)).await;
                for title in send(store, &digest, &drafted, day(today)).await {
                    *sent.entry(title).or_default() += 1;
                }
                pruned += keep_at(store, &rules(&[&digest]), day(today)).await.map_or(0, |p| p.articles);
            }
        }
        let twice: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!((100..341).all(|n| sent.contains_key(&format!("Story {n}"))), "and what is new is sent");
        assert!(pruned > 200, "{pruned}");
        let left = store.candidates(None, 999).await.expect("candidates").len();
        assert!(left < 130, "{left}");
    }
}

#[tokio::test]
async fn the_sums_of_an_edition_are_the_same_after_each_step_of_pruning_it() {
    for store in stores().await {
        let readers: Vec<String> = (0..12).map(|n| format!("reader{n}@a.example")).collect();
        confirmed(&store, "daily", &readers.iter().map(String::as_str).collect::<Vec<_>>()).await;
        store
            .suppress(&address("reader11@a.example").into(), "asked us to", at(0))
            .await
            .expect("suppressed");
        let (old, going) = (draft(&store, 1).await, draft_of(&store, "other", at(3)).await);
        for id in [old, going] {
            store.release(id, &[name("daily")], &Terms::default(), at(4)).await.expect("released");
        }
        let claimed = store.claim(old, &lease(), 9, at(5)).await.expect("claimed");
        let outcomes = [Outcome::Sent, Outcome::Refused, Outcome::Uncertain];
        let ends = claimed.iter().zip(outcomes.iter().cycle()).map(|(c, outcome)| attempt(c, 5, *outcome));
        record(&store, &ends.collect::<Vec<_>>()).await.expect("recorded");
        // One of the uncertain goes once more, and is doubtful.
        let again = store.claim(old, &lease(), 3, at(90)).await.expect("claimed");
        let again: Vec<_> = again.iter().map(|c| attempt(c, 90, Outcome::Sent)).collect();
        record(&store, &again).await.expect("recorded");
        store.cancel(old).await.expect("what waits is withdrawn");
        assert!(store.finish(old).await.expect("finishes"));

        let before = store.edition(old).await.expect("reads").expect("is there");
        assert_eq!((before.totals.candidates, before.totals.excluded, before.totals.doubtful), (12, 1, 1));
        assert_eq!(store.done_with(at(2)).await.expect("reads"), [old], "the other one is going out");
        let (first, mut steps) = (claimed[0].delivery, 0);
        while store.prune_deliveries(old, day(40), 2).await.expect("prunes") > 0 {
            steps += 1;
            let now = store.edition(old).await.expect("reads").expect("is there");
            assert_eq!(
                (now.totals, now.kept, now.state),
                (before.totals, Kept::Some, EditionState::Finished)
            );
        }
        assert_eq!(steps, 6);
        assert_eq!(store.edition(old).await.expect("reads").expect("is there").kept, Kept::Text);
        assert_eq!(store.deliveries(old, None, None, 99).await.expect("reads"), []);
        assert_eq!(store.attempts(first).await.expect("reads"), []);
        assert_eq!(store.done_with(day(40)).await.expect("reads"), []);

        assert_eq!(store.prune_deliveries(going, day(40), 99).await.expect("prunes"), 0);
        assert_eq!(store.deliveries(going, None, None, 99).await.expect("reads").len(), 11);
    }
}

#[tokio::test]
async fn letters_that_ended_of_late_stay_and_can_be_sent_again_in_an_edition_that_is_half_pruned() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example", "bob@b.example", "cai@c.example"]).await;
        let id = draft(&store, 1).await;
        store.release(id, &[name("daily")], &Terms::default(), at(1)).await.expect("released");
        let claimed = store.claim(id, &lease(), 9, at(1)).await.expect("claimed");
        let minutes = [1, 1, 60 * 24 * 50];
        let ends = claimed.iter().zip(minutes).map(|(c, minute)| attempt(c, minute, Outcome::Refused));
        record(&store, &ends.collect::<Vec<_>>()).await.expect("recorded");
        assert!(store.finish(id).await.expect("finishes"));
        // So that its last letter is not the last of all.
        let next = draft_of(&store, "other", at(2)).await;
        store.release(next, &[name("daily")], &Terms::default(), at(2)).await.expect("released");

        let pruned = keep_at(&store, &rules(&[]), day(60)).await.expect("nobody else does");
        assert_eq!(pruned.deliveries, 2);
        let record = store.edition(id).await.expect("reads").expect("is there");
        assert_eq!((record.kept, record.totals.in_state(DeliveryState::Refused)), (Kept::Some, 3));
        assert_eq!(store.requeue(id, &[DeliveryState::Refused], day(60)).await.expect("back"), 1);
        let record = store.edition(id).await.expect("reads").expect("is there");
        assert_eq!(record.state, EditionState::Released);
        assert_eq!(record.judged, (0, 2), "what was refused before is forgiven, listed or not");
        assert_eq!(record.totals.by_state.iter().sum::<u64>(), 3);
    }
}

#[tokio::test]
async fn a_text_goes_after_its_letters_and_leaves_its_counts() {
    for store in stores().await {
        let source = collected(&store, &[article(1, 1, 1), article(2, 2, 2)]).await;
        let candidates = store.candidates(Some(&[source]), 9).await.expect("candidates");
        confirmed(&store, "daily", &["ann@a.example"]).await;
        let mut ids = Vec::new();
        for n in [0_u64, 200, 201] {
            let composed = edition("daily", day(n), &candidates);
            let composed =
                pressrun::model::Edition { since: (n > 0).then_some(composed.considered), ..composed };
            let put = store.put_edition(&composed, &message("News"), &Explanation::default(), day(n)).await;
            ids.push(put.expect("put"));
            store
                .release(ids[ids.len() - 1], &[name("daily")], &Terms::default(), day(n))
                .await
                .expect("released");
            deliver_all(&store, ids[ids.len() - 1], day(n)).await;
        }
        let [old, recent, _] = ids[..] else { panic!("three") };
        assert_eq!(store.prune_texts(day(100), 9).await.expect("prunes"), 0, "its letters are there");
        let pruned = keep_at(&store, &rules(&[]), day(320)).await.expect("nobody else does");
        assert_eq!((pruned.deliveries, pruned.editions), (2, 1));

        let record = store.edition(old).await.expect("reads").expect("is there");
        assert_eq!((record.kept, record.articles, record.subject.as_str()), (Kept::Counts, 2, "News"));
        assert_eq!(record.totals.in_state(DeliveryState::Sent), 1);
        assert_eq!(store.message(old).await.expect("reads"), None);
        assert_eq!(store.explanation(old).await.expect("reads"), None);
        assert_eq!(store.edition_articles(old).await.expect("reads"), []);
        // What was sent within ninety days of the last edition is looked for in what is new.
        assert_eq!(store.edition(recent).await.expect("reads").expect("is there").kept, Kept::Text);
        assert_eq!(store.edition_articles(recent).await.expect("reads").len(), 2);
        assert_eq!(store.previous(&name("daily")).await.expect("reads").consumed.len(), 2);
    }
}

#[tokio::test]
async fn an_edition_whose_letters_are_no_longer_listed_welcomes_nobody() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example", "bob@b.example"]).await;
        let id = draft(&store, 1).await;
        store.release(id, &[name("daily")], &Terms::default(), at(1)).await.expect("released");
        deliver_all(&store, id, at(1)).await;
        keep_at(&store, &rules(&[]), day(60)).await.expect("nobody else does");
        store.greet(&name("daily"), &address("ann@a.example")).await.expect("noted");
        let given = store.welcome(&name("daily"), at(0), day(61), day(60)).await.expect("looks");
        assert_eq!(given, 0, "ann has had it");
    }
}

#[tokio::test]
async fn one_process_prunes_at_a_time_none_soon_again_and_a_stop_ends_it_between_two_steps() {
    for store in stores().await {
        confirmed(&store, "daily", &["ann@a.example", "bob@b.example", "cai@c.example"]).await;
        for (minute, digest) in [(1, "daily"), (2, "other")] {
            let id = draft_of(&store, digest, at(minute)).await;
            store.release(id, &[name("daily")], &Terms::default(), at(minute)).await.expect("released");
            deliver_all(&store, id, at(minute)).await;
        }
        let other = Lease { holder: HAND.to_owned(), until: day(60) + TimeDelta::minutes(1) };
        assert!(store.take_chore("keeping", &other, day(59), day(60)).await.expect("takes"));
        assert_eq!(keep_at(&store, &rules(&[]), day(60)).await, None, "another does it");

        let later = day(60) + TimeDelta::minutes(2);
        let stop = AtomicBool::new(true);
        let stopped = keep(&store, &rules(&[]), &Clock::stopped_at(later), &stop).await.expect("prunes");
        assert_eq!(stopped.map(|p| p.deliveries), Some(3), "of the first edition");
        let rest = keep_at(&store, &rules(&[]), later).await.expect("who was stopped has not done it");
        assert_eq!(rest.deliveries, 2, "the last row of all stays");
        assert_eq!(keep_at(&store, &rules(&[]), later).await, None, "it was done a moment ago");
        let next = keep_at(&store, &rules(&[]), later + TimeDelta::hours(1)).await;
        assert_eq!(next, Some(Pruned::default()));
        assert_eq!(store.deliveries(EditionId(1), None, None, 9).await.expect("reads"), []);
    }
}

#[tokio::test]
async fn slots_without_an_edition_lanes_and_what_forgotten_readers_were_shown_go_in_time() {
    for store in stores().await {
        let nothing = Skipped::Nothing(Nothing::NothingNew);
        let slots = [(day(0), nothing.clone()), (day(100), nothing)];
        store.skip_slots(&name("daily"), &slots, day(100)).await.expect("skipped");
        let lane = pressrun::model::Lane {
            next_at: day(10),
            pushed_at: day(10),
            held_until: None,
            strikes: 1,
            failures: 0,
            day: day(10).timestamp() / 86_400,
            letters: 3,
        };
        let fresh = pressrun::model::Lane { held_until: Some(day(101)), ..lane };
        let lanes =
            |all: &mut pressrun::store::Lanes| all.extend([("old".into(), lane), ("held".into(), fresh)]);
        store.with_lanes(lanes).await.expect("put");
        let pruned = keep_at(&store, &rules(&[]), day(100)).await.expect("nobody else does");
        assert_eq!(pruned.slots, 1);
        assert_eq!(store.slots(&name("daily"), 9).await.expect("reads").len(), 1);
        assert_eq!(store.lanes().await.expect("reads").keys().collect::<Vec<_>>(), ["held"]);
    }
}

#[tokio::test]
async fn the_newest_of_each_source_and_what_a_digest_has_not_looked_at_stay_however_old() {
    for store in stores().await {
        let many: Vec<_> = (1..=80).map(|n| entry(n, n)).collect();
        let source = collected(&store, &many).await;
        let nobody = store.wanted(&[]).await.expect("reads");
        let prune = async |wanted, limit| {
            store.prune_articles(day(500), wanted, Passed::default(), limit).await.expect("prunes").0
        };
        confirmed(&store, "daily", &["ann@a.example"]).await;
        let considered = store.candidates(Some(&[source]), 99).await.expect("candidates")[0].id;
        let looked = pressrun::model::Edition {
            considered: pressrun::model::ArticleId(considered.0.min(30)),
            ..edition("daily", day(1), &[])
        };
        let id =
            store.put_edition(&looked, &message("News"), &Explanation::default(), day(1)).await.expect("put");
        store.release(id, &[name("daily")], &Terms::default(), day(1)).await.expect("released");
        let wanted = store.wanted(&[(name("daily"), day(499))]).await.expect("reads");
        let without_date = store.candidates(None, 99).await.expect("candidates");
        let wanted_still =
            without_date.iter().filter(|c| c.id.0 > 30 && c.article.published.is_none()).count();
        prune(&wanted, 999).await;
        let left = store.candidates(None, 99).await.expect("candidates");
        let still = left.iter().filter(|c| c.id.0 > 30 && c.article.published.is_none()).count();
        assert_eq!(still, wanted_still, "they may be news to somebody");
        prune(&nobody, 999).await;
        let left = store.candidates(None, 99).await.expect("candidates");
        assert!((50..=51).contains(&left.len()), "{}", left.len());
        let highest = without_date.iter().map(|c| c.id).max();
        assert_eq!(left.iter().map(|c| c.id).max(), highest, "its number is never given again");
    }
}
