//! The demo: it touches nothing but its own folder, and nothing in a folder that is somebody's.

use crate::cli::{Folder, letters, text};

#[test]
fn the_demo_ends_with_a_letter_for_every_sample_reader() {
    let folder = Folder::new();
    let said = folder.ok(&["demo", "--once", "--folder", "demo"]);
    assert!(said.contains("12 readers = 12 sent"), "{said}");
    assert_eq!(letters(&folder.path("demo/outbox")), 12);
    let config = folder.path("demo/config.toml");
    let explained = folder.ok(&["--config", config.to_str().unwrap(), "editions", "explain", "1"]);
    assert!(explained.contains("in: the lead"), "{explained}");
}

#[test]
fn the_demo_ends_at_the_inbox_and_the_preview_of_what_it_has_sent() {
    use std::io::{BufRead as _, Read as _, Write as _};
    let folder = Folder::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.args(["demo", "--folder", "demo"]).current_dir(folder.0.path()).env_clear();
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let links: Vec<String> = lines
        .take_while(|line| !line.contains("Ctrl-C"))
        .filter_map(|line| {
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        })
        .collect();
    let get = |url: &str| {
        let (host, path) = url["http://".len()..].split_once('/').unwrap();
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let (inbox, preview) = (get(&links[0]), get(&links[1]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(inbox.contains("12 letters") && inbox.contains("href=\"/preview/\""), "{inbox}");
    assert!(
        preview.contains("The Morning Tide") && preview.contains("/preview/part/html?edition=1"),
        "{preview}"
    );
}

#[test]
fn the_demo_never_opens_the_database_that_the_environment_names() {
    let folder = Folder::new();
    let production = folder.path("production.db");
    let variables = [
        ("PRESSRUN__STORE__URL", format!("sqlite:{}", production.display())),
        ("PRESSRUN__DELIVER__OUTBOX", folder.path("elsewhere").display().to_string()),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let output = folder.run_with(&variables, &["demo", "--once", "--folder", "demo"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!production.exists(), "the demo wrote into the database of the environment");
    assert!(folder.path("demo/pressrun.db").exists());
    assert_eq!(letters(&folder.path("demo/outbox")), 12);
}

#[test]
fn the_demo_leaves_a_folder_alone_that_it_did_not_make() {
    let folder = Folder::new();
    folder.write("config.toml", "# mine\n");
    let refused = folder.refused(1, &["demo", "--once", "--folder", "."]);
    assert!(refused.contains("config.toml") && refused.contains("--folder"), "{refused}");
    assert_eq!(std::fs::read_to_string(folder.path("config.toml")).unwrap(), "# mine\n");
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 1, "nothing was written");

    let folder = Folder::new();
    folder.write("pressrun.db", "");
    assert!(folder.refused(1, &["demo", "--once", "--folder", "."]).contains("pressrun.db"));
    assert!(!folder.path("config.toml").exists());
}

#[test]
fn a_second_demo_in_one_folder_begins_anew_beside_the_first() {
    let folder = Folder::new();
    folder.ok(&["demo", "--once", "--folder", "demo"]);
    let first = std::fs::read_to_string(folder.path("demo/config.toml")).unwrap();
    for again in ["demo/run-2", "demo/run-3"] {
        let said = folder.ok(&["demo", "--once", "--folder", "demo"]);
        assert!(said.contains("12 readers = 12 sent") && said.contains(again), "{said}");
        assert_eq!(letters(&folder.path(again).join("outbox")), 12);
    }
    assert_eq!(std::fs::read_to_string(folder.path("demo/config.toml")).unwrap(), first);
    assert_eq!(letters(&folder.path("demo/outbox")), 12);
}
