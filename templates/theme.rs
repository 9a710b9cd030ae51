//! The built-in theme: its files as texts, each of which a theme folder may replace.

/// `mail.css`: what each role looks like.
pub const MAIL_CSS: &str = include_str!("theme/mail.css");

/// `page.css`: what the pages look like.
pub const PAGE_CSS: &str = include_str!("theme/page.css");

/// `palette.toml`: the colours, light and dark.
pub const PALETTE: &str = include_str!("theme/palette.toml");

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
