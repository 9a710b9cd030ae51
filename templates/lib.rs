//! What people see: the mails, in HTML and in text, and the pages.
//!
//! A template takes plain values ([`view`]) and a [`Look`](role::Look), and writes. It computes nothing: no date, no
//! plural, no decision about what fits. Every element names the [`Role`](role::Role) that it plays; what a role
//! looks like is the theme's business (`theme/`), and the theme's styles arrive here as finished `style` attributes.
//! The built-in looks are folders in `theme/`; no template asks which of them it writes.
//!
//! Never: knows an edition, an article or a subscriber; depends on anything but maud.

pub mod approval;
pub mod archive;
pub mod confirm;
pub mod digest;
pub mod form;
mod frame;
pub mod leaving;
pub mod moving;
pub mod notices;
pub mod pages;
pub mod preferences;
pub mod role;
mod rows;
pub mod subscribe;
pub mod theme;
pub mod view;
