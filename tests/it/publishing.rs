//! Slots become editions: at their time, once, or with the reason why not.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use chrono::TimeDelta;
use pressrun::collect::{clean, parse};
use pressrun::model::{
    Digest, EditionState, Instant, Language, Name, Nothing, QuietDay, Schedule, Skipped, SlotState, SlotZone,
    Timetable,
};
use pressrun::press::{
    Agenda, Orders, Pictures, Postmark, Published, Publisher, Publishing, PublishingRules,
};
use pressrun::render::{self, Theme};
use pressrun::store::{Lease, Store, Terms, Verdict};
use url::Url;

use crate::world::{World, name};

/// A publisher who hears nothing.
pub(crate) fn nobody() -> Publisher {
    let desk = render::Desk { language: Language::english(), zone: chrono_tz::UTC };
    Publisher { mail: None, webhook: None, desk, theme: Theme::built_in() }
}

/// The standing order of a test, which may change its mind.
pub(crate) struct Order {
    pub(crate) digests: Vec<Digest>,
    pub(crate) theme: Mutex<Result<Theme, String>>,
    pub(crate) publisher: Publisher,
    pub(crate) pictures: Option<Pictures>,
    pub(crate) welcoming: Vec<Name>,
    /// What the last edition was said to be followed by.
    pub(crate) next: Mutex<Option<Instant>>,
    /// So many digests are looked at before a stop.
    pub(crate) until_stop: AtomicUsize,
}

impl Orders for Order {
    fn digests(&self) -> &[Digest] {
        &self.digests
    }
    fn theme(&self, _: &Digest) -> Result<Theme, String> {
        self.theme.lock().unwrap().clone()
    }
    fn postmark(&self, digest: &Digest) -> Postmark {
        Postmark::new(digest.clone(), "https://tide.example".to_owned())
    }
    fn terms(&self, _: &Digest, next: Option<Instant>, now: Instant) -> Terms {
        *self.next.lock().unwrap() = next;
        Terms { expires_at: Some(now + TimeDelta::days(1)), ..Terms::default() }
    }
    fn publisher(&self) -> &Publisher {
        &self.publisher
    }
    fn welcoming(&self) -> Vec<Name> {
        self.welcoming.clone()
    }
    fn pictures(&self) -> Option<&Pictures> {
        self.pictures.as_ref()
    }
    fn goes_on(&self) -> bool {
        self.until_stop.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

/// A world with a press that publishes at its ticks.
pub(crate) struct Press {
    pub(crate) world: World,
    pub(crate) order: Order,
    pub(crate) rules: PublishingRules,
    pub(crate) agenda: Agenda,
    stories: u32,
}

pub(crate) fn timetable(schedule: &str) -> Timetable {
    Timetable {
        schedule: Schedule::parse(schedule).unwrap(),
        zone: SlotZone::Fixed(chrono_tz::UTC),
        catch_up: Duration::from_secs(6 * 3600),
        quiet: Vec::new(),
        until: None,
        approval: None,
    }
}

impl Press {
    /// Monday, 2 March 2026, 07:00 UTC, with one reader; the digest is due by this timetable.
    pub(crate) async fn with(timetable: Timetable) -> Self {
        Self::in_world(World::new().await, timetable).await
    }

    /// The same on a file, whose address is given back.
    pub(crate) async fn on_file(timetable: Timetable) -> (Self, tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/pressrun.db", folder.path().display());
        let world = World::on(Store::open(&url).await.unwrap()).await;
        (Self::in_world(world, timetable).await, folder, url)
    }

    pub(crate) async fn in_world(world: World, timetable: Timetable) -> Self {
        world.subscribe(&["ann@example.org"]).await;
        let digest = Digest { timetable: Some(timetable), ..world.digest() };
        let mut press = Self {
            order: Order {
                digests: vec![digest],
                theme: Mutex::new(Ok(Theme::built_in())),
                publisher: nobody(),
                pictures: None,
                welcoming: Vec::new(),
                next: Mutex::new(None),
                until_stop: AtomicUsize::new(usize::MAX),
            },
            rules: PublishingRules { patience: Duration::ZERO, ..PublishingRules::default() },
            agenda: Agenda::new(None),
            stories: 0,
            world,
        };
        assert_eq!(press.tick().await, [], "a new order begins with its next slot");
        press
    }

    pub(crate) fn store(&self) -> &Store {
        &self.world.store
    }

    pub(crate) async fn tell(&mut self) {
        self.stories += 1;
        let feed = format!(
            "<rss><channel><item><title>Story {0}</title><link>https://n.example/{0}</link></item></channel></rss>",
            self.stories
        );
        let url = Url::parse("https://n.example/feed").unwrap();
        let articles = clean(parse(feed.as_bytes(), None, &url).unwrap(), self.world.now());
        let source = self.store().sources().await.unwrap()[0].id;
        self.store().put_articles(source, &articles, self.world.now()).await.unwrap();
    }

    pub(crate) async fn tick(&mut self) -> Vec<Published> {
        let clock = self.world.clock();
        let publishing =
            Publishing { store: &self.world.store, clock: &clock, orders: &self.order, rules: &self.rules };
        publishing.publish(&mut self.agenda).await.unwrap()
    }

    pub(crate) async fn tick_after(&mut self, by: TimeDelta) -> Vec<Published> {
        self.world.turn_clock(by);
        self.tick().await
    }

    /// What became of the slots, oldest first.
    pub(crate) async fn past(&self) -> Vec<(String, SlotState, Option<Skipped>)> {
        let slots = self.store().slots(&name("morning"), 100).await.unwrap();
        let told = slots.into_iter().rev();
        told.map(|s| (s.slot.format("%d %H:%M").to_string(), s.state, s.skipped)).collect()
    }
}

pub(crate) fn published(all: &[Published]) -> usize {
    all.iter().filter(|p| matches!(p.verdict, Verdict::Published(_))).count()
}

#[tokio::test]
async fn a_slot_is_published_at_its_time_and_not_again_after_a_restart_or_by_another_press() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    assert_eq!(press.tick_after(TimeDelta::minutes(29)).await, []);
    let all = press.tick_after(TimeDelta::seconds(61)).await;
    assert_eq!((all.len(), published(&all)), (1, 1));
    press.tell().await;
    assert_eq!(press.tick().await, []);
    press.agenda = Agenda::new(None);
    assert_eq!(press.tick().await, []);
    press.agenda = Agenda::new(None);
    assert_eq!(press.tick_after(TimeDelta::hours(1)).await, []);
    assert_eq!(press.past().await, [("02 07:30".to_owned(), SlotState::Published, None)]);
}

#[tokio::test]
async fn a_clock_that_is_put_back_publishes_nothing_twice_and_one_that_was_ahead_stops_nothing() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    assert_eq!(published(&press.tick_after(TimeDelta::hours(1)).await), 1);
    press.tell().await;
    assert_eq!(press.tick_after(TimeDelta::hours(-2)).await, []);
    assert_eq!(press.tick_after(TimeDelta::hours(3)).await, []);
    // Ten years ahead: what was missed is skipped, and one edition is made.
    press.world.turn_clock(TimeDelta::days(3650));
    press.tick().await;
    press.world.turn_clock(TimeDelta::days(-3650));
    assert_eq!(press.tick().await, []);
    press.tell().await;
    assert_eq!(published(&press.tick_after(TimeDelta::days(1)).await), 1);
}

