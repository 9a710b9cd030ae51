//! One story that walks every method of the store, on both engines.

use pressrun::model::{
    Article, Candidate, DeliveryState, EditionId, EditionState, Excluded, Explained, Explanation, Image,
    ListId, Next, Nothing, Outcome, Placement, Skipped, SourceId, SourceOrigin, SubscriptionState,
    Validators, WhyOut, Wish,
};
use pressrun::store::{Added, Gathered, Poll, PollEnd, Released, Store, StoreError, Terms};

use crate::store_world::{
    CONSIDERED, HAND, address, addresses, article, at, attempt, edition, lease, list, message, name, readers,
    record, source, stores,
};

#[tokio::test]
async fn the_story_of_an_edition_is_the_same_on_both_engines() {
    for store in stores().await {
        let engine = store.engine().await.expect("an engine");
        assert!(engine.starts_with("SQLite 3.") || engine.starts_with("PostgreSQL 1"), "{engine}");
        let harbour = sources_are_declared_and_polled(&store).await;
        let candidates = articles_are_gathered(&store, harbour).await;
        nothing_comes_first(&store).await;
        let id = an_edition_is_frozen(&store, &candidates).await;
        readers_come_and_go(&store).await;
        letters_go_out(&store, id).await;
        the_ledger_tells_how_it_ended(&store, id, &candidates).await;
        secrets_are_made_once(&store).await;
    }
}

async fn sources_are_declared_and_polled(store: &Store) -> SourceId {
    let declared =
        [source("harbour", "https://example.org/feed"), source("lost", "https://example.org/lost")];
    store.declare_sources(&declared).await.expect("declares");
    let pier = source("pier", "https://example.org/pier");
    assert!(store.add_source(&pier).await.expect("adds"));
    assert!(!store.add_source(&pier).await.expect("is there"));
    assert!(store.remove_source(&name("lost")).await.expect("removes"));
    assert!(!store.remove_source(&name("lost")).await.expect("is gone"));

    let harbour = store.sources().await.expect("sources")[0].id;
    let validators = Validators { etag: Some("\"a\"".to_owned()), last_modified: None };
    let site = "https://example.org/".parse().ok();
    let collected = Poll {
        at: at(1),
        end: PollEnd::Collected {
            title: Some("The Harbour".to_owned()),
            site,
            wish: Wish::default(),
            again_at: None,
            hub: None,
        },
        validators: Some(validators.clone()),
        moved_to: "https://example.org/atom".parse().ok(),
        next: Next {
            poll: Some(at(9)),
            not_before: Some(at(7)),
            rest: Some(std::time::Duration::from_secs(900)),
        },
    };
    store.record_poll(harbour, &collected).await.expect("records");
    let failed = PollEnd::Failed { sentence: "the server said 500".to_owned() };
    for minute in [2, 3] {
        let poll = Poll {
            at: at(minute),
            end: failed.clone(),
            validators: None,
            moved_to: None,
            next: Next::default(),
        };
        store.record_poll(harbour, &poll).await.expect("records");
    }

    let sources = store.sources().await.expect("sources");
    assert_eq!(sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["harbour", "pier"]);
    let now = &sources[0];
    assert_eq!((now.origin, sources[1].origin), (SourceOrigin::Config, SourceOrigin::Command));
    assert_eq!((now.url.as_str(), now.label()), ("https://example.org/atom", "The Harbour"));
    assert_eq!(
        (&now.validators, now.next_poll, &now.topics),
        (&validators, None, &vec!["harbour".to_owned()])
    );
    assert_eq!((now.health.checked_at, now.health.succeeded_at), (Some(at(3)), Some(at(1))));
    assert_eq!((now.health.failures, now.health.trouble.as_deref()), (2, Some("the server said 500")));
    let unchanged =
        Poll { at: at(4), end: PollEnd::Unchanged, validators: None, moved_to: None, next: Next::default() };
    store.record_poll(harbour, &unchanged).await.expect("records");
    let healthy = &store.sources().await.expect("sources")[0];
    assert_eq!((healthy.health.failures, &healthy.health.trouble), (0, &None));
    assert!(matches!(store.record_poll(SourceId(99), &unchanged).await, Err(StoreError::NoSource(_))));
    harbour
}

