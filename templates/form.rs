//! The parts of a form. Everything works without a script: what is wrong is said beside the field it is wrong with.

use maud::{Markup, html};

use crate::frame::dir;
use crate::view::{Soft, Tongue};

/// A line to write in, or a choice out of many.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// What it is called in what is posted, and on the page.
    pub name: String,
    /// Its words.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// What it takes.
    pub kind: Kind,
    /// What the browser may fill it with ("email", "name"); empty for nothing.
    pub autocomplete: String,
    /// What else there is to know; empty for nothing.
    pub hint: String,
    /// What is wrong with it; empty for nothing.
    pub error: String,
    /// Whether it must not be empty.
    pub required: bool,
}

/// What a field takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any line.
    #[default]
    Text,
    /// A mail address; written from left to right in every language.
    Email,
    /// A day.
    Date,
    /// One of these, each a value and its words.
    Choice(Vec<(String, String)>),
    /// One of these, or of those that stand under headings.
    Grouped(Vec<(String, String)>, Vec<(String, Vec<(String, String)>)>),
}

/// A box to tick, or one of several to choose.
#[derive(Debug, Clone)]
pub struct Tick {
    /// What it is called in what is posted.
    pub name: String,
    /// What is posted if it is ticked.
    pub value: String,
    /// Whether it is.
    pub on: bool,
    /// Its words.
    pub label: String,
    /// Their language, where it is not the page's.
    pub tongue: Option<Tongue>,
    /// Lines below them, the first in the language of the label; an empty one is not there.
    pub notes: Vec<String>,
}

/// How loud a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// What most people came for.
    Foremost,
    /// Something else.
    Other,
}

/// Writes a field with its label, hint and error.
#[must_use]
pub fn field(field: &Field) -> Markup {
    let id = format!("f-{}", field.name);
    let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
    let told = [(&hint, &field.hint), (&error, &field.error)];
    let told: Vec<&str> =
        told.iter().filter(|(_, text)| !text.is_empty()).map(|(id, _)| id.as_str()).collect();
    let described = (!told.is_empty()).then(|| told.join(" "));
    let wrong = !field.error.is_empty();
    let fill = (!field.autocomplete.is_empty()).then_some(&field.autocomplete);
    html! {
        div.field.wrong[wrong] {
            label for=(id) { (field.label) }
            @if let Kind::Choice(options) | Kind::Grouped(options, _) = &field.kind {
                span.choice {
                    select id=(id) name=(field.name) aria-describedby=[&described] aria-invalid=[wrong.then_some("true")] {
                        (choices(options, &field.value))
                        @if let Kind::Grouped(_, groups) = &field.kind {
                            @for (heading, options) in groups {
                                optgroup label=(heading) { (choices(options, &field.value)) }
                            }
                        }
                    }
                }
            } @else {
                input id=(id) name=(field.name) type=(kind(&field.kind)) value=(field.value)
                    dir=[(field.kind == Kind::Email).then_some("ltr")] autocomplete=[fill] required[field.required]
                    maxlength="320" aria-describedby=[&described] aria-invalid=[wrong.then_some("true")];
            }
            @if !field.hint.is_empty() { p.hint id=(hint) { (Soft(&field.hint)) } }
            @if wrong { p.error id=(error) { (Soft(&field.error)) } }
        }
    }
}

fn choices(options: &[(String, String)], chosen: &str) -> Markup {
    html! {
        @for (value, words) in options { option value=(value) selected[value == chosen] { (words) } }
    }
}

/// Writes what is wrong with a form, each with a link to its field, above it.
#[must_use]
pub fn summary(words: &str, fields: &[&Field]) -> Markup {
    html! {
        div.summary role="alert" {
            p { (words) }
            ul {
                @for field in fields.iter().filter(|field| !field.error.is_empty()) {
                    li { a href=(format!("#f-{}", field.name)) { (field.label) ": " (Soft(&field.error)) } }
                }
            }
        }
    }
}

const fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) | Kind::Grouped(..) => "text",
        Kind::Email => "email",
        Kind::Date => "date",
    }
}

/// Writes boxes to tick, under a heading of theirs.
#[must_use]
pub fn ticks(legend: &str, ticks: &[Tick]) -> Markup {
    group(legend, "checkbox", ticks)
}

/// Writes boxes of which one is chosen, under a heading of theirs.
#[must_use]
pub fn one_of(legend: &str, ticks: &[Tick]) -> Markup {
    group(legend, "radio", ticks)
}

fn group(legend: &str, kind: &str, ticks: &[Tick]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            @for one in ticks { (tick(one, kind)) }
        }
    }
}

pub(crate) fn tick(tick: &Tick, kind: &str) -> Markup {
    let tongue = tick.tongue.as_ref();
    html! {
        label.tick {
            input type=(kind) name=(tick.name) value=(tick.value) checked[tick.on];
            span {
                span.name lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(&tick.label)) }
                @for (n, note) in tick.notes.iter().enumerate().filter(|(_, note)| !note.is_empty()) {
                    @let tongue = tongue.filter(|_| n == 0);
                    span.about.besides[n > 0] lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(note)) }
                }
            }
        }
    }
}

/// Writes a button that posts its form; with an action of its own it posts there, with a name it posts that.
#[must_use]
pub fn button(words: &str, weight: Weight, action: Option<&str>) -> Markup {
    html! {
        button.foremost[weight == Weight::Foremost] type="submit" formaction=[action] { (words) }
    }
}

/// Writes a field that people do not see and programs fill in; `words` ask those who find it to leave it empty.
#[must_use]
pub fn trap(name: &str, words: &str) -> Markup {
    html! {
        div.trap aria-hidden="true" {
            label { (words) input type="text" name=(name) value="" tabindex="-1" autocomplete="off"; }
        }
    }
}
