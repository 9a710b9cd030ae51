//! Signatures verify where others check them: by dkimpy and by Perl's `Mail::DKIM`, whatever the letter holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use chrono::{TimeZone as _, Utc};
use pressrun::deliver::{DkimKey, Imprint, KeyRecord, Letter, ListHead, Plate, Recipient, Signer};
use pressrun::model::{DeliveryId, Direction, EmailAddress, Hole, Language, Mailbox, Message};

use crate::parts;

/// RSA and Ed25519 keys of example.org, made once.
pub(crate) fn signer() -> Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    let made = SIGNER.get_or_init(|| {
        let keys =
            [DkimKey::generate_rsa("press2026").unwrap(), DkimKey::generate_ed25519("press2026e").unwrap()];
        Signer::new("example.org", &keys).unwrap()
    });
    made.clone()
}

/// Whether each of the two signatures verifies, RSA first: what both verifiers say, or `None` if they are left out.
///
/// A `Mail::DKIM` that does not know Ed25519 has no say in the second.
pub(crate) fn verdicts(
    records: &[KeyRecord],
    letters: &[(&str, Vec<u8>)],
) -> Option<BTreeMap<String, [bool; 2]>> {
    if parts::absent("dkim") {
        return None;
    }
    let keys: String = records.iter().map(|r| format!("{} {}\n", r.name, r.value)).collect();
    Some(asked(&keys, letters))
}

