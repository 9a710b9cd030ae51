//! The command line as a stranger uses it: the real program, a folder of its own, nothing of the environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::world::{Newsroom, rss};

/// A folder in which commands run.
pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_with(&[], args)
    }

    /// Runs a command in an environment of nothing but `variables`.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
        command.args(args).current_dir(self.0.path()).env_clear().envs(variables.iter().copied());
        command.output().unwrap()
    }

    /// Standard output of a command that must end well.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{args:?} ended with {}\n{out}\n{err}", output.status);
        out
    }

    /// Standard error of a command that must refuse with this code.
    pub(crate) fn refused(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}", text(&output.stdout));
        text(&output.stderr)
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn configuration(feed: &str) -> String {
    format!(
        r#"
        [collect]
        allow_hosts = ["127.0.0.1"]
        [sources.news]
        url = "{feed}"
        [lists.readers]
        title = "Readers"
        [digests.morning]
        title = "Morning"
        from = "news@tide.example"
        postal_address = "1 Quay Street"
        lists = ["readers"]
        "#
    )
}

/// A folder with a configuration for a newsroom with two articles.
pub(crate) async fn newcomer() -> (Folder, Newsroom) {
    let newsroom = Newsroom::open().await;
    newsroom.publish("news", rss(&["Harbour opens", "Bridge closed"]));
    let folder = Folder::new();
    folder.write("config.toml", &configuration(&newsroom.url("news")));
    (folder, newsroom)
}

/// The program talks to the newsroom of this very runtime, which therefore needs a second thread.
macro_rules! apart {
    ($body:expr) => {
        tokio::task::spawn_blocking(move || $body).await.unwrap()
    };
}
pub(crate) use apart;

pub(crate) fn letters(outbox: &Path) -> usize {
    std::fs::read_dir(outbox)
        .map_or(0, |d| d.filter(|e| e.as_ref().unwrap().path().extension().is_some()).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_adds_a_reader_and_sends_the_first_edition() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        assert!(folder.ok(&["subscribers", "add", "ann@a.example"]).contains("is now on readers"));
        let said = folder.ok(&["send", "morning"]);
        assert!(said.contains("2 articles") && said.contains("1 reader = 1 sent"), "{said}");
        assert_eq!(letters(&folder.path("outbox")), 1);

        let none = folder.refused(1, &["editions", "explain", "morning"]);
        assert!(none.contains("no slot of morning has gone without an edition"), "{none}");
        assert!(folder.ok(&["editions", "list"]).contains("finished"));
        assert!(folder.ok(&["editions", "show", "1"]).contains("Bridge closed"));
        assert!(folder.ok(&["editions", "explain", "1"]).contains("in: the lead"));
        assert!(folder.ok(&["deliveries", "1", "--state", "sent"]).contains("ann@a.example"));
        let again = folder.ok(&["send", "morning"]);
        assert!(again.contains("no edition, because there is no new article"), "{again}");
        let explained = folder.ok(&["editions", "explain", "morning"]);
        assert!(explained.starts_with("the last slot of morning that made no edition, "), "{explained}");
        assert!(explained.contains("edition 1 used it"), "{explained}");
        assert!(folder.ok(&["status"]).contains("edition 1"));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_copy_and_a_dry_run_consume_nothing() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        let said = folder.ok(&["send", "morning", "--to", "me@a.example"]);
        assert!(said.contains("consumed nothing"), "{said}");
        assert_eq!(letters(&folder.path("outbox")), 1);
        assert!(folder.ok(&["send", "morning", "--dry-run"]).contains("Would send: Morning: "));
        assert_eq!(letters(&folder.path("outbox")), 1);
        assert_eq!(folder.ok(&["editions", "list", "--json"]).trim(), "[]");
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        assert!(folder.ok(&["send", "morning"]).contains("2 articles"));
    });
}

#[test]
fn a_saved_feed_is_looked_at_and_nothing_is_stored() {
    let folder = Folder::new();
    folder.write("feed.xml", &rss(&["Harbour opens"]));
    assert!(folder.ok(&["sources", "try", "feed.xml"]).contains("Harbour opens"));
    folder.write("page.html", "<!doctype html><title>Hello</title><p>no feed");
    let refused = folder.refused(1, &["sources", "try", "page.html"]);
    assert!(refused.contains("page.html"), "{refused}");
    assert!(folder.refused(1, &["sources", "try", "absent.xml"]).contains("absent.xml"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_that_waits_for_a_relay_is_cancelled_and_its_articles_are_free_again() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        let closed = [
            ("PRESSRUN__DELIVER__CARRIER", "smtp"),
            ("PRESSRUN__RELAY__HOST", "127.0.0.1"),
            ("PRESSRUN__RELAY__PORT", "1"),
        ];
        let output = folder.run_with(&closed, &["send", "morning"]);
        assert!(text(&output.stdout).contains("1 queued"), "{}", text(&output.stdout));
        let said = folder.ok(&["editions", "cancel", "1"]);
        assert!(said.contains("edition 1 is cancelled") && said.contains("1 cancelled"), "{said}");
        assert!(folder.refused(1, &["editions", "cancel", "1"]).contains("none of its letters waits"));
        assert!(folder.refused(1, &["editions", "cancel", "9"]).contains("there is no edition 9"));
        assert!(folder.ok(&["send", "morning"]).contains("2 articles"));
    });
}

