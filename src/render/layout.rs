//! From an edition to what the templates see: dates, words, directions and sizes decided.

use unicode_segmentation::UnicodeSegmentation as _;

use templates::view::{self, Frame, Link, Picture, Row, Tongue};

use url::Url;

use super::bidi::{first_strong, is_rtl, isolate, isolate_runs, settle};
use super::cut::{bounded, ellipsis, head, soften};
use super::measures::{Cards, Measures};
use super::theme::Theme;
use super::words::{Words, fill};
use super::{Links, dates, subject};
use crate::model::{ArticleId, Digest, Direction, Edition, EditionSection, Hole, Image, Language, Placed};

/// The most bytes of a line, of a summary and of a picture's address. Generous for what the articles' own limits in
/// graphemes allow in any script, and tight enough that any one article fits a letter.
pub(super) const LINE: usize = 1_200;
const SUMMARY: usize = 2_400;
const ADDRESS: usize = 2_000;
/// The most other sources that a story names, and the longest address of one.
const ALSO: usize = 5;
const ALSO_ADDRESS: usize = 500;
/// What an inbox has room for beside a subject.
const PREHEADER: usize = 110;

/// What stands between two texts of it.
const BETWEEN: &str = " · ";

/// The preheader of a mail that is no digest: what it begins with. The name above it, which an inbox would show else, says
/// nothing.
pub(super) fn preheader_of(text: &str, base: Direction) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    soften(&settle(&ellipsis(&line.join(" "), PREHEADER), base))
}

/// Returns what the templates see of an edition.
pub(super) fn view(edition: &Edition, digest: &Digest, theme: &Theme, links: &Links) -> view::Digest {
    let words = theme.words(&digest.language);
    let desk = Desk { edition, digest, words, measures: &theme.measures };
    let lead = Room { picture: theme.measures.lead, summary: theme.measures.lead_summary };
    view::Digest {
        frame: desk.frame(links),
        intro: desk.home(&digest.intro),
        intro_rtl: is_rtl(&digest.intro, digest.language.direction()),
        lead: edition.lead.as_ref().map(|placed| desk.article(placed, "", &lead)),
        sections: edition
            .sections
            .iter()
            .filter(|section| !section.articles.is_empty())
            .map(|section| {
                let base = first_strong(&section.title).unwrap_or_else(|| digest.language.direction());
                let title = soften(&isolate_runs(section.title.trim(), base));
                view::Section { title, rtl: base == Direction::Rtl, rows: desk.rows(section) }
            })
            .collect(),
    }
}

/// The articles whose pictures are shown, each with the most pixels that its longer side takes.
pub(super) fn shown_pictures(edition: &Edition, digest: &Digest, theme: &Theme) -> Vec<(ArticleId, u32)> {
    let view = view(edition, digest, theme, &Links::default());
    let rows = view.sections.iter().flat_map(|section| section.rows.iter().flat_map(Row::articles));
    let shown = view.lead.iter().chain(rows).zip(edition.articles());
    let longer = |picture: &Picture| {
        let height = u64::from(picture.height.unwrap_or_default()) * u64::from(picture.most);
        u32::try_from(height.div_ceil(u64::from(picture.width.max(1)))).unwrap_or(u32::MAX).max(picture.most)
    };
    shown.filter_map(|(article, placed)| Some((placed.id, longer(article.picture.as_ref()?)))).collect()
}

struct Desk<'a> {
    edition: &'a Edition,
    digest: &'a Digest,
    words: &'a Words,
    measures: &'a Measures,
}

/// What an article gets: the width of its picture in pixels and the length of its summary in graphemes, 0 for none.
struct Room {
    picture: u32,
    summary: usize,
}

