//! A small news site of our own: an index, forty articles, a list of what others read, a sitemap; and no feed, or one
//! that has only titles.

use std::fmt::Write as _;

use crate::feed_server::{Answer, Request, Server, answer};
use crate::pages_model::{BUILDS, LANGUAGES, page};

pub(crate) const ARTICLES: usize = 40;

/// What the site's robots.txt says.
pub(crate) const ROBOTS: &str = "User-agent: *\nDisallow: /private/\nSitemap: /map/index.xml\n";

pub(crate) fn slug(number: usize) -> String {
    format!("/2026/story-of-the-harbour-number-{number}")
}

pub(crate) fn title(number: usize) -> String {
    format!("The story of the harbour, part {number} of the year")
}

/// An article page; its furniture names the neighbours.
fn article(number: usize) -> String {
    let words = &LANGUAGES[0];
    page(words, BUILDS[number % BUILDS.len()], number.is_multiple_of(2))
        .replace(words.headline, &title(number))
}

fn index() -> String {
    let mut cards = String::new();
    for number in 1..=ARTICLES {
        let (slug, title) = (slug(number), title(number));
        let _ = write!(
            cards,
            "<article class=\"card\"><a href=\"{slug}\"><img src=\"/pictures/{number}.jpg\" width=400 height=300 alt=\"\"></a>\
             <h2><a href=\"{slug}\">{title}</a></h2><p>A few words of what the story tells.</p></article>"
        );
    }
    let popular: String = [7, 3, 21]
        .iter()
        .map(|number| format!("<li><a href=\"{}\">{}</a></li>", slug(*number), title(*number)))
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Harbour Daily</title></head><body>\
         <header><a href=\"/\">Harbour Daily</a><nav><a href=\"/town\">Town</a> <a href=\"/private/desk\">The desk of the editors, number 9</a></nav></header>\
         <main>{cards}</main><aside><h3>Popular Articles</h3><ol>{popular}</ol></aside>\
         <footer><a href=\"/about-the-harbour-daily\">About the Harbour Daily</a></footer></body></html>"
    )
}

/// A sitemap of the articles.
fn sitemap(origin: &str) -> String {
    let urls: String = (1..=ARTICLES).fold(String::new(), |mut all, number| {
        let _ = write!(all, "<url><loc>{origin}{}</loc></url>", slug(number));
        all
    });
    format!(
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>"
    )
}

/// A feed with nothing but titles.
fn bare_feed(origin: &str) -> String {
    let items: String = (1..=ARTICLES).fold(String::new(), |mut all, number| {
        let _ =
            write!(all, "<item><title>{}</title><link>{origin}{}</link></item>", title(number), slug(number));
        all
    });
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour Daily</title><link>{origin}/</link>{items}</channel></rss>"
    )
}

fn html(body: &str) -> Answer {
    answer("200 OK", &[("content-type", "text/html; charset=utf-8"), ("etag", "\"1\"")], body.as_bytes())
}

fn xml(body: &str) -> Answer {
    answer("200 OK", &[("content-type", "application/xml"), ("etag", "\"1\"")], body.as_bytes())
}

/// Serves the site; with a feed or without.
pub(crate) async fn serve(with_feed: bool) -> Server {
    Server::start(move |request| answered(request, with_feed)).await
}

/// Serves it with a system that gives all its pages one canonical address.
pub(crate) async fn serve_with_one_address() -> Server {
    Server::start(move |request| {
        let mut answer = answered(request, false);
        if let Some(number) = (1..=ARTICLES).find(|number| request.path == slug(*number)) {
            let story = article(number).replace(
                "</head>",
                "<link rel=\"canonical\" href=\"/2026/the-news-of-the-harbour-today\"></head>",
            );
            answer = html(&story);
        }
        answer
    })
    .await
}

fn answered(request: &Request, with_feed: bool) -> Answer {
    let origin = format!("http://{}", request.headers.get("host").map(String::as_str).unwrap_or_default());
    if request.headers.get("if-none-match").is_some_and(|tag| tag == "\"1\"") {
        return answer("304 Not Modified", &[], b"");
    }
    let number = (1..=ARTICLES).find(|number| request.path == slug(*number));
    match request.path.as_str() {
        "/" => html(&index()),
        "/pictures/bridge.jpg" => crate::picture_world::picture(&crate::picture_world::png(1200, 800)),
        "/robots.txt" => answer("200 OK", &[("content-type", "text/plain")], ROBOTS.as_bytes()),
        "/map/index.xml" => xml(&format!(
            "<sitemapindex><sitemap><loc>{origin}/map/index.xml</loc></sitemap><sitemap><loc>{origin}/map/1.xml</loc></sitemap></sitemapindex>"
        )),
        "/map/1.xml" => xml(&sitemap(&origin)),
        "/blog/" => html(&index()),
        "/blog/index.xml" => xml(&bare_feed(&origin)),
        "/feed" if with_feed => xml(&bare_feed(&origin)),
        _ => number.map_or_else(|| answer("404 Not Found", &[], b"nothing"), |number| html(&article(number))),
    }
}
