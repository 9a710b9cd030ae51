//! How fast letters come off a plate: the promise is 300,000 a second on one core at 28 KB.

use chrono::{TimeZone as _, Utc};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use pressrun::deliver::{DkimKey, Imprint, ListHead, Plate, Recipient, Signer};
use pressrun::model::{DeliveryId, Direction, EmailAddress, Hole, Language, Mailbox, Message};

fn main() {
    divan::main();
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn message() -> Message {
    let (leave, prefer) = (Hole::Unsubscribe.mark(), Hole::Preferences.mark());
    let item = "<tr><td class=\"item\"><h2><a href=\"https://example.org/a/1\">A title of some words</a></h2>\
                <p>And what it is about, in a sentence or two, as digests have them.</p></td></tr>\n";
    let line = "* A title of some words\n  https://example.org/a/1\n";
    Message {
        subject: "The harbour this morning".to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!(
            "<table>\n{}</table>\n<a href=\"{leave}\">Leave</a> <a href=\"{prefer}\">Choose</a>\n",
            item.repeat(129)
        ),
        text: format!("{}\nLeave:\n{leave}\nChoose:\n{prefer}\n", line.repeat(60)),
    }
}

fn plate() -> Plate {
    let imprint = Imprint {
        from: Mailbox { name: "The Harbour".to_owned(), address: address("news@example.org") },
        reply_to: Some(address("desk@example.org")),
        list: Some(ListHead { title: "Harbour News".to_owned(), id: "harbour.example.org".to_owned() }),
        date: Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).single().expect("an instant"),
        zone: chrono_tz::Europe::Berlin,
    };
    Plate::new(&message(), &imprint).expect("a plate")
}

fn reader(name: &str) -> Recipient {
    Recipient {
        delivery: DeliveryId(1),
        address: address("ann.reader@example.net"),
        name: name.to_owned(),
        return_path: None,
        message_id: "0123456789abcdef.123456@example.org".to_owned(),
        unsubscribe: "https://example.org/u/0123456789abcdef0123456789abcdef".to_owned(),
        preferences: "https://example.org/p/fedcba9876543210fedcba9876543210".to_owned(),
    }
}

/// One letter of 28 KB, for a reader with a plain name and for one whose name is encoded.
#[divan::bench(args = ["Ann Reader", "Jörg Größe-Übermut", ""])]
fn letter(bencher: Bencher<'_, '_>, name: &str) {
    let (plate, reader) = (plate(), reader(name));
    let size = plate.letter(&reader).expect("a letter").bytes.len();
    assert!((27_000..30_000).contains(&size), "{size} bytes");
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::new(size))
        .bench_local(|| plate.letter(black_box(&reader)));
}

/// What a plate costs, once for each edition and variant.
#[divan::bench]
fn making_the_plate(bencher: Bencher<'_, '_>) {
    bencher.bench_local(plate);
}

/// What signing a letter adds, by the keys: the RSA signature is nearly all of it.
#[divan::bench(args = ["Ed25519", "RSA", "both"])]
fn signing(bencher: Bencher<'_, '_>, which: &str) {
    let rsa = (which != "Ed25519").then(|| DkimKey::generate_rsa("one").expect("a key"));
    let ed25519 = (which != "RSA").then(|| DkimKey::generate_ed25519("two").expect("a key"));
    let keys: Vec<DkimKey> = rsa.into_iter().chain(ed25519).collect();
    let signer = Signer::new("example.org", &keys).expect("a signer");
    let letter = plate().letter(&reader("Ann Reader")).expect("a letter");
    bencher.counter(ItemsCount::new(1_usize)).with_inputs(|| letter.clone()).bench_local_values(
        |mut letter| {
            signer.sign(&mut letter).expect("signed");
            letter
        },
    );
}
