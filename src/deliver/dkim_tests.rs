use aws_lc_rs::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

use super::*;
use crate::model::DeliveryId;

const VECTOR: &[u8] = include_bytes!("../../tests/data/dkim/rfc8463-a3.eml");
const VECTOR_KEYS: &str = include_str!("../../tests/data/dkim/rfc8463-keys.txt");

fn letter(bytes: &str) -> Letter {
    let address = |text| EmailAddress::parse(text).expect("an address");
    Letter {
        delivery: DeliveryId(7),
        sender: address("news@example.org"),
        recipient: address("ann@example.net"),
        message_id: "7.0a1b@example.org".to_owned(),
        bytes: bytes.as_bytes().to_vec(),
    }
}

const PLAIN: &str = "From: News <news@example.org>\r\nTo: ann@example.net\r\nSubject: Tide\r\n\
                     Date: Sun, 29 Mar 2026 02:59:59 +0200\r\nMessage-ID: <7.0a1b@example.org>\r\n\
                     List-Unsubscribe: <https://example.org/u/1>\r\n\
                     List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nGood  morning.\r\n\r\n";

/// Both keys of a test run; making an RSA key takes a while.
fn signer() -> Signer {
    static BOTH: std::sync::OnceLock<Signer> = std::sync::OnceLock::new();
    let made = BOTH.get_or_init(|| {
        let keys =
            [DkimKey::generate_ed25519("two").expect("a key"), DkimKey::generate_rsa("one").expect("a key")];
        Signer::new("example.org", &keys).expect("a signer")
    });
    made.clone()
}

/// The value of a tag, blanks taken out.
fn tag(field: &str, name: &str) -> String {
    let tags = field.split(';').map(|tag| tag.split_ascii_whitespace().collect::<String>());
    let value = tags.filter_map(|tag| tag.strip_prefix(&format!("{name}=")).map(str::to_owned)).next();
    value.expect(name)
}

/// A verifier of RFC 6376 §6.1.3, over the canonical forms that signing uses; one verdict for each signature.
fn verdicts(letter: &[u8], record: impl Fn(&str) -> String) -> Vec<bool> {
    let (fields, body) = canonical::split(letter);
    let signatures = fields.iter().filter(|f| f.name == b"DKIM-Signature");
    let verdict = |signature: &Field<'_>| {
        let text = std::str::from_utf8(signature.body).expect("ASCII");
        let mut hash = Context::new(&SHA256);
        let mut used = vec![false; fields.len()];
        for name in tag(text, "h").split(':') {
            let named = |n: &usize| !used[*n] && fields[*n].name.eq_ignore_ascii_case(name.as_bytes());
            if let Some(n) = (0..fields.len()).rev().find(named) {
                used[n] = true;
                let mut out = Vec::new();
                canonical::header(&fields[n], &mut out);
                hash.update(&out);
                hash.update(b"\r\n");
            }
        }
        let value = text.rfind("b=").expect("a signature") + 2;
        let hash = whole_hash(hash, &format!("DKIM-Signature:{}", &text[..value]));
        let signed = STANDARD.decode(tag(text, "b")).expect("base64");
        let record = record(&format!("{}._domainkey.{}", tag(text, "s"), tag(text, "d")));
        let key = STANDARD.decode(tag(&record, "p")).expect("base64");
        let valid = match tag(text, "a").as_str() {
            "rsa-sha256" => UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key)
                .verify_digest(&hash, &signed),
            _ => UnparsedPublicKey::new(&ED25519, key).verify(hash.as_ref(), &signed),
        };
        tag(text, "bh") == STANDARD.encode(canonical::body_hash(body)) && valid.is_ok()
    };
    signatures.map(verdict).collect()
}

fn verify(signer: &Signer, letter: &[u8]) -> Vec<bool> {
    let records = signer.records();
    verdicts(letter, |name| records.iter().find(|r| r.name == name).expect("a record").value.clone())
}

#[test]
fn both_signatures_of_the_example_in_rfc_8463_verify() {
    let record = |name: &str| {
        let line = VECTOR_KEYS.lines().find(|line| line.starts_with(name)).expect("a record");
        line[name.len() + 1..].to_owned()
    };
    assert_eq!(verdicts(VECTOR, record), [true, true]);
    let altered = String::from_utf8(VECTOR.to_vec()).expect("ASCII").replace("hungry", "angry");
    assert_eq!(verdicts(altered.as_bytes(), record), [false, false]);
}

