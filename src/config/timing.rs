//! Timing: schedules, the zones whose clocks they are read from, and days without an edition.

use chrono_tz::Tz;

use super::reader::Scalar;
use crate::model::{QuietDay, Schedule};

/// Whose clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// One for all.
    Fixed(Tz),
    /// Each reader's own.
    Subscriber,
}

/// The word for each reader's own zone.
const SUBSCRIBER: &str = "subscriber";

impl Scalar for Zone {
    const EXPECTED: &'static str = <Tz as Scalar>::EXPECTED;
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == SUBSCRIBER {
            return Ok(Self::Subscriber);
        }
        <Tz as Scalar>::parse(text).map(Self::Fixed).map_err(|says| match says.split_once("; ") {
            Some((expected, instead)) => format!("{expected}, or \"{SUBSCRIBER}\"; {instead}"),
            None => format!("{says}, or \"{SUBSCRIBER}\" for each reader's own"),
        })
    }
    fn text(&self) -> String {
        match self {
            Self::Fixed(zone) => zone.name().to_owned(),
            Self::Subscriber => SUBSCRIBER.to_owned(),
        }
    }
}

impl Scalar for Schedule {
    const EXPECTED: &'static str = "a schedule such as \"daily at 07:00\" or \"0 7 * * *\"";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| format!("{}: {error}", <Self as Scalar>::EXPECTED))
    }
    fn text(&self) -> String {
        self.text().to_owned()
    }
}

impl Scalar for QuietDay {
    const EXPECTED: &'static str =
        "a day such as \"sunday\", \"12-25\" for each 25 December, or \"2026-12-25\" for that one";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(String::new)
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_one_of_the_world_or_the_subscribers_own() {
        assert_eq!(Zone::parse("Europe/Berlin"), Ok(Zone::Fixed(Tz::Europe__Berlin)));
        assert_eq!(Zone::parse("subscriber").map(|z| z.text()).as_deref(), Ok("subscriber"));
        let says = Zone::parse("Europe/Belrin").expect_err("no such zone");
        assert!(says.contains("or \"subscriber\"; did you mean `Europe/Berlin`?"), "{says}");
    }

    #[test]
    fn quiet_days_are_weekly_yearly_or_once() {
        for (text, again) in
            [("Sunday", "sunday"), ("sat", "saturday"), ("12-25", "12-25"), ("02-29", "02-29")]
        {
            assert_eq!(<QuietDay as Scalar>::parse(text).map(|d| d.to_string()).as_deref(), Ok(again));
        }
        assert_eq!(
            <QuietDay as Scalar>::parse("2026-12-25").map(|d| d.to_string()).as_deref(),
            Ok("2026-12-25")
        );
        for no in ["", "someday", "13-01", "02-30", "2026-02-29", "25.12."] {
            assert!(<QuietDay as Scalar>::parse(no).is_err(), "{no}");
        }
    }
}
