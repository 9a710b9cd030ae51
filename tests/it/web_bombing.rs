//! Bombing: whoever signs other people's mailboxes up a thousand times gets them a few mails, and stops nobody else.

use pressrun::web::Signups;

use crate::web_desk::{SignUpDesk, signups};

const ELSEWHERE: &str = "198.51.100.77";

async fn legitimate_passes(desk: &SignUpDesk) {
    let taken = desk.sign_up("address=zoe%40hills.example&list=readers", ELSEWHERE).await;
    assert!(taken.status == 200 && taken.says("Look into your inbox"), "{}", taken.body);
    desk.answer_all().await;
    assert!(desk.mails().await.contains(&"zoe@hills.example confirmation".to_owned()));
}

#[tokio::test]
async fn a_thousand_sign_ups_for_one_address_bring_it_three_mails() {
    let desk = SignUpDesk::with(Signups { in_all: 10_000, ..signups() }).await;
    let stamp = desk.stamp().await;
    let mut answers = Vec::new();
    for n in 0..1_000_u32 {
        // From everywhere, so that no network is over its limit.
        let from = format!("203.{}.{}.7", n / 250, n % 250);
        let spelled = ["ann@sea.example", "ANN@sea.example", "Ann@SEA.example"][n as usize % 3];
        let body = format!("address={spelled}&list=readers&stamp={stamp}");
        let taken = desk.post("/subscribe", &body, &from).await;
        answers.push((taken.status, taken.body.to_lowercase()));
        if n % 100 == 0 {
            desk.answer_all().await;
        }
        if n == 500 {
            legitimate_passes(&desk).await;
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "nobody is told when it was enough");
    desk.answer_all().await;
    let mails = desk.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.to_lowercase().starts_with("ann@")).count(), 3);
}

#[tokio::test]
async fn a_thousand_addresses_from_one_network_bring_twenty_mails() {
    let ways: [fn(u32) -> String; 3] = [
        |n| format!("203.0.113.{}", n % 256),
        |n| format!("2001:db8:7:42{:02x}::{n:x}", n % 256),
        |n| format!("2001:db8:8:{n:x}::1"),
    ];
    for way in ways {
        let desk = SignUpDesk::new().await;
        let stamp = desk.stamp().await;
        let mut refused = 0;
        for n in 0..1_000 {
            let body = format!("address=victim{n}%40sea{n}.example&list=readers&stamp={stamp}");
            let taken = desk.post("/subscribe", &body, &way(n)).await;
            if taken.status == 429 {
                assert_eq!(taken.header("retry-after"), Some("3600"));
                refused += 1;
            }
            if n == 500 {
                legitimate_passes(&desk).await;
            }
        }
        desk.answer_all().await;
        let mails = desk.mails().await;
        let victims = mails.iter().filter(|mail| mail.starts_with("victim")).count();
        assert!(victims <= 21 && victims + refused == 1_000, "{victims} mails, {refused} refused");
    }
}
