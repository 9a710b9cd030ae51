//! The promises, one file each, in one binary.
#![expect(dead_code, reason = "the helpers of the test world are used by some promises only")]

mod collecting;
mod damaged;
mod feed_server;
mod feeds;
mod formats;
mod fuzzed;
mod hostile;
mod made_articles;
mod parts;
