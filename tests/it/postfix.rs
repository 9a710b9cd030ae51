//! What a real Postfix takes, keeps and refuses: a private one on loopback, with TLS, passwords and mailboxes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Clock};

use chrono::{TimeZone as _, Utc};
use pressrun::deliver::{
    Carrier, Imprint, Letter, Login, Plate, Recipient, Relay, ReturnPath, Security, Timeouts, Verdict,
};
use pressrun::model::{DeliveryId, Direction, EmailAddress, Hole, Language, Mailbox, Message, Outcome, Step};

use crate::relay::judge;
use crate::{dkim, parts};

const PASSWORD: &str = "correct horse";
/// `nobody`: Postfix delivers to mailboxes of ordinary users only.
const MAILBOX_OWNER: u32 = 65_534;

/// A Postfix of our own; it and its folder are gone when this is, or when the test process is, however it dies.
struct Postfix {
    folder: PathBuf,
    port: u16,
    watchdog: Child,
}

impl Postfix {
    /// Starts one, or returns `None` where the environment says that there is none.
    fn start() -> Option<Self> {
        if parts::absent("postfix") {
            return None;
        }
        for program in ["/usr/sbin/postfix", "/usr/sbin/saslpasswd2", "/usr/lib/postfix/sbin/smtpd"] {
            let missing =
                "postfix is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=postfix";
            assert!(Path::new(program).exists(), "{missing} ({program})");
        }
        let folder = tempfile::Builder::new().prefix("pressrun-postfix-").tempdir().expect("a folder").keep();
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let watchdog = watchdog(&folder);
        let postfix = Self { folder, port, watchdog };
        postfix.lay_out();
        let started =
            run(Command::new("/usr/sbin/postfix").arg("-c").arg(postfix.folder.join("etc")).arg("start"));
        assert!(started.0, "postfix does not start (it has to be root): {}\n{}", started.1, postfix.log());
        Some(postfix)
    }

