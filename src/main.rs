//! The command: parse, run, print the error, exit code (0 done, 1 could not, 2 wrong usage).

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = pressrun::cli::Cli::parse();
    match pressrun::cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pressrun: {error:#}");
            ExitCode::FAILURE
        }
    }
}
