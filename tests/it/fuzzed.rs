//! Whatever bytes come, nothing panics and no article breaks a promise.

use pressrun::collect::{clean, parse};
use proptest::prelude::*;

use crate::made_articles::{base, keeps_its_promises, now, read};

/// Pieces of feeds and of attacks.
#[rustfmt::skip]
const PIECES: [&str; 72] = [
    "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>/x</link>", "<guid>g</guid>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "<content type='xhtml'>",
    "<content type=\"html\">", "</content>", "<description>", "</description>", "<![CDATA[", "]]>", "<!--",
    "-->", "<!DOCTYPE x [", "]>", "<!ENTITY a 'b'>", "&a;", "&amp;", "&#x10FF01;", "&#0;", "&",
    "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>", "<media:content url='x.jpg' medium='image'/>",
    "<enclosure url='//e/x.png' type='image/png'/>", "<p>", "</p>", "<b>", "<a href='javascript:x'>",
    "<img src=/y.png width=1>", "<script>", "</script>", "<svg>", "<table><tr><td>", "xml:base='http://b/'",
    "xmlns=''", "<x:y xmlns:x='z'>", "\u{202e}", "\u{2067}", "\u{301}", "e", "\u{10FF01}", "שלום", "<", ">",
    "\"", "'", "/", "{", "}", "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[",
    "{\"id\":1,\"title\":", "]}", "<?xml version='1.0'?>", "</rss>", "</feed>", "<?", "?>", "<!>", "<!-->",
    "<!--->", "</>", "<>", "< ", "<![CDATA[]]", "<!DOCTYPE",
];

/// One of the pieces, or a little of anything.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_at_all_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(feed) = parse(&bytes, None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn no_mixture_of_feeds_and_attacks_breaks_a_promise(pieces in prop::collection::vec(piece(), 0..60)) {
        if let Ok(feed) = parse(format!("<rss><item>{}", pieces.concat()).as_bytes(), None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
        if let Ok(feed) = parse(pieces.concat().as_bytes(), Some("text/xml; charset=utf-8"), &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn a_feed_with_a_wound_anywhere_is_read_or_refused(at in 0_usize..1000, length in 0_usize..40, patch in piece()) {
        let whole = include_str!("../data/feeds/everything.xml");
        let start = whole.floor_char_boundary(at * whole.len() / 1000);
        let end = whole.floor_char_boundary((start + length).min(whole.len())).max(start);
        let wounded = format!("{}{patch}{}", &whole[..start], &whole[end..]);
        if let Ok(feed) = parse(wounded.as_bytes(), None, &base()) {
            clean(feed, now()).iter().for_each(keeps_its_promises);
        }
    }

    #[test]
    fn every_title_makes_a_title(title in "\\PC{0,400}", text in any::<String>()) {
        let entry = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "items": [
            {"id": text, "title": title, "content_html": text, "summary": title, "author": {"name": text}, "tags": [title, text]}]});
        clean(read(&entry.to_string()), now()).iter().for_each(keeps_its_promises);
    }
}
