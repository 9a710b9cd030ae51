//! Whose clicks count, by a clock turned by hand.

use chrono::DateTime;

use super::*;

const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.6 Mobile/15E148 Safari/604.1";

fn at(second: i64) -> Instant {
    DateTime::from_timestamp(1_780_000_000 + second, 0).expect("a time")
}

fn passage(article: i64) -> Passage {
    let url = "https://a.example/".parse().expect("a URL");
    Passage { token: format!("{article:032x}"), article: ArticleId(article), url }
}

/// Asks for articles from an address at seconds.
fn ask(clicks: &Clicks, ip: &str, asked: &[(i64, i64)]) {
    for (article, second) in asked {
        clicks.asked(ip.parse().ok(), &passage(*article), true, at(*second));
    }
}

/// What is counted by then, by article.
fn counted(clicks: &Clicks, second: i64) -> Vec<(i64, u32)> {
    clicks.settle(at(second), |asked| !near(asked, at(second), WITHIN));
    let unwritten = clicks.known().unwritten.clone();
    let mut all: Vec<(i64, u32)> = unwritten
        .into_iter()
        .map(|(token, clicks)| (i64::from_str_radix(&token, 16).expect("a number"), clicks))
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn a_network_counts_once_for_an_article_within_an_hour_and_others_count_beside_it() {
    let clicks = Clicks::default();
    ask(&clicks, "203.0.113.1", &[(1, 0), (1, 1), (1, 600), (2, 60)]);
    ask(&clicks, "203.0.113.99", &[(1, 2)]);
    ask(&clicks, "2001:db8::1", &[(1, 0)]);
    ask(&clicks, "nobody knows", &[(1, 0)]);
    assert_eq!(counted(&clicks, 700), [(1, 3), (2, 1)]);
    ask(&clicks, "203.0.113.1", &[(1, 3_599)]);
    assert_eq!(counted(&clicks, 3_660), [(1, 3), (2, 1)]);
    ask(&clicks, "203.0.113.1", &[(1, 3_700)]);
    assert_eq!(counted(&clicks, 3_800), [(1, 4), (2, 1)]);
    counted(&clicks, 8_000);
    assert!(clicks.known().networks.is_empty() && clicks.known().held == 0, "forgotten");
}

#[test]
fn a_click_counts_when_nothing_else_has_come_for_five_seconds() {
    let clicks = Clicks::default();
    ask(&clicks, "203.0.113.1", &[(1, 0)]);
    assert_eq!(counted(&clicks, 4), []);
    assert_eq!(counted(&clicks, 5), [(1, 1)]);
    ask(&clicks, "203.0.113.1", &[(2, 6)]);
    clicks.settle(at(6), |_| true);
    assert_eq!(counted(&clicks, 6), [(1, 1), (2, 1)], "a stop does not wait");
}

#[test]
fn who_asks_for_three_articles_within_five_seconds_reads_none_of_them_and_is_not_heard_for_ten_minutes() {
    let clicks = Clicks::default();
    ask(&clicks, "203.0.113.1", &[(1, 0), (2, 2)]);
    ask(&clicks, "198.51.100.1", &[(1, 0), (2, 4), (3, 8), (4, 13)]);
    clicks.asked("203.0.113.7".parse().ok(), &passage(3), false, at(4));
    assert_eq!(counted(&clicks, 60), [(1, 1), (2, 1), (3, 1), (4, 1)], "the slow one alone");
    ask(&clicks, "203.0.113.1", &[(5, 603)]);
    assert_eq!(counted(&clicks, 609), [(1, 1), (2, 1), (3, 1), (4, 1)]);
    ask(&clicks, "203.0.113.1", &[(1, 610), (5, 620)]);
    assert_eq!(
        counted(&clicks, 630),
        [(1, 2), (2, 1), (3, 1), (4, 1), (5, 1)],
        "and then who reads there is"
    );
}

#[test]
fn what_was_looked_at_by_a_machine_counts_for_the_reader_who_comes_after_it() {
    let clicks = Clicks::default();
    clicks.asked("203.0.113.1".parse().ok(), &passage(1), false, at(0));
    assert_eq!(counted(&clicks, 60), []);
    ask(&clicks, "203.0.113.1", &[(1, 90)]);
    assert_eq!(counted(&clicks, 120), [(1, 1)]);
}

#[test]
fn memory_has_a_bound() {
    let clicks = Clicks::default();
    clicks.known().held = MOST;
    ask(&clicks, "203.0.113.1", &[(1, 0)]);
    assert!(clicks.known().networks.is_empty());
    counted(&clicks, 60);
    ask(&clicks, "203.0.113.1", &[(1, 61)]);
    assert_eq!(counted(&clicks, 90), [(1, 1)]);
}

#[test]
fn only_a_hand_in_a_browser_counts() {
    let hand = [("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1"), ("sec-fetch-dest", "document")];
    let says = |agent: &str, more: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", agent.parse().expect("a value"));
        for (name, value) in more {
            headers.insert(*name, value.parse().expect("a value"));
        }
        by_hand(&headers)
    };
    assert!(says(CHROME, &hand));
    assert!(says(CHROME, &[]), "an old one");
    let by_another =
        [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-fetch-site", "none")];
    assert!(says(CHROME, &by_another), "opened by a mail program");
    assert!(says("Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36", &hand), "a telephone");
    assert!(says(SAFARI, &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]));
    for (agent, more) in [
        (CHROME, &[("sec-fetch-mode", "no-cors"), ("sec-fetch-user", "?1")][..]),
        (CHROME, &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]),
        (CHROME, &[("sec-fetch-site", "none")]),
        (SAFARI, &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]),
        (CHROME, &[("sec-purpose", "prefetch;prerender")]),
        (CHROME, &[("purpose", "prefetch")]),
        (CHROME, &[("x-moz", "prefetch")]),
        ("curl/8.5.0", &[]),
        ("", &hand),
        ("Mozilla/5.0 (compatible; Examplebot/2.1; +http://example.org/)", &hand),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0", &hand),
        ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", &[]),
    ] {
        assert!(!says(agent, more), "{agent} {more:?}");
    }
    assert!(!by_hand(&HeaderMap::new()));
}
