//! What the classes and ids of a page's elements give away, and what its roles and styles hide.

use std::collections::HashMap;

use super::tree::Tree;

/// What a class or an id says of its element; a set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signs(u32);

impl Signs {
    /// Round the article rather than in it.
    pub(super) const UNLIKELY: Self = Self(1);
    /// And yet it may hold the article.
    pub(super) const MAYBE: Self = Self(1 << 1);
    /// Speaks for text.
    pub(super) const GOOD: Self = Self(1 << 2);
    /// Speaks against it.
    pub(super) const BAD: Self = Self(1 << 3);
    pub(super) const BYLINE: Self = Self(1 << 4);
    pub(super) const SHARE: Self = Self(1 << 5);
    pub(super) const CAPTION: Self = Self(1 << 6);
    pub(super) const CREDIT: Self = Self(1 << 7);
    pub(super) const DEK: Self = Self(1 << 8);
    pub(super) const SECTION: Self = Self(1 << 9);
    /// Lists of other articles, and boxes that ask for an address.
    pub(super) const FURNITURE: Self = Self(1 << 10);
    pub(super) const WALL: Self = Self(1 << 11);
    pub(super) const CONSENT: Self = Self(1 << 12);
    pub(super) const FOOTER: Self = Self(1 << 13);
    pub(super) const POPULAR: Self = Self(1 << 14);
    pub(super) const DATE: Self = Self(1 << 15);
    /// Who the author is.
    pub(super) const BIO: Self = Self(1 << 16);
    /// Paid for by somebody.
    pub(super) const SPONSORED: Self = Self(1 << 17);

    /// True if one of `signs` is among these.
    pub(super) const fn has(self, signs: Self) -> bool {
        self.0 & signs.0 != 0
    }

    const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Reads a class or an id.
    fn of(written: &str) -> Self {
        let lower = written.to_ascii_lowercase();
        let mut signs = Self::default();
        for (sign, parts) in PARTS {
            if parts.iter().any(|part| lower.contains(part)) {
                signs = signs.with(sign);
            }
        }
        for word in lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            for (sign, words) in WORDS {
                if words.contains(&word) {
                    signs = signs.with(sign);
                }
            }
        }
        signs
    }
}

/// Signs that may be anywhere in a name.
#[rustfmt::skip]
const PARTS: [(Signs, &[&str]); 16] = [
    (Signs::UNLIKELY, &["-ad-", "ai2html", "agegate", "banner", "breadcrumb", "combx", "comment", "community",
        "cookie", "cover-wrap", "disqus", "extra", "footer", "gdpr", "header", "legends", "menu", "newsletter",
        "outbrain", "pager", "pagination", "popup", "related", "remark", "replies", "rss", "shoutbox",
        "sidebar", "signup", "sign-up", "skyscraper", "social", "sponsor", "subscrib", "supplemental",
        "taboola", "trending", "yom-remote"]),
    (Signs::MAYBE, &["and", "article", "body", "column", "content", "main", "mathjax", "shadow"]),
    (Signs::GOOD, &["article", "blog", "body", "content", "entry", "main", "page", "pagination", "post",
        "story", "text"]),
    (Signs::BAD, &["-ad-", "banner", "com-", "combx", "comment", "contact", "footer", "gdpr", "hidden",
        "masthead", "media", "meta", "newsletter", "outbrain", "promo", "related", "scroll", "share",
        "shopping", "shoutbox", "sidebar", "signup", "skyscraper", "sponsor", "tags", "widget"]),
    (Signs::BYLINE, &["author", "byline", "dateline", "p-author", "writtenby", "written-by"]),
    (Signs::SHARE, &["share", "sharedaddy", "sharing"]),
    (Signs::CAPTION, &["caption", "cutline", "legend"]),
    (Signs::CREDIT, &["credit", "copyright", "photographer", "photo-by", "image-source", "img-source"]),
    (Signs::DEK, &["post-excerpt", "standfirst", "subhead", "sub-head", "subtitle", "sub-title", "sub_title", "articledek",
        "article-dek"]),
    (Signs::SECTION, &["kicker", "eyebrow", "rubric", "section-name", "sectionname", "section-label",
        "post-category"]),
    (Signs::FURNITURE, &["newsletter", "sign-up", "signup", "subscribe", "related", "recommend", "popular",
        "most-read", "mostread", "most-viewed", "trending", "latest", "read-also", "readmore", "read-more",
        "more-stories", "more-from", "outbrain", "taboola", "also-like", "you-may", "advert", "promo-box"]),
    (Signs::WALL, &["paywall", "pay-wall", "regwall", "subscriber-only", "subscribers-only", "premium-wall"]),
    (Signs::CONSENT, &["cookie", "consent", "gdpr", "privacy-wall", "onetrust", "didomi", "usercentrics"]),
    (Signs::POPULAR, &["popular", "mostread", "most-read", "most_read", "most-viewed", "mostviewed",
        "trending", "top-stories"]),
    (Signs::BIO, &["author-bio", "authorbio", "author_bio", "about-author", "about-the-author", "author-box", "authorbox", "author-card",
        "author-info", "author-description", "post-author-bio", "bio-box", "author-footer", "author__bio", "author__description"]),
    (Signs::SPONSORED, &["sponsor", "partner-content", "partnercontent", "partner_content", "native-ad", "nativead", "branded-content",
        "brandedcontent", "paid-post", "paidpost", "paid-content", "advertorial", "promoted"]),
];

