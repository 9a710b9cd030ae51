//! Every key there is: one declaration each, from which its reading, its default, its name in complaints and its
//! place in the printed configuration follow.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ::config::Value;
use chrono_tz::Tz;
use secrecy::SecretString;
use url::Url;

use super::measures::Day;
use super::printer::Printer;
use super::reader::{Reader, Shape};
use super::sending::{Deliver, Pace, Relay};
use super::shapes::{DatabaseUrl, PublicUrl, SecretUrl, Size};
use super::table::table;
use super::timing::Zone;
use super::web::Web;
use super::words::{Approve, Domain, Kind, Level, ListId, Otherwise, Paragraph, Select, Selector, Subject};
use crate::model::{EmailAddress, Language, Mailbox, Name, Order, QuietDay, Rewrite, Rule, Schedule};

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

const fn days(n: u64) -> Duration {
    Duration::from_secs(86_400 * n)
}

table! { complete
    /// The whole file.
    Keys {
        /// The address of the public pages.
        public_url: Option<PublicUrl> = None,
        /// Where everything is remembered.
        store: Store = Store::default(),
        /// How sources are polled.
        collect: Collect = Collect::default(),
        /// Where letters go.
        deliver: Deliver = Deliver::default(),
        /// The mail relay.
        relay: Relay = Relay::default(),
        /// Further relays, by name.
        relays: BTreeMap<Name, Relay> = BTreeMap::new(),
        /// How fast letters go to some domains, by a name of your own.
        pace: BTreeMap<Name, Pace> = BTreeMap::new(),
        /// What signs the letters of a domain, by a name of its own: a variable's name cannot hold a domain.
        dkim: BTreeMap<Name, Dkim> = BTreeMap::new(),
        /// The pages that browsers see.
        web: Web = Web::default(),
        /// How long things are kept.
        keep: Keep = Keep::default(),
        /// Who hears about trouble.
        publisher: Publisher = Publisher::default(),
        /// How much is logged.
        log: Log = Log::default(),
        /// The sources, by name.
        sources: BTreeMap<Name, Source> = BTreeMap::new(),
        /// The lists, by name.
        lists: BTreeMap<Name, List> = BTreeMap::new(),
        /// The digests, by name.
        digests: BTreeMap<Name, Digest> = BTreeMap::new(),
    }
}

table! { complete
    /// Where everything is remembered.
    Store {
        /// The database.
        url: DatabaseUrl = DatabaseUrl("sqlite:pressrun.db".into()),
    }
}

table! { complete
    /// How sources are polled.
    Collect {
        /// How we introduce ourselves; `None` for program, version and public address.
        user_agent: Option<String> = None,
        /// How long one request may take.
        timeout: Duration = Duration::from_secs(30),
        /// The largest document that is read.
        max_bytes: Size = Size(10_000_000),
        /// Hosts that may be polled although they are on this machine or this network.
        allow_hosts: Vec<String> = Vec::new(),
        /// Requests at once to one host.
        per_host: usize = 2,
        /// Requests at once in all.
        at_once: usize = 16,
        /// Whether hubs are asked to push what is new, where the public pages are served.
        hubs: bool = true,
        /// Article pages read at one poll of a source.
        pages_per_run: usize = 20,
        /// Whether the pictures of an edition are looked at before it is made.
        pictures: bool = true,
        /// How long a source rests that changes at every poll.
        poll_every: Duration = minutes(15),
        /// How long a source rests that never changes.
        poll_at_least_every: Duration = minutes(120),
    }
}

table! {
    /// What signs the letters of a domain: an RSA key, and if wanted an Ed25519 key beside it.
    Dkim {
        /// The domain: the sender's, or one above it.
        domain: Domain,
        /// The name of the RSA key in the DNS.
        selector: Option<Selector> = None,
        /// A PEM file with the RSA key.
        key_file: Option<PathBuf> = None,
        /// The name of the Ed25519 key in the DNS.
        ed25519_selector: Option<Selector> = None,
        /// A PEM file with the Ed25519 key.
        ed25519_key_file: Option<PathBuf> = None,
    }
}

table! { complete
    /// How long things are kept; counts are kept for good.
    Keep {
        /// Deliveries of editions that are finished.
        deliveries: Duration = days(180),
        /// The texts of editions.
        editions: Duration = days(730),
        /// Articles that no edition refers to.
        articles: Duration = days(400),
    }
}

table! { complete
    /// Who hears about trouble.
    Publisher {
        /// Where mails about it go; `None` for nowhere.
        mail: Option<EmailAddress> = None,
        /// Their sender; `None` for that of the first digest.
        from: Option<Mailbox> = None,
        /// The language of the words round the notices; `None` for that of the first digest.
        language: Option<Language> = None,
        /// An address that is told by HTTP; it may be a secret itself.
        webhook: Option<SecretUrl> = None,
        /// What signs the requests to it.
        webhook_secret: Option<SecretString> = None,
    }
}

table! { complete
    /// How much is logged.
    Log {
        /// What is the least to be logged.
        level: Level = Level::Info,
    }
}

table! {
    /// What is polled.
    Source {
        /// Where it is.
        url: Url,
        /// What readers see; `None` for what the source calls itself.
        title: Option<String> = None,
        /// The topics of all its articles.
        topics: Vec<String> = Vec::new(),
        /// How often it is polled; `None` for as often as it changes.
        every: Option<Duration> = None,
        /// If there are any: which of its articles are taken at all.
        include: Vec<Rule> = Vec::new(),
        /// Which of its articles are never taken.
        exclude: Vec<Rule> = Vec::new(),
        /// What its titles become.
        titles: Vec<Rewrite> = Vec::new(),
        /// What is found at the address.
        kind: Kind = Kind::Feed,
        /// A CSS selector of the links to articles; `None` to find them by themselves.
        select: Option<Select> = None,
        /// Whether the page of each entry is read although the feed says enough.
        full_text: bool = false,
    }
}

