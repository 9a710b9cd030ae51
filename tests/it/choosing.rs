//! Readers choose their topics: each gets what they have chosen, each story once, and is counted where there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use pressrun::collect::{clean, parse};
use pressrun::deliver::{Carrier, Letter};
use pressrun::model::{
    Approval, Choice, DeliveryState, EditionId, Excluded, Otherwise, Section, SlotZone, Take, Wishes,
};
use pressrun::press::Published;
use pressrun::store::Verdict;
use url::Url;

use crate::publishing::{Press, timetable};
use crate::store_choices::token;
use crate::store_world::address;
use crate::world::name;

fn sections() -> Vec<Section> {
    let of = |title: &str| Section {
        title: title.to_owned(),
        take: Take::Topics(vec![title.to_lowercase()]),
        limit: 50,
        optional: true,
        ..Section::default()
    };
    let rest = Section {
        title: "And also".to_owned(),
        take: Take::Latest,
        limit: 50,
        optional: false,
        ..Section::default()
    };
    vec![of("Harbour"), of("Sea"), rest]
}

/// A story of a topic.
async fn tell(press: &Press, title: &str, topic: &str) {
    let slug = title.to_lowercase();
    let feed = format!(
        "<rss><channel><item><title>{title}</title><link>https://n.example/{slug}</link><category>{topic}</category>\
         </item></channel></rss>"
    );
    let url = Url::parse("https://n.example/feed").unwrap();
    let articles = clean(parse(feed.as_bytes(), None, &url).unwrap(), press.world.now());
    let source = press.store().sources().await.unwrap()[0].id;
    press.store().put_articles(source, &articles, press.world.now()).await.unwrap();
}

async fn choose(press: &Press, who: &str, left_out: &[&str], plain: bool) {
    let opens = token(press.store(), who).await;
    let reader = press.store().reader(&opens).await.unwrap().unwrap();
    let left_out = left_out.iter().map(|title| (*title).to_owned()).collect();
    let choice = Choice { digest: name("morning"), declined: false, left_out };
    let zone = reader.zone.as_ref().and_then(|zone| zone.parse().ok());
    let wishes = Wishes { plain, zone, choices: vec![choice], ..Wishes::default() };
    press.store().wish(reader.id, &wishes, press.world.now()).await.unwrap();
}

fn edition(all: &[Published]) -> EditionId {
    match all.last().map(|published| published.verdict.clone()) {
        Some(Verdict::Published(edition)) => edition,
        other => panic!("{other:?}"),
    }
}

/// The stories that each reader was sent since the last time.
async fn carried(press: &Press) -> BTreeMap<String, (BTreeSet<String>, Letter)> {
    let digest = press.order.digests[0].clone();
    for (edition, _) in press.store().going_out().await.unwrap() {
        press.world.deliver(edition, &digest, &press.world.carrier).await;
    }
    let Carrier::Memory(memory) = &press.world.carrier else { unreachable!() };
    memory
        .drain()
        .into_iter()
        .map(|letter| (letter.recipient.local().to_owned(), (stories(&letter), letter)))
        .collect()
}

