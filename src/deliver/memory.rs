//! The memory carrier: what was sent, kept for those who look.

use std::sync::{Arc, Mutex, PoisonError};

use super::letter::Letter;
use super::reply::said;
use crate::model::{Reply, Step};

/// A relay that takes every letter and keeps it; all clones share what they keep.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Memory {
    /// Returns what was taken so far, in order.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes out what was taken so far, in order.
    #[must_use]
    pub fn drain(&self) -> Vec<Letter> {
        std::mem::take(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn take(&self, letter: &Letter) -> Reply {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push(letter.clone());
        said(Step::FinalDot, 250, &format!("2.0.0 kept as number {}", letters.len()))
    }
}
