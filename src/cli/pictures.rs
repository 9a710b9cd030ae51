//! Pictures of a letter: Chromium, where it is found, shows it by day and by night, on a desktop and on a phone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::web;

/// How a letter is seen.
struct Guise {
    name: &'static str,
    /// In pixels.
    width: u32,
    dark: bool,
    /// What its client leaves away, as a content security policy.
    without: &'static str,
    mirrored: bool,
}

const fn guise(name: &'static str, width: u32, dark: bool) -> Guise {
    Guise { name, width, dark, without: "", mirrored: false }
}

const GUISES: [Guise; 9] = [
    guise("desktop", 680, false),
    guise("desktop-dark", 680, true),
    guise("phone", 360, false),
    guise("phone-dark", 360, true),
    guise("small", 320, false),
    guise("small-dark", 320, true),
    Guise { without: "img-src 'none'", ..guise("pictures-off", 680, false) },
    Guise { without: "style-src-elem 'none'", ..guise("stripped", 360, false) },
    Guise { mirrored: true, ..guise("right-to-left", 680, false) },
];
/// What systems call it.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// Higher than this no picture is.
const HIGHEST: u32 = 12_000;

/// Takes the pictures into a folder, the last one of the `mirrored` letter if there is one; tells if there is no Chromium, and
/// returns none.
pub(super) fn take(
    html: &str,
    mirrored: Option<&str>,
    folder: &Path,
    name: &str,
) -> anyhow::Result<Vec<PathBuf>> {
    let Some(chromium) = chromium() else {
        eprintln!("no pictures: Chromium is not here (install it, or name it in CHROMIUM)");
        return Ok(Vec::new());
    };
    let work = tempfile::tempdir().context("the folder for temporary files cannot be written to")?;
    let mut pages = Vec::with_capacity(GUISES.len());
    for guise in GUISES {
        let Some(html) = (if guise.mirrored { mirrored } else { Some(html) }) else { continue };
        let framed = framed(&without(&web::relit_page(html, guise.dark), guise.without), guise.width);
        pages.push((guise, framed));
    }
    let put = |name: &str, page: &str| {
        let file = work.path().join(format!("{name}.html"));
        std::fs::write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
        anyhow::Ok(file)
    };
    let all: String = pages.iter().map(|(_, framed)| framed.as_str()).collect();
    let heights = heights(&chromium, work.path(), &put("all", &all)?)?;
    let mut taken = Vec::with_capacity(pages.len());
    for ((guise, framed), height) in pages.iter().zip(heights) {
        let file = folder.join(format!("{name}-{}.png", guise.name));
        let whole = std::path::absolute(&file)?;
        let window = format!("--window-size={},{height}", guise.width);
        let shot = format!("--screenshot={}", whole.display());
        let style = "<style>iframe{height:100vh !important}</style>";
        run(&chromium, work.path(), &[&window, &shot], &put(guise.name, &format!("{framed}{style}"))?)?;
        anyhow::ensure!(whole.is_file(), "{} took no picture", chromium.display());
        taken.push(file);
    }
    Ok(taken)
}

/// The letter where a client leaves something away.
fn without(html: &str, policy: &str) -> String {
    if policy.is_empty() {
        return html.to_owned();
    }
    let head = html.find("<head").and_then(|at| Some(at + html[at..].find('>')? + 1)).unwrap_or_default();
    let (before, behind) = html.split_at(head);
    format!("{before}<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{behind}")
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
         iframe{{display:block;border:0}}</style>\
         <iframe sandbox=\"allow-same-origin\" scrolling=\"no\" style=\"width:{width}px;height:1px\" srcdoc=\"{quoted}\" \
         onload=\"this.dataset.height=this.contentDocument.documentElement.scrollHeight\"></iframe>"
    )
}

/// How high the letters of a page are, in pixels.
fn heights(chromium: &Path, work: &Path, page: &Path) -> anyhow::Result<Vec<u32>> {
    let told = run(chromium, work, &["--dump-dom", "--window-size=800,800"], page)?;
    let told = told.split("data-height=\"").skip(1).map(|rest| rest.split('"').next()?.parse().ok());
    Ok(told.map(|height: Option<u32>| height.unwrap_or(2_000).clamp(200, HIGHEST)).collect())
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
