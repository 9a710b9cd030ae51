//! What may be typed: the whole command line, validated, without effects.

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use super::subcommands::{
    DigestsCommand, EditionsCommand, ListsCommand, SourcesCommand, SubscribersCommand, SuppressionsCommand,
};

use crate::model::{DeliveryState, EmailAddress, Instant, LOOKS, Name, Schedule};

/// Builds and sends email digests.
#[derive(Debug, Parser)]
#[command(
    name = "pressrun",
    version,
    about = "Builds and sends email digests: collect, compose, render, deliver, remember.",
    after_help = "New here?  pressrun demo      shows the whole thing on bundled sample sources.\n           \
                  pressrun init      writes a configuration of your own.",
    max_term_width = 100
)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "PRESSRUN_CONFIG")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole thing on bundled sample sources: collect, compose, render, deliver, look.
    Demo(DemoArgs),
    /// Write an annotated config.toml, asking what it must know; or, with --theme, a theme folder to be changed.
    Init {
        /// The folder to write into [default: the current one; with --theme, `theme`].
        dir: Option<PathBuf>,
        /// Write the files of this built-in look instead: colours, fonts, widths, styles, words.
        #[arg(long, value_name = "LOOK", value_parser = LOOKS)]
        theme: Option<String>,
    },
    /// Poll sources now and store their new articles.
    Collect {
        /// Only these sources.
        sources: Vec<Name>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Render what a digest would send, through the very path that sends it; consumes nothing.
    ///
    /// Without --format, --out or --links it serves a page on this machine that follows every change of configuration,
    /// theme and articles, until Ctrl-C.
    Preview(PreviewArgs),
    /// Run until stopped: collect, publish each digest at its times, deliver, try again what was put off, and serve the
    /// pages where web.listen says.
    ///
    /// Any number of them, on one machine or several, may share one PostgreSQL database. SIGTERM or Ctrl-C lets the
    /// letters in hand end and gives the others back.
    Run {
        /// Only this part (default: all that there are).
        #[arg(long)]
        only: Option<Part>,
    },
    /// Tell when a schedule is due next.
    ///
    /// Where clocks are put forward, a fixed time that does not exist comes right after the gap; where they are put
    /// back, it comes once. A schedule by the minute or the hour follows the clock.
    Schedule(ScheduleArgs),
    /// Send an edition of a digest now.
    Send(SendArgs),
    /// Look for what could go wrong with a mail, of ours or of anybody: size, what clients show, contrast, links,
    /// pictures, structure, direction, ways out.
    ///
    /// Each finding names its rule and its place, says why it matters and what to do; the exit code is 1 if there is an
    /// error among them. Needs no configuration and no network.
    Lint(LintArgs),
    /// Look whether all is ready to send: configuration, store, relay, keys; sends nothing.
    ///
    /// Each finding is a line that begins with ok, warning or error, and says what to do; the exit code is 1 if there is
    /// an error. The relay is called and logged in to. The DNS is not asked yet: whether it has the records of your keys,
    /// SPF and DMARC, you have to look up elsewhere.
    Check(CheckArgs),
    /// Sources: what is collected.
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// Digests: the standing orders.
    #[command(subcommand)]
    Digests(DigestsCommand),
    /// Lists: whom a digest goes to.
    #[command(subcommand)]
    Lists(ListsCommand),
    /// Subscribers: who gets mail.
    #[command(subcommand)]
    Subscribers(SubscribersCommand),
    /// Suppressions: addresses never to be written to again.
    #[command(subcommand)]
    Suppressions(SuppressionsCommand),
    /// Editions: what was composed and sent.
    #[command(subcommand)]
    Editions(EditionsCommand),
    /// The ledger of one edition: a line per reader.
    Deliveries(DeliveriesArgs),
    /// Print the effective configuration, secrets masked.
    Config,
    /// Tell what is there, what is going on, and what needs a hand.
    Status {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    Manual {
        /// Print a unit file for systemd instead, for this program and the folder of --config.
        #[arg(long)]
        systemd: bool,
    },
}

/// `pressrun demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the delivery and print the totals.
    #[arg(long)]
    pub once: bool,
    /// Where the outbox and the database go (default: a new temporary folder); what lies there is left as it is,
    /// a second demo goes into a folder of its own inside.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How many sample readers to write to.
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub readers: u32,
}

