//! What readers have chosen decides at the release who gets what, and every one of them is accounted for.

use pressrun::model::{
    ArticleId, Choice, DeliveryState, EditionId, Excluded, Language, Never, Reader, SubscriptionState, Wishes,
};
use pressrun::store::{Audience, Claimed, Reading, Store, Terms, Variant};

use crate::store_world::{
    CONSIDERED, Empty, address, addresses, at, confirmed, draft, edition, lease, list, message, name,
    readers, stores,
};

const ALL: [&str; 6] = [
    "ann@example.org",
    "bob@example.org",
    "cleo@example.org",
    "dan@example.org",
    "eve@example.org",
    "finn@example.org",
];

/// The reader with an address, by way of the token in a letter.
async fn reader(store: &Store, who: &str) -> (String, Reader) {
    let token = token(store, who).await;
    let reader = store.reader(&token).await.unwrap().unwrap();
    (token, reader)
}

/// What opens a reader's page, as a letter of an edition that is cancelled again says it.
pub(crate) async fn token(store: &Store, who: &str) -> String {
    let minute = 1_000_000 + i64::try_from(store.editions(None, 1_000).await.unwrap().len()).unwrap();
    let probe = store
        .put_edition(&edition("probe", at(minute), &[]), &message("?"), &Default::default(), at(minute))
        .await
        .unwrap();
    let lists: Vec<_> = store.lists().await.unwrap().into_iter().map(|c| c.list.name).collect();
    store.release(probe, &lists, &Terms::default(), at(0)).await.unwrap();
    let all = store.claim(probe, &lease(), 100, at(minute)).await.unwrap();
    let token = all.iter().find(|c| c.address == address(who)).expect("a letter").reader_token.clone();
    store.cancel(probe).await.unwrap();
    token
}

fn leaves_out(digest: &str, sections: &[&str]) -> Choice {
    let left_out = sections.iter().map(|section| (*section).to_owned()).collect();
    Choice { digest: name(digest), declined: false, left_out }
}

fn declines(digest: &str) -> Choice {
    Choice { digest: name(digest), declined: true, left_out: Vec::new() }
}

async fn wish(store: &Store, who: &str, wishes: Wishes) {
    let (_, reader) = reader(store, who).await;
    store.wish(reader.id, &wishes, &[], at(1)).await.unwrap();
}

async fn claimed(store: &Store, edition: EditionId) -> Vec<Claimed> {
    store.claim(edition, &lease(), 100, at(100_000)).await.unwrap()
}

async fn adds_up(store: &Store, edition: EditionId) -> Excluded {
    let totals = store.edition(edition).await.unwrap().unwrap().totals;
    assert_eq!(totals.candidates, totals.excluded + totals.by_state.iter().sum::<u64>());
    assert_eq!(totals.excluded, totals.left_out.all());
    totals.left_out
}

#[tokio::test]
async fn what_a_reader_wishes_is_what_their_page_says_next() {
    for store in stores().await {
        confirmed(&store, "readers", &ALL).await;
        store.declare_lists(&[list("other"), list("third")]).await.unwrap();
        let (token, before) = reader(&store, "ann@example.org").await;
        assert_eq!(
            (before.address.as_str(), before.plain, before.choices.len()),
            ("ann@example.org", false, 0)
        );
        let wishes = Wishes {
            name: "Ann\r\nBcc: all@example.org \0".to_owned(),
            zone: Some(chrono_tz::Asia::Tokyo),
            language: Language::parse("he"),
            plain: true,
            paused_until: Some(at(50)),
            join: vec![name("other"), name("nowhere")],
            leave: vec![name("readers")],
            choices: vec![leaves_out("daily", &["Sea \"x\"", "Air", "Sea \"x\""]), declines("weekly")],
        };
        store.wish(before.id, &wishes, &[], at(7)).await.unwrap();
        let after = store.reader(&token).await.unwrap().unwrap();
        assert_eq!(after.name, "AnnBcc: all@example.org ");
        assert_eq!(
            (after.zone.as_deref(), after.plain, after.paused_until),
            (Some("Asia/Tokyo"), true, Some(at(50)))
        );
        assert_eq!(after.language, wishes.language);
        assert_eq!(after.choices, [leaves_out("daily", &["Air", "Sea \"x\""]), declines("weekly")]);
        let places: Vec<_> = after.subscriptions.iter().map(|s| (s.list.as_str(), s.state)).collect();
        let (gone, here) = (SubscriptionState::Unsubscribed, SubscriptionState::Confirmed);
        assert_eq!(places, [("other", here), ("readers", gone)]);

        let back = Wishes {
            join: vec![name("readers")],
            choices: vec![leaves_out("daily", &[])],
            ..Wishes::default()
        };
        store.wish(before.id, &back, &[], at(8)).await.unwrap();
        let after = store.reader(&token).await.unwrap().unwrap();
        assert_eq!(after.subscriptions.iter().filter(|s| s.state == here).count(), 2);
        assert_eq!(after.choices, [declines("weekly")], "a digest that nobody asked about stays as it was");
        assert_eq!((after.name.as_str(), after.zone, after.paused_until), ("", None, None));

        assert_eq!(store.reader("0").await.unwrap(), None);
        assert!(store.forget_subscriber(&address("ann@example.org"), at(8)).await.unwrap());
        store.wish(before.id, &wishes, &[], at(9)).await.unwrap();
        assert_eq!(store.reader(&token).await.unwrap(), None, "who is forgotten stays so");
    }
}

