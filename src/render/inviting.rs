//! The mails that answer a sign-up: please confirm, or you have it already.

use chrono_tz::Tz;
use templates::confirm::{self, Confirm};
use templates::view::{Frame, Link, Tongue};

use super::bidi::{is_rtl, isolate, isolate_runs, settle};
use super::cut::{bounded, ellipsis, soften};
use super::layout::{LINE, preheader_of, tongue};
use super::typeset;
use super::words::fill;
use super::{Theme, dates};
use crate::model::{Instant, Language, Message, Signup};

const SUBJECT: usize = 130;

/// What a mail that answers a sign-up is about.
#[derive(Debug, Clone)]
pub struct Invitation<'a> {
    /// What was asked.
    pub signup: &'a Signup,
    /// The titles of the lists that the mail is about, each with its language.
    pub lists: Vec<(&'a str, &'a Language)>,
    /// What the site is called.
    pub site: &'a str,
    /// The sender's postal address.
    pub postal_address: &'a str,
    /// The zone in which times are told.
    pub zone: Tz,
    /// What the button opens.
    pub href: &'a str,
}

/// Writes the mail that asks for a confirmation. It repeats nothing that a stranger could have written but the address.
#[must_use]
pub fn invitation(invitation: &Invitation<'_>, theme: &Theme) -> Message {
    let words = theme.page_words(&invitation.signup.asked.language);
    let said = &words.confirm_mail;
    let until = written(invitation, theme, invitation.signup.asked.expires_at);
    let notes = vec![said.ignore.clone(), fill(&said.until, &[("at", &until)])];
    mail(invitation, theme, (&said.subject, &said.lists, &said.button), &said.plain, notes)
}

/// Writes the mail that says that there is nothing to confirm.
#[must_use]
pub fn known_already(invitation: &Invitation<'_>, theme: &Theme) -> Message {
    let words = theme.page_words(&invitation.signup.asked.language);
    let said = &words.confirm_mail;
    let notes = vec![said.known_ignore.clone()];
    mail(invitation, theme, (&said.known_subject, &said.known_lists, &said.known_button), "", notes)
}

fn mail(
    invitation: &Invitation<'_>,
    theme: &Theme,
    (subject, label, button): (&str, &str, &str),
    plain: &str,
    notes: Vec<String>,
) -> Message {
    let asked = &invitation.signup.asked;
    let words = theme.page_words(&asked.language);
    let (language, said) = (&words.language, &words.confirm_mail);
    let base = language.direction();
    let home = |text: &str| soften(&isolate(&bounded(text, LINE), base));
    let titles: Vec<String> =
        invitation.lists.iter().map(|(title, _)| isolate(&bounded(title, LINE), base)).collect();
    let subject = fill(subject, &[("lists", &titles.join(", "))]);
    let subject: Vec<&str> = subject.split_whitespace().collect();
    let at = written(invitation, theme, invitation.signup.created_at);
    let intro = fill(
        &said.intro,
        &[("address", &home(asked.address.as_str())), ("site", &home(invitation.site)), ("at", &at)],
    );
    let list = |(title, own): &(&str, &Language)| -> (String, Tongue) {
        (soften(&isolate_runs(&bounded(title, LINE), own.direction())), tongue(own))
    };
    let postal = |line: &str| soften(&isolate(line, base));
    let view = Confirm {
        frame: Frame {
            tongue: tongue(language),
            words: None,
            subject: settle(&ellipsis(&subject.join(" "), SUBJECT), base),
            title: home(invitation.site),
            title_rtl: is_rtl(invitation.site, base),
            preheader: preheader_of(&intro, base),
            date: dates::full(theme.words(language), invitation.zone, invitation.signup.created_at),
            web_copy: None,
            unsubscribe: None,
            preferences: None,
            why: soften(&fill(&said.why, &[("network", &isolate(&asked.network, base))])),
            postal_address: invitation.postal_address.lines().map(postal).collect(),
            postal_rtl: is_rtl(invitation.postal_address, base),
        },
        intro,
        label: label.to_owned(),
        lists: invitation.lists.iter().map(list).collect(),
        button: Link { text: button.to_owned(), href: invitation.href.to_owned() },
        plain: plain.to_owned(),
        notes,
    };
    let (html, text) = (confirm::html(&view, &theme.look), typeset::set(&confirm::text(&view)));
    Message { subject: view.frame.subject, language: language.clone(), direction: base, html, text }
}

/// Day and time.
fn written(invitation: &Invitation<'_>, theme: &Theme, at: Instant) -> String {
    super::subscribing::moment(theme, &invitation.signup.asked.language, invitation.zone, at)
}
