use super::*;

fn at(path: &str) -> Url {
    Url::parse("https://harbour.example/").unwrap().join(path).unwrap()
}

#[test]
fn a_bare_page_is_read_by_its_looks() {
    let html = "<html lang=en><head><title>The ferry is back - Harbour</title></head><body><nav><a href=/>Home</a></nav>\
        <h1>The ferry is back</h1><p>By Ann Lee</p><p>After three weeks in the dock the ferry took up its service on Monday, \
        to the joy of the islanders.</p><p>It had lost its screw in the storm of October, and no other of its kind was to be found, \
        so that one was cast anew.</p></body></html>";
    let read = read_text(html, &at("/ferry"));
    assert_eq!(read.headline, "The ferry is back");
    assert_eq!(read.byline.as_deref(), Some("Ann Lee"));
    assert!(read.text.starts_with("After three weeks") && read.text.ends_with("cast anew."), "{}", read.text);
    assert_eq!(read.kind, ReadingKind::Article);
}

const ONE: &str = "The harbour council voted eleven to four on Tuesday night to reopen the old fish market, which had been shut for nine years.";
const TWO: &str = "Traders who had been moved to a row of containers filled the gallery, and some of them wept when the result was read out.";
const THREE: &str = "Work on the stairway begins in December, and if the weather holds the market opens on the first Saturday in April.";

fn page(title: &str, body: &str) -> Reading {
    read_text(&format!("<html lang=en><title>{title}</title><body>{body}</body></html>"), &at("/2026/market"))
}

fn article(between: &str, behind: &str) -> Reading {
    page(
        "The market opens",
        &format!("<h1>The market opens</h1><p>{ONE}</p>{between}<p>{TWO}</p><p>{THREE}</p>{behind}"),
    )
}

#[test]
fn a_page_laid_out_with_tables_is_read_like_others() {
    let read = page(
        "The market opens again | Courier",
        &format!(
            "<table width=100%><tr><td colspan=3><font size=6>Courier</font></td></tr><tr><td width=150><b>Most read</b><br>\
             <a href=/1>Five ways to cook a mackerel</a><br><a href=/2>Bus fares rise again in March</a></td><td><font size=5><b>The \
             market opens again</b></font><br><i>Traders are promised a lower rent for the first season.</i><br><font size=1>By Ann Lee, \
             22 November 2026</font><br><table align=right><tr><td><img src=/m.jpg width=300 height=200></td></tr><tr><td><font size=1>The \
             empty hall. (Bo Keel)</font></td></tr></table>{ONE}<br><br>{TWO}<br><br>{THREE}<br><br><a href=/p>Print</a> | <a \
             href=/m>Mail to a friend</a></td><td>Advertisement<br>Sign up<form><input></form></td></tr><tr><td colspan=3><font \
             size=1>Terms of service | All rights reserved</font></td></tr></table>"
        ),
    );
    assert_eq!(read.kind, ReadingKind::Article);
    assert_eq!(read.text, format!("{ONE} {TWO} {THREE}"));
    assert_eq!(read.headline, "The market opens again");
    assert_eq!(read.dek.as_deref(), Some("Traders are promised a lower rent for the first season."));
    assert_eq!(read.byline.as_deref(), Some("Ann Lee"));
    assert!(read.published.is_some());
    let lead = read.lead.expect("a picture");
    assert_eq!((lead.caption.as_deref(), lead.credit.as_deref()), (Some("The empty hall."), Some("Bo Keel")));
}

