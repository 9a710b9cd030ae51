//! Pictures are looked at before an edition is made: letters reserve their room, and what is dead leaves no hole.

use std::sync::atomic::Ordering::SeqCst;

use chrono::TimeDelta;

use crate::feed_server::{Answer, Request, answer, redirect};
use crate::picture_world::{Gallery, attribute, images, item, media, picture, png};
use crate::publishing::{Press, published, timetable};

fn not_found() -> Answer {
    answer("404 Not Found", &[], b"")
}

/// Answers `/1200x675.png` with a picture of that size.
fn by_name(request: &Request) -> Answer {
    let file = request.path.trim_start_matches('/');
    let sides = file.split(['.', '?']).next().and_then(|name| name.split_once('x'));
    match sides.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?))) {
        Some((width, height)) => picture(&png(width, height)),
        None => not_found(),
    }
}

#[tokio::test]
async fn every_look_reserves_the_room_of_pictures_whose_size_no_feed_tells() {
    let gallery = Gallery::new(by_name).await;
    let items: Vec<String> = (1..6).map(|n| item(n, &media("@/1200x675.png", ""))).collect();
    gallery.tell(&items).await;
    assert!(gallery.asked().is_empty(), "a poll asks for no picture");
    let digest = gallery.world.digest();
    for (look, sizes) in [
        ("compact", &[][..]),
        ("quiet", &[("520", "292"), ("120", "67"), ("120", "67"), ("120", "67"), ("120", "67")]),
        ("magazine", &[("600", "337"), ("250", "140"), ("250", "140"), ("250", "140"), ("250", "140")]),
    ] {
        let html = gallery.draft_in(look, &digest).await.message.html;
        let found: Vec<_> =
            images(&html).iter().map(|tag| (attribute(tag, "width"), attribute(tag, "height"))).collect();
        let wanted: Vec<_> =
            sizes.iter().map(|(w, h)| (Some((*w).to_owned()), Some((*h).to_owned()))).collect();
        assert_eq!(found, wanted, "{look}");
        for tag in images(&html) {
            let alt = attribute(&tag, "alt").unwrap_or_default();
            assert!(!alt.is_empty() && tag.contains("height:auto") && tag.contains("max-width:"), "{tag}");
        }
        assert_eq!(gallery.asked().len(), usize::from(look != "compact"), "{look}: one picture, once");
    }
}

#[tokio::test]
async fn the_first_bytes_are_asked_for_once_and_remembered() {
    let gallery = Gallery::new(by_name).await;
    gallery.tell(&[item(1, &media("@/800x600.png?1", "")), item(2, &media("@/900x600.png?2", ""))]).await;
    gallery.draft().await;
    let asked = gallery.server.asked();
    let picture = asked.iter().find(|request| request.path.starts_with("/800")).unwrap();
    assert_eq!(picture.headers["range"], "bytes=0-65535");
    assert_eq!(picture.headers["accept-encoding"], "identity");
    assert!(picture.headers["accept"].contains("image/jpeg"));
    assert_eq!(gallery.asked().len(), 2);

    gallery.draft().await;
    gallery.draft_in("magazine", &gallery.world.digest()).await;
    gallery.tell(&[item(1, &media("@/800x600.png?1", "")), item(2, &media("@/700x500.png", ""))]).await;
    let html = gallery.draft().await.message.html;
    assert_eq!(gallery.asked()[2..], ["/700x500.png"], "only what its source names anew");
    assert!(images(&html).iter().any(|tag| tag.contains("/700x500.png")), "{html}");
}

#[tokio::test]
async fn a_true_size_is_better_than_what_a_feed_says() {
    let gallery = Gallery::new(by_name).await;
    gallery.tell(&[item(1, &media("@/1000x500.png", "width='4000' height='4000'"))]).await;
    let html = gallery.draft().await.message.html;
    let tag = &images(&html)[0];
    assert_eq!((attribute(tag, "width"), attribute(tag, "height")), (Some("520".into()), Some("260".into())));
}

#[tokio::test]
async fn what_is_dead_or_no_picture_gives_way_to_the_next_one_or_to_none() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='900' height='600'></svg>";
    let gallery = Gallery::new(move |request| match request.path.as_str() {
        "/gone" => answer("410 Gone", &[], b""),
        "/page" => answer("200 OK", &[("content-type", "text/html")], b"<!DOCTYPE html><p>Not here"),
        "/text" => answer("200 OK", &[("content-type", "text/plain")], &png(900, 600)),
        "/svg" => answer("200 OK", &[("content-type", "image/svg+xml")], svg),
        "/tracker" => picture(&png(1, 1)),
        "/icon" => picture(&png(64, 64)),
        "/bomb" => picture(&png(50_000, 50_000)),
        "/empty" => picture(b""),
        "/broken" => answer("500 Oops", &[], b""),
        "/circle" => redirect("302 Found", "/circle"),
        _ => by_name(request),
    })
    .await;
    let dead = [
        "/lost", "/gone", "/page", "/text", "/svg", "/tracker", "/icon", "/bomb", "/empty", "/broken",
        "/circle",
    ];
    let with_another = |n: usize, path: &str| {
        let text = "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>&lt;p&gt;Words, and \
                    &lt;img src='@/lost'&gt;&lt;img src='@/640x480.png' alt='Boats'&gt;&lt;/p&gt;</content:encoded>";
        item(n, &format!("{}{text}", media(&format!("@{path}"), "width='800' height='600'")))
    };
    let mut items: Vec<String> =
        dead.iter().enumerate().map(|(n, path)| item(n + 1, &media(&format!("@{path}"), ""))).collect();
    items.push(with_another(12, "/gone?2"));
    gallery.tell(&items).await;
    let draft = gallery.draft().await;
    let shown = images(&draft.message.html);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(
        shown[0].contains("/640x480.png\"") && attribute(&shown[0], "alt").unwrap() == "Boats",
        "{shown:?}"
    );
    assert_eq!(draft.edition.articles().count(), 12, "no article is lost with its picture");
    assert!(draft.edition.lead.unwrap().article.title.contains("Story 12"), "it leads who has a picture");
}

