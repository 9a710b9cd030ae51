//! Pictures of a letter: Chromium, where it is found, shows it by day and by night, on a desktop and on a phone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::web;

/// The guises: name, width, by night.
const GUISES: [(&str, u32, bool); 4] =
    [("desktop", 680, false), ("desktop-dark", 680, true), ("phone", 360, false), ("phone-dark", 360, true)];
/// What systems call it.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// Higher than this no picture is.
const HIGHEST: u32 = 12_000;

/// Takes the pictures into a folder; tells if there is no Chromium, and returns none.
pub(super) fn take(html: &str, folder: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let Some(chromium) = chromium() else {
        eprintln!("no pictures: Chromium is not here (install it, or name it in CHROMIUM)");
        return Ok(Vec::new());
    };
    let work = tempfile::tempdir().context("the folder for temporary files cannot be written to")?;
    let mut taken = Vec::with_capacity(GUISES.len());
    for (guise, width, dark) in GUISES {
        let page = work.path().join(format!("{guise}.html"));
        std::fs::write(&page, framed(&web::relit_page(html, dark), width))
            .with_context(|| format!("{} cannot be written", page.display()))?;
        let file = std::path::absolute(folder)?.join(format!("{name}-{guise}.png"));
        let height = height(&chromium, work.path(), &page)?;
        let window = format!("--window-size={width},{height}");
        let shot = format!("--screenshot={}", file.display());
        run(&chromium, work.path(), &[&window, &shot], &page)?;
        anyhow::ensure!(file.is_file(), "{} took no picture", chromium.display());
        taken.push(file);
    }
    Ok(taken)
}

/// What `CHROMIUM` names, or the first of those that are on the path.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").filter(|name| !name.is_empty()).map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || {
        let mut all = std::env::split_paths(&folders).flat_map(|folder| NAMES.map(|name| folder.join(name)));
        all.find(|file| file.is_file())
    };
    named.or_else(on_path)
}

/// A page round the letter that knows how high it is; in its frame nothing runs.
fn framed(html: &str, width: u32) -> String {
    let quoted = html.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><style>html,body{{margin:0;overflow:hidden}}\
         iframe{{display:block;width:{width}px;height:100vh;border:0}}</style>\
         <iframe sandbox=\"allow-same-origin\" scrolling=\"no\" srcdoc=\"{quoted}\" \
         onload=\"const d=this.contentDocument;this.style.height='1px';document.body.dataset.height=d.documentElement.scrollHeight;this.style.height=''\">\
         </iframe>"
    )
}

/// How high the letter is, in pixels.
fn height(chromium: &Path, work: &Path, page: &Path) -> anyhow::Result<u32> {
    let told = run(chromium, work, &["--dump-dom", "--window-size=800,800"], page)?;
    let told = told.split("data-height=\"").nth(1).and_then(|rest| rest.split('"').next());
    let height: u32 = told.and_then(|height| height.parse().ok()).unwrap_or(2_000);
    Ok(height.clamp(200, HIGHEST))
}

fn run(chromium: &Path, work: &Path, flags: &[&str], page: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(chromium);
    command.args(["--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync"]);
    command.args(["--disable-background-networking", "--virtual-time-budget=8000"]);
    command.arg(format!("--user-data-dir={}", work.join("profile").display()));
    if is_root() {
        // It refuses to be root with its own sandbox; the letter's frame runs nothing anyway.
        command.arg("--no-sandbox");
    }
    let url =
        url::Url::from_file_path(page).map_err(|()| anyhow::anyhow!("{} is no path", page.display()))?;
    let output = command
        .args(flags)
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be started", chromium.display()))?;
    anyhow::ensure!(output.status.success(), "{} ended with {}", chromium.display(), output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// True for the superuser of a Unix system.
fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}
