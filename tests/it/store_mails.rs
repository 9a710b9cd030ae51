//! The queue of mails and the book of what was told, on both engines.

use chrono::TimeDelta;
use pressrun::model::{
    Bulletin, Direction, Language, MailState, Matter, Message, NewMail, Notice, NoticeState, Outcome, Reply,
    Step, Told,
};
use pressrun::store::{Lease, Store, Telling};

use crate::store_world::{address, at, confirmed, name, stores};

fn mail(to: &str) -> NewMail {
    let message = Message {
        subject: "Zur Freigabe: \u{201e}Ebbe\u{201c}\r\nBcc: x".to_owned(),
        language: Language::parse("he").expect("a language"),
        direction: Direction::Rtl,
        html: "<p>a\0b</p>".to_owned(),
        text: "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\n".to_owned(),
    };
    NewMail {
        purpose: name("approval"),
        key: None,
        to: address(to),
        to_name: "Ann".to_owned(),
        from: "The \u{d6}ffice <press@tide.example>".parse().expect("a sender"),
        reply_to: Some(address("editor@tide.example")),
        message,
        expires_at: at(600),
    }
}

fn lease(holder: &str, until: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: at(until) }
}

async fn close(store: &Store, mail: &pressrun::model::Mail, holder: &str, outcome: Outcome, minute: i64) {
    let reply = Reply {
        step: Step::FinalDot,
        code: 250,
        enhanced: Some("2.0.0".to_owned()),
        text: "so be it".to_owned(),
    };
    let wait = TimeDelta::minutes(5);
    store.close_mail(mail, holder, (&reply, outcome), wait, at(minute)).await.expect("closes");
}

#[tokio::test]
async fn a_mail_is_kept_as_it_is_until_it_has_ended_and_then_only_that_it_was() {
    for store in stores().await {
        let wait = TimeDelta::minutes(5);
        let (first, second) = (mail("ann@a.example"), NewMail { reply_to: None, ..mail("bob@b.example") });
        store.put_mail(&first, at(0)).await.expect("queues").expect("is new");
        store.put_mail(&second, at(1)).await.expect("queues").expect("is new");
        let one = store.claim_mail(&lease("a", 9), wait, at(2)).await.expect("claims").expect("is due");
        let two = store.claim_mail(&lease("b", 9), wait, at(2)).await.expect("claims").expect("is due");
        assert!(store.claim_mail(&lease("c", 9), wait, at(2)).await.expect("claims").is_none());
        let mut expected = first.clone();
        expected.message.subject = "Zur Freigabe: \u{201e}Ebbe\u{201c}Bcc: x".to_owned();
        expected.message.html = "<p>ab</p>".to_owned();
        assert_eq!((&one.new, one.created_at, one.attempts), (&expected, at(0), 0));
        assert_eq!((two.new.reply_to.as_ref(), one.token == two.token), (None, false));

        // Whoever has lost it has no say, unless the relay took it.
        close(&store, &one, "b", Outcome::Refused, 3).await;
        close(&store, &one, "a", Outcome::Deferred { until: at(20) }, 3).await;
        close(&store, &two, "b", Outcome::Sent, 3).await;
        let left = store.unsent_mails(9).await.expect("lists");
        let [record] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!((record.state, record.attempts, record.due_at), (MailState::Queued, 1, Some(at(20))));
        assert_eq!(record.reply.as_ref().map(|reply| reply.text.as_str()), Some("so be it"));
        assert!(store.claim_mail(&lease("c", 30), wait, at(19)).await.expect("claims").is_none());
        let again = store.claim_mail(&lease("c", 30), wait, at(20)).await.expect("claims").expect("is due");
        assert_eq!((&again.new, again.created_at, &again.token), (&one.new, at(0), &one.token));
        store.renew_mails(&lease("c", 60)).await.expect("renews");
        assert!(store.claim_mail(&lease("d", 90), wait, at(59)).await.expect("claims").is_none());
        close(&store, &one, "a", Outcome::Sent, 61).await;
        assert_eq!(
            store.unsent_mails(9).await.expect("lists"),
            [],
            "that it was taken is true whoever says it"
        );
        assert_eq!(store.prune_mails(at(3)).await.expect("prunes"), 0);
        assert_eq!(store.prune_mails(at(62)).await.expect("prunes"), 2);
    }
}

#[tokio::test]
async fn a_mail_whose_time_is_over_is_given_up_and_its_rest_is_kept() {
    for store in stores().await {
        let wait = TimeDelta::minutes(5);
        store.put_mail(&mail("ann@a.example"), at(0)).await.expect("queues");
        store.rest_mails(at(10)).await.expect("rests");
        assert!(store.claim_mail(&lease("a", 20), wait, at(9)).await.expect("claims").is_none());
        let one = store.claim_mail(&lease("a", 20), wait, at(10)).await.expect("claims").expect("is due");
        store.unclaim_mail(one.id, "a", at(30)).await.expect("gives back");
        assert!(store.claim_mail(&lease("a", 40), wait, at(29)).await.expect("claims").is_none());
        assert!(store.claim_mail(&lease("a", 700), wait, at(600)).await.expect("claims").is_none());
        assert_eq!(store.unsent_mails(1).await.expect("lists")[0].state, MailState::Expired);
    }
}

