//! The sign-up page, what it answers, and the page that the link in the mail opens.

use maud::{Markup, html};

use crate::form::{Field, Tick, Weight, button, field, tick, trap};
use crate::frame::dir;
use crate::pages::{Masthead, Page, document, sheet};
use crate::view::{Link, Soft, Tongue};

/// The name of the field that people do not see.
pub const TRAP: &str = "homepage";

/// The sign-up page.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// What is said above the form because of what was posted; empty for nothing.
    pub remark: String,
    /// The heading of what is wrong.
    pub faults_title: String,
    /// What is wrong, each with the element where it can be mended.
    pub faults: Vec<(&'static str, String)>,
    /// The heading of the lists.
    pub legend: String,
    /// The lists.
    pub offers: Vec<Offered>,
    /// What is wrong with the choice; empty for nothing.
    pub lists_error: String,
    /// The line for the address.
    pub address: Field,
    /// The line for the name.
    pub name: Field,
    /// When the form was handed out, as it is posted back.
    pub stamp: String,
    /// The language of the page, as it is posted back.
    pub language: String,
    /// The lists that are shown if that is not all, as they are posted back; empty for all.
    pub shown: Vec<String>,
    /// The words of the button.
    pub button: String,
    /// What follows from it.
    pub promise: String,
    /// What is said to those who find the trap.
    pub trap: String,
    /// What is said where there is no list.
    pub nothing: String,
    /// Where the form posts to, relative to the page.
    pub action: &'static str,
}

/// A list on the sign-up page.
#[derive(Debug, Clone)]
pub struct Offered {
    /// What is ticked, with what it brings and how often.
    pub tick: Tick,
    /// What was sent before, and the same with the name of the list for who hears the link alone.
    pub sample: Option<(Link, String)>,
}

/// A question about the address.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// The way back.
    pub link: Option<Link>,
    /// The question.
    pub text: String,
    /// The addresses to choose from, the likeliest first, each with the words of its button.
    pub choices: Vec<(String, String)>,
    /// What else was posted, as it is posted again.
    pub kept: Vec<(String, String)>,
    /// Where the form posts to, relative to the page.
    pub action: &'static str,
}

/// A page with a heading, sentences and perhaps a way on.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What is the case.
    pub text: String,
    /// The lists that it is about, each with its language where that is not the page's.
    pub lists: Vec<(String, Option<Tongue>)>,
    /// The words of the button that posts to the same page; none for nothing to do.
    pub button: Option<String>,
    /// What else there is to know; empty for nothing.
    pub hint: String,
    /// The way on.
    pub link: Option<Link>,
}

/// What a page is made of.
#[derive(Debug, Clone)]
pub enum Body {
    /// The form.
    SignUp(Box<SignUp>),
    /// A question about the address.
    Doubt(Doubt),
    /// What is the case.
    Said(Said),
}

/// Where a page stands: on the site, or in a page of somebody else's.
#[derive(Debug, Clone)]
pub enum Place {
    /// Under the masthead.
    Site(Masthead),
    /// In a frame, without one.
    Frame,
}

/// Writes a page at its place.
#[must_use]
pub fn page(page: &Page, place: &Place, title: &str, body: &Body) -> String {
    let body = match body {
        Body::SignUp(form) => sign_up(form),
        Body::Doubt(question) => doubt(question),
        Body::Said(case) => said(case),
    };
    match place {
        Place::Site(masthead) => sheet(page, masthead, title, &body),
        Place::Frame => document(
            page,
            &html! {
                main.sheet.framed {
                    h1 { (Soft(title)) }
                    (body)
                }
            },
        ),
    }
}

/// The form and what surrounds it.
fn sign_up(form: &SignUp) -> Markup {
    if form.offers.is_empty() {
        return html! { p.text { (Soft(&form.nothing)) } };
    }
    html! {
        @if !form.faults.is_empty() {
            div.alert role="alert" {
                h2 { (form.faults_title) }
                ul { @for (id, text) in &form.faults { li { a href={ "#" (id) } { (Soft(text)) } } } }
            }
        }
        @if !form.remark.is_empty() { p.alert role="alert" { (Soft(&form.remark)) } }
        form method="post" action=(form.action) novalidate[!form.faults.is_empty()] {
            (offers(form))
            (field(&form.address))
            (field(&form.name))
            (trap(TRAP, &form.trap))
            input type="hidden" name="stamp" value=(form.stamp);
            input type="hidden" name="lang" value=(form.language);
            @for list in &form.shown { input type="hidden" name="shown" value=(list); }
            p.hint { (Soft(&form.promise)) }
            div.choices { (button(&form.button, Weight::Foremost, None)) }
        }
    }
}

/// One list needs no choice.
fn offers(form: &SignUp) -> Markup {
    if let [only] = form.offers.as_slice() {
        let tongue = only.tick.tongue.as_ref();
        return html! {
            div.offer.only {
                h2 lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(&only.tick.label)) }
                @for (n, note) in only.tick.notes.iter().enumerate().filter(|(_, note)| !note.is_empty()) {
                    @let tongue = tongue.filter(|_| n == 0);
                    p.about.besides[n > 0] lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(note)) }
                }
                (sample(only))
            }
            input type="hidden" name=(only.tick.name) value=(only.tick.value);
        };
    }
    let error = (!form.lists_error.is_empty()).then_some("f-lists-error");
    html! {
        fieldset id="f-lists" tabindex="-1" aria-describedby=[error] {
            legend { (form.legend) }
            @if let Some(id) = error { p.error id=(id) { (Soft(&form.lists_error)) } }
            @for offer in &form.offers {
                div.offer {
                    (tick(&offer.tick, "checkbox"))
                    (sample(offer))
                }
            }
        }
    }
}

fn sample(offer: &Offered) -> Markup {
    html! {
        @if let Some((link, label)) = &offer.sample {
            p.sample { a href=(link.href) target="_top" aria-label=(label) { (Soft(&link.text)) } }
        }
    }
}

/// Each answer is a button.
fn doubt(doubt: &Doubt) -> Markup {
    html! {
        p.text { (Soft(&doubt.text)) }
        form method="post" action=(doubt.action) {
            @for (name, value) in &doubt.kept { input type="hidden" name=(name) value=(value); }
            div.choices.stacked {
                @for (n, (address, words)) in doubt.choices.iter().enumerate() {
                    button.foremost[n == 0] type="submit" name="address" value=(address) { (Soft(words)) }
                }
            }
        }
        (way_on(doubt.link.as_ref()))
    }
}

fn said(said: &Said) -> Markup {
    html! {
        p.text { (Soft(&said.text)) }
        @if !said.lists.is_empty() {
            ul.lists {
                @for (title, tongue) in &said.lists {
                    @let tongue = tongue.as_ref();
                    li lang=[tongue.and_then(|t| t.lang.as_deref())] dir=[tongue.map(dir)] { (Soft(title)) }
                }
            }
        }
        @if let Some(words) = &said.button {
            form method="post" { div.choices { (button(words, Weight::Foremost, None)) } }
        }
        @if !said.hint.is_empty() { p.hint { (Soft(&said.hint)) } }
        (way_on(said.link.as_ref()))
    }
}

fn way_on(link: Option<&Link>) -> Markup {
    html! { @if let Some(link) = link { p.on { a href=(link.href) { (link.text) } } } }
}
