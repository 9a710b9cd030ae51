//! The pages: what a browser shows of Pressrun. No scripts; every form works by itself.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::frame::dir;
use crate::view::{Soft, Tongue};

/// What stands round every page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The language of the page's words.
    pub tongue: Tongue,
    /// What the window is called.
    pub window: String,
    /// The whole style sheet.
    pub css: String,
}

/// A page with a heading and a sentence.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The heading.
    pub title: String,
    /// What is the case, and what to do.
    pub text: String,
}

/// The page on which an edition is approved or cancelled, or that says what was decided.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The language of the digest, where it is not the page's.
    pub digest_tongue: Option<Tongue>,
    /// The digest's title.
    pub digest: String,
    /// The question, or what is the case.
    pub title: String,
    /// What follows from it; empty while it is asked.
    pub text: String,
    /// Labels and what they label, in order.
    pub facts: Vec<Fact>,
    /// Whether no button is foremost, for what was asked is answered.
    pub quiet: bool,
    /// The buttons, the first one foremost; none when nothing can be decided.
    pub choices: Vec<Choice>,
    /// What nobody needs to do, under the buttons; empty for nothing.
    pub hint: String,
    /// What the frame that shows the edition is called.
    pub edition_label: String,
    /// Where the edition is, relative to this page.
    pub edition: String,
}

/// Something to know.
#[derive(Debug, Clone)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The thing.
    pub text: String,
    /// Its language, where it is not the page's.
    pub tongue: Option<Tongue>,
    /// What follows from it, in the page's language; empty for nothing.
    pub note: String,
}

/// A button that posts.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its words.
    pub label: String,
    /// Where it posts to, relative to this page.
    pub action: String,
}

/// Whose pages these are, above everything else on them.
#[derive(Debug, Clone)]
pub struct Masthead {
    /// The name of the site.
    pub title: String,
    /// Its language, where it is not the page's.
    pub tongue: Option<Tongue>,
    /// Where the site begins; none for where the reader has no business there.
    pub href: Option<String>,
}

/// Writes a page of one column under the masthead: `body` follows its heading.
#[must_use]
pub fn sheet(page: &Page, masthead: &Masthead, heading: &str, body: &Markup) -> String {
    let tongue = masthead.tongue.as_ref();
    let body = html! {
        main.sheet {
            p.masthead lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] {
                @if let Some(href) = &masthead.href { a href=(href) { (Soft(&masthead.title)) } }
                @else { (Soft(&masthead.title)) }
            }
            h1 { (Soft(heading)) }
            (body)
        }
    };
    document(page, &body)
}

/// Writes a page with a sentence.
#[must_use]
pub fn notice(page: &Page, notice: &Notice) -> String {
    let body = html! {
        main.notice {
            h1 { (Soft(&notice.title)) }
            p.text { (Soft(&notice.text)) }
        }
    };
    document(page, &body)
}

/// Writes the page of an edition that waits, or waited, for a yes.
#[must_use]
pub fn approval(page: &Page, approval: &Approval) -> String {
    let digest = approval.digest_tongue.as_ref();
    let body = html! {
        main.desk.decided[approval.choices.is_empty()] {
            div.panel {
                p.digest lang=[digest.and_then(|t| t.lang.as_deref())] dir=[digest.map(dir)] {
                    (Soft(&approval.digest))
                }
                h1 { (Soft(&approval.title)) }
                @if !approval.text.is_empty() { p.text { (Soft(&approval.text)) } }
                dl { @for fact in &approval.facts { (item(fact)) } }
                @if !approval.choices.is_empty() {
                    div.choices {
                        @for (n, choice) in approval.choices.iter().enumerate() {
                            form method="post" action=(choice.action) {
                                button.foremost[n == 0 && !approval.quiet] type="submit" { (choice.label) }
                            }
                        }
                    }
                }
                @if !approval.hint.is_empty() { p.hint { (Soft(&approval.hint)) } }
            }
            // It may open the articles it links to, and do nothing else.
            iframe title=(approval.edition_label) src=(approval.edition)
                sandbox="allow-popups allow-popups-to-escape-sandbox" {}
        }
    };
    document(page, &body)
}

fn item(fact: &Fact) -> Markup {
    let tongue = fact.tongue.as_ref();
    html! {
        dt { (fact.label) }
        dd lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(&fact.text)) }
        @if !fact.note.is_empty() { dd.note { (Soft(&fact.note)) } }
    }
}

pub(crate) fn document(page: &Page, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=[page.tongue.lang.as_deref()] dir=(dir(&page.tongue)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.window) }
                style { (PreEscaped(&page.css)) }
            }
            body { (body) }
        }
    }
    .into_string()
}
