//! Answers: a page of a theme, with the policy that lets the browser show it and run nothing.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Desk;
use crate::model::Language;
use crate::render::{self, Theme, Trouble};

/// So many languages of an Accept-Language header are looked at.
const WISHES: usize = 16;

/// Marks an answer that may stand in a frame of any site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frameable;

/// A theme, and the policy of the pages that have its style sheet.
pub(super) struct Look {
    /// The theme.
    pub(super) theme: Theme,
    policy: HeaderValue,
    /// The same for a page that others may frame.
    framed: HeaderValue,
}

impl Look {
    /// Vouches for the theme's style sheet by its hash; no other style and no script is let in.
    pub(super) fn of(theme: Theme) -> Self {
        let hash = STANDARD.encode(digest(&SHA256, theme.page_css().as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        let framed = policy.replace("frame-ancestors 'none'", "frame-ancestors *");
        let framed = HeaderValue::try_from(framed).unwrap_or_else(|_| nothing.clone());
        Self { theme, policy: HeaderValue::try_from(policy).unwrap_or(nothing), framed }
    }

    /// A page with this style sheet.
    pub(super) fn page(&self, status: StatusCode, html: impl IntoResponse) -> Response {
        self.placed(status, html, false)
    }

    /// A page that others may frame, or not.
    pub(super) fn placed(&self, status: StatusCode, html: impl IntoResponse, framed: bool) -> Response {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        let policy = if framed { &self.framed } else { &self.policy };
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy.clone())];
        let mut response = (status, headers, html).into_response();
        if framed {
            response.extensions_mut().insert(Frameable);
        }
        response
    }
}

impl Desk {
    /// A page that says what went wrong, in a language that the browser asks for.
    pub(super) fn trouble(&self, status: StatusCode, trouble: &Trouble, asked: &HeaderMap) -> Response {
        let theme = &self.house.theme;
        let page = render::trouble_page(trouble, theme, &language(asked, theme));
        let mut response = self.house.page(status, page);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
        response
    }
}

/// What there is not.
pub(super) async fn missing(State(desk): State<Arc<Desk>>, asked: HeaderMap) -> Response {
    desk.trouble(StatusCode::NOT_FOUND, &Trouble::Missing, &asked)
}

/// The language that the browser likes best of those that the theme speaks (RFC 9110 §12.5.4), else English.
pub(super) fn language(asked: &HeaderMap, theme: &Theme) -> Language {
    let wishes = asked.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wish = |wish: &str| {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let weight: f32 = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok())?;
        let language = Language::parse(tag).filter(|language| theme.speaks(language))?;
        (weight > 0.0).then_some((language, weight))
    };
    let mut spoken: Vec<(Language, f32)> = wishes.split(',').take(WISHES).filter_map(wish).collect();
    // Stable: of those liked equally the first counts.
    spoken.sort_by(|a, b| b.1.total_cmp(&a.1));
    spoken.into_iter().next().map_or_else(Language::english, |(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_answered_in_the_language_that_it_likes_best() {
        let theme = Theme::built_in();
        for (wishes, expected) in [
            ("", "en"),
            ("de-AT,de;q=0.9,en;q=0.8", "de-at"),
            ("en;q=0.5, he", "he"),
            ("pl, fr;q=0.1", "fr"),
            ("de;q=0", "en"),
            ("de;q=NaN, es;q=0.2", "es"),
            ("*;q=x,,;;,\u{7f}", "en"),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(
                header::ACCEPT_LANGUAGE,
                HeaderValue::from_bytes(wishes.as_bytes()).unwrap_or(HeaderValue::from_static("")),
            );
            assert_eq!(language(&asked, &theme).as_str().to_lowercase(), expected, "{wishes}");
        }
    }
}
