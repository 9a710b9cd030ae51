//! `pressrun manual`: one page with all commands, made from what the command line itself says.

use std::process::ExitCode;

use clap::CommandFactory as _;

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
