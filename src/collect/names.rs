//! What the elements of feed formats mean: namespaces and fields.

/// A namespace that feeds use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS of any version, or no namespace at all.
    Core,
    /// Atom 0.3 and 1.0.
    Atom,
    /// Dublin Core, elements and terms.
    Dublin,
    /// The RSS content module.
    Content,
    /// Media RSS.
    Media,
    /// Podcasts.
    Itunes,
    /// `FeedBurner`.
    Feedburner,
    /// XHTML.
    Xhtml,
    /// The RSS module of a site with comments.
    Slash,
    /// The RSS module of how often a feed is written.
    Syndication,
    /// RFC 4685.
    Thread,
    /// Anything else; its elements say nothing to us.
    Other,
}

impl Space {
    /// Returns the namespace of an address; spelling faults of the wild are forgiven.
    pub(super) fn of(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.trim_end_matches('/');
        match uri {
            "" => Self::Core,
            "http://www.w3.org/2005/atom" | "http://purl.org/atom/ns#" | "http://purl.org/atom/ns" => {
                Self::Atom
            }
            "http://purl.org/rss/1.0/modules/content" => Self::Content,
            "http://search.yahoo.com/mrss" | "http://search.yahoo.com/rss" => Self::Media,
            "http://www.w3.org/1999/xhtml" => Self::Xhtml,
            "http://rssnamespace.org/feedburner/ext/1.0" => Self::Feedburner,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Self::Core,
            "http://purl.org/rss/1.0/modules/slash" => Self::Slash,
            "http://purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "http://purl.org/syndication/thread/1.0" => Self::Thread,
            _ if uri.starts_with("http://purl.org/dc/") => Self::Dublin,
            _ if uri.starts_with("http://www.itunes.com/") => Self::Itunes,
            _ if uri.starts_with("http://purl.org/rss/1.0/modules/") => Self::Other,
            _ if uri.starts_with("http://purl.org/rss/") || uri.starts_with("http://purl.org/net/rss") => {
                Self::Core
            }
            _ if uri.starts_with("http://backend.userland.com/") => Self::Core,
            _ if uri.starts_with("http://my.netscape.com/") || uri.contains("channel.netscape.com") => {
                Self::Core
            }
            _ if uri.starts_with("http://blogs.law.harvard.edu/tech/rss") => Self::Core,
            _ => Self::Other,
        }
    }

    /// Returns what an undeclared prefix means by custom.
    pub(super) fn by_custom(prefix: &str) -> Self {
        match prefix {
            "" | "rss" | "rdf" => Self::Core,
            "atom" | "a10" => Self::Atom,
            "dc" | "dcterms" => Self::Dublin,
            "content" => Self::Content,
            "media" => Self::Media,
            "itunes" => Self::Itunes,
            "feedburner" => Self::Feedburner,
            "xhtml" => Self::Xhtml,
            "slash" => Self::Slash,
            "sy" | "syn" => Self::Syndication,
            "thr" => Self::Thread,
            _ => Self::Other,
        }
    }
}

/// A thing that an element says about a feed or an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Link,
    Guid,
    /// The short form by name (`summary`).
    Summary,
    /// What may be short or long (`description`).
    Description,
    Content,
    Published,
    Updated,
    Author,
    Topic,
    /// Several topics between commas.
    Topics,
    Language,
    /// The link behind a counting redirect.
    OriginalLink,
    Enclosure,
    MediaContent,
    Thumbnail,
    /// The picture of a podcast's episode.
    Cover,
    /// How many comments there are.
    Comments,
    /// How often it was looked at, in an attribute.
    Statistics,
    /// For how many minutes the feed stays as it is.
    Ttl,
    /// An hour, or a day, on which the feed is not to be asked.
    SkipHour,
    SkipDay,
    /// The time in which a feed is written so and so often.
    UpdatePeriod,
    UpdateFrequency,
    /// Holds other elements of the same entry.
    Group,
}

/// Returns what an element means and how far it is preferred to others of the same meaning.
///
/// `local` is in lower case and without prefix.
pub(super) fn field(space: Space, local: &str) -> Option<(Field, u8)> {
    use Field::{Author, Content, Guid, Language, Summary, Title, Topic, Topics};
    use Space::{Atom, Core, Dublin, Feedburner, Itunes, Media, Xhtml};
    let found = match (space, local) {
        (Core | Atom, "title") => (Title, 3),
        (Dublin, "title") => (Title, 2),
        (Media | Itunes, "title") => (Title, 1),
        (Core | Atom, "link") => (Field::Link, 4),
        (Feedburner, "origlink") => (Field::OriginalLink, 6),
        (Core, "guid") | (Core | Atom, "id") => (Guid, 3),
        (Dublin, "identifier") => (Guid, 1),
        (Core | Atom, "summary") => (Summary, 4),
        (Core | Atom, "description" | "abstract") => (Field::Description, 4),
        (Dublin, "description" | "abstract") => (Field::Description, 3),
        (Itunes, "summary") => (Field::Description, 2),
        (Itunes, "subtitle") | (Media, "description") => (Field::Description, 1),
        (Space::Content, "encoded") => (Content, 3),
        (Core | Atom, "content") | (Xhtml, "body") => (Content, 2),
        (Core | Atom, "author") | (Dublin, "creator" | "author") => (Author, 3),
        (Itunes, "author") => (Author, 1),
        (Core | Atom, "category") | (Dublin, "subject") => (Topic, 1),
        (Media, "category") => (Topic, 1),
        (Itunes | Media, "keywords") => (Topics, 1),
        (Core | Dublin, "language") => (Language, 1),
        (Core, "ttl") => (Field::Ttl, 1),
        (Core, "hour") => (Field::SkipHour, 1),
        (Core, "day") => (Field::SkipDay, 1),
        (Space::Syndication, "updateperiod") => (Field::UpdatePeriod, 1),
        (Space::Syndication, "updatefrequency") => (Field::UpdateFrequency, 1),
        (Core, "enclosure") => (Field::Enclosure, 1),
        (Media, "content") => (Field::MediaContent, 1),
        (Media, "thumbnail") => (Field::Thumbnail, 1),
        (Media, "group" | "community") => (Field::Group, 1),
        (Media, "statistics") => (Field::Statistics, 1),
        (Space::Slash, "comments") => (Field::Comments, 1),
        (Space::Thread, "total") => (Field::Comments, 2),
        (Itunes, "image") => (Field::Cover, 1),
        _ => return date_field(space, local),
    };
    Some(found)
}

fn date_field(space: Space, local: &str) -> Option<(Field, u8)> {
    use Field::{Published, Updated};
    use Space::{Atom, Core, Dublin};
    let found = match (space, local) {
        (Core, "pubdate") | (Core | Atom, "published") => (Published, 4),
        (Core | Atom, "issued") | (Dublin, "issued" | "available") => (Published, 3),
        (Dublin, "date") => (Published, 2),
        (Core | Atom | Dublin, "created") => (Published, 1),
        (Core | Atom, "updated" | "modified") => (Updated, 3),
        (Dublin, "modified") => (Updated, 2),
        _ => return None,
    };
    Some(found)
}