#[tokio::test]
async fn who_pauses_or_does_not_want_the_digest_is_left_out_and_counted() {
    for store in stores().await {
        confirmed(&store, "readers", &ALL).await;
        store.suppress(&Never::Address(address("eve@example.org")), "asked us", at(0)).await.unwrap();
        store.unsubscribe(&address("finn@example.org"), None, at(0)).await.unwrap();
        wish(&store, "ann@example.org", Wishes { paused_until: Some(at(11)), ..Wishes::default() }).await;
        wish(&store, "bob@example.org", Wishes { choices: vec![declines("daily")], ..Wishes::default() })
            .await;
        wish(&store, "cleo@example.org", Wishes { choices: vec![declines("weekly")], ..Wishes::default() })
            .await;
        let first = draft(&store, 10).await;
        assert_eq!(store.readers_of(first, &[name("readers")], at(10)).await.unwrap(), 2);
        let released = store.release(first, &[name("readers")], &Terms::default(), at(10)).await.unwrap();
        let expected =
            Excluded { unsubscribed: 1, suppressed: 1, paused: 1, declined: 1, ..Excluded::default() };
        assert_eq!((released.left_out, released.queued, released.candidates), (expected, 2, 6));
        assert_eq!(adds_up(&store, first).await, expected);
        assert_eq!(addresses(&claimed(&store, first).await), ["cleo@example.org", "dan@example.org"]);
        // A pause ends by itself.
        let mut next = edition("daily", at(11), &[]);
        next.since = Some(CONSIDERED);
        let second = store.put_edition(&next, &message("News"), &Default::default(), at(11)).await.unwrap();
        let released = store.release(second, &[name("readers")], &Terms::default(), at(11)).await.unwrap();
        assert_eq!((released.left_out.paused, released.queued), (0, 3));
    }
}

#[tokio::test]
async fn nobody_to_write_to_is_known_before_an_edition_is_made() {
    for store in stores().await {
        confirmed(&store, "readers", &ALL[..3]).await;
        let (daily, lists) = (name("daily"), [name("readers")]);
        wish(&store, "ann@example.org", Wishes { paused_until: Some(at(11)), ..Wishes::default() }).await;
        wish(&store, "bob@example.org", Wishes { choices: vec![declines("daily")], ..Wishes::default() })
            .await;
        assert!(store.has_readers(&daily, &lists, at(10)).await.unwrap());
        store.suppress(&Never::Address(address("cleo@example.org")), "asked us", at(0)).await.unwrap();
        assert!(!store.has_readers(&daily, &lists, at(10)).await.unwrap());
        assert!(store.has_readers(&daily, &lists, at(11)).await.unwrap());
        assert!(store.has_readers(&name("weekly"), &lists, at(10)).await.unwrap());
    }
}

fn variant(subject: &str, since: Option<ArticleId>, minute: i64) -> Variant {
    let mut varied = edition("daily", at(minute), &[]);
    varied.since = since;
    Variant { edition: varied, message: message(subject), explanation: Default::default() }
}

fn reading(since: Option<ArticleId>, left_out: &[&str], text: Option<usize>) -> Reading {
    let left_out = left_out.iter().map(|title| (*title).to_owned()).collect();
    Reading { since, left_out, text, considered: ArticleId(5) }
}

async fn with_choices(store: &Empty) {
    confirmed(store, "readers", &ALL).await;
    for (who, sections) in [
        ("ann@example.org", &["Sea"][..]),
        ("bob@example.org", &["Air", "Sea"]),
        ("cleo@example.org", &["Air"]),
        ("dan@example.org", &["Sea"]),
    ] {
        wish(store, who, Wishes { choices: vec![leaves_out("daily", sections)], ..Wishes::default() }).await;
    }
}

#[tokio::test]
async fn each_choice_gets_its_own_text_and_none_if_there_is_nothing_in_it() {
    for store in stores().await {
        with_choices(&store).await;
        let groups = store.choosers(&name("daily"), &[name("readers")], at(10)).await.unwrap();
        let told: Vec<_> = groups.iter().map(|g| (g.left_out.join("+"), g.readers)).collect();
        assert_eq!(told, [("Sea".to_owned(), 2), ("Air+Sea".to_owned(), 1), ("Air".to_owned(), 1)]);

        let edition = draft(&store, 10).await;
        let readings = [reading(None, &["Sea"], Some(1)), reading(None, &["Air", "Sea"], None)];
        store.address(edition, None, &[variant("Without sea", None, 10)], &readings).await.unwrap();
        assert_eq!(store.readers_of(edition, &[name("readers")], at(10)).await.unwrap(), 5);
        let released = store.release(edition, &[name("readers")], &Terms::default(), at(10)).await.unwrap();
        assert_eq!((released.queued, released.left_out), (5, Excluded { nothing: 1, ..Excluded::default() }));
        adds_up(&store, edition).await;
        let mut got: Vec<_> = claimed(&store, edition)
            .await
            .iter()
            .map(|c| (c.address.local().to_owned(), c.variant))
            .collect();
        got.sort();
        // Cleo's choice has no text: she gets the whole.
        let expected = [("ann", 1), ("cleo", 0), ("dan", 1), ("eve", 0), ("finn", 0)];
        assert_eq!(got, expected.map(|(who, text)| (who.to_owned(), text)));
    }
}

