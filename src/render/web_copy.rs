//! An edition as anybody sees it on the web, made of what its readers got.
//!
//! The letter itself is the page. What is somebody's own in it goes, and so does what makes no sense there: why one gets
//! it, and the links to where one is already.

use super::Theme;
use crate::model::{Hole, Message};

/// What stands between two links of a letter's frame.
const BETWEEN: &str = " · ";

/// An edition as anybody sees it on the web.
#[derive(Debug, Clone, PartialEq)]
pub struct WebCopy<'a> {
    /// What its readers got.
    pub message: &'a Message,
    /// How its own address ends: digest and slot.
    pub path: &'a str,
    /// Titles and addresses of the articles that the letters had no room for.
    pub further: &'a [(String, String)],
    /// Whether everybody may know of it: then it leads to the form to subscribe and to the other editions.
    pub public: bool,
}

/// Returns the page.
#[must_use]
pub fn web_copy(copy: &WebCopy<'_>, theme: &Theme) -> String {
    let said = &theme.page_words(&copy.message.language).archive;
    let html = without_reason(&copy.message.html);
    let [out, choices] = [Hole::Unsubscribe, Hole::Preferences].map(|hole| hole.mark().to_string());
    // The first and the last of three are in the frame, the one between tells of articles that the web has.
    let own = |link: &Link<'_>| link.href.ends_with(copy.path);
    let total = links(&html).filter(own).count();
    let mut nth = 0;
    let elsewhere = |link: &Link<'_>, href: &str, text: &str| {
        copy.public.then(|| format!("<a href=\"{href}\"{}>{}</a>", link.rest, escaped(text)))
    };
    relinked(&html, |link| {
        if link.href == out {
            return Some(elsewhere(link, "../", &said.subscribe));
        }
        if link.href == choices {
            return Some(elsewhere(link, "./", &said.all));
        }
        if !own(link) {
            return None;
        }
        nth += 1;
        Some((total == 3 && nth == 2).then(|| further(link, &said.further, copy.further)))
    })
}

/// What the letters had no room for, or how much it was if nobody knows any more what it was.
fn further(link: &Link<'_>, heading: &str, articles: &[(String, String)]) -> String {
    if articles.is_empty() {
        return link.text.to_owned();
    }
    let mut all = escaped(heading);
    for (title, url) in articles {
        all.push_str(&format!("<br><a href=\"{}\"{}>{}</a>", escaped(url), link.rest, escaped(title)));
    }
    all
}

/// A link as the templates write it.
struct Link<'h> {
    /// Where it stands.
    at: usize,
    /// Where it ends.
    end: usize,
    href: &'h str,
    /// Its other attributes, with the blank before them.
    rest: &'h str,
    text: &'h str,
}

fn links(html: &str) -> impl Iterator<Item = Link<'_>> {
    const OPEN: &str = "<a href=\"";
    html.match_indices(OPEN).filter_map(|(at, _)| {
        let (href, after) = html[at + OPEN.len()..].split_once('"')?;
        let (rest, after) = after.split_once('>')?;
        let (text, after) = after.split_once("</a>")?;
        Some(Link { at, end: html.len() - after.len(), href, rest, text })
    })
}

/// Writes something else for a link, or nothing and not what stood between it and its neighbour either; `None` leaves
/// it.
fn relinked(html: &str, mut instead: impl FnMut(&Link<'_>) -> Option<Option<String>>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for link in links(html) {
        let Some(instead) = instead(&link) else { continue };
        out.push_str(&html[done.min(link.at)..link.at]);
        done = link.end;
        match instead {
            Some(instead) => out.push_str(&instead),
            None if out.ends_with(BETWEEN) => out.truncate(out.len() - BETWEEN.len()),
            None if html[done..].starts_with(BETWEEN) => done += BETWEEN.len(),
            None => {}
        }
    }
    out.push_str(&html[done..]);
    out
}

/// Takes out the paragraph before the links of the footer: it tells a reader why they get this.
fn without_reason(html: &str) -> String {
    let reason = || {
        let links = html.rfind(Hole::Unsubscribe.mark())?;
        let links = html[..links].rfind("<p")?;
        let before = html[..links].strip_suffix("</p>")?;
        Some((before.rfind("<p")?, links))
    };
    reason().map_or_else(|| html.to_owned(), |(from, to)| format!("{}{}", &html[..from], &html[to..]))
}

/// Writes a text as HTML or XML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 §2.2 has no place for these at all.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            '\u{FFFE}' | '\u{FFFF}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Language};

    fn copied(html: &str, public: bool, further: &[(String, String)]) -> String {
        let message = Message {
            subject: String::new(),
            language: Language::english(),
            direction: Direction::Ltr,
            html: html.replace("OUT", "\u{10FF01}").replace("CHOICES", "\u{10FF02}"),
            text: String::new(),
        };
        let copy = WebCopy { message: &message, path: "/daily/x", further, public };
        web_copy(&copy, &Theme::built_in())
    }

    const LETTER: &str = "<td><a href=\"https://t.example/daily/x\" class=\"e\">Web</a> · <a href=\"OUT\">Out</a></td>\
         <a href=\"https://a.example/\">A</a>MORE<p>You get this</p><p class=\"f\"><a href=\"OUT\">Out</a> · \
         <a href=\"CHOICES\">Choices</a> · <a href=\"https://t.example/daily/x\">Web</a></p>";

    #[test]
    fn nobodys_own_links_are_in_it_and_everybodys_are() {
        assert_eq!(
            copied(LETTER, true, &[]),
            "<td><a href=\"../\">Subscribe</a></td><a href=\"https://a.example/\">A</a>MORE<p class=\"f\">\
             <a href=\"../\">Subscribe</a> · <a href=\"./\">All editions</a></p>"
        );
        assert_eq!(
            copied(LETTER, false, &[]),
            "<td></td><a href=\"https://a.example/\">A</a>MORE<p class=\"f\"></p>"
        );
        assert_eq!(copied("<p>no links", true, &[]), "<p>no links");
    }

    #[test]
    fn what_the_letters_had_no_room_for_is_there_by_name() {
        let more =
            LETTER.replace("MORE", "<p><a href=\"https://t.example/daily/x\" class=\"m\">2 more</a></p>");
        let one = ("<b> & co".to_owned(), "https://b.example/?a=1&b=\"".to_owned());
        let copy = copied(&more, true, &[one]);
        assert!(
            copy.contains(
                "<p>Also in this edition<br><a href=\"https://b.example/?a=1&amp;b=&quot;\" class=\"m\">\
                 &lt;b&gt; &amp; co</a></p>"
            ),
            "{copy}"
        );
        assert!(copied(&more, true, &[]).contains("<p>2 more</p>"));
    }
}
