//! What a page is: an article, or something that stands where one was expected.

use super::reading_meta::Meta;
use super::reading_parts::Page;
use super::reading_words::consents;
use super::tree::Tree;
use super::{reading_walls, text};

/// What a page turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// An article, as far as can be told in full.
    Article,
    /// The beginning of an article whose rest costs money or a login.
    Paywall,
    /// A question about cookies or privacy in front of the page.
    Consent,
    /// A door that asks for a name and a password.
    Login,
    /// A page without an article: a front page, a form, an error.
    NotAnArticle,
}

/// A text of so many columns is one, whatever stands round it.
const WHOLE: usize = 1_500;
/// What says that it is an article needs so many columns.
const DECLARED: usize = 60;
/// What does not say so needs as many.
const UNDECLARED: usize = 200;
/// What does not say that it is an article has fewer headings that lead elsewhere.
const CARDS: usize = 3;
/// So many, with a few words to each, are a list.
const MOST_CARDS: usize = 5;
/// What is said of an article on the page that lists it is no longer, in columns.
const TEASER: usize = 300;
/// So many phrases of consent pages make one.
const ENOUGH: usize = 2;

/// Judges a page by the text that was read out of it, by `roots`, where that was found, by `links`, the part of it which is
/// links, and by how many headings in it lead elsewhere, and how many lines.
pub(super) fn of(
    page: &Page<'_>,
    text: &str,
    roots: &[usize],
    links: f32,
    cards: (usize, usize),
) -> ReadingKind {
    let Page { tree, meta, heading, .. } = *page;
    let length = text::columns(text);
    let declared = meta.is_article();
    if length < WHOLE && reading_walls::is_door(page, length, declared) {
        return ReadingKind::Login;
    }
    if length < WHOLE && reading_walls::is_stand_in(page, length, declared) {
        return ReadingKind::NotAnArticle;
    }
    if length < WHOLE && asks_consent(tree, meta, text, length, declared) {
        return ReadingKind::Consent;
    }
    if length < WHOLE && (says_paid(meta) || reading_walls::is_walled(page, roots)) {
        return ReadingKind::Paywall;
    }
    let enough = if declared { DECLARED } else { UNDECLARED };
    let single = declared || heading.is_some() || length >= 2 * UNDECLARED;
    if length < enough
        || links > 0.5
        || !single
        || (!declared && cards.0 >= CARDS)
        || (!declared && cards.0 >= 2 && heading.is_none())
        || lists(length, cards.0.max(cards.1), declared)
        || is_front(meta, declared)
    {
        return ReadingKind::NotAnArticle;
    }
    ReadingKind::Article
}

/// True for a text that is a list of what stands elsewhere: so many links with a few words to each.
fn lists(length: usize, cards: usize, declared: bool) -> bool {
    let (least, words) = if declared { (3 * MOST_CARDS, TEASER / 2) } else { (MOST_CARDS, TEASER) };
    cards >= least && length < cards * words
}

fn asks_consent(tree: &Tree<'_>, meta: &Meta, text: &str, length: usize, declared: bool) -> bool {
    let found = consents(&format!("{}\n{text}", meta.title));
    let whole = || tree.text(0, &[]);
    let only = !declared && (found >= ENOUGH || (length < UNDECLARED && consents(&whole()) >= ENOUGH));
    // Beside an article there may be a question as well; where the text is the question there is no article.
    only || (found > ENOUGH && length < WHOLE / 2)
}

/// True if the page says of itself that it costs money.
fn says_paid(meta: &Meta) -> bool {
    let free = meta.json.article().map(|article| &article["isAccessibleForFree"]);
    let free_in_words =
        |value: &serde_json::Value| value.as_str().map(|text| text.eq_ignore_ascii_case("true"));
    let paid = free.is_some_and(|free| free.as_bool().or_else(|| free_in_words(free)) == Some(false));
    let tier = meta.first(&["article:content_tier", "content_tier"]);
    paid || tier.is_some_and(|tier| matches!(tier.to_ascii_lowercase().as_str(), "locked" | "metered"))
}

