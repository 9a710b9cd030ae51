//! `pressrun check`: is all ready to send? A line for each finding, with its way out.

use std::path::Path;
use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use super::args::CheckArgs;
use super::posting::relay_said;
use super::{desk, dkim_new, output};
use crate::config::{self, Config, ConfigErrors};
use crate::deliver::Signer;
use crate::model::{Digest, Name, Selector};
use crate::store::Store;

pub(super) async fn run(named: Option<&Path>, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    if let Some(domain) = &args.dkim_new {
        return dkim_new::run(named, domain, args);
    }
    let mut findings = Findings::default();
    let config = match desk::load_own(named) {
        Ok(config) => config,
        Err(error) => {
            // What is no complaint about the file has a way out of its own.
            let complaints = error.downcast::<ConfigErrors>()?;
            findings.error("configuration", &complaints.to_string())?;
            return Ok(findings.end());
        }
    };
    findings.ok("configuration", &config.file().display().to_string())?;
    store(&config, &mut findings).await?;
    carrier(&config, &mut findings).await?;
    match desk::signers(&config) {
        Ok(signers) => signatures(&config, &signers, &mut findings)?,
        Err(error) => findings.error("signatures", &error.to_string())?,
    }
    files(&config, &mut findings)?;
    told(&config, &mut findings)?;
    pages(&config, &mut findings)?;
    asked(&config, &mut findings)?;
    timed(&config, &mut findings)?;
    Ok(findings.end())
}

/// What was found, printed at once.
#[derive(Default)]
struct Findings {
    errors: usize,
}

impl Findings {
    fn ok(&self, what: &str, text: &str) -> anyhow::Result<()> {
        line("ok", what, text)
    }

    fn warning(&self, what: &str, text: &str) -> anyhow::Result<()> {
        line("warning", what, text)
    }

    fn error(&mut self, what: &str, text: &str) -> anyhow::Result<()> {
        self.errors += 1;
        text.lines().try_for_each(|one| line("error", what, one))
    }

