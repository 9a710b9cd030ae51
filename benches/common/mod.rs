//! What the whole-command benches share: a folder, readers, a stopwatch that also watches memory.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How one run of a command went.
pub(crate) struct Run {
    /// Wall time from start to exit.
    pub(crate) took: Duration,
    /// The largest resident size that was seen, in megabytes (10^6 bytes).
    pub(crate) peak_mb: f64,
}

/// Runs a command to its end, which must be good; its output is swallowed, but for the complaints of one that fails.
pub(crate) fn run(command: &mut Command) -> Run {
    let mut complaints = tempfile::tempfile().expect("a file");
    let stderr = complaints.try_clone().expect("a second handle");
    let started = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).spawn().expect("starts");
    let status_file = PathBuf::from(format!("/proc/{}/status", child.id()));
    let ended = AtomicBool::new(false);
    let (status, took, peak_mb) = std::thread::scope(|threads| {
        // The kernel keeps the high water, but only for as long as the process lives.
        let watch = threads.spawn(|| {
            let mut peak_mb: f64 = 0.0;
            while !ended.load(Ordering::Acquire) {
                peak_mb = peak_mb.max(high_water(&status_file));
                std::thread::sleep(Duration::from_millis(25));
            }
            peak_mb
        });
        let status = child.wait().expect("waits");
        let took = started.elapsed();
        ended.store(true, Ordering::Release);
        (status, took, watch.join().expect("watches"))
    });
    if !status.success() {
        let mut text = String::new();
        complaints.rewind().and_then(|()| complaints.read_to_string(&mut text)).expect("reads");
        panic!("{command:?} ended with {status}:\n{text}");
    }
    Run { took, peak_mb }
}

fn high_water(status: &Path) -> f64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0 / 1e6
}

/// The release program in a folder, with nothing of this environment.
pub(crate) fn pressrun(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pressrun"));
    command.args(args).current_dir(folder).env_clear();
    command
}

/// A CSV file with so many readers.
pub(crate) fn readers(file: &Path, n: usize) {
    use std::io::Write as _;
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).expect("a file"));
    writeln!(out, "email,name").expect("writes");
    for i in 0..n {
        writeln!(out, "reader{i:07}@mail{}.example,Reader Number {i}", i % 97).expect("writes");
    }
}
