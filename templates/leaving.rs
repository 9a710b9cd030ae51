//! The page on which a reader leaves a list, or that says that they have.

use maud::{Markup, html};

use crate::form::{self, Tick, Weight};
use crate::pages::{Masthead, Page, sheet};
use crate::view::Soft;

/// What the page says and offers, from top to bottom.
#[derive(Debug, Clone, Default)]
pub struct Leaving {
    /// What is the case.
    pub text: String,
    /// What most people came for.
    pub deed: Option<Deed>,
    /// The question why.
    pub question: Option<Question>,
    /// The thanks for an answer, in the place of the question; empty for nothing.
    pub thanks: String,
    /// What can be done beside it.
    pub further: Option<Deed>,
}

/// A button with a sentence before it.
#[derive(Debug, Clone)]
pub struct Deed {
    /// What one should know; empty for nothing.
    pub text: String,
    /// The button's words.
    pub label: String,
    /// Where it posts to, relative to this page.
    pub action: String,
    /// How loud it is.
    pub weight: Weight,
}

/// A question of which one answer is chosen.
#[derive(Debug, Clone)]
pub struct Question {
    /// The question.
    pub legend: String,
    /// That nobody has to answer.
    pub note: String,
    /// The answers.
    pub answers: Vec<Tick>,
    /// The button's words.
    pub label: String,
    /// Where it posts to, relative to this page.
    pub action: String,
}

/// Writes the page.
#[must_use]
pub fn leaving(page: &Page, masthead: &Masthead, heading: &str, leaving: &Leaving) -> String {
    let body = html! {
        p.text { (Soft(&leaving.text)) }
        @if let Some(one) = &leaving.deed { (deed(one)) }
        @if let Some(one) = &leaving.question { (question(one)) }
        @if !leaving.thanks.is_empty() { p.apart.thanks role="status" { (Soft(&leaving.thanks)) } }
        @if let Some(one) = &leaving.further { div.apart { (deed(one)) } }
    };
    sheet(page, masthead, heading, &body)
}

fn deed(deed: &Deed) -> Markup {
    html! {
        form.deed method="post" action=(deed.action) {
            @if !deed.text.is_empty() { p { (Soft(&deed.text)) } }
            (form::button(&deed.label, deed.weight, None))
        }
    }
}

fn question(question: &Question) -> Markup {
    html! {
        form.apart method="post" action=(question.action) {
            (form::one_of(&question.legend, &question.answers))
            p.hint { (Soft(&question.note)) }
            (form::button(&question.label, Weight::Other, None))
        }
    }
}
