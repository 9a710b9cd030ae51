//! `pressrun init`: a configuration of one's own — asked for on a terminal, annotated in any case.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Text};

use super::output;
use crate::config::{self, Answers};
use crate::model::Mailbox;

/// The file that keeps the relay's password, beside the configuration.
const PASSWORD_FILE: &str = "relay-password";

pub(super) fn run(dir: &Path) -> anyhow::Result<ExitCode> {
    let file = dir.join(config::DEFAULT_FILE);
    if file.exists() {
        bail!("{} is there already; edit it, or name another folder: pressrun init DIR", file.display());
    }
    let answers = if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        match ask() {
            Ok(asked) => asked,
            Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
                bail!("nothing was written")
            }
            Err(error) => return Err(error).context("this terminal cannot be asked"),
        }
    } else {
        Asked::default()
    };
    put(dir, &answers)?;
    tell(&file, &answers)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes all files or none, so that `init` can be run again.
fn put(dir: &Path, asked: &Asked) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let secret = dir.join(PASSWORD_FILE);
    if let Some(password) = &asked.password {
        if secret.exists() {
            bail!("{} is there already; move it away, and run init again", secret.display());
        }
        write(&secret, password, true)?;
    }
    let written = write(&dir.join(config::DEFAULT_FILE), &config::starter(&asked.answers), false);
    if written.is_err() && asked.password.is_some() {
        // What is told is why the configuration could not be written.
        let _ = std::fs::remove_file(&secret);
    }
    written
}

#[derive(Default)]
struct Asked {
    answers: Answers,
    password: Option<String>,
}

fn ask() -> Result<Asked, InquireError> {
    eprintln!("A few questions; every answer can be changed later in config.toml. Esc leaves.\n");
    let title = Text::new("What is the digest called?").with_default("The Morning Tide").prompt()?;
    let from = Text::new("Who sends it?")
        .with_help_message("an address of your own domain, news@example.org, or Name <news@example.org>")
        .with_validator(|text: &str| {
            Ok(match text.parse::<Mailbox>() {
                Ok(_) => Validation::Valid,
                Err(error) => Validation::Invalid(error.to_string().into()),
            })
        })
        .prompt()?;
    let postal_address = Text::new("Your postal address?")
        .with_help_message("it stands in the footer; in many places the law asks for it")
        .with_validator(inquire::required!("readers must be able to see who writes to them"))
        .prompt()?;
    let mut feeds = Vec::new();
    while feeds.len() < 50 {
        let question =
            if feeds.is_empty() { "The address of a feed?" } else { "Another feed? (empty to go on)" };
        let feed = Text::new(question)
            .with_help_message("RSS, Atom or JSON Feed, https://…")
            .with_validator(feed_address)
            .prompt()?;
        if feed.trim().is_empty() {
            break;
        }
        feeds.push(feed.trim().to_owned());
    }
    let answers = Answers { title, from, postal_address, feeds, ..Answers::default() };
    relay(answers)
}

fn feed_address(text: &str) -> Result<Validation, inquire::CustomUserError> {
    let text = text.trim();
    let fits =
        text.is_empty() || url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    Ok(if fits {
        Validation::Valid
    } else {
        Validation::Invalid("an address begins with https:// or http://".into())
    })
}

/// Asks for the mail relay; without one, letters go to the outbox folder.
fn relay(mut answers: Answers) -> Result<Asked, InquireError> {
    answers.relay_host = Text::new("The mail server that takes your letters? (empty: a folder, for now)")
        .with_help_message("such as smtp.example.org; STARTTLS on port 587 unless you change it")
        .prompt()?;
    if answers.relay_host.trim().is_empty() {
        return Ok(Asked { answers, password: None });
    }
    answers.relay_username = Text::new("Your login there? (empty for none)").prompt()?;
    let mut password = None;
    if !answers.relay_username.trim().is_empty() {
        let secret = Password::new("Its password?")
            .without_confirmation()
            .with_display_mode(PasswordDisplayMode::Masked)
            .with_help_message("it goes into a file that only you can read")
            .prompt()?;
        password = Some(secret).filter(|secret| !secret.is_empty());
        answers.relay_password_file = password.as_ref().map(|_| PASSWORD_FILE.to_owned()).unwrap_or_default();
    }
    answers.send = Confirm::new("Send through it right away?")
        .with_default(true)
        .with_help_message("no: letters go to the folder `outbox` until you set deliver.carrier = \"smtp\"")
        .prompt()?;
    Ok(Asked { answers, password })
}

/// Writes a new file, never over an old one; a secret one is its owner's alone.
/// Writes a file that is not there yet.
pub(super) fn write(file: &Path, text: &str, secret: bool) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    let written = options.open(file).and_then(|mut opened| opened.write_all(text.as_bytes()));
    written.with_context(|| format!("{} cannot be written", file.display()))
}

fn tell(file: &Path, asked: &Asked) -> anyhow::Result<()> {
    output::say(&format!("wrote {}", file.display()))?;
    let digest = crate::model::Name::from_title(&asked.answers.title, "morning");
    let here = file.parent().is_none_or(|dir| dir == Path::new(".") || dir == Path::new(""));
    let pressrun = if here { "pressrun".to_owned() } else { format!("pressrun --config {}", file.display()) };
    let first = if asked.answers.feeds.is_empty() { "edit its chapter 1, then:" } else { "next:" };
    eprintln!("{first}");
    for (command, what) in [
        (format!("preview {digest}"), "look at it"),
        ("subscribers add you@example.org".to_owned(), "add a reader"),
        (format!("send {digest} --to you@example.org"), "a test copy"),
        (format!("send {digest}"), "the first edition"),
    ] {
        eprintln!("  {pressrun} {command:42} {what}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_password() -> Asked {
        Asked { answers: Answers::default(), password: Some("s3cret".to_owned()) }
    }

    #[test]
    fn an_init_that_finds_an_old_password_writes_nothing_and_can_be_run_again() {
        let dir = tempfile::tempdir().unwrap();
        let (config, secret) = (dir.path().join(config::DEFAULT_FILE), dir.path().join(PASSWORD_FILE));
        std::fs::write(&secret, "old").unwrap();
        let refused = put(dir.path(), &with_password()).unwrap_err().to_string();
        assert!(refused.contains(PASSWORD_FILE), "{refused}");
        assert!(!config.exists() && std::fs::read_to_string(&secret).unwrap() == "old");
        std::fs::remove_file(&secret).unwrap();
        put(dir.path(), &with_password()).unwrap();
        assert!(config.exists() && std::fs::read_to_string(&secret).unwrap() == "s3cret");
    }

    #[test]
    fn an_init_that_cannot_write_the_configuration_leaves_no_password_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(config::DEFAULT_FILE)).unwrap();
        assert!(put(dir.path(), &with_password()).is_err());
        assert!(!dir.path().join(PASSWORD_FILE).exists());
    }
}
