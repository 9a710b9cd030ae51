//! A news site is tried, collected and made a digest of, whether it has a feed or not.

use crate::cli::{Folder, apart, configuration};
use crate::feed_server::Server;
use crate::pages_model::LANGUAGES;
use crate::pages_site::{ARTICLES, serve, serve_with_one_address, slug, title};

/// A folder whose only source is this, read in this manner.
fn folder(server: &Server, path: &str, manner: &str) -> Folder {
    let folder = Folder::new();
    let url = server.at(path).to_string();
    let config = configuration(&url).replacen("url = ", &format!("{manner}\nurl = "), 1);
    folder.write("config.toml", &config);
    folder
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What a collecting of one source brought: new, known.
fn collected(folder: &Folder) -> (u64, u64) {
    let all = json(&folder.ok(&["collect", "--json"]));
    (all[0]["new"].as_u64().unwrap_or_else(|| panic!("{all}")), all[0]["known"].as_u64().unwrap())
}

fn asked(server: &Server, path: &str) -> usize {
    server.asked().iter().filter(|request| request.path == path).count()
}

/// What an edition of most read stories says of places in their source: title, place.
fn placed(folder: &Folder) -> Vec<(String, usize)> {
    let config = std::fs::read_to_string(folder.path("config.toml")).unwrap();
    let section = "[[digests.morning.sections]]\ntitle = \"Most read\"\nlatest = true\norder = \"popular\"\nlimit = 40\n";
    folder.write("config.toml", &format!("{config}\n{section}"));
    let explained = json(&folder.ok(&["preview", "--format", "json"]));
    let place = |one: &serde_json::Value| {
        let (_, words) = one["popular"].as_str()?.split_once("place ")?;
        let (place, _) = words.split_once(" in its source")?;
        Some((one["title"].as_str().unwrap().to_owned(), place.parse().unwrap()))
    };
    explained["explanation"]["articles"].as_array().unwrap().iter().filter_map(place).collect()
}

fn furniture_in(text: &str) -> Option<&'static str> {
    LANGUAGES[0]
        .furniture
        .into_iter()
        .find(|part| text.contains(part) || text.contains(&part.replace('&', "&amp;")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_page_without_a_feed_says_what_it_has_and_what_to_configure() {
    let server = serve(false).await;
    let folder = folder(&server, "/", "kind = \"page\"");
    apart!({
        let url = server.at("/").to_string();
        let seen = json(&folder.ok(&["sources", "try", &url, "--json"]));
        assert_eq!(seen["kind"], "page", "{seen}");
        assert_eq!(seen["articles"].as_array().map(Vec::len), Some(ARTICLES), "{seen}");
        assert_eq!(seen["articles"][0]["title"], title(1).as_str());
        let popular: Vec<&str> =
            seen["popular"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap()).collect();
        assert_eq!(popular, [title(7), title(3), title(21)]);
        assert_eq!(seen["sitemaps"][0], server.at("/map/index.xml").as_str());
        assert!(seen["toml"].as_str().unwrap().contains("kind = \"page\""), "{seen}");
        let map = json(&folder.ok(&["sources", "try", server.at("/map/index.xml").as_str(), "--json"]));
        assert!(map["articles"].as_array().is_some_and(|all| !all.is_empty()), "{map}");
        let shown = folder.ok(&["sources", "try", &url]);
        assert!(shown.contains(&title(1)) && shown.contains("[sources.harbour-daily]"), "{shown}");
        let article = json(&folder.ok(&["sources", "try", server.at(&slug(2)).as_str(), "--json"]));
        assert_eq!(
            (&article["kind"], &article["byline"]),
            (&"article".into(), &LANGUAGES[0].author.into()),
            "{article}"
        );
        assert_eq!(article["dek"], LANGUAGES[0].dek);
        assert!(furniture_in(article["text"].as_str().unwrap()).is_none(), "{article}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_collected_a_few_articles_at_a_time_and_each_is_read_once() {
    let server = serve(false).await;
    let folder = folder(&server, "/", "kind = \"page\"");
    apart!({
        assert_eq!(collected(&folder), (20, 0));
        assert_eq!(collected(&folder), (20, 0), "the other half");
        assert_eq!(collected(&folder), (0, 0), "nothing is left");
        for number in 1..=ARTICLES {
            assert_eq!(asked(&server, &slug(number)), 1, "{number}");
        }
        assert_eq!(asked(&server, "/private/desk"), 0);
        assert_eq!(server.most_at_once.load(std::sync::atomic::Ordering::SeqCst), 1, "one after the other");
        let agent = server.asked()[0].headers["user-agent"].clone();
        assert!(agent.starts_with("Pressrun"), "{agent}");
        let digest = folder.ok(&["preview", "--format", "text"]);
        assert!(digest.contains(LANGUAGES[0].author) && digest.contains("The crossing halves"), "{digest}");
        assert_eq!(furniture_in(&digest), None, "{digest}");
        let html = folder.ok(&["preview", "--format", "html"]);
        assert!(html.contains("/pictures/bridge.jpg") && furniture_in(&html).is_none());
        // What readers read most has a place, and nothing else has one.
        let placed = placed(&folder);
        assert!(!placed.is_empty());
        for (article, place) in placed {
            assert_eq!(article, title([7, 3, 21][place - 1]));
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn articles_that_all_call_themselves_by_one_address_are_all_collected() {
    let server = serve_with_one_address().await;
    let folder = folder(&server, "/", "kind = \"page\"");
    apart!({
        assert_eq!(collected(&folder), (20, 0));
        assert_eq!(collected(&folder), (20, 0), "the other half");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_of_a_blog_in_a_folder_of_its_site_is_found() {
    let server = serve(true).await;
    let folder = folder(&server, "/", "kind = \"page\"");
    apart!({
        let seen = json(&folder.ok(&["sources", "try", server.at("/blog/").as_str(), "--json"]));
        assert_eq!(seen["feeds"][0], server.at("/blog/index.xml").as_str(), "{seen}");
        let beside = server.asked().iter().filter(|request| request.path.starts_with("/blog/")).count();
        assert!(beside <= 6, "{beside}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_of_bare_titles_is_filled_from_its_pages() {
    let server = serve(true).await;
    let folder = folder(&server, "/feed", "");
    apart!({
        let found = json(&folder.ok(&["sources", "try", server.at("/").as_str(), "--json"]));
        assert_eq!(found["feeds"][0], server.at("/feed").as_str(), "{found}");
        folder.ok(&["collect"]);
        folder.ok(&["collect"]);
        folder.ok(&["collect"]);
        for number in 1..=ARTICLES {
            // Once by hand would be once more.
            assert_eq!(asked(&server, &slug(number)), 1, "{number}");
        }
        let digest = json(&folder.ok(&["preview", "--format", "json"]));
        let digest = digest.to_string();
        assert!(digest.contains(LANGUAGES[0].dek) && digest.contains(LANGUAGES[0].author), "{digest}");
        // It has no dates, so its order is all that it says, though one half was read after the other.
        let placed = placed(&folder);
        assert_eq!(placed.len(), ARTICLES);
        for (article, place) in placed {
            assert_eq!(article, title(place));
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sitemap_that_lists_itself_is_read_once_and_its_pages_too() {
    let server = serve(false).await;
    let folder = folder(&server, "/map/index.xml", "kind = \"sitemap\"");
    apart!({
        assert_eq!(collected(&folder).0, 20);
        assert_eq!((asked(&server, "/map/index.xml"), asked(&server, "/map/1.xml")), (1, 1));
        assert_eq!(asked(&server, "/robots.txt"), 1);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_selector_that_points_at_nothing_is_said() {
    let server = serve(false).await;
    let folder = folder(&server, "/", "kind = \"page\"\nselect = \".nothing a\"");
    apart!({
        let refused = folder.refused(1, &["collect", "--json"]);
        let listed = folder.ok(&["sources", "list"]);
        assert!(listed.contains("selector"), "{listed} {refused}");
    });
}