/// The stories of a letter: words of a capital, a small letter and digits.
fn stories(letter: &Letter) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&letter.bytes).replace("=\r\n", "");
    let body = text.split("\r\n\r\n").skip(1).collect::<Vec<_>>().join("\n");
    let body = body.split("Content-Type: text/html").next().unwrap();
    let words = body.split(|c: char| !c.is_alphanumeric());
    let is_story = |word: &&str| {
        ["Harbour", "Sea", "Town"].iter().any(|kind| {
            word.strip_prefix(kind).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    words.filter(is_story).map(str::to_owned).collect()
}

fn set(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

async fn readers() -> Press {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.world.subscribe(&["bob@example.org", "cleo@example.org", "dan@example.org"]).await;
    press.order.digests[0].sections = sections();
    press.order.digests[0].subject = "{title}".to_owned();
    choose(&press, "bob@example.org", &["Sea"], false).await;
    choose(&press, "cleo@example.org", &["Sea", "Harbour"], false).await;
    choose(&press, "dan@example.org", &[], true).await;
    press
}

#[tokio::test]
async fn each_reader_gets_the_topics_they_have_chosen_and_no_letter_where_there_is_nothing() {
    let mut press = readers().await;
    tell(&press, "Harbour1", "harbour").await;
    tell(&press, "Sea1", "sea").await;
    let first = edition(&press.tick_after(TimeDelta::minutes(31)).await);
    let got = carried(&press).await;
    assert_eq!(got["ann"].0, set(&["Harbour1", "Sea1"]));
    assert_eq!(got["bob"].0, set(&["Harbour1"]));
    assert_eq!(got["dan"].0, set(&["Harbour1", "Sea1"]));
    assert!(!got.contains_key("cleo"), "neither of her topics, and nothing else, is in it");
    let record = press.store().edition(first).await.unwrap().unwrap();
    assert_eq!(record.totals.left_out, Excluded { nothing: 1, ..Excluded::default() });
    assert_eq!(
        record.totals.candidates,
        record.totals.excluded + record.totals.in_state(DeliveryState::Sent)
    );
    assert_eq!((record.totals.candidates, record.articles), (4, 2));

    // Who leaves sections out gets the rest of it, and one text is enough for two choices that come to the same.
    tell(&press, "Sea2", "sea").await;
    tell(&press, "Town2", "town").await;
    let second = edition(&press.tick_after(TimeDelta::days(1)).await);
    let got = carried(&press).await;
    assert_eq!(got["ann"].0, set(&["Sea2", "Town2"]));
    assert_eq!((&got["bob"].0, &got["cleo"].0), (&set(&["Town2"]), &set(&["Town2"])));
    assert_eq!(press.store().variants(second).await.unwrap().len(), 1);

    // A topic that is wanted again begins with what is new.
    choose(&press, "bob@example.org", &[], false).await;
    tell(&press, "Sea3", "sea").await;
    press.tick_after(TimeDelta::days(1)).await;
    let got = carried(&press).await;
    assert_eq!((&got["ann"].0, &got["bob"].0), (&set(&["Sea3"]), &set(&["Sea3"])));
}

#[tokio::test]
async fn who_wants_plain_text_gets_a_letter_of_one_part() {
    let mut press = readers().await;
    tell(&press, "Town1", "town").await;
    press.tick_after(TimeDelta::minutes(31)).await;
    let got = carried(&press).await;
    let parse = |letter: &Letter| {
        let parsed = mail_parser::MessageParser::default().parse(&letter.bytes).unwrap();
        (parsed.html_body_count(), parsed.text_body_count(), parsed.parts.len())
    };
    let letter = String::from_utf8(got["dan"].1.bytes.clone()).unwrap();
    assert_eq!(parse(&got["dan"].1).2, 1);
    assert_eq!(parse(&got["ann"].1).2, 3);
    assert!(letter.contains("Content-Type: text/plain; charset=utf-8\r\n") && !letter.contains("text/html"));
    assert!(
        letter.contains("List-Unsubscribe: <https://tide.example/unsubscribe/") && letter.ends_with("\r\n")
    );
    assert!(letter.contains("Town1"));
}

#[tokio::test]
async fn what_was_approved_for_each_choice_is_what_goes_out() {
    let mut press = readers().await;
    let approval = Approval { within: std::time::Duration::from_secs(3_600), otherwise: Otherwise::Skip };
    let table = press.order.digests[0].timetable.as_mut().unwrap();
    table.approval = Some(approval);
    tell(&press, "Sea1", "sea").await;
    tell(&press, "Town1", "town").await;
    let all = press.tick_after(TimeDelta::minutes(31)).await;
    let Verdict::Waiting(edition) = all[0].verdict else { panic!("{all:?}") };
    // What comes meanwhile, or is chosen meanwhile, changes no text.
    tell(&press, "Town2", "town").await;
    choose(&press, "ann@example.org", &["Harbour"], false).await;
    assert!(press.store().approve(edition, press.world.now()).await.unwrap());
    press.tick_after(TimeDelta::minutes(1)).await;
    let got = carried(&press).await;
    assert_eq!((&got["ann"].0, &got["bob"].0), (&set(&["Sea1", "Town1"]), &set(&["Town1"])));
    assert_eq!(got["cleo"].0, set(&["Town1"]));
}

#[tokio::test]
async fn among_many_choices_the_most_common_have_texts_of_their_own() {
    let mut press = readers().await;
    let titles: Vec<String> = (0..40).map(|n| format!("Topic{n}")).collect();
    press.order.digests[0].sections = titles
        .iter()
        .map(|title| Section {
            title: title.clone(),
            take: Take::Topics(vec![title.to_lowercase()]),
            limit: 1,
            optional: true,
            ..Section::default()
        })
        .collect();
    for (n, title) in titles.iter().enumerate() {
        tell(&press, &format!("Town{n}"), &title.to_lowercase()).await;
        let who = format!("r{n}@example.org");
        press.world.subscribe(&[&who]).await;
        choose(&press, &who, &[title], false).await;
    }
    press.world.subscribe(&["twin@example.org"]).await;
    choose(&press, "twin@example.org", &["Topic39"], false).await;
    press.order.digests[0].limit = 100;
    let edition = edition(&press.tick_after(TimeDelta::minutes(31)).await);
    assert_eq!(press.store().variants(edition).await.unwrap().len(), 31);
    let got = carried(&press).await;
    assert_eq!(got.len(), 45, "nobody is forgotten");
    assert_eq!((got["twin"].0.len(), got["r39"].0.len()), (39, 39), "the most common choice comes first");
    assert!(got.values().all(|(stories, _)| stories.len() >= 39));
}

/// Three weeks of waves: readers in three zones, of whom some change their minds and some their zones.
#[tokio::test]
async fn in_waves_each_gets_every_story_they_have_chosen_once_whatever_others_choose() {
    let mut table = timetable("daily at 07:00");
    table.zone = SlotZone::Subscriber { otherwise: chrono_tz::UTC };
    let mut press = Press::with(table).await;
    press.order.digests[0].sections = sections();
    press.order.digests[0].subject = "{title}".to_owned();
    press.order.digests[0].limit = 200;
    press.order.digests[0].lead = false;
    let zones = ["Asia/Tokyo", "Europe/Berlin", "America/New_York"];
    let choices: [&[&str]; 4] = [&[], &["Sea"], &["Harbour"], &["Harbour", "Sea"]];
    for n in 0..12 {
        let who = format!("r{n}@example.org");
        press.world.subscribe(&[&who]).await;
        press.store().set_zone(&address(&who), Some(zones[n % 3].parse().unwrap())).await.unwrap();
        choose(&press, &who, choices[n / 3], false).await;
    }
    let (mut told, mut got) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for hour in 0..(21 * 24) {
        if hour % 5 == 0 && hour < 19 * 24 {
            let kind = ["Harbour", "Sea", "Town", "Sea"][(hour / 5 * 7) % 4];
            let title = format!("{kind}{hour}");
            tell(&press, &title, &kind.to_lowercase()).await;
            told.push(title);
        }
        if hour % 41 == 40 {
            // One of each zone is fickle, and one of them travels.
            let who = format!("r{}@example.org", 9 + hour % 3);
            choose(&press, &who, choices[(hour / 41) % 4], false).await;
            press
                .store()
                .set_zone(&address("r6@example.org"), Some(zones[(hour / 41) % 3].parse().unwrap()))
                .await
                .unwrap();
        }
        press.tick_after(TimeDelta::hours(1)).await;
        for (who, (stories, _)) in carried(&press).await {
            got.entry(who).or_default().extend(stories);
        }
    }
    for n in 0..12 {
        let mine = &got[&format!("r{n}")];
        let once: BTreeSet<&String> = mine.iter().collect();
        assert_eq!(once.len(), mine.len(), "r{n} got a story twice: {mine:?}");
        if n < 9 {
            let wanted = |title: &&String| !choices[n / 3].iter().any(|topic| title.starts_with(topic));
            let wanted: BTreeSet<&String> = told.iter().filter(wanted).collect();
            assert_eq!(once, wanted, "r{n}");
        }
    }
    for record in press.store().editions(Some(&name("morning")), 1_000).await.unwrap() {
        let totals = record.totals;
        assert_eq!(totals.candidates, totals.excluded + totals.by_state.iter().sum::<u64>());
    }
}

#[test]
fn a_section_that_may_be_left_out_needs_a_title_of_its_own() {
    let digest = "[lists.readers]\ntitle = \"R\"\n[digests.morning]\ntitle = \"M\"\nfrom = \"a@example.org\"\n\
                  postal_address = \"1 Quay Street\"\nlists = [\"readers\"]\n";
    let section = |more: &str| format!("[[digests.morning.sections]]\ntopics = [\"sea\"]\n{more}\n");
    let with = |sections: &[&str]| {
        let sections: String = sections.iter().map(|more| section(more)).collect();
        crate::desk::Desk::with(format!("{digest}{sections}"))
    };
    with(&["optional = true"]).complains("sections[0].optional: needs a title");
    with(&["title = \"Sea\"\noptional = true", "title = \"Sea\""])
        .complains("sections[0].optional: needs a title of its own");
    let config = with(&["title = \"Sea\"\noptional = true", "title = \"Air\""]).load();
    let digest = config.digest("morning").unwrap();
    assert_eq!(digest.optional_sections().collect::<Vec<_>>(), ["Sea"]);
}
