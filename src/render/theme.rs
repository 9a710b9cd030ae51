//! A theme: how a mail looks and in which words it speaks.

use std::collections::BTreeMap;
use std::path::Path;

use templates::role::Look;
use templates::theme::{Dress, LOOKS, PAGE_CSS, PAGES, WORDS};

use super::css;
use super::error::{Fault, RenderError};
use super::measures::{self, Measures};
use super::page_css;
use super::page_words::PageWords;
use super::palette::Palette;
use super::words::{Words, nearest};
use crate::model::Language;

/// What a digest looks like, checked and ready; made once, used for every edition.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The finished styles.
    pub(super) look: Look,
    /// The style sheet of the pages, with the colours.
    pub(super) page_css: String,
    /// Widths, and how articles are laid out.
    pub(super) measures: Measures,
    mails: Tongues<Words>,
    pages: Tongues<PageWords>,
}

/// Words by language tag, lower case.
#[derive(Debug, Clone)]
struct Tongues<W> {
    all: BTreeMap<String, W>,
    fallback: W,
}

impl<W: Clone> Tongues<W> {
    /// Needs English.
    fn new(all: BTreeMap<String, W>) -> Option<Self> {
        let fallback = all.get("en").cloned()?;
        Some(Self { all, fallback })
    }

    fn own(&self, language: &Language) -> Option<&W> {
        self.all.get(&language.as_str().to_lowercase()).or_else(|| self.all.get(language.primary()))
    }

    /// Those of the language, those of its primary tag, else the English ones.
    fn of(&self, language: &Language) -> &W {
        self.own(language).unwrap_or(&self.fallback)
    }
}

/// The folders of word files in a theme.
const FOLDERS: [&str; 2] = ["words", "pages"];
/// The files beside them; the first is for whoever changes the others.
const FILES: [&str; 5] = ["README.md", "theme.toml", "mail.css", "page.css", "palette.toml"];

/// The texts of a theme by file name, with what to call each in a complaint.
struct Files {
    base: &'static Dress,
    texts: BTreeMap<String, (String, String)>,
}

impl Theme {
    /// Returns the theme of a digest that names none.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of(&LOOKS[0])
    }

    /// Returns a built-in look by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LOOKS.iter().find(|look| look.name == name).map(Self::of)
    }

    fn of(look: &'static Dress) -> Self {
        #[expect(clippy::expect_used, reason = "the embedded files are constants, and a test loads them all")]
        Self::load(&Files::built_in(look)).expect("a built-in look has no fault")
    }

    /// Returns what a digest's `theme` says: a built-in look by its name, else a folder.
    pub fn find(theme: &Path) -> Result<Self, RenderError> {
        if let Some(look) = theme.to_str().and_then(Self::named) {
            return Ok(look);
        }
        if theme.is_dir() {
            return Self::from_folder(theme);
        }
        let name = theme.file_name().unwrap_or_default().to_string_lossy();
        let near = nearest(&name, LOOKS.iter().map(|look| look.name));
        Err(RenderError::NoTheme { theme: theme.to_owned(), near: near.map(str::to_owned) })
    }

    /// Reads a theme folder: `theme.toml`, `mail.css`, `page.css`, `palette.toml`, `words/<language>.toml` and
    /// `pages/<language>.toml`. What is not there is the file of the look that `theme.toml` names as its base; all
    /// faults of what is there come back together.
    pub fn from_folder(dir: &Path) -> Result<Self, RenderError> {
        let mut faults = Vec::new();
        let mut files = Files::on(dir, &mut faults)?;
        files.replace(dir, "", &mut faults)?;
        for folder in FOLDERS.iter().filter(|folder| dir.join(folder).is_dir()) {
            files.replace(&dir.join(folder), &format!("{folder}/"), &mut faults)?;
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
        self.mails.of(language)
    }

    /// Returns the words of pages for a language: its own, those of its primary tag, else English.
    pub(super) fn page_words(&self, language: &Language) -> &PageWords {
        self.pages.of(language)
    }

    /// True if the pages have words in this language.
    #[must_use]
    pub fn speaks(&self, language: &Language) -> bool {
        self.pages.own(language).is_some()
    }

    /// Returns the languages of the pages, each with what it calls itself.
    pub fn languages(&self) -> impl Iterator<Item = (&Language, &str)> {
        self.pages.all.values().map(|words| (&words.language, words.name.as_str()))
    }

    /// Returns the language in which pages are answered to whom asks for this one.
    #[must_use]
    pub fn spoken(&self, language: &Language) -> &Language {
        &self.pages.of(language).language
    }

    /// Returns the style sheet that stands in every page, for whoever must vouch for it.
    #[must_use]
    pub fn page_css(&self) -> &str {
        &self.page_css
    }

    fn load(files: &Files) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let text =
            |name: &str| files.texts.get(name).map(|(n, t)| (n.as_str(), t.as_str())).unwrap_or_default();
        let base = measures::read("theme.toml", files.base.theme, Measures::default(), &mut faults);
        let (name, source) = text("theme.toml");
        let measures = measures::read(name, source, base, &mut faults);
        let (name, source) = text("palette.toml");
        let palette = Palette::parse(name, source, &mut faults);
        let (mut look, mut page_css) = (Look::default(), String::new());
        // Without its colours a style sheet would only raise false alarms.
        if faults.is_empty() {
            let (name, source) = text("mail.css");
            look = css::parse(name, &measures.fill(source), &palette, &mut faults);
            (look.sheet, look.thumb, look.logo) = (measures.sheet, measures.thumb(), measures.logo.clone());
            let (name, source) = text("page.css");
            page_css = page_css::with_colours(name, &measures.fill(source), &palette, &mut faults);
        }
        let mails = files.tongues("words/", Words::parse, &mut faults);
        let pages = files.tongues("pages/", PageWords::parse, &mut faults);
        match (Tongues::new(mails), Tongues::new(pages)) {
            (Some(mails), Some(pages)) if faults.is_empty() => {
                Ok(Self { look, page_css, measures, mails, pages })
            }
            _ => Err(faults),
        }
    }
}

