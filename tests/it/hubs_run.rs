//! `pressrun run` asks hubs, is pushed to, and gives them up when it is told to.

use std::process::{Command, Stdio};

use crate::cli::{Folder, apart, configuration};
use crate::hub_server::{Hub, signature};
use crate::killing::{Process, until};
use crate::world::{Newsroom, rss};

fn start(folder: &Folder, args: &[&str]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.arg("run").args(args).current_dir(folder.0.path()).env_clear();
    Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_asks_is_pushed_to_and_says_so() {
    asked_and_pushed(&[&[]]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_press_asks_where_the_pages_are_served_by_another_process() {
    asked_and_pushed(&[&["--only", "web"], &["--only", "press"]]).await;
}

/// The daemon, as one process or some.
async fn asked_and_pushed(parts: &'static [&'static [&'static str]]) {
    let (folder, hub, newsroom) = (Folder::new(), Hub::open().await, Newsroom::open().await);
    let link =
        format!("<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{}\"/>", hub.url);
    let undated = |titles: &[&str]| rss(titles).replace("<pubDate>", "<x>").replace("</pubDate>", "</x>");
    let feed = |titles: &[&str]| undated(titles).replace("<link>https://news.example/</link>", &link);
    newsroom.publish("news", feed(&["One"]));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = free.local_addr().unwrap();
    drop(free);
    let config = configuration(&newsroom.url("news"));
    let config = format!("public_url = \"http://{listen}\"\n{config}\n[web]\nlisten = \"{listen}\"\n");
    folder.write("config.toml", &config);
    let mut processes: Vec<Process> = parts.iter().map(|part| start(&folder, part)).collect();
    let listened = hub.clone();
    tokio::task::spawn_blocking(move || until("the hub is asked", || !listened.asked().is_empty()))
        .await
        .unwrap();
    let form = hub.last();
    assert!(form["hub.callback"].starts_with(&format!("http://{listen}/push/")), "{form:?}");
    assert_eq!(
        form["hub.topic"],
        newsroom.url("news"),
        "a feed that does not name itself is known by its address"
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("hub.mode", "subscribe"),
            ("hub.topic", &form["hub.topic"]),
            ("hub.challenge", "yes"),
        ])
        .finish();
    let echo = client.get(format!("{}?{query}", form["hub.callback"])).send().await.unwrap();
    assert_eq!(echo.text().await.unwrap(), "yes");
    let document = feed(&["Two", "One"]);
    let pushed = client
        .post(&form["hub.callback"])
        .header("x-hub-signature", signature(&form["hub.secret"], &document));
    assert_eq!(pushed.body(document).send().await.unwrap().status(), 202);
    apart!({
        until("the source is pushed", || {
            folder.ok(&["sources", "list"]).contains("pushed by its hub, renewed on 20")
        });
        let listed = folder.ok(&["sources", "list", "--json"]);
        assert!(listed.contains("delivered_at") && !listed.contains(&form["hub.secret"]), "{listed}");
        assert!(folder.ok(&["preview", "--format", "text"]).contains("Two"));
        // Who has turned it off asks for no more.
        for process in &mut processes {
            process.signal("TERM");
            assert!(process.end().success());
        }
        folder.write("config.toml", &config.replace("[collect]", "[collect]\nhubs = false"));
        let processes: Vec<Process> = parts.iter().map(|part| start(&folder, part)).collect();
        until("the hub is given up", || hub.last()["hub.mode"] == "unsubscribe");
        drop(processes);
    });
}