    fn lay_out(&self) {
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o755)).expect("opened");
        for name in ["etc", "etc/sasl", "queue", "data", "mail"] {
            fs::create_dir(self.folder.join(name)).expect("a folder");
        }
        let (owner, group) = (id("-u"), id("-g"));
        chown(self.folder.join("data"), Some(owner), Some(group)).expect("owned");
        chown(self.folder.join("mail"), Some(MAILBOX_OWNER), Some(MAILBOX_OWNER)).expect("owned");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        self.write("etc/cert.pem", &made.cert.pem());
        self.write("etc/key.pem", &made.signing_key.serialize_pem());
        fs::set_permissions(self.folder.join("etc/key.pem"), fs::Permissions::from_mode(0o600))
            .expect("closed");
        let folder = self.folder.display();
        self.write("etc/main.cf", &MAIN_CF.replace("{folder}", &folder.to_string()));
        self.write("etc/master.cf", &MASTER_CF.replace("{port}", &self.port.to_string()));
        let users = self.folder.join("etc/sasl/users");
        // Debian looks for it beside main.cf, whatever cyrus_sasl_config_path says.
        self.write("etc/sasl/smtpd.conf", &format!("{SMTPD_CONF}sasldb_path: {}\n", users.display()));
        let mut saslpasswd = Command::new("/usr/sbin/saslpasswd2");
        saslpasswd.args(["-p", "-c", "-u", "relay.test", "-f"]).arg(&users).arg("press");
        let mut child = saslpasswd.stdin(Stdio::piped()).spawn().expect("saslpasswd2 runs");
        let mut input = child.stdin.take().expect("its input");
        std::io::Write::write_all(&mut input, PASSWORD.as_bytes()).expect("written");
        drop(input);
        assert!(child.wait().expect("it ends").success());
        chown(&users, Some(owner), Some(group)).expect("owned");
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("written");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("maillog")).unwrap_or_default()
    }

    fn relay(&self, password: Option<&str>) -> Relay {
        let login = password
            .map(|p| Login { username: "press@relay.test".to_owned(), password: p.to_owned().into() });
        Relay {
            host: "localhost".to_owned(),
            port: self.port,
            security: Security::StartTls,
            login,
            connections: 1,
            hello: None,
            ca_file: Some(self.folder.join("etc/cert.pem")),
            timeouts: Timeouts::default(),
        }
    }

    /// Waits for so many letters in the readers' mailbox.
    async fn mailbox(&self, letters: usize) -> Vec<Vec<u8>> {
        self.letters_in("box", letters).await
    }

    async fn letters_in(&self, mailbox: &str, letters: usize) -> Vec<Vec<u8>> {
        let new = self.folder.join("mail").join(mailbox).join("new");
        let deadline = Clock::now() + Duration::from_secs(60);
        loop {
            let files: Vec<_> = fs::read_dir(&new).into_iter().flatten().flatten().collect();
            if files.len() >= letters {
                return files.iter().map(|file| fs::read(file.path()).expect("readable")).collect();
            }
            assert!(Clock::now() < deadline, "{} of {letters} letters came:\n{}", files.len(), self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ended = self.watchdog.wait();
    }
}

/// A shell that waits for its input to end, as it does when we die, and then stops Postfix and removes the folder.
fn watchdog(folder: &Path) -> Child {
    let script = "trap '' HUP INT TERM; cat >/dev/null
        /usr/sbin/postfix -c \"$1/etc\" stop >/dev/null 2>&1; rm -rf \"$1\"";
    Command::new("sh")
        .args(["-c", script, "watchdog"])
        .arg(folder)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a shell")
}

fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The number of the user or group `postfix`.
fn id(which: &str) -> u32 {
    run(Command::new("id").args([which, "postfix"])).1.trim().parse().expect("the user postfix")
}

const MAIN_CF: &str = "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = relay.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = yes
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{ ann@example.net=box/ jörg@example.net=box/ bounces@example.net=bounces/ }
virtual_alias_maps = inline:{ moved@example.net=moved@nowhere.test }
default_transport = error:5.1.1 nobody has that name
recipient_delimiter = +
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = {folder}/etc/cert.pem
smtpd_tls_key_file = {folder}/etc/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = relay.test
cyrus_sasl_config_path = {folder}/etc/sasl
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
message_size_limit = 1000000
";

const MASTER_CF: &str = "127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

const SMTPD_CONF: &str = "pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
";

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn raw(to: &str, body: &str) -> Letter {
    let head =
        format!("From: news@example.org\r\nTo: {to}\r\nSubject: raw\r\nMessage-ID: <1@example.org>\r\n");
    Letter {
        delivery: DeliveryId(1),
        sender: address("news@example.org"),
        recipient: address(to),
        message_id: "1@example.org".to_owned(),
        bytes: format!("{head}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n{body}").into_bytes(),
    }
}

/// A letter from a plate, of the kind that is sent every day.
fn digest(to: &str) -> Letter {
    let mark = Hole::Unsubscribe.mark();
    let news = "Größe, 漢字, שלום &amp; more. ".repeat(900);
    let message = Message {
        subject: "Der Hafen am Morgen: Größe, 漢字 und שלום, und noch ein Wort mehr als in eine Zeile geht"
            .to_owned(),
        language: Language::english(),
        direction: Direction::Ltr,
        html: format!("<!doctype html>\n<p>{news}</p>\n.\n..x\n<a href=\"{mark}\">Leave</a>\n"),
        text: format!(".\n.hidden\nFrom here\n{news}\n{mark}\n"),
    };
    let imprint = Imprint {
        from: Mailbox { name: "Der Häfen".to_owned(), address: address("news@example.org") },
        reply_to: None,
        list_title: "Der Hafen".to_owned(),
        list_id: "harbour.example.org".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).single().expect("an instant"),
        zone: chrono_tz::Asia::Jerusalem,
    };
    let reader = Recipient {
        delivery: DeliveryId(2),
        address: address(to),
        name: "Ann \"the Reader\", esq.".to_owned(),
        return_path: None,
        message_id: "2.abc@example.org".to_owned(),
        unsubscribe: format!("https://example.org/u/{}", "0123456789abcdef".repeat(8)),
        preferences: "https://example.org/p/1".to_owned(),
    };
    Plate::new(&message, &imprint).expect("a plate").letter(&reader).expect("a letter")
}

/// The lines that Postfix puts before a letter, and the rest.
fn own_lines(received: &str) -> (&str, &str) {
    let own = ["Return-Path:", "X-Original-To:", "Delivered-To:", "Received:", "\t", " "];
    let mut end = 0;
    for line in received.split_inclusive('\n') {
        if !own.iter().any(|start| line.starts_with(start)) {
            break;
        }
        end += line.len();
    }
    received.split_at(end)
}