async fn articles_are_gathered(store: &Store, harbour: SourceId) -> Vec<Candidate> {
    let mut plain = article(2, 2, 2);
    plain.image = Some(Image {
        url: "https://example.org/i.png".parse().expect("a URL"),
        width: Some(3),
        height: None,
        alt: "a ship".to_owned(),
    });
    (plain.author, plain.published, plain.language) = (None, None, None);
    let articles = [article(3, 3, 3), plain.clone(), article(1, 1, 1)];
    let gathered = store.put_articles(harbour, &articles, at(2)).await.expect("stores");
    assert_eq!(gathered, Gathered { new: 3, changed: 0, known: 0 });
    let candidates = store.candidates(None, 10).await.expect("candidates");
    let shown = articles.map(|article| Article { content: String::new(), ..article });
    assert_eq!(candidates.iter().map(|c| c.article.clone()).collect::<Vec<_>>(), shown);
    assert_eq!(candidates[1].date(), at(2), "an article without a date counts from its first sight");
    assert_eq!(store.candidates(Some(&[harbour]), 2).await.expect("candidates").len(), 2);
    assert_eq!(store.candidates(Some(&[]), 10).await.expect("candidates"), []);
    candidates
}

async fn nothing_comes_first(store: &Store) {
    let daily = name("daily");
    assert_eq!(store.last_nothing(&daily).await.expect("nothing"), None);
    let few = Skipped::Nothing(Nothing::BelowMinimum { found: 1, minimum: 3 });
    let nothing = Skipped::Nothing(Nothing::NothingNew);
    let why = Explanation::default();
    store.put_nothing(&daily, at(5), &nothing, &why, at(5)).await.expect("remembers");
    store.put_nothing(&daily, at(6), &nothing, &why, at(6)).await.expect("remembers");
    store.put_nothing(&daily, at(6), &few, &why, at(6)).await.expect("replaces");
    let last = store.last_nothing(&daily).await.expect("nothing").expect("there is one");
    assert_eq!((last.slot, last.skipped, last.explanation), (at(6), Some(few), why));
    let previous = store.previous(&daily).await.expect("previous");
    assert_eq!((previous.considered, previous.consumed.len()), (None, 0));
}

async fn an_edition_is_frozen(store: &Store, candidates: &[Candidate]) -> EditionId {
    let explained = |c: &Candidate, placement| Explained {
        id: c.id,
        title: c.article.title.clone(),
        source: "The Harbour".to_owned(),
        date: c.date(),
        placement,
        popular: None,
    };
    let explanation = Explanation {
        articles: vec![
            explained(&candidates[0], Placement::Lead),
            explained(&candidates[1], Placement::In { section: "News".to_owned(), place: 1 }),
            explained(&candidates[2], Placement::Out(WhyOut::UsedBy { edition: EditionId(7) })),
        ],
    };
    let composed = edition("daily", at(10), &candidates[..2]);
    let message = message("\u{1f6a2} News, \"today\"");
    let id = store.put_edition(&composed, &message, &explanation, at(11)).await.expect("freezes");
    let again = store.put_edition(&composed, &message, &explanation, at(12)).await;
    assert!(matches!(again, Err(StoreError::SlotTaken { edition }) if edition == id), "{again:?}");

    assert_eq!(store.message(id).await.expect("a message"), Some(message));
    assert_eq!(store.explanation(id).await.expect("an explanation"), Some(explanation));
    let articles = store.edition_articles(id).await.expect("articles");
    let articles = articles.into_iter().map(|(section, placed)| {
        assert!(placed.article.content.starts_with("<p>"));
        let article = Article { content: String::new(), ..placed.article };
        (section, Candidate { article, ..placed })
    });
    assert_eq!(
        articles.collect::<Vec<_>>(),
        [(String::new(), candidates[0].clone()), ("News".to_owned(), candidates[1].clone())]
    );
    let token = store.edition_token(id).await.expect("a token");
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
    let record = store.edition(id).await.expect("a record").expect("is there");
    assert_eq!((record.slot, record.state, record.articles), (at(10), EditionState::Draft, 2));
    assert_eq!(store.editions(Some(&name("daily")), 5).await.expect("editions"), [record]);
    assert_eq!(store.editions(Some(&name("weekly")), 5).await.expect("editions"), []);
    let nobody = EditionId(999);
    assert_eq!(store.edition(nobody).await.expect("none"), None);
    assert_eq!(store.message(nobody).await.expect("none"), None);
    assert!(matches!(store.edition_token(nobody).await, Err(StoreError::NoEdition(_))));
    assert_eq!(
        store.previous(&name("daily")).await.expect("previous").considered,
        None,
        "a draft uses nothing"
    );
    id
}

