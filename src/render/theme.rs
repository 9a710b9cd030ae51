//! A theme: how a mail looks and in which words it speaks.

use std::collections::BTreeMap;
use std::path::Path;

use templates::role::Look;
use templates::theme::{MAIL_CSS, PALETTE, WORDS};

use super::css;
use super::error::{Fault, RenderError};
use super::palette::Palette;
use super::words::Words;
use crate::model::Language;

/// What a digest looks like, checked and ready; made once, used for every edition.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The finished styles.
    pub(super) look: Look,
    /// By language tag, lower case.
    words: BTreeMap<String, Words>,
    fallback: Words,
}

/// The texts of a theme by file name, with what to call each in a complaint.
struct Files(BTreeMap<String, (String, String)>);

impl Theme {
    /// Returns the theme that is built in.
    #[must_use]
    pub fn built_in() -> Self {
        #[expect(clippy::expect_used, reason = "the embedded files are constants, and a test loads them")]
        Self::load(&Files::built_in()).expect("the built-in theme has no fault")
    }

    /// Reads a theme folder: `mail.css`, `palette.toml`, `words/<language>.toml`. What is not there is the
    /// built-in file; all faults of what is there come back together.
    pub fn from_folder(dir: &Path) -> Result<Self, RenderError> {
        let mut files = Files::built_in();
        let mut faults = Vec::new();
        files.replace(dir, "", &mut faults)?;
        if dir.join("words").is_dir() {
            files.replace(&dir.join("words"), "words/", &mut faults)?;
        }
        match Self::load(&files) {
            Ok(theme) if faults.is_empty() => Ok(theme),
            Ok(_) => Err(RenderError::Theme(faults)),
            Err(more) => {
                faults.extend(more);
                Err(RenderError::Theme(faults))
            }
        }
    }

    /// Returns the words for a language: its own, those of its primary tag, else English.
    pub(super) fn words(&self, language: &Language) -> &Words {
        let tag = language.as_str().to_lowercase();
        self.words.get(&tag).or_else(|| self.words.get(language.primary())).unwrap_or(&self.fallback)
    }

    fn load(files: &Files) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let text = |name: &str| files.0.get(name).map(|(n, t)| (n.as_str(), t.as_str())).unwrap_or_default();
        let (name, source) = text("palette.toml");
        let palette = Palette::parse(name, source, &mut faults);
        let mut look = Look::default();
        // Without its colours a style sheet would only raise false alarms.
        if faults.is_empty() {
            let (name, source) = text("mail.css");
            look = css::parse(name, source, &palette, &mut faults);
        }
        let mut words = BTreeMap::new();
        for (file, (name, source)) in &files.0 {
            let Some(tag) = file.strip_prefix("words/").and_then(|f| f.strip_suffix(".toml")) else {
                continue;
            };
            match Language::parse(tag) {
                Some(language) => {
                    let parsed = Words::parse(&language, name, source, &mut faults);
                    words.extend(parsed.map(|w| (tag.to_lowercase(), w)));
                }
                None => faults.push(Fault {
                    file: name.clone(),
                    line: None,
                    what: format!("`{tag}` is no language tag, expected a name like en.toml or pt-BR.toml"),
                }),
            }
        }
        match words.get("en").cloned() {
            Some(fallback) if faults.is_empty() => Ok(Self { look, words, fallback }),
            _ => Err(faults),
        }
    }
}

impl Files {
    fn built_in() -> Self {
        let file = |name: String, text: &str| (name.clone(), (name, text.to_owned()));
        let words = WORDS.iter().map(|(language, text)| file(format!("words/{language}.toml"), text));
        let rest = [file("mail.css".to_owned(), MAIL_CSS), file("palette.toml".to_owned(), PALETTE)];
        Self(rest.into_iter().chain(words).collect())
    }

    /// Takes the files of a folder in place of the built-in ones.
    fn replace(&mut self, dir: &Path, prefix: &str, faults: &mut Vec<Fault>) -> Result<(), RenderError> {
        let unreadable = |path: &Path, cause| RenderError::Unreadable { path: path.to_owned(), cause };
        let entries = std::fs::read_dir(dir).map_err(|cause| unreadable(dir, cause))?;
        for entry in entries {
            let path = entry.map_err(|cause| unreadable(dir, cause))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let key = format!("{prefix}{name}");
            if name.starts_with('.') || (path.is_dir() && key == "words") {
                continue;
            }
            let known =
                key == "mail.css" || key == "palette.toml" || (prefix == "words/" && name.ends_with(".toml"));
            if !known || path.is_dir() {
                let what = "is no file of a theme, expected mail.css, palette.toml or words/<language>.toml";
                faults.push(Fault { file: path.display().to_string(), line: None, what: what.to_owned() });
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            self.0.insert(key, (path.display().to_string(), text));
        }
        Ok(())
    }
}
