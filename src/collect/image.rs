//! Pictures: which one leads an article, and which are none at all (trackers, icons, faces).

use url::Url;

use super::tokens::Tag;
use super::{entity, link, sieve, text};
use crate::model::{Entry, Image, Picture};

/// Smaller pictures are icons.
pub(super) const SMALLEST: u32 = 100;

/// Returns the lead image: what the source names first, else the first of the content.
pub(super) fn lead(entry: &Entry, of_content: &[Picture]) -> Option<Image> {
    let named = entry.pictures.iter().filter_map(|picture| usable(picture, &entry.base));
    let mut found = named.chain(of_content.iter().filter_map(|picture| usable(picture, &entry.base)));
    let mut image = found.next()?;
    if image.alt.is_empty() {
        // The same picture in the text often has the better description.
        let same = of_content.iter().find(|p| p.url == image.url.as_str());
        image.alt = same.and_then(|p| p.alt.clone()).unwrap_or_default();
    }
    Some(image)
}

/// Returns the pictures in the text of an article that could lead it, each once, in their order.
#[must_use]
pub fn pictures_of(content: &str, base: &Url) -> Vec<Image> {
    let mut found: Vec<Image> = Vec::new();
    for image in sieve::sift(content, base).images.iter().filter_map(|picture| usable(picture, base)) {
        if !found.iter().any(|known| known.url == image.url) {
            found.push(image);
        }
    }
    found
}

pub(super) fn usable(picture: &Picture, base: &Url) -> Option<Image> {
    let url = link::web(&picture.url, base)?;
    let small = |side: Option<u32>| side.is_some_and(|side| side < SMALLEST);
    if small(picture.width) || small(picture.height) || is_decoration(&url) {
        return None;
    }
    let alt = text::one_line(picture.alt.as_deref().unwrap_or_default(), 200);
    Some(Image { url, width: picture.width, height: picture.height, alt })
}

/// True for faces, smileys, buttons and drawings that mail programs do not show.
fn is_decoration(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let path = url.path().to_ascii_lowercase();
    [".svg", ".svgz", ".ico"].iter().any(|ending| path.ends_with(ending))
        || ["gravatar.com", "s.w.org", "feedburner.com", "badge.fury.io", "shields.io"]
            .iter()
            .any(|h| host.ends_with(h))
        || ["/emoji", "/smil", "avatar", "/icons/", "favicon", "/spacer.", "/blank.", "/share-"]
            .iter()
            .any(|part| path.contains(part))
}

/// Returns the picture of an `<img>`, absolute; `None` for trackers and for what has no address on the web.
pub(super) fn of_tag(tag: &Tag<'_>, base: &Url) -> Option<Picture> {
    let attributes: Vec<_> = tag.attributes().map(|(key, value)| (key, entity::decode(value))).collect();
    let get = |name: &str| {
        attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let size = |name| get(name).and_then(|v| v.trim_end_matches("px").parse::<u32>().ok());
    let (width, height) = (size("width"), size("height"));
    let first_of_set =
        |name| get(name).and_then(|set| set.split_whitespace().next()).map(|url| url.trim_end_matches(','));
    let lazy = ["data-src", "data-lazy-src", "data-original", "data-orig-file"].into_iter().find_map(get);
    let written = lazy
        .filter(|url| !url.is_empty())
        .or_else(|| get("src").filter(|src| !src.is_empty() && !is_data(src)))
        .or_else(|| first_of_set("srcset"))
        .or_else(|| first_of_set("data-srcset"))?;
    let url = link::web(written, base)?;
    let hidden = get("style").is_some_and(|style| {
        let style: String = style.to_ascii_lowercase().split_whitespace().collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    });
    if hidden || is_tracker(&url, width, height) {
        return None;
    }
    let alt = get("alt").map(|alt| text::one_line(alt, 200)).filter(|alt| !alt.is_empty());
    Some(Picture { url: url.into(), width, height, alt })
}

fn is_data(src: &str) -> bool {
    src.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// True for pictures that are there to be fetched, not seen.
fn is_tracker(url: &Url, width: Option<u32>, height: Option<u32>) -> bool {
    let tiny = |side: Option<u32>| side.is_some_and(|side| side <= 2);
    let host = url.host_str().unwrap_or_default();
    let path = url.path();
    let known = [
        "pixel.wp.com",
        "stats.wordpress.com",
        "feeds.wordpress.com",
        "feedsportal.com",
        "doubleclick.net",
        "google-analytics.com",
        "pixel.quantserve.com",
        "scorecardresearch.com",
        "feedads.g.doubleclick.net",
    ];
    tiny(width)
        || tiny(height)
        || known.iter().any(|tracker| {
            host.strip_suffix(tracker).is_some_and(|under| under.is_empty() || under.ends_with('.'))
        })
        || (host == "feeds.feedburner.com" && path.starts_with("/~"))
        || (host.ends_with("medium.com") && path.starts_with("/_/stat"))
        || path.ends_with("/pixel.gif")
        || path.ends_with("/1x1.gif")
}
