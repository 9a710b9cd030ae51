//! `pressrun config`

use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(named: Option<&Path>) -> anyhow::Result<ExitCode> {
    let config = super::desk::load_config(named)?;
    super::desk::signers(&config)?;
    super::output::print(&config.to_toml_masked())?;
    Ok(ExitCode::SUCCESS)
}
