//! Collecting: the bytes of a source become articles.
//!
//! Three steps. [`Fetcher::fetch`] asks a server for a document, politely and suspiciously; [`parse`] reads its
//! entries, whatever format, encoding or damage it has; [`clean`] makes articles of them. Where there is no feed, or one
//! that says little, [`index`](index()) and [`sitemap`](sitemap()) find pages, [`Fetcher::page`] fetches them as a robot
//! that obeys, and [`read`] reads the article out of each ([`entry_of`] makes an entry of that).
//!
//! Of a picture that is to be shown, [`Fetcher::glance`] asks for the first bytes: whether it is one, and how large;
//! [`copied`] makes a copy of it that is ours to serve.
//!
//! Promises:
//! * A hostile document or server costs no more than the limits say: bytes are counted after decompression and
//!   while they stream, time in all; no entity is expanded; nesting is capped, and so are the number of entries and what each takes
//!   from its feed.
//! * No request goes to a private, loopback, link-local or otherwise special address, whatever a URL, a redirect
//!   or a resolver says, unless the operator allowed the host and the source lives there or was sent on by an allowed host: the address
//!   that was checked is the one dialled.
//! * One damaged entry costs that entry and no other; what was wrong is told as a sentence a publisher understands.
//! * An [`Article`](crate::model::Article) keeps every promise of its documentation, whatever came in.
//!
//! Never: reads the wall clock (`now` is an argument), sees the store or the configuration, decides when to poll
//! again, runs anything that a document says.
//!
//! Obeyed: RFC 9110 §8.8, §13.1 (validators), §15.4 (redirects), §10.2.3 (Retry-After), §14.2 (Range); RFC 4287 (Atom), RSS 2.0,
//! RSS 1.0, JSON Feed 1.1; the Encoding and HTML standards; RFC 6890 (special addresses); UAX 9, 15, 29;
//! RFC 9309 (robots.txt), RFC 8288 (links), `WebSub` §4, sitemaps.org, Open Graph, schema.org.

mod author;
mod capture;
mod charset;
mod clean;
mod copying;
mod current;
mod date;
mod date_words;
mod draft;
mod elements;
mod entity;
mod excerpt;
mod fetch;
mod fetch_error;
mod fingerprint;
mod frames;
mod from_page;
mod guard;
mod hub;
mod image;
mod index;
mod index_sponsored;
mod json;
mod language;
mod link;
mod measure;
mod names;
mod page;
mod parse;
mod places;
mod polite;
mod reading;
mod reading_canonical;
mod reading_captions;
mod reading_dateline;
mod reading_furniture;
mod reading_json_ld;
mod reading_kind;
mod reading_lead;
mod reading_lines;
mod reading_measures;
mod reading_meta;
mod reading_parts;
mod reading_score;
mod reading_signs;
mod reading_title;
mod reading_walls;
mod reading_words;
mod robots;
mod sanitise;
mod selector;
mod sentences;
mod short;
mod sieve;
mod sitemap;
mod tag;
mod text;
mod title;
mod tokens;
mod tree;
mod xml;

pub use clean::{clean, is_by_date};
pub use copying::{CopyError, LARGEST, copied};
pub use fetch::{Document, FetchRules, Fetched, Fetcher, PictureBytes};
pub use fetch_error::FetchError;
pub use from_page::{entry_of, fill, page_digest, page_of, place_digest, says_little};
pub use hub::Links;
pub use image::pictures_of;
pub use index::{Index, index};
pub use measure::{Glance, glance};
pub use parse::{Feed, ParseError, parse};
pub use reading::{Reading, read};
pub use reading_kind::ReadingKind;
pub use reading_lead::Lead;
pub use robots::Robots;
pub use sitemap::{ListedPage, Sitemap, SitemapError, read as sitemap};

#[cfg(test)]
#[path = "work_tests.rs"]
mod work_tests;
