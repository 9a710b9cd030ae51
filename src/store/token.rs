//! Tokens: what makes an address in a letter hard to forge.

use super::StoreError;
use crate::model::Instant;

/// Random bytes in a token: 128 bits (RFC 8058 §3.1 asks for a part that is hard to forge).
const BYTES: usize = 16;

/// Returns 32 random hexadecimal digits.
pub(super) fn random() -> Result<String, StoreError> {
    Ok(Tokens::new(1)?.take(0))
}

/// Random bytes for many tokens, drawn at once.
pub(super) struct Tokens(Vec<u8>);

impl Tokens {
    /// Draws the bytes for `count` tokens.
    pub(super) fn new(count: usize) -> Result<Self, StoreError> {
        let mut bytes = vec![0; count * BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
        Ok(Self(bytes))
    }

    fn take(&self, place: usize) -> String {
        hex(&self.0[place * BYTES..(place + 1) * BYTES])
    }

    /// Token number `place`: 8 digits of the second in which it was made, then 32 random ones.
    ///
    /// Tokens made together begin alike and so stand together in the index: a million of them cost pages, not
    /// a million scattered writes.
    pub(super) fn dated(&self, place: usize, now: Instant) -> String {
        let second = u32::try_from(now.timestamp()).unwrap_or_default();
        format!("{second:08x}{}", self.take(place))
    }
}

/// Writes bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|half| DIGITS[usize::from(half)] as char).collect()
}

/// Reads 64 hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}
