use proptest::prelude::*;

use super::*;

fn at(path: &str) -> Url {
    Url::parse("https://harbour.example/").unwrap().join(path).unwrap()
}

fn listed(html: &str, select: Option<&str>) -> Index {
    let select = select.map(|select| Selector::parse(select).unwrap());
    index(html.as_bytes(), Some("text/html;charset=utf-8"), &at("/"), select.as_ref())
}

fn paths(pages: &[ListedPage]) -> String {
    pages.iter().map(|page| page.url.path().trim_start_matches('/')).collect::<Vec<_>>().join(" ")
}

const FRONT: &str = "<html lang=en><head><title>Harbour Daily</title><link rel=alternate type='application/rss+xml' href=/feed.xml></head><body>\
    <header><a href=/>Harbour Daily</a><nav><a href=/town>Town news of today</a><a href=/sea>Sea</a></nav></header><main>\
    <article><a href=/2026/bridge-opens-in-spring><img src=1.jpg alt=''></a><h2><a href=/2026/bridge-opens-in-spring>The bridge opens in spring</a></h2>\
      <time datetime=2026-05-01T10:00:00Z>1 May</time><a rel=author href=/authors/ida>Ida Holm writes of the harbour</a><a href=/2026/bridge-opens-in-spring#c>12 comments</a></article>\
    <article><a href=/2026/cat-at-sea><h3>The cat that went to sea</h3><p>A ship's cat was found.</p></a></article>\
    <article><h2><a href='https://harbour.example/2026/rain?utm_source=x'>Rain until Friday, says the office</a></h2></article>\
    <article><h2><a href=https://elsewhere.example/2026/advert-for-rope>Buy rope from our friends at once</a></h2></article></main>\
    <aside><div><h3>Most read</h3><ol><li><a href=/2025/the-great-storm>The great storm of the year</a></li>\
      <li><a href=/2026/cat-at-sea>The cat that went to sea</a></li></ol></div></aside>\
    <footer><a href=/about-us-and-our-history>About us and our history</a></footer></body></html>";

#[test]
fn articles_and_what_others_read_are_found_by_themselves() {
    let found = listed(FRONT, None);
    assert_eq!(paths(&found.articles), "2026/bridge-opens-in-spring 2026/cat-at-sea 2026/rain");
    assert_eq!(paths(&found.popular), "2025/the-great-storm 2026/cat-at-sea");
    assert_eq!(found.articles[1].title.as_deref(), Some("The cat that went to sea"));
    assert!(found.articles[0].date.is_some());
    assert_eq!((found.feeds, found.title.as_deref()), (vec![at("/feed.xml")], Some("Harbour Daily")));
}

#[test]
fn a_selector_decides_what_is_an_article() {
    assert_eq!(
        paths(&listed(FRONT, Some("main h2 a")).articles),
        "2026/bridge-opens-in-spring 2026/rain 2026/advert-for-rope"
    );
    assert_eq!(paths(&listed(FRONT, Some("h3")).articles), "2026/cat-at-sea");
    assert_eq!(paths(&listed(FRONT, Some("ol li")).articles), "2025/the-great-storm 2026/cat-at-sea");
    assert!(listed(FRONT, Some(".nothing")).articles.is_empty());
}

#[test]
fn a_list_in_json_ld_gives_the_order() {
    let json = r#"<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"url":"/a-b-c"},{"item":{"url":"/d-e-f","name":"D"}},{"url":"/2026/rain"}]}</script>"#;
    let found = listed(&format!("{json}{FRONT}"), None);
    assert_eq!(paths(&found.articles), "a-b-c d-e-f 2026/rain 2026/bridge-opens-in-spring 2026/cat-at-sea");
}

proptest! {
    #[test]
    fn any_page_is_an_index_of_something(from in 0..1_800_usize, cut in 0..1_800_usize, noise in "\\PC{0,20}") {
        let (from, cut) = (FRONT.floor_char_boundary(from), FRONT.floor_char_boundary(cut));
        let found = listed(&format!("{}{noise}{}", &FRONT[..from], &FRONT[cut..]), None);
        prop_assert!(found.articles.len() <= MOST && found.articles.iter().all(|page| page.url.host_str() == Some("harbour.example")));
    }
}

#[test]
fn what_somebody_paid_for_is_not_listed() {
    let cards = "<main><div class=card><h3><a href=/2026/bridge-opens-in-spring>The bridge opens in spring</a></h3></div>\
        <div class=card><h3><a href=/2026/rain-until-friday-evening>Rain until Friday evening</a></h3></div></main>";
    for sold in [
        "<div class=promo><h3>Partner content</h3><a href=/2026/win-a-cruise-to-norway>Win a cruise to the fjords of Norway</a></div>",
        "<div class=card><span>Sponsored by Rope & Sons</span><h3><a href=/2026/win-a-cruise-to-norway>Win a cruise to Norway</a></h3></div>",
        "<div class=card><h3><a rel=sponsored href=/2026/win-a-cruise-to-norway>Win a cruise to Norway</a></h3></div>",
        "<div class=sponsored-card><h3><a href=/2026/win-a-cruise-to-norway>Win a cruise to Norway</a></h3></div>",
        "<section><h2>Anzeige</h2><h3><a href=/2026/win-a-cruise-to-norway>Gewinnen Sie eine Reise</a></h3></section>",
        "<section><h2>תוכן שיווקי</h2><h3><a href=/2026/win-a-cruise-to-norway>הפלגה לנורווגיה במתנה</a></h3></section>",
    ] {
        let found = listed(&format!("{cards}{sold}"), None);
        assert_eq!(
            paths(&found.articles),
            "2026/bridge-opens-in-spring 2026/rain-until-friday-evening",
            "{sold}"
        );
    }
}
