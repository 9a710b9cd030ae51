//! `pressrun preview`: what a digest would send, through the very path that sends it; printed, written or served.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::args::{Format, PreviewArgs};
use super::naming::free_name;
use super::{Desk, collect, desk, feed, links, live, output, pictures, studio};
use crate::config::Config;
use crate::model::{
    Digest, Direction, EmailAddress, Explanation, Hole, Instant, Language, List, ListId, Mailbox, Name,
    Nothing, Previous, Section, Source, Take,
};
use crate::press::{self, Clock, Draft, Drafted, Postmark};
use crate::render::{self, Links, Theme, lint};
use crate::web::Answered;

/// All that a preview is made of.
struct Shown {
    draft: Draft,
    postmark: Postmark,
    list: List,
    now: Instant,
    theme: Theme,
}

pub(super) async fn run(named: Option<&Path>, args: &PreviewArgs) -> anyhow::Result<ExitCode> {
    if args.format.is_none() && args.out.is_none() && !args.links {
        return live::run(named, args).await;
    }
    let clock = args.now.map_or_else(Clock::system, Clock::stopped_at);
    let (drafted, postmark, list, theme) = if args.feed.is_empty() {
        of_digest(named, args, &clock).await?
    } else {
        of_feeds(named, args, &clock).await?
    };
    let draft = match drafted {
        Drafted::Draft(draft) => *draft,
        Drafted::Nothing(nothing, explanation) => {
            tell_nothing(&nothing, &explanation, args)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let reader = args.to.clone().map_or_else(|| EmailAddress::parse("reader@example.org"), Ok)?;
    let shown = Shown { draft, postmark, list, now: clock.now(), theme };
    if args.links {
        let config = desk::load_config(named)?;
        return ask(&config, &shown).await;
    }
    put(&shown, args, &reader)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks the links of what is shown, and tells those that are dead.
async fn ask(config: &Config, shown: &Shown) -> anyhow::Result<ExitCode> {
    let html = fill(&shown.draft.message.html, &shown.postmark);
    let mut addresses = lint::addresses(&html);
    links::leave_out_own(&mut addresses, &shown.postmark.public_url);
    let answered = links::ask(&desk::fetcher(config)?, addresses).await;
    let mut dead = 0;
    for one @ Answered { url, end } in &answered {
        dead += usize::from(one.is_dead());
        match end {
            Ok(status) => {
                output::say(&format!("{:5} {status} {url}", if one.is_dead() { "dead" } else { "ok" }))?
            }
            Err(why) => {
                output::say(&format!("{:5} –   {url}: {why}", if one.is_dead() { "dead" } else { "–" }))?
            }
        }
    }
    let asked = answered.iter().filter(|one| !one.is_unasked()).count();
    eprintln!("{} asked, {dead} dead", output::count(asked as u64, "address", "addresses"));
    Ok(if dead > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says why there is no edition; where a form was asked for, standard output holds that form or nothing.
fn tell_nothing(nothing: &Nothing, explanation: &Explanation, args: &PreviewArgs) -> anyhow::Result<()> {
    eprintln!("no edition: {nothing}");
    match (args.format, &args.out) {
        (None, _) | (_, Some(_)) => super::editions::print(explanation),
        (Some(Format::Json), None) => output::json(&serde_json::json!({
            "subject": null, "edition": null, "nothing": nothing, "explanation": explanation,
        })),
        (Some(Format::Html | Format::Text | Format::Eml), None) => {
            eprintln!("`--format json` tells it of every article");
            Ok(())
        }
    }
}

async fn of_digest(
    named: Option<&Path>,
    args: &PreviewArgs,
    clock: &Clock,
) -> anyhow::Result<(Drafted, Postmark, List, Theme)> {
    let desk = Desk::open(named).await?;
    let digest = desk::digest(&desk.config, args.digest.as_ref())?;
    collect::poll_for(&desk, &digest).await?;
    let postmark = desk.postmark(&digest);
    let theme = desk.theme(&digest)?;
    let (public_url, now) = (&postmark.public_url, clock.now());
    let drafted = match desk.pictures()? {
        Some(pictures) => pictures.draft(&digest, &theme, public_url, now).await?,
        None => press::draft(&desk.store, &digest, &theme, public_url, now).await?,
    };
    let list = desk.list(digest.lists.first()).await?;
    Ok((drafted, postmark, list, theme))
}

async fn of_feeds(
    named: Option<&Path>,
    args: &PreviewArgs,
    clock: &Clock,
) -> anyhow::Result<(Drafted, Postmark, List, Theme)> {
    let config =
        if named.is_some() || args.digest.is_some() { desk::load_config(named)? } else { Config::default() };
    let now = clock.now();
    let (mut sources, mut candidates) = (Vec::new(), Vec::new());
    let mut language = None;
    for (spec, number) in args.feed.iter().zip(1..) {
        let mut looked = feed::look(&config, spec, number, now).await?;
        if let Some(remark) = &looked.remark {
            eprintln!("{spec}: {remark}");
        }
        looked.source.name =
            free_name(&looked.source.name, |name| sources.iter().any(|s: &Source| &s.name == name));
        candidates.extend(looked.candidates(candidates.len() as i64 + 1, now));
        language = language.or(looked.language);
        sources.push(looked.source);
    }
    let mut digest = match &args.digest {
        Some(name) => desk::digest(&config, Some(name))?,
        None => stand_in(&sources, language)?,
    };
    if args.digest.is_some() {
        digest.sections = sections(&sources);
    }
    let theme = desk::theme(&config, &digest)?;
    let public_url = desk::public_url(&config, &digest);
    let stock =
        press::Stock { digest: &digest, theme: &theme, public_url: &public_url, slot: now, editing: None };
    let drafted = stock.draft_from(&[], &sources, &candidates, &Previous::default())?;
    let list = List {
        id: ListId(0),
        name: Name::parse("preview")?,
        title: digest.title.clone(),
        list_id: format!("preview.{}", digest.from.address.domain()),
    };
    Ok((
        drafted,
        Postmark {
            signer: desk::signer(&desk::signers(&config)?, &digest),
            ..Postmark::new(digest, public_url)
        },
        list,
        theme,
    ))
}

/// A digest for feeds that no configuration speaks of.
pub(super) fn stand_in(sources: &[Source], language: Option<Language>) -> anyhow::Result<Digest> {
    let title = match sources {
        [only] => only.label().to_owned(),
        _ => "Preview".to_owned(),
    };
    Ok(Digest {
        name: Name::parse("preview")?,
        from: Mailbox { name: title.clone(), address: EmailAddress::parse("digest@example.org")? },
        title,
        subject: "{title}: {lead}".to_owned(),
        intro: String::new(),
        lists: Vec::new(),
        language: language.unwrap_or_else(Language::english),
        zone: chrono_tz::UTC,
        reply_to: None,
        postal_address: "Your postal address, as [digests.NAME] postal_address gives it".to_owned(),
        sections: sections(sources),
        lead: true,
        minimum: 1,
        limit: 60,
        max_age: Duration::MAX,
        html_budget: 90_000,
        clicks: false,
        timetable: None,
        rules: std::sync::Arc::default(),
    })
}

/// One section for one feed; a section each for several.
pub(super) fn sections(sources: &[Source]) -> Vec<Section> {
    match sources {
        [_] => vec![Section {
            title: String::new(),
            take: Take::Latest,
            limit: 30,
            optional: false,
            ..Section::default()
        }],
        many => many
            .iter()
            .map(|s| Section {
                title: s.label().to_owned(),
                take: Take::Sources(vec![s.name.clone()]),
                limit: 5,
                optional: false,
                ..Section::default()
            })
            .collect(),
    }
}

/// Prints or writes what was asked for.
fn put(shown: &Shown, args: &PreviewArgs, reader: &EmailAddress) -> anyhow::Result<()> {
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for format in args.format.map_or_else(|| ALL.to_vec(), |one| vec![one]) {
            output::say(&write(shown, format, folder, reader)?.display().to_string())?;
        }
        if args.format.is_none() {
            let html = fill(&shown.draft.message.html, &shown.postmark);
            let mirrored = mirrored(shown)?;
            let name = shown.draft.edition.digest.as_str();
            for picture in pictures::take(&html, mirrored.as_deref(), folder, name)? {
                output::say(&picture.display().to_string())?;
            }
        }
        return Ok(());
    }
    match args.format {
        Some(format) => output::print_bytes(&form(shown, format, reader)?),
        None => Ok(()),
    }
}

/// The HTML as readers from right to left would have it; `None` if they are the digest's readers anyway.
fn mirrored(shown: &Shown) -> anyhow::Result<Option<String>> {
    let (edition, own) = (&shown.draft.edition, &shown.postmark.digest);
    let language = Language::parse(studio::MIRRORED);
    let Some(language) = language.filter(|_| own.language.direction() != Direction::Rtl) else {
        return Ok(None);
    };
    let digest = Digest { language, ..own.clone() };
    let rendered = render::render(edition, &digest, &shown.theme, &Links::default())?;
    Ok(Some(fill(&rendered.message.html, &shown.postmark)))
}

const ALL: [Format; 4] = [Format::Html, Format::Text, Format::Eml, Format::Json];

fn write(shown: &Shown, format: Format, folder: &Path, reader: &EmailAddress) -> anyhow::Result<PathBuf> {
    let suffix = match format {
        Format::Html => "html",
        Format::Text => "txt",
        Format::Eml => "eml",
        Format::Json => "json",
    };
    let file = folder.join(format!("{}.{suffix}", shown.draft.edition.digest));
    std::fs::write(&file, form(shown, format, reader)?)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn form(shown: &Shown, format: Format, reader: &EmailAddress) -> anyhow::Result<Vec<u8>> {
    let Shown { draft, postmark, list, now, .. } = shown;
    Ok(match format {
        Format::Html => fill(&draft.message.html, postmark).into_bytes(),
        Format::Text => fill(&draft.message.text, postmark).into_bytes(),
        Format::Eml => press::sample_letter(postmark, list, &draft.message, reader, *now)?.bytes,
        Format::Json => {
            let value = serde_json::json!({
                "subject": draft.message.subject,
                "edition": draft.edition,
                "explanation": draft.explanation,
                "findings": lint::letter(&form(shown, Format::Eml, reader)?),
            });
            let mut text = serde_json::to_vec_pretty(&value)?;
            text.push(b'\n');
            text
        }
    })
}

/// Fills the holes of a part with the addresses of nobody.
fn fill(part: &str, postmark: &Postmark) -> String {
    Hole::ALL.into_iter().fold(part.to_owned(), |part, hole| {
        let page = match hole {
            Hole::Unsubscribe => "unsubscribe",
            Hole::Preferences => "preferences",
        };
        part.replace(hole.mark(), &format!("{}/{page}/sample", postmark.public_url))
    })
}
