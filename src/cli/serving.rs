//! Serving: the pages, beside the stages of `pressrun run` or alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::Desk;
use crate::model::{Digest, Name};
use crate::press::{Clock, Hubs, Inviting, Pushing};
use crate::render::Theme;
use crate::web::{self, Clicks, MailDomains, Signups, Site};

/// A place at which the pages will be served.
pub(super) struct Stand {
    listener: TcpListener,
    site: Site,
    clock: Clock,
    /// Where it is.
    pub(super) address: SocketAddr,
}

/// Takes the address that the configuration names, so that trouble with it is told before anything begins; `None` if it
/// names none.
pub(super) async fn stand(desk: &Desk) -> anyhow::Result<Option<Stand>> {
    let Some(listen) = desk.config.web.listen else { return Ok(None) };
    let listener = TcpListener::bind(listen.0).await.with_context(|| {
        format!(
            "the pages cannot be served on {}; set web.listen to an address of this machine that is free",
            listen.0
        )
    })?;
    Ok(Some(Stand {
        address: listener.local_addr()?,
        listener,
        site: site(desk)?,
        clock: desk.clock.clone(),
    }))
}

/// What the pages are made of.
pub(super) fn site(desk: &Desk) -> anyhow::Result<Site> {
    let clock = desk.clock.clone();
    Ok(Site {
        store: desk.store.clone(),
        digests: digests(desk)?,
        offers: desk.config.offers(),
        title: desk.site_title(),
        public_url: desk.site_url(),
        now: Box::new(move || clock.now()),
        proxies: desk.config.web.proxies.0,
        signups: signups(desk),
        clicks: desk.config.clicks().then(Clicks::default),
        patience: web::PATIENCE,
    })
}

/// The digests, each with what it looks like.
fn digests(desk: &Desk) -> anyhow::Result<Vec<(Digest, Theme)>> {
    let with_theme = |digest: Digest| desk.theme(&digest).map(|theme| (digest, theme));
    desk.config.digests().into_iter().map(with_theme).collect()
}

/// The lists of which whoever is new gets the latest edition.
fn welcoming(desk: &Desk) -> Vec<Name> {
    let welcoming = desk.config.lists.iter().filter(|(_, keys)| keys.welcome);
    welcoming.map(|(name, _)| name.clone()).collect()
}

/// What sign-ups are answered with.
pub(super) fn inviting(desk: &Desk) -> anyhow::Result<Inviting> {
    Ok(Inviting {
        offers: desk.config.offers(),
        digests: digests(desk)?,
        site: desk.site_title(),
        public_url: desk.site_url(),
        most: u32::try_from(desk.config.web.mails_per_address).unwrap_or(u32::MAX),
        welcoming: welcoming(desk),
    })
}

/// What asks hubs to push: only where pages are served that everybody finds, by this process or one beside it.
pub(super) fn hubs(desk: &Desk, served: bool, stop: &Arc<AtomicBool>) -> anyhow::Result<Hubs> {
    let pushing = match desk.config.public_url() {
        Some(_) if !desk.config.collect.hubs => Pushing::Off,
        Some(_) if served => Pushing::Here(format!("{}{}", desk.site_url(), web::PUSH)),
        Some(_) => Pushing::Elsewhere,
        None => Pushing::Off,
    };
    let (fetcher, rules) = (desk.fetcher()?, desk.collecting_rules());
    Ok(Hubs::new(&desk.store, &fetcher, &rules, &desk.clock, pushing, Arc::clone(stop)))
}

/// How the configuration lets people sign up.
fn signups(desk: &Desk) -> Signups {
    let (web, most) = (&desk.config.web, |n: usize| u32::try_from(n).unwrap_or(u32::MAX));
    Signups {
        origins: web.origins.iter().map(|origin| origin.0.clone()).collect(),
        per_network: most(web.signups_per_network),
        in_all: most(web.signups_per_hour),
        mails_per_address: most(web.mails_per_address),
        welcoming: welcoming(desk),
        mail_domains: MailDomains::of_the_system(),
    }
}

/// Serves the pages until `stop` comes, requests in hand are answered and clicks are written.
pub(super) async fn serve(stand: Stand, stop: impl Future<Output = ()>) {
    let Stand { listener, site, clock, .. } = stand;
    let (store, clicks) = (site.store.clone(), site.clicks.clone());
    let served = web::serve(listener, web::site(site), stop);
    match &clicks {
        Some(clicks) => web::counting(clicks, &store, || clock.now(), served).await,
        None => served.await,
    }
}