/// True for a site's own front page, which may hold a text.
fn is_front(meta: &Meta, declared: bool) -> bool {
    !declared && meta.json.list().len() >= 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::read;

    const STORY: &str = "<h1>The fish market opens again by spring</h1><p>The council voted eleven to four on Tuesday night to open the \
        old fish market again, ending a quarrel of nine years.</p><p>Traders who had been moved to a row of containers filled the \
        gallery, and some of them wept when the mayor read out the result.</p>";

    fn kind(title: &str, body: &str) -> ReadingKind {
        let page = format!("<title>{title}</title><body>{body}</body>");
        let url = "https://harbour.example/2026/market".parse().expect("an address");
        read(page.as_bytes(), Some("text/html; charset=utf-8"), &url).kind
    }

    #[test]
    fn words_of_a_wall_round_an_article_do_not_take_it_away() {
        for body in [
            format!(
                "<header><a href=/in>Already a subscriber? Log in</a></header><article>{STORY}</article>"
            ),
            format!(
                "<article>{STORY}</article><footer><p>Already a subscriber? Log in to read the archive.</p></footer>"
            ),
            format!(
                "<article>{STORY}</article><aside><p>Subscribe to continue reading our e-paper</p></aside>"
            ),
            format!("<body class=has-paywall><article>{STORY}</article></body>"),
            format!(
                "<article>{STORY}<p>Subscribe to continue reading.</p>{0}{0}</article>",
                "<p>The engineer said that the work on the stairway would begin in December, and that the stalls would be let before the \
                 end of the winter, if the weather holds.</p>"
            ),
        ] {
            assert_eq!(kind("The fish market opens again by spring", &body), ReadingKind::Article, "{body}");
        }
    }

    #[test]
    fn an_article_that_breaks_off_at_a_wall_is_a_beginning() {
        for end in [
            "<div class=paywall><p>Become a member for a pound a month.</p></div>",
            "<div><p>Subscribe to continue reading.</p></div>",
            "<div><p>Il vous reste 75% de cet article à lire. La suite est réservée aux abonnés.</p></div>",
            "<div>Dieser Artikel ist nur für Abonnenten. Jetzt testen für 1 Euro.</div>",
            "<p>להמשך קריאה הצטרפו למנויים</p>",
        ] {
            for body in
                [format!("<article>{STORY}{end}</article>"), format!("<article>{STORY}</article>{end}")]
            {
                assert_eq!(kind("The fish market", &body), ReadingKind::Paywall, "{body}");
            }
        }
    }

    #[test]
    fn an_error_and_a_door_are_no_articles() {
        let text = "<p>Whoever came here by an old link will not find what was promised, for it was moved, renamed or taken \
            away, and nobody wrote down where to.</p><p>Use the search above, or go to the front page, where the latest of \
            the day from all over the coast can be found at any hour.</p>";
        for (title, heading) in [
            ("Page not found", "Sorry, we can't find that page"),
            ("404 - Seite nicht gefunden", "Seite nicht gefunden"),
            ("Access denied", "Access denied"),
            ("Harbour Daily", "הדף לא נמצא"),
            ("Not found | Harbour Daily", "Dear reader of the harbour"),
        ] {
            assert_eq!(
                kind(title, &format!("<h1>{heading}</h1>{text}")),
                ReadingKind::NotAnArticle,
                "{title}"
            );
        }
        let door = format!("<h1>Log in to your account</h1>{text}<form><input type=password></form>");
        assert_eq!(kind("Log in", &door), ReadingKind::Login);
        let unnamed = "<h1>Welcome back</h1><p>Already a subscriber? Sign in to read the full article.</p>\
            <form action=/sessions><input type=email name=user><input type=password></form>";
        assert_eq!(kind("Harbour Daily", unnamed), ReadingKind::Login);
        let mailed = "<h1>Sign in</h1><p>We will send you a link with which you can sign in without a password.</p>\
            <form><input type=email></form>";
        assert_eq!(kind("Sign in", mailed), ReadingKind::Login);
        let story = format!("<h1>Log in the harbour frees ferry</h1>{text}");
        assert_eq!(kind("Log in the harbour frees ferry", &story), ReadingKind::Article);
    }

    #[test]
    fn an_article_may_speak_of_doors_errors_walls_and_consent() {
        let end = |line: &str| format!("{STORY}<p>{line}</p>");
        let letter = "<form><input type=email name=letter></form>";
        for (title, body) in [
            ("The library opens", end("It encourages children to keep reading over the holidays.")),
            ("The pool opens", end("The pool is for members only on Sundays.")),
            ("El museo abre", end("El museo ofrecerá contenido exclusivo para los colegios.")),
            ("دخول شاحنات المساعدات", format!("<h1>دخول شاحنات المساعدات</h1>{STORY}{letter}")),
            ("Loginov wins biathlon gold", format!("<h1>Loginov wins biathlon gold</h1>{STORY}{letter}")),
            ("Girişimciler sokağa indi", format!("<h1>Girişimciler sokağa indi</h1>{STORY}{letter}")),
            ("Ferry temporarily unavailable after fire", format!("{STORY}{STORY}")),
            ("Queues at airport security check", format!("{STORY}{STORY}")),
            ("Scheduled maintenance closes bridge", format!("{STORY}{STORY}")),
            ("Something went wrong, says coach", format!("{STORY}{STORY}")),
            ("Grüne wollen zustimmen", end("Die Grünen wollen dem Haushalt zustimmen.")),
            ("הושגה הסכמה על התקציב", end("לאחר לילה ארוך הושגה הסכמה על התקציב.")),
        ] {
            assert_eq!(kind(title, &format!("<article>{body}</article>")), ReadingKind::Article, "{title}");
        }
    }

    #[test]
    fn a_text_of_east_asia_says_as_much_in_half_the_characters() {
        let text = "<p>港の市議会は火曜日の夜、古い魚市場を再開する議案を十一対四の賛成多数で可決した。九年前に検査官が東側の壁にひび割れを見つけて以来続いた対立に、ようやく終止符が打たれた。</p>\
            <p>バスターミナルの裏に並ぶコンテナで営業を続けてきた店主たちは傍聴席を埋め、市長が結果を読み上げると涙を流す人もいた。</p>";
        assert_eq!(kind("港の魚市場", &format!("<h1>港の魚市場</h1>{text}")), ReadingKind::Article);
    }
}
