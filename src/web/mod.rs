//! What a browser sees of Pressrun: the page on which an edition is approved, those on which readers leave, the
//! archive of what has gone out, copies of its pictures, the way through to its articles — and, for the publisher alone, the preview and the inbox of an
//! outbox folder.
//!
//! Does: answers requests out of the store with pages of the theme; [`site`] makes the pages, [`serve`] carries them.
//!
//! Promises:
//!
//! * Only POST acts. GET, HEAD and OPTIONS change nothing, whoever asks and however often: mail scanners follow links.
//!   (But a hub asks by GET whether we meant what we asked it for; it gets a yes to that and to nothing else. And where
//!   clicks are counted, the link of a letter that is followed adds one to a number: [`Clicks`] tells whose.)
//! * The address is the key: what a page may do is in the random token of its path. No cookies, so that no other site
//!   can make a browser act in somebody's name, and nobody has to log in.
//! * A token that is unknown, cut off or made up gets one and the same answer.
//! * Every answer carries its guards ([`guard`]); no page needs a script, and none may run but the viewer's own
//!   ([`viewer()`]), which swaps what has changed.
//! * A request has ten seconds for its head and ten for its body, of at most 64 KB (a hub that
//!   we asked sends whole documents); what panics answers 500 with a number
//!   under which the log has more.
//! * Whoever asks the web to do something finds a *wish* written into the store; the stages fulfil it.
//! * A message's HTML is shown in a frame that can run nothing and knows nothing of the page around it.
//!
//! Never: sends, composes, reads the clock, keeps an address of a path in the log, or listens on anything but what it is
//! given.
//!
//! Obeys RFC 8058 §3 (one-click), RFC 9110 §9.2.1 (safe methods), §9.3.7 (OPTIONS), §15.5.6 (405 with Allow), `WebSub` §5.3, §7.

mod answer;
mod api;
mod approving;
mod archive;
mod clicks;
mod client;
mod confirming;
mod guard;
mod images;
mod inbox;
mod inbox_folder;
mod leaving;
mod limits;
mod mail_domains;
mod offering;
mod packing;
mod passing;
mod posted;
mod preferences;
mod pushed;
mod server;
mod stamp;
mod subscribing;
mod typos;
mod viewer;
mod viewer_acts;
mod viewer_articles;
mod viewer_door;
mod viewer_letter;
mod viewer_live;
mod viewer_page;
mod viewer_panels;
mod viewer_top;
mod viewer_wish;
mod visit;
mod wishes;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;

use crate::model::{Digest, Instant, Language, Name, Offer};
use crate::render::Theme;
use crate::store::{Leaver, Store};

use answer::Look;
use subscribing::Signing;

pub use clicks::{Clicks, counting};
pub use inbox::{inbox, inbox_at};
pub use mail_domains::{MailDomains, TakesMail};
pub use pushed::PLACE as PUSH;
pub use server::{serve, serve_within};
pub use viewer::{Answered, Drawn, Edit, Gone, Place, Studio, Wish, viewer};
pub use viewer_letter::relit_page;

/// So long a head may take to come, and so long a body.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How people may sign up.
#[derive(Debug)]
pub struct Signups {
    /// The sites whose own forms and scripts may ask, as `https://www.example.org`.
    pub origins: Vec<String>,
    /// So many an hour from one network.
    pub per_network: u32,
    /// So many an hour in all.
    pub in_all: u32,
    /// So many mails an address gets because of it within 24 hours.
    pub mails_per_address: u32,
    /// The lists of which whoever is new gets the latest edition.
    pub welcoming: Vec<Name>,
    /// What knows whether a domain takes mail.
    pub mail_domains: MailDomains,
}

impl Default for Signups {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            per_network: 20,
            in_all: 1_000,
            mails_per_address: 3,
            welcoming: Vec::new(),
            mail_domains: MailDomains::default(),
        }
    }
}

/// What the pages are made of.
pub struct Site {
    /// Where editions and wishes are.
    pub store: Store,
    /// The digests, each with what it looks like.
    pub digests: Vec<(Digest, Theme)>,
    /// The lists.
    pub offers: Vec<Offer>,
    /// What the site is called.
    pub title: String,
    /// Where browsers find the pages, without a slash at the end; mails lead there.
    pub public_url: String,
    /// The time.
    pub now: Box<dyn Fn() -> Instant + Send + Sync>,
    /// How many proxies stand before us, whose word about the client's address is taken.
    pub proxies: usize,
    /// How people may sign up.
    pub signups: Signups,
    /// What counts clicks; `None` if nobody does.
    pub clicks: Option<Clicks>,
    /// How long the body of a request may take to come; [`PATIENCE`] unless there is a reason.
    pub patience: Duration,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digests: Vec<&Name> = self.digests.iter().map(|(digest, _)| &digest.name).collect();
        f.debug_struct("Site")
            .field("digests", &digests)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// What the handlers share.
struct Desk {
    store: Store,
    leaver: Leaver,
    copies: archive::Copies,
    images: images::Images,
    digests: Vec<(Digest, Look)>,
    /// For pages that belong to no digest.
    house: Look,
    offers: Vec<Offer>,
    title: String,
    public_url: String,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
    proxies: usize,
    signing: Signing,
    clicks: Option<Clicks>,
    /// The language of what has none.
    english: Language,
    patience: Duration,
}

impl Desk {
    /// The digest with its look; the look of the house if the configuration has no such digest.
    fn digest(&self, name: &Name) -> (Option<&Digest>, &Look) {
        let found = self.digests.iter().find(|(digest, _)| &digest.name == name);
        found.map_or((None, &self.house), |(digest, look)| (Some(digest), look))
    }
}

/// The pages, behind their guards.
pub fn site(site: Site) -> Router {
    let desk = Arc::new(Desk {
        leaver: Leaver::new(site.store.clone()),
        copies: archive::Copies::default(),
        images: images::Images::default(),
        store: site.store,
        digests: site.digests.into_iter().map(|(digest, theme)| (digest, Look::of(theme))).collect(),
        house: Look::of(Theme::built_in()),
        offers: site.offers,
        title: site.title,
        public_url: site.public_url,
        signing: Signing::new(site.signups, (site.now)()),
        english: Language::english(),
        now: site.now,
        proxies: site.proxies,
        clicks: site.clicks,
        patience: site.patience,
    });
    Router::new()
        .merge(approving::routes())
        .merge(archive::routes())
        .merge(images::routes())
        .merge(passing::routes())
        .merge(preferences::routes())
        .merge(leaving::routes())
        .merge(subscribing::routes())
        .merge(confirming::routes())
        .merge(api::routes())
        .merge(pushed::routes())
        .fallback(answer::missing)
        // How long a body may be is for the guard to say.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::guard))
        .with_state(desk)
}
