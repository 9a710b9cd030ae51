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
/// The pause after the first failure, and the longest one.
const TROUBLE: (TimeDelta, TimeDelta) = (TimeDelta::minutes(15), TimeDelta::days(1));
/// A page that cannot be had is asked for so often: for a week and a bit.
const MOST_TRIES: u32 = 14;

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

/// Returns when a page is asked for again that could not be had `times` times, last at `now`: at pauses that double up to
/// a day; `None` for never.
#[must_use]
pub fn try_again(times: u32, now: Instant) -> Option<Instant> {
    let doubled = 1_i32.checked_shl(times.saturating_sub(1)).filter(|_| times < MOST_TRIES)?;
    Some(now + (TROUBLE.0 * doubled).min(TROUBLE.1))
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
    fn a_page_that_cannot_be_had_is_asked_for_again_for_days() {
        let begin = Instant::UNIX_EPOCH + TimeDelta::days(20_000);
        let tries = (1..).map_while(|times| try_again(times, begin)).map(|at| (at - begin).num_minutes());
        let minutes: Vec<i64> = tries.collect();
        assert_eq!(minutes[..8], [15, 30, 60, 120, 240, 480, 960, 1_440]);
        assert!(minutes.is_sorted() && minutes.iter().sum::<i64>() > 7 * 1_440, "{minutes:?}");
        assert_eq!(try_again(u32::MAX, begin), None);
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
