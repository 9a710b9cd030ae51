//! What a subscriber sees.
