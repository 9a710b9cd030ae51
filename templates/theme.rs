//! What is built in, as texts: the looks, each a set of files, and what all looks share. A theme folder may replace
//! each of these files.

/// A built-in look: files that say what a mail looks like.
#[derive(Debug, Clone, Copy)]
pub struct Dress {
    /// What the configuration calls it.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// `theme.toml`: fonts, widths and how articles are laid out.
    pub theme: &'static str,
    /// `palette.toml`: the colours, light and dark.
    pub palette: &'static str,
    /// `mail.css`: what each role looks like.
    pub mail_css: &'static str,
}

macro_rules! dress {
    ($name:literal, $about:literal) => {
        Dress {
            name: $name,
            about: $about,
            theme: include_str!(concat!("theme/", $name, "/theme.toml")),
            palette: include_str!(concat!("theme/", $name, "/palette.toml")),
            mail_css: include_str!(concat!("theme/", $name, "/mail.css")),
        }
    };
}

/// The looks; the first is what a digest has that names none.
pub const LOOKS: &[Dress] = &[
    dress!("quiet", "text first, on warm paper, one column to read from top to bottom"),
    dress!("magazine", "pictures first: a large one opens it, stories stand side by side"),
    dress!("compact", "headlines by section, a line each, no pictures"),
];

/// `README.md` of a theme folder that somebody begins with; `{look}` and `{about}` are to be filled.
pub const README: &str = include_str!("theme/README.md");

/// `page.css`: what the pages look like.
pub const PAGE_CSS: &str = include_str!("theme/page.css");

/// `words/<language>.toml`: the words round the articles, by language.
pub const WORDS: &[(&str, &str)] = &[
    ("ar", include_str!("theme/words/ar.toml")),
    ("de", include_str!("theme/words/de.toml")),
    ("en", include_str!("theme/words/en.toml")),
    ("es", include_str!("theme/words/es.toml")),
    ("fr", include_str!("theme/words/fr.toml")),
    ("he", include_str!("theme/words/he.toml")),
];

/// `pages/<language>.toml`: the words of the pages, by language.
pub const PAGES: &[(&str, &str)] = &[
    ("ar", include_str!("theme/pages/ar.toml")),
    ("de", include_str!("theme/pages/de.toml")),
    ("en", include_str!("theme/pages/en.toml")),
    ("es", include_str!("theme/pages/es.toml")),
    ("fr", include_str!("theme/pages/fr.toml")),
    ("he", include_str!("theme/pages/he.toml")),
];

/// `publisher/<language>.toml`: the words of mails to the publisher, by language; no theme replaces them.
pub const PUBLISHER_WORDS: &[(&str, &str)] = &[
    ("ar", include_str!("theme/publisher/ar.toml")),
    ("de", include_str!("theme/publisher/de.toml")),
    ("en", include_str!("theme/publisher/en.toml")),
    ("es", include_str!("theme/publisher/es.toml")),
    ("fr", include_str!("theme/publisher/fr.toml")),
    ("he", include_str!("theme/publisher/he.toml")),
];
