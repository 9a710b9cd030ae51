//! The looks that are built in, by name: a digest has one of them, or a folder of its own.

/// What `theme` may say in place of a folder; the first is what a digest has that says nothing.
pub const LOOKS: [&str; 3] = ["quiet", "magazine", "compact"];
