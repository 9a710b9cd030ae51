//! Copies of pictures: small, ours to serve, and no worse than a link where there can be none.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use pressrun::model::{PictureCopy, PictureKind};
use pressrun::press::{Drafted, Pictures};
use pressrun::render::Theme;
use pressrun::store::PictureFound;
use pressrun::web::{self, Signups, Site};
use tokio::net::TcpListener;

use crate::desk::Desk;
use crate::feed_server::{Answer, answer};
use crate::picture_world::{Gallery, SITE, attribute, images, item, media, picture, png};
use crate::store_world::{article, at, collected, stores};

fn photograph(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x, y| Rgb([(x * 7 % 256) as u8, (y * 13 % 256) as u8, ((x ^ y) % 256) as u8]);
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel));
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// The pictures of the edition to come, by these hands.
async fn shown(gallery: &Gallery, pictures: &Pictures, look: &str) -> Vec<String> {
    let (theme, now) = (Theme::named(look).unwrap(), gallery.world.now());
    match pictures.draft(&gallery.world.digest(), &theme, SITE, now).await.unwrap() {
        Drafted::Draft(draft) => images(&draft.message.html),
        Drafted::Nothing(nothing, _) => panic!("{nothing}"),
    }
}

/// Serves the pages of a gallery; their address.
async fn served(gallery: &Gallery) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let now = gallery.world.now();
    let site = web::site(Site {
        store: gallery.world.store.clone(),
        digests: vec![(gallery.world.digest(), Theme::built_in())],
        offers: Vec::new(),
        title: "The Tide".to_owned(),
        public_url: SITE.to_owned(),
        now: Box::new(move || now),
        proxies: 0,
        signups: Signups::default(),
        clicks: None,
        patience: web::PATIENCE,
    });
    tokio::spawn(web::serve(listener, site, std::future::pending()));
    address
}

async fn get(address: &str, tag: Option<&str>) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(address);
    let request = tag.into_iter().fold(request, |request, tag| request.header("if-none-match", tag));
    request.send().await.unwrap()
}

#[tokio::test]
async fn letters_lead_to_small_copies_that_the_pages_serve() {
    let photo = photograph(1400, 700);
    let gallery = Gallery::new(move |_| answer("200 OK", &[("content-type", "image/jpeg")], &photo)).await;
    gallery.tell(&[item(1, &media("@/boats", "")), item(2, &media("@/boats", ""))]).await;
    let pictures = gallery.pictures().with_copies();
    let tags = shown(&gallery, &pictures, "quiet").await;
    assert_eq!(gallery.asked(), ["/boats"], "what two articles show is fetched once");
    let sources: Vec<String> = tags.iter().filter_map(|tag| attribute(tag, "src")).collect();
    assert_eq!((sources.len(), &sources[0]), (2, &sources[1]));
    let sides = |tag: &str| (attribute(tag, "width").unwrap(), attribute(tag, "height").unwrap());
    assert_eq!(sides(&tags[0]), ("520".to_owned(), "260".to_owned()));

    let path = sources[0].strip_prefix(SITE).unwrap();
    let site = served(&gallery).await;
    let found = get(&format!("{site}{path}"), None).await;
    assert_eq!(found.status(), 200);
    let header = |name: &str| found.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    let tag = header("etag");
    let copy = image::load_from_memory(&found.bytes().await.unwrap()).unwrap();
    assert_eq!((copy.width(), copy.height()), (1040, 520), "twice as large as it is shown");
    assert_eq!(get(&format!("{site}{path}"), Some(&tag)).await.status(), 304);

    for nothing in
        ["/images", "/images/", "/images/..%2fx", "/images/AAAAAAAAAAAAAAAAAAAAAA.jpg", "/images/a%00b"]
    {
        assert_eq!(get(&format!("{site}{nothing}"), None).await.status(), 404, "{nothing}");
    }
    shown(&gallery, &pictures, "quiet").await;
    assert_eq!(gallery.asked().len(), 1, "it is made once");
    shown(&gallery, &pictures, "magazine").await;
    assert_eq!(gallery.asked().len(), 2, "and again where it is shown larger");
}

