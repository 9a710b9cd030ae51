use proptest::prelude::*;

use crate::model::Schedule;

use super::expressions;

#[test]
fn words_mean_cron_expressions() {
    for (words, crons) in [
        ("daily at 07:00", &["0 7 * * *"][..]),
        ("daily at 07:00 and 18:30", &["0 7 * * *", "30 18 * * *"]),
        ("daily at 7, 12 and 6 pm", &["0 7 * * *", "0 12 * * *", "0 18 * * *"]),
        ("every day at noon", &["0 12 * * *"]),
        ("midnight daily", &["0 0 * * *"]),
        ("Weekdays at 06:30", &["30 6 * * 1,2,3,4,5"]),
        ("weekdays, 7am", &["0 7 * * 1,2,3,4,5"]),
        ("at 7:30 pm on weekends", &["30 19 * * 0,6"]),
        ("12am every working day", &["0 0 * * 1,2,3,4,5"]),
        ("every monday at 9", &["0 9 * * 1"]),
        ("mondays and thursdays at 9h30", &["30 9 * * 1,4"]),
        ("every monday and every thursday at 9:00 and 18.15", &["0 9 * * 1,4", "15 18 * * 1,4"]),
        ("mon-fri at 9", &["0 9 * * 1,2,3,4,5"]),
        ("friday to monday at 9", &["0 9 * * 0,1,5,6"]),
        ("weekly on tuesday at 12 pm", &["0 12 * * 2"]),
        ("weekdays at 7 and saturdays at 9", &["0 7 * * 1,2,3,4,5", "0 9 * * 6"]),
        ("monthly on the 1st at 8", &["0 8 1 * *"]),
        ("on the 1st and 15th of every month at 8", &["0 8 1,15 * *"]),
        ("monthly on 1 and 15 at 8", &["0 8 1,15 * *"]),
        ("monthly on the 1st, 7 pm", &["0 19 1 * *"]),
        ("every 15th at 8", &["0 8 15 * *"]),
        ("monthly on the last day at 18:00", &["0 18 L * *"]),
        ("first day of the month at 8", &["0 8 1 * *"]),
        ("the last weekday of the month at 9", &["0 9 LW * *"]),
        ("every first monday of the month at 9", &["0 9 * * 1#1"]),
        ("the first and third tuesday of each month at 9", &["0 9 * * 2#1,2#3"]),
        ("the 2nd tue and the last friday every month at 17", &["0 17 * * 2#2,5L"]),
        ("the 1st and the last friday of the month at 9", &["0 9 * * 5#1,5L"]),
        ("quarterly on the 1st at 8", &["0 8 1 1,4,7,10 *"]),
        ("yearly on 24 december at 8", &["0 8 24 12 *"]),
        ("on december 24th and january 1st at 8", &["0 8 24 12 *", "0 8 1 1 *"]),
        ("monday and thursday in july and august at 9", &["0 9 * 7,8 1,4"]),
        ("monday and the 4th of july at 9", &["0 9 * * 1", "0 9 4 7 *"]),
        ("hourly", &["0 * * * *"]),
        ("every hour at :30 on weekdays", &["30 * * * 1,2,3,4,5"]),
        ("every minute", &["* * * * *"]),
        ("every 15 minutes", &["*/15 * * * *"]),
        ("every half hour on weekends", &["*/30 * * * 0,6"]),
        ("every 2 hours", &["0 */2 * * *"]),
        ("daily at 7 and every 6 hours on sundays", &["0 7 * * *", "0 */6 * * 0"]),
        ("@daily", &["0 0 * * *"]),
        ("@Weekly", &["0 0 * * 0"]),
        ("@hourly", &["0 * * * *"]),
    ] {
        let found = expressions(words).unwrap_or_else(|error| vec![error.to_string()]);
        assert_eq!(found, crons, "{words}");
    }
}

