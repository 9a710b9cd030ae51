//! `pressrun demo`: the whole thing on bundled sample sources, with nothing left behind but one folder.
//!
//! A loopback server plays the newsrooms; everything after that is what `pressrun send` does, in a folder with a
//! `config.toml` of its own, so that every other command can be tried on it afterwards.
//!
//! Never: reads the environment's settings, nor writes over a file or into a folder that no demo has made.

mod server;
mod sources;

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args::{DemoArgs, SendArgs};
use super::house::{House, Order};
use super::posting::Poster;
use super::studio::OwnStudio;
use super::{Desk, desk, live, output, send, serving};
use crate::config;
use crate::model::{EmailAddress, Name, NewSubscriber, SubscriptionState};
use crate::{press, web};

/// The digest of the demo.
const DIGEST: &str = "morning";
/// The list of the demo.
const LIST: &str = "readers";
/// The page's port, if it is free.
const PORT: u16 = 8025;
/// Where the preview is, beside the inbox and the pages.
pub(super) const PREVIEW: &str = "/preview";
/// How often it is looked whether the pages have asked for a mail.
const BREATH: Duration = Duration::from_millis(500);
/// How a configuration of the demo begins; what begins otherwise is somebody's own.
const MARK: &str = "# Made by `pressrun demo`.";
/// First names of the sample readers.
const READERS: [&str; 12] =
    ["Ada", "Boris", "Chiara", "Daniel", "Edith", "Farid", "Grete", "Hana", "Ivo", "Jasmin", "Kofi", "Lena"];

pub(super) async fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let folder = folder(args.folder.as_deref())?;
    let server = server::start(&folder.join("outbox"), PORT).await?;
    let file = folder.join(config::DEFAULT_FILE);
    std::fs::File::create_new(&file)
        .and_then(|mut opened| opened.write_all(configuration(&server.origin()).as_bytes()))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let desk = Arc::new(Desk::with(desk::load_config_alone(&file)?).await?);
    subscribe(&desk, args.readers).await?;
    eprintln!("collecting from {} sample newsrooms on {}", sources::ALL.len(), server.origin());
    let wish = SendArgs { digest: Name::parse(DIGEST)?, to: Vec::new(), dry_run: false, now: None };
    let end = send::run(&desk, &wish).await?;
    if args.once {
        output::say(&format!("its configuration: {}", file.display()))?;
        return Ok(end);
    }
    let order = Order { named: Some(file.clone()), alone: true, ..Order::default() };
    let studio = OwnStudio::new(order, House::of_desk(Arc::clone(&desk))?, None, None);
    let place = web::Place { base: PREVIEW, inbox: Some(""), open: false };
    server.open(web::site(serving::site(&desk)?).merge(web::viewer(studio.clone(), place)));
    look(&server, &file)?;
    tokio::select! {
        end = answer(&desk) => end?,
        () = live::watch(studio.inner()) => {}
    }
    eprintln!("\nthe letters stay in {}", folder.join("outbox").display());
    Ok(end)
}

/// A folder for this run alone: a new temporary one, the named one, or one beside an earlier run in it.
fn folder(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(named) = named else { return desk::private_folder("pressrun-demo-") };
    std::fs::create_dir_all(named).with_context(|| format!("{} cannot be made", named.display()))?;
    let folder = std::path::absolute(named)?;
    if !is_of_a_demo(&folder)? {
        return Ok(folder);
    }
    for run in 2_u32.. {
        let next = folder.join(format!("run-{run}"));
        match std::fs::create_dir(&next) {
            Ok(()) => return Ok(next),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be made", next.display())),
        }
    }
    bail!("{} is full of earlier runs; name another --folder", folder.display())
}