async fn readers_come_and_go(store: &Store) {
    store.declare_lists(&[list("daily"), list("weekly")]).await.expect("declares");
    let mut renamed = list("daily");
    (renamed.title, renamed.list_id) = ("The Daily".to_owned(), "other.example.net".to_owned());
    store.declare_lists(&[renamed]).await.expect("declares again");
    let daily = name("daily");
    let add = async |addresses: &[&str], state| {
        store.add_subscribers(&daily, &readers(addresses), state, at(12)).await.expect("adds")
    };
    let gone = address("gone@example.org");
    assert!(store.suppress(&gone.clone().into(), "asked us to", at(12)).await.expect("suppresses"));
    assert!(
        !store.suppress(&address("GONE@example.org").into(), "again", at(13)).await.expect("is suppressed")
    );
    let batch = ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org", "A@X.org", "gone@example.org"];
    let added = add(&batch, SubscriptionState::Confirmed).await;
    assert_eq!(added, Added { new: 5, known: 1, left: 0, suppressed: 1 });
    add(&["waits@x.org"], SubscriptionState::Pending).await;
    assert_eq!(store.unsubscribe(&address("E@x.org"), Some(&daily), at(13)).await.expect("leaves"), 1);
    assert_eq!(store.unsubscribe(&address("e@x.org"), None, at(14)).await.expect("has left"), 0);

    let lists = store.lists().await.expect("lists");
    assert_eq!(
        (lists[0].list.title.as_str(), lists[0].list.list_id.as_str()),
        ("The Daily", "other.example.net")
    );
    assert_eq!((lists[0].pending, lists[0].confirmed, lists[0].unsubscribed), (1, 4, 1));
    let left = store.subscriber(&address("e@x.org")).await.expect("reads").expect("is there");
    assert_eq!(left.subscriptions[0].state, SubscriptionState::Unsubscribed);
    assert_eq!(store.subscriber(&gone).await.expect("reads"), None);
    let first = store.subscribers(Some(&daily), None, 4).await.expect("a page");
    let rest = store.subscribers(None, Some(first[3].id), 10).await.expect("the next page");
    assert_eq!((first.len(), rest.len()), (4, 2));
    let suppressed = store.suppressions(None, 10).await.expect("suppressions");
    assert_eq!((suppressed.len(), suppressed[0].reason.as_str()), (1, "asked us to"));
    assert_eq!(store.suppressions(Some(&gone.clone().into()), 10).await.expect("suppressions"), []);
}

async fn letters_go_out(store: &Store, id: EditionId) {
    let released = store.release(id, &[name("daily")], &Terms::default(), at(20)).await.expect("releases");
    assert_eq!(
        released,
        Released {
            candidates: 6,
            excluded: 2,
            left_out: Excluded { pending: 1, unsubscribed: 1, ..Excluded::default() },
            queued: 4
        }
    );
    let daily = name("daily");
    let previous = store.previous(&daily).await.expect("previous");
    assert_eq!((previous.considered, previous.consumed.len()), (Some(CONSIDERED), 2));
    assert!(!store.finish(id).await.expect("is not finished"));
    assert_eq!(store.unfinished(&daily).await.expect("unfinished")[0].totals.open(), 4);

    let claimed = store.claim(id, &lease(), 3, at(20)).await.expect("claims");
    assert_eq!(addresses(&claimed), ["a@x.org", "b@x.org", "c@x.org"]);
    assert!(claimed.iter().all(|c| c.list == ListId(1) && c.attempts == 0));
    let token = |t: &str| t.len() == 40 && t.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(claimed.iter().all(|c| token(&c.list_token) && token(&c.reader_token)));
    store.unclaim(&[claimed[2].delivery], HAND).await.expect("gives back");
    let until = at(60);
    let attempts =
        [attempt(&claimed[0], 21, Outcome::Sent), attempt(&claimed[1], 21, Outcome::Deferred { until })];
    record(store, &attempts).await.expect("records");
    let rest = store.claim(id, &lease(), 10, at(59)).await.expect("claims");
    assert_eq!(addresses(&rest), ["c@x.org", "d@x.org"]);
    record(store, &[attempt(&rest[0], 22, Outcome::Suppressed), attempt(&rest[1], 22, Outcome::Uncertain)])
        .await
        .expect("records");
    let later = store.claim(id, &lease(), 10, at(60)).await.expect("claims");
    assert_eq!((addresses(&later), later[0].attempts), (vec!["b@x.org", "d@x.org"], 1));
    // What is uncertain a second time is held.
    record(store, &[attempt(&later[0], 61, Outcome::Expired), attempt(&later[1], 61, Outcome::Uncertain)])
        .await
        .expect("records");
    assert_eq!(store.claim(id, &lease(), 10, at(9_999)).await.expect("nothing is due"), []);
}

