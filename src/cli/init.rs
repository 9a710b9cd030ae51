//! stub
use std::path::Path;
use std::process::ExitCode;
pub(super) fn run(_d: &Path) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
