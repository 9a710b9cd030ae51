//! A year of a publisher's life, lived in a moment: three digests, four hundred readers in thirty zones, both changes
//! of the clocks, downtimes, two presses at once, clocks that jump, and readers who move.
//!
//! It takes longest of all, and is called so that it begins first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use pressrun::collect::{clean, parse};
use pressrun::deliver::{Carrier, Letter};
use pressrun::model::{
    Digest, EmailAddress, Instant, Manner, Name, NewList, NewSource, NewSubscriber, Schedule, SlotZone,
    SubscriptionState, Timetable,
};
use pressrun::press::{
    self, Agenda, Clock, DeliveringRules, Orders, Postmark, Publisher, Publishing, PublishingRules, Ways,
};
use pressrun::render::Theme;
use pressrun::store::{Store, Terms};
use url::Url;

use crate::a_year_checks::{check_fixed, check_mornings, check_stories};
use crate::publishing::nobody;
use crate::world::{World, name};

const ZONES: [&str; 30] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Athens",
    "Europe/Moscow",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Africa/Lagos",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Asia/Tehran",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Honolulu",
];
pub(crate) const READERS: usize = 400;
pub(crate) const SUBSCRIBERS: &str = "waves";
pub(crate) const WEEKLY: &str = "weekly";
pub(crate) const GAP: &str = "gap";

/// One letter that a reader got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) stories: Vec<u32>,
}

struct Desk {
    digests: Vec<Digest>,
    theme: Theme,
    publisher: Publisher,
}

impl Orders for Desk {
    fn digests(&self) -> &[Digest] {
        &self.digests
    }
    fn theme(&self, _: &Digest) -> Result<Theme, String> {
        Ok(self.theme.clone())
    }
    fn postmark(&self, digest: &Digest) -> Postmark {
        Postmark::new(digest.clone(), "https://tide.example".to_owned())
    }
    fn terms(&self, _: &Digest, _: Option<Instant>, now: Instant) -> Terms {
        Terms { expires_at: Some(now + TimeDelta::days(1)), ..Terms::default() }
    }
    fn publisher(&self) -> &Publisher {
        &self.publisher
    }
    fn welcoming(&self) -> Vec<Name> {
        Vec::new()
    }
}

/// The year, with everything that happens in it.
pub(crate) struct Year {
    store: Store,
    desk: Desk,
    carrier: Carrier,
    millis: Arc<AtomicI64>,
    rules: PublishingRules,
    stories: u32,
    /// When each story came.
    pub(crate) told: BTreeMap<u32, Instant>,
    /// By reader: since when they have been in which zone; `None` is where the digest is at home.
    pub(crate) zones: Vec<Vec<(Instant, Option<Tz>)>>,
    pub(crate) got: HashMap<(String, usize), Vec<Got>>,
    pub(crate) down: Vec<(Instant, Instant)>,
    random: u64,
}

fn utc(text: &str) -> Instant {
    text.parse().unwrap()
}

fn digest(world: &Digest, called: &str, schedule: &str, zone: SlotZone) -> Digest {
    let timetable = Timetable {
        schedule: Schedule::parse(schedule).unwrap(),
        zone,
        catch_up: Duration::from_secs(6 * 3600),
        quiet: Vec::new(),
        until: None,
        approval: None,
    };
    Digest {
        name: name(called),
        lists: vec![name(called)],
        limit: 2_000,
        sections: vec![pressrun::model::Section {
            title: String::new(),
            take: pressrun::model::Take::Latest,
            limit: 2_000,
            optional: false,
            ..pressrun::model::Section::default()
        }],
        max_age: Duration::from_secs(60 * 86_400),
        html_budget: 100_000_000,
        timetable: Some(timetable),
        ..world.clone()
    }
}

