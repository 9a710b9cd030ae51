//! A theme folder replaces the built-in files, file by file, and is checked when it is loaded.

use std::path::Path;

use pressrun::model::LOOKS;
use pressrun::render::{RenderError, Theme, render};

use super::links;
use super::page::Page;
use super::sample::{article, digest, edition, of};

/// What a digest looks like that says nothing.
const QUIET: &templates::theme::Dress = &templates::theme::LOOKS[0];

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
    let palette = QUIET.palette.replace("#8c2317", "#004488");
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
        "style.css: is no file of a theme, expected theme.toml, mail.css, page.css, palette.toml, README.md, \
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
    let pale = QUIET.palette.replace("#6a645a", "#c0c0c0");
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

#[test]
fn a_look_is_found_by_its_name_and_a_wrong_one_is_told_the_right_ones() {
    let names: Vec<_> = templates::theme::LOOKS.iter().map(|look| look.name).collect();
    assert_eq!(names, LOOKS);
    let mut edition = edition(9);
    let neighbours = &mut edition.sections[0].articles;
    neighbours[0].article.image = neighbours[1].article.image.clone();
    let pages = LOOKS.map(|look| {
        let theme = Theme::find(Path::new(look)).expect("is built in");
        render(&edition, &digest("en"), &theme, &links()).expect("renders").message
    });
    assert_ne!(pages[0].html, pages[1].html);
    assert!(!pages[2].html.contains("<img") && pages[1].html.contains("display:inline-block"));
    assert!(
        !pages[2].text.contains("What the keeper of pier 3 wrote"),
        "the text leaves out what the page does"
    );
    let error = Theme::find(Path::new("/nowhere/magasine")).expect_err("is not there").to_string();
    assert_eq!(
        error,
        "the theme `/nowhere/magasine` is neither a folder nor a built-in look, expected \"quiet\", \"magazine\", \
         \"compact\"; did you mean \"magazine\"?"
    );
}

#[test]
fn a_folder_is_built_on_the_look_that_it_names_and_changes_what_it_says() {
    let html =
        |theme: &Theme| render(&edition(9), &digest("en"), theme, &links()).expect("renders").message.html;
    let dir = folder(&[("theme.toml", "base = \"magazine\"\n")]);
    let theme = Theme::from_folder(dir.path()).expect("is a theme");
    assert_eq!(html(&theme), html(&Theme::named("magazine").expect("is built in")));
    let own = "base = \"compact\"\n[fonts]\ndisplay = '\"Trebuchet MS\", sans-serif'\n[widths]\nsheet = 640\ncard = 100\n\
               [layout]\ncards = \"beside\"\nsummary = 40\n[logo]\nurl = \"https://pictures.example/logo.png\"\n\
               width = 200\nheight = 50\n";
    let dir = folder(&[("theme.toml", own), ("README.md", "mine")]);
    let html = html(&Theme::from_folder(dir.path()).expect("is a theme"));
    assert!(html.contains("'Trebuchet MS',sans-serif") && html.contains("max-width:640px"));
    assert!(html.contains("width=\"640\"") && html.contains("width=\"17%\""), "100 of 560 pixels");
    assert!(html.contains("What the keeper of pier 2 wrote down…"), "cut to 40 characters");
    let page = Page::read(&html);
    let logo = page.all("img").next().expect("a logo");
    assert_eq!(
        (logo.get("src"), logo.get("alt"), logo.get("width")),
        (Some("https://pictures.example/logo.png"), Some("The Harbour Weekly"), Some("200"))
    );
    assert!(logo.within.iter().any(|name| name == "h1"), "it stands in place of the title");
}

#[test]
fn each_fault_of_a_theme_file_names_its_line_and_what_is_expected() {
    for (text, expected) in [
        (
            "\nbase = \"magasine\"",
            "theme.toml:2: `base` is `magasine`, expected one of \"quiet\", \"magazine\", \"compact\"; did you mean \
             \"magazine\"?",
        ),
        (
            "[fonts]\ntext = \"Georgia; color: red\"",
            "theme.toml:2: `text` is `Georgia; color: red`, expected names of fonts with commas between, the last one \
             serif, sans-serif or monospace",
        ),
        ("[widths]\nsheet = 900", "theme.toml:2: `sheet` is 900, expected 480 to 720"),
        (
            "[widths]\nsheet = 500\nlead = 600",
            "theme.toml:3: `lead` is 600, expected 120 to 500, or 0 for none",
        ),
        ("[layout]\nsummary = 7", "theme.toml:2: `summary` is 7, expected 40 to 500, or 0 for none"),
        (
            "[logo]\nurl = \"logo.png\"\nwidth = 200\nheight = 40",
            "theme.toml:2: `url` is `logo.png`, expected an address that begins with https://",
        ),
        ("[widths]\nwide = 1", "theme.toml:2: unknown field `wide`, expected one of `sheet`, `lead`, `card`"),
        (
            "[layout]\n\ncards = \"rows\"",
            "theme.toml:3: unknown variant `rows`, expected one of `beside`, `above`, `pairs`, `lines`",
        ),
    ] {
        let dir = folder(&[("theme.toml", text)]);
        assert_eq!(complaint(dir.path()), expected, "{text}");
    }
    let dir = folder(&[("mail.css", ".title {\n font: 14px/20px var(--font-titel) }")]);
    assert_eq!(
        complaint(dir.path()),
        "mail.css:2: theme.toml has no `font-titel`, expected font-display, font-text, font-label, width-sheet or width-half"
    );
}
