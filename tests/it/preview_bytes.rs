//! What the preview shows is what is sent, byte for byte apart from what is a reader's own.

use mail_parser::MessageParser;

use crate::cli::{apart, text};
use crate::preview_world::{Preview, publisher};

/// What is a reader's or a moment's own.
const OWN: [&str; 4] = ["to", "message-id", "date", "list-unsubscribe"];

/// A letter with the tokens of its reader's addresses taken out, decoded: fields, HTML, text.
fn comparable(letter: &[u8]) -> (Vec<(String, String)>, String, String) {
    let parsed = MessageParser::new().parse(letter).expect("a letter");
    let head = String::from_utf8_lossy(letter);
    let head = head.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    // Boundaries are made of what they part.
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        let value = value.split("boundary").next().unwrap();
        (name.to_lowercase(), value.trim().to_owned())
    };
    let fields = head.lines().map(field).filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
    let plain = |body: &str| {
        let mut body = body.to_owned();
        for page in ["/unsubscribe/", "/preferences/"] {
            let parts: Vec<String> = body.split(page).map(str::to_owned).collect();
            let rest = parts[1..]
                .iter()
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).to_owned());
            body = std::iter::once(parts[0].clone()).chain(rest).collect::<Vec<_>>().join(page);
        }
        body
    };
    (fields, plain(&parsed.body_html(0).unwrap()), plain(&parsed.body_text(0).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_letter_that_is_previewed_is_the_letter_that_is_sent() {
    let (folder, _newsroom) =
        publisher(&["Harbour opens", "Bridge closed", "Straße „neu“ — 100 % fertig"]).await;
    std::fs::create_dir(folder.path("theme")).unwrap();
    // A letter of another day would have expired.
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let asked = format!("/part/eml?reader=ann%40a.example&now={}", now.replace(':', "%3A"));
    let folder = apart!({
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        folder.ok(&["collect"]);
        folder
    });
    let preview = Preview::start(&folder, &["morning"]);
    let answer = preview.get(&asked).await;
    let (_, seen) = answer.split_once("\r\n\r\n").unwrap();
    let seen = seen.to_owned();
    apart!({
        let printed =
            folder.ok(&["preview", "morning", "--format", "eml", "--now", &now, "--to", "ann@a.example"]);
        assert_eq!(printed, seen, "the page and the command line differ");
        folder.ok(&["send", "morning", "--now", &now]);
        let sent = std::fs::read_dir(folder.path("outbox")).unwrap().next().unwrap().unwrap().path();
        let sent = std::fs::read(sent).unwrap();
        assert!(text(&sent).contains("ann@a.example"));
        assert_eq!(comparable(seen.as_bytes()), comparable(&sent));
    });
}