impl Desk<'_> {
    fn frame(&self, links: &Links) -> Frame {
        let (digest, words) = (self.digest, self.words);
        let date = dates::full(words, digest.zone, self.edition.slot);
        let first = self.edition.articles().next().map(|placed| &placed.article);
        let lead = bounded(first.map_or(digest.title.as_str(), |article| &article.title), LINE);
        let link = |text: &str, hole: Hole| Link { text: text.to_owned(), href: hole.mark().to_string() };
        let own_words = words.language.primary() != digest.language.primary();
        Frame {
            tongue: tongue(&digest.language),
            words: own_words.then(|| tongue(&words.language)),
            subject: subject::subject(
                &digest.subject,
                &digest.title,
                &lead,
                &date,
                digest.language.direction(),
            ),
            title: self.home(&digest.title),
            title_rtl: is_rtl(&digest.title, digest.language.direction()),
            preheader: self.preheader(),
            date,
            web_copy: links
                .web_copy
                .as_ref()
                .map(|href| Link { text: words.web_copy.clone(), href: href.clone() }),
            unsubscribe: Some(link(&words.unsubscribe, Hole::Unsubscribe)),
            preferences: Some(link(&words.preferences, Hole::Preferences)),
            why: soften(&fill(&words.why, &[("title", &isolate(&digest.title, words.language.direction()))])),
            postal_address: digest
                .postal_address
                .lines()
                .map(str::trim)
                .filter(|l| !l.is_empty())
                .map(soften)
                .collect(),
            postal_rtl: is_rtl(
                &digest.postal_address,
                if own_words { &words.language } else { &digest.language }.direction(),
            ),
        }
    }

    /// A text in the digest's own language.
    fn home(&self, text: &str) -> String {
        soften(&isolate_runs(text.trim(), self.digest.language.direction()))
    }

    /// Repeats what stands in the mail, but not what the subject says already: the first article, then the titles of the
    /// next ones as far as an inbox has room, for what it finds next is the masthead.
    fn preheader(&self) -> String {
        let Some(first) = self.edition.articles().next() else {
            return String::new();
        };
        let (article, intro) = (&first.article, self.digest.intro.as_str());
        let told = self.digest.subject.contains("{lead}");
        let summary = head(article.summary.trim(), self.shown_of_first());
        let choices = if told { [summary, intro, ""] } else { [&article.title, summary, intro] };
        let opening = choices.into_iter().map(str::trim).find(|text| !text.is_empty());
        let next = self.edition.articles().skip(1).map(|placed| placed.article.title.trim());
        let mut line = String::new();
        for part in opening.into_iter().chain(next) {
            let room = PREHEADER.saturating_sub(line.graphemes(true).count());
            // What has room for a word or two alone says nothing.
            if room < PREHEADER / 5 {
                break;
            }
            if !line.is_empty() {
                line.push_str(BETWEEN);
            }
            line.push_str(head(part, room - BETWEEN.len()));
        }
        if line.is_empty() {
            // One article, and the subject has told its title.
            line = fill(&self.words.why, &[("title", self.digest.title.as_str())]);
        }
        soften(&bounded(head(&line, PREHEADER), 4 * PREHEADER))
    }

    /// The articles of a section in rows. Of neighbours with pictures two and two stand side by side; where their
    /// number is odd, the first has the whole width.
    fn rows(&self, section: &EditionSection) -> Vec<Row> {
        let measures = self.measures;
        let set = |placed: &Placed, picture| {
            self.article(placed, &section.title, &Room { picture, summary: measures.summary })
        };
        let articles = section.articles.iter();
        match measures.cards {
            Cards::Beside => articles.map(|placed| Row::Card(set(placed, measures.card))).collect(),
            Cards::Above => articles.map(|placed| Row::Wide(set(placed, measures.column()))).collect(),
            Cards::Lines => {
                let room = Room { picture: 0, summary: 0 };
                articles.map(|placed| Row::Line(self.article(placed, &section.title, &room))).collect()
            }
            Cards::Pairs => {
                let runs = section.articles.chunk_by(|a, b| shows(a) && shows(b));
                let mut rows = Vec::with_capacity(section.articles.len());
                for run in runs {
                    let (single, pairs) = run.split_at(run.len() % 2);
                    rows.extend(single.iter().map(|placed| match run.len() {
                        1 => Row::Card(set(placed, measures.card)),
                        _ => Row::Wide(set(placed, measures.column())),
                    }));
                    let halves = pairs.as_chunks::<2>().0.iter();
                    rows.extend(halves.map(|two| {
                        Row::Pair(Box::new([&two[0], &two[1]].map(|placed| set(placed, measures.half()))))
                    }));
                }
                rows
            }
        }
    }

    /// How much of the first article's summary stands in the mail.
    const fn shown_of_first(&self) -> usize {
        let measures = self.measures;
        match (&self.edition.lead, measures.cards) {
            (Some(_), _) => measures.lead_summary,
            (None, Cards::Lines) => 0,
            (None, Cards::Beside | Cards::Above | Cards::Pairs) => measures.summary,
        }
        .saturating_sub(1)
    }

    fn article(&self, placed: &Placed, section: &str, room: &Room) -> view::Article {
        let (article, words) = (&placed.article, self.words);
        let base = article.direction;
        let language = article.language.as_ref();
        let differs = |from: &Language| language.is_some_and(|own| own.primary() != from.primary());
        let place = article.url.host_str().unwrap_or_default();
        let place = isolate(place.strip_prefix("www.").unwrap_or(place), words.language.direction());
        let read = fill(&words.read, &[("place", &place)]);
        let date = article.published.map(|at| dates::short(words, self.digest.zone, at, self.edition.slot));
        view::Article {
            tongue: Tongue {
                lang: language.filter(|_| differs(&self.digest.language)).map(ToString::to_string),
                rtl: base == Direction::Rtl,
            },
            meta_lang: differs(&words.language).then(|| words.language.to_string()),
            href: article.url.to_string(),
            title: soften(&isolate_runs(&bounded(&article.title, LINE), base)),
            source: self.kicker(placed, section),
            author: article
                .author
                .as_deref()
                .filter(|a| !a.is_empty())
                .map(|a| soften(&isolate(&bounded(a, LINE / 2), base))),
            date: date.map(|d| isolate(&d, base)),
            summary: soften(&isolate_runs(
                &bounded(&ellipsis(article.summary.trim(), room.summary), SUMMARY),
                base,
            )),
            picture: picture_of(placed)
                .filter(|_| room.picture > 0)
                .map(|image| self.picture(image, &placed.source, room.picture)),
            read: soften(&isolate(&read, base)),
            also: self.also(placed),
        }
    }

    /// The other sources of a story, each once, where they tell it at another place; an address that is too long for a
    /// letter is left out.
    fn also(&self, placed: &Placed) -> Option<view::Also> {
        let (words, base) = (self.words, placed.article.direction);
        let mut named = vec![placed.source.as_str()];
        let mut places = vec![place_of(&placed.article.url)];
        let others = placed.also.iter().filter(|also| also.url.as_str().len() <= ALSO_ADDRESS);
        let new = others.filter(|also| {
            let place = place_of(&also.url);
            let new = !named.contains(&also.source.as_str()) && !places.contains(&place);
            if new {
                named.push(&also.source);
                places.push(place);
            }
            new
        });
        let places: Vec<view::Place> = new
            .take(ALSO)
            .map(|also| {
                let name = isolate(&bounded(&also.source, LINE / 8), words.language.direction());
                let line = format!("{}:", fill(&words.also, &[("places", &name)]));
                view::Place {
                    name: soften(&name),
                    line: soften(&isolate(&line, base)),
                    href: also.url.to_string(),
                }
            })
            .collect();
        if places.is_empty() {
            return None;
        }
        let (before, after) = words.also.split_once("{places}").unwrap_or((&words.also, ""));
        let between = match words.language.primary() {
            "ar" | "fa" | "ur" => "، ",
            "ja" | "zh" => "、",
            _ => ", ",
        };
        // The isolation opens before the first place and ends behind the last one.
        let disturbs = words.language.direction() != base;
        let (open, close) = if disturbs { ("\u{2068}", "\u{2069}") } else { ("", "") };
        let (before, after) = (format!("{open}{before}"), format!("{after}{close}"));
        Some(view::Also { before, between, after, places })
    }

    /// The name of the source, unless the heading just above says it already.
    fn kicker(&self, placed: &Placed, section: &str) -> String {
        if placed.source == section || placed.source == self.digest.title {
            return String::new();
        }
        soften(&isolate(&bounded(&placed.source, LINE / 4), placed.article.direction))
    }

    fn picture(&self, image: &Image, source: &str, room: u32) -> Picture {
        let (width, height) = size(image, room);
        // The alternative text is also the text of the picture's link: it is never empty.
        let alt = match image.alt.trim() {
            "" => fill(&self.words.picture, &[("source", &bounded(source, LINE / 4))]),
            alt => bounded(alt, LINE).into_owned(),
        };
        // What stands beside something stands alone on a phone, and has more room there.
        let alone = room == self.measures.half() || room == self.measures.card;
        let most = if alone { size(image, self.measures.column()).0 } else { width };
        Picture { url: image.url.to_string(), alt, width, height, most }
    }
}

