//! rss2email of the requirements file, installed under target/peers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::run;
use crate::server::Server;

/// Installs rss2email and returns its program.
pub(crate) fn install() -> Result<PathBuf, String> {
    if !Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .output()
        .is_ok_and(|o| o.status.success())
    {
        return Err("python3 with venv is not here, so no rss2email: install Python with venv".to_owned());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = root.join("target/peers/rss2email/venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let wanted = root.join("benches/peers/rss2email/requirements.txt");
    run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "--requirement"]).arg(wanted));
    Ok(venv.join("bin/r2e"))
}

/// Feeds a second of the first run and of the second, in which all are unchanged.
pub(crate) fn both_runs(program: &Path, server: &Server, feeds: usize) -> [f64; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    // HTML as it came costs it less than the text that it would make of it.
    let mut config = "[DEFAULT]\nto = reader@tide.example\nhtml-mail = True\n".to_owned();
    for n in 0..feeds {
        config.push_str(&format!("[feed.s{n}]\nurl = {}\n", server.url(n)));
    }
    std::fs::write(folder.path().join("r2e.cfg"), config).expect("a file");
    let rates = [(); 2].map(|()| {
        let start = seconds(program, folder.path(), &["list"]);
        let whole = seconds(program, folder.path(), &["run", "--no-send"]);
        feeds as f64 / (whole - start)
    });
    assert_eq!(server.unchanged(), feeds, "the second run, and not the first");
    rates
}

fn seconds(program: &Path, folder: &Path, args: &[&str]) -> f64 {
    let mut command = Command::new(program);
    command.args(["-c", "r2e.cfg", "-d", "r2e.json"]).args(args).current_dir(folder).env("HOME", folder);
    run(&mut command).took.as_secs_f64()
}
