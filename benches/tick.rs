//! What a press costs that only looks: a tick over ten thousand digests of which none is due, and the first one, which
//! reads them all. The goal is 50 milliseconds.

use std::time::{Duration, Instant as Moment};

use chrono::TimeDelta;
use pressrun::model::{
    Digest, Instant, Language, Name, NewList, Schedule, Section, SlotZone, Take, Timetable,
};
use pressrun::press::{Agenda, Clock, Orders, Postmark, Publisher, Publishing, PublishingRules};
use pressrun::render::{self, Theme};
use pressrun::store::{Store, Terms};

const DIGESTS: usize = 10_000;
const TICKS: usize = 50;

struct Many(Vec<Digest>, Publisher);

impl Orders for Many {
    fn digests(&self) -> &[Digest] {
        &self.0
    }
    fn theme(&self, _: &Digest) -> Result<Theme, String> {
        Ok(Theme::built_in())
    }
    fn postmark(&self, digest: &Digest) -> Postmark {
        Postmark::new(digest.clone(), "https://tide.example".to_owned())
    }
    fn terms(&self, _: &Digest, _: Option<Instant>, _: Instant) -> Terms {
        Terms::default()
    }
    fn publisher(&self) -> &Publisher {
        &self.1
    }
    fn welcoming(&self) -> Vec<Name> {
        Vec::new()
    }
}

fn digest(n: usize, list: &Name) -> anyhow::Result<Digest> {
    let schedule =
        ["weekdays at 06:30", "*/15 * * * *", "every monday at 9", "daily at 07:00 and 18:30"][n % 4];
    let zones = [chrono_tz::Europe::Berlin, chrono_tz::America::New_York, chrono_tz::Asia::Kolkata];
    Ok(Digest {
        name: Name::parse(&format!("digest-{n}"))?,
        title: "Morning".to_owned(),
        subject: "{title}".to_owned(),
        intro: String::new(),
        lists: vec![list.clone()],
        language: Language::english(),
        zone: chrono_tz::UTC,
        from: "Morning <news@tide.example>".parse()?,
        reply_to: None,
        postal_address: "1 Quay Street".to_owned(),
        sections: vec![Section {
            title: String::new(),
            take: Take::Latest,
            limit: 30,
            optional: false,
            ..Section::default()
        }],
        lead: true,
        minimum: 1,
        limit: 30,
        max_age: Duration::from_secs(7 * 86_400),
        html_budget: 90_000,
        clicks: false,
        rules: std::sync::Arc::default(),
        timetable: Some(Timetable {
            schedule: Schedule::parse(schedule)?,
            zone: SlotZone::Fixed(zones[n % 3]),
            catch_up: Duration::from_secs(6 * 3600),
            quiet: Vec::new(),
            until: None,
            approval: None,
        }),
    })
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(bench())
}

async fn bench() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&format!("sqlite:{}", folder.path().join("tick.db").display())).await?;
    let list = Name::parse("readers")?;
    let list_id = "readers.tide.example".to_owned();
    store.declare_lists(&[NewList { name: list.clone(), title: "Readers".to_owned(), list_id }]).await?;
    let digests = (0..DIGESTS).map(|n| digest(n, &list)).collect::<anyhow::Result<Vec<_>>>()?;
    let desk = render::Desk { language: Language::english(), zone: chrono_tz::UTC };
    let nobody = Publisher { mail: None, webhook: None, desk, theme: Theme::built_in() };
    let orders = Many(digests, nobody);
    let rules = PublishingRules::default();
    // At a minute past a full hour, when nothing of the above is due for a while.
    let mut now = Instant::UNIX_EPOCH + TimeDelta::seconds(1_780_001_160);
    let mut agenda = Agenda::new(None);
    let mut took = Vec::new();
    for _ in 0..=TICKS {
        let clock = Clock::stopped_at(now);
        let publishing = Publishing { store: &store, clock: &clock, orders: &orders, rules: &rules };
        let begin = Moment::now();
        let published = publishing.publish(&mut agenda).await?;
        took.push(begin.elapsed());
        assert!(published.is_empty(), "nothing is due");
        now += TimeDelta::seconds(5);
    }
    let first = took.remove(0);
    took.sort_unstable();
    println!("{DIGESTS} digests: first tick, which reads them all, {first:.1?}");
    println!("tick: median {:.2?}, slowest {:.2?}", took[TICKS / 2], took[TICKS - 1]);
    Ok(())
}
