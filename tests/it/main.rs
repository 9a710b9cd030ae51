//! The promises, one file each, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod agreeing;
mod cli;
mod collecting;
mod configuring;
mod damaged;
mod delivering;
mod desk;
mod feed_server;
mod feeds;
mod formats;
mod fuzzed;
mod hostile;
mod house;
mod letters;
mod lost_connections;
mod made_articles;
mod parts;
mod postfix;
mod postgres;
mod pressing;
mod refusals;
mod relay;
mod rendering;
mod starting;
mod store_articles;
mod store_delivering;
mod store_opening;
mod store_readers;
mod store_sources;
mod store_story;
mod store_totals;
mod store_world;
mod world;
