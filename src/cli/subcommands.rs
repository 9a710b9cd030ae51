//! The commands of a noun: sources, lists, subscribers, suppressions, editions.

use std::path::PathBuf;

use clap::Subcommand;

use super::columns::Mapped;
use crate::model::{EmailAddress, Name, Never, Selector};

/// `pressrun sources`
#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// List the sources and their health; a password in an address is masked.
    List {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a source.
    Add {
        /// The address of the feed.
        url: url::Url,
        /// Its name (default: made from the host).
        #[arg(long)]
        name: Option<Name>,
        /// What readers see (default: what the feed calls itself).
        #[arg(long)]
        title: Option<String>,
        /// A topic; may be repeated.
        #[arg(long = "topic")]
        topics: Vec<String>,
        /// What is found at the address.
        #[arg(long, value_enum, default_value_t)]
        kind: KindWord,
        /// A CSS selector of the links to articles on a page.
        #[arg(long, value_name = "SELECTOR", value_parser = selector)]
        select: Option<String>,
        /// Read the page of each entry of a feed.
        #[arg(long)]
        full_text: bool,
    },
    /// Remove a source that was added by command.
    Remove {
        /// Its name.
        name: Name,
    },
    /// Show what a feed, a front page, a sitemap or an article brings, and what to configure; stores nothing.
    Try {
        /// An address or a file.
        feed: String,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add the feeds of an OPML subscription list.
    Import {
        /// The OPML file.
        file: PathBuf,
    },
    /// Print all sources as OPML: a backup, with the passwords that stand in addresses.
    Export,
}

/// What is found at the address of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum KindWord {
    /// A feed.
    #[default]
    Feed,
    /// A web page that leads to articles.
    Page,
    /// A sitemap.
    Sitemap,
}

impl From<KindWord> for crate::model::SourceKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Feed => Self::Feed,
            KindWord::Page => Self::Page,
            KindWord::Sitemap => Self::Sitemap,
        }
    }
}

