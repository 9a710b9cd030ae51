//! Rendering: an edition becomes a message that every reader can read.

mod budgets;
mod directions;
pub(crate) mod page;
mod properties;
pub(crate) mod sample;
mod themes;

use page::{Element, Page};
use pressrun::model::{Also, ArticleId, Hole, LOOKS, Language, Placed};
use pressrun::render::{Links, Rendered, Theme, lint, render};
use sample::{article, digest, edition, foreign, of, picture};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

const WEB_COPY: &str = "https://news.example.org/e/1?x=1&y=2";

fn links() -> Links {
    Links { web_copy: Some(WEB_COPY.to_owned()), passage: None }
}

fn rendered(articles: Vec<Placed>, language: &str) -> Rendered {
    dressed(articles, language, LOOKS[0])
}

fn dressed(articles: Vec<Placed>, language: &str, look: &str) -> Rendered {
    let theme = Theme::named(look).expect("is built in");
    render(&of(articles), &digest(language), &theme, &links()).expect("renders")
}

fn mark(hole: Hole) -> String {
    hole.mark().to_string()
}

/// An article whose every text tries to get out of its place.
fn hostile() -> Vec<Placed> {
    let evil =
        "\"><script>alert(1)</script> --> <![endif]--> </title></style></td></table> 'x' &lt;b&gt; ]]>";
    let mut first = article(1, evil);
    first.source = evil.to_owned();
    first.article.summary = format!("{evil} {}", "W".repeat(400));
    first.article.author = Some(evil.to_owned());
    first.article.image = picture(1, evil, 600, 400);
    first.article.url = "https://evil.example/%22onclick=%22x'<>?q=\"&amp;--%3E".parse().expect("a URL");
    let second = foreign(2, "he", &format!("שלום {evil}"), "From here\nFrom there");
    vec![first.clone(), second, first]
}

fn samples() -> Vec<(String, Rendered)> {
    let mixed = || {
        let mut all: Vec<Placed> = edition(9).articles().cloned().collect();
        all.push(foreign(20, "he", "הכרזה על C++ 23, עכשיו", "חדש: Node.js! ועוד"));
        all.push(foreign(21, "ar", "معرض الخط العربي يعود إلى بغداد", "يشارك في المعرض مئة وعشرون خطاطًا."));
        all.push(foreign(
            22,
            "ja",
            &"深海で見つかった新種のクラゲ。".repeat(9),
            &"光の色を自在に変える、".repeat(30),
        ));
        all.push(article(23, &"Donaudampfschifffahrts".repeat(6)));
        all.push(article(24, "From the editors: 👩‍👩‍👧👩‍👩‍👧 and https://example.org/a/very/long/address/that/is/longer/than/a/line/of/text"));
        all[9].article.image = picture(20, "", 300, 900);
        // Three neighbours with pictures, which a look may put side by side.
        all[3].article.image = picture(4, "The crane at noon", 1200, 675);
        all
    };
    let mut samples = Vec::new();
    for look in LOOKS {
        let languages = ["en", "de", "fr", "es", "he", "ar", "pl"];
        samples.extend(languages.map(|l| (format!("{look} in {l}"), dressed(mixed(), l, look))));
        samples.push((format!("{look}, hostile"), dressed(hostile(), "en", look)));
    }
    let bare = render(&of(mixed()), &digest("en"), &Theme::built_in(), &Links::default());
    samples.push(("without a web copy".to_owned(), bare.expect("renders")));
    samples
}

#[test]
fn every_page_is_well_formed_whatever_its_articles_say() {
    for (name, sample) in samples() {
        let page = Page::read(&sample.message.html);
        assert!(page.all("script").next().is_none(), "{name}");
        assert!(
            page.comments.iter().all(|c| c.starts_with("[if mso]>") && c.ends_with("<![endif]")),
            "{name}"
        );
        assert!(page.elements.iter().all(|e| e.get("onclick").is_none()), "{name}");
    }
    let page = Page::read(&rendered(hostile(), "en").message.html);
    let title = &hostile()[0].article.title;
    assert_eq!(page.all("h2").filter(|h| h.text == *title).count(), 2, "the title is all there, as text");
}

