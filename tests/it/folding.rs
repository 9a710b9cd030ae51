//! The same story from several sides: told once, and by whom else.

use std::collections::HashSet;

use chrono::{TimeDelta, TimeZone as _, Utc};
use pressrun::collect::{clean, parse};
use pressrun::compose::Kin;
use pressrun::model::{
    Article, ArticleId, Candidate, Direction, Fingerprint, Instant, Placement, SourceId, WhyOut,
};
use pressrun::press::Drafted;

use crate::parts;
use crate::world::World;

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).single().expect("a time")
}

fn candidate(id: i64, title: &str, summary: &str) -> Candidate {
    let at = now() - TimeDelta::minutes(id % 600);
    Candidate {
        id: ArticleId(id),
        source: SourceId(id),
        first_seen: at,
        article: Article {
            fingerprint: Fingerprint { guid: id, url: id, content: id },
            url: format!("https://source-{id}.example/{id}").parse().expect("a URL"),
            title: title.to_owned(),
            summary: summary.to_owned(),
            content: String::new(),
            image: None,
            author: None,
            published: Some(at),
            language: None,
            direction: Direction::Ltr,
            topics: Vec::new(),
            popularity: Default::default(),
        },
    }
}

/// A labelled set: the articles, and of each the block and the letter of its story.
fn labelled(text: &str) -> (Vec<Candidate>, Vec<(usize, String)>) {
    let (mut articles, mut labels) = (Vec::new(), Vec::new());
    let mut block = 0;
    for line in text.lines() {
        if line.is_empty() {
            block += 1;
        }
        let [letter, title, summary] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        let id = i64::try_from(articles.len()).expect("few") + 1;
        articles.push(candidate(id, title, summary));
        labels.push((block, letter.to_owned()));
    }
    (articles, labels)
}

/// How many pairs of a block tell the same story, how many were found, how many were found wrongly, and how many
/// pairs there are; what is found across blocks is wrong too.
fn measured(text: &str) -> (usize, usize, usize, usize) {
    let (articles, labels) = labelled(text);
    let kin = Kin::among(&articles, &[]);
    let (mut same, mut found, mut wrong, mut pairs) = (0, 0, 0, 0);
    for (n, a) in articles.iter().enumerate() {
        let of: HashSet<ArticleId> = kin.of(a.id).iter().copied().collect();
        for (m, b) in articles.iter().enumerate().skip(n + 1) {
            let is_same = labels[n] == labels[m];
            let is_found = of.contains(&b.id);
            pairs += usize::from(labels[n].0 == labels[m].0);
            same += usize::from(is_same);
            found += usize::from(is_same && is_found);
            if is_found && !is_same {
                wrong += 1;
                eprintln!("folded wrongly: {} | {}", a.article.title, b.article.title);
            }
        }
    }
    (same, found, wrong, pairs)
}

#[expect(clippy::cast_precision_loss, reason = "hundreds")]
fn holds(name: &str, text: &str) {
    let (same, found, wrong, pairs) = measured(text);
    let precision = found as f64 / (found + wrong) as f64;
    let recall = found as f64 / same as f64;
    eprintln!(
        "{name}: {pairs} pairs, {same} of the same story; precision {precision:.3}, recall {recall:.3}"
    );
    assert!(pairs >= 150 && same >= 40, "{pairs} pairs, {same} of the same story");
    assert!(precision >= 0.98, "precision {precision:.3}: {wrong} folded wrongly");
    assert!(recall >= 0.85, "recall {recall:.3}: {found} of {same} found");
}

#[test]
fn the_stories_that_folding_was_tuned_on_are_told_apart() {
    holds("tuned on", include_str!("../data/folding/stories.txt"));
}

#[test]
fn stories_that_were_written_later_are_told_apart_too() {
    holds("written later", include_str!("../data/folding/held.txt"));
}

/// Of pairs that each stand alone: how many tell the same story, how many of these were found, how many were found wrongly.
fn of_pairs(text: &str) -> (usize, usize, usize) {
    let (articles, labels) = labelled(text);
    let (mut same, mut found, mut wrong) = (0, 0, 0);
    for (pair, labels) in articles.chunks(2).zip(labels.chunks(2)) {
        let [a, b] = pair else { continue };
        let is_same = labels[0] == labels[1];
        let is_found = Kin::among(pair, &[]).of(a.id).contains(&b.id);
        same += usize::from(is_same);
        found += usize::from(is_same && is_found);
        wrong += usize::from(!is_same && is_found);
        if is_same != is_found {
            let what = if is_found { "folded wrongly" } else { "not found" };
            eprintln!("{what}: {} | {}", a.article.title, b.article.title);
        }
    }
    (same, found, wrong)
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "hundreds")]
fn what_two_reporters_tell_in_their_own_words_is_folded_and_what_fills_one_pattern_twice_is_not() {
    let (mut all_found, mut all_wrong) = (0, 0);
    for (name, text, of, at_least, at_most_wrong) in [
        ("hard pairs", include_str!("../data/folding/pairs.txt"), 120, 66, 1),
        ("pairs that nothing was tuned on", include_str!("../data/folding/blind.txt"), 60, 28, 1),
        ("patterns", include_str!("../data/folding/patterns.txt"), 30, 10, 1),
    ] {
        let (same, found, wrong) = of_pairs(text);
        eprintln!("{name}: {found} of {same} found, {wrong} folded wrongly");
        assert_eq!(same, of);
        assert!(wrong <= at_most_wrong, "{name}: {wrong} folded wrongly");
        assert!(found >= at_least, "{name}: {found} of {same} found");
        (all_found, all_wrong) = (all_found + found, all_wrong + wrong);
    }
    let precision = all_found as f64 / (all_found + all_wrong) as f64;
    assert!(precision >= 0.97, "precision {precision:.3}");
}