table! {
    /// Whom a digest goes to.
    List {
        /// What readers see.
        title: String,
        /// RFC 2919; `None` for name and sender's domain.
        list_id: Option<ListId> = None,
        /// Whether a new reader gets the latest edition at once.
        welcome: bool = false,
        /// What it brings, in a sentence or two, for whoever thinks of subscribing.
        about: Paragraph = Paragraph(String::new()),
        /// Whether anybody may subscribe, and see what was sent.
        public: bool = false,
        /// Whether a reader must confirm before anything else is sent to them.
        confirm: bool = true,
    }
}

table! {
    /// The standing order.
    Digest {
        /// What readers see in the masthead.
        title: String,
        /// The sender.
        from: Mailbox,
        /// Where answers go, if not to the sender.
        reply_to: Option<EmailAddress> = None,
        /// The postal address in the footer.
        postal_address: Paragraph,
        /// Who gets it.
        lists: Vec<Name>,
        /// The subject line.
        subject: Subject = Subject("{title}: {lead}".to_owned()),
        /// A sentence above the first article; empty for none.
        intro: Paragraph = Paragraph(String::new()),
        /// The language of the digest's own words.
        language: Language = Language::english(),
        /// When it is due by itself; `None` for when `pressrun send` says so.
        schedule: Option<Schedule> = None,
        /// Whose clock the schedule is read from, and in which dates are shown.
        zone: Zone = Zone::Fixed(Tz::UTC),
        /// With the subscribers' own zones: that of readers who have named none; `None` for UTC.
        zone_else: Option<Tz> = None,
        /// How late a missed slot may be published.
        catch_up: Duration = minutes(6 * 60),
        /// Days without an edition.
        quiet: Vec<QuietDay> = Vec::new(),
        /// The last day.
        until: Option<Day> = None,
        /// Whether somebody must say yes first.
        approve: Approve = Approve::Never,
        /// How long after the slot there is time for that; `None` for two hours.
        approve_within: Option<Duration> = None,
        /// What happens when nobody said anything; `None` for skipping.
        approve_else: Option<Otherwise> = None,
        /// Whether the first picture story opens the digest in large.
        lead: bool = true,
        /// Fewer new articles than this make no edition.
        minimum: usize = 1,
        /// More articles than this are never taken.
        limit: usize = 30,
        /// Articles older than this are left out.
        max_age: Duration = Duration::from_secs(7 * 86_400),
        /// Over how long the letters of an edition are spread; `None` for all at once.
        over: Option<Duration> = None,
        /// The largest HTML of a message.
        html_budget: Size = Size(90_000),
        /// A built-in look by its name, or a folder with a theme of one's own; `None` for the first look.
        theme: Option<PathBuf> = None,
        /// The parts, in order; none for one that takes the latest.
        sections: Vec<Section> = Vec::new(),
    }
}

table! {
    /// A part of a digest; one of `sources`, `topics` and `latest`.
    Section {
        /// The heading; empty for none.
        title: String = String::new(),
        /// Takes the articles of these sources.
        sources: Option<Vec<Name>> = None,
        /// Takes the articles of these topics.
        topics: Option<Vec<String>> = None,
        /// Takes whatever is newest.
        latest: bool = false,
        /// At most this many.
        limit: usize = 10,
        /// Whether readers may leave it out; its heading is how they know it.
        optional: bool = false,
        /// Which come first, and so are in.
        order: Order = Order::Latest,
        /// At most this many of one source; `None` for as many as there are.
        per_source: Option<usize> = None,
        /// If there are any: which articles it takes at all.
        include: Vec<Rule> = Vec::new(),
        /// Which articles it never takes.
        exclude: Vec<Rule> = Vec::new(),
    }
}

impl Shape for Vec<Section> {
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        at.list(found, "a [[table]] for each section", Section::read)
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        to.tables(key, self, Section::print_keys);
    }
}

impl<T> Shape for Option<Vec<T>>
where
    Vec<T>: Shape,
{
    fn read(found: &Value, at: &mut Reader<'_>) -> Option<Self> {
        Vec::read(found, at).map(Some)
    }

    fn print(&self, key: &str, to: &mut Printer<'_>) {
        match self {
            Some(all) => all.print(key, to),
            None => to.unset(key),
        }
    }
}

/// Returns the table in which a key that stands in the wrong place belongs; the top is "".
pub(super) fn home(key: &str) -> Option<&'static str> {
    let tables: [(&str, &[&str]); 15] = [
        ("", Keys::KEYS),
        ("store", Store::KEYS),
        ("collect", Collect::KEYS),
        ("deliver", Deliver::KEYS),
        ("relay", Relay::KEYS),
        ("dkim.NAME", Dkim::KEYS),
        ("web", Web::KEYS),
        ("keep", Keep::KEYS),
        ("publisher", Publisher::KEYS),
        ("log", Log::KEYS),
        ("pace.NAME", Pace::KEYS),
        ("digests.NAME", Digest::KEYS),
        ("sources.NAME", Source::KEYS),
        ("lists.NAME", List::KEYS),
        ("digests.NAME.sections", Section::KEYS),
    ];
    tables.iter().find(|(_, keys)| keys.contains(&key)).map(|(table, _)| *table)
}