async fn the_ledger_tells_how_it_ended(store: &Store, id: EditionId, candidates: &[Candidate]) {
    let ledger = store.deliveries(id, None, None, 10).await.expect("the ledger");
    let states: Vec<_> = ledger.iter().map(|d| (d.address.as_str(), d.state)).collect();
    use DeliveryState::{Expired, Refused, Sent, Uncertain};
    assert_eq!(
        states,
        [("a@x.org", Sent), ("b@x.org", Expired), ("c@x.org", Refused), ("d@x.org", Uncertain)]
    );
    let expired = &ledger[1];
    assert_eq!((expired.attempts, expired.due_at), (2, None));
    assert_eq!(expired.ended_at, Some(at(61) + chrono::TimeDelta::milliseconds(1_500)));
    assert_eq!(expired.reply.as_ref().map(|r| (r.code, r.text.as_str())), Some((450, "so it \"is\"")));
    let next = store.deliveries(id, None, Some(ledger[0].id), 2).await.expect("a page");
    assert_eq!(next, ledger[1..3]);
    assert_eq!(store.deliveries(id, Some(Uncertain), None, 9).await.expect("by state"), ledger[3..]);
    let refused = store.suppressions(None, 10).await.expect("suppressions");
    assert_eq!(refused[0].never.to_string(), "c@x.org");
    assert!(store.unsuppress(&address("C@x.org").into()).await.expect("lifts"));
    assert!(!store.unsuppress(&address("c@x.org").into()).await.expect("was lifted"));

    assert!(store.finish(id).await.expect("finishes"));
    let record = store.edition(id).await.expect("reads").expect("is there");
    assert_eq!((record.state, record.released_at), (EditionState::Finished, Some(at(20))));
    assert_eq!(record.totals.by_state, [0, 0, 1, 0, 1, 1, 0, 1, 0]);
    assert_eq!(store.unfinished(&name("daily")).await.expect("unfinished"), []);
    assert!(!store.cancel(id).await.expect("a finished edition stays"));

    let spare = edition("daily", at(100), &candidates[2..]);
    let spare = store.put_edition(&spare, &message("Spare"), &Explanation::default(), at(100)).await;
    let spare = spare.expect("freezes");
    assert!(store.cancel(spare).await.expect("cancels"));
    let previous = store.previous(&name("daily")).await.expect("previous");
    assert_eq!(
        (previous.considered, previous.consumed.len()),
        (Some(CONSIDERED), 2),
        "a cancelled one uses nothing"
    );
}

async fn secrets_are_made_once(store: &Store) {
    let all = futures_util::future::join_all((0..8).map(|_| store.secret("return path"))).await;
    let mut all: Vec<_> = all.into_iter().map(|secret| secret.expect("a secret")).collect();
    all.dedup();
    assert_eq!(all.len(), 1, "whoever comes at once gets the same");
    assert_eq!(store.secret("return path").await.expect("again"), all[0]);
    assert_ne!(store.secret("another").await.expect("another"), all[0]);
    assert_ne!(all[0], [0; 32]);
}
