//! What a letter holds, and what other sites ask, does not touch the preview.

use crate::browser::{Browser, Screen};
use crate::cli::{Folder, apart, text};
use crate::preview_world::{Preview, publisher};
use crate::world::rss;

const HOSTILE: &str = "From: Evil <evil@tide.example>\r\nTo: ann@a.example\r\nSubject: Boo\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n\
    <html><head><meta http-equiv=refresh content=\"0;url=http://127.0.0.1:1/refreshed\">\
    <base href=\"http://127.0.0.1:1/\">\
    <style>*{position:fixed!important;top:0;left:0;width:9999px;height:9999px;z-index:2147483647;background:red}\
    @import url(http://127.0.0.1:1/import.css);</style>\
    <link rel=stylesheet href=\"http://127.0.0.1:1/link.css\"><script src=\"http://127.0.0.1:1/x.js\"></script>\
    <script>parent.document.title='taken';top.location='http://127.0.0.1:1/top';window.ran=1</script></head>\
    <body onload=\"parent.ran=1\"><form id=f action=\"http://127.0.0.1:1/form\" method=post><input name=a autofocus onfocus=\"parent.ran=1\">\
    <button id=b>x</button></form><a id=t target=_top href=\"http://127.0.0.1:1/top\">x</a><img src=x onerror=\"parent.ran=1\">\
    <iframe src=\"http://127.0.0.1:1/frame\"></iframe><object data=\"http://127.0.0.1:1/o\"></object>\
    <svg onload=\"parent.ran=1\"></svg>words enough to be seen</body></html>\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_letter_touches_neither_the_page_nor_the_browser() {
    let Some(browser) = Browser::start() else { return };
    // Where all that it asks for would come.
    let elsewhere = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let evil = elsewhere.local_addr().unwrap().port();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = std::sync::Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = elsewhere.accept().await {
            let mut head = [0; 1_024];
            let read = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await.unwrap_or(0);
            let line = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or_default().to_owned();
            heard.lock().unwrap().push(line);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let letter = HOSTILE.replace("127.0.0.1:1/", &format!("127.0.0.1:{evil}/"));
    std::fs::write(folder.path().join("1-evil.eml"), letter).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = pressrun::web::inbox(folder.path().to_owned());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut tab = browser.tab(&Screen { width: 1_600, ..Screen::desktop() }).await;
    for query in ["", "?view=phone&dark=1", "?styles=off&images=off", "?view=text", "?view=source"] {
        let url = format!("http://127.0.0.1:{port}/{query}");
        tab.open(&url).await;
        tab.until("document.querySelector('iframe').contentDocument.readyState === 'complete'").await;
        // What would act by itself has had its time; now a hand that slips.
        tab.eval("(() => { const d = document.querySelector('iframe').contentDocument; for (const id of ['b', 't']) d.getElementById(id)?.click(); })()").await;
        tab.until("document.querySelector('iframe').contentDocument.readyState === 'complete'").await;
        assert_eq!(
            tab.eval(
                "window.ran === undefined && document.querySelector('iframe').contentWindow.ran === undefined"
            )
            .await,
            true
        );
        assert_eq!(tab.eval("location.href").await, url);
        assert_eq!(tab.eval("document.title").await, "Boo · Outbox");
        let top = tab.eval("document.elementFromPoint(30, 20).closest('.top') !== null").await;
        assert_eq!(top, true, "the letter covers the page");
    }
    // A picture is what a letter may show. (A browser opens connections ahead of need, and asks nothing there.)
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|line| line.is_empty() || line.starts_with("GET /x ")), "{asked:?}");
    assert!(asked.iter().any(|line| !line.is_empty()), "not even the picture was asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_host_names_and_other_sites_are_refused() {
    let (folder, _newsroom) = publisher(&["Harbour opens"]).await;
    std::fs::create_dir(folder.path("theme")).unwrap();
    let folder = apart!({
        folder.ok(&["collect"]);
        folder
    });
    let preview = Preview::start(&folder, &["morning"]);
    for path in ["/", "/part/html", "/live", "/viewer.js", "/inbox/"] {
        let answer =
            preview.ask(&format!("GET {path} HTTP/1.1\r\nHost: evil.example:{}", preview.port), "").await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{path}: {answer}");
    }
    let page = preview.get("/?panel=send").await;
    let token = page.split("name=\"token\" value=\"").nth(1).map(|rest| &rest[..32]);
    let head = |more: &str| {
        format!(
            "POST /send HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/x-www-form-urlencoded{more}",
            preview.port
        )
    };
    let token = token.expect("a form with a token, once there is a letter");
    let body = format!("token={token}&to=me%40a.example");
    for more in [
        "\r\nOrigin: https://evil.example",
        "\r\nOrigin: null",
        "\r\nSec-Fetch-Site: cross-site",
        "\r\nOrigin: http://127.0.0.1:1",
    ] {
        let answer = preview.ask(&head(more), &body).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{more}: {answer}");
    }
    for wrong in [
        "to=me%40a.example",
        "token=&to=me%40a.example",
        "token=00000000000000000000000000000000&to=me%40a.example",
    ] {
        let answer = preview.ask(&head(""), wrong).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{wrong}: {answer}");
    }
    let get = preview.get(&format!("/send?{body}")).await;
    assert!(get.starts_with("HTTP/1.1 405 "), "{get}");
    assert!(!folder.path("outbox").exists(), "something was sent");
    let origin = format!("\r\nOrigin: http://127.0.0.1:{}\r\nSec-Fetch-Site: same-origin", preview.port);
    assert!(preview.ask(&head(&origin), &body).await.starts_with("HTTP/1.1 303 "));
    assert_eq!(crate::cli::letters(&folder.path("outbox")), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_asked_on_request_and_never_inside() {
    let (folder, newsroom) = publisher(&[]).await;
    newsroom.publish("here", "there");
    let (here, gone) = (newsroom.url("here"), newsroom.url("gone"));
    let items = [("Here", here.as_str()), ("Gone", gone.as_str()), ("Inside", "http://10.0.0.1/admin")];
    let items =
        items.map(|(title, link)| format!("<item><title>{title}</title><link>{link}</link></item>")).concat();
    folder.write("feed.xml", &rss(&[]).replace("</channel>", &format!("{items}</channel>")));
    std::fs::create_dir(folder.path("theme")).unwrap();
    apart!({
        let output = folder.run(&["--config", "config.toml", "preview", "--feed", "feed.xml", "--links"]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("ok    200 {here}")), "{said}");
        assert!(said.contains(&format!("dead  404 {gone}")), "{said}");
        let inside = said.lines().find(|line| line.contains("10.0.0.1")).unwrap();
        assert!(inside.starts_with("dead") && inside.contains("private"), "{inside}");
    });
}

#[test]
fn pictures_are_taken_where_chromium_is_and_missed_in_one_line_where_not() {
    let folder = Folder::new();
    folder.write("feed.xml", &rss(&["Harbour opens", "Bridge closed"]));
    let args = ["preview", "--feed", "feed.xml", "--out", "out", "--now", "2026-03-02T07:00:00Z"];
    let output = folder.run(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 4);
    assert!(text(&output.stderr).contains("no pictures: Chromium is not here"), "{}", text(&output.stderr));
    let Some(_browser) = Browser::start() else { return };
    let (path, home) = (std::env::var("PATH").unwrap(), folder.path("").display().to_string());
    let output = folder.run_with(&[("PATH", &path), ("HOME", &home)], &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for guise in [
        "desktop",
        "desktop-dark",
        "phone",
        "phone-dark",
        "small",
        "small-dark",
        "pictures-off",
        "stripped",
        "right-to-left",
    ] {
        let png = std::fs::read(folder.path(&format!("out/preview-{guise}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert!(size(20) > 400, "{guise} is {} pixels high", size(20));
    }
}