/// Where an address leads, however it is written: without scheme, `www.`, a slash at the end, a fragment, and what
/// counts readers.
fn place_of(url: &Url) -> String {
    let counts =
        |key: &str| key.starts_with("utm_") || matches!(key, "fbclid" | "gclid" | "mc_cid" | "mc_eid");
    let query: Vec<String> = url
        .query_pairs()
        .filter(|(key, _)| !counts(key))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    format!("{host}{}?{}", url.path().trim_end_matches('/'), query.join("&"))
}

/// The picture of an article, unless its address would fill a letter.
fn picture_of(placed: &Placed) -> Option<&Image> {
    placed.article.image.as_ref().filter(|image| image.url.as_str().len() <= ADDRESS)
}

fn shows(placed: &Placed) -> bool {
    picture_of(placed).is_some()
}

/// Returns the size at which a picture is shown: as wide as there is room, never enlarged, and a tall one no
/// higher than it may be wide.
fn size(image: &Image, room: u32) -> (u32, Option<u32>) {
    let (Some(width @ 1..), Some(height @ 1..)) = (image.width, image.height) else {
        return (image.width.filter(|w| *w > 0).map_or(room, |w| w.min(room)), None);
    };
    let (w, h, room) = (u64::from(width), u64::from(height), u64::from(room));
    // The smaller of room/w, room/h and 1, as a fraction.
    let (over, under) = if w.max(h) <= room { (1, 1) } else { (room, w.max(h)) };
    let scaled = |side: u64| u32::try_from((side * over / under).max(1)).unwrap_or(u32::MAX);
    (scaled(w), Some(scaled(h)))
}

/// A language with its direction.
pub(super) fn tongue(language: &Language) -> Tongue {
    Tongue { lang: Some(language.to_string()), rtl: language.direction() == Direction::Rtl }
}
