//! Somebody's first configuration: the annotated reference with the answers in it.

/// The annotated reference configuration, as `config.toml` has it.
pub const REFERENCE: &str = include_str!("../../config.toml");

/// What `pressrun init` asks.
#[derive(Debug, Clone, Default)]
pub struct Answers {}

/// Returns the reference with the answers filled in.
#[must_use]
pub fn starter(_answers: &Answers) -> String {
    REFERENCE.to_owned()
}