#[test]
fn a_list_of_headlines_with_teasers_is_no_article_and_a_text_with_links_is_one() {
    let teasers: String = (0..12)
        .map(|n| format!("<div class=b><div class=c><a href=/n/{n}>The story of the day, number {n}</a></div><div>{}</div></div>", &ONE[..80]))
        .collect();
    assert_eq!(page("Local news", &format!("<h1>Local news</h1>{teasers}")).kind, ReadingKind::NotAnArticle);
    let cells: String = (0..12)
        .map(|n| {
            format!("<tr><td><a href=/n/{n}><b>The story of the day, number {n}</b></a><br>{ONE}</td></tr>")
        })
        .collect();
    assert_eq!(page("Courier", &format!("<table>{cells}</table>")).kind, ReadingKind::NotAnArticle);
    let linked = article("<p><a href=/n/1>The story of another day, number one</a></p>", "");
    assert_eq!(linked.kind, ReadingKind::Article);
}

#[test]
fn a_line_that_is_none_of_the_text_is_left_out_wherever_it_stands() {
    let whole = format!("{ONE} {TWO} {THREE}");
    for line in [
        "<p>© 2026 Courier. All rights reserved.</p>",
        "<p>Alle Rechte vorbehalten.</p>",
        "<p>كل الحقوق محفوظة</p>",
        "<p>כל הזכויות שמורות ©</p>",
        "<p><a href=/x>The lighthouse keeper who never left</a></p>",
        "<ul><li><a href=/x>The lighthouse keeper</a></li><li><a href=/y>Bus fares rise again</a></li></ul>",
        "<p>Read also: <a href=/x>Bus fares rise again in March</a></p>",
        "<div class=callout><div>Support independent journalism: become a member for £3 a month.</div></div>",
        "<p>Tags: <a href=/t>market</a>, <a href=/t>council</a></p>",
        "<p>Print | Mail to a friend | Copy link</p>",
        "<amp-ad>Advertisement</amp-ad>",
        "<div class=author-card><h4>Ann Lee</h4><p>Ann Lee has covered the coast since 2009, and lives above a bakery.</p></div>",
    ] {
        for read in [article(line, ""), article("", line)] {
            assert_eq!(read.text, whole, "{line}");
        }
    }
    let bio =
        "<h4>About the author</h4><p>Ann Lee has covered the coast since 2009, and lives above a bakery.</p>";
    assert_eq!(article("", bio).text, whole);
    let broken = page(
        "The market opens",
        &format!(
            "<div><h1>The market opens</h1>Ann Lee, 22 November 2026<br><br>{ONE}<br><br>{TWO}<br><br>\
        {THREE}<br><br><a href=/x>The lighthouse keeper who never left</a><br>© 2026 Courier</div>"
        ),
    );
    assert_eq!((broken.text, broken.byline.as_deref()), (whole, Some("Ann Lee")));
}

#[test]
fn a_word_that_is_set_off_and_a_sentence_that_begins_like_furniture_stay_in_the_text() {
    for line in [
        "<p><strong>Facebook</strong> was fined on Monday, and so were <b>X</b> and <b>Reddit</b>.</p>",
        "<p><strong>Print</strong> sales rose again.</p>",
        "<p><b>Home</b> – the word was painted on the wall.</p>",
        "<p><b>Comment:</b> what the council did was right.</p>",
        "<ul><li><strong>Facebook</strong>: 20 million</li><li><strong>X</strong>: 5 million</li></ul>",
        "<p>More in hope than in faith, they waited.</p>",
        "<p>“Become a member? Never,” said Mr Keel</p>",
        "<p>Receive our thanks, the king told them.</p>",
        "<p>„Unterstützen Sie uns“, rief ein Landwirt.</p>",
        "<p>Soutenez les pompiers, dit-il.</p>",
        "<p><a href=/ruling>The court said in its ruling that the council had acted lawfully.</a></p>",
        "<p>سجل في الدورة هدفين.</p>",
        "<p>著作権について、専門家は議論を続けている。</p>",
    ] {
        let said = text_of(line);
        for read in [article(line, ""), article("", line)] {
            assert!(bare(&read.text).contains(&bare(&said)), "{line}: {}", read.text);
        }
    }
}

