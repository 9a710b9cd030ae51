//! How nouns stand in columns: instants as milliseconds, words as words, lists and trees as JSON.
//!
//! What cannot be read is an error that names the column, never a default.

use std::fmt::Display;
use std::str::FromStr;

use chrono::DateTime;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::model::{EditionState, Instant};

fn unreadable(column: &'static str, why: impl Display) -> StoreError {
    StoreError::Unreadable { column, why: why.to_string() }
}

/// Reads milliseconds since 1970.
pub(super) fn instant(column: &'static str, ms: i64) -> Result<Instant, StoreError> {
    DateTime::from_timestamp_millis(ms).ok_or_else(|| unreadable(column, format!("{ms} ms is no instant")))
}

/// Reads milliseconds that may be missing.
pub(super) fn instant_or_none(column: &'static str, ms: Option<i64>) -> Result<Option<Instant>, StoreError> {
    ms.map(|ms| instant(column, ms)).transpose()
}

/// Reads a word of an enum that serde knows.
pub(super) fn word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|e| unreadable(column, e))
}

/// Reads a text that parses itself; the error's sentence must not repeat secrets.
pub(super) fn parsed<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|e| unreadable(column, e))
}

/// Writes the word of an enum that serde knows.
pub(super) fn word_of<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(unreadable("a word to be written", format!("{other} is no word"))),
        Err(error) => Err(unreadable("a word to be written", error)),
    }
}

/// Reads a JSON column.
pub(super) fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| unreadable(column, e))
}

/// Reads the state of an edition.
pub(super) fn edition_state(word: &str) -> Result<EditionState, StoreError> {
    use EditionState::{Cancelled, Draft, Finished, Released};
    let known = [Draft, Released, Finished, Cancelled].into_iter().find(|s| s.as_str() == word);
    known.ok_or_else(|| unreadable("editions.state", format!("`{word}` is no state of an edition")))
}

/// Reads a count, which no engine gives as an unsigned number.
pub(super) fn count(column: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| unreadable(column, format!("{number} is no count")))
}

/// Writes anything as JSON: one value for a column, or rows for `json_each`.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| unreadable("a value to be written", e))
}

/// Writes a limit; more rows than an `i64` counts are not there.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Removes control characters, NUL among them, which PostgreSQL does not store.
pub(super) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
