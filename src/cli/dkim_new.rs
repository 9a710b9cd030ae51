//! `pressrun check --dkim-new`: keys for a domain, and what to do with them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chrono::Datelike as _;
use secrecy::ExposeSecret as _;

use super::args::CheckArgs;
use super::{init, output};
use crate::config;
use crate::deliver::{DkimKey, KeyRecord, Signer};
use crate::model::Name;
use crate::press::Clock;

/// RFC 1035 §3.3: octets of one string in a record.
const STRING: usize = 255;

pub(super) fn run(named: Option<&Path>, domain: &str, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let this_year = || format!("press{}", Clock::system().now().year());
    let selector = args.selector.clone().unwrap_or_else(this_year);
    let keys = [DkimKey::generate_rsa(&selector)?, DkimKey::generate_ed25519(&format!("{selector}e"))?];
    // Before anything is written: it knows which domains and selectors can be.
    let signer = Signer::new(domain, &keys)?;
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None => {
            let file = named.unwrap_or(Path::new(config::DEFAULT_FILE));
            file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
        }
    };
    let files = write(&folder, signer.domain(), &keys)?;
    let named_so: Vec<String> = match &args.out {
        None => {
            files.iter().map(|f| f.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect()
        }
        // The paths in config.toml begin at its own folder, wherever that is.
        Some(_) => files
            .iter()
            .map(|f| f.canonicalize().unwrap_or_else(|_| f.clone()).to_string_lossy().into_owned())
            .collect(),
    };
    tell(&signer, &keys, &files, &named_so)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes both files or none, and never over one that is there.
fn write(folder: &Path, domain: &str, keys: &[DkimKey]) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for key in keys {
        let path = folder.join(format!("{}.{domain}.pem", key.selector));
        if let Err(error) = put(&path, key) {
            for other in &written {
                // What is told is why the other file could not be written.
                let _ = std::fs::remove_file(other);
            }
            return Err(error);
        }
        written.push(path);
    }
    Ok(written)
}

fn put(path: &Path, key: &DkimKey) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} is there already; choose another --selector or --out", path.display());
    }
    init::write(path, key.pem.expose_secret(), true)
}

fn tell(signer: &Signer, keys: &[DkimKey], files: &[PathBuf], named: &[String]) -> anyhow::Result<()> {
    let (domain, records) = (signer.domain(), signer.records());
    let mut text = format!("Two keys for {domain}, for nobody's eyes:\n\n");
    for file in files {
        text.push_str(&format!("  {}\n", file.display()));
    }
    text.push_str(&format!(
        "\n1. Put two TXT records into the DNS of {domain}. As a zone file wants them:\n\n"
    ));
    for record in &records {
        text.push_str(&zone_line(record));
    }
    text.push_str("\n   As most web forms want them:\n\n");
    for record in &records {
        text.push_str(&format!("  name   {}\n  value  {}\n\n", record.name, record.value));
    }
    text.push_str("2. Add to config.toml:\n\n");
    let table = Name::from_title(domain, "dkim");
    text.push_str(&format!("[dkim.{table}]\ndomain = {}\n", config::quote(domain)));
    for ((key, file), prefix) in keys.iter().zip(named).zip(["", "ed25519_"]) {
        text.push_str(&format!("{prefix}selector = {}\n", config::quote(&key.selector)));
        text.push_str(&format!("{prefix}key_file = {}\n", config::quote(file)));
    }
    text.push_str("\n3. When the records can be seen, send yourself a copy: pressrun send DIGEST --to you@example.org\n");
    output::print(&text)
}

/// RFC 1035 §5.1: the record in strings of at most 255 octets, on lines of their own.
fn zone_line(record: &KeyRecord) -> String {
    let mut strings = Vec::new();
    let mut rest = record.value.as_str();
    while !rest.is_empty() {
        let (string, more) = rest.split_at(rest.len().min(STRING));
        strings.push(format!("\"{string}\""));
        rest = more;
    }
    match strings.as_slice() {
        [one] => format!("{}. IN TXT {one}\n", record.name),
        more => format!("{}. IN TXT (\n    {} )\n", record.name, more.join("\n    ")),
    }
}
