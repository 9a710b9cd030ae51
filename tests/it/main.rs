//! The promises, one file each, in one binary.
#![expect(dead_code, reason = "the helpers of the test world are used by some promises only")]

mod delivering;
mod letters;
mod lost_connections;
mod parts;
mod postfix;
mod refusals;
mod relay;