#[test]
fn the_hour_and_zone_of_a_date_are_read_where_the_line_looks_like_furniture() {
    let read = page(
        "The market opens",
        &format!(
            "<header class=entry-header><h1>The market opens</h1><div class=entry-meta><time \
            datetime=2026-11-20T22:30:00-05:00>November 20, 2026</time></div></header><div class=entry-content>\
            <p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div>"
        ),
    );
    assert_eq!(read.published.map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-21T03:30:00+00:00"));
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn text_of(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

#[test]
fn a_slanted_or_small_line_behind_a_picture_is_its_caption() {
    for (picture, credit) in [
        ("<img src=/m.jpg width=900 height=600><em>The empty hall.</em>", None),
        (
            "<p><img src=/m.jpg width=900 height=600><br><small>The empty hall. Photo: Bo Keel</small></p>",
            Some("Bo Keel"),
        ),
        (
            "<p><img src=/m.jpg width=900 height=600></p><p><em>The empty hall. (Foto: Bo Keel)</em></p>",
            Some("Bo Keel"),
        ),
        (
            "<div><img src=/m.jpg width=900 height=600><div>The empty hall. צילום: Bo Keel</div></div>",
            Some("Bo Keel"),
        ),
        (
            "<div><img src=/m.jpg width=900 height=600><p class=caption>The empty hall. (AP Photo/Bo Keel)</p></div>",
            Some("AP Photo/Bo Keel"),
        ),
        (
            "<figure><img src=/m.jpg width=900 height=600><figcaption>The empty hall. / Photo: <a>Bo Keel</a></figcaption></figure>",
            Some("Bo Keel"),
        ),
    ] {
        let read = article(picture, "");
        assert_eq!(read.text, format!("{ONE} {TWO} {THREE}"), "{picture}");
        let lead = read.lead.expect("a picture");
        assert_eq!(
            (lead.caption.as_deref(), lead.credit.as_deref()),
            (Some("The empty hall."), credit),
            "{picture}"
        );
        // And of a picture that does not lead.
        let read = article("", picture);
        assert_eq!(read.text, format!("{ONE} {TWO} {THREE}"), "{picture}");
    }
}

#[test]
fn what_stands_over_the_byline_is_a_dek() {
    let dek = "Ab Mai gilt das neue Limit auf allen Straßen – mit Ausnahmen für den Busverkehr.";
    let read = page(
        "Tempo 30 kommt",
        &format!(
            "<article><h1>Tempo 30 kommt</h1><p class=k1>{dek}</p><div class=author>Von Jens Öztürk</div><div>22. November 2026, 08:15 Uhr</div>\
            <p>{ONE}</p><p>{TWO}</p></article>"
        ),
    );
    assert_eq!((read.dek.as_deref(), read.byline.as_deref()), (Some(dek), Some("Jens Öztürk")));
    assert_eq!(read.text, format!("{ONE} {TWO}"));
    assert!(read.published.is_some());
}

#[test]
fn a_section_is_read_from_crumbs_that_lead_nowhere() {
    let crumbs = "<nav aria-label=Breadcrumb><ol><li>Home</li><li>Politics</li></ol></nav>";
    let read =
        page("The market opens", &format!("{crumbs}<h1>The market opens</h1><p>{ONE}</p><p>{TWO}</p>"));
    assert_eq!(read.section.as_deref(), Some("Politics"));
}

#[test]
fn a_constant_canonical_address_is_not_believed() {
    for wrong in ["/", "/2026", "/news/", "https://other.example/"] {
        let html = format!("<link rel=canonical href='{wrong}'><h1>The market opens</h1><p>{ONE}</p>");
        assert_eq!(read_text(&html, &at("/2026/market")).canonical, at("/2026/market"), "{wrong}");
    }
    let html = format!(
        "<link rel=canonical href=/news><meta property=og:url content=/2026/market-opens-in-spring><h1>The market opens</h1><p>{ONE}</p>"
    );
    assert_eq!(read_text(&html, &at("/story?id=47")).canonical, at("/2026/market-opens-in-spring"));
}
