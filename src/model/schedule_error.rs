//! Why a text is no schedule, and which word was probably meant.

/// Why a text is no [`Schedule`](super::Schedule).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// There is no text.
    #[error(
        "there is no schedule: expected words such as `weekdays at 06:30`, or cron such as `30 6 * * 1-5`"
    )]
    Empty,
    /// Not five fields.
    #[error(
        "a cron expression has five fields (minute, hour, day of the month, month, weekday), `{text}` has {found}"
    )]
    Fields {
        /// The expression.
        text: String,
        /// How many it has.
        found: usize,
    },
    /// A part of a cron field that the field does not know.
    #[error("`{found}` in the field of the {field}: expected {expected}{}", meant(.nearest.as_deref()))]
    Value {
        /// Which field.
        field: &'static str,
        /// The part.
        found: String,
        /// What the field knows.
        expected: &'static str,
        /// The nearest word that it knows.
        nearest: Option<String>,
    },
    /// A range that ends before it begins.
    #[error("`{found}` in the field of the {field} ends before it begins: expected the lower end first")]
    Backwards {
        /// Which field.
        field: &'static str,
        /// The range.
        found: String,
    },
    /// A day that no month of the expression has.
    #[error("`{text}` never comes: none of its months has a day {day}")]
    ShortMonths {
        /// The expression.
        text: String,
        /// The earliest day that it names.
        day: u32,
    },
    /// A day of the month and a weekday that never meet.
    #[error("`{text}` never comes: no day fits both its day of the month and its weekday")]
    Never {
        /// The expression.
        text: String,
    },
    /// A word that is not understood where it stands.
    #[error("`{found}` is not understood here: expected {expected}{}", meant(.nearest.as_deref()))]
    Word {
        /// The word.
        found: String,
        /// What may stand here.
        expected: &'static str,
        /// The nearest word that may.
        nearest: Option<String>,
    },
    /// The text ends too early.
    #[error("`{text}` is not complete: expected {expected}")]
    Incomplete {
        /// The whole text.
        text: String,
        /// What is missing.
        expected: &'static str,
    },
    /// An interval that does not divide the hour or the day.
    #[error("every {found} {unit}s would not be evenly spaced: expected {expected}")]
    Uneven {
        /// The number.
        found: u32,
        /// `minute` or `hour`.
        unit: &'static str,
        /// What divides evenly.
        expected: &'static str,
    },
    /// Days or weeks to be counted, which needs a first one.
    #[error(
        "`{found}` has no first day to count from: expected days by name, such as `every first and third monday of the month`"
    )]
    Counted {
        /// The words.
        found: String,
    },
    /// A time zone inside the schedule.
    #[error(
        "`{found}` is a time zone, which does not stand in the schedule: expected it as the zone beside it"
    )]
    Zone {
        /// The zone.
        found: String,
    },
}

impl ScheduleError {
    /// The same error about words, of which `text` is the whole.
    pub(super) fn about(self, text: &str) -> Self {
        let text = quoted(text);
        match self {
            Self::ShortMonths { day, .. } => Self::ShortMonths { text, day },
            Self::Never { .. } => Self::Never { text },
            Self::Fields { found, .. } => Self::Fields { text, found },
            Self::Empty
            | Self::Value { .. }
            | Self::Backwards { .. }
            | Self::Word { .. }
            | Self::Incomplete { .. }
            | Self::Uneven { .. }
            | Self::Counted { .. }
            | Self::Zone { .. } => self,
        }
    }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// At most so much of a text is repeated in an error.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Returns the word that is spelt most like `found`, if one is near enough to be meant.
pub(super) fn nearest<'a>(found: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let found: Vec<char> = quoted(found).chars().collect();
    let far = (found.len() / 3).clamp(1, 3);
    let best = words.into_iter().map(|word| (distance(&found, word), word)).min()?;
    (best.0 <= far).then(|| best.1.to_owned())
}

/// How many letters must be put in, left out or replaced; two neighbours that changed places count as one.
fn distance(found: &[char], word: &str) -> usize {
    let word: Vec<char> = word.chars().collect();
    let mut rows = vec![vec![0; word.len() + 1]; found.len() + 1];
    for i in 0..=found.len() {
        for j in 0..=word.len() {
            if i == 0 || j == 0 {
                rows[i][j] = i + j;
                continue;
            }
            let replaced = rows[i - 1][j - 1] + usize::from(found[i - 1] != word[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && found[i - 1] == word[j - 2] && found[i - 2] == word[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[found.len()][word.len()]
}
