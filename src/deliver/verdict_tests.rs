//! What servers say, as they say it, and what follows.

use proptest::prelude::*;

use super::super::reply::said;
use super::DomainEffect::{Blocked, None as Nothing, Slow, Trouble, Well};
use super::*;
use Step::{Auth, Connect, Content, FinalDot, Greeting, Recipient, Sender, Tls};
use What::{Deferred, Open, Refused, Relay, Sent, Suppressed};

const EVERY_STEP: [Step; 8] = [Connect, Greeting, Tls, Auth, Sender, Recipient, Content, FinalDot];

/// The end of an attempt in one word; `Suppressed` is a refusal that is the address's last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Sent,
    Deferred,
    Refused,
    Suppressed,
    Open,
    Relay,
}

fn tries() -> Tries {
    let expires_at = Instant::UNIX_EPOCH + TimeDelta::days(3);
    Tries { attempts: 0, delivery: DeliveryId(7), expires_at, first_wait: TimeDelta::minutes(5) }
}

fn what(judgement: Judgement) -> What {
    match (judgement.verdict, judgement.suppress) {
        (Verdict::Relay, false) => Relay,
        (Verdict::Delivery(Outcome::Sent), false) => Sent,
        (Verdict::Delivery(Outcome::Deferred { .. }), false) => Deferred,
        (Verdict::Delivery(Outcome::Refused), false) => Refused,
        (Verdict::Delivery(Outcome::Refused), true) => Suppressed,
        (Verdict::Delivery(Outcome::Uncertain), false) => Open,
        other => panic!("no reply means {other:?}"),
    }
}

