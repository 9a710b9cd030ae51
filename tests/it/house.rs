//! The plan of the house: who may know whom, and how large a room may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may import; `templates` is the crate beside this one.
const PLAN: [(&str, &[&str]); 11] = [
    ("model", &[]),
    ("collect", &["model"]),
    ("compose", &["model"]),
    ("render", &["model", "templates"]),
    ("deliver", &["model"]),
    ("store", &["model"]),
    ("tell", &["model"]),
    ("config", &["model"]),
    ("press", &["model", "collect", "compose", "render", "deliver", "store", "tell"]),
    ("web", &["model", "templates", "store", "render", "compose"]),
    (
        "cli",
        &[
            "model",
            "collect",
            "compose",
            "config",
            "deliver",
            "press",
            "render",
            "store",
            "templates",
            "tell",
            "web",
        ],
    ),
];

/// Crates that a room must not know, however it came by them.
const NEVER: [(&str, &[&str]); 8] = [
    ("model", &["sqlx", "axum", "lettre", "reqwest", "tokio", "maud", "config"]),
    ("collect", &["sqlx", "axum", "lettre"]),
    ("compose", &["sqlx", "axum", "lettre", "reqwest", "tokio"]),
    ("render", &["sqlx", "axum", "lettre", "reqwest", "tokio"]),
    ("deliver", &["sqlx", "axum", "reqwest"]),
    ("tell", &["sqlx", "axum", "lettre"]),
    ("store", &["axum", "lettre", "reqwest"]),
    ("press", &["sqlx", "axum", "lettre", "reqwest", "clap"]),
];

const LARGEST_FILE: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the project.
fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first names after `crate::`, grouped imports included, comments left out.
fn imports(code: &str) -> BTreeSet<String> {
    let code: String =
        code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, m)| (at, &code[at + m.len()..])) {
        match rest.strip_prefix('{') {
            None => {
                found.insert(name(rest));
            }
            Some(group) => {
                let group = &group[..group.find("};").unwrap_or(group.len())];
                found.extend(group.split([',', '\n']).map(|part| name(part.trim())));
            }
        }
    }
    found
}

fn uses_crate(code: &str, name: &str) -> bool {
    code.lines().filter(|l| !l.trim_start().starts_with("//")).any(|l| {
        l.match_indices(&format!("{name}::")).any(|(at, _)| {
            let before = l[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') || l[..at].ends_with(" ::")
        })
    })
}

#[test]
fn no_room_imports_a_room_that_it_may_not_know() {
    let rooms: BTreeSet<&str> = PLAN.iter().map(|(room, _)| *room).chain(["templates"]).collect();
    let mut broken = Vec::new();
    for (room, allowed) in PLAN {
        for file in files(&root().join("src").join(room)) {
            let code = fs::read_to_string(&file).unwrap();
            let mut known = imports(&code);
            if uses_crate(&code, "templates") {
                known.insert("templates".to_owned());
            }
            for other in known.iter().filter(|k| rooms.contains(k.as_str()) && *k != room) {
                if !allowed.contains(&other.as_str()) {
                    broken.push(format!("{} imports {other}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "against the plan of the house:\n{}", broken.join("\n"));
}

#[test]
fn every_room_is_on_the_plan() {
    let planned: BTreeSet<String> = PLAN.iter().map(|(room, _)| (*room).to_owned()).collect();
    let built: BTreeSet<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .map(|p| p.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(built, planned);
}

#[test]
fn no_room_uses_a_crate_that_belongs_elsewhere() {
    let mut broken = Vec::new();
    for (room, never) in NEVER {
        for file in files(&root().join("src").join(room)) {
            let code = fs::read_to_string(&file).unwrap();
            let found = never.iter().filter(|name| uses_crate(&code, name));
            broken.extend(found.map(|name| format!("{} uses {name}", file.display())));
        }
    }
    assert!(broken.is_empty(), "against the plan of the house:\n{}", broken.join("\n"));
}

#[test]
fn templates_know_maud_and_nobody_of_ours() {
    for file in files(&root().join("templates")) {
        let code = fs::read_to_string(&file).unwrap();
        assert!(!uses_crate(&code, "pressrun"), "{} knows pressrun", file.display());
    }
    let manifest = fs::read_to_string(root().join("templates/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    let names: Vec<_> =
        dependencies.lines().filter_map(|l| l.split_once('=')).map(|(n, _)| n.trim()).collect();
    assert_eq!(names, ["maud"]);
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let folders = ["src", "templates", "tests", "benches"];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| files(&root().join(folder)))
        .map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > LARGEST_FILE)
        .map(|(lines, file)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "longer than {LARGEST_FILE} lines:\n{}", long.join("\n"));
}
