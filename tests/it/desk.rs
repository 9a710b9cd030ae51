//! A desk: a folder with a configuration in it, and an environment of its own.

use std::path::PathBuf;

use pressrun::config::{Config, load};
use tempfile::TempDir;

/// A folder with a `config.toml`, and an environment.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) env: Vec<(String, String)>,
}

impl Desk {
    pub(crate) fn with(text: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.toml"), text).expect("a file");
        Self { folder, env: Vec::new() }
    }

    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub(crate) fn load(&self) -> Config {
        load(Some(&self.file()), &self.env).unwrap_or_else(|e| panic!("{e}"))
    }

    /// What is wrong, with `config.toml` for the whole path.
    pub(crate) fn complaints(&self) -> String {
        let errors = load(Some(&self.file()), &self.env).expect_err("complaints");
        let folder = format!("{}/", self.folder.path().display());
        errors.to_string().replace(&folder, "")
    }

    pub(crate) fn complains(&self, what: &str) {
        let complaints = self.complaints();
        assert!(complaints.contains(what), "no {what:?} in:\n{complaints}");
    }
}
