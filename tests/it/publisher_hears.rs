//! The publisher as the configuration names them: what is checked, shown and sent by the program itself.

use std::process::{Child, Command};
use std::time::Duration;

use pressrun::model::{EmailAddress, Instant};
use pressrun::store::Store;

use crate::cli::{Folder, configuration, text};
use crate::desk::Desk;

const PUBLISHER: &str = "[publisher]\nmail = \"editor@tide.example\"\nwebhook_secret = \"swordfish\"\n\
                         webhook = \"https://user:hunter2@hooks.example/T0/hunter2?key=hunter2\"\n";

#[test]
fn what_nobody_would_hear_is_a_complaint() {
    let desk = Desk::with("[publisher]\nmail = \"editor\"\nmial = \"x\"\n");
    desk.complains("config.toml:2: publisher.mail: found \"editor\", expected an address such as");
    desk.complains("config.toml:3: publisher.mial: there is no such key; did you mean `mail`?");
    let desk = Desk::with("[publisher]\nmail = \"editor@tide.example\"\nwebhook_secret = \"swordfish\"\n");
    desk.complains("config.toml:3: publisher.webhook_secret: is given without publisher.webhook");
    desk.complains("publisher.from: is missing, and there is no digest whose sender could be used");
    assert!(!desk.complaints().contains("swordfish"));
    let secret = Desk::with("[publisher]\nwebhook = \"hooks.example/T0/hunter2\"\n");
    secret.complains(
        "config.toml:2: publisher.webhook: found something that is not shown, expected an address",
    );
    assert!(!secret.complaints().contains("hunter2"));
}

#[test]
fn of_a_webhook_only_the_host_is_shown() {
    let config = Desk::with(PUBLISHER.replace("mail =", "from = \"p@tide.example\"\nmail =")).load();
    let shown = format!("{}{config:?}", config.to_toml_masked());
    assert!(shown.contains("webhook = \"https://hooks.example/***\""), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains("swordfish"), "{shown}");
}

fn press(more: &str) -> Folder {
    let folder = Folder::new();
    folder.write("config.toml", &format!("{}\n{more}", configuration("https://news.example/feed")));
    folder
}

#[test]
fn a_check_warns_when_nobody_is_told() {
    let out = |folder: &Folder| text(&folder.run(&["check"]).stdout);
    let found = out(&press(""));
    assert!(found.contains("warning  trouble        is told to nobody; set publisher.mail"), "{found}");
    let found = out(&press(PUBLISHER));
    assert!(
        found.contains("ok       trouble        is told to editor@tide.example, and the webhook"),
        "{found}"
    );
}

/// A running program, which is killed with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[tokio::test]
async fn a_running_press_mails_what_stands_and_the_status_shows_what_waits() {
    let folder = press("[publisher]\nmail = \"editor@tide.example\"\n");
    folder.ok(&["lists", "list"]);
    let store = Store::open(&format!("sqlite:{}", folder.path("pressrun.db").display())).await.unwrap();
    let now: Instant = chrono::Utc::now();
    store.event("slot:old", "an old story", now - chrono::TimeDelta::days(2)).await.unwrap();
    store.event("slot:new", "the edition of today was skipped", now).await.unwrap();
    let shown = folder.ok(&["status"]);
    assert!(shown.contains("the edition of today was skipped") && !shown.contains("an old story"), "{shown}");

    let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.arg("run").current_dir(folder.0.path()).env_clear();
    let running = Running(command.spawn().unwrap());
    let letter = async {
        loop {
            let files: Vec<_> =
                std::fs::read_dir(folder.path("outbox")).into_iter().flatten().flatten().collect();
            if let Some(file) = files.iter().find(|file| file.path().extension().is_some_and(|e| e == "eml"))
            {
                return std::fs::read_to_string(file.path()).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let letter = tokio::time::timeout(Duration::from_secs(30), letter).await.expect("a letter comes");
    assert!(letter.contains("\r\nTo: editor@tide.example\r\n"), "{letter}");
    assert!(letter.contains("the edition of today was skipped"), "{letter}");
    drop(running);

    let message = pressrun::model::Message {
        subject: "Waits".to_owned(),
        language: pressrun::model::Language::english(),
        direction: pressrun::model::Direction::Ltr,
        html: "<p>x</p>".to_owned(),
        text: "x\n".to_owned(),
    };
    let mail = pressrun::model::NewMail {
        purpose: pressrun::model::Name::parse("confirmation").unwrap(),
        key: None,
        to: EmailAddress::parse("ann@a.example").unwrap(),
        to_name: String::new(),
        from: "news@tide.example".parse().unwrap(),
        reply_to: None,
        message,
        expires_at: now + chrono::TimeDelta::days(3),
    };
    store.put_mail(&mail, now).await.unwrap();
    let shown = folder.ok(&["status"]);
    assert!(shown.contains("mail      confirmation to a***@a.example: waits until "), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&folder.ok(&["status", "--json"])).unwrap();
    assert_eq!(
        (&json["mails"][0]["state"], &json["mails"][0]["purpose"]),
        (&"queued".into(), &"confirmation".into())
    );
}
