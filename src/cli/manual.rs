//! `pressrun manual`: one page with all commands, made from what the command line itself says; or the unit file under
//! which systemd runs it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};

use clap::CommandFactory as _;

const UNIT: &str = include_str!("pressrun.service");
/// Where systemd keeps what services remember.
const STATE: &str = "/var/lib";
/// The folder there, if the configuration is not elsewhere.
const FOLDER: &str = "/var/lib/pressrun";
/// Beyond the letters in hand there are polls and pages to be ended.
const MARGIN: Duration = Duration::from_secs(60);

/// Prints the unit file for this program and the configuration that is named.
pub(super) fn systemd(config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let program = std::env::current_exe().context("where this program lies cannot be found out")?;
    let named = config.map(std::path::absolute).transpose().context("the configuration has no path")?;
    let config = named.unwrap_or_else(|| Path::new(FOLDER).join(crate::config::DEFAULT_FILE));
    super::output::print_bytes(unit(&program, &config)?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn unit(program: &Path, config: &Path) -> anyhow::Result<String> {
    let folder = config.parent().unwrap_or(Path::new("/"));
    let [program, config, plain] = [plain(program)?, plain(config)?, plain(folder)?];
    // A folder of the state is made by systemd itself; any other has to be opened for writing.
    let state = match folder.strip_prefix(STATE) {
        Ok(name) if name.components().count() == 1 => {
            format!("StateDirectory={}\nStateDirectoryMode=0750", name.display())
        }
        Ok(_) | Err(_) => format!("ReadWritePaths={plain}"),
    };
    let stop = crate::press::DeliveringRules::default().stop_within;
    let values = [
        ("{program}", program),
        ("{config}", config),
        ("{folder}", plain),
        ("{state}", state),
        ("{stop}", format!("{}s", stop.as_secs())),
        ("{timeout}", format!("{}s", (stop + MARGIN).as_secs())),
    ];
    Ok(values.iter().fold(UNIT.to_owned(), |unit, (mark, value)| unit.replace(mark, value)))
}

/// A path as a unit file can hold it without quoting.
fn plain(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.is_empty() || !text.chars().all(fits) {
        bail!(
            "{} cannot stand in a unit file; use a path of letters, digits and / . _ - + @",
            PathBuf::from(path).display()
        );
    }
    Ok(text.to_owned())
}

pub(super) fn run() -> anyhow::Result<ExitCode> {
    let mut command = super::Cli::command().disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    page.extend_from_slice(b".SH COMMANDS\n");
    describe(&command, &mut page)?;
    page.extend_from_slice(
        b".SH ENVIRONMENT\nEvery key of config.toml can be set as PRESSRUN__SECTION__KEY.\n\
          .SH EXIT STATUS\n0 done, 1 could not, 2 wrong usage.\n",
    );
    super::output::print_bytes(&page)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a section for each command that does something, in the order of the help.
fn describe(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        if sub.has_subcommands() {
            describe(sub, page)?;
            continue;
        }
        let name = sub.get_bin_name().unwrap_or_else(|| sub.get_name());
        page.extend_from_slice(format!(".SS \"{name}\"\n").as_bytes());
        let man = clap_mangen::Man::new(sub.clone());
        let mut section = Vec::new();
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let section = String::from_utf8_lossy(&section);
        for line in section.lines().filter(|line| !line.starts_with(".SH")) {
            page.extend_from_slice(line.as_bytes());
            page.push(b'\n');
        }
    }
    Ok(())
}
