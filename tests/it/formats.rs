//! One article is the same article in every format and every encoding.

use pressrun::collect::{Feed, clean, parse};
use pressrun::model::{Article, Direction};
use proptest::prelude::*;

use crate::made_articles::{articles, base, now};

const RSS: &str = "<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>\
    <title>Quay</title><link>https://example.org/</link><language>en</language><item><title>Tea &amp;amp; tide</title>\
    <link>https://example.org/1</link><guid isPermaLink='false'>id-1</guid><dc:creator>Ann</dc:creator>\
    <pubDate>Mon, 05 Oct 2026 08:00:00 GMT</pubDate><category>Sea</category>\
    <description>&lt;p&gt;Short &lt;b&gt;text&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>";

const RDF: &str = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' \
    xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='https://example.org/feed'><title>Quay</title>\
    <link>https://example.org/</link><dc:language>en</dc:language><items><rdf:Seq><rdf:li resource='id-1'/></rdf:Seq></items>\
    </channel><item rdf:about='id-1'><title>Tea &amp; tide</title><link>https://example.org/1</link><dc:creator>Ann</dc:creator>\
    <dc:date>2026-10-05T08:00:00Z</dc:date><dc:subject>Sea</dc:subject>\
    <description>&lt;p&gt;Short &lt;b&gt;text&lt;/b&gt;.&lt;/p&gt;</description></item></rdf:RDF>";

const ATOM: &str = "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en' xml:base='https://example.org/'><title>Quay</title>\
    <link href='/'/><link rel='self' href='/feed'/><author><name>Ann</name><email>ann@example.org</email></author>\
    <entry><title type='html'>Tea &amp;amp; tide</title><link rel='enclosure' href='x.mp3' type='audio/mpeg'/><link href='1'/>\
    <id>id-1</id><published>2026-10-05T10:00:00+02:00</published><updated>2026-10-06T10:00:00Z</updated>\
    <category term='s' label='Sea'/><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Short <b>text</b>.</p></div>\
    </content></entry></feed>";

const ATOM_03: &str = "<feed version='0.3' xmlns='http://purl.org/atom/ns#' xml:lang='en'><title>Quay</title>\
    <link rel='alternate' type='text/html' href='https://example.org/'/><entry><title>Tea &amp; tide</title>\
    <link rel='alternate' type='text/html' href='https://example.org/1'/><id>id-1</id><author><name>Ann</name></author>\
    <issued>2026-10-05T08:00:00Z</issued><modified>2026-10-06T08:00:00Z</modified>\
    <dc:subject xmlns:dc='http://purl.org/dc/elements/1.1/'>Sea</dc:subject>\
    <content type='text/html' mode='escaped'>&lt;p&gt;Short &lt;b&gt;text&lt;/b&gt;.&lt;/p&gt;</content></entry></feed>";

const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Quay", "home_page_url": "https://example.org/",
    "language": "en", "authors": [{"name": "Ann"}], "items": [{"id": "id-1", "url": "https://example.org/1",
    "title": "Tea & tide", "content_html": "<p>Short <b>text</b>.</p>", "date_published": "2026-10-05T08:00:00Z",
    "tags": ["Sea"]}]}"#;

#[test]
fn one_article_is_the_same_in_every_format() {
    let first = &articles(RSS)[0];
    assert_eq!((first.title.as_str(), first.summary.as_str()), ("Tea & tide", "Short text."));
    assert_eq!(first.content, "<p>Short <b>text</b>.</p>");
    assert_eq!(
        (first.author.as_deref(), first.topics.as_slice()),
        (Some("Ann"), ["sea".to_owned()].as_slice())
    );
    assert_eq!(first.published.map(|date| date.to_rfc3339()).as_deref(), Some("2026-10-05T08:00:00+00:00"));
    for document in [RDF, ATOM, ATOM_03, JSON] {
        let feed = parse(document.as_bytes(), None, &base()).expect("is a feed");
        assert_eq!(feed.title.as_deref(), Some("Quay"), "{document}");
        assert_eq!(feed.site.as_ref().map(|site| site.as_str()), Some("https://example.org/"), "{document}");
        let mut made = clean(feed, now()).remove(0);
        made.content = made.content.replace("<div>", "").replace("</div>", "");
        assert_eq!(&made, first, "{document}");
    }
}

