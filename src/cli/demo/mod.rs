//! `pressrun demo`: the whole thing on bundled sample sources, with nothing left behind but one folder.
//!
//! A loopback server plays the newsrooms; everything after that is what `pressrun send` does, in a folder with a
//! `config.toml` of its own, so that every other command can be tried on it afterwards.

mod server;
mod sources;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::args::{DemoArgs, SendArgs};
use super::{Desk, desk, output, send};
use crate::model::{EmailAddress, Name, NewSubscriber, SubscriptionState};

/// The digest of the demo.
const DIGEST: &str = "morning";
/// The list of the demo.
const LIST: &str = "readers";
/// The page's port, if it is free.
const PORT: u16 = 8025;
/// First names of the sample readers.
const READERS: [&str; 12] =
    ["Ada", "Boris", "Chiara", "Daniel", "Edith", "Farid", "Grete", "Hana", "Ivo", "Jasmin", "Kofi", "Lena"];

pub(super) async fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let folder = folder(args.folder.as_deref())?;
    let server = server::start(&folder.join("outbox"), PORT).await?;
    let file = folder.join("config.toml");
    std::fs::write(&file, configuration(&server.origin()))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let desk = Desk::with(desk::load_config(Some(&file))?).await?;
    subscribe(&desk, args.readers).await?;
    eprintln!("collecting from {} sample newsrooms on {}", sources::ALL.len(), server.origin());
    let wish = SendArgs { digest: Name::parse(DIGEST)?, to: Vec::new(), dry_run: false, now: None };
    let end = send::run(&desk, &wish).await?;
    if args.once {
        return Ok(end);
    }
    look(&server, &file)?;
    tokio::signal::ctrl_c().await.context("this terminal sends no Ctrl-C")?;
    eprintln!("\nthe letters stay in {}", folder.join("outbox").display());
    Ok(end)
}

fn folder(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = match named {
        Some(folder) => folder.to_owned(),
        None => {
            let started = chrono::Local::now().format("%Y%m%d-%H%M%S");
            std::env::temp_dir().join(format!("pressrun-demo-{started}-{}", std::process::id()))
        }
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(std::path::absolute(&folder)?)
}

/// The configuration of the demo; it is a good one to learn from.
fn configuration(origin: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        r#"# Made by `pressrun demo`. Every command works on it: pressrun --config THIS_FILE status

public_url = "{origin}"

[collect]
allow_hosts = ["127.0.0.1"]   # the sample newsrooms are on this machine

[lists.{LIST}]
title = "Readers of The Morning Tide"

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
            "\n[[digests.{DIGEST}.sections]]\ntitle = \"{}\"\nsources = [{names}]\nlimit = 5\n",
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
            batch.push(NewSubscriber { address: EmailAddress::parse(&address)?, name: name.to_owned() });
        }
        desk.store.add_subscribers(&list, &batch, SubscriptionState::Confirmed, desk.clock.now()).await?;
    }
    Ok(())
}

/// Says where to look, and opens the browser for a person.
fn look(server: &server::Server, file: &Path) -> anyhow::Result<()> {
    use std::io::IsTerminal as _;
    let page = format!("{}/", server.origin());
    output::say(&format!("\n  the letters    {page}"))?;
    output::say(&format!("  try also       pressrun --config {} editions explain 1", file.display()))?;
    output::say("  end with       Ctrl-C")?;
    if std::io::stdout().is_terminal() && open::that_detached(&page).is_err() {
        eprintln!("open {page} in a browser");
    }
    Ok(())
}