#[test]
fn the_page_is_made_as_mail_programs_need_it() {
    let banned = ["background-image", "flex", "grid", "float", "position", "var(", "url(", "@import"];
    for (name, sample) in samples() {
        let html = &sample.message.html;
        for word in banned {
            assert!(!html.split("<body").next().unwrap_or_default().contains(word), "{name}: {word}");
        }
        let page = Page::read(html);
        for element in &page.elements {
            let style = element.get("style").unwrap_or_default();
            assert!(banned.iter().all(|word| !style.contains(word)), "{name}: {style}");
            assert!(
                element.style("padding").is_none() || element.name == "td",
                "{name}: padding on {}",
                element.name
            );
        }
        for table in page.all("table") {
            assert_eq!(table.get("role"), Some("presentation"), "{name}");
            assert_eq!(table.get("width"), Some("100%"), "{name}");
        }
        for image in page.all("img") {
            let width: u32 = image.get("width").expect("a width").parse().expect("a number");
            assert!(width <= 600 && !image.get("alt").expect("an alt").is_empty(), "{name}: {image:?}");
        }
        for link in page.all("a") {
            let words = !link.text.trim().is_empty() || html.contains("<img");
            assert!(words && link.style("text-decoration") == Some("underline"), "{name}: {link:?}");
        }
        let small = |e: &&Element| {
            e.style("font").and_then(|f| f.split("px").next()?.rsplit(' ').next()?.parse().ok()) < Some(14)
        };
        assert!(
            page.elements.iter().filter(|e| e.style("font").is_some()).filter(small).count() == 0,
            "{name}"
        );
        let limited =
            page.elements.iter().filter(|e| e.name != "img" && e.style("max-width").is_some()).count();
        let sheet =
            html.matches("<!--[if mso]><table role=\"presentation\" align=\"center\" width=\"600\"").count();
        let halves = html.matches("<td width=\"50%\" valign=\"top\"><![endif]-->").count();
        assert_eq!((sheet, halves), (1, limited - 1), "{name}: a ghost table round what has a max-width");
    }
}

#[test]
fn a_reader_who_hears_the_page_finds_one_h1_and_an_h2_per_article() {
    for (name, sample) in samples() {
        let page = Page::read(&sample.message.html);
        let headings: Vec<&Element> = page
            .elements
            .iter()
            .filter(|e| e.name.len() == 2 && e.name.starts_with('h') && e.name != "hr")
            .collect();
        assert_eq!(headings[0].name, "h1", "{name}");
        assert!(headings[1..].iter().all(|h| h.name == "h2" && !h.text.is_empty()), "{name}");
        let shown = if name.ends_with("hostile") { 3 } else { 14 };
        assert_eq!(headings.len(), 1 + shown, "{name}");
        let root = page.all("html").next().expect("a root");
        let wrapper =
            page.elements.iter().find(|e| e.get("role") == Some("main")).expect("a wrapper in the body");
        for place in [root, wrapper] {
            assert_eq!(place.get("dir"), Some(sample.message.direction.as_str()), "{name}");
            assert_eq!(place.get("lang"), Some(sample.message.language.as_str()), "{name}");
        }
        assert!(!page.all("title").next().expect("a title").text.is_empty(), "{name}");
    }
}

#[test]
fn dark_colours_reach_everything_that_has_a_light_one() {
    for look in LOOKS {
        let articles = sample::edition(9).articles().cloned().collect();
        dark_reaches(&dressed(articles, "en", look).message.html);
    }
}

fn dark_reaches(html: &str) {
    let (_, dark) = html.split_once("@media (prefers-color-scheme:dark){").expect("a dark rule");
    let (_, outlook) = html.split_once("</style><style>").expect("a second style");
    for element in Page::read(html).elements {
        for property in ["color", "background-color"] {
            let Some(light) = element.style(property) else { continue };
            let class = element.get("class").unwrap_or_else(|| panic!("{element:?} has a class"));
            let declared = |rules: &str| {
                rules.split('}').any(|rule| {
                    let (selectors, body) = rule.split_once('{').unwrap_or_default();
                    selectors.split(',').any(|s| s.trim().rsplit(' ').next() == Some(&format!(".{class}")))
                        && body.starts_with(&format!("{property}:"))
                        && !body.contains(light)
                })
            };
            assert!(declared(dark) && declared(outlook), "{property} of .{class}");
        }
    }
}