#[tokio::test]
async fn a_picture_without_end_is_cut_off_and_measured_all_the_same() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n";
    let gallery = Gallery::new(move |request| match request.path.as_str() {
        "/50mb" => {
            let length = format!("content-length: {}\r\n\r\n", 50_000_000);
            Answer::Endless([head, length.as_bytes(), &png(1600, 900)].concat(), vec![7; 65_536])
        }
        "/endless" => Answer::Endless([&head[..], b"\r\n", &png(1600, 900)].concat(), vec![7; 65_536]),
        _ => not_found(),
    })
    .await;
    gallery.tell(&[item(1, &media("@/50mb", "")), item(2, &media("@/endless", ""))]).await;
    let shown = images(&gallery.draft().await.message.html);
    assert_eq!(shown.len(), 2);
    assert!(shown.iter().all(|tag| attribute(tag, "height").is_some()), "{shown:?}");
}

#[tokio::test]
async fn who_is_slow_or_in_trouble_keeps_no_edition_from_going_and_is_asked_again_by_a_later_one() {
    let gallery = Gallery::new(|request| match request.path.as_str() {
        "/slow" => Answer::Stalled(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n".to_vec()),
        "/login" => answer("403 Forbidden", &[], b""),
        _ => by_name(request),
    })
    .await;
    gallery
        .tell(&[item(1, &media("@/slow", "width='800' height='400'")), item(2, &media("@/slow", ""))])
        .await;
    let shown = images(&gallery.draft().await.message.html);
    assert_eq!(shown.len(), 2, "nobody knows whether it is there: it is shown as its source says");
    let heights: Vec<_> = shown.iter().map(|tag| attribute(tag, "height")).collect();
    assert!(heights.contains(&None) && heights.iter().any(Option::is_some), "{shown:?}");
    assert_eq!(gallery.asked(), ["/slow"], "who is in trouble is left alone");
    gallery.draft().await;
    assert_eq!(gallery.asked().len(), 1, "and for a while");

    gallery.tell(&[item(1, &media("@/login", "")), item(2, &media("@/320x240.png", ""))]).await;
    let shown = images(&gallery.draft().await.message.html);
    assert!(shown.len() == 2 && shown.iter().any(|tag| tag.contains("/login")), "{shown:?}");
}

#[tokio::test]
async fn a_host_that_nobody_reaches_is_a_hole_unless_it_is_we_who_reach_nobody() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://127.0.0.1:{}/800x600.png", listener.local_addr().unwrap().port())
    };
    let gallery = Gallery::new(by_name).await;
    gallery.tell(&[item(1, &media(&closed, ""))]).await;
    assert_eq!(images(&gallery.draft().await.message.html).len(), 1, "we may be offline");
    gallery.tell(&[item(1, &media(&closed, "")), item(2, &media("@/800x600.png", ""))]).await;
    let shown = images(&gallery.draft().await.message.html);
    assert!(shown.len() == 1 && !shown[0].contains(&closed), "{shown:?}");
}

#[tokio::test]
async fn no_picture_leads_the_press_to_an_address_inside() {
    let inside = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
    let address = format!("http://[::1]:{}/800x600.png", inside.local_addr().unwrap().port());
    let to = address.clone();
    let gallery = Gallery::new(move |request| match request.path.as_str() {
        "/away" => redirect("302 Found", &to),
        _ => not_found(),
    })
    .await;
    gallery
        .tell(&[
            item(1, &media("@/away", "")),
            item(2, &media(&address, "")),
            item(3, &media("ftp://x.example/a.png", "")),
        ])
        .await;
    assert!(images(&gallery.draft().await.message.html).is_empty());
    let reached = futures_util::FutureExt::now_or_never(inside.accept());
    assert!(reached.is_none(), "the private address was dialled");
}

#[tokio::test]
async fn a_host_is_asked_for_one_picture_after_the_other() {
    let gallery = Gallery::new(by_name).await;
    let items: Vec<String> =
        (1..20).map(|n| item(n, &media(&format!("@/{}x400.png", 500 + n), ""))).collect();
    gallery.tell(&items).await;
    gallery.server.most_at_once.store(0, SeqCst);
    let shown = images(&gallery.draft().await.message.html);
    assert!(shown.len() == 19 && shown.iter().all(|tag| attribute(tag, "height").is_some()));
    assert_eq!((gallery.asked().len(), gallery.server.most_at_once.load(SeqCst)), (19, 1));
}

#[tokio::test]
async fn the_edition_of_a_slot_has_its_pictures_looked_at() {
    let gallery = Gallery::new(by_name).await;
    let mut press = Press::in_world(gallery.world, timetable("daily at 10:30")).await;
    let gallery = Gallery { world: press.world, ..gallery };
    press.order.pictures = Some(gallery.pictures());
    gallery.tell(&[item(1, &media("@/lost", "")), item(2, &media("@/1000x500.png", ""))]).await;
    press.world = gallery.world;
    let all = press.tick_after(TimeDelta::hours(3)).await;
    assert_eq!(published(&all), 1);
    let edition = press.world.store.editions(None, 10).await.unwrap()[0].id;
    let html = press.world.store.message(edition).await.unwrap().unwrap().html;
    let shown = images(&html);
    assert!(shown.len() == 1 && shown[0].contains("height=\"260\""), "{shown:?}");
}
