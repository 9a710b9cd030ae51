//! The pages on which somebody subscribes and confirms, laid out in words.

use chrono_tz::Tz;
use templates::form::{Field, Kind, Tick};
use templates::pages::{Masthead, Page};
use templates::subscribe::{self, Body, Doubt, Offered, Place, Said, SignUp};
use templates::view::{Link, Tongue};

use super::bidi::{isolate, isolate_runs};
use super::cut::{bounded, soften};
use super::layout::tongue;
use super::page_words::{PageWords, SubscribeWords};
use super::words::fill;
use super::{Theme, dates};
use crate::model::{Direction, Instant, Language};

/// The most bytes of a title or an address on a page.
const LINE: usize = 600;

/// Whose pages these are, in which language, and where they stand.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// What the site is called.
    pub site: &'a str,
    /// The language of the page.
    pub language: &'a Language,
    /// Whether it stands in a frame on a page of somebody else's.
    pub framed: bool,
}

/// How often something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    /// More than one edition on most days.
    SeveralADay,
    /// Each day.
    Daily,
    /// Monday to Friday.
    Weekdays,
    /// On some days of the week.
    Several,
    /// On one.
    Weekly,
    /// On some days of the month.
    Rarely,
    /// On one.
    Monthly,
}

/// A list as it is offered.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    /// What is posted for it.
    pub name: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// What it brings; empty if nobody has said.
    pub about: &'a str,
    /// The language of both.
    pub language: &'a Language,
    /// Whether nothing comes before it is confirmed.
    pub confirm: bool,
    /// How often it comes, if it does by itself.
    pub often: Option<Often>,
    /// How often, in exact English words.
    pub exactly: Option<String>,
    /// When it comes next, and by whose clock that is told.
    pub next: Option<(Instant, Tz)>,
    /// Where what was sent stands, relative to the page.
    pub sample: Option<String>,
    /// Whether it is chosen.
    pub on: bool,
}

/// What is wrong with what was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// No address.
    AddressMissing,
    /// No mail address.
    AddressWrong,
    /// No list.
    ListMissing,
}

/// Why a form that is right is shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It came back quicker than people write.
    Quick,
    /// Nobody knows since when it was open.
    Stale,
}

/// What stands in the form.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// The address, as it was typed.
    pub address: String,
    /// The name.
    pub name: String,
    /// When the form was handed out.
    pub stamp: String,
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// Why it is shown once more.
    pub again: Option<Again>,
    /// Whether only some of the lists are shown.
    pub some: bool,
}

/// A doubt about an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dubious {
    /// Another one is likelier.
    Likelier(String),
    /// No mail arrives at its domain, as far as is known.
    NoMail(String),
}

/// What a page says after something was posted, or when a link was opened.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A mail is on its way, if one is to be sent.
    Sent,
    /// It was done at once, if nothing has to be confirmed.
    Done,
    /// Too many came from the network.
    Busy,
    /// It waits to be confirmed.
    Question,
    /// It is confirmed now.
    Confirmed,
    /// It was confirmed then.
    Before(Instant),
    /// It could be confirmed until then.
    Expired(Instant),
}

/// Writes the sign-up page.
#[must_use]
pub fn sign_up_page(setting: &Setting<'_>, choices: &[Choice<'_>], filled: &Filled, theme: &Theme) -> String {
    let words = theme.page_words(setting.language);
    let said = &words.subscribe;
    let flaw = |flaw: Flaw| filled.flaws.contains(&flaw);
    let address_error = match (flaw(Flaw::AddressMissing), flaw(Flaw::AddressWrong)) {
        (true, _) => said.address_missing.clone(),
        (_, true) => said.address_wrong.clone(),
        (false, false) => String::new(),
    };
    let lists_error = if flaw(Flaw::ListMissing) { said.list_missing.clone() } else { String::new() };
    let faults = [("f-lists", &lists_error), ("f-address", &address_error)];
    let faults = faults.into_iter().filter(|(_, text)| !text.is_empty());
    let form = SignUp {
        remark: match filled.again {
            Some(Again::Quick) => said.quick.clone(),
            Some(Again::Stale) => said.stale.clone(),
            None => String::new(),
        },
        faults_title: said.faults.clone(),
        faults: faults.map(|(id, text)| (id, text.clone())).collect(),
        legend: said.lists.clone(),
        offers: choices.iter().map(|choice| offered(choice, words, theme)).collect(),
        lists_error: lists_error.clone(),
        address: Field {
            name: "address".to_owned(),
            label: said.address.clone(),
            value: bounded(&filled.address, LINE).into_owned(),
            kind: Kind::Email,
            autocomplete: "email".to_owned(),
            error: address_error.clone(),
            required: true,
            ..Field::default()
        },
        name: Field {
            name: "name".to_owned(),
            label: said.name.clone(),
            value: bounded(&filled.name, LINE).into_owned(),
            autocomplete: "name".to_owned(),
            hint: said.name_hint.clone(),
            ..Field::default()
        },
        stamp: filled.stamp.clone(),
        language: words.language.to_string(),
        shown: choices.iter().filter(|_| filled.some).map(|choice| choice.name.to_owned()).collect(),
        button: said.button.clone(),
        promise: promise(choices, said).clone(),
        trap: said.trap.clone(),
        nothing: said.nothing.clone(),
        action: action(setting),
    };
    placed((setting, None), words, theme, &said.title, &Body::SignUp(Box::new(form)))
}