#[test]
fn words_that_are_not_understood_are_told_with_what_is_expected() {
    for (words, told) in [
        ("", "there is no schedule: expected words such as `weekdays at 06:30`"),
        ("dayly at 7", "`dayly` is not understood here: expected days, such as `daily`"),
        ("dayly at 7", "did you mean `daily`?"),
        ("every mnday at 9", "did you mean `monday`?"),
        ("daily", "`daily` is not complete: expected `at` and a time"),
        ("weekdays at", "expected a time such as `07:00`"),
        ("at 7", "`at 7` is not complete: expected days"),
        ("daily at 25", "`25` is not understood here: expected a time"),
        ("daily at 7:60", "`7:60` is not understood here: expected a time"),
        ("daily at 13pm", "`13pm` is not understood here"),
        ("daily at 0 am", "`0` is not understood here"),
        ("daily 7", "`7` is not understood here: expected `at` and a time"),
        ("daily at 9 to 17", "`to` is not understood here: expected a time, or `and`"),
        ("daily at 7 and", "`daily at 7 and` is not complete"),
        ("monthly at 9", "expected a day of the month, such as `on the 1st`"),
        ("monthly on the 32nd at 9", "`32nd` is not understood here"),
        ("yearly on the 1st at 9", "expected a day with its month"),
        ("every sixth monday at 9", "`sixth` is not understood here"),
        ("every 6th monday at 9", "first to fifth, or last"),
        ("the 2nd weekday at 9", "expected `last` before it"),
        ("every 30 seconds", "`30` is not understood here: expected `minutes` or `hours`"),
        ("every 7 minutes", "every 7 minutes would not be evenly spaced: expected 1, 2, 3, 4"),
        ("every 5 hours", "every 5 hours would not be evenly spaced: expected 1, 2, 3"),
        ("every 0 minutes", "every 0 minutes"),
        ("every other monday at 9", "`other monday` has no first day to count from"),
        ("every 2 weeks at 9", "`2 weeks` has no first day to count from"),
        ("every 2 mondays at 9", "`2 mondays` has no first day to count from"),
        ("daily at 7 Europe/Berlin", "`Europe/Berlin` is a time zone"),
        ("daily at 7 utc", "`utc` is a time zone"),
        ("@dialy", "did you mean `@daily`?"),
        ("@reboot", "expected @hourly, @daily, @weekly, @monthly or @yearly"),
    ] {
        let error = Schedule::parse(words).expect_err(words).to_string();
        assert!(error.contains(told), "{words}: {error}");
    }
}

#[test]
fn a_schedule_says_what_it_means() {
    for (text, meaning) in [
        ("daily at 18:30 and 07:00", "every day at 07:00 and 18:30"),
        ("30 6 * * 1-5", "on weekdays at 06:30"),
        ("0 9 * * MON,THU", "every Monday and Thursday at 09:00"),
        ("friday to monday at 9", "on Monday and Friday to Sunday at 09:00"),
        ("weekdays at 7 and saturdays at 9", "on weekdays at 07:00; every Saturday at 09:00"),
        ("0 8 1,15 * *", "on the 1st and 15th of the month at 08:00"),
        ("0 18 L * *", "on the last day of the month at 18:00"),
        ("0 9 LW 3 *", "on the last weekday of March at 09:00"),
        ("0 9 * * 1#1", "on the first Monday of the month at 09:00"),
        ("0 9 * * MON,5L", "on any Monday and the last Friday at 09:00"),
        ("0 8 24 12 *", "on the 24th of December at 08:00"),
        ("0 6 * 6-8 *", "every day from June to August at 06:00"),
        ("0 0 13 * FRI", "on the 13th of the month and every Friday at 00:00"),
        ("0 0 */15 * FRI", "on the 1st, 16th and 31st of the month if it is a Friday at 00:00"),
        ("0 0 1-31 * FRI", "every day at 00:00"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/15 8-18 * * 1-5", "every 15 minutes from 08:00 to 18:45 on weekdays"),
        ("0 8-18 * * *", "every hour from 08:00 to 18:00"),
        ("@hourly", "every hour"),
        ("0 */2 * * *", "every 2 hours"),
        ("15 */2 * * *", "at :15 every 2 hours"),
        ("5 * * * *", "at :05 every hour"),
        ("*/40 */5 * * *", "at :00 and :40 in the hours 0, 5, 10, 15 and 20"),
        ("* * * * *", "every minute"),
    ] {
        assert_eq!(Schedule::parse(text).expect(text).describe(), meaning, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_parsing_panic(text in ".{0,60}") {
        let _ = Schedule::parse(&text);
    }

    #[test]
    fn no_words_make_parsing_panic_and_what_is_read_can_be_described(
        words in prop::collection::vec(prop::sample::select(vec![
            "every", "on", "the", "at", "and", ",", "daily", "weekdays", "monday", "to", "first", "last", "1st", "day",
            "of", "month", "monthly", "yearly", "december", "7", "07:30", "9am", "pm", "noon", "15", "minutes", "hours",
            "hourly", ":30", "weekly", "quarterly", "weekday", "in", "july", "half", "hour", "each", "31st", "*", "é",
        ]), 0..12),
    ) {
        let text = words.join(" ");
        if let Ok(schedule) = Schedule::parse(&text) {
            prop_assert!(!schedule.describe().is_empty());
            prop_assert!(schedule.next(chrono_tz::Tz::UTC, crate::model::Instant::UNIX_EPOCH).is_some());
        }
    }
}