/// `pressrun preview`
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The digest (default: the only one).
    pub digest: Option<Name>,
    /// Preview this feed instead: needs no database, and for files no network and no configuration.
    #[arg(long, value_name = "FILE|URL")]
    pub feed: Vec<String>,
    /// Pretend that it is this instant (RFC 3339).
    #[arg(long, value_name = "T")]
    pub now: Option<Instant>,
    /// Print this form to standard output.
    #[arg(long)]
    pub format: Option<Format>,
    /// Write all forms (or the one of --format) into this folder; without --format also pictures of it, where Chromium
    /// is found (CHROMIUM names it).
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The reader in the To field.
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<EmailAddress>,
    /// Ask each link and picture with HEAD whether it is there, instead of showing the page; exit code 1 if one is not.
    #[arg(long, conflicts_with_all = ["format", "out"])]
    pub links: bool,
    /// Where the page is served (default: a free port of this machine).
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["format", "out", "links"])]
    pub listen: Option<std::net::SocketAddr>,
    /// Do not open the browser.
    #[arg(long)]
    pub no_open: bool,
}

/// The forms of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The HTML part.
    Html,
    /// The plain-text part.
    Text,
    /// The finished letter.
    Eml,
    /// The edition, the explanation, and what lint finds.
    Json,
}

/// `pressrun lint`
#[derive(Debug, Args)]
pub struct LintArgs {
    /// A letter (.eml) or an HTML part (.html); - is standard input.
    #[arg(required_unless_present = "rules", value_name = "FILE.eml|FILE.html")]
    pub files: Vec<String>,
    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
    /// List all rules instead.
    #[arg(long, conflicts_with = "files")]
    pub rules: bool,
}

/// `pressrun send`
#[derive(Debug, Args)]
pub struct SendArgs {
    /// The digest.
    pub digest: Name,
    /// Send only a test copy to this address; it consumes nothing.
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<EmailAddress>,
    /// Tell what would be sent, and to how many; send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Pretend that it is this instant (RFC 3339).
    #[arg(long, value_name = "T")]
    pub now: Option<Instant>,
}

/// `pressrun schedule`
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// Only this digest (default: all that have a schedule).
    pub digest: Option<Name>,
    /// Instead of a digest a schedule, in words or as a cron expression: "weekdays at 06:30", "30 6 * * 1-5".
    #[arg(long, value_name = "SCHEDULE", conflicts_with_all = ["digest", "past"])]
    pub cron: Option<Schedule>,
    /// The zone in which its times are meant.
    #[arg(long, value_name = "ZONE", requires = "cron", value_parser = crate::config::zone)]
    pub zone: Option<Tz>,
    /// The slots after this instant (RFC 3339; default: now).
    #[arg(long, value_name = "T")]
    pub after: Option<Instant>,
    /// What became of the last slots, instead of when the next ones are.
    #[arg(long, conflicts_with_all = ["format", "after"])]
    pub past: bool,
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Print this form instead of a table.
    #[arg(long)]
    pub format: Option<SlotFormat>,
    /// Print the result as JSON.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// The forms of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SlotFormat {
    /// One instant a line, in UTC: 2026-03-29T01:00:00Z.
    Utc,
}

/// `pressrun deliveries`
#[derive(Debug, Args)]
pub struct DeliveriesArgs {
    /// The edition's number, as `editions list` shows it.
    pub edition: i64,
    /// Only deliveries in this state.
    #[arg(long)]
    pub state: Option<DeliveryState>,
    /// Only this reader's.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<EmailAddress>,
    /// Show every attempt with its reply, not only the last one.
    #[arg(long)]
    pub attempts: bool,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// The parts of `pressrun run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The stages: they deliver.
    Press,
    /// The pages that browsers see.
    Web,
}

/// `pressrun check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Instead make keys that sign the letters of this domain (DKIM), and tell what to put into the DNS and into
    /// config.toml.
    #[arg(long, value_name = "DOMAIN")]
    pub dkim_new: Option<String>,
    /// The selector of the RSA key; that of the Ed25519 key has an `e` at its end (default: press and the year).
    #[arg(long, value_name = "NAME", requires = "dkim_new")]
    pub selector: Option<String>,
    /// The folder for the two key files (default: that of the configuration).
    #[arg(long, value_name = "DIR", requires = "dkim_new")]
    pub out: Option<PathBuf>,
}
