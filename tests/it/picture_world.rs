//! A newsroom whose articles have pictures, and an edition that is made of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pressrun::collect::{FetchRules, Fetcher};
use pressrun::model::{Digest, Instant, Manner, NewSource};
use pressrun::press::{Draft, Drafted, Pictures};
use pressrun::render::Theme;
use pressrun::store::Store;

use crate::feed_server::{Answer, Request, Server, answer};
use crate::world::{World, name};

/// Where the pages are said to be.
pub(crate) const SITE: &str = "https://tide.example";

/// An edition's world with a server of feeds and pictures.
pub(crate) struct Gallery {
    pub(crate) world: World,
    pub(crate) server: Server,
    pub(crate) feed: Arc<Mutex<String>>,
}

/// The first bytes of a PNG of this size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &sides[..], b"\x08\x02\0\0\0\0\0\0\0"].concat()
}

pub(crate) fn picture(bytes: &[u8]) -> Answer {
    answer("200 OK", &[("content-type", "image/png")], bytes)
}

/// An item of a feed with this number, and what stands in it beside the title.
pub(crate) fn item(number: usize, rest: &str) -> String {
    format!(
        "<item><title>Story {number} about the harbour, the {number}. of all</title><guid>{number}</guid>\
         <link>https://news.example/{number}</link><pubDate>Mon, 02 Mar 2026 0{}:00:00 GMT</pubDate>\
         <description>What story {number} tells, in a sentence that is long enough.</description>{rest}</item>",
        number % 7
    )
}

/// A picture of an item as feeds name it, with what they say of its size.
pub(crate) fn media(url: &str, sides: &str) -> String {
    format!("<media:content url='{url}' medium='image' {sides}/>")
}

impl Gallery {
    /// A world whose newsroom answers for pictures like this; its feed has no items yet.
    pub(crate) async fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(Store::open("sqlite::memory:").await.unwrap(), answer).await
    }

    pub(crate) async fn on(
        store: Store,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let feed = Arc::new(Mutex::new(String::new()));
        let items = Arc::clone(&feed);
        let server = Server::start(move |request| match request.path.as_str() {
            "/feed" => crate::feed_server::ok(items.lock().unwrap().as_bytes()),
            _ => answer(request),
        })
        .await;
        let world = World::on(store).await;
        let source = NewSource {
            name: name("gallery"),
            url: server.url.clone(),
            title: Some("Gallery".to_owned()),
            topics: vec![],
            every: None,
            manner: Manner::default(),
        };
        assert!(world.store.remove_source(&name("news")).await.unwrap());
        assert!(world.store.add_source(&source).await.unwrap());
        Self { world, server, feed }
    }

    /// Puts items into the feed, `@` in them for the server's address, and collects them.
    pub(crate) async fn tell(&self, items: &[String]) {
        let items = items.concat().replace('@', self.server.at("/").as_str().trim_end_matches('/'));
        *self.feed.lock().unwrap() = format!(
            "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>Gallery</title>{items}\
             </channel></rss>"
        );
        self.world.turn_clock(chrono::TimeDelta::hours(1));
        assert!(self.world.collect().await.iter().all(|c| c.end.is_ok()));
    }

    pub(crate) fn fetcher(&self) -> Fetcher {
        Fetcher::new(FetchRules {
            user_agent: "Pressrun/test".to_owned(),
            timeout: Duration::from_millis(700),
            max_bytes: 1_000_000,
            allow_hosts: vec!["127.0.0.1".to_owned()],
            per_host: 4,
        })
        .unwrap()
    }

    pub(crate) fn pictures(&self) -> Pictures {
        Pictures::new(self.world.store.clone(), self.fetcher(), self.world.clock())
    }

    /// The edition that would be sent in a look, its pictures looked at.
    pub(crate) async fn draft_in(&self, look: &str, digest: &Digest) -> Draft {
        let (theme, now): (Theme, Instant) = (Theme::named(look).unwrap(), self.world.now());
        match self.pictures().draft(digest, &theme, SITE, now).await.unwrap() {
            Drafted::Draft(draft) => *draft,
            Drafted::Nothing(nothing, _) => panic!("{nothing}"),
        }
    }

    pub(crate) async fn draft(&self) -> Draft {
        self.draft_in("quiet", &self.world.digest()).await
    }

    /// What was asked for but feeds, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.asked().into_iter().map(|request| request.path).filter(|path| path != "/feed").collect()
    }
}

/// The `<img>` elements of a page.
pub(crate) fn images(html: &str) -> Vec<String> {
    let tags = html.split("<img ").skip(1);
    tags.map(|rest| rest.split('>').next().unwrap_or_default().to_owned()).collect()
}

/// The value of an attribute.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
}