fn asked(keys: &str, letters: &[(&str, Vec<u8>)]) -> BTreeMap<String, [bool; 2]> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keys"), keys).unwrap();
    for (name, bytes) in letters {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/conformance/venv/bin/python");
    let ask = |program: &Path, script: &str| {
        let mut command = Command::new(program);
        command.arg(root.join("tests/conformance").join(script)).arg("keys").current_dir(folder.path());
        let output = command.args(letters.iter().map(|(name, _)| name)).output();
        let missing = "dkimpy or Mail::DKIM is not here: install them with tests/run, or name the part in \
                       PRESSRUN_TEST_WITHOUT=dkim";
        let output = output.unwrap_or_else(|error| panic!("{missing} ({}: {error})", program.display()));
        assert!(output.status.success(), "{missing}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (dkimpy, perl) = (ask(&python, "signatures.py"), ask(Path::new("perl"), "signatures.pl"));
    let (dkimpy, perl) = (read(&dkimpy), read(&perl));
    assert_eq!(dkimpy.len(), 2 * letters.len(), "{dkimpy:?}");
    assert_eq!(dkimpy.len(), perl.len(), "{perl:?}");
    let mut all = BTreeMap::new();
    for ((letter, algorithm), result) in dkimpy {
        let other = &perl[&(letter.clone(), algorithm.clone())];
        let passes = result == "pass";
        let no_say = algorithm == "ed25519-sha256" && other.contains("unsupported algorithm");
        assert!(no_say || (other == "pass") == passes, "{letter}, {algorithm}: {result} and {other}");
        let both: &mut [bool; 2] = all.entry(letter).or_default();
        both[usize::from(algorithm == "ed25519-sha256")] = passes;
    }
    all
}

/// Letter and algorithm with the verdict.
fn read(lines: &str) -> BTreeMap<(String, String), String> {
    let line = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut column = || columns.next().unwrap_or_default();
        ((column(), column()), column())
    };
    lines.lines().map(line).collect()
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// A letter as it goes out every day, signed.
fn digest(subject: &str, text: &str) -> Letter {
    let leave = Hole::Unsubscribe.mark();
    let message = Message {
        subject: subject.to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!("<!doctype html>\n<p>{text}</p>\n  <a href=\"{leave}\">Leave</a>\n"),
        text: format!("{text}\n\n   {leave}\n\n"),
    };
    let imprint = Imprint {
        from: Mailbox { name: "The Harbour".to_owned(), address: address("news@mail.example.org") },
        reply_to: Some(address("desk@example.org")),
        list: Some(ListHead {
            title: "Harbour News, and whatever else the tide brings to the quay in the morning".to_owned(),
            id: "harbour.example.org".to_owned(),
        }),
        date: Utc.with_ymd_and_hms(2026, 3, 29, 0, 59, 59).unwrap(),
        zone: chrono_tz::Europe::Berlin,
    };
    let reader = Recipient {
        delivery: DeliveryId(1),
        address: address("ann@example.net"),
        name: "Jörg Größe-Übermut".to_owned(),
        return_path: None,
        message_id: "1.5f3a@mail.example.org".to_owned(),
        unsubscribe: "https://example.org/u/0123456789abcdef0123456789abcdef?list=harbour&x=1".to_owned(),
        preferences: "https://example.org/p/fedcba9876543210fedcba9876543210".to_owned(),
    };
    let mut letter = Plate::new(&message, &imprint).unwrap().letter(&reader).unwrap();
    signer().sign(&mut letter).unwrap();
    letter
}

/// A letter of any bytes, signed.
fn raw(bytes: &str) -> Vec<u8> {
    let mut letter = digest("x", "x");
    letter.bytes = bytes.as_bytes().to_vec();
    signer().sign(&mut letter).unwrap();
    letter.bytes
}

fn plain() -> String {
    String::from_utf8(digest("The harbour this morning", "Good  morning. \tAnd more.").bytes).unwrap()
}

const HEAD: &str = "From: a@example.org\r\nTo: b@example.net\r\nSubject: s\r\n\
                    Date: Sun, 29 Mar 2026 02:59:59 +0200\r\nMessage-ID: <1@example.org>\r\n";

#[test]
fn both_signatures_of_a_digest_cover_all_that_providers_ask_for() {
    let unfolded = plain().replace("\r\n ", "");
    let covered: Vec<&str> = unfolded
        .lines()
        .filter(|line| line.starts_with("DKIM-Signature: "))
        .map(|line| line.split("h=").nth(1).unwrap().split(';').next().unwrap())
        .collect();
    let expected = "from:from:to:to:subject:subject:date:date:message-id:reply-to:mime-version:content-type:list-id:\
                    list-unsubscribe:list-unsubscribe-post:auto-submitted";
    assert_eq!(covered, [expected, expected]);
}

#[test]
fn signatures_of_whatever_letter_verify() {
    let long: String = (0..900).map(|n| format!(" <{n:060}@example.org>\r\n")).collect();
    let letters = [
        ("plain", plain().into_bytes()),
        ("hebrew", digest("נמל: חדשות הבוקר", "שלום & <b>漢字</b>").bytes),
        ("long-subject", digest(&"emoji 👩‍👩‍👧 and words ".repeat(12), "x").bytes),
        ("utf8-header", raw(&format!("{HEAD}Reply-To: Größe <c@example.org>\r\n\r\nGröße\r\n"))),
        (
            "large-header",
            raw(&format!(
                "{HEAD}References:{long}List-Id: <{}.example.org>\r\n\r\nbody\r\n",
                "x\r\n ".repeat(16_000)
            )),
        ),
        ("no-line-end", raw(&format!("{HEAD}\r\nno line end"))),
        ("blank-no-line-end", raw(&format!("{HEAD}\r\nblank at the end \t"))),
        ("blank-lines", raw(&format!("{HEAD}\r\n\r\n \r\n\tx  y\r\n\r\n \t\r\n\r\n"))),
        ("dots", raw(&format!("{HEAD}\r\n.\r\n..\r\n.hidden\r\n"))),
        ("only-blank-lines", raw(&format!("{HEAD}\r\n\r\n\r\n"))),
        ("no-body", raw(&format!("{HEAD}\r\n"))),
        (
            "two-of-a-kind",
            raw(&format!("{HEAD}List-Id: <a.example.org>\r\nList-Id: <b.example.org>\r\n\r\nx\r\n")),
        ),
    ];
    let Some(verdicts) = verdicts(&signer().records(), &letters) else { return };
    for (name, _) in &letters {
        assert_eq!(verdicts[*name], [true, true], "{name}");
    }
}

#[test]
fn signatures_survive_what_relays_do_and_nothing_else() {
    let plain = plain();
    let letters = [
        ("refolded", plain.replacen("Subject: The harbour", "SUBJECT:  The\r\n\tharbour", 1), true),
        ("blank-lines-added", format!("{plain}\r\n\r\n \r\n"), true),
        (
            "traced",
            format!("Received: from here by there;\r\n Sun, 29 Mar 2026 03:00:00 +0200\r\n{plain}"),
            true,
        ),
        (
            "trailing-blanks",
            plain.replacen("morning.", "morning. \t", 1).replacen("--\r\n", "--  \r\n", 1),
            true,
        ),
        ("second-from", plain.replacen("\r\nTo:", "\r\nFrom: m@example.com\r\nTo:", 1), false),
        ("from-above", format!("From: m@example.com\r\n{plain}"), false),
        ("second-subject", plain.replacen("\r\nTo:", "\r\nSubject: Win\r\nTo:", 1), false),
        ("other-subject", plain.replacen("Subject: The", "Subject: No", 1), false),
        (
            "other-way-out",
            plain.replacen("List-Unsubscribe: <https://", "List-Unsubscribe: <https://m.", 1),
            false,
        ),
        ("no-one-click", plain.replacen("List-Unsubscribe=One-Click", "List-Unsubscribe=Two", 1), false),
        ("body", plain.replacen("Good", "Bad", 1), false),
        ("line-added", format!("{plain}more\r\n"), false),
    ];
    let bytes: Vec<(&str, Vec<u8>)> =
        letters.iter().map(|(name, text, _)| (*name, text.clone().into_bytes())).collect();
    let Some(verdicts) = verdicts(&signer().records(), &bytes) else { return };
    for (name, text, passes) in &letters {
        assert_ne!(*text, plain, "{name} changes nothing");
        assert_eq!(verdicts[*name], [*passes; 2], "{name}");
    }
}

#[test]
fn the_verifiers_verify_the_example_of_rfc_8463() {
    if parts::absent("dkim") {
        return;
    }
    let example = include_bytes!("../data/dkim/rfc8463-a3.eml").to_vec();
    let keys = include_str!("../data/dkim/rfc8463-keys.txt");
    assert_eq!(asked(keys, &[("example", example)])["example"], [true, true]);
}
