//! Pressrun builds and sends email digests.

pub mod collect;
pub mod compose;
pub mod config;
pub mod deliver;
pub mod model;
pub mod press;
pub mod render;
pub mod store;
pub mod web;

pub mod cli;
