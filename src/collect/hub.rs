//! Hubs: who would push a document instead of being polled for it, as its header or the document itself says.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use super::link;
use crate::model::Hub;

/// So much of a header is read, in bytes.
const LONGEST: usize = 8 * 1024;
/// More links of a header are not looked at.
const MOST: usize = 50;

/// What a document or its header says of who pushes it; the first of each counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The hub (`rel="hub"`).
    pub hub: Option<Url>,
    /// The name under which the hub knows the document (`rel="self"`).
    pub topic: Option<Url>,
}

impl Links {
    /// Takes a link, if its relation says something of hubs.
    pub(super) fn offer(&mut self, relations: &str, address: &str, base: &Url) {
        for relation in relations.split_ascii_whitespace() {
            let place = match relation.to_ascii_lowercase().as_str() {
                "hub" => &mut self.hub,
                "self" => &mut self.topic,
                _ => continue,
            };
            if place.is_none() {
                *place = link::web(address, base).map(|mut url| {
                    url.set_fragment(None);
                    url
                });
            }
        }
    }

    /// The hub of a document found at `url`: what the header says (`self`) goes before what `inside` says.
    ///
    /// A document that does not name itself is known by its address.
    #[must_use]
    pub fn hub(&self, inside: &Self, url: &Url) -> Option<Hub> {
        let hub = self.hub.as_ref().or(inside.hub.as_ref())?;
        let topic = self.topic.as_ref().or(inside.topic.as_ref()).unwrap_or(url);
        Some(Hub { url: hub.clone(), topic: topic.clone() })
    }
}

/// `WebSub` §4: what the header of a document says, found at `base`.
pub(super) fn of_header(headers: &HeaderMap, base: &Url) -> Links {
    let mut links = Links::default();
    for value in headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()) {
        read(&value[..value.floor_char_boundary(LONGEST)], base, &mut links);
    }
    links
}

/// RFC 8288 §3: links between commas, each an address in angle brackets with parameters.
fn read(value: &str, base: &Url, links: &mut Links) {
    let mut rest = value;
    for _ in 0..MOST {
        let Some((_, behind)) = rest.split_once('<') else { return };
        let Some((address, behind)) = behind.split_once('>') else { return };
        let (relation, elsewhere, behind) = parameters(behind);
        // RFC 8288 §3.2: with an anchor it is a link of something else.
        if let Some(relation) = relation.filter(|_| !elsewhere) {
            links.offer(&relation, address, base);
        }
        rest = behind;
    }
}

/// The first relation among parameters, whether there is an anchor, and what stands behind them.
fn parameters(text: &str) -> (Option<String>, bool, &str) {
    let (mut relation, mut elsewhere, mut rest) = (None, false, text);
    loop {
        rest = rest.trim_start();
        let Some(behind) = rest.strip_prefix(';') else { return (relation, elsewhere, rest) };
        let end = behind.find(['=', ';', ',']).unwrap_or(behind.len());
        let name = behind[..end].trim().to_ascii_lowercase();
        rest = &behind[end..];
        let mut value = String::new();
        if let Some(behind) = rest.strip_prefix('=') {
            (value, rest) = parameter(behind.trim_start());
        }
        match name.as_str() {
            // RFC 8288 §3.3: only the first counts.
            "rel" if relation.is_none() => relation = Some(value),
            "anchor" => elsewhere = true,
            _ => {}
        }
    }
}

/// A value, in quotes or without, and what stands behind it.
fn parameter(text: &str) -> (String, &str) {
    let Some(inside) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &inside[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        "https://harbour.example/feed".parse().unwrap()
    }

    fn links(values: &[&str]) -> Links {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, value.parse().unwrap());
        }
        of_header(&headers, &base())
    }

    fn of(hub: &str, topic: &str) -> Links {
        let url = |text: &str| (!text.is_empty()).then(|| base().join(text).unwrap());
        Links { hub: url(hub), topic: url(topic) }
    }

    #[test]
    fn a_header_names_the_hub_in_every_spelling() {
        for (values, expected) in [
            (
                &["<https://hub.example/>; rel=\"hub\", <https://a.example/x>; rel=\"self\""][..],
                of("https://hub.example/", "https://a.example/x"),
            ),
            (&["<https://hub.example/>; rel=\"hub\"", "</x#top>;rel=self"], of("https://hub.example/", "/x")),
            (&["</hub> ; title=\"a, b; \\\"rel=x\\\"\" ; REL = \"up HUB\""], of("/hub", "")),
            (&["</a>; rel=hub, </b>; rel=hub, </c>; rel=next"], of("/a", "")),
            (&["</a>; rel=next; rel=hub"], of("", "")),
            (&["</a>; anchor=\"/other\"; rel=hub, </b>; rel=hub"], of("/b", "")),
            (&["<ftp://hub.example/>; rel=hub"], of("", "")),
            (&["</a", "</a>; rel=\"hub", "rel=hub"], of("/a", "")),
            (&[], of("", "")),
        ] {
            assert_eq!(links(values), expected, "{values:?}");
        }
    }

    #[test]
    fn the_header_goes_before_the_document_and_what_does_not_name_itself_is_known_by_its_address() {
        let url = |text: &str| base().join(text).unwrap();
        let inside = of("/inside", "/topic");
        assert_eq!(of("/a", "").hub(&inside, &base()), Some(Hub { url: url("/a"), topic: url("/topic") }));
        assert_eq!(of("", "").hub(&of("/b", ""), &base()), Some(Hub { url: url("/b"), topic: base() }));
        assert_eq!(of("", "/x").hub(&of("", "/y"), &base()), None);
    }

    #[test]
    fn feeds_of_every_format_name_their_hubs() {
        let url = |text: &str| base().join(text).unwrap();
        for document in [
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://harbour.example/'><link rel='hub' href='hub'/><link href='/topic#x' rel='self'/>\
             <link rel='hub' href='/other'/><entry><link rel='hub' href='/wrong'/><title>x</title></entry></feed>",
            "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><a:link rel='HUB' href='https://harbour.example/hub'/>\
             <a:link href='/topic' rel='self'></a:link><link>https://harbour.example/</link><item><title>x</title></item></channel></rss>",
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"x\",\"feed_url\":\"https://harbour.example/topic\",\
             \"hubs\":[{\"type\":\"rssCloud\",\"url\":\"/cloud\"},{\"type\":\"WebSub\",\"url\":\"/hub\"}],\"items\":[]}",
        ] {
            let feed = crate::collect::parse(document.as_bytes(), None, &base()).unwrap();
            let hub = Hub { url: url("/hub"), topic: url("/topic") };
            assert_eq!(Links::default().hub(&feed.links, &base()), Some(hub), "{document}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_to_its_end_and_leads_to_the_web_alone(value in "[<>;,=\"\\\\ a-z:/#]{0,60}") {
            let links = links(&[&value]);
            for url in [links.hub, links.topic].into_iter().flatten() {
                prop_assert!(matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
            }
        }

        #[test]
        fn what_is_written_as_a_link_is_read_as_one(path in "[a-z0-9,;=]{1,20}", title in "[ !#-\\[\\]-~]{0,20}", before in any::<bool>()) {
            let title = format!("; title=\"{title}\"");
            let (first, last) = if before { (title.as_str(), "") } else { ("", title.as_str()) };
            let value = format!("</other>; rel=next{title}, <https://hub.example/{path}>{first}; rel=\"hub\"{last}");
            prop_assert_eq!(links(&[&value]).hub, Some(format!("https://hub.example/{path}").parse().unwrap()));
        }
    }
}
