//! `pressrun completions`

use std::process::ExitCode;

use clap::CommandFactory as _;

pub(super) fn run(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::Cli::command(), "pressrun", &mut script);
    super::output::print_bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}
