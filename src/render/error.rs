//! What can be wrong with a theme or a size budget.

use std::path::PathBuf;

/// A fault in a file of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1; `None` if it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong and what is expected, as a clause.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Why there is no theme, or no message.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A folder or file of the theme could not be read.
    #[error("the theme's {} could not be read: {cause}", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A digest's `theme` is neither a built-in look nor a folder.
    #[error(
        "the theme `{}` is neither a folder nor a built-in look, expected {}{}", theme.display(), looks(), hint(near.as_deref())
    )]
    NoTheme {
        /// What the configuration says.
        theme: PathBuf,
        /// The name of a look that is nearly the same.
        near: Option<String>,
    },
    /// The theme has faults; all of them are listed, a line each.
    #[error("{}", lines(.0))]
    Theme(Vec<Fault>),
    /// The budget has no room for the frame and one article.
    #[error("html_budget is {budget} bytes, but the frame and the first article alone need {needed}")]
    Budget {
        /// What the digest allows.
        budget: usize,
        /// What the least message takes.
        needed: usize,
    },
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The names of the built-in looks.
fn looks() -> String {
    let names: Vec<_> = templates::theme::LOOKS.iter().map(|look| format!("\"{}\"", look.name)).collect();
    names.join(", ")
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default()
}