#[tokio::test]
async fn what_cannot_be_copied_is_linked_and_what_is_dead_leaves_no_hole() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
    let gallery = Gallery::new(move |request| match request.path.as_str() {
        "/large" => picture(&png(9_000, 9_000)),
        "/cut" => picture(&png(800, 600)),
        "/endless" => Answer::Endless([&head[..], &png(800, 400)].concat(), vec![0; 1 << 20]),
        "/svg" => answer("200 OK", &[("content-type", "image/svg+xml")], b"<svg/>"),
        _ => answer("404 Not Found", &[], b""),
    })
    .await;
    let items = ["large", "cut", "endless", "svg", "lost"].map(|path| media(&format!("@/{path}"), ""));
    let items: Vec<String> = items.iter().enumerate().map(|(n, media)| item(n + 1, media)).collect();
    gallery.tell(&items).await;
    let tags = shown(&gallery, &gallery.pictures().with_copies(), "quiet").await;
    assert_eq!(tags.len(), 3, "{tags:?}");
    for tag in tags {
        assert!(attribute(&tag, "src").unwrap().starts_with(gallery.server.at("/").as_str()), "{tag}");
        assert!(attribute(&tag, "height").is_some(), "{tag}");
    }
    assert!(gallery.asked().iter().filter(|path| *path == "/large").count() == 1, "a failure is remembered");
}

#[tokio::test]
async fn who_turns_copies_off_gets_links_again() {
    let photo = photograph(300, 200);
    let gallery = Gallery::new(move |_| answer("200 OK", &[("content-type", "image/jpeg")], &photo)).await;
    gallery.tell(&[item(1, &media("@/boats", ""))]).await;
    let (link, copy) = (gallery.pictures(), gallery.pictures().with_copies());
    for (pictures, begins) in
        [(&link, gallery.server.at("/").as_str()), (&copy, SITE), (&link, "http://"), (&copy, SITE)]
    {
        let tags = shown(&gallery, pictures, "quiet").await;
        let source = attribute(&tags[0], "src").unwrap();
        assert!(tags.len() == 1 && source.starts_with(begins), "{source} {begins}");
    }
}

#[tokio::test]
async fn what_was_found_of_pictures_is_kept_with_their_articles_and_copies_for_as_long_as_they_are_used() {
    for store in stores().await {
        let source = collected(&store, &[article(1, 1, 1), article(2, 2, 2)]).await;
        let ids: Vec<_> = store.candidates(Some(&[source]), 9).await.unwrap().iter().map(|c| c.id).collect();
        let copy = PictureCopy { kind: PictureKind::Jpeg, bytes: vec![0, 159, 7, 255] };
        let used = store.put_copy(&copy, at(1)).await.unwrap();
        assert_eq!(store.put_copy(&copy, at(2)).await.unwrap(), used, "the same is kept once");
        let png = PictureCopy { kind: PictureKind::Png, ..copy.clone() };
        let unused = store.put_copy(&PictureCopy { bytes: vec![1], ..png.clone() }, at(3)).await.unwrap();
        assert!(used.len() == 26 && used.ends_with(".jpg") && unused.ends_with(".png"));

        let image = pressrun::model::Image {
            url: "https://example.org/i.png?a='b'".parse().unwrap(),
            width: Some(800),
            height: None,
            alt: "a \"ship\"".to_owned(),
        };
        let found = |n: usize, settled, image, copy| PictureFound {
            article: ids[n],
            named: "https://example.org/i.png".to_owned(),
            at: at(4),
            settled,
            image,
            copy,
        };
        let first = found(0, true, Some(image.clone()), Some((520, Some(used.clone()))));
        let second = found(1, false, None, Some((520, None)));
        let nobodys = PictureFound { article: pressrun::model::ArticleId(999), ..first.clone() };
        store.record_pictures(&[first.clone(), second.clone(), nobodys]).await.unwrap();
        let known = store.pictures_found(&ids).await.unwrap();
        assert_eq!((known.len(), &known[&ids[0]], &known[&ids[1]]), (2, &first, &second));
        let second = found(1, true, Some(image), None);
        store.record_pictures(std::slice::from_ref(&second)).await.unwrap();
        assert_eq!(store.pictures_found(&ids[1..]).await.unwrap()[&ids[1]], second);

        assert_eq!(store.content(ids[0]).await.unwrap().unwrap(), article(2, 2, 2).content);
        assert_eq!(store.prune_copies(at(3), 10).await.unwrap(), 0, "too young, or in use");
        assert_eq!(store.prune_copies(at(9), 10).await.unwrap(), 1);
        assert_eq!(store.copy(&unused).await.unwrap(), None);
        assert_eq!(store.copy(&used).await.unwrap(), Some(copy));
    }
}

#[test]
fn copies_need_pages_that_serve_them_and_a_press_that_makes_them() {
    let complained = |text: &str| Desk::with(text).complaints();
    let nowhere = complained("[web]\npictures = \"copy\"\n");
    assert!(nowhere.contains("web.pictures: is \"copy\", and web.listen says nowhere"), "{nowhere}");
    let nobody =
        complained("[web]\nlisten = \"127.0.0.1:8080\"\npictures = \"copy\"\n[collect]\npictures = false\n");
    assert!(nobody.contains("collect.pictures = false"), "{nobody}");
    let other = complained("[web]\npictures = \"cpoy\"\n");
    assert!(other.contains("\"link\" or \"copy\""), "{other}");
}
