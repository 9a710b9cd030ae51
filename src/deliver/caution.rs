//! Caution: how many letters a new sender gives out in a day, and when a run of refusals is the end of the run.

use chrono::NaiveDate;

/// A daily cap that grows (MAIL-RULES S10): receivers distrust a sender that is suddenly there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUp {
    /// Letters on the first day; 0 counts as 1.
    pub start: u32,
    /// By how much a day's cap is larger than that of the day before: 1.5 for half as much again. Less than 1
    /// counts as 1.
    pub growth: f64,
    /// The first day.
    pub since: NaiveDate,
}

/// From here on a cap is none.
const ENOUGH: f64 = 10_000_000.0;
/// A plan is no longer than this, ten years.
const LONGEST_PLAN: usize = 3_650;

impl WarmUp {
    /// Returns how many letters may go on that day, which is the first day's cap before it, and `None` once it would
    /// be more than ten million.
    #[must_use]
    pub fn cap(&self, day: NaiveDate) -> Option<u64> {
        let days = (day - self.since).num_days().max(0);
        let growth = if self.growth >= 1.0 { self.growth } else { 1.0 };
        let cap = f64::from(self.start.max(1)) * growth.powf(days as f64);
        (cap <= ENOUGH).then_some(cap as u64)
    }

    /// Returns on which days so many letters go, beginning with `from`; whatever ten years do not suffice for stands
    /// on the last day.
    #[must_use]
    pub fn plan(&self, letters: u64, from: NaiveDate) -> Vec<(NaiveDate, u64)> {
        let (mut left, mut day, mut plan) = (letters, from, Vec::new());
        while left > 0 {
            let next = day.succ_opt().filter(|_| plan.len() + 1 < LONGEST_PLAN);
            let cap = self.cap(day).filter(|_| next.is_some()).unwrap_or(left).min(left);
            plan.push((day, cap));
            left -= cap;
            day = next.unwrap_or(day);
        }
        plan
    }
}

/// When refusals are the sender's fault and not the readers' (MAIL-RULES B9).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    /// The share of refusals that is still borne: 0.05 for 5 %.
    pub rate: f64,
    /// Fewer letters than this say nothing.
    pub after: u64,
}

impl Breaker {
    /// True if more than the share was refused, of the letters that were taken and those that were refused.
    #[must_use]
    pub fn tripped(&self, sent: u64, refused: u64) -> bool {
        let all = sent.saturating_add(refused);
        all >= self.after && refused as f64 > self.rate * all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::Days::new(n)
    }

    fn warm_up(start: u32, growth: f64) -> WarmUp {
        WarmUp { start, growth, since: day(0) }
    }

    #[test]
    fn a_cap_grows_by_half_each_day_and_is_none_when_nobody_needs_it() {
        let usual = warm_up(50, 1.5);
        for (on, cap) in
            [(0, Some(50)), (1, Some(75)), (2, Some(112)), (7, Some(854)), (30, Some(9_587_552)), (31, None)]
        {
            assert_eq!(usual.cap(day(on)), cap, "day {on}");
        }
        assert_eq!(usual.cap(NaiveDate::MIN), Some(50));
        assert_eq!(usual.cap(NaiveDate::MAX), None);
        assert_eq!(warm_up(0, f64::NAN).cap(day(900)), Some(1));
        assert_eq!(warm_up(10, 0.5).cap(day(9)), Some(10));
    }

    #[test]
    fn a_plan_spends_each_days_cap_and_holds_every_letter() {
        let plan = warm_up(100, 2.0).plan(1_000, day(0));
        assert_eq!(plan, [(day(0), 100), (day(1), 200), (day(2), 400), (day(3), 300)]);
        assert_eq!(warm_up(100, 2.0).plan(1_000, day(40)), [(day(40), 1_000)]);
        assert!(warm_up(100, 2.0).plan(0, day(0)).is_empty());
        let endless = warm_up(1, 1.0).plan(u64::MAX, day(0));
        assert_eq!((endless.len(), endless.iter().map(|(_, n)| n).sum()), (LONGEST_PLAN, u64::MAX));
        assert_eq!(warm_up(1, 1.0).plan(9, NaiveDate::MAX), [(NaiveDate::MAX, 9)]);
    }

    #[test]
    fn a_breaker_trips_above_its_share_and_not_on_a_handful() {
        let breaker = Breaker { rate: 0.05, after: 100 };
        for (sent, refused, tripped) in [
            (0, 0, false),
            (0, 99, false),
            (0, 100, true),
            (95, 5, false),
            (94, 6, true),
            (9_500, 500, false),
            (9_499, 501, true),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(breaker.tripped(sent, refused), tripped, "{sent} {refused}");
        }
        assert!(!Breaker { rate: 0.0, after: 0 }.tripped(0, 0));
        assert!(Breaker { rate: 0.0, after: 0 }.tripped(0, 1));
    }
}
