//! Render: an edition becomes a message — subject, HTML and text.
//!
//! [`render`] lays an [`Edition`] out in its digest's language and zone, lets the `templates` crate write it in a
//! [`Theme`], and cuts it to the digest's size budget by leaving out whole articles from the end.
//!
//! [`notices()`] and [`approval()`] write the mails to the publisher in the same frame.
//!
//! Promises:
//!
//! * Pure: the same edition, digest, theme and links give the same bytes. No clock, no network, no store.
//! * The HTML never passes `html_budget`, also when the holes are filled with addresses of 300 bytes; what was
//!   left out is listed, and the message says how many articles are on the web only. The first never goes.
//! * HTML and text have the same order and the same links (RFC 2046 §5.1.4); the text is written, not converted.
//! * What a source wrote stays text: it is escaped in HTML, kept on its line in the text, and never moves the
//!   punctuation of its neighbours (U+2068 and U+2069 round runs of the other direction).
//! * Every line of the text ends in `\n`, has at most 78 columns as a terminal counts them unless it is an
//!   address, has no blank at its end and does not begin with `From ` (RFC 4155).
//! * A theme's faults are found when it is loaded, all of them, each with file and line.
//!
//! Looks: a look is four files — `theme.toml` (fonts, widths, layout, logo), `palette.toml`, `mail.css`, words — and no code.
//! How articles stand is decided here, from the layout that a theme names: the templates get rows ([`templates::view::Row`])
//! and know neither a look nor its name. A theme folder says which look it is built on, and each of its files takes the place
//! of that look's.
//!
//! How styles get inline: an element names the *role* that it plays; when a theme is loaded, its `mail.css` (flat
//! rules over classes, colours from `palette.toml`, fonts and widths from `theme.toml`) is read once into one `style` attribute per role, and the dark
//! colours are derived from it. A general inliner would parse every page again (a millisecond a page) to find what the
//! templates already know, and could not say in which line a theme names a part that does not exist.
//!
//! The pages that the web shows are laid out here too ([`approval_page`], [`archive_page`], [`leaving_page`], [`trouble_page`]): the same theme, the same words. Their
//! style sheet stays one, since browsers know what mail clients do not.
//!
//! What could go wrong with a mail, ours or another, [`lint`] finds: pure as well, bytes in, findings out.
//!
//! Never: fetches a picture, adds a tracking pixel, rewrites a link of what is stored, or decides which articles are in.
//! (Where the publisher has clicks counted, [`led_through`] leads the links of letters to their articles through our
//! pages; the budget has room for that.)

mod archive;
mod atom;
mod bidi;
mod budget;
mod css;
mod cut;
mod dates;
mod error;
mod inviting;
mod layout;
mod leaving;
pub mod lint;
mod lint_active;
mod lint_colour;
mod lint_contrast;
mod lint_css;
mod lint_direction;
mod lint_elements;
#[cfg(test)]
mod lint_faults;
mod lint_header;
mod lint_hidden;
mod lint_images;
mod lint_inbox;
mod lint_leaving;
mod lint_links;
mod lint_loud;
mod lint_mail;
mod lint_parts;
mod lint_selector;
mod lint_structure;
mod lint_style;
mod lint_subject;
mod lint_support;
mod lint_tables;
mod lint_tree;
mod lint_values;
mod measures;
mod moving;
mod page_css;
mod page_words;
mod pages;
mod palette;
mod passing;
mod plural;
mod preferences;
mod publisher;
mod subject;
mod subscribing;
mod theme;
mod typeset;
mod web_copy;
mod words;

use templates::digest;

use crate::model::{ArticleId, Digest, Edition, Message};

pub use archive::{Archive, PastEdition, archive_page};
pub use atom::{Feed, feed};
pub use error::{Fault, RenderError};
pub use inviting::{Invitation, invitation, known_already};
pub use leaving::{Leaving, Parting, leaving_page};
pub use moving::{Told, address_changed, confirm_address, told_page};
pub use pages::{Asked, Stand, Trouble, approval_page, framed, trouble_page};
pub use passing::led_through;
pub use preferences::{Answers, Choosing, Host, Wrong, preferences_page};
pub use publisher::{Desk, Question, Unanswered, approval, notices};
pub use subscribing::{
    Again, Choice, Dubious, Filled, Flaw, Often, Outcome, Setting, doubt_page, outcome_page, sign_up_page,
    sign_up_wording,
};
pub use theme::Theme;
pub use web_copy::{WebCopy, web_copy};

/// Addresses of this edition that are the same for every reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The absolute http or https URL of the edition's web copy, if there is one.
    pub web_copy: Option<String>,
    /// How long the address of a passage is, in bytes, through which letters will lead to articles; `None` where they lead
    /// there straight.
    pub passage: Option<usize>,
}

/// A rendered edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The message, with [`Hole`](crate::model::Hole) marks.
    pub message: Message,
    /// The articles that the size budget left out, in reading order.
    pub trimmed: Vec<ArticleId>,
}

/// Returns the articles of an edition whose pictures a letter shows, in reading order, each with the most pixels that the
/// longer side of its picture takes.
#[must_use]
pub fn shown_pictures(edition: &Edition, digest: &Digest, theme: &Theme) -> Vec<(ArticleId, u32)> {
    layout::shown_pictures(edition, digest, theme)
}

/// Renders an edition; fails only if `digest.html_budget` has no room for the frame and one article.
pub fn render(
    edition: &Edition,
    digest: &Digest,
    theme: &Theme,
    links: &Links,
) -> Result<Rendered, RenderError> {
    let words = theme.words(&digest.language);
    let view = layout::view(edition, digest, theme, links);
    let page = budget::fit(&view, &theme.look, digest.html_budget, links.passage, |n| words.more(n, links))?;
    let text = typeset::set(&digest::text(&view, page.shown, page.more.as_ref()));
    let message = Message {
        subject: view.frame.subject,
        language: digest.language.clone(),
        direction: digest.language.direction(),
        html: page.html,
        text,
    };
    let trimmed = edition.articles().skip(page.shown).map(|placed| placed.id).collect();
    Ok(Rendered { message, trimmed })
}
