//! A headless Chromium that tests look at pages with, driven by `tests/conformance/browser.mjs`.
//!
//! ```ignore
//! let Some(browser) = Browser::start() else { return };
//! let mut tab = browser.tab(&Screen::phone()).await;
//! tab.open(&url).await;
//! tab.reach("Unsubscribe").await; // by the keyboard alone
//! tab.enter().await;
//! assert!(tab.text().await.contains("You have left"));
//! tab.assert_sound().await; // axe in light and dark, no scrolling sideways, nothing that acts by itself
//! ```

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader as Lines};
use tokio::net::TcpStream;

use crate::parts;

/// A running Chromium; it ends with this.
pub(crate) struct Browser {
    child: Child,
    /// It ends when this is closed.
    _stdin: Option<ChildStdin>,
    port: u16,
}

/// What somebody looks at pages with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// In pixels.
    pub(crate) width: u32,
    pub(crate) dark: bool,
    /// Whether scripts run.
    pub(crate) script: bool,
    /// What the browser asks for.
    pub(crate) language: &'static str,
}

impl Screen {
    /// A desk, by day.
    pub(crate) const fn desktop() -> Self {
        Self { width: 1_100, dark: false, script: true, language: "en" }
    }

    /// The narrowest of phones, by night, without scripts.
    pub(crate) const fn phone() -> Self {
        Self { width: 320, dark: true, script: false, language: "en" }
    }

    pub(crate) const fn speaking(self, language: &'static str) -> Self {
        Self { language, ..self }
    }
}

/// A page in a browser that shares nothing with others.
pub(crate) struct Tab(Lines<TcpStream>);

impl Browser {
    /// Starts one; `None` if the tests are to do without.
    pub(crate) fn start() -> Option<Self> {
        if parts::absent("chromium") || parts::absent("node") {
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = root.join("target/conformance/node_modules");
        assert!(
            modules.join("playwright-core").is_dir(),
            "playwright-core is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=node"
        );
        let mut command = Command::new("node");
        command.arg(root.join("tests/conformance/browser.mjs")).arg(modules).arg(chromium());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
        let mut told = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
        let port = told.trim().parse().expect("Chromium starts, and the driver tells its port");
        Some(Self { _stdin: child.stdin.take(), child, port })
    }

    /// Opens a browser with this screen.
    pub(crate) async fn tab(&self, screen: &Screen) -> Tab {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let mut tab = Tab(Lines::new(stream));
        let Screen { width, dark, script, language } = screen;
        tab.ask(json!({ "width": width, "dark": dark, "script": script, "language": language })).await;
        tab
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self._stdin.take());
        // It closes Chromium before it ends.
        let _ = self.child.wait();
    }
}

/// The program: what `CHROMIUM` names, or the first of those that systems call it.
fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&folders).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|program| folder.join(program))
    });
    named.or_else(|| found.find(|program| program.is_file())).expect(
        "chromium is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=chromium",
    )
}

impl Tab {
    async fn ask(&mut self, wish: Value) -> Value {
        self.0.write_all(format!("{wish}\n").as_bytes()).await.unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        let mut answer: Value = serde_json::from_str(&line).expect("the driver answers");
        assert!(answer["error"].is_null(), "{wish}: {}", answer["error"]);
        answer["ok"].take()
    }

    async fn lines(&mut self, what: &str) -> Vec<String> {
        serde_json::from_value(self.ask(json!({ "do": what })).await).unwrap()
    }

    /// Opens a page; returns its status.
    pub(crate) async fn open(&mut self, url: &str) -> u64 {
        self.ask(json!({ "do": "open", "url": url })).await.as_u64().unwrap()
    }

    /// Presses a key, such as `Space`, `ArrowDown` or `Shift+Tab`.
    pub(crate) async fn press(&mut self, key: &str) {
        self.ask(json!({ "do": "press", "key": key })).await;
    }

    /// Types a text where the keyboard is.
    pub(crate) async fn type_in(&mut self, text: &str) {
        self.ask(json!({ "do": "type", "text": text })).await;
    }

    /// Presses Tab until the keyboard is at what is called so; fails if it never comes there, or nobody could see it.
    pub(crate) async fn reach(&mut self, name: &str) {
        self.ask(json!({ "do": "reach", "name": name })).await;
    }

    /// Presses Enter and waits for the page that comes of it; returns its status.
    pub(crate) async fn enter(&mut self) -> u64 {
        self.ask(json!({ "do": "enter" })).await.as_u64().unwrap()
    }

    /// What can be read.
    pub(crate) async fn text(&mut self) -> String {
        self.ask(json!({ "do": "text" })).await.as_str().unwrap().to_owned()
    }

    /// What was asked for since the tab was opened, as `GET http://…`.
    pub(crate) async fn asked(&mut self) -> Vec<String> {
        self.lines("asked").await
    }

    /// Fails if axe finds anything, by day or by night, if the page scrolls sideways at 1100, 360 or 320 pixels, or if
    /// anything in it could act by itself. Needs a screen with scripts: axe is one.
    pub(crate) async fn assert_sound(&mut self) {
        assert_eq!(self.lines("flaws").await, [""; 0]);
        self.assert_passive().await;
    }

    /// Fails if anything in the page could act by itself.
    pub(crate) async fn assert_passive(&mut self) {
        assert_eq!(self.lines("active").await, [""; 0]);
    }

    /// Clicks what a selector finds.
    pub(crate) async fn click(&mut self, selector: &str) {
        self.ask(json!({ "do": "click", "selector": selector })).await;
    }

    /// Writes into a field.
    pub(crate) async fn fill(&mut self, selector: &str, text: &str) {
        self.ask(json!({ "do": "fill", "selector": selector, "text": text })).await;
    }

    /// Chooses an option by its value.
    pub(crate) async fn choose(&mut self, selector: &str, value: &str) {
        self.ask(json!({ "do": "choose", "selector": selector, "value": value })).await;
    }

    /// Makes the window so large.
    pub(crate) async fn resize(&mut self, width: u32, height: u32) {
        self.ask(json!({ "do": "size", "width": width, "height": height })).await;
    }

    /// Runs an expression in the page.
    pub(crate) async fn eval(&mut self, script: &str) -> Value {
        self.ask(json!({ "do": "eval", "script": script })).await
    }

    /// Waits until an expression is true in the page, and returns what it is.
    pub(crate) async fn until(&mut self, script: &str) -> Value {
        self.ask(json!({ "do": "until", "script": script })).await
    }

    /// Fails if axe finds a violation by day or by night, or if the page scrolls sideways as it is.
    pub(crate) async fn assert_accessible(&mut self) {
        assert_eq!(self.lines("violations").await, [""; 0]);
    }

    /// Keeps a picture of the whole page in the folder that `PRESSRUN_TEST_SHOTS` names, if it names one.
    pub(crate) async fn shot(&mut self, name: &str) {
        if let Some(folder) = std::env::var_os("PRESSRUN_TEST_SHOTS") {
            let file = Path::new(&folder).join(format!("{name}.png"));
            self.ask(json!({ "do": "shot", "file": file })).await;
        }
    }
}