#[tokio::test]
async fn what_was_missed_is_one_edition_if_it_is_not_too_late_and_recorded_if_it_is() {
    let mut press = Press::with(timetable("0 */2 * * *")).await;
    press.tell().await;
    // From 07:00 to 20:30 nobody was there: 08:00 to 14:00 are too late, 16:00 and 18:00 in time, 20:00 stands for them.
    press.agenda = Agenda::new(None);
    let all = press.tick_after(TimeDelta::minutes(13 * 60 + 30)).await;
    assert_eq!(published(&all), 1);
    let past = press.past().await;
    let (late, merged): (Vec<_>, Vec<_>) =
        past[..past.len() - 1].iter().partition(|(_, _, why)| matches!(why, Some(Skipped::Late { .. })));
    assert_eq!((late.len(), merged.len()), (4, 2));
    assert!(merged.iter().all(|(_, _, why)| matches!(why, Some(Skipped::Merged { .. }))));
    assert_eq!(past.last().unwrap().0, "02 20:00");
    let record = press.store().slots(&name("morning"), 1).await.unwrap().remove(0);
    let remark = record.remark.unwrap();
    assert!(remark.starts_with("30 min late: no press was running from 2026-03-02 07:00"), "{remark}");
}

#[tokio::test]
async fn too_late_is_told_and_the_articles_are_in_the_next_edition() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    press.agenda = Agenda::new(None);
    let all = press.tick_after(TimeDelta::minutes(6 * 60 + 30)).await;
    assert_eq!(published(&all), 0);
    assert_eq!(press.past().await[0].2, Some(Skipped::Late { minutes: 360, allowed: 360 }));
    let told = press.store().notices().await.unwrap();
    assert!(
        told[0]
            .text
            .contains("07:30: it was 6 h 00 min late, and catch_up allows 6 h 00 min; no press was running"),
        "{told:?}"
    );
    let all = press.tick_after(TimeDelta::hours(18)).await;
    let Verdict::Published(edition) = all.last().unwrap().verdict else { panic!("{all:?}") };
    assert_eq!(press.store().edition_articles(edition).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_slot_without_news_is_skipped_with_its_reason_and_explained_later() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.order.digests[0].minimum = 2;
    press.tell().await;
    press.tick_after(TimeDelta::hours(1)).await;
    let few = Skipped::Nothing(Nothing::BelowMinimum { found: 1, minimum: 2 });
    assert_eq!(press.past().await[0].2, Some(few));
    let record = press.store().last_nothing(&name("morning")).await.unwrap().unwrap();
    assert_eq!(record.explanation.articles.len(), 1, "kept from the time of the slot");
    press.tell().await;
    let all = press.tick_after(TimeDelta::days(1)).await;
    let Verdict::Published(edition) = all[0].verdict else { panic!("{all:?}") };
    assert_eq!(press.store().edition_articles(edition).await.unwrap().len(), 2, "carried over");
}