impl Year {
    async fn begin(start: Instant) -> Self {
        let world = World::new().await.digest();
        let store = Store::open("sqlite::memory:").await.unwrap();
        let millis = Arc::new(AtomicI64::new(start.timestamp_millis()));
        let home = SlotZone::Subscriber { otherwise: chrono_tz::Europe::Berlin };
        let digests = vec![
            digest(&world, SUBSCRIBERS, "daily at 07:00", home),
            digest(&world, WEEKLY, "every monday at 9", SlotZone::Fixed(chrono_tz::America::New_York)),
            // Half past two does not exist on one Sunday of the year there, and twice on another.
            digest(&world, GAP, "every sunday at 02:15", SlotZone::Fixed(chrono_tz::Australia::Lord_Howe)),
        ];
        let lists = digests.iter().map(|digest| NewList {
            name: digest.name.clone(),
            title: digest.name.to_string(),
            list_id: format!("{}.tide.example", digest.name),
        });
        store.declare_lists(&lists.collect::<Vec<_>>()).await.unwrap();
        let source = NewSource {
            name: name("news"),
            url: "https://news.example/feed".parse().unwrap(),
            title: None,
            topics: vec![],
            every: None,
            manner: Manner::default(),
        };
        store.add_source(&source).await.unwrap();
        let zone = |n: usize| (n % 31 < 30).then(|| ZONES[n % 31].parse::<Tz>().unwrap());
        let readers: Vec<NewSubscriber> = (0..READERS)
            .map(|n| NewSubscriber {
                address: address(n),
                name: String::new(),
                zone: zone(n),
                consent: String::new(),
            })
            .collect();
        for digest in &digests {
            let state = SubscriptionState::Confirmed;
            store.add_subscribers(&digest.name, &readers, state, start).await.unwrap();
        }
        Self {
            store,
            desk: Desk { digests, theme: Theme::built_in(), publisher: nobody() },
            carrier: Carrier::memory(),
            millis,
            rules: PublishingRules { patience: Duration::ZERO, ..PublishingRules::default() },
            stories: 0,
            told: BTreeMap::new(),
            zones: (0..READERS).map(|n| vec![(DateTime::<Utc>::MIN_UTC, zone(n))]).collect(),
            got: HashMap::new(),
            down: Vec::new(),
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    fn now(&self) -> Instant {
        DateTime::from_timestamp_millis(self.millis.load(Ordering::SeqCst)).unwrap()
    }

    fn set_clock(&self, to: Instant) {
        self.millis.store(to.timestamp_millis(), Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let millis = Arc::clone(&self.millis);
        Clock::new(move || DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap())
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    async fn tell_story(&mut self) {
        self.stories += 1;
        let (n, now) = (self.stories, self.now());
        let feed = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title><item>\
             <title>Story{n:06}</title><link>https://news.example/{n}</link><guid>{n}</guid>\
             <pubDate>{}</pubDate></item></channel></rss>",
            now.to_rfc2822()
        );
        let url = Url::parse("https://news.example/feed").unwrap();
        let articles = clean(parse(feed.as_bytes(), None, &url).unwrap(), now);
        let source = self.store.sources().await.unwrap()[0].id;
        self.store.put_articles(source, &articles, now).await.unwrap();
        self.told.insert(n, now);
    }

    async fn move_reader(&mut self) {
        let reader = self.random(READERS as u64) as usize;
        let zone = ZONES[self.random(30) as usize].parse::<Tz>().unwrap();
        self.store.set_zone(&address(reader), Some(zone)).await.unwrap();
        let now = self.now();
        self.zones[reader].push((now, Some(zone)));
    }

    /// Two presses look at their slots at the same time, and one of them delivers.
    async fn tick(&mut self, agendas: &mut [Agenda; 2]) {
        let clock = self.clock();
        let publishing =
            || Publishing { store: &self.store, clock: &clock, orders: &self.desk, rules: &self.rules };
        let (one, two) = (publishing(), publishing());
        let [first, second] = agendas;
        let (one, two) = tokio::join!(one.publish(first), two.publish(second));
        let published = one.unwrap().len() + two.unwrap().len();
        if published == 0 {
            return;
        }
        let (stop, rules) = (AtomicBool::new(false), DeliveringRules::default());
        let ways = Ways::only(self.carrier.clone());
        let run = press::Run { store: &self.store, ways: &ways, clock: &clock, rules: &rules, stop: &stop };
        for (edition, _) in self.store.going_out().await.unwrap() {
            let record = self.store.edition(edition).await.unwrap().unwrap();
            let digest = self.desk.digests.iter().find(|digest| digest.name == record.digest).unwrap();
            press::deliver(&run, edition, &self.desk.postmark(digest), |_| {}).await.unwrap();
        }
        let Carrier::Memory(memory) = &self.carrier else { unreachable!() };
        let now = self.now();
        for letter in memory.drain() {
            let (digest, reader, stories) = read(&letter);
            self.got.entry((digest, reader)).or_default().push(Got { at: now, stories });
        }
    }

    /// The next instant at which anything is due.
    fn next_slot(&self, agendas: &[Agenda; 2]) -> Option<Instant> {
        let next = |agenda: &Agenda| self.desk.digests.iter().filter_map(|d| agenda.next(&d.name)).min();
        agendas.iter().filter_map(next).min()
    }
}

fn address(reader: usize) -> EmailAddress {
    EmailAddress::parse(&format!("reader{reader}@example.org")).unwrap()
}

/// The digest, the reader and the stories of a letter, read from its plain text.
fn read(letter: &Letter) -> (String, usize, Vec<u32>) {
    let text = String::from_utf8_lossy(&letter.bytes);
    let digest = [SUBSCRIBERS, WEEKLY, GAP]
        .into_iter()
        .find(|digest| text.contains(&format!("<{digest}.tide.example>")))
        .expect("a List-Id");
    let plain = &text[text.find("\r\n\r\n").unwrap()..];
    let plain = plain.split("Content-Type: text/html").next().unwrap().replace("=\r\n", "");
    let stories: BTreeSet<u32> =
        plain.match_indices("Story").filter_map(|(at, _)| plain.get(at + 5..at + 11)?.parse().ok()).collect();
    let reader = letter.recipient.as_str()["reader".len()..].split('@').next().unwrap().parse().unwrap();
    (digest.to_owned(), reader, stories.into_iter().collect())
}

#[tokio::test]
async fn in_a_year_each_reader_gets_each_due_edition_once_and_each_story_once() {
    let (start, end) = (utc("2026-01-01T00:00:30Z"), utc("2027-01-01T00:00:00Z"));
    let mut year = Year::begin(start).await;
    let mut agendas = [Agenda::new(None), Agenda::new(None)];
    year.tell_story().await;
    year.tick(&mut agendas).await;
    let mut next_story = start;
    let mut next_move = start + TimeDelta::hours(50);
    let mut jumps = vec![
        (utc("2026-05-05T05:00:10Z"), TimeDelta::hours(-1)),
        (utc("2026-07-20T09:30:00Z"), TimeDelta::days(-2)),
        (utc("2026-11-11T11:11:11Z"), TimeDelta::minutes(-90)),
    ];
    let mut falls = vec![
        (utc("2026-02-10T06:58:00Z"), TimeDelta::minutes(5)),
        (utc("2026-03-28T22:00:00Z"), TimeDelta::hours(9)),
        (utc("2026-04-20T01:00:00Z"), TimeDelta::hours(5)),
        (utc("2026-06-15T12:00:00Z"), TimeDelta::days(5)),
        (utc("2026-08-30T05:00:00Z"), TimeDelta::minutes(45)),
        (utc("2026-10-24T23:30:00Z"), TimeDelta::hours(30)),
    ];
    while year.now() < end {
        let now = year.now();
        if now >= next_story {
            year.tell_story().await;
            next_story = now + TimeDelta::minutes(150 + year.random(90) as i64);
        }
        if now >= next_move {
            year.move_reader().await;
            next_move = now + TimeDelta::minutes(400 + year.random(2_000) as i64);
        }
        if let Some(at) = jumps.iter().position(|(at, _)| now >= *at) {
            // The clock is put back, shows the same hours again, and goes on.
            let (_, by) = jumps.remove(at);
            year.set_clock(now + by);
            year.tick(&mut agendas).await;
            year.set_clock(now);
        }
        if let Some(at) = falls.iter().position(|(at, _)| now >= *at) {
            let (_, length) = falls.remove(at);
            year.down.push((now, now + length));
            let mut until = now;
            // News comes while nobody is there to print it.
            while until < now + length {
                until = (until + TimeDelta::hours(3)).min(now + length);
                year.set_clock(until);
                year.tell_story().await;
            }
            agendas = [Agenda::new(None), Agenda::new(None)];
        }
        year.tick(&mut agendas).await;
        let next = year.next_slot(&agendas).unwrap_or(end).max(year.now() + TimeDelta::seconds(1));
        // Zones that are new are seen within a minute.
        let step = [next, next_story, next_move, next_move + TimeDelta::seconds(61)];
        let next = step.into_iter().filter(|at| *at > year.now()).min().unwrap_or(end);
        year.set_clock(next);
    }
    assert!(jumps.is_empty() && falls.is_empty());
    check_stories(&year);
    check_mornings(&year, start, end);
    check_fixed(&year, WEEKLY, chrono_tz::America::New_York, Weekday::Mon, (9, 0));
    check_fixed(&year, GAP, chrono_tz::Australia::Lord_Howe, Weekday::Sun, (2, 15));
}
