//! Passages: where letters lead through our pages to an article, so that clicks can be counted.

use url::Url;

use super::ArticleId;

/// The way through our pages to an article; the same in every letter, so that it tells of no reader and of no edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// What nobody can guess: 32 hexadecimal digits.
    pub token: String,
    /// The article.
    pub article: ArticleId,
    /// Where it leads: the article's http or https address, as it was when a letter first led there.
    pub url: Url,
}

impl Passage {
    /// How many digits a token has.
    pub const TOKEN: usize = 32;

    /// The address of a passage on pages that are at `public_url`; its length is the same for every token.
    #[must_use]
    pub fn address(public_url: &str, token: &str) -> String {
        format!("{}/to/{token}", public_url.trim_end_matches('/'))
    }

    /// True if that is what an address looks like.
    #[must_use]
    pub fn is_address(href: &str) -> bool {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let token = href.rsplit_once("/to/").map(|(_, token)| token);
        token.is_some_and(|token| token.len() == Self::TOKEN && token.bytes().all(digit))
    }

    /// How long such an address is, in bytes.
    #[must_use]
    pub fn length(public_url: &str) -> usize {
        Self::address(public_url, "").len() + Self::TOKEN
    }
}
