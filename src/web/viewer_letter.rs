//! A letter as the viewer shows it: taken apart once, and each part in the guise that is wanted.

use std::hash::Hasher as _;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use mail_parser::MessageParser;
use maud::{DOCTYPE, PreEscaped, html};

use super::viewer_wish::Look;
use crate::render::lint::{self, Finding};

/// A letter taken apart.
pub(super) struct Letter {
    pub(super) subject: String,
    /// Name and address.
    pub(super) from: (String, String),
    /// What inboxes show behind the subject.
    pub(super) preheader: String,
    /// The header as it stands.
    pub(super) header: String,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    pub(super) findings: Vec<Finding>,
    /// As it is sent.
    pub(super) bytes: Vec<u8>,
    /// By which two versions of the HTML are told apart.
    pub(super) print: u64,
}

/// A number that differs where texts do.
pub(super) fn print_of(text: &(impl std::hash::Hash + ?Sized)) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Letter {
    /// Takes a letter apart; what cannot be read is missing.
    pub(super) fn read(bytes: Vec<u8>) -> Self {
        let parsed = MessageParser::new().parse(&bytes);
        let parsed = parsed.as_ref();
        let person = |address: Option<&mail_parser::Address<'_>>| {
            let address = address.and_then(mail_parser::Address::first);
            address.map_or_else(Default::default, |one| {
                (one.name().unwrap_or_default().to_owned(), one.address().unwrap_or_default().to_owned())
            })
        };
        let html = parsed.and_then(|m| Some(m.body_html(0)?.into_owned()));
        let text = parsed.and_then(|m| Some(m.body_text(0)?.into_owned()));
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.or_else(|| bytes.windows(2).position(|two| two == b"\n\n")).unwrap_or(bytes.len());
        let preheader = html.as_deref().map(lint::preheader).filter(|words| !words.is_empty());
        let first_line =
            || text.as_deref().map(|t| t.split_whitespace().take(24).collect::<Vec<_>>().join(" "));
        Self {
            subject: parsed.and_then(|m| m.subject()).unwrap_or_default().to_owned(),
            from: person(parsed.and_then(|m| m.from())),
            preheader: preheader.or_else(first_line).unwrap_or_default(),
            header: String::from_utf8_lossy(&bytes[..end]).replace("\r\n", "\n"),
            findings: lint::letter(&bytes),
            print: print_of(&(&html, &text)),
            html,
            text,
            bytes,
        }
    }

    /// How large a part is, in bytes.
    pub(super) fn size_of(part: Option<&String>) -> usize {
        part.map_or(0, String::len)
    }

    /// One of the parts, as a page for a frame.
    pub(super) fn part(&self, part: &str, look: Look) -> Option<Response> {
        Some(match part {
            "html" => frame(guise(self.html.as_deref()?, look), look),
            "text" => frame(plain(self.text.as_deref()?, look.dark), Look::default()),
            "header" => frame(plain(&self.header, look.dark), Look::default()),
            "source" => frame(plain(&String::from_utf8_lossy(&self.bytes), look.dark), Look::default()),
            "eml" => {
                let kind = [
                    (header::CONTENT_TYPE, "message/rfc822"),
                    (header::CONTENT_DISPOSITION, "attachment; filename=\"preview.eml\""),
                ];
                (kind, self.bytes.clone()).into_response()
            }
            _ => return None,
        })
    }
}

