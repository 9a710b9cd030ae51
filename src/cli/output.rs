//! How results and progress look: tables and JSON to standard output, progress to standard error.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, WeakProgressBar};

use crate::model::Instant;

/// The pause between two lines of progress where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Prints rows under a heading; nothing but a sentence when there are none.
pub(super) fn table(heading: &[&str], rows: Vec<Vec<String>>, none: &str) -> anyhow::Result<()> {
    if rows.is_empty() {
        eprintln!("{none}");
        return Ok(());
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(heading);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        say(line.trim_end())?;
    }
    Ok(())
}

/// Prints one line to standard output; a reader that closed the pipe has seen enough.
pub(super) fn say(line: &str) -> anyhow::Result<()> {
    print(&format!("{line}\n"))
}

/// Prints text as it is to standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are to standard output.
pub(super) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        end => Ok(end?),
    }
}

/// Prints a value as indented JSON.
pub(super) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?)
}

/// Prints a value as one line of JSON.
pub(super) fn json_line(value: &impl serde::Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string(value)?)
}

/// An instant as people read it in tables.
pub(super) fn instant(at: Option<Instant>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string())
}

/// A bar on a terminal, a plain line now and then elsewhere.
pub(super) fn progress(what: &'static str, total: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        tell_now_and_then(what, bar.downgrade());
        return bar;
    }
    let template = if total.is_some() {
        "{msg:11} {bar:32.cyan/dim} {human_pos}/{human_len}  {rate}  {eta} left"
    } else {
        "{msg:11} {spinner} {human_pos}  {rate}"
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Where it cannot be written there is no bar.
        let _ = write!(out, "{:.1}/s", state.per_sec());
    };
    bar.with_style(style.with_key("rate", rate).progress_chars("━╸─")).with_message(what)
}

/// Prints how far a bar has come every few seconds, until it is finished or dropped.
fn tell_now_and_then(what: &'static str, bar: WeakProgressBar) {
    // A thread of its own, because an import reads its file without ever yielding to the runtime.
    std::thread::spawn(move || {
        let mut told = (u64::MAX, 0);
        loop {
            std::thread::sleep(BETWEEN_LINES);
            let Some(bar) = bar.upgrade().filter(|bar| !bar.is_finished()) else { return };
            // What stands still is told once a minute.
            if told.0 == bar.position() && told.1 < 12 {
                told.1 += 1;
                continue;
            }
            told = (bar.position(), 1);
            eprintln!("{}", how_far(what, bar.position(), bar.length()));
        }
    });
}

/// "delivering 240,000 of 1,000,000 (24 %)", or "bytes read 240,000 …" where the end is not known.
fn how_far(what: &str, position: u64, total: Option<u64>) -> String {
    let at = HumanCount(position);
    match total {
        Some(total) if total > 0 => {
            format!("{what} {at} of {} ({} %)", HumanCount(total), position.saturating_mul(100) / total)
        }
        Some(_) | None => format!("{what} {at} …"),
    }
}

/// "40 seconds", "15 minutes", "2 hours", "3 days": a length of time in the largest unit of which there are two.
pub(super) fn span(length: Duration) -> String {
    const UNITS: [(u64, &str, &str); 4] = [
        (86_400, "day", "days"),
        (3_600, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ];
    let seconds = length.as_secs();
    let exact = |unit: u64| seconds == unit;
    let (unit, one, many) =
        UNITS.into_iter().find(|(unit, ..)| seconds >= 2 * unit || exact(*unit)).unwrap_or(UNITS[3]);
    count((seconds + unit / 2) / unit, one, many)
}

/// "1 letter", "2 letters".
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_words() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (90, "90 seconds"),
            (900, "15 minutes"),
            (3_600, "1 hour"),
            (6_840, "114 minutes"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (172_000, "48 hours"),
            (260_000, "3 days"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), words, "{seconds}");
        }
    }

    #[test]
    fn a_line_of_progress_says_how_far_it_is() {
        assert_eq!(how_far("delivering", 240_000, Some(1_000_000)), "delivering 240,000 of 1,000,000 (24 %)");
        assert_eq!(how_far("bytes read", 240_000, None), "bytes read 240,000 …");
        assert_eq!(how_far("collecting", 0, Some(0)), "collecting 0 …");
    }
}