#[tokio::test]
async fn a_real_postfix_stores_every_letter_as_it_was_sent() {
    let Some(postfix) = Postfix::start() else { return };
    let sent = [
        raw("ann@example.net", ".\r\n..\r\n.hidden\r\n...\r\n"),
        raw("ann@example.net", "a\r\n.\r\nQUIT\r\n\r\n.\r\n\r\n"),
        raw("ann@example.net", &format!("{}\r\n.\r\n", "x".repeat(900)).repeat(100)),
        raw("jörg@example.net", "an address in UTF-8\r\n"),
        digest("ann@example.net"),
        digest("jörg@example.net"),
    ];
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    for letter in &sent {
        let reply = connection.send(letter).await;
        assert!(
            reply.accepted() && reply.enhanced.as_deref() == Some("2.0.0"),
            "{reply:?}\n{}",
            postfix.log()
        );
    }
    connection.close().await;
    let received: Vec<String> = postfix
        .mailbox(sent.len())
        .await
        .into_iter()
        .map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
        .collect();
    assert_eq!(received.len(), sent.len());
    for letter in &sent {
        let expected = String::from_utf8(letter.bytes.clone()).expect("UTF-8").replace("\r\n", "\n");
        let found = received.iter().filter(|r| own_lines(r).1 == expected).count();
        assert_eq!(found, 1, "{expected:.300}\nis not among\n{received:.2000?}");
    }
    assert!(
        received
            .iter()
            .all(|r| own_lines(r).0.contains("with ESMTPSA") || own_lines(r).0.contains("with UTF8SMTPSA"))
    );
}

#[tokio::test]
async fn what_a_real_postfix_refuses_is_told_apart_by_its_step() {
    let Some(postfix) = Postfix::start() else { return };
    let reply = Carrier::smtp(postfix.relay(Some("wrong"))).connect().await.expect_err("no connection");
    assert_eq!((reply.step, reply.code, reply.enhanced.as_deref()), (Step::Auth, 535, Some("5.7.8")));
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    let big = "x\r\n".repeat(400_000);
    let refused = Verdict::Delivery(Outcome::Refused);
    for (letter, step, code, enhanced, verdict) in [
        (raw("nobody@example.net", "x\r\n"), Step::Recipient, 550, "5.1.1", refused),
        // It relays nothing for us: that is no reader's fault.
        (raw("ann@example.com", "x\r\n"), Step::Recipient, 554, "5.7.1", Verdict::Relay),
        (raw("ann@example.net", &big), Step::Content, 552, "5.3.4", refused),
    ] {
        let reply = connection.send(&letter).await;
        assert_eq!(
            (reply.step, reply.code, reply.enhanced.as_deref()),
            (step, code, Some(enhanced)),
            "{reply:?}"
        );
        assert_eq!(judge(&reply), verdict);
        assert!(connection.usable());
    }
    assert!(connection.send(&raw("ann@example.net", "x\r\n")).await.accepted());
    assert_eq!(postfix.mailbox(1).await.len(), 1);
}

#[tokio::test]
async fn signatures_verify_behind_a_real_postfix_and_its_bounces_come_to_the_return_path() {
    let Some(postfix) = Postfix::start() else { return };
    let path = ReturnPath::new("bounces+{token}@example.net", &[7; 32]).expect("a pattern");
    let mut connection = Carrier::smtp(postfix.relay(Some(PASSWORD))).connect().await.expect("a connection");
    for to in ["ann@example.net", "moved@example.net"] {
        let mut letter = digest(to);
        letter.sender = path.for_delivery(letter.delivery);
        dkim::signer().sign(&mut letter).expect("signed");
        let reply = connection.send(&letter).await;
        assert!(reply.accepted(), "{reply:?}\n{}", postfix.log());
    }
    connection.close().await;

    let received = String::from_utf8(postfix.mailbox(1).await.remove(0)).expect("ASCII");
    assert!(received.contains(&format!("Return-Path: <{}>", path.for_delivery(DeliveryId(2)))), "{received}");
    let crlf = received.replace('\n', "\r\n").into_bytes();
    if let Some(verdicts) = dkim::verdicts(&dkim::signer().records(), &[("received", crlf)]) {
        assert_eq!(verdicts["received"], [true, true]);
    }

    let bounce = String::from_utf8(postfix.letters_in("bounces", 1).await.remove(0)).expect("ASCII");
    for line in [
        "Original-Envelope-Id: 2.abc",
        "Original-Recipient: rfc822;moved@example.net",
        "Action: failed",
        "Content-Type: text/rfc822-headers",
    ] {
        assert!(bounce.contains(line), "no {line:?} in\n{bounce}");
    }
    let to = bounce.lines().find_map(|line| line.strip_prefix("To: ")).expect("a reader");
    assert_eq!(path.delivery_of(&address(to)), Some(DeliveryId(2)));
}
