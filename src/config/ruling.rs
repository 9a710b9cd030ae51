//! How rules, rewritings of titles and orders are written: each in a text of one line.

use super::amounts;
use super::reader::Scalar;
use crate::model::{Order, Rewrite, Rule};

impl Scalar for Rule {
    const EXPECTED: &'static str = "a rule such as \"sponsored\", \"author: Ann Lind\" or \"url: */sport/*\"";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text, amounts::duration).map_err(|error| format!("{}; it {error}", Self::EXPECTED))
    }
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Scalar for Rewrite {
    const EXPECTED: &'static str = "a rewriting such as \"LIVE: =>\" or '/^\\[.*?\\]/ =>'";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| format!("{}; it {error}", Self::EXPECTED))
    }
    fn text(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Scalar for Order {
    const EXPECTED: &'static str = "\"latest\", \"popular\" or \"source\"";
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "latest" => Ok(Self::Latest),
            "popular" => Ok(Self::Popular),
            "source" => Ok(Self::Source),
            _ => Err(String::new()),
        }
    }
    fn text(&self) -> String {
        match self {
            Self::Latest => "latest",
            Self::Popular => "popular",
            Self::Source => "source",
        }
        .to_owned()
    }
}
