//! The unit file: what systemd says of it, and where it points.

use std::process::Command;

use crate::cli::{Folder, text};
use crate::parts;

/// The value of a key of the unit file.
fn value<'u>(unit: &'u str, key: &str) -> &'u str {
    let found = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {key} in\n{unit}"))
}

#[test]
fn the_unit_file_runs_this_program_on_its_configuration_and_opens_its_folder_alone() {
    let folder = Folder::new();
    let unit = folder.ok(&["manual", "--systemd"]);
    let program = env!("CARGO_BIN_EXE_pressrun");
    assert_eq!(value(&unit, "ExecStart"), format!("{program} --config /var/lib/pressrun/config.toml run"));
    assert_eq!(value(&unit, "WorkingDirectory"), "/var/lib/pressrun");
    assert_eq!(value(&unit, "StateDirectory"), "pressrun");
    assert!(!unit.contains("ReadWritePaths") && !unit.contains('{'), "{unit}");
    assert_eq!((value(&unit, "Type"), value(&unit, "Restart")), ("notify", "always"));

    let here = folder.0.path().canonicalize().unwrap();
    let unit = folder.ok(&["--config", here.join("press.toml").to_str().unwrap(), "manual", "--systemd"]);
    assert_eq!(value(&unit, "ReadWritePaths"), here.to_str().unwrap());
    assert!(value(&unit, "ExecStart").contains(&format!("--config {}/press.toml run", here.display())));
    assert!(!unit.contains("StateDirectory="), "{unit}");

    let told = folder.refused(1, &["--config", "a b/config.toml", "manual", "--systemd"]);
    assert!(told.contains("cannot stand in a unit file"), "{told}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit_file() {
    if parts::absent("systemd") {
        return;
    }
    let folder = Folder::new();
    folder.write("pressrun.service", &folder.ok(&["manual", "--systemd"]));
    let verified =
        Command::new("systemd-analyze").arg("verify").arg(folder.path("pressrun.service")).output();
    let missing =
        "systemd-analyze is not here: install it with tests/run, or name it in PRESSRUN_TEST_WITHOUT=systemd";
    let verified = verified.unwrap_or_else(|error| panic!("{missing} ({error})"));
    let said = text(&verified.stderr);
    // Other units of the machine may have faults of their own.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("pressrun")).collect();
    assert!(ours.is_empty(), "{}", ours.join("\n"));
    let secure = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=30", "--no-pager"])
        .arg(folder.path("pressrun.service"))
        .output()
        .unwrap();
    assert!(secure.status.success(), "{}{}", text(&secure.stdout), text(&secure.stderr));
}