/// `pressrun digests`
#[derive(Debug, Subcommand)]
pub enum DigestsCommand {
    /// List the digests: when each is due next, and what became of it last.
    List {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let a digest's slots pass without an edition, until it is resumed.
    Pause {
        /// The digest.
        digest: Name,
    },
    /// Publish a digest's slots again; what is new since its last edition is in the next one.
    Resume {
        /// The digest.
        digest: Name,
    },
}

/// `pressrun lists`
#[derive(Debug, Subcommand)]
pub enum ListsCommand {
    /// List the lists and how many readers they have.
    List {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `pressrun subscribers`
#[derive(Debug, Subcommand)]
pub enum SubscribersCommand {
    /// List the subscribers.
    List {
        /// Only those of this list.
        #[arg(long)]
        list: Option<Name>,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Add a subscriber who has asked for it.
    Add {
        /// The address.
        address: EmailAddress,
        /// The list (default: the only one).
        #[arg(long)]
        list: Option<Name>,
        /// Their name.
        #[arg(long, default_value = "")]
        name: String,
        /// Where they are, such as Europe/Berlin: digests with the zone "subscriber" come by that clock.
        #[arg(long, value_name = "ZONE", value_parser = crate::config::zone)]
        zone: Option<chrono_tz::Tz>,
        /// Where and how they asked for letters, such as "paper form, fair of 2026".
        #[arg(long, default_value = "")]
        consent: String,
    },
    /// Change what is known of a subscriber.
    Set {
        /// The address.
        address: EmailAddress,
        /// Where they are, such as Europe/Berlin; empty for unknown.
        #[arg(long, value_name = "ZONE")]
        zone: String,
    },
    /// Show one subscriber.
    Show {
        /// The address.
        address: EmailAddress,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// End a subscriber's subscriptions.
    Remove {
        /// The address.
        address: EmailAddress,
        /// Only on this list.
        #[arg(long)]
        list: Option<Name>,
    },
    /// Erase a subscriber's address, name and subscriptions; the sums of past editions stay.
    ///
    /// In the ledger their letters go on under an address that is nobody's. A hash of the address joins the suppressions,
    /// so that no import of an old file brings them back; only they themselves can.
    Forget {
        /// The address.
        address: EmailAddress,
    },
    /// Add the subscribers of a CSV file; nobody who left is brought back.
    ///
    /// The first line names the columns: `email` (or `address`), and if you like `name`, `list`, `state`,
    /// `zone` and `consent`, as `subscribers export` writes them. The state is confirmed, pending or unsubscribed; empty means confirmed.
    /// Who is unsubscribed in the file is kept as such, and leaves the list if they are on it. A line that is not
    /// understood is told and left out; so is a record of more than 64 KB, or whose quote is never closed.
    Import {
        /// The CSV file; `-` is standard input.
        file: PathBuf,
        /// The list of rows that name none (default: the only one); rows that name another are left out.
        #[arg(long)]
        list: Option<Name>,
        /// Which column is what, where the file calls it otherwise: `--column name="Full name"`. A number counts the
        /// columns from 1. What is left empty is not read: `--column state=`.
        #[arg(long = "column", value_name = "WHAT=COLUMN")]
        columns: Vec<Mapped>,
        /// Where and how they asked for letters whose row has no `consent`, such as "form on example.org, 2024". It is
        /// kept with the subscription, as the proof of it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        consent: String,
        /// Tell what would become of the rows, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the rows that are not understood into this file, each with its line and what is wrong with it.
        #[arg(long, value_name = "FILE")]
        errors: Option<PathBuf>,
    },
    /// Print the subscribers as CSV.
    Export {
        /// Only those of this list.
        #[arg(long)]
        list: Option<Name>,
    },
}

/// `pressrun suppressions`
#[derive(Debug, Subcommand)]
pub enum SuppressionsCommand {
    /// List the suppressed addresses and why they are.
    List {
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Never write to an address again, whatever list it is on; or to any of a domain.
    Add {
        /// The address, a subscriber's or not; `@example.org` for a whole domain; `sha256:` and the hash of an address.
        never: Never,
        /// Why.
        #[arg(long, default_value = "added by hand")]
        reason: String,
    },
    /// Lift a suppression; subscriptions are as they were before it.
    Remove {
        /// What was suppressed: an address, `@example.org`, or `sha256:` and a hash.
        never: Never,
    },
}

/// `pressrun editions`
#[derive(Debug, Subcommand)]
pub enum EditionsCommand {
    /// List the editions, newest first.
    List {
        /// Only those of this digest.
        #[arg(long)]
        digest: Option<Name>,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one edition: what is in it and where its deliveries stand.
    Show {
        /// Its number.
        edition: i64,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put letters of an edition back into the queue; `pressrun run` or the next `pressrun send` goes on with them.
    Retry {
        /// Its number.
        edition: i64,
        /// Those that were refused.
        #[arg(long, alias = "refused", required_unless_present = "uncertain")]
        failed: bool,
        /// Those that may or may not have arrived; some readers may get the letter twice.
        #[arg(long)]
        uncertain: bool,
    },
    /// Let no further letter of an edition begin.
    Pause {
        /// Its number.
        edition: i64,
    },
    /// Let the letters of a paused edition go on; the next `pressrun send` of its digest, or `pressrun run`, sends them.
    Resume {
        /// Its number.
        edition: i64,
    },
    /// Say yes to an edition that waits for it; `pressrun run` sends it.
    Approve {
        /// Its number.
        edition: i64,
    },
    /// Give an edition up: a draft as a whole, of a released one the letters that wait.
    Cancel {
        /// Its number.
        edition: i64,
    },
    /// Tell for every article why it is in or out; with a digest's name, why the last slot that made
    /// no edition made none.
    Explain {
        /// An edition's number, or a digest's name.
        what: String,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A selector as it was written, if it is one.
fn selector(text: &str) -> Result<String, String> {
    Selector::parse(text).map(|_| text.to_owned()).map_err(|error| format!("expected {error}"))
}