/// Returns what the sign-up page says would follow, for the proof.
#[must_use]
pub fn sign_up_wording(language: &Language, choices: &[Choice<'_>], theme: &Theme) -> String {
    let said = &theme.page_words(language).subscribe;
    let titles: Vec<&str> = choices.iter().filter(|choice| choice.on).map(|choice| choice.title).collect();
    format!("{}: {}. {}", said.button, titles.join(", "), promise(choices, said))
}

/// Writes the page that asks whether an address is right. What was posted is in `kept`.
#[must_use]
pub fn doubt_page(
    setting: &Setting<'_>,
    address: &str,
    dubious: &Dubious,
    kept: Vec<(String, String)>,
    theme: &Theme,
) -> String {
    let words = theme.page_words(setting.language);
    let (said, base) = (&words.subscribe, words.language.direction());
    let own = isolate(&bounded(address, LINE), base);
    let (text, choices) = match dubious {
        Dubious::Likelier(other) => {
            let shown = isolate(&bounded(other, LINE), base);
            let text = fill(&said.did_you_mean, &[("address", &own), ("other", &shown)]);
            let yes = (other.clone(), fill(&said.take_other, &[("other", &shown)]));
            (text, vec![yes, (address.to_owned(), fill(&said.take_own, &[("address", &own)]))])
        }
        Dubious::NoMail(domain) => {
            let text = fill(&said.no_mail, &[("domain", &isolate(&bounded(domain, LINE), base))]);
            (text, vec![(address.to_owned(), fill(&said.go_on, &[("address", &own)]))])
        }
    };
    let choices = choices.into_iter().map(|(address, words)| (address, soften(&words))).collect();
    let back = matches!(dubious, Dubious::NoMail(_)).then(|| link(&said.change, action(setting)));
    let doubt = Doubt { link: back, text: soften(&text), choices, kept, action: action(setting) };
    placed((setting, Some("./")), words, theme, &said.doubt, &Body::Doubt(doubt))
}

/// Writes a page that says what is the case. The lists are titles with their languages.
#[must_use]
pub fn outcome_page(
    setting: &Setting<'_>,
    outcome: &Outcome,
    (address, lists): (&str, &[(&str, &Language)]),
    zone: Tz,
    theme: &Theme,
) -> String {
    let words = theme.page_words(setting.language);
    let base = words.language.direction();
    let to = |pattern: &str| fill(pattern, &[("address", &isolate(&bounded(address, LINE), base))]);
    let at = |pattern: &str, at| fill(pattern, &[("at", &moment(theme, setting.language, zone, at))]);
    let (sub, con) = (&words.subscribe, &words.confirm);
    let again = || Some(link(&con.again, "../subscribe"));
    // Opened from a mail it is one step further down.
    let root = match outcome {
        Outcome::Sent | Outcome::Done | Outcome::Busy => "./",
        Outcome::Question | Outcome::Confirmed | Outcome::Before(_) | Outcome::Expired(_) => "../",
    };
    let (title, text, hint, on) = match outcome {
        Outcome::Sent => (&sub.sent, to(&sub.sent_text), sub.sent_hint.as_str(), None),
        Outcome::Done => (&sub.done, to(&sub.done_text), "", None),
        Outcome::Busy => (&sub.busy, sub.busy_text.clone(), "", Some(link(&sub.back, action(setting)))),
        Outcome::Question => (&con.question, to(&con.text), con.hint.as_str(), None),
        Outcome::Confirmed => (&con.done, to(&con.done_text), con.done_hint.as_str(), None),
        Outcome::Before(then) => (&con.before, at(&con.before_text, *then), "", again()),
        Outcome::Expired(then) => (&con.expired, at(&con.expired_text, *then), "", again()),
    };
    let list = |(title, own): &(&str, &Language)| {
        let foreign = own.primary() != words.language.primary();
        (soften(&isolate_runs(&bounded(title, LINE), own.direction())), foreign.then(|| tongue(own)))
    };
    let said = Said {
        text: soften(&text),
        lists: lists.iter().map(list).collect(),
        button: (*outcome == Outcome::Question).then(|| con.button.clone()),
        hint: soften(hint),
        link: on,
    };
    placed((setting, Some(root)), words, theme, title, &Body::Said(said))
}

/// Day and time in a language, by a zone's clock.
pub(super) fn moment(theme: &Theme, language: &Language, zone: Tz, at: Instant) -> String {
    let words = theme.page_words(language);
    let date = dates::full(theme.words(&words.language), zone, at);
    let time = at.with_timezone(&zone).format("%H:%M").to_string();
    let zone = isolate(&zone.name().replace('_', " "), words.language.direction());
    fill(&words.moment, &[("date", &date), ("time", &time), ("zone", &zone)])
}

fn promise<'w>(choices: &[Choice<'_>], said: &'w SubscribeWords) -> &'w String {
    if choices.iter().all(|choice| choice.confirm) { &said.promise } else { &said.promise_at_once }
}