#[test]
fn everything_that_a_feed_can_say_is_heard() {
    let all = articles(include_str!("../data/feeds/everything.xml"));
    let [tide, ship, episode] = &all[..] else { panic!("{} articles", all.len()) };
    assert_eq!(tide.title, "Tide & time: café opens – at last");
    assert_eq!(tide.url.as_str(), "https://harbour.example/news/tide?utm_source=rss");
    assert_eq!(tide.summary, "The café on the pier opens today.");
    assert_eq!(tide.author.as_deref(), Some("Ann Quay, Bo Mast"));
    assert_eq!(tide.topics, ["sea", "cafés"]);
    assert_eq!(tide.published.map(|d| d.to_rfc3339()).as_deref(), Some("2026-10-05T06:15:00+00:00"));
    assert!(tide.content.contains("<a href=\"https://harbour.example/pier\">pier</a>"), "{}", tide.content);
    assert!(tide.content.contains("src=\"https://harbour.example/news/pier.jpg\""), "{}", tide.content);
    assert!(!tide.content.contains("stats.example"), "{}", tide.content);
    let lead = tide.image.as_ref().map(|image| (image.url.as_str(), image.width));
    assert_eq!(lead, Some(("https://harbour.example/news/pier-large.jpg", Some(1280))));

    assert_eq!((ship.direction, ship.language.as_ref().map(|l| l.as_str())), (Direction::Rtl, Some("he")));
    assert_eq!(
        (ship.url.as_str(), ship.author.as_deref()),
        ("https://harbour.example/ship", Some("Dana Yam"))
    );
    assert_eq!(ship.content, "Unescaped <em>child</em> markup<br>and a second line");
    assert_eq!(ship.image.as_ref().map(|i| i.url.as_str()), Some("https://harbour.example/news/ship.png"));

    assert_eq!((episode.title.as_str(), episode.summary.as_str()), ("Episode seven", "We talk about ropes."));
    assert_eq!(episode.url.as_str(), "https://cdn.harbour.example/7.mp3");
    assert_eq!(episode.topics, ["ropes", "knots"]);
    assert_eq!(episode.image.as_ref().map(|i| i.url.as_str()), Some("https://cdn.harbour.example/7.jpg"));
}

fn titles(bytes: &[u8], content_type: Option<&str>) -> Vec<String> {
    let feed: Feed = parse(bytes, content_type, &base()).expect("is a feed");
    clean(feed, now()).into_iter().map(|article: Article| article.title).collect()
}

#[test]
fn a_feed_is_read_in_every_encoding_declared_or_not() {
    for (label, title) in [
        ("utf-8", "Größe, 大きさ, размер"),
        ("windows-1252", "Größe “café” – €5"),
        ("iso-8859-2", "Žluťoučký kůň"),
        ("windows-1251", "Привет, мир"),
        ("koi8-r", "Привет, мир"),
        ("windows-1255", "שלום עולם"),
        ("shift_jis", "日本語の題名"),
        ("euc-jp", "日本語の題名"),
        ("iso-2022-jp", "日本語の題名"),
        ("gb2312", "中文标题"),
        ("big5", "中文標題"),
        ("euc-kr", "한국어 제목"),
    ] {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("is known");
        let document = |declaration: &str| {
            let body =
                format!("<rss><channel><item><title>{title}</title><link>/1</link></item></channel></rss>");
            encoding.encode(&format!("{declaration}{body}")).0.into_owned()
        };
        let declared = document(&format!("<?xml version=\"1.0\" encoding=\"{label}\"?>"));
        assert_eq!(titles(&declared, None), [title], "{label} in the declaration");
        let header = format!("application/rss+xml; charset={}", label.to_uppercase());
        assert_eq!(titles(&document(""), Some(&header)), [title], "{label} in the header");
    }
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{FEFF}<rss><channel><item><title>Größe 大</title></item></channel></rss>"
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    };
    assert_eq!(titles(&utf16(u16::to_le_bytes), None), ["Größe 大"]);
    assert_eq!(titles(&utf16(u16::to_be_bytes), Some("text/xml; charset=utf-8")), ["Größe 大"]);
}