#[test]
fn real_feeds_fold_only_where_two_give_the_same_article() {
    let Some(corpora) = parts::corpora() else { return };
    let mut articles: Vec<Candidate> = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(corpora.join("feeds"))
        .expect("a folder")
        .map(|f| f.expect("a file").path())
        .collect();
    files.sort();
    for (source, file) in (1..).zip(&files) {
        let bytes = std::fs::read(file).expect("can be read");
        let base = "https://feeds.example/".parse().expect("a URL");
        for article in clean(parse(&bytes, None, &base).expect("a feed"), now()) {
            let id = ArticleId(i64::try_from(articles.len()).expect("few") + 1);
            let first_seen = now();
            articles.push(Candidate { id, source: SourceId(source), first_seen, article });
        }
    }
    let kin = Kin::among(&articles, &[]);
    let at = |id: ArticleId| &articles[usize::try_from(id.0).expect("a row") - 1];
    let (mut folded, mut wrong) = (0, Vec::new());
    for one in &articles {
        for other in kin.of(one.id).iter().map(|id| at(*id)).filter(|other| other.id > one.id) {
            folded += 1;
            if one.article.title != other.article.title {
                wrong.push(format!("{} | {}", one.article.title, other.article.title));
            }
        }
    }
    eprintln!("{} articles of {} feeds: {folded} pairs", articles.len(), files.len());
    wrong.iter().for_each(|pair| eprintln!("  other titles: {pair}"));
    assert!(wrong.is_empty());
}

/// A feed with one item.
fn feed(source: &str, slug: &str, title: &str, summary: &str, date: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The {source}</title>\
         <link>https://{source}.example/</link><item><title>{title}</title>\
         <link>https://{source}.example/{slug}</link><guid>{slug}</guid><pubDate>{date}</pubDate>\
         <description>{summary}</description></item></channel></rss>"
    )
}

const FERRY: &str = "Ferry runs aground off Harbour Town, 140 brought ashore";
const STORY: &str = "A ferry with 140 people on board ran aground on a sandbank near Harbour Town early on Monday, \
                     the coast guard said. Lifeboats brought all passengers ashore within two hours.";
const MORNING: &str = "Mon, 02 Mar 2026 06:00:00 GMT";

#[tokio::test]
async fn a_story_of_three_sources_is_sent_once_and_names_the_others_with_links() {
    let world = World::new().await;
    let (cut, _) = STORY.split_at(120);
    for (source, title, summary) in [
        ("news", "140 brought ashore after ferry runs aground", cut),
        ("gazette", FERRY, STORY),
        ("herald", FERRY, cut),
    ] {
        if source != "news" {
            world.source(source).await;
        }
        world.newsroom.publish(source, feed(source, "ferry", title, summary, MORNING));
    }
    world.collect().await;
    let digest = world.digest();
    let Drafted::Draft(draft) = world.draft(&digest).await else { panic!("there is a story") };
    let shown: Vec<_> = draft.edition.articles().collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].article.url.host_str(), Some("gazette.example"), "the fullest version leads");
    let others: Vec<&str> = shown[0].also.iter().map(|also| also.source.as_str()).collect();
    assert_eq!(others, ["The herald", "The news"]);
    for part in [&draft.message.html, &draft.message.text] {
        assert!(part.contains("Also at "), "{part}");
        let (herald, news) =
            (part.find("https://herald.example/ferry"), part.find("https://news.example/ferry"));
        assert!(herald.is_some() && herald < news);
    }
    let folded = |why: &Placement| matches!(why, Placement::Out(WhyOut::FoldedInto { article }) if *article == shown[0].id);
    assert_eq!(draft.explanation.articles.iter().filter(|e| folded(&e.placement)).count(), 2);
}

#[tokio::test]
async fn what_was_folded_is_not_sent_tomorrow_nor_is_a_copy_that_comes_late_but_a_follow_up_is() {
    let world = World::new().await;
    let digest = world.digest();
    world.source("gazette").await;
    world.newsroom.publish("news", feed("news", "ferry", FERRY, STORY, MORNING));
    world.newsroom.publish("gazette", feed("gazette", "ferry", FERRY, STORY, MORNING));
    world.collect().await;
    let edition = world.release(&digest).await;
    let record = world.store.edition(edition).await.unwrap().unwrap();
    assert_eq!(record.articles, 1, "a story is one article");
    let previous = world.store.previous(&digest.name).await.unwrap();
    assert_eq!(previous.consumed.len(), 2, "and both versions of it are used");

    world.turn_clock(TimeDelta::hours(20));
    world.source("herald").await;
    world.source("courier").await;
    let later = "Tue, 03 Mar 2026 01:00:00 GMT";
    world.newsroom.publish("herald", feed("herald", "late", FERRY, STORY, later));
    let follow_up = "The operator of the ferry that ran aground near Harbour Town has suspended its captain. \
                     Investigators expect first findings within 30 days.";
    let captain = "Captain of stranded ferry suspended";
    world.newsroom.publish("courier", feed("courier", "captain", captain, follow_up, later));
    world.collect().await;
    let Drafted::Draft(draft) = world.draft(&digest).await else { panic!("there is a follow-up") };
    let titles: Vec<&str> = draft.edition.articles().map(|p| p.article.title.as_str()).collect();
    assert_eq!(titles, [captain]);

    assert!(world.store.cancel(edition).await.unwrap());
    let Drafted::Draft(draft) = world.draft(&digest).await else { panic!("it was given back") };
    assert_eq!(draft.edition.articles().count(), 2, "a cancelled edition gives back what was folded, too");
}
