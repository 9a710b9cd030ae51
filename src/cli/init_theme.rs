//! `pressrun init --theme`: the files of a built-in look in a folder, to be changed.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use templates::theme::{Dress, LOOKS, PAGE_CSS, README, WORDS};

use super::{init, output};

pub(super) fn run(look: &str, dir: &Path) -> anyhow::Result<ExitCode> {
    let Some(dress) = LOOKS.iter().find(|dress| dress.name == look) else {
        let names: Vec<_> = LOOKS.iter().map(|dress| dress.name).collect();
        bail!("there is no look `{look}`; there are: {}", names.join(", "));
    };
    if std::fs::read_dir(dir).is_ok_and(|mut inside| inside.next().is_some()) {
        bail!(
            "{} has files already; name a folder that is new: pressrun init --theme {look} DIR",
            dir.display()
        );
    }
    std::fs::create_dir_all(dir.join("words"))
        .with_context(|| format!("{} cannot be made", dir.display()))?;
    for (name, text) in files(dress) {
        init::write(&dir.join(name), &text, false)?;
    }
    output::say(&format!("wrote {}", dir.display()))?;
    eprintln!("next, in config.toml under the digest:\n  theme = {:?}", folder(dir));
    eprintln!(
        "then look at it with `pressrun preview`; {} says what is in which file",
        dir.join("README.md").display()
    );
    Ok(ExitCode::SUCCESS)
}

/// What the configuration calls the folder: never what a built-in look is called.
fn folder(dir: &Path) -> String {
    let name = dir.display().to_string();
    if LOOKS.iter().any(|dress| dress.name == name) { format!("./{name}") } else { name }
}

fn files(dress: &Dress) -> Vec<(String, String)> {
    let readme = README.replace("{look}", dress.name).replace("{about}", dress.about);
    let rest = [
        ("theme.toml", dress.theme),
        ("palette.toml", dress.palette),
        ("mail.css", dress.mail_css),
        ("page.css", PAGE_CSS),
    ];
    let rest = rest.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let words = WORDS.iter().map(|(language, text)| (format!("words/{language}.toml"), (*text).to_owned()));
    std::iter::once(("README.md".to_owned(), readme)).chain(rest).chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Theme;

    #[test]
    fn what_is_written_is_the_look_itself_and_says_so() {
        for dress in LOOKS {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join("own");
            run(dress.name, &folder).unwrap();
            assert!(Theme::from_folder(&folder).is_ok(), "{}", dress.name);
            let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
            assert!(readme.contains(dress.name) && !readme.contains('{'), "{}", dress.name);
            let refused = run(dress.name, &folder).unwrap_err().to_string();
            assert!(refused.contains("has files already"), "{refused}");
        }
    }

    #[test]
    fn a_folder_is_never_called_like_a_look() {
        assert_eq!(folder(Path::new("magazine")), "./magazine");
        assert_eq!(folder(Path::new("own/magazine")), "own/magazine");
    }
}