    fn end(&self) -> ExitCode {
        if self.errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn line(level: &str, what: &str, text: &str) -> anyhow::Result<()> {
    output::say(&format!("{level:8} {what:14} {text}"))
}

async fn store(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let wrong = |error| format!("{error}; look at store.url");
    match Store::open(config.store.url.0.expose_secret()).await {
        Ok(store) => match store.engine().await {
            Ok(engine) => {
                findings.ok("store", &engine)?;
                selectors(&store, findings).await?;
                forgotten(config, &store, findings).await
            }
            Err(error) => findings.error("store", &wrong(error)),
        },
        Err(error) => findings.error("store", &wrong(error)),
    }
}

/// Selectors of sources that were added by command; those of the configuration are looked at when it is read.
async fn selectors(store: &Store, findings: &mut Findings) -> anyhow::Result<()> {
    for source in store.sources().await? {
        let select = source.manner.select.as_deref().unwrap_or("a");
        if let Err(error) = Selector::parse(select) {
            let (name, found) = (&source.name, config::quote(select));
            let text = format!(
                "{name}: select is {found}, expected {error}; remove the source and add it again with another --select"
            );
            findings.error("sources", &text)?;
        }
    }
    Ok(())
}

/// Digests that the store knows and the configuration does not: they were taken out, or have another name now.
async fn forgotten(config: &Config, store: &Store, findings: &Findings) -> anyhow::Result<()> {
    let (here, there) = (config.digests(), store.digests().await?);
    let gone: Vec<&Name> = there.iter().filter(|name| !here.iter().any(|d| d.name == **name)).collect();
    let new: Vec<&Name> =
        here.iter().map(|digest| &digest.name).filter(|name| !there.contains(name)).collect();
    let listed = |names: &[&Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    for record in store.asked().await?.iter().filter(|record| gone.contains(&&record.digest)) {
        let (id, digest) = (record.id, &record.digest);
        let text = format!(
            "edition {id} of {digest} waits for a yes, and without a digest of this name nothing sends it; `pressrun \
             editions cancel {id}`"
        );
        findings.warning("digests", &text)?;
    }
    for name in &gone {
        if !store.unfinished(name).await?.is_empty() {
            let text =
                format!("letters of {name} wait, and without a digest of this name nothing sends them");
            findings.warning("digests", &text)?;
        }
    }
    match (gone.is_empty(), new.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => findings.ok("digests", &format!("only the store has {}", listed(&gone))),
        (false, false) => findings.warning(
            "digests",
            &format!(
                "only the store has {}, and it has no edition of {}: a digest that was renamed begins anew, and repeats \
                 what its readers have had; give it its name again, or look with `pressrun preview`",
                listed(&gone),
                listed(&new)
            ),
        ),
    }
}

/// Calls the relay and logs in, as a run would, and hangs up.
async fn carrier(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let ways = match desk::ways(config) {
        Ok(ways) => ways,
        Err(error) => return findings.error("letters", &format!("{error:#}")),
    };
    for way in ways.all() {
        let label = match config.deliver.carrier {
            config::Carrier::Smtp => format!("[{}]", way.name),
            config::Carrier::Outbox => desk::carrier_label(config),
        };
        match way.carrier.connect().await {
            Err(reply) => findings.error("letters", &format!("{label}: {}", relay_said(&reply)))?,
            Ok(connection) => {
                connection.close().await;
                match config.deliver.carrier {
                    config::Carrier::Smtp => findings.ok("letters", &format!("{label} lets us in"))?,
                    config::Carrier::Outbox => {
                        findings
                            .ok("letters", &format!("{label} takes them; nothing leaves this machine"))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Who signs for whom.
fn signatures(config: &Config, signers: &[Signer], findings: &mut Findings) -> anyhow::Result<()> {
    let digests = config.digests();
    for digest in &digests {
        let (name, domain) = (&digest.name, digest.from.address.domain());
        match desk::signer(signers, digest) {
            Some(signer) => {
                let keys: Vec<String> = signer.records().into_iter().map(|record| record.name).collect();
                findings.ok("signatures", &format!("{name}: by {}", keys.join(" and ")))?;
            }
            None => findings.ok(
                "signatures",
                &format!(
                    "{name}: left to the relay; if it does not sign for {domain}, pressrun check --dkim-new {domain}"
                ),
            )?,
        }
    }
    for signer in signers {
        let domain = signer.domain();
        if !digests.iter().any(|digest| signer.covers(digest.from.address.domain())) {
            let text = format!("{domain}: no digest has a sender there; its keys sign nothing");
            findings.warning("signatures", &text)?;
        }
        if signer.only_ed25519() {
            let text = format!(
                "{domain}: there is no RSA key, and many receivers know no other; pressrun check --dkim-new {domain}"
            );
            findings.warning("signatures", &text)?;
        }
    }
    Ok(())
}

/// Who hears when something goes wrong.
fn told(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let (keys, hooked) = (&config.publisher, config.publisher.webhook.is_some());
    let also = if hooked { ", and the webhook" } else { "" };
    match &keys.mail {
        Some(address) => findings.ok("trouble", &format!("is told to {address}{also}")),
        None if hooked => findings.ok("trouble", "is told to the webhook; with publisher.mail, by mail too"),
        None => findings.warning("trouble", "is told to nobody; set publisher.mail to your address"),
    }
}

/// Who leaves, chooses or reads on does so on pages.
fn pages(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    match config.web.listen {
        Some(listen) => findings.ok("pages", &format!("are served on {}", listen.0)),
        None => findings.warning(
            "pages",
            "for leaving and choosing, to which each letter leads, are served by nobody; set web.listen, or see to it that \
             another process with this database serves them",
        ),
    }
}

/// Where the links lead by which an edition is approved.
fn asked(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let asks = |digest: &Digest| digest.timetable.as_ref().is_some_and(|table| table.approval.is_some());
    let asking: Vec<String> =
        config.digests().iter().filter(|digest| asks(digest)).map(|digest| digest.name.to_string()).collect();
    if !asking.is_empty() && config.web.listen.is_none() {
        let text = format!(
            "{} wants a yes before each edition, and nobody serves the page for it: set web.listen, or use \
             `pressrun editions approve`",
            asking.join(", ")
        );
        findings.warning("approval", &text)?;
    }
    Ok(())
}

/// Schedules that bring nothing, and questions that outlive their slots.
fn timed(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let now = chrono::Utc::now();
    for digest in &config.digests() {
        let (Some(timetable), name) = (&digest.timetable, &digest.name) else { continue };
        let zone = timetable.zone.home();
        let Some(next) = timetable.next_in(zone, now) else {
            let text = match timetable.until {
                Some(until) => format!("{name} has no slot to come: its last day is {until} (until)"),
                None => format!("{name} has no slot to come"),
            };
            findings.warning("schedule", &text)?;
            continue;
        };
        let after = timetable.next_in(zone, next).map(|after| after - next);
        let within = timetable.approval.and_then(|ask| chrono::TimeDelta::from_std(ask.within).ok());
        if let (Some(apart), Some(within)) = (after, within)
            && within > apart
        {
            let text = format!(
                "{name} waits longer for a yes (approve_within) than from one slot to the next: of two editions that wait, \
                 the first to go out withdraws the other"
            );
            findings.warning("approval", &text)?;
        }
    }
    Ok(())
}

/// Files that hold a secret are for their owner, at most for a group.
fn files(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let keys = config.dkim().iter().flat_map(|domain| &domain.keys).map(|file| file.path.as_path());
    for path in keys.chain(config.relay.password_file.as_deref()) {
        if readable_by_everyone(path) {
            let path = path.display();
            findings.warning("secrets", &format!("{path} can be read by everybody; chmod 600 {path}"))?;
        }
    }
    Ok(())
}

fn readable_by_everyone(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
