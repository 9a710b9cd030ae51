//! A Postfix of our own on loopback, as Debian has it: STARTTLS, passwords, mailboxes.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Clock};

use pressrun::deliver::{Login, Relay, Security, Timeouts};

use crate::parts;

pub(crate) const PASSWORD: &str = "correct horse";
/// `nobody`: Postfix delivers to mailboxes of ordinary users only.
const MAILBOX_OWNER: u32 = 65_534;

/// A Postfix of our own; it and its folder are gone when this is, or when the test process is, however it dies.
pub(crate) struct Postfix {
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    watchdog: Child,
}

impl Postfix {
    /// Starts one, or returns `None` where the environment says that there is none.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("", &[])
    }

    /// Starts one with further files below `etc`, and with settings that hold instead of the usual ones; `{folder}` in
    /// them is its folder.
    pub(crate) fn start_with(settings: &str, files: &[(&str, String)]) -> Option<Self> {
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
        postfix.lay_out(settings);
        for (name, text) in files {
            postfix.write(&format!("etc/{name}"), text);
        }
        let started =
            run(Command::new("/usr/sbin/postfix").arg("-c").arg(postfix.folder.join("etc")).arg("start"));
        assert!(started.0, "postfix does not start (it has to be root): {}\n{}", started.1, postfix.log());
        Some(postfix)
    }

    fn lay_out(&self, settings: &str) {
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
        let named = |line: &str| line.split(" =").next().unwrap_or_default().to_owned();
        let instead: Vec<String> = settings.lines().map(named).collect();
        let usual = MAIN_CF.lines().filter(|line| !instead.contains(&named(line)));
        let main: Vec<&str> = usual.chain(settings.lines()).collect();
        let folder = self.folder.display().to_string();
        self.write("etc/main.cf", &format!("{}\n", main.join("\n").replace("{folder}", &folder)));
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

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("maillog")).unwrap_or_default()
    }

    pub(crate) fn relay(&self, password: Option<&str>) -> Relay {
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
    pub(crate) async fn mailbox(&self, letters: usize) -> Vec<Vec<u8>> {
        self.letters_in("box", letters).await
    }

    pub(crate) async fn letters_in(&self, mailbox: &str, letters: usize) -> Vec<Vec<u8>> {
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