#[test]
fn a_letter_gets_an_rsa_signature_and_below_it_an_ed25519_one_and_both_verify() {
    let mut signed = letter(PLAIN);
    signer().sign(&mut signed).expect("signed");
    let text = String::from_utf8(signed.bytes.clone()).expect("ASCII");
    let fields: Vec<&str> = text.matches("a=rsa-sha256;").chain(text.matches("a=ed25519-sha256;")).collect();
    assert_eq!(fields, ["a=rsa-sha256;", "a=ed25519-sha256;"]);
    assert!(text.find("a=rsa") < text.find("a=ed25519") && text.ends_with(PLAIN), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= LINE), "{text}");
    assert_eq!(verify(&signer(), &signed.bytes), [true, true]);
    // A retry after years is the same letter.
    let mut again = letter(PLAIN);
    signer().sign(&mut again).expect("signed");
    assert_eq!(again, signed);
}

#[test]
fn what_a_mailbox_provider_looks_for_is_signed_and_the_four_that_matter_once_more() {
    let mut signed = letter(&PLAIN.replace("To:", "Reply-To: desk@example.org\r\nReceived: x\r\nTo:"));
    signer().sign(&mut signed).expect("signed");
    let text = String::from_utf8(signed.bytes).expect("ASCII");
    assert_eq!(
        tag(&text, "h"),
        "from:from:to:to:subject:subject:date:date:message-id:reply-to:list-unsubscribe:list-unsubscribe-post"
    );
    for absent in ["; l=", "; t=", "; x=", "\n l=", "\n t=", "\n x="] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
}

#[test]
fn any_change_of_what_is_signed_is_seen() {
    let mut signed = letter(PLAIN);
    signer().sign(&mut signed).expect("signed");
    let text = String::from_utf8(signed.bytes).expect("ASCII");
    for (from, to, still) in [
        ("Subject: Tide", "Subject: Ebb", false),
        ("Good  morning.", "Good evening.", false),
        ("To: ann", "From: Mallory <m@example.com>\r\nTo: ann", false),
        ("To: ann", "Subject: Win\r\nTo: ann", false),
        ("Subject: Tide", "subject:\r\n\tTide ", true),
        ("Good  morning.\r\n\r\n", "Good morning. \r\n\r\n\r\n\r\n", true),
        ("To: ann", "X-Relay: seen\r\nTo: ann", true),
    ] {
        let altered = text.replacen(from, to, 1);
        assert_ne!(altered, text);
        assert_eq!(verify(&signer(), altered.as_bytes()), [still, still], "{from:?} to {to:?}");
    }
}

#[test]
fn it_covers_its_domain_and_what_is_below_and_nothing_that_ends_alike() {
    let signer = signer();
    for (domain, covered) in [
        ("example.org", true),
        ("news.example.org", true),
        ("badexample.org", false),
        ("org", false),
        ("example.com", false),
    ] {
        assert_eq!(signer.covers(domain), covered, "{domain}");
    }
    assert_eq!(format!("{signer:?}"), "Signer { domain: \"example.org\", selectors: [one, two] }");
}

/// 1024 bits, made for this test and used for nothing else.
const SMALL: &str = include_str!("../../tests/data/dkim/small-rsa.pem");
const PKCS1: &str = include_str!("../../tests/data/dkim/pkcs1-rsa.pem");

#[test]
fn keys_that_cannot_sign_are_told_apart() {
    let key =
        |selector: &str, pem: &str| DkimKey { selector: selector.to_owned(), pem: pem.to_owned().into() };
    let refused = |domain: &str, keys: &[DkimKey]| Signer::new(domain, keys).expect_err("refused");
    assert_eq!(refused("example.org", &[]), DkimError::NoKey);
    assert_eq!(refused("example.org", &[key("a", SMALL)]), DkimError::TooSmall);
    assert_eq!(refused("example.org", &[key("a", "secret")]), DkimError::NotPem);
    let damaged = PKCS1.replacen("MII", "MIJ", 1);
    assert_eq!(refused("example.org", &[key("a", &damaged)]), DkimError::Kind);
    for selector in ["", "a b", "-a", "a..b", "a;b", "a\r\nX: y"] {
        assert_eq!(refused("example.org", &[key(selector, PKCS1)]), DkimError::Selector(selector.to_owned()));
    }
    assert_eq!(refused("localhost", &[key("a", PKCS1)]), DkimError::Domain("localhost".to_owned()));
    let twice = [key("a", PKCS1), key("A", PKCS1)];
    assert_eq!(refused("example.org", &twice), DkimError::SelectorTwice("A".to_owned()));
    let old = Signer::new("Example.ORG", &[key("a", PKCS1)]).expect("PKCS#1 is read too");
    assert!(!old.only_ed25519() && old.domain() == "example.org");
    let ed25519 = DkimKey::generate_ed25519("a").expect("a key");
    assert!(!format!("{ed25519:?}").contains("PRIVATE"));
    assert!(Signer::new("example.org", &[ed25519]).expect("a signer").only_ed25519());
}
