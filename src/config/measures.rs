//! Measures: rates, shares, growth and days.

use chrono::NaiveDate;

use super::reader::Scalar;

/// Parses a number as people write one, from above `least` to `most`.
fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    text.trim().parse().ok().filter(|n| *n > least && *n <= most).ok_or_else(String::new)
}

/// Letters per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(pub f64);

impl Scalar for Rate {
    const EXPECTED: &'static str = "a number above 0 and up to 100000 such as 5 or 0.5, without quotes";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        number(text, 0.0, 100_000.0).map(Self)
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// How many times as much as the day before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth(pub f64);

impl Scalar for Growth {
    const EXPECTED: &'static str =
        "a number above 1 and up to 10, without quotes, such as 1.5 for half as much again each day";
    const QUOTED: bool = false;
    fn parse(text: &str) -> Result<Self, String> {
        number(text, 1.0, 10.0).map(Self)
    }
    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A share, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub f64);

impl Share {
    /// Returns the share of one: 0.05 for 5 %.
    #[must_use]
    pub fn of_one(self) -> f64 {
        self.0 / 100.0
    }
}

impl Scalar for Share {
    const EXPECTED: &'static str = "a share such as \"5%\" or \"0.5%\", in quotes, above 0% and up to 100%";
    fn parse(text: &str) -> Result<Self, String> {
        number(text.trim().strip_suffix('%').unwrap_or_default(), 0.0, 100.0).map(Self)
    }
    fn text(&self) -> String {
        format!("{}%", self.0)
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl Scalar for Day {
    const EXPECTED: &'static str = "a day in quotes such as \"2026-03-31\"";
    fn parse(text: &str) -> Result<Self, String> {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| String::new())?;
        super::shapes::keep(text.trim().len() == 10).map(|()| Self(day))
    }
    fn text(&self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_growth_and_shares_are_numbers_within_reason_and_are_written_back() {
        for (text, again) in [("5", "5"), ("0.5", "0.5"), (" 2.50 ", "2.5"), ("100000", "100000")] {
            assert_eq!(Rate::parse(text).expect(text).text(), again);
        }
        for no in ["", "0", "0.0", "-1", "nan", "inf", "1e9", "5/s", "5,5"] {
            assert!(Rate::parse(no).is_err(), "{no:?}");
        }
        assert_eq!(Growth::parse("1.5").map(|g| g.text()).as_deref(), Ok("1.5"));
        assert!(Growth::parse("1").is_err() && Growth::parse("11").is_err());
        for (text, again, of_one) in [("5%", "5%", 0.05), ("0.5 %", "0.5%", 0.005), ("100%", "100%", 1.0)] {
            let share = Share::parse(text).expect(text);
            assert_eq!((share.text().as_str(), share.of_one()), (again, of_one));
        }
        for no in ["", "5", "%", "0%", "101%", "-5%", "5%%", "nan%"] {
            assert!(Share::parse(no).is_err(), "{no:?}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(Day::parse("2028-02-29").map(|day| day.text()).as_deref(), Ok("2028-02-29"));
        for no in ["", "2026-02-29", "2026-3-1", "29.02.2028", "2026-03-31T00:00:00Z", "+12026-03-31"] {
            assert!(Day::parse(no).is_err(), "{no:?}");
        }
    }
}
