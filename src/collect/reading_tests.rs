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