#[tokio::test]
async fn quiet_days_pauses_and_the_last_day_bring_no_edition() {
    let mut quiet = timetable("daily at 07:30");
    quiet.quiet = vec![QuietDay::parse("tuesday").unwrap(), QuietDay::parse("03-04").unwrap()];
    quiet.until = chrono::NaiveDate::from_ymd_opt(2026, 3, 6);
    let mut press = Press::with(quiet).await;
    let mut each_day = Vec::new();
    for day in 0..7 {
        press.tell().await;
        if day == 3 {
            assert!(press.store().pause_order(&name("morning"), true, press.world.now()).await.unwrap());
        }
        let all = press.tick_after(TimeDelta::minutes(if day == 0 { 40 } else { 1440 })).await;
        each_day.push(published(&all));
        if day == 3 {
            assert!(press.store().pause_order(&name("morning"), false, press.world.now()).await.unwrap());
        }
    }
    // Monday, quiet, quiet, paused, Friday, and then it has ended.
    assert_eq!(each_day, [1, 0, 0, 0, 1, 0, 0]);
    let why: Vec<_> = press.past().await.into_iter().filter_map(|(_, _, why)| why).collect();
    assert_eq!(why, [Skipped::Quiet, Skipped::Quiet, Skipped::Paused]);
    let edition = press.store().editions(None, 1).await.unwrap().remove(0);
    assert_eq!(edition.articles, 4, "what the silent days brought");
}

#[tokio::test]
async fn without_readers_nothing_is_used_up() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    let ann = pressrun::model::EmailAddress::parse("ann@example.org").unwrap();
    press.store().unsubscribe(&ann, None, press.world.now()).await.unwrap();
    press.tick_after(TimeDelta::hours(1)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::NoReaders));
    assert!(press.store().editions(None, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_theme_that_is_broken_is_tried_again_and_told_and_mended() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    *press.order.theme.lock().unwrap() = Err("theme/palette.toml:3: `accent` is no colour".to_owned());
    assert_eq!(press.tick_after(TimeDelta::minutes(31)).await, []);
    let told = press.store().notices().await.unwrap();
    assert!(told[0].text.contains("palette.toml:3"), "{told:?}");
    assert_eq!(press.past().await, [], "given back");
    *press.order.theme.lock().unwrap() = Ok(Theme::built_in());
    assert_eq!(press.tick_after(TimeDelta::seconds(5)).await, [], "not at every tick");
    let all = press.tick_after(TimeDelta::minutes(1)).await;
    assert_eq!(published(&all), 1);
    assert!(all[0].remark.as_deref().unwrap().contains("`accent` is no colour"), "{all:?}");
    assert!(press.store().notices().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_stays_broken_is_skipped_when_it_is_too_late() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    *press.order.theme.lock().unwrap() = Err("no such colour".to_owned());
    press.tick_after(TimeDelta::minutes(31)).await;
    press.tick_after(TimeDelta::hours(6)).await;
    assert_eq!(press.past().await[0].2, Some(Skipped::Failed { why: "no such colour".to_owned() }));
}

#[tokio::test]
async fn a_press_that_dies_over_a_slot_loses_it_to_another() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.tell().await;
    press.world.turn_clock(TimeDelta::minutes(30));
    let slot = press.world.now();
    let lease = Lease { holder: "dead".to_owned(), until: slot + TimeDelta::minutes(5) };
    assert!(press.store().open_slot(&name("morning"), slot, &lease, slot).await.unwrap());
    // It had stored its draft.
    let digest = press.order.digests[0].clone();
    let drafted = press.world.draft(&digest).await;
    let now = press.world.now();
    pressrun::press::store_draft(press.store(), &digest, &drafted, slot, now).await.unwrap();
    assert_eq!(press.tick_after(TimeDelta::minutes(1)).await, []);
    assert_eq!(published(&press.tick_after(TimeDelta::minutes(5)).await), 1);
    let editions = press.store().editions(None, 10).await.unwrap();
    assert_eq!((editions.len(), editions[0].state), (1, EditionState::Released));
}

#[tokio::test]
async fn an_edition_waits_for_its_sources_but_not_for_long() {
    let mut press = Press::with(timetable("daily at 07:30")).await;
    press.rules = PublishingRules::default();
    press.tell().await;
    assert_eq!(press.tick_after(TimeDelta::minutes(30)).await, [], "the source was never asked");
    let wanted = press.store().sources().await.unwrap()[0].next_poll;
    assert!(wanted.is_none_or(|next| next <= press.world.now()));
    assert_eq!(press.tick_after(TimeDelta::minutes(1)).await, []);
    let all = press.tick_after(TimeDelta::minutes(1)).await;
    assert_eq!(published(&all), 1);
    assert_eq!(all[0].remark.as_deref(), Some("2 min late: its sources were waited for"));
}