#[tokio::test]
async fn in_waves_the_text_is_found_by_the_choice_and_by_how_far_one_has_come() {
    for store in stores().await {
        with_choices(&store).await;
        let audience = Audience { zones: vec!["UTC".to_owned()], home: "UTC".to_owned() };
        let (daily, lists) = (name("daily"), [name("readers")]);
        let send = async |minute: i64, readings: &[Reading], variants: &[Variant]| {
            let edition = draft(&store, minute).await;
            store.address(edition, Some(&audience), variants, readings).await.unwrap();
            let released = store.release(edition, &lists, &Terms::default(), at(minute)).await.unwrap();
            adds_up(&store, edition).await;
            (edition, released)
        };
        let first = [reading(None, &[], Some(0)), reading(None, &["Air", "Sea"], None)];
        let (edition, released) = send(10, &first, &[]).await;
        assert_eq!((released.queued, released.left_out.nothing), (5, 1));
        assert_eq!(claimed(&store, edition).await.len(), 5);
        // Bob has come on though there was nothing for him, and nobody is asked twice.
        let groups = store.groups(&daily, &lists, &audience, at(20)).await.unwrap();
        let told: Vec<_> =
            groups.iter().map(|g| (g.reached.map(|a| a.0), g.left_out.join("+"), g.readers)).collect();
        let whole = |way: Option<i64>| way;
        assert_eq!(
            told.iter().map(|(way, ..)| whole(*way)).collect::<std::collections::BTreeSet<_>>().len(),
            2
        );
        let bobs = told.iter().find(|(_, out, _)| out == "Air+Sea").unwrap();
        assert_eq!(bobs.0, Some(5));
        let others = told.iter().find(|(_, out, _)| out.is_empty()).unwrap().0.map(ArticleId);

        let readings = [
            reading(others, &[], Some(0)),
            reading(others, &["Sea"], Some(2)),
            reading(Some(ArticleId(5)), &[], Some(1)),
        ];
        let variants = [variant("Farther", Some(ArticleId(5)), 20), variant("No sea", others, 20)];
        let (edition, released) = send(20, &readings, &variants).await;
        assert_eq!((released.queued, released.excluded), (6, 0));
        let mut got: Vec<_> = claimed(&store, edition)
            .await
            .iter()
            .map(|c| (c.address.local().to_owned(), c.variant))
            .collect();
        got.sort();
        let expected = [("ann", 2), ("bob", 1), ("cleo", 0), ("dan", 2), ("eve", 0), ("finn", 0)];
        assert_eq!(got, expected.map(|(who, text)| (who.to_owned(), text)));

        // A cancelled edition takes nobody along.
        let before = store.groups(&daily, &lists, &audience, at(30)).await.unwrap();
        let way = before[0].reached;
        let none = [reading(way, &[], Some(0)), reading(way, &["Sea"], None)];
        let (edition, released) = send(30, &none, &[]).await;
        assert_eq!(released.left_out.nothing, 2);
        assert!(store.cancel(edition).await.unwrap());
        let after = store.groups(&daily, &lists, &audience, at(30)).await.unwrap();
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn a_new_reader_is_greeted_with_what_they_have_chosen() {
    for store in stores().await {
        with_choices(&store).await;
        let edition = draft(&store, 10).await;
        let readings = [reading(None, &["Sea"], Some(1)), reading(None, &["Air"], None)];
        store.address(edition, None, &[variant("Without sea", None, 10)], &readings).await.unwrap();
        store.declare_lists(&[list("empty")]).await.unwrap();
        store.release(edition, &[name("empty")], &Terms::default(), at(10)).await.unwrap();
        for who in ["ann@example.org", "cleo@example.org", "eve@example.org"] {
            let state = SubscriptionState::Confirmed;
            store.add_subscribers(&name("empty"), &readers(&[who]), state, at(11)).await.unwrap();
            assert!(store.greet(&name("empty"), &address(who)).await.unwrap());
        }
        assert_eq!(store.welcome(&name("empty"), at(0), at(90_000), at(12)).await.unwrap(), 2);
        let got: Vec<_> = store.claim(edition, &lease(), 9, at(13)).await.unwrap();
        let mut got: Vec<_> = got.iter().map(|c| (c.address.local(), c.variant)).collect();
        got.sort_unstable();
        assert_eq!(got, [("ann", 1), ("eve", 0)]);
        let totals = store.edition(edition).await.unwrap().unwrap().totals;
        assert_eq!((totals.candidates, totals.in_state(DeliveryState::Sending)), (2, 2));
    }
}