/// An answer that can run nothing, post nothing and lead nobody's page away, whatever it holds.
///
/// It counts as of this server, so that the page around it may keep its scroll; without scripts that opens nothing.
fn frame(page: String, look: Look) -> Response {
    let images = if look.bare { "'none'" } else { "http: https: data:" };
    let styles = if look.stripped {
        "style-src-elem 'none'; style-src-attr 'unsafe-inline'"
    } else {
        "style-src 'unsafe-inline'"
    };
    let policy = format!(
        "default-src 'none'; img-src {images}; {styles}; form-action 'none'; frame-ancestors 'self'; \
         sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    );
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let policy =
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox"));
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

/// Returns the HTML as a browser by day or by night shows it, whatever the light here is.
#[must_use]
pub fn relit_page(html: &str, dark: bool) -> String {
    guise(html, Look { dark, ..Look::default() })
}

/// The HTML as a browser in the wanted light shows it: its own rules for the dark count, or do not. Links open elsewhere.
fn guise(html: &str, look: Look) -> String {
    let mut page = String::with_capacity(html.len() + 256);
    let mut rest = html;
    // Only style sheets speak of light; words that do are left alone.
    while let Some(at) = find(rest, "<style") {
        let end = find(&rest[at..], "</style").map_or(rest.len(), |end| at + end);
        page.push_str(&rest[..at]);
        page.push_str(&relit(&rest[at..end], look.dark));
        rest = &rest[end..];
    }
    page.push_str(rest);
    let scheme = if look.dark { "dark" } else { "light" };
    let sheet = format!("<base target=\"_blank\"><style>:root{{color-scheme:{scheme} !important}}</style>");
    let head = find(&page, "</head").unwrap_or(page.len());
    page.insert_str(head, &sheet);
    page
}

/// Where a tag begins, in whatever case.
fn find(html: &str, tag: &str) -> Option<usize> {
    let (html, tag) = (html.as_bytes(), tag.as_bytes());
    html.windows(tag.len()).position(|window| window.eq_ignore_ascii_case(tag))
}

/// A style sheet whose questions about light are answered.
fn relit(sheet: &str, dark: bool) -> String {
    let mut lit = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some(at) = find(rest, "(prefers-color-scheme") {
        let Some(end) = rest[at..].find(')').map(|end| at + end + 1) else { break };
        let asked = rest[at..end].split(':').nth(1).unwrap_or_default().trim_end_matches(')').trim();
        let yes = asked.eq_ignore_ascii_case(if dark { "dark" } else { "light" });
        lit.push_str(&rest[..at]);
        // Always so, or never.
        lit.push_str(if yes { "(min-width:0)" } else { "(max-width:0)" });
        rest = &rest[end..];
    }
    lit.push_str(rest);
    lit
}

/// A page that shows text as it is.
fn plain(text: &str, dark: bool) -> String {
    let colours = if dark {
        "html{background:#16191c;color:#e4e1da;color-scheme:dark}"
    } else {
        "html{background:#fff;color:#20262b;color-scheme:light}"
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Letter" }
                style { (PreEscaped(colours)) "body{margin:0}pre{margin:24px 28px;font:13.5px/1.55 ui-monospace,SFMono-Regular,Menlo,monospace;white-space:pre-wrap;overflow-wrap:anywhere}" }
            }
            body { pre dir="auto" { (text) } }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_s_own_rules_for_the_dark_count_by_night_alone_and_its_words_stay() {
        let html = "<html><head><STYLE>@media (Prefers-Color-Scheme: dark ){b{color:red}}</STYLE></head>\
                    <body>we say (prefers-color-scheme: dark)</body></html>";
        let dark = guise(html, Look { dark: true, ..Look::default() });
        assert!(
            dark.contains("@media (min-width:0){b") && dark.contains("color-scheme:dark !important"),
            "{dark}"
        );
        let light = guise(html, Look::default());
        assert!(light.contains("@media (max-width:0){b"), "{light}");
        assert!(
            light.contains("we say (prefers-color-scheme: dark)") && light.contains("<base target"),
            "{light}"
        );
    }

    #[test]
    fn any_text_has_a_guise() {
        for html in ["", "<style", "<style>(prefers-color-scheme", "é<STYLE>ü", "</head", "<style></style"]
        {
            let page = guise(html, Look { dark: true, ..Look::default() });
            assert!(page.contains("<base"), "{html}");
        }
    }
}
