//! The whole way of a reader, in a real browser and by its keyboard alone: subscribe, confirm, choose, read, leave.

use chrono::TimeDelta;
use pressrun::collect::{clean, parse};
use pressrun::deliver::{Carrier, Letter};
use pressrun::model::{EmailAddress, Section, SubscriptionState, Take};
use pressrun::press::ByHand;
use pressrun::render::Theme;
use pressrun::store::Terms;
use url::Url;

use crate::browser::{Browser, Screen, Tab};
use crate::web_desk::{SignUpDesk, signups};

const READER: &str = "ann@sea.example";
const SITE: &str = "https://tide.example";

/// The words of the pages, as the theme has them.
struct Words(toml::Table);

impl Words {
    fn of(language: &str) -> Self {
        let file = format!("{}/templates/theme/pages/{language}.toml", env!("CARGO_MANIFEST_DIR"));
        Self(std::fs::read_to_string(file).unwrap().parse().unwrap())
    }

    fn say(&self, table: &str, key: &str) -> &str {
        let phrase = self.0[table][key].as_str().unwrap();
        // Up to what is filled in.
        phrase.split('{').next().unwrap().trim_end()
    }
}

fn topic(title: &str) -> Section {
    let take = Take::Topics(vec![title.to_lowercase()]);
    Section { title: title.to_owned(), take, limit: 9, optional: true, ..Section::default() }
}

async fn desk() -> SignUpDesk {
    let sections = vec![topic("Harbour"), topic("Sea")];
    SignUpDesk::sending(signups(), |digest| pressrun::model::Digest { sections, ..digest }).await
}

/// A story of each topic, and an edition with them; what the reader got.
async fn edition(desk: &SignUpDesk, n: u32) -> Vec<Letter> {
    let world = &desk.world;
    world.turn_clock(TimeDelta::days(1));
    let items = ["Harbour", "Sea"].map(|topic| {
        format!(
            "<item><title>{topic}story{n}</title><link>https://n.example/{topic}{n}</link>\
             <category>{topic}</category></item>"
        )
    });
    let feed = format!("<rss><channel>{}</channel></rss>", items.concat());
    let url = Url::parse("https://n.example/feed").unwrap();
    let articles = clean(parse(feed.as_bytes(), None, &url).unwrap(), world.now());
    let source = world.store.sources().await.unwrap()[0].id;
    world.store.put_articles(source, &articles, world.now()).await.unwrap();
    let (digest, now) = (&desk.digest, world.now());
    let made = ByHand::make(&world.store, digest, &Theme::built_in(), SITE, now).await.unwrap();
    let id = made.store(&world.store, digest, now, now).await.unwrap().expect("an edition");
    world.store.release(id, &digest.lists, &Terms::default(), now).await.unwrap();
    world.deliver(id, digest, &world.carrier).await;
    let Carrier::Memory(memory) = &world.carrier else { unreachable!() };
    memory.drain()
}

fn text(letter: &Letter) -> String {
    String::from_utf8_lossy(&letter.bytes).replace("=\r\n", "")
}

/// The path of a link in a letter.
fn link(letter: &Letter, page: &str) -> String {
    let text = text(letter);
    let (_, rest) = text.split_once(&format!("{SITE}/{page}/")).unwrap();
    format!("/{page}/{}", &rest[..40])
}

async fn visit(desk: &SignUpDesk, tab: &mut Tab, path: &str) {
    assert_eq!(tab.open(&format!("http://127.0.0.1:{}{path}", desk.port)).await, 200, "{path}");
}

/// What is told of the page that a button has led to; sound, where the browser can look.
async fn told(tab: &mut Tab, screen: &Screen, words: &str, shot: &str) {
    let text = tab.text().await;
    assert!(text.contains(words), "no {words:?} in {text}");
    tab.shot(&format!("{}-{}-{shot}", screen.language, screen.width)).await;
    if screen.script {
        tab.assert_sound().await;
    }
}

async fn lives(browser: &Browser, screen: Screen) {
    let (desk, words) = (desk().await, Words::of(screen.language));
    let mut tab = browser.tab(&screen).await;
    visit(&desk, &mut tab, "/").await;
    told(&mut tab, &screen, words.say("subscribe", "title"), "1-subscribe").await;
    tab.reach(words.say("subscribe", "address")).await;
    tab.type_in(READER).await;
    tab.reach("The Morning Tide").await;
    tab.press(" ").await;
    desk.world.turn_clock(TimeDelta::minutes(1));
    tab.reach(words.say("subscribe", "button")).await;
    tab.enter().await;
    told(&mut tab, &screen, words.say("subscribe", "sent"), "2-sent").await;

    assert_eq!(desk.answer_all().await, 1, "a mail in the outbox");
    let confirm = desk.link().await;
    visit(&desk, &mut tab, &confirm).await;
    told(&mut tab, &screen, words.say("confirm", "question"), "3-confirm").await;
    assert_eq!(desk.on(READER).await, [""; 0]);
    tab.reach(words.say("confirm", "button")).await;
    tab.enter().await;
    told(&mut tab, &screen, words.say("confirm", "done"), "4-confirmed").await;
    assert_eq!(desk.on(READER).await, ["readers"]);

    let [first] = &edition(&desk, 1).await[..] else { panic!("one letter") };
    assert!(text(first).contains("Harbourstory1") && text(first).contains("Seastory1"));
    visit(&desk, &mut tab, &link(first, "preferences")).await;
    told(&mut tab, &screen, words.say("preferences", "heading"), "5-preferences").await;
    tab.reach("Sea").await;
    tab.press(" ").await;
    tab.reach(words.say("preferences", "save")).await;
    tab.enter().await;
    told(&mut tab, &screen, words.say("preferences", "saved"), "6-saved").await;

    let [second] = &edition(&desk, 2).await[..] else { panic!("one letter") };
    assert!(text(second).contains("Harbourstory2") && !text(second).contains("Seastory2"));
    visit(&desk, &mut tab, &link(second, "unsubscribe")).await;
    told(&mut tab, &screen, words.say("leaving", "question"), "7-leave").await;
    tab.reach(words.say("leaving", "leave")).await;
    tab.enter().await;
    told(&mut tab, &screen, words.say("leaving", "left"), "8-left").await;
    let reader = desk.world.store.subscriber(&EmailAddress::parse(READER).unwrap()).await.unwrap().unwrap();
    assert!(reader.subscriptions.iter().all(|place| place.state == SubscriptionState::Unsubscribed));
    assert!(edition(&desk, 3).await.is_empty(), "nothing arrives any more");
}

#[tokio::test]
async fn a_reader_subscribes_confirms_chooses_reads_and_leaves_without_scripts_on_the_narrowest_phone() {
    let Some(browser) = Browser::start() else { return };
    for language in ["en", "de", "he", "ar"] {
        lives(&browser, Screen::phone().speaking(language)).await;
    }
}

#[tokio::test]
async fn the_same_way_is_sound_at_a_desk_by_day_and_by_night() {
    let Some(browser) = Browser::start() else { return };
    for language in ["en", "de", "he", "ar"] {
        lives(&browser, Screen::desktop().speaking(language)).await;
    }
}