#[tokio::test]
async fn a_reader_who_is_forgotten_has_no_mail_either() {
    for store in stores().await {
        confirmed(&store, "news", &["Ann@a.example"]).await;
        store.put_mail(&mail("ann@a.example"), at(0)).await.expect("queues");
        store.put_mail(&mail("bob@b.example"), at(0)).await.expect("queues");
        assert!(store.forget_subscriber(&address("ann@a.example"), at(0)).await.expect("forgets"));
        let left = store.unsent_mails(9).await.expect("lists");
        assert_eq!(left.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["bob@b.example"]);
    }
}

fn bulletin(notices: &[(&Notice, NoticeState)], minute: i64) -> Bulletin {
    let told = |&(notice, state): &(&Notice, NoticeState)| Told { notice: notice.clone(), state };
    Bulletin { notices: notices.iter().map(told).collect(), sent_at: at(minute) }
}

#[tokio::test]
async fn what_was_told_is_marked_with_its_words_and_queued_in_one_step() {
    for store in stores().await {
        store.notice("relay:a", "first words", at(0)).await.expect("says");
        store.notice("relay:a", "first words", at(1)).await.expect("says");
        store.notice("source:b", "b fails", at(2)).await.expect("says");
        store.event("slot:c", "c was skipped", at(3)).await.expect("says");
        let notices = store.notices().await.expect("lists");
        let keys: Vec<(&str, _)> = notices.iter().map(|n| (n.key.as_str(), n.at)).collect();
        assert_eq!(keys, [("slot:c", at(3)), ("source:b", at(2)), ("relay:a", at(0))], "since when");
        let told = store
            .tell(at(5), |matters, last| {
                assert_eq!((matters.len(), last), (3, None));
                let all: Vec<_> = matters.iter().map(|m| (&m.notice, NoticeState::New)).collect();
                let bulletin = Some(bulletin(&all, 5));
                Telling {
                    bulletin,
                    mail: Some(mail("ann@a.example")),
                    call: Some("{}".to_owned()),
                    ..Telling::default()
                }
            })
            .await
            .expect("tells");
        assert_eq!(told, Some(store.unsent_mails(1).await.expect("lists")[0].id));
        assert_eq!(store.last_told().await.expect("reads"), Some(at(5)));

        store.notice("relay:a", "other words", at(6)).await.expect("says");
        for key in ["source:b", "slot:c"] {
            store.unnotice(key).await.expect("takes back");
        }
        let matters = store.matters().await.expect("lists");
        let of = |key: &str| matters.iter().find(|m| m.notice.key == key).cloned();
        let Some(Matter { notice, told, mended, .. }) = of("relay:a") else { panic!("{matters:?}") };
        assert_eq!((notice.text.as_str(), notice.at, mended), ("other words", at(6), false));
        assert_eq!(told, Some((at(5), "first words".to_owned())));
        assert_eq!(of("source:b").map(|m| (m.mended, m.well_since)), Some((true, None)));
        assert_eq!(of("slot:c"), None, "an event that is taken back was none");

        let well = vec!["source:b".to_owned(), "relay:a".to_owned()];
        store.tell(at(7), |_, _| Telling { well, ..Telling::default() }).await.expect("tells");
        let matters = store.matters().await.expect("lists");
        let since: Vec<_> = matters.iter().map(|m| (m.notice.key.as_str(), m.well_since)).collect();
        assert_eq!(since, [("relay:a", None), ("source:b", Some(at(7)))]);
        let gone = bulletin(&[(&matters[1].notice, NoticeState::Mended)], 8);
        store
            .tell(at(8), |_, _| Telling { bulletin: Some(gone), ..Telling::default() })
            .await
            .expect("tells");
        store
            .tell(at(9), |_, _| Telling { forget: vec!["relay:a".to_owned()], ..Telling::default() })
            .await
            .expect("tells");
        assert_eq!(store.matters().await.expect("lists"), []);
    }
}

#[tokio::test]
async fn a_request_is_in_one_hand_at_a_time_and_made_until_it_is_taken() {
    for store in stores().await {
        let notice = Notice { key: "k".to_owned(), text: "t".to_owned(), at: at(0) };
        let call = |minute: i64, body: &str| Telling {
            bulletin: Some(bulletin(&[(&notice, NoticeState::New)], minute)),
            call: Some(body.to_owned()),
            ..Telling::default()
        };
        store.tell(at(0), |_, _| call(0, "one")).await.expect("tells");
        store.tell(at(1), |_, _| call(1, "two")).await.expect("tells");
        let one = store.claim_call(&lease("a", 5), at(2)).await.expect("claims").expect("is due");
        assert_eq!((one.body.as_str(), one.at, one.attempts), ("one", at(0), 0));
        let two = store.claim_call(&lease("b", 5), at(2)).await.expect("claims").expect("is due");
        assert_eq!(two.body, "two");
        assert!(store.claim_call(&lease("c", 9), at(4)).await.expect("claims").is_none());
        // b has died.
        let again = store.claim_call(&lease("c", 9), at(5)).await.expect("claims").expect("has lapsed");
        assert_eq!(again.body, "one");
        store.close_call(one.id, "a", None).await.expect("has no say");
        store.close_call(one.id, "c", Some(at(20))).await.expect("closes");
        store.close_call(two.id, "b", None).await.expect("closes");
        assert!(store.claim_call(&lease("c", 30), at(19)).await.expect("claims").is_none());
        let last = store.claim_call(&lease("c", 30), at(20)).await.expect("claims").expect("is due");
        assert_eq!((last.id, last.attempts), (one.id, 1));
        store.close_call(one.id, "c", None).await.expect("closes");
        assert!(store.claim_call(&lease("c", 99), at(90)).await.expect("claims").is_none());
    }
}