const fn action(setting: &Setting<'_>) -> &'static str {
    if setting.framed { "form" } else { "subscribe" }
}

fn link(text: &str, href: &str) -> Link {
    Link { text: text.to_owned(), href: href.to_owned() }
}

fn offered(choice: &Choice<'_>, words: &PageWords, theme: &Theme) -> Offered {
    let said = &words.subscribe;
    let foreign = choice.language.primary() != words.language.primary();
    let direction = choice.language.direction();
    let title = soften(&isolate_runs(&bounded(choice.title, LINE), direction));
    let about = soften(&isolate_runs(&bounded(choice.about, 2 * LINE), direction));
    let exact = choice.exactly.clone().filter(|_| words.language.primary() == "en");
    let often = exact.map(|clause| capital(&clause)).or_else(|| choice.often.map(|often| how(often, said)));
    let next =
        choice.next.map(|(at, zone)| fill(&said.next, &[("at", &moment(theme, &words.language, zone, at))]));
    let when: Vec<String> = [often, next].into_iter().flatten().collect();
    let when = soften(&when.join(" · "));
    let sample = choice.sample.as_ref().map(|href| {
        let shown = isolate(&bounded(choice.title, LINE), words.language.direction());
        (link(&said.sample, href), format!("{}: {shown}", said.sample))
    });
    let tick = Tick {
        name: "list".to_owned(),
        value: choice.name.to_owned(),
        on: choice.on,
        label: title,
        tongue: foreign.then(|| tongue(choice.language)),
        notes: vec![about, when],
    };
    Offered { tick, sample }
}

fn how(often: Often, said: &SubscribeWords) -> String {
    let words = match often {
        Often::SeveralADay => &said.several_a_day,
        Often::Daily => &said.daily,
        Often::Weekdays => &said.weekdays,
        Often::Several => &said.several,
        Often::Weekly => &said.weekly,
        Often::Rarely => &said.rarely,
        Often::Monthly => &said.monthly,
    };
    words.clone()
}

fn capital(clause: &str) -> String {
    let mut chars = clause.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `root` is where the site begins, relative to the page; none for the page that is there.
fn placed(
    (setting, root): (&Setting<'_>, Option<&str>),
    words: &PageWords,
    theme: &Theme,
    title: &str,
    body: &Body,
) -> String {
    let base = words.language.direction();
    let site = bounded(setting.site, LINE);
    let window = format!("{title} · {}", isolate(&site, base));
    let page = Page { tongue: tongue(&words.language), window, css: theme.page_css.clone(), feed: None };
    // The site's own name may be of another direction than the page.
    let own = super::bidi::first_strong(&site).unwrap_or(base);
    let rtl = own == Direction::Rtl;
    let masthead_tongue = (own != base).then_some(Tongue { lang: None, rtl });
    let place = if setting.framed {
        Place::Frame
    } else {
        Place::Site(Masthead { title: soften(&site), tongue: masthead_tongue, href: root.map(str::to_owned) })
    };
    subscribe::page(&page, &place, title, body)
}
