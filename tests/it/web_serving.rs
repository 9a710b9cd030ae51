//! `pressrun run` and its pages, as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::cli::{Folder, configuration};
use crate::desk::Desk;

#[test]
fn the_pages_alone_need_a_place() {
    let folder = Folder::new();
    folder.write("config.toml", &configuration("https://news.example/feed"));
    let refused = folder.refused(1, &["run", "--only", "web"]);
    assert!(refused.contains("web.listen") && refused.contains("127.0.0.1:8080"), "{refused}");
}

#[test]
fn a_place_that_is_taken_is_told_before_anything_begins() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("[web]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let folder = Folder::new();
    folder.write("config.toml", &format!("{}\n{listen}", configuration("https://news.example/feed")));
    for only in [&["run"][..], &["run", "--only", "web"]] {
        let refused = folder.refused(1, only);
        assert!(refused.contains("web.listen") && refused.contains("is free"), "{refused}");
    }
}

#[test]
fn the_pages_are_served_until_the_program_is_asked_to_stop() {
    for only in [&["run", "--only", "web"][..], &["run"]] {
        let folder = Folder::new();
        let config = configuration("http://127.0.0.1:9/feed");
        folder.write("config.toml", &format!("{config}\n[web]\nlisten = \"127.0.0.1:0\"\n"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
        command.args(only).current_dir(folder.0.path()).env_clear().stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::null()).spawn().unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = told
            .find_map(|line| {
                Some(line.unwrap().split_once("pages at http://")?.1.split_once(';')?.0.to_owned())
            })
            .expect("it tells where the pages are");
        let mut page = TcpStream::connect(&address).unwrap();
        page.write_all(b"GET /approve/0 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        page.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 404 ") && answer.contains("This link leads nowhere"),
            "{answer}"
        );
        let pid = process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(told.any(|line| line.unwrap().starts_with("stopped")));
        assert!(process.wait().unwrap().success());
    }
}

#[test]
fn what_is_no_address_and_no_count_of_proxies_is_complained_about() {
    let wrong = Desk::with("[web]\nlisten = \"localhost:8080\"\nproxies = 10\n").complaints();
    assert!(wrong.contains("config.toml:2: web.listen: found \"localhost:8080\""), "{wrong}");
    assert!(
        wrong
            .contains("config.toml:3: web.proxies: found the number 10, expected a whole number from 0 to 9"),
        "{wrong}"
    );
    let right = Desk::with("[web]\nlisten = \"[::1]:8080\"\n").var("PRESSRUN__WEB__PROXIES", "2").load();
    assert_eq!((right.web.listen.map(|l| l.0.port()), right.web.proxies.0), (Some(8080), 2));
}

#[test]
fn a_digest_whose_archive_would_be_where_another_page_is_is_complained_about() {
    let plain = configuration("https://a.example/feed").replace("digests.morning", "digests.unsubscribe");
    assert!(Desk::with(&plain).load().web.listen.is_none(), "without pages it is a name like any other");
    Desk::with(format!("{plain}\n[web]\nlisten = \"127.0.0.1:0\"\n"))
        .complains("digests.unsubscribe: cannot be its name: its archive would be at /unsubscribe/, where");
}
