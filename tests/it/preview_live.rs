//! The preview as a person uses it, in a real browser: digests, widths, dark, clock, hands, a test copy; and live.

use crate::browser::Browser;
use crate::cli::{Folder, apart, letters};
use crate::preview_world::{LETTER, Preview, publisher, says};
use crate::world::rss;

const STORIES: [&str; 5] =
    ["Harbour opens", "Bridge closed", "Ferry returns", "Library lends umbrellas", "Oven lit again"];

/// A publisher who has collected; the theme's folder is there and empty.
async fn at_work() -> (Folder, crate::world::Newsroom) {
    let (folder, newsroom) = publisher(&STORIES).await;
    std::fs::create_dir(folder.path("theme")).unwrap();
    let folder = apart!({
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        folder.ok(&["collect"]);
        folder
    });
    (folder, newsroom)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_letter_is_seen_at_every_width_by_day_and_night_mirrored_and_in_its_parts() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Harbour opens", true)).await;
    tab.shot("preview-1600").await;

    for (key, shown) in
        [("2", ".device.wide"), ("3", ".device.phone"), ("4", ".device.small"), ("1", ".desktop")]
    {
        tab.press(key).await;
        tab.until(&format!("document.querySelector('{shown} iframe')?.contentDocument?.body?.innerText"))
            .await;
    }
    tab.press("3").await;
    let width = "document.querySelector('.phone iframe')?.contentWindow.innerWidth";
    assert_eq!(tab.until(width).await, 360);
    tab.press("4").await;
    assert_eq!(tab.until("document.querySelector('.small iframe')?.contentWindow.innerWidth").await, 320);
    for (key, words) in
        [("5", "https://news.example/harbour-opens"), ("6", "MIME-Version"), ("7", "List-Unsubscribe")]
    {
        tab.press(key).await;
        tab.until(&says(words, true)).await;
    }
    tab.press("1").await;
    tab.until("document.querySelector('.desktop iframe:not(.coming)')?.contentDocument?.body?.innerText")
        .await;
    let ground = format!(
        "{LETTER} && getComputedStyle(document.querySelector('iframe:not(.coming)').contentDocument.body).backgroundColor"
    );
    let day = tab.until(&ground).await;
    tab.press("d").await;
    tab.until(&format!("{ground} && ({ground}) !== {day}")).await;
    // One key behind the other: neither is lost.
    tab.press("d").await;
    tab.press("r").await;
    tab.until(
        "document.querySelector('iframe:not(.coming)')?.contentDocument?.documentElement.dir === 'rtl'",
    )
    .await;
    tab.until(&format!("{ground} && ({ground}) === {day}")).await;
    tab.press("r").await;
    tab.until(
        "document.querySelector('iframe:not(.coming)')?.contentDocument?.documentElement.dir !== 'rtl'",
    )
    .await;
}

