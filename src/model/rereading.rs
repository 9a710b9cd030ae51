//! Reading again: when the page of a young article is asked for once more, as a pure rule.
//!
//! What is corrected is corrected soon: the pauses double, and after a day and a bit nobody asks any more.

use chrono::TimeDelta;

use super::Instant;

/// The pause after the first reading.
const FIRST: TimeDelta = TimeDelta::hours(1);
/// A page is asked for so often in all.
const MOST: u32 = 6;
/// What was published longer ago is left as it is.
const YOUNG: TimeDelta = TimeDelta::days(2);

/// Returns when a page that was read `times` times, last at `now`, is read again; `None` for never: it was read often
/// enough, or what it tells, published at `date`, is old by then.
#[must_use]
pub fn read_again(times: u32, date: Instant, now: Instant) -> Option<Instant> {
    let doublings = times.saturating_sub(1);
    let pause = FIRST * i32::try_from(1_u32.checked_shl(doublings).filter(|_| times < MOST)?).ok()?;
    // What is dated ahead is as young as it can be.
    let young = |at: &Instant| *at - date.min(now) <= YOUNG;
    Some(now + pause).filter(young)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_page_is_read_again_at_pauses_that_double_and_then_never() {
        let begin = Instant::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut hours = Vec::new();
        let mut at = begin;
        for times in 1.. {
            let Some(next) = read_again(times, begin, at) else { break };
            hours.push((next - at).num_hours());
            at = next;
        }
        assert_eq!(hours, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn what_is_old_is_left_as_it_is() {
        let now = Instant::UNIX_EPOCH + TimeDelta::days(20_000);
        let hours = |hours: i64| now - TimeDelta::hours(hours);
        assert_eq!(read_again(1, hours(47), now), Some(now + TimeDelta::hours(1)));
        assert_eq!(read_again(2, hours(47), now), None);
        assert_eq!(read_again(1, hours(-90), now), Some(now + TimeDelta::hours(1)), "dated ahead");
        for times in [0, 6, 32, 33, u32::MAX] {
            assert_eq!(read_again(times, now, now).is_some(), times == 0, "{times}");
        }
    }
}