#[test]
fn a_json_feed_is_read_with_wrong_types_and_missing_fields() {
    let feed = r#"{"version": 1, "title": "T", "author": {"name": "Ann"}, "items": [
        {"id": 7, "title": "Seven", "content_text": "a\n\nb", "tags": "x", "image": 5, "date_published": "never"},
        {"id": null, "url": "https://example.org/8", "title": ["no"], "authors": [{"url": "x"}, "Bo"]},
        "no item", null,
        {"id": "https://example.org/9", "content_html": "<p>Nine</p>", "attachments": [{"url": "/9.png", "mime_type": "image/png"}]}]}"#;
    let made = articles(feed);
    let seen: Vec<_> = made.iter().map(|a| (a.title.as_str(), a.url.as_str(), a.author.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("Seven", "https://example.org/blog/feed.xml", Some("Ann")),
            ("example.org/8", "https://example.org/8", Some("Bo")),
            ("Nine", "https://example.org/9", Some("Ann")),
        ]
    );
    assert_eq!(made[0].content, "<p>a</p><p>b</p>");
    assert_eq!(made[2].image.as_ref().map(|i| i.url.as_str()), Some("https://example.org/9.png"));
}

#[test]
fn entries_that_differ_in_their_fragment_only_keep_their_identity_when_their_text_changes() {
    let page = |text: &str| {
        let item = |n: u8| {
            format!(
                "<item><link>https://example.org/day#{n}</link><description>{text} {n}</description></item>"
            )
        };
        let made = articles(&format!("<rss><channel>{}{}</channel></rss>", item(1), item(2)));
        assert_eq!(made.len(), 2);
        made[0].fingerprint
    };
    assert!(page("before").same_article(&page("after")));
}

#[test]
fn an_entry_without_a_guid_stays_itself_when_others_come_to_its_page() {
    let made = |versions: &[u8]| {
        let items: String = versions
            .iter()
            .map(|n| {
                format!("<item><title>Version {n}</title><link>https://example.org/log#v{n}</link></item>")
            })
            .collect();
        articles(&format!("<rss><channel>{items}</channel></rss>"))
    };
    assert_eq!(made(&[2, 1])[1].fingerprint, made(&[1])[0].fingerprint);
    let dated = |n: u8| format!("<item><title>Day {n}</title><link>https://example.org/log</link></item>");
    let alone = articles(&format!("<rss><channel>{}</channel></rss>", dated(1)));
    let both = articles(&format!("<rss><channel>{}{}</channel></rss>", dated(2), dated(1)));
    assert_eq!((both.len(), both[1].fingerprint), (2, alone[0].fingerprint));
}

fn entry() -> impl Strategy<Value = String> {
    let guid = prop::option::of("[ab]").prop_map(|guid| {
        guid.map_or(String::new(), |guid| format!("<guid isPermaLink='false'>{guid}</guid>"))
    });
    let link = prop::sample::select(vec!["", "/", "/p", "/p#a", "/p#b", "/q?utm_source=x"])
        .prop_map(|link| format!("<link>{link}</link>"));
    let title = prop::option::of("[ABC]")
        .prop_map(|title| title.map_or(String::new(), |title| format!("<title>{title}</title>")));
    let text = "[xyz]{0,2}".prop_map(|text| format!("<description>{text}</description>"));
    (guid, link, title, text).prop_map(|(g, l, t, d)| format!("<item>{g}{l}{t}{d}</item>"))
}

#[test]
fn two_entries_of_one_guid_and_one_address_are_two_and_the_older_stays_itself() {
    let item = |text: &str| {
        format!(
            "<item><guid>https://example.org/a</guid><link>https://example.org/a</link><description>{text}</description></item>"
        )
    };
    let feed = |items: &str| articles(&format!("<rss><channel>{items}</channel></rss>"));
    let (alone, both) = (feed(&item("first")), feed(&(item("second") + &item("first"))));
    assert_eq!((both.len(), both[1].fingerprint), (2, alone[0].fingerprint));
    assert!(!both[0].fingerprint.same_article(&both[1].fingerprint));
}

proptest! {
    // Feeds grow at the top: what was there before is below.
    #[test]
    fn no_newer_neighbour_makes_an_article_another(newer in prop::collection::vec(entry(), 0..6), older in entry()) {
        let feed = |items: &str| articles(&format!(
            "<rss><channel><link>https://example.org/</link>{items}</channel></rss>"));
        let Some(alone) = feed(&older).pop() else { return Ok(()) };
        let among = feed(&(newer.concat() + &older));
        let itself = among.iter().any(|other| other.fingerprint == alone.fingerprint);
        // One that comes twice comes once, under the name of the first.
        let twice = among.iter().any(|other| other.fingerprint.same_article(&alone.fingerprint));
        prop_assert!(itself || twice, "{:?} among {:?}", alone, among);
    }
}