/// How wide the letter is to itself in each frame, and whether all of them are seen whole in the width of the window.
const FRAMES: &str = "(() => { const stage = document.querySelector('.stage').getBoundingClientRect(); \
    const frames = [...document.querySelectorAll('iframe:not(.coming)')]; \
    return [...frames.map((f) => f.contentWindow.innerWidth), frames.every((f) => { \
    const box = f.getBoundingClientRect(); return box.width > 0 && box.left >= stage.left && box.right <= stage.right; })]; })()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_is_as_wide_as_it_says_in_every_window_and_the_keyboard_scrolls_what_scrolls() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let _folder = apart!({
        folder.ok(&["send", "morning"]);
        folder
    });
    for path in ["/?digest=morning&edition=1", "/inbox/"] {
        let mut tab = preview.tab(&browser, path).await;
        tab.until(&says("Harbour opens", true)).await;
        for (width, height) in [(1_600, 950), (1_366, 700), (1_024, 768), (1_024, 300), (390, 800)] {
            tab.resize(width, height).await;
            let seen = tab.eval(FRAMES).await;
            assert_eq!(seen, serde_json::json!([680, 360, true]), "{path} at {width}");
            tab.assert_accessible().await;
        }
        tab.shot(&format!("frames-{}", path.len())).await;
        tab.press("2").await;
        tab.until("document.querySelector('.wide iframe')?.contentWindow.innerWidth >= 680").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_stays_when_another_form_is_posted_and_the_keyboard_is_never_lost() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Bridge closed", true)).await;
    tab.fill("#intro", "Not yet sent").await;
    tab.eval("document.querySelector('[aria-label=\"Hide: Bridge closed\"]').focus()").await;
    tab.press("Enter").await;
    tab.until(&says("Bridge closed", false)).await;
    tab.until("document.querySelector('.changes')?.innerText.includes('1 change, until this preview ends')")
        .await;
    assert_eq!(tab.eval("document.querySelector('#intro').value").await, "Not yet sent");
    let at = tab.eval("document.activeElement.closest('.panel') !== null").await;
    assert_eq!(at, true, "the keyboard is at nothing");
    tab.click("details.seen summary").await;
    tab.click(".panel h2").await;
    assert_eq!(tab.eval("document.querySelector('details.seen').open").await, false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn digest_clock_and_panels_are_chosen_and_axe_has_nothing_to_say() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Harbour opens", true)).await;
    tab.choose("#digest", "weekly").await;
    tab.until("document.title.startsWith('The Week')").await;
    tab.choose("#digest", "morning").await;
    tab.until("document.title.startsWith('Morning')").await;
    tab.click("details.seen summary").await;
    tab.fill("#now", "2026-07-14T06:30:00Z").await;
    tab.press("Enter").await;
    tab.until(&says("14 July 2026", true)).await;
    tab.click("details.seen summary").await;

    for width in [1_600, 1_024] {
        tab.resize(width, 900).await;
        for key in ["a", "f", "z", "l", "t"] {
            tab.press(key).await;
            tab.until(&format!("document.querySelector('.tabs [data-key={key}]').ariaCurrent === 'true'"))
                .await;
            tab.assert_accessible().await;
        }
        tab.shot(&format!("preview-{width}-send")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_theme_or_words_is_seen_at_once_and_the_place_is_kept() {
    let Some(browser) = Browser::start() else { return };
    let (folder, newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/?view=desktop").await;
    tab.until(&says("Harbour opens", true)).await;
    tab.eval("document.querySelector('iframe').contentWindow.scrollTo(0, 300)").await;
    tab.eval("window.before = document.querySelector('.panel')").await;

    folder.write(
        "config.toml",
        &std::fs::read_to_string(folder.path("config.toml"))
            .unwrap()
            .replace("title = \"Morning\"", "title = \"Daybreak\""),
    );
    // From the change on the disk to the picture, as the page itself sees it.
    let from = std::time::Instant::now();
    tab.until(&says("Daybreak", true)).await;
    eprintln!("change to picture: {} ms, with the driver", from.elapsed().as_millis());
    assert_eq!(tab.eval("document.querySelector('iframe').contentWindow.scrollY").await, 300);
    assert_eq!(
        tab.eval("window.before === document.querySelector('.panel')").await,
        true,
        "it was swapped in vain"
    );

    std::fs::create_dir(folder.path("theme/words")).unwrap();
    let words =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/theme/words/en.toml"))
            .unwrap();
    folder.write("theme/words/en.toml", &words.replace("Unsubscribe", "Let me go"));
    tab.until(&says("Let me go", true)).await;
    assert_eq!(tab.eval("document.querySelector('iframe').contentWindow.scrollY").await, 300);

    newsroom.publish("news", rss(&STORIES).replace("in a sentence or two", "again and put right"));
    let _folder = apart!({
        folder.ok(&["collect"]);
        folder
    });
    tab.until(&says("again and put right", true)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_told_with_its_place_over_the_last_good_picture() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Harbour opens", true)).await;
    let good = std::fs::read_to_string(folder.path("config.toml")).unwrap();

    folder.write("config.toml", &format!("{good}minimun = 3\n"));
    let told = tab.until("document.querySelector('.mistakes')?.innerText").await;
    let told = told.as_str().unwrap();
    let line = good.lines().count() + 1;
    assert!(told.contains(&format!("config.toml:{line}")) && told.contains("minimum"), "{told}");
    assert!(tab.eval(&says("Harbour opens", true)).await.as_bool().unwrap());
    tab.assert_accessible().await;
    tab.shot("preview-mistake").await;
    folder.write("config.toml", &good);
    tab.until("!document.querySelector('.mistakes')").await;

    folder.write("theme/palette.toml", "ink = \"blueish\"\n");
    let told = tab.until("document.querySelector('.mistakes')?.innerText").await;
    assert!(told.as_str().unwrap().contains("palette.toml:1"), "{told}");
    std::fs::remove_file(folder.path("theme/palette.toml")).unwrap();
    tab.until("!document.querySelector('.mistakes')").await;

    // Emptied, and gone: the store's sources are there as before when it is back.
    for gone in [false, true] {
        folder.write("config.toml", "");
        if gone {
            std::fs::remove_file(folder.path("config.toml")).unwrap();
        }
        tab.until("document.querySelector('.mistakes')").await;
        assert!(tab.eval(&says("Harbour opens", true)).await.as_bool().unwrap());
        folder.write("config.toml", &good);
        tab.until("!document.querySelector('.mistakes')").await;
        tab.until(&says("Harbour opens", true)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shown_or_sent_in_place_of_what_is_not_there() {
    let (folder, _newsroom) = at_work().await;
    let folder = apart!({
        folder.ok(&["send", "morning"]);
        folder
    });
    let preview = Preview::start(&folder, &["morning"]);
    let page = preview.get("/?digest=evening").await;
    assert!(page.contains("there is no digest evening"), "{page}");
    let page = preview.get("/?digest=weekly&edition=1").await;
    assert!(page.contains("edition 1 is one of morning, not of weekly"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pinned_hidden_and_written_is_tried_out_and_kept_for_the_next_edition_alone() {
    let Some(browser) = Browser::start() else { return };
    let (folder, newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Bridge closed", true)).await;
    tab.click("[aria-label='Hide: Bridge closed']").await;
    tab.until(&says("Bridge closed", false)).await;
    let row = "li:has([aria-label='Move to: Harbour opens'])";
    let lead = tab.eval(&format!("document.querySelector(\"{row} option[value^=lead]\").value")).await;
    tab.choose("[aria-label='Move to: Harbour opens']", lead.as_str().unwrap()).await;
    tab.click(&format!("{row} .go")).await;
    tab.until(&format!("({LETTER}).indexOf('Harbour opens') < ({LETTER}).indexOf('Oven lit again')")).await;
    tab.fill("#intro", "Chosen by hand today.").await;
    tab.click("#do-intro").await;
    tab.until(&says("Chosen by hand today.", true)).await;
    tab.until("document.querySelector('.changes')?.innerText.includes('3 changes')").await;
    tab.shot("preview-tried").await;
    tab.assert_accessible().await;
    tab.click("#keep").await;
    tab.until("document.querySelector('.kept') && document.body.innerText.includes('the next edition is made with it')").await;

    let folder = apart!({
        let letter = folder.ok(&["preview", "morning", "--format", "text"]);
        assert!(letter.contains("Chosen by hand today.") && !letter.contains("Bridge closed"), "{letter}");
        folder.ok(&["send", "morning"]);
        let explained = folder.ok(&["editions", "explain", "1"]);
        assert!(explained.contains("in by hand: the lead"), "{explained}");
        assert!(explained.contains("out: hidden by hand"), "{explained}");
        folder
    });
    // What has no date is of today.
    let dated = "<pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>";
    newsroom.publish("news", rss(&["Tide turns"]).replace(dated, ""));
    apart!({
        folder.ok(&["collect", "news"]);
        let next = folder.ok(&["preview", "morning", "--format", "text"]);
        assert!(next.contains("Tide turns") && !next.contains("Chosen by hand"), "{next}");
        assert!(!next.contains("Bridge closed"), "what was hidden comes back: {next}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_copy_goes_out_consumes_nothing_and_lies_in_the_inbox() {
    let Some(browser) = Browser::start() else { return };
    let (folder, _newsroom) = at_work().await;
    let preview = Preview::start(&folder, &["morning"]);
    let mut tab = preview.tab(&browser, "/?panel=send").await;
    tab.fill("#to", "not an address").await;
    tab.press("Enter").await;
    tab.until("document.querySelector('.said.bad')").await;
    assert_eq!(letters(&folder.path("outbox")), 0);
    tab.fill("#to", "me@a.example, you@a.example").await;
    tab.press("Enter").await;
    tab.until("document.querySelectorAll('.said:not(.bad)').length === 2").await;
    assert_eq!(letters(&folder.path("outbox")), 2);
    tab.click(".elsewhere a").await;
    tab.until("document.querySelectorAll('.letters a').length === 2").await;
    tab.until(&says("Harbour opens", true)).await;
    tab.press("d").await;
    tab.until("document.querySelector('.stage.night')").await;
    tab.assert_accessible().await;
    tab.shot("preview-inbox").await;
    apart!({
        assert_eq!(folder.ok(&["editions", "list", "--json"]).trim(), "[]");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_in_a_file_is_followed_without_configuration_or_database() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new();
    folder.write("feed.xml", &rss(&["Harbour opens"]));
    let preview = Preview::start(&folder, &["--feed", "feed.xml"]);
    let mut tab = preview.tab(&browser, "/").await;
    tab.until(&says("Harbour opens", true)).await;
    folder.write("feed.xml", &rss(&["Bridge closed", "Harbour opens"]));
    tab.until(&says("Bridge closed", true)).await;
    folder.write("feed.xml", "no feed at all");
    tab.until("document.querySelector('.mistakes')?.innerText.includes('feed.xml')").await;
    assert!(tab.eval(&says("Bridge closed", true)).await.as_bool().unwrap());
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 1, "nothing was written");
}