/// Signs that must be words of their own.
#[rustfmt::skip]
const WORDS: [(Signs, &[&str]); 11] = [
    (Signs::GOOD, &["hentry"]),
    (Signs::BAD, &["hid"]),
    (Signs::DEK, &["dek", "deck", "standfirst", "lede", "strapline", "teaser", "abstract", "ingress",
        "chapo", "vorspann", "entradilla", "bajada", "sommario"]),
    (Signs::SECTION, &["section", "category", "rubric", "topic", "channel", "label"]),
    (Signs::FOOTER, &["footer", "foot"]),
    (Signs::DATE, &["date", "time", "created", "published", "updated", "timestamp", "pubdate", "posted"]),
    (Signs::FURNITURE, &["ad", "ads", "promo", "subscribe", "latest", "popular", "related"]),
    (Signs::BYLINE, &["writer", "reporter", "submitted"]),
    (Signs::DATE, &["submitted"]),
    (Signs::BIO, &["bio"]),
    (Signs::UNLIKELY, &["advert", "advertisement", "nav", "navbar"]),
];

/// What the elements of a page say of themselves.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) class: Vec<Signs>,
    pub(super) id: Vec<Signs>,
    /// Not shown to readers.
    pub(super) hidden: Vec<bool>,
    /// What readers wrote.
    pub(super) comments: Vec<bool>,
}

impl Said {
    pub(super) fn new(tree: &Tree<'_>) -> Self {
        let count = tree.nodes.len();
        let mut said = Self {
            class: vec![Signs::default(); count],
            id: vec![Signs::default(); count],
            hidden: vec![false; count],
            comments: vec![false; count],
        };
        // Most elements of a page share a few names.
        let mut known: HashMap<&str, Signs> = HashMap::new();
        for at in 0..count {
            let Some(tag) = tree.tag(at) else { continue };
            for (name, value) in tag.attributes() {
                match name.len() {
                    5 if name.eq_ignore_ascii_case("class") => {
                        said.class[at] = *known.entry(value).or_insert_with(|| Signs::of(value));
                    }
                    2 if name.eq_ignore_ascii_case("id") => {
                        said.comments[at] |= value == "comments";
                        said.id[at] = *known.entry(value).or_insert_with(|| Signs::of(value));
                    }
                    5 if name.eq_ignore_ascii_case("style") => said.hidden[at] |= hides(value),
                    6 if name.eq_ignore_ascii_case("hidden") => said.hidden[at] = true,
                    11 if name.eq_ignore_ascii_case("aria-hidden") => {
                        // An image in place of a formula is hidden from machines alone.
                        said.hidden[at] |= value.eq_ignore_ascii_case("true") && &tag.name != "img";
                    }
                    _ => {}
                }
            }
        }
        said
    }

    /// What class and id say together.
    pub(super) fn both(&self, at: usize) -> Signs {
        self.class[at].with(self.id[at])
    }

    /// How much class and id speak for text: -50 to 50.
    pub(super) fn weight(&self, at: usize) -> i32 {
        let weigh =
            |signs: Signs| 25 * (i32::from(signs.has(Signs::GOOD)) - i32::from(signs.has(Signs::BAD)));
        weigh(self.class[at]) + weigh(self.id[at])
    }
}

fn hides(style: &str) -> bool {
    let lower: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    lower.contains("display:none") || lower.contains("visibility:hidden")
}
