//! Letters that have arrived, and the links in them.

use mail_parser::MessageParser;
use pressrun::model::{NewList, NewSubscriber, Otherwise, SubscriptionState};
use pressrun::store::Terms;

use crate::store_world::address;
use crate::web_site::Pages;
use crate::world::name;

/// Where the links of these letters begin.
const HOME: &str = "https://tide.example";

/// The pages of a press whose edition has gone out to ann, bob and these.
pub(crate) async fn delivered(language: &str, more: &[&str]) -> Pages {
    let pages = Pages::in_language(language, Otherwise::Skip).await;
    pages.world.subscribe(more).await;
    let (world, digest) = (&pages.world, &pages.digest);
    world.store.release(pages.edition, &digest.lists, &Terms::default(), world.now()).await.unwrap();
    world.deliver(pages.edition, digest, &world.carrier).await;
    pages
}

/// Puts readers on a second list.
pub(crate) async fn also_on(pages: &Pages, list: &str, readers: &[&str]) {
    let new =
        NewList { name: name(list), title: format!("The {list}"), list_id: format!("{list}.tide.example") };
    let store = &pages.world.store;
    store.declare_lists(&[new]).await.unwrap();
    let batch: Vec<_> = readers
        .iter()
        .map(|reader| NewSubscriber {
            address: address(reader),
            name: String::new(),
            zone: None,
            consent: String::new(),
        })
        .collect();
    let state = SubscriptionState::Confirmed;
    store.add_subscribers(&name(list), &batch, state, pages.world.now()).await.unwrap();
}

/// Every path of ours that a reader's letter leads to, in header and body.
pub(crate) fn links(pages: &Pages, reader: &str) -> Vec<String> {
    let letters = pages.world.letters();
    let letter = letters.iter().find(|letter| letter.recipient.as_str() == reader).expect("a letter");
    let mail = MessageParser::default().parse(&letter.bytes).expect("a mail");
    let header = mail.header_raw("List-Unsubscribe").unwrap_or_default();
    let (html, text) = (mail.body_html(0).unwrap_or_default(), mail.body_text(0).unwrap_or_default());
    let mut found = Vec::new();
    for part in [header, &html, &text] {
        for (at, home) in part.match_indices(HOME) {
            let path = &part[at + home.len()..];
            let end = path.find(['>', '"', '\n', '\r', ' ', '<']).unwrap_or(path.len());
            found.push(path[..end].to_owned());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The path at which a reader leaves the list.
pub(crate) fn way_out(pages: &Pages, reader: &str) -> String {
    let links = links(pages, reader);
    links.into_iter().find(|link| link.starts_with("/unsubscribe/")).expect("a way out")
}

/// Where a reader stands on each of their lists.
pub(crate) async fn states(pages: &Pages, reader: &str) -> Vec<(String, SubscriptionState)> {
    let found = pages.world.store.subscriber(&address(reader)).await.unwrap();
    let places = found.map(|reader| reader.subscriptions).unwrap_or_default();
    places.into_iter().map(|place| (place.list.to_string(), place.state)).collect()
}
