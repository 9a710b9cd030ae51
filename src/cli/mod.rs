//! The command line: a file per command; what is typed stands in `args`, what it means in the files beside it.
//!
//! Does: loads the configuration, opens the store, calls the stages, prints results to standard output and
//! progress to standard error; every refusal ends with what to do next.
//!
//! Promises: exit code 0 for done, 1 for could not, 2 for wrong usage; `--json` on every list.
//!
//! Never: decides anything about mail itself.

mod args;
mod check;
mod collect;
mod columns;
mod completions;
mod config;
mod deliveries;
mod demo;
mod desk;
mod digests;
mod dkim_new;
mod editions;
mod feed;
mod house;
mod import;
mod init;
mod init_theme;
mod links;
mod lint;
mod lists;
mod live;
mod manual;
mod naming;
mod opml;
mod output;
mod pictures;
mod picturing;
mod posting;
mod preview;
mod publisher;
mod records;
mod run;
mod schedule;
mod send;
mod serving;
mod slots;
mod sources;
mod standing;
mod status;
mod studio;
mod studio_acts;
mod studio_answers;
mod subcommands;
mod subscribers;
mod supervisor;
mod suppressions;
mod trying;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

pub use args::Cli;
use args::Command;
use desk::Desk;

/// Runs one command to its end.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // Two crypto providers in one program would make TLS panic at its first use.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // One thread for all that waits: between threads, waking costs more than a letter does. What works (parsing, SQL)
    // has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the machine gives no threads to work with")?;
    let end = runtime.block_on(dispatch(cli));
    // A resolver thread that is still waiting for an answer must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    end
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Demo(args) => demo::run(&args).await,
        Command::Init { dir, theme: None } => init::run(dir.as_deref().unwrap_or(Path::new("."))),
        Command::Init { dir, theme: Some(look) } => {
            init_theme::run(&look, dir.as_deref().unwrap_or(Path::new("theme")))
        }
        Command::Completions { shell } => completions::run(shell),
        Command::Manual { systemd: true } => manual::systemd(config),
        Command::Manual { systemd: false } => manual::run(),
        Command::Config => config::run(config),
        Command::Check(args) => check::run(config, &args).await,
        Command::Lint(args) => lint::run(&args),
        Command::Preview(args) => preview::run(config, &args).await,
        Command::Collect { sources, json } => collect::run(&Desk::open(config).await?, &sources, json).await,
        Command::Run { only } => run::run(&Desk::open(config).await?, only).await,
        Command::Schedule(args) => match &args.cron {
            Some(schedule) => schedule::run(schedule, &args),
            None => slots::run(&Desk::open(config).await?, &args).await,
        },
        Command::Send(args) => send::run(&Desk::open(config).await?, &args).await,
        Command::Sources(args::SourcesCommand::Try { feed, json }) => {
            sources::try_feed(config, &feed, json).await
        }
        Command::Sources(command) => sources::run(&Desk::open(config).await?, command).await,
        Command::Digests(command) => digests::run(&Desk::open(config).await?, command).await,
        Command::Lists(args::ListsCommand::List { json }) => {
            lists::list(&Desk::open(config).await?, json).await
        }
        Command::Subscribers(command) => subscribers::run(&Desk::open(config).await?, command).await,
        Command::Suppressions(command) => suppressions::run(&Desk::open(config).await?, command).await,
        Command::Editions(command) => editions::run(&Desk::open(config).await?, command).await,
        Command::Deliveries(args) => deliveries::run(&Desk::open(config).await?, &args).await,
        Command::Status { json } => status::run(&Desk::open(config).await?, json).await,
    }
}