#[test]
fn the_text_has_the_links_of_the_page_in_its_order() {
    for (name, sample) in samples() {
        let page = Page::read(&sample.message.html);
        let is_link = |line: &&str| {
            line.starts_with("http") || Hole::ALL.iter().any(|hole| line.starts_with(hole.mark()))
        };
        let mut found: Vec<&str> = Vec::new();
        for line in sample.message.text.lines().map(str::trim).filter(is_link) {
            if !found.contains(&line) && page.links().contains(&line) {
                found.push(line);
            }
        }
        assert_eq!(found, page.links(), "{name}");
        for hole in Hole::ALL {
            assert!(
                sample.message.text.lines().any(|line| line == mark(hole)),
                "{name}: {hole:?} is alone on a line"
            );
        }
    }
}

#[test]
fn the_text_is_set_for_a_terminal() {
    for (name, sample) in samples() {
        let text = &sample.message.text;
        assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains("\n\n\n\n"), "{name}");
        for line in text.lines() {
            let address = line.trim_start().starts_with("http");
            assert!(line.width() <= 78 || address, "{name}: {} columns: {line}", line.width());
            assert!(!line.ends_with([' ', '\t']) && !line.starts_with("From "), "{name}: {line:?}");
            assert!(!address || !line.trim().contains(' '), "{name}: an address stands alone: {line}");
            assert!(!line.contains(['\u{200B}', '\u{2068}', '\u{2069}']), "{name}: {line:?}");
        }
        assert!(name.ends_with("hostile") || !text.contains("&amp;") && !text.contains("</"), "{name}");
    }
    let plain = rendered(vec![article(1, "A & B <c>")], "en").message.text;
    assert!(plain.contains("* A & B <c>\n"), "{plain}");
}

#[test]
fn a_preheader_is_short_hidden_and_repeats_what_stands_in_the_mail() {
    for (look, lead) in LOOKS.iter().flat_map(|look| [(look, true), (look, false)]) {
        let lined = *look == "compact" && !lead;
        let summary = if lined { "Stories about water" } else { "What the keeper of pier 1 wrote down" };
        for (subject, repeated) in [("{title}: {lead}", summary), ("{title}", "Tides")] {
            let order = pressrun::model::Digest { subject: subject.to_owned(), ..digest("en") };
            let mut edition = of(vec![article(1, "Tides"), article(2, "Ebbs")]);
            if !lead {
                let first = edition.lead.take().expect("a lead");
                edition.sections[0].articles.insert(0, first);
            }
            let theme = Theme::named(look).expect("is built in");
            let html = render(&edition, &order, &theme, &links()).expect("renders").message.html;
            let page = Page::read(&html);
            let hidden =
                page.elements.iter().find(|e| e.style("display") == Some("none")).expect("a preheader");
            assert!(
                hidden.text.starts_with(repeated) && hidden.text.graphemes(true).count() <= 110,
                "{look}: {}",
                hidden.text
            );
            assert_eq!(hidden.style("mso-hide"), Some("all"));
            for part in hidden.text.split(" · ") {
                assert!(
                    page.all("td").any(|td| td.text.contains(part)),
                    "{look}: {part} is visible elsewhere"
                );
            }
        }
    }
}

#[test]
fn a_preheader_fills_the_line_of_an_inbox_and_says_no_word_of_the_subject_again() {
    let short = |n, title: &str, summary: &str| {
        let mut placed = article(n, title);
        placed.article.summary = summary.to_owned();
        placed
    };
    let begins = |articles: Vec<Placed>| {
        let order = pressrun::model::Digest { intro: String::new(), ..digest("en") };
        let rendered = render(&of(articles), &order, &Theme::built_in(), &links()).expect("renders");
        lint::preheader(&rendered.message.html)
    };
    let three = ["Tides turn", "Ebbs at last", "The ferry is coming back to the islands"];
    let [one, two, three] = [0, 1, 2].map(|n| short(n + 1, three[usize::try_from(n).expect("small")], ""));
    let brief = short(1, "Tides turn", "At noon.");
    let all = begins(vec![brief, two.clone(), three.clone()]);
    assert!(all.starts_with("At noon. · Ebbs at last · The ferry is coming back to the islands"), "{all}");
    let silent = begins(vec![one.clone(), two, three]);
    assert!(silent.starts_with("Ebbs at last · The ferry is coming back"), "{silent}");
    let alone = begins(vec![one]);
    assert!(alone.starts_with("You receive this because you subscribed to The Harbour Weekly."), "{alone}");
}