impl Files {
    fn built_in(base: &'static Dress) -> Self {
        let file = |name: String, text: &str| (name.clone(), (name, text.to_owned()));
        let words = WORDS.iter().map(|(language, text)| file(format!("words/{language}.toml"), text));
        let pages = PAGES.iter().map(|(language, text)| file(format!("pages/{language}.toml"), text));
        let rest = [("mail.css", base.mail_css), ("page.css", PAGE_CSS), ("palette.toml", base.palette)];
        let rest = rest.into_iter().map(|(name, text)| file(name.to_owned(), text));
        Self { base, texts: rest.chain(words).chain(pages).collect() }
    }

    /// The files of the look that a folder is built on.
    fn on(dir: &Path, faults: &mut Vec<Fault>) -> Result<Self, RenderError> {
        let path = dir.join("theme.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::built_in(measures::base(&path.display().to_string(), &text, faults))),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Self::built_in(&LOOKS[0])),
            Err(cause) => Err(RenderError::Unreadable { path, cause }),
        }
    }

    /// Parses the word files of a folder, by language.
    fn tongues<W>(
        &self,
        folder: &str,
        parse: impl Fn(&Language, &str, &str, &mut Vec<Fault>) -> Option<W>,
        faults: &mut Vec<Fault>,
    ) -> BTreeMap<String, W> {
        let mut words = BTreeMap::new();
        for (file, (name, source)) in &self.texts {
            let Some(tag) = file.strip_prefix(folder).and_then(|f| f.strip_suffix(".toml")) else {
                continue;
            };
            match Language::parse(tag) {
                Some(language) => {
                    let parsed = parse(&language, name, source, faults);
                    words.extend(parsed.map(|w| (tag.to_lowercase(), w)));
                }
                None => faults.push(Fault {
                    file: name.clone(),
                    line: None,
                    what: format!("`{tag}` is no language tag, expected a name like en.toml or pt-BR.toml"),
                }),
            }
        }
        words
    }

    /// Takes the files of a folder in place of the built-in ones.
    fn replace(&mut self, dir: &Path, prefix: &str, faults: &mut Vec<Fault>) -> Result<(), RenderError> {
        let unreadable = |path: &Path, cause| RenderError::Unreadable { path: path.to_owned(), cause };
        let entries = std::fs::read_dir(dir).map_err(|cause| unreadable(dir, cause))?;
        for entry in entries {
            let path = entry.map_err(|cause| unreadable(dir, cause))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let key = format!("{prefix}{name}");
            if name.starts_with('.') || (path.is_dir() && FOLDERS.contains(&key.as_str())) {
                continue;
            }
            let known = FILES.contains(&key.as_str()) || (!prefix.is_empty() && name.ends_with(".toml"));
            if !known || path.is_dir() {
                let what = "is no file of a theme, expected theme.toml, mail.css, page.css, palette.toml, README.md, \
                            words/<language>.toml or pages/<language>.toml";
                faults.push(Fault { file: path.display().to_string(), line: None, what: what.to_owned() });
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            self.texts.insert(key, (path.display().to_string(), text));
        }
        Ok(())
    }
}
