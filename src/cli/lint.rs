//! `pressrun lint`: what could go wrong with a mail, of ours or of anybody.

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use super::args::LintArgs;
use super::{Desk, output};
use crate::config;
use crate::model::{Digest, Instant, Message};
use crate::press;
use crate::render::lint::{self, Finding, Severity};

/// A finding with its file, as `--json` shows it.
#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    #[serde(flatten)]
    finding: &'a Finding,
}

pub(super) fn run(args: &LintArgs) -> anyhow::Result<ExitCode> {
    if args.rules {
        return rules(args.json);
    }
    let mut looked = Vec::with_capacity(args.files.len());
    for file in &args.files {
        looked.push((file.as_str(), findings(file, &read(file)?)));
    }
    let broken = |finding: &Finding| finding.rule.severity == Severity::Error;
    if args.json {
        let rows: Vec<_> = looked
            .iter()
            .flat_map(|(file, findings)| findings.iter().map(move |finding| Row { file, finding }))
            .collect();
        output::json(&rows)?;
    } else {
        for (file, findings) in &looked {
            tell(file, findings)?;
        }
    }
    let failed = looked.iter().any(|(_, findings)| findings.iter().any(broken));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is wrong with an edition's message, errors before warnings.
pub(super) async fn of_edition(
    desk: &Desk,
    digest: &Digest,
    message: &Message,
    at: Instant,
) -> anyhow::Result<Vec<Finding>> {
    let list = desk.list(digest.lists.first()).await?;
    let mut findings = press::proofread(&desk.postmark(digest), &list, message, at)?;
    // What stays in a folder of this machine may lead to it.
    let stays = desk.config.deliver.carrier == config::Carrier::Outbox;
    findings.retain(|finding| !(stays && finding.rule.name == lint::LOCAL_LINK));
    Ok(findings)
}

fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file).with_context(|| format!("{file} cannot be read"));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("standard input cannot be read")?;
    Ok(bytes)
}

/// A page is called one, or begins with a tag; all else is a letter.
fn findings(file: &str, bytes: &[u8]) -> Vec<Finding> {
    let lower = file.to_ascii_lowercase();
    let called = [".html", ".htm"].iter().any(|end| lower.ends_with(end));
    let begins = !lower.ends_with(".eml") && bytes.trim_ascii_start().starts_with(b"<");
    if called || begins { lint::page(&String::from_utf8_lossy(bytes)) } else { lint::letter(bytes) }
}

fn tell(file: &str, findings: &[Finding]) -> anyhow::Result<()> {
    let count = |severity, one, many| {
        let n = findings.iter().filter(|finding| finding.rule.severity == severity).count() as u64;
        (n > 0).then(|| output::count(n, one, many))
    };
    let counts = [
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
        count(Severity::Hint, "hint", "hints"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let sum = if counts.is_empty() { "nothing to mend".to_owned() } else { counts.join(", ") };
    output::say(&format!("{file}: {sum}"))?;
    for finding in findings {
        let more = match finding.more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let rule = finding.rule;
        output::say(&format!("\n{} {}: {}{more}", rule.severity.name(), rule.name, finding.what))?;
        output::say(&format!("  where:   {}", finding.place))?;
        output::say(&format!("  why:     {}", rule.why))?;
        output::say(&format!("  way out: {}", rule.way_out))?;
    }
    Ok(())
}

/// Lists all rules.
fn rules(json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let rule = |rule: &'static lint::Rule| {
            serde_json::json!({
                "rule": rule.name, "severity": rule.severity.name(), "why": rule.why, "way_out": rule.way_out,
            })
        };
        output::json(&lint::rules().map(rule).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    for rule in lint::rules() {
        output::say(&format!("{:8} {}", rule.severity.name(), rule.name))?;
        output::say(&format!("         {} {}", rule.why, rule.way_out))?;
    }
    output::say(&format!("\nWhat clients show is Can I email's data of {}.", lint::support_date()))?;
    Ok(ExitCode::SUCCESS)
}
