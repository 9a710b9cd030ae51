//! `pressrun config`

use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(named: Option<&Path>) -> anyhow::Result<ExitCode> {
    super::output::print(&super::desk::load_config(named)?.to_toml_masked())?;
    Ok(ExitCode::SUCCESS)
}