#[rustfmt::skip]
const TABLE: &[(Step, u16, &str, What, DomainEffect)] = &[
    // Postfix.
    (FinalDot, 250, "2.0.0 Ok: queued as 4F1XyZ", Sent, Well),
    (Recipient, 550, "5.1.1 <ann@example.org>: Recipient address rejected: User unknown in virtual mailbox table", Suppressed, Nothing),
    (Recipient, 450, "4.1.1 <ann@example.org>: Recipient address rejected: unverified address: connect timed out", Deferred, Nothing),
    (Recipient, 450, "4.1.2 <ann@example.org>: Recipient address rejected: Domain not found", Deferred, Trouble),
    (Recipient, 450, "4.2.0 <ann@example.org>: Recipient address rejected: Greylisted, see http://postgrey.example/", Deferred, Nothing),
    (Recipient, 554, "5.7.1 <ann@example.org>: Relay access denied", Relay, Nothing),
    (Recipient, 454, "4.7.1 <ann@example.org>: Relay access denied", Relay, Nothing),
    (Recipient, 553, "5.7.1 <news@example.org>: Sender address rejected: not owned by user press", Relay, Nothing),
    (Recipient, 450, "4.1.8 <news@example.org>: Sender address rejected: Domain not found", Relay, Nothing),
    (Recipient, 554, "5.7.1 <host[192.0.2.1]>: Client host rejected: Access denied", Relay, Nothing),
    (Recipient, 504, "5.5.2 <here>: Helo command rejected: need fully-qualified hostname", Relay, Nothing),
    (Recipient, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example; listed", Refused, Blocked),
    (Recipient, 452, "4.3.1 Insufficient system storage", Relay, Nothing),
    (Recipient, 451, "4.3.5 <ann@example.org>: Recipient address rejected: Server configuration error", Relay, Nothing),
    (Recipient, 450, "4.7.1 Error: too many recipients from 192.0.2.1", Relay, Nothing),
    (Content, 552, "5.3.4 Error: message file too big", Refused, Nothing),
    (Recipient, 552, "5.2.2 <ann@example.org>: Mailbox is over quota", Refused, Nothing),
    (FinalDot, 451, "4.7.1 Service unavailable - try again later", Deferred, Trouble),
    (FinalDot, 550, "5.7.1 message content rejected", Refused, Blocked),
    (FinalDot, 554, "5.4.6 Error: too many hops", Refused, Nothing),
    // Exim.
    (Recipient, 550, "Unrouteable address", Suppressed, Nothing),
    (Recipient, 550, "relay not permitted", Relay, Nothing),
    (Recipient, 550, "Sender verify failed", Relay, Nothing),
    (Recipient, 550, "Administrative prohibition", Refused, Blocked),
    (Recipient, 451, "Temporary local problem - please try later", Deferred, Trouble),
    (Recipient, 550, "192.0.2.1 is in a black list at bl.example", Refused, Blocked),
    (FinalDot, 550, "This message was classified as SPAM and may not be delivered", Refused, Blocked),
    (Recipient, 503, "sender not yet given", Relay, Nothing),
    // Sendmail, qmail, Courier, Domino.
    (Recipient, 550, "5.1.1 <ann@example.org>... User unknown", Suppressed, Nothing),
    (Recipient, 550, "5.7.1 <ann@example.org>... Relaying denied. Proper authentication required.", Relay, Nothing),
    (Recipient, 553, "5.1.8 <news@example.org>... Domain of sender address does not exist", Relay, Nothing),
    (Recipient, 550, "5.1.2 <ann@example.org>... Host unknown (Name server: host not found)", Suppressed, Nothing),
    (Recipient, 551, "User not local; please try <ann@example.net>", Suppressed, Nothing),
    (Recipient, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Relay, Nothing),
    (Recipient, 550, "sorry, no mailbox here by that name. (#5.1.1)", Suppressed, Nothing),
    (Recipient, 550, "sorry, your envelope sender is in my badmailfrom list (#5.7.1)", Refused, Blocked),
    (FinalDot, 451, "qq out of disk space (#4.3.0)", Relay, Nothing),
    (Recipient, 513, "Relaying denied.", Relay, Nothing),
    (Recipient, 550, "ann@example.org User ann not listed in the directory", Suppressed, Nothing),
    (Recipient, 553, "mailbox name not allowed", Suppressed, Nothing),
    // Gmail.
    (Recipient, 550, "5.1.1 The email account that you tried to reach does not exist. https://support.example/?p=NoSuchUser", Suppressed, Nothing),
    (Recipient, 550, "5.2.1 The email account that you tried to reach is disabled.", Refused, Nothing),
    (Recipient, 452, "4.2.2 The recipient's inbox is out of storage space.", Deferred, Nothing),
    (Recipient, 450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", Deferred, Nothing),
    (FinalDot, 421, "4.7.28 Gmail has detected an unusual rate of unsolicited mail. It has been rate limited", Deferred, Slow),
    (FinalDot, 550, "5.7.28 an unusual rate of unsolicited mail originating from your IP address", Refused, Slow),
    (FinalDot, 550, "5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail", Refused, Blocked),
    (FinalDot, 550, "5.7.26 Your email has been blocked because the sender is unauthenticated: must authenticate with SPF or DKIM", Refused, Blocked),
    (Recipient, 550, "5.4.5 Daily user sending limit exceeded.", Relay, Nothing),
    (Recipient, 452, "4.5.3 Your message has too many recipients.", Relay, Nothing),
    (FinalDot, 421, "4.3.0 Temporary System Problem. Try again later", Relay, Nothing),
    (Recipient, 530, "5.7.0 Authentication Required.", Relay, Nothing),
    // Outlook and Exchange.
    (Recipient, 550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", Refused, Nothing),
    (FinalDot, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@example.org not found", Suppressed, Nothing),
    (Recipient, 550, "5.4.1 Recipient address rejected: Access denied. [mx.example]", Refused, Nothing),
    (Recipient, 451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited (S775)", Deferred, Slow),
    (Recipient, 451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", Deferred, Slow),
    (Recipient, 550, "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent: part of their network is on our block list (S3150)", Refused, Blocked),
    (Recipient, 550, "5.7.606 Access denied, banned sending IP [192.0.2.1]", Refused, Blocked),
    (FinalDot, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", Relay, Nothing),
    (FinalDot, 550, "5.1.90 Your message can't be sent because you've reached your daily limit for recipients", Relay, Nothing),
    (Recipient, 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Relay, Nothing),
    (FinalDot, 554, "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", Refused, Nothing),
    (FinalDot, 550, "5.7.124 RESOLVER.RST.SenderNotInAllowedList; not authorized", Refused, Nothing),
    // Yahoo, Apple, GMX, Mail.ru, QQ, Comcast, Orange.
    (FinalDot, 421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", Deferred, Slow),
    (Recipient, 421, "4.16.55 [TSS11] All messages from 192.0.2.1 will be permanently deferred", Deferred, Slow),
    (FinalDot, 554, "delivery error: dd This user doesn't have a yahoo.example account (ann@example.org) [0]", Refused, Nothing),
    (FinalDot, 554, "5.7.9 Message not accepted for policy reasons.", Refused, Blocked),
    (FinalDot, 553, "5.7.1 [BL21] Connections will not be accepted from 192.0.2.1", Refused, Blocked),
    (Recipient, 550, "5.1.1 <ann@example.org>: inactive email address", Refused, Nothing),
    (Recipient, 552, "5.2.2 <ann@example.org>: user is over quota", Refused, Nothing),
    (FinalDot, 554, "Transaction failed Reject due to policy restrictions. For explanation visit the postmaster page", Refused, Blocked),
    (Recipient, 550, "Requested action not taken: mailbox unavailable For explanation visit the postmaster page", Suppressed, Nothing),
    (Recipient, 550, "Message was not accepted -- invalid mailbox. Local mailbox ann@example.org is unavailable: user not found", Suppressed, Nothing),
    (Recipient, 550, "Connection frequency limited", Refused, Slow),
    (Recipient, 450, "4.3.2 You are sending too fast, slow down", Deferred, Slow),
    (Recipient, 421, "too many connections, slow down", Relay, Nothing),
    (Recipient, 451, "Too many connections from your host", Deferred, Slow),
    // Proofpoint, Mimecast, Barracuda, Cisco.
    (Recipient, 550, "5.1.1 <ann@example.org>... User unknown (spam filter)", Refused, Nothing),
    (Recipient, 550, "5.7.0 Local Policy Violation", Refused, Blocked),
    (Recipient, 451, "Internal resource temporarily unavailable", Deferred, Trouble),
    (Recipient, 550, "Invalid Recipient", Suppressed, Nothing),
    (FinalDot, 554, "Email rejected due to security policies", Refused, Blocked),
    (Recipient, 550, "#5.1.0 Address rejected.", Refused, Nothing),
    (Recipient, 550, "#5.7.1 Your access to submit messages to this e-mail system has been rejected.", Refused, Blocked),
    // Mail services.
    (FinalDot, 454, "Throttling failure: Maximum sending rate exceeded.", Relay, Nothing),
    (FinalDot, 554, "Message rejected: Email address is not verified.", Relay, Nothing),
    (FinalDot, 451, "You've exceeded your messaging limits", Relay, Nothing),
    (Recipient, 550, "Domain example.org has exceeded the max emails per hour (200/200) allowed", Relay, Nothing),
    // Our own words, none at all, and an address that is called like trouble.
    (Recipient, 553, "5.6.7 the address needs SMTPUTF8, which the relay does not offer", Refused, Nothing),
    (Recipient, 550, "", Suppressed, Nothing),
    (Recipient, 551, "mailbox suspended", Refused, Nothing),
    (Recipient, 554, "", Refused, Nothing),
    (FinalDot, 550, "", Refused, Nothing),
    (Recipient, 450, "", Deferred, Trouble),
    (Recipient, 550, "5.1.1 <full.quota+spam@throttled.example>: unknown", Suppressed, Nothing),
    (Recipient, 501, "5.1.3 Bad recipient address syntax", Suppressed, Nothing),
    (Recipient, 550, "5.1.6 the mailbox has moved", Suppressed, Nothing),
    (FinalDot, 550, "5.4.4 unable to route: host not found", Suppressed, Nothing),
    (Recipient, 571, "5.7.1 refused", Refused, Blocked),
    // A yes before the final dot is never the end of a letter; a lost connection is one only after it.
    (Recipient, 251, "User not local; will forward", Relay, Nothing),
    (Recipient, 252, "2.0.0 cannot VRFY user, but will take the message", Relay, Nothing),
    (Content, 0, "the relay closed the connection", Relay, Nothing),
    (FinalDot, 0, "the relay closed the connection", Open, Nothing),
    (FinalDot, 354, "go ahead", Open, Nothing),
];

#[test]
fn each_server_is_understood() {
    assert!(TABLE.len() >= 60);
    let mut wrong = Vec::new();
    for (step, code, text, expected, domain) in TABLE {
        let judgement = judge(&said(*step, *code, text), &tries(), Instant::UNIX_EPOCH);
        if (what(judgement), judgement.domain) != (*expected, *domain) {
            wrong.push(format!("{step:?} {code} {text}: {:?}, {:?}", what(judgement), judgement.domain));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn before_the_recipient_every_reply_is_the_relays() {
    for (_, code, text, ..) in TABLE {
        for step in [Connect, Greeting, Tls, Auth, Sender] {
            assert_eq!(
                judge(&said(step, *code, text), &tries(), Instant::UNIX_EPOCH),
                RELAY,
                "{step:?} {text}"
            );
        }
    }
}

#[test]
fn a_service_that_closes_or_wants_a_login_touches_no_delivery_at_any_step() {
    for step in EVERY_STEP {
        for code in [421, 530, 535, 538] {
            let judgement = judge(&said(step, code, "4.3.2 closing"), &tries(), Instant::UNIX_EPOCH);
            assert_eq!(judgement, RELAY, "{step:?} {code}");
        }
    }
}

/// The wait after so many tries, if nothing expires.
fn wait(delivery: i64, attempts: u32, first: TimeDelta) -> TimeDelta {
    Tries { attempts, delivery: DeliveryId(delivery), first_wait: first, ..tries() }.wait(first)
}

#[test]
fn the_waits_double_from_five_minutes_to_four_hours_give_or_take_a_fifth() {
    for (attempts, minutes) in [(1, 10), (2, 20), (5, 160), (6, 240), (7, 240), (40, 240), (u32::MAX, 240)] {
        let all: Vec<i64> =
            (0..500).map(|d| wait(d, attempts, TimeDelta::minutes(5)).num_seconds()).collect();
        let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
        assert!((minutes * 48..minutes * 50).contains(least), "after {attempts}: {least} s");
        assert!((minutes * 70..=minutes * 72).contains(most), "after {attempts}: {most} s");
    }
    let first: Vec<i64> = (0..500).map(|d| wait(d, 0, TimeDelta::minutes(5)).num_seconds()).collect();
    assert!(first.iter().all(|s| (300..=360).contains(s)) && first.iter().any(|s| *s > 350));
}

#[test]
fn a_delivery_gets_one_last_try_before_it_expires() {
    let (mut now, mut attempts, mut tries) = (Instant::UNIX_EPOCH, 0, tries());
    loop {
        tries.attempts = attempts;
        let verdict = judge(&said(Recipient, 450, ""), &tries, now).verdict;
        let Verdict::Delivery(Outcome::Deferred { until }) = verdict else {
            assert_eq!(verdict, Verdict::Delivery(Outcome::Expired));
            break;
        };
        assert!(until >= now + tries.first_wait && until < tries.expires_at);
        (now, attempts) = (until, attempts + 1);
    }
    let left = tries.expires_at - now;
    assert!(left >= tries.first_wait && left <= tries.first_wait * 2, "{left}");
    let late = judge(&said(Recipient, 450, ""), &tries, tries.expires_at + TimeDelta::days(9));
    assert_eq!(late.verdict, Verdict::Delivery(Outcome::Expired));
}

fn replies() -> impl Strategy<Value = Reply> {
    let texts = TABLE.iter().map(|(_, _, text, ..)| (*text).to_owned()).collect::<Vec<_>>();
    let text = prop_oneof![prop::sample::select(texts), ".{0,80}"];
    let enhanced = prop::option::of(prop_oneof!["[245]\\.[0-9]{1,3}\\.[0-9]{1,3}", ".{0,9}"]);
    let code = prop_oneof![200..600_u16, any::<u16>()];
    (prop::sample::select(EVERY_STEP.to_vec()), code, enhanced, text)
        .prop_map(|(step, code, enhanced, text)| Reply { step, code, enhanced, text })
}

proptest! {
    #[test]
    fn nobody_is_suppressed_but_by_a_lasting_refusal_of_the_recipient(
        reply in replies(), attempts in any::<u32>(), delivery in any::<i64>(),
        now in any::<i32>(), expires in any::<i32>(), first in -9_i64..9_000_000,
    ) {
        let at = |s: i32| Instant::UNIX_EPOCH + TimeDelta::seconds(i64::from(s));
        let tries = Tries {
            attempts, delivery: DeliveryId(delivery), expires_at: at(expires), first_wait: TimeDelta::milliseconds(first),
        };
        let judgement = judge(&reply, &tries, at(now));
        prop_assert_eq!(judgement, judge(&reply, &tries, at(now)));
        let about_the_letter = matches!(reply.step, Recipient | Content | FinalDot);
        if judgement.suppress {
            prop_assert_eq!(judgement.verdict, Verdict::Delivery(Outcome::Refused));
            prop_assert!((500..600).contains(&reply.code));
        }
        if judgement.verdict == Verdict::Relay {
            prop_assert_eq!(judgement, RELAY);
        } else {
            prop_assert!(about_the_letter);
        }
        let well = judgement.verdict == Verdict::Delivery(Outcome::Sent);
        prop_assert_eq!((judgement.domain == Well, reply.accepted()), (well, well));
        if let Verdict::Delivery(Outcome::Deferred { until }) = judgement.verdict {
            prop_assert!(until > at(now) && until <= at(expires));
        }
        let _far = judge(&reply, &Tries { first_wait: TimeDelta::MAX, ..tries }, Instant::MAX_UTC);
        let _past = judge(&reply, &Tries { expires_at: Instant::MIN_UTC, ..tries }, Instant::MIN_UTC);
    }

    #[test]
    fn waits_grow_and_stay_between_the_first_and_four_hours_and_a_fifth(
        delivery in any::<i64>(), attempts in 0..40_u32, minutes in 1..=240_i64,
    ) {
        let first = TimeDelta::minutes(minutes);
        let (this, next) = (wait(delivery, attempts, first), wait(delivery, attempts + 1, first));
        prop_assert!(this >= first && this <= TimeDelta::minutes(288));
        // Two jitters of a fifth may take back so much, once the cap is reached.
        prop_assert!(next.num_milliseconds() * 3 >= this.num_milliseconds() * 2 - 3);
    }
}