/// True if an earlier demo has made this folder's configuration; refuses what is somebody's own.
fn is_of_a_demo(folder: &Path) -> anyhow::Result<bool> {
    let file = folder.join(config::DEFAULT_FILE);
    let mut head = Vec::new();
    match std::fs::File::open(&file).map(|opened| opened.take(MARK.len() as u64).read_to_end(&mut head)) {
        Ok(read) => {
            read.with_context(|| format!("{} cannot be read", file.display()))?;
            if head == MARK.as_bytes() {
                return Ok(true);
            }
            bail!("{} is not the demo's; name another folder with --folder", file.display())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
    for other in ["pressrun.db", "outbox"].map(|name| folder.join(name)) {
        if other.exists() {
            bail!("{} is there and not the demo's; name another folder with --folder", other.display());
        }
    }
    Ok(false)
}

/// The configuration of the demo; it is a good one to learn from.
fn configuration(origin: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        r#"{MARK} Every command works on it: pressrun --config THIS_FILE status

public_url = "{origin}"

[collect]
allow_hosts = ["127.0.0.1"]   # the sample newsrooms are on this machine

[lists.{LIST}]
title = "Readers of The Morning Tide"
about = "What happened along the coast since yesterday, from five newsrooms."
public = true

[digests.{DIGEST}]
title = "The Morning Tide"
from = "The Morning Tide <morning@tide.example>"
postal_address = "The Morning Tide, 4 Quay Street, Port Ellery"
intro = "Five newsrooms, one cup of coffee: what happened along the coast since yesterday."
lists = ["{LIST}"]
minimum = 1
"#
    );
    for section in sources::SECTIONS {
        let names = section.sources.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        // Writing into a String cannot end badly.
        let _ = write!(
            text,
            "\n[[digests.{DIGEST}.sections]]\ntitle = \"{}\"\nsources = [{names}]\nlimit = 5\noptional = true\n",
            section.title
        );
    }
    for source in sources::ALL {
        let _ = write!(text, "\n[sources.{}]\nurl = \"{origin}/sources/{}\"\n", source.name, source.file);
    }
    text
}

async fn subscribe(desk: &Desk, readers: u32) -> anyhow::Result<()> {
    let list = Name::parse(LIST)?;
    let everybody: Vec<u32> = (0..readers).collect();
    for numbers in everybody.chunks(10_000) {
        let mut batch = Vec::with_capacity(numbers.len());
        for number in numbers {
            let name = READERS[*number as usize % READERS.len()];
            let suffix = if (*number as usize) < READERS.len() { String::new() } else { number.to_string() };
            let address = format!("{}{suffix}@readers.example", name.to_lowercase());
            batch.push(NewSubscriber {
                address: EmailAddress::parse(&address)?,
                name: name.to_owned(),
                zone: None,
                consent: String::new(),
            });
        }
        desk.store.add_subscribers(&list, &batch, SubscriptionState::Confirmed, desk.clock.now()).await?;
    }
    Ok(())
}

/// Lets the pages' mails go to the outbox, as `pressrun run` would, until Ctrl-C.
async fn answer(desk: &Desk) -> anyhow::Result<()> {
    let (poster, mailing, inviting) = (Poster::new(desk, false)?, desk.mailing(), serving::inviting(desk)?);
    while !poster.stop.load(Ordering::Acquire) {
        press::invite(&desk.store, &inviting, desk.clock.now()).await?;
        mailing.mail_due(&poster.run()).await?;
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Says where to look, and opens the browser for a person.
fn look(server: &server::Server, file: &Path) -> anyhow::Result<()> {
    use std::io::IsTerminal as _;
    let page = format!("{}/", server.origin());
    output::say(&format!("\n  the letters    {page}"))?;
    output::say(&format!("  the preview    {page}preview/?edition=1"))?;
    output::say(&format!("  the pages      {page}subscribe and {page}{DIGEST}/"))?;
    output::say(&format!("  try also       pressrun --config {} editions explain 1", file.display()))?;
    output::say("  end with       Ctrl-C")?;
    if std::io::stdout().is_terminal() && open::that_detached(&page).is_err() {
        eprintln!("open {page} in a browser");
    }
    Ok(())
}
