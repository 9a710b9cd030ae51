//! A theme folder replaces the built-in files, file by file, and is checked when it is loaded.

use std::path::Path;

use pressrun::render::{RenderError, Theme, render};

use super::links;
use super::sample::{article, digest, of};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    dir
}

fn complaint(dir: &Path) -> String {
    let error = Theme::from_folder(dir).expect_err("has faults").to_string();
    error.replace(&format!("{}/", dir.display()), "")
}

fn built_in(language: &str) -> &'static str {
    templates::theme::WORDS.iter().find(|(l, _)| *l == language).expect("is built in").1
}

#[test]
fn a_folder_replaces_file_by_file() {
    let words = built_in("en").replace("Unsubscribe", "Leave");
    let palette = templates::theme::PALETTE.replace("#8c2317", "#004488");
    let dir = folder(&[("words/en.toml", &words), ("palette.toml", &palette), (".hidden", "x")]);
    let theme = Theme::from_folder(dir.path()).expect("is a theme");
    let html = |theme: &Theme, language: &str| {
        render(&of(vec![article(1, "Tides")]), &digest(language), theme, &links())
            .expect("renders")
            .message
            .html
    };
    let own = html(&theme, "en");
    assert!(own.contains(">Leave</a>") && own.contains("color:#004488") && !own.contains("#8c2317"));
    assert!(html(&theme, "de").contains(">Abmelden</a>"), "what is not there is the built-in file");
    assert!(html(&theme, "en").contains("Georgia"), "the style sheet too");
    let empty = folder(&[]);
    let plain = Theme::from_folder(empty.path()).expect("is a theme");
    assert_eq!(html(&plain, "en"), html(&Theme::built_in(), "en"));
}

#[test]
fn a_new_language_is_a_new_file() {
    let words = built_in("en").replace("Unsubscribe", "Afmelden");
    let dir = folder(&[("words/nl.toml", &words), ("words/pt-BR.toml", built_in("es"))]);
    let theme = Theme::from_folder(dir.path()).expect("is a theme");
    for (language, word) in [("nl-BE", "Afmelden"), ("pt-BR", "Darse de baja"), ("pt", "Unsubscribe")] {
        let message = render(&of(vec![article(1, "Tides")]), &digest(language), &theme, &links())
            .expect("renders")
            .message;
        assert!(message.html.contains(&format!(">{word}</a>")), "{language}");
    }
}

#[test]
fn all_faults_of_a_theme_are_told_at_once_with_file_and_line() {
    let dir = folder(&[
        ("mail.css", ".titel { margin: 0 }\n.card { color: var(--inc) }\n"),
        ("words/en.toml", "web_copy = 1\n"),
        ("words/english please.toml", built_in("en")),
        ("style.css", ""),
    ]);
    let complaint = complaint(dir.path());
    let mut lines: Vec<&str> = complaint.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines.len(), 5, "{complaint}");
    assert_eq!(lines[0], "mail.css:1: `.titel` names no part of the mail, expected `.title`");
    assert_eq!(lines[1], "mail.css:2: palette.toml has no colour `inc`, expected `--ink`");
    assert_eq!(
        lines[2],
        "style.css: is no file of a theme, expected mail.css, page.css, palette.toml, \
         words/<language>.toml or pages/<language>.toml"
    );
    assert!(lines[3].starts_with("words/en.toml:1: invalid type: integer"), "{}", lines[3]);
    assert!(
        lines[4].starts_with("words/english please.toml: `english please` is no language tag"),
        "{}",
        lines[4]
    );
}

#[test]
fn colours_that_cannot_be_read_are_no_theme() {
    let pale = templates::theme::PALETTE.replace("#6a655c", "#c0c0c0");
    let dir = folder(&[("palette.toml", &pale)]);
    assert!(
        complaint(dir.path())
            .contains("`quiet` on `sheet` has a contrast of 1.8 in [light], expected at least 4.5")
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Theme::from_folder(Path::new("/nowhere/theme")).expect_err("is not there");
    assert!(matches!(&error, RenderError::Unreadable { path, .. } if path == Path::new("/nowhere/theme")));
    assert!(error.to_string().starts_with("the theme's /nowhere/theme could not be read: "), "{error}");
}