#[test]
fn every_refusal_says_what_to_do_next() {
    let folder = Folder::new();
    let nothing = folder.refused(1, &["send", "morning"]);
    assert!(nothing.contains("pressrun init") && nothing.contains("pressrun demo"), "{nothing}");
    folder.write("config.toml", &configuration("https://news.example/feed"));
    assert!(folder.refused(1, &["send", "evening"]).contains("there are: morning"));
    assert!(folder.refused(1, &["editions", "show", "7"]).contains("editions list"));
    assert!(folder.refused(1, &["collect", "olds"]).contains("sources list"));
    assert!(folder.refused(1, &["init"]).contains("is there already"));
    folder.refused(2, &["sned", "morning"]);
    folder.refused(2, &["subscribers", "add", "not an address"]);
    folder.write("config.toml", "[digest.morning]\ntitel = 1\n");
    let complaints = folder.refused(1, &["status"]);
    assert!(complaints.contains("config.toml:1"), "{complaints}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_goes_into_a_file_has_no_colours() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        let output = folder.run_with(&[("RUST_LOG", "trace")], &["collect"]);
        let log = text(&output.stderr);
        assert!(log.contains("TRACE"), "{log}");
        assert!(!log.contains('\u{1b}'), "{log}");
    });
}

#[test]
fn init_writes_a_configuration_that_the_program_reads() {
    let folder = Folder::new();
    folder.ok(&["init", "desk"]);
    let file = folder.path("desk/config.toml");
    let config = folder.ok(&["--config", file.to_str().unwrap(), "config"]);
    assert!(config.contains("[digests.morning]"), "{config}");
}

#[test]
fn init_writes_a_theme_folder_that_a_digest_can_wear_and_a_mistake_in_it_is_told_with_its_line() {
    let folder = Folder::new();
    folder.ok(&["init", "desk"]);
    folder.ok(&["init", "--theme", "magazine", "desk/own"]);
    // A name is that of the look; a folder that has the same one is told by its dot.
    folder.ok(&["init", "--theme", "compact", "desk/magazine"]);
    assert!(folder.refused(1, &["init", "--theme", "quiet", "desk/own"]).contains("has files already"));
    assert!(folder.refused(2, &["init", "--theme", "loud"]).contains("quiet"));
    folder.write("feed.xml", &rss(&["One", "Two"]));
    let config = folder.path("desk/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let preview = [
        "--config",
        config.to_str().unwrap(),
        "preview",
        "morning",
        "--feed",
        "feed.xml",
        "--format",
        "html",
    ];
    for (theme, shown) in
        [("own", "Palatino"), ("magazine", "Palatino"), ("./magazine", "#146c4a"), ("compact", "#146c4a")]
    {
        let line = format!("theme = \"{theme}\"");
        let own = text.lines().map(|l| if l.starts_with("#theme = ") { line.as_str() } else { l });
        std::fs::write(&config, own.collect::<Vec<_>>().join("\n")).unwrap();
        assert!(folder.ok(&preview).contains(shown), "{theme}");
    }
    std::fs::write(&config, text.replace("#theme = \"magazine\"", "theme = \"own\"")).unwrap();
    let palette = std::fs::read_to_string(folder.path("desk/own/palette.toml")).unwrap();
    folder.write("desk/own/palette.toml", &palette.replace("#c02a3c", "red"));
    let refused = folder.refused(1, &preview);
    assert!(refused.contains("own/palette.toml:") && refused.contains("expected a colour like"), "{refused}");
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = Folder::new();
    let (manual, bash) = (folder.ok(&["manual"]), folder.ok(&["completions", "bash"]));
    for command in ["demo", "init", "collect", "check", "preview", "send", "deliveries", "status"] {
        assert!(manual.contains(&format!("pressrun {command}")), "no {command} in the manual");
        assert!(bash.contains(command), "no {command} in the completions");
    }
}
