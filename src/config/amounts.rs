//! Amounts: lengths of time ("90s", "1h 30m", "7d") and sizes ("90 KB", "10 MB").

use std::time::Duration;

const SPANS: [(&str, u64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
const SIZES: [(&str, usize); 7] = [
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];
const LONGEST: u64 = 3_650 * 86_400;
const LARGEST: usize = 1_000_000_000;

/// Parses numbers with the units s, m, h, d, w, largest first or not; from one second to ten years.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (_, unit) = SPANS.iter().find(|(name, _)| *name == &rest[..letters])?;
        seconds = seconds.checked_add(number.checked_mul(*unit)?)?;
        rest = rest[letters..].trim_start();
    }
    (1..=LONGEST).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// Writes a duration with the units d, h, m, s as `duration` reads it.
pub(super) fn duration_text(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut parts = Vec::new();
    for (name, unit) in SPANS.iter().filter(|(name, _)| *name != "w") {
        if seconds >= *unit {
            parts.push(format!("{}{name}", seconds / unit));
            seconds %= unit;
        }
    }
    parts.join(" ")
}

/// Parses a whole number of B, KB, MB, GB (thousands) or KiB, MiB, GiB (1024s); from 1,000 bytes to 1 GB.
pub(super) fn size(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: usize = text[..digits].parse().ok()?;
    let (_, unit) = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text[digits..].trim()))?;
    number.checked_mul(*unit).filter(|bytes| (1_000..=LARGEST).contains(bytes))
}

/// Writes a size in the largest unit that divides it, as `size` reads it.
pub(super) fn size_text(bytes: usize) -> String {
    let (name, unit) = SIZES.iter().find(|(_, unit)| bytes.is_multiple_of(*unit)).unwrap_or(&("B", 1));
    format!("{} {name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written_back() {
        for (text, seconds, again) in
            [("30s", 30, "30s"), ("90m", 5_400, "1h 30m"), ("1h 30m", 5_400, "1h 30m"), ("1w", 604_800, "7d")]
        {
            let read = duration(text).expect(text);
            assert_eq!((read.as_secs(), duration_text(read).as_str()), (seconds, again), "{text}");
        }
        for no in ["", "0s", "5", "s", "5 minutes", "-5m", "1.5h", "99999999999999999999d", "4000d", "5µ"] {
            assert_eq!(duration(no), None, "{no:?}");
        }
    }

    #[test]
    fn sizes_are_read_and_written_back() {
        for (text, bytes, again) in
            [("90 KB", 90_000, "90 KB"), ("10mb", 10_000_000, "10 MB"), ("100 KiB", 102_400, "100 KiB")]
        {
            assert_eq!(size(text), Some(bytes), "{text}");
            assert_eq!(size_text(bytes), again);
        }
        for no in ["", "90", "KB", "0 KB", "999 B", "2 GB", "1.5 MB", "99999999999999999999 KB", "1 kb é"] {
            assert_eq!(size(no), None, "{no:?}");
        }
    }
}