#[test]
fn another_source_of_the_same_page_is_not_named() {
    let mut placed = article(1, "Tides");
    let also = |id: i64, source: &str, url: &str| Also {
        id: ArticleId(id),
        source: source.to_owned(),
        url: url.parse().expect("a URL"),
    };
    placed.also = vec![
        also(2, "Signal & Noise", "http://marine.example/2026/11/1/?a=1&b=2&utm_source=feed#top"),
        also(3, "Harbour Gazette", "https://gazette.example/tides"),
        also(4, "Gazette Online", "https://www.gazette.example/tides/"),
        also(5, "Other", "https://marine.example/2026/11/1?a=2"),
    ];
    let text = rendered(vec![placed], "en").message.text;
    assert!(!text.contains("Signal & Noise") && !text.contains("Gazette Online"), "{text}");
    assert!(text.contains("Harbour Gazette") && text.contains("Other"), "{text}");
}

#[test]
fn a_reader_can_leave_at_the_top_and_at_the_bottom() {
    for (name, sample) in samples() {
        let html = &sample.message.html;
        let places: Vec<usize> = html.match_indices(&mark(Hole::Unsubscribe)).map(|(at, _)| at).collect();
        assert_eq!(places.len(), 2, "{name}");
        assert!(
            places[0] < html.find("<h2").expect("an article")
                && places[1] > html.rfind("<h2").expect("an article")
        );
        assert!(html.contains("Harbour Press, Pier 9<br>20457 Hamburg"), "{name}");
    }
}

#[test]
fn the_frame_speaks_the_digests_language_in_its_zone() {
    // 23:30 UTC on Sunday is Monday in Berlin.
    for (language, date, words) in [
        ("en", "Monday, 23 November 2026", "You receive this because you subscribed to The Harbour Weekly."),
        (
            "de-AT",
            "Montag, 23. November 2026",
            "Sie erhalten diese Mail, weil Sie „The Harbour Weekly“ abonniert haben.",
        ),
        (
            "fr",
            "lundi 23 novembre 2026",
            "Vous recevez ce message parce que vous êtes abonné à « The Harbour Weekly ».",
        ),
        (
            "es",
            "lunes, 23 de noviembre de 2026",
            "Recibe este correo porque se suscribió a «The Harbour Weekly».",
        ),
        (
            "he",
            "יום שני, 23 בנובמבר 2026",
            "קיבלתם הודעה זו כי נרשמתם אל \"\u{2068}The Harbour Weekly\u{2069}\".",
        ),
        (
            "ar",
            "الاثنين، 23 نوفمبر 2026",
            "تصلك هذه الرسالة لأنك اشتركت في «\u{2068}The Harbour Weekly\u{2069}».",
        ),
    ] {
        let sample = rendered(vec![article(1, "Tides")], language);
        let page = Page::read(&sample.message.html);
        assert!(page.all("td").any(|td| td.text == date), "{language}: {date}");
        assert!(page.all("p").any(|p| p.text == words), "{language}: {words}");
        assert!(sample.message.text.contains(date), "{language}");
    }
}

#[test]
fn a_language_without_words_gets_english_ones_that_say_so() {
    let sample = rendered(vec![article(1, "Tides")], "fa");
    let page = Page::read(&sample.message.html);
    assert_eq!(sample.message.language, Language::parse("fa").expect("a tag"));
    let foot =
        page.all("td").filter(|td| td.text.contains("You receive this")).min_by_key(|td| td.text.len());
    let foot = foot.expect("a footer");
    assert_eq!(
        (foot.get("lang"), foot.get("dir"), foot.style("direction")),
        (Some("en"), Some("ltr"), Some("ltr"))
    );
}

#[test]
fn the_same_edition_gives_the_same_bytes() {
    let once = rendered(hostile(), "he");
    assert_eq!(once, rendered(hostile(), "he"));
}

#[test]
fn a_source_is_not_named_again_under_a_heading_that_is_its_name() {
    let mut edition = sample::edition(5);
    let digest = sample::digest("en");
    let named = |edition: &pressrun::model::Edition| {
        let theme = Theme::built_in();
        let message = render(edition, &digest, &theme, &links()).unwrap().message;
        (message.html.matches("The Marine Review").count(), message.text.matches("The Marine Review").count())
    };
    let everywhere = named(&edition);
    for section in &mut edition.sections {
        section.title = "The Marine Review".to_owned();
    }
    let headings = named(&edition);
    assert!(headings.0 < everywhere.0 && headings.1 < everywhere.1, "{headings:?} of {everywhere:?}");
}
