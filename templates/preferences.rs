//! What a reader may choose, on one page; and the pages behind it.

use maud::{Markup, html};

use crate::form::{self, Field, Tick, Weight};
use crate::view::Soft;

/// The page of a reader's choices.
#[derive(Debug, Clone)]
pub struct Preferences {
    /// Whose they are.
    pub intro: String,
    /// Why nothing is sent to them; empty for nothing.
    pub warning: String,
    /// That they are saved; empty for nothing.
    pub saved: String,
    /// Above what is wrong.
    pub wrong: String,
    /// Boxes to tick under headings: lists, and what they bring.
    pub groups: Vec<(String, Vec<Tick>)>,
    /// What the boxes stand for, posted along: a box that is not ticked posts nothing.
    pub seen: Vec<String>,
    /// The reader: heading and fields.
    pub you: (String, Vec<Field>),
    /// How letters come: heading, the box for plain text, the field for a pause.
    pub letters: (String, Tick, Field),
    /// The button.
    pub save: String,
    /// Another address.
    pub address: Address,
    /// What is kept.
    pub data: Data,
    /// Where this page is, relative to itself.
    pub here: String,
}

/// The form for another address.
#[derive(Debug, Clone)]
pub struct Address {
    /// Its heading.
    pub heading: String,
    /// What follows from it.
    pub text: String,
    /// The field.
    pub field: Field,
    /// The button.
    pub button: String,
}

/// What can be done with what is kept.
#[derive(Debug, Clone)]
pub struct Data {
    /// Its heading.
    pub heading: String,
    /// What there is.
    pub text: String,
    /// The words of the link to all of it.
    pub download: String,
    /// The words of the link to the page that asks whether to delete it.
    pub delete: String,
}

/// A question with one button, or what was answered.
#[derive(Debug, Clone)]
pub struct Question {
    /// What follows from it.
    pub text: String,
    /// The button; none when nothing can be done.
    pub button: Option<String>,
    /// The way back: words and address.
    pub back: Option<(String, String)>,
}

/// Writes the page under its heading.
#[must_use]
pub fn preferences(page: &Preferences) -> Markup {
    let fields: Vec<&Field> = page.you.1.iter().chain([&page.letters.2, &page.address.field]).collect();
    let wrong = fields.iter().any(|field| !field.error.is_empty());
    html! {
        @if wrong { (form::summary(&page.wrong, &fields)) }
        @if !page.saved.is_empty() { p.saved role="status" { (page.saved) } }
        p { (Soft(&page.intro)) }
        @if !page.warning.is_empty() { p.warning { (page.warning) } }
        form method="post" action=(page.here) {
            @for seen in &page.seen { input type="hidden" name="seen" value=(seen); }
            @for (heading, ticks) in &page.groups { (form::ticks(heading, ticks)) }
            fieldset {
                legend { (page.you.0) }
                @for field in &page.you.1 { (form::field(field)) }
            }
            (form::ticks(&page.letters.0, std::slice::from_ref(&page.letters.1)))
            (form::field(&page.letters.2))
            div.choices { (form::button(&page.save, Weight::Foremost, None)) }
        }
        (address(page))
        h2 { (page.data.heading) }
        p { (page.data.text) }
        ul.links {
            li { a href=(format!("{}/data", page.here)) download { (page.data.download) } }
            li { a href=(format!("{}/delete", page.here)) { (page.data.delete) } }
        }
    }
}

fn address(page: &Preferences) -> Markup {
    html! {
        h2 { (page.address.heading) }
        p { (page.address.text) }
        form method="post" action=(format!("{}/address", page.here)) {
            (form::field(&page.address.field))
            div.choices { (form::button(&page.address.button, Weight::Other, None)) }
        }
    }
}

/// Writes a question, or what was answered, under its heading.
#[must_use]
pub fn question(question: &Question) -> Markup {
    html! {
        p { (Soft(&question.text)) }
        @if let Some(button) = &question.button {
            form method="post" { div.choices { (form::button(button, Weight::Foremost, None)) } }
        }
        @if let Some((words, href)) = &question.back { p.back { a href=(href) { (words) } } }
    }
}
