//! Readers on the command line: who comes, who left, and that an export brings both back as they were.

use crate::cli::{Folder, configuration, text};

/// A folder with a configuration of the list `readers` and whatever `more` adds.
fn desk(more: &str) -> Folder {
    let folder = Folder::new();
    folder.write("config.toml", &(configuration("https://news.example/feed") + more));
    folder
}

fn sorted(csv: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = csv.lines().collect();
    lines.sort_unstable();
    lines
}

const SECOND: &str = "\n[lists.weekly]\ntitle = \"Weekly\"\n";

#[test]
fn readers_come_and_go_as_csv() {
    let folder = Folder::new();
    folder.write("config.toml", &configuration("https://news.example/feed"));
    folder.write("in.csv", "name,email\n\"Lee, Ann\",ann@a.example\nBob,bob@b.example\n,nonsense\n");
    let said = folder.ok(&["subscribers", "import", "in.csv"]);
    assert!(said.contains("2 new") && said.contains("1 not understood"), "{said}");
    let csv = folder.ok(&["subscribers", "export"]);
    assert!(csv.contains("ann@a.example,\"Lee, Ann\",readers,confirmed"), "{csv}");
    folder.ok(&["subscribers", "remove", "bob@b.example"]);
    let again = folder.ok(&["subscribers", "import", "in.csv"]);
    assert!(again.contains("1 left earlier"), "nobody who left is brought back: {again}");
    assert!(folder.ok(&["subscribers", "show", "bob@b.example"]).contains("unsubscribed"));
    let lists: serde_json::Value = serde_json::from_str(&folder.ok(&["lists", "list", "--json"])).unwrap();
    assert_eq!(
        (&lists[0]["unsubscribed"], &lists[0]["reasons_for_leaving"]),
        (&1.into(), &serde_json::json!({}))
    );
    let refused = folder.refused(1, &["subscribers", "add", "bob@b.example"]);
    assert!(refused.contains("only the reader's own hand"), "{refused}");
}

#[test]
fn an_import_keeps_where_and_how_readers_asked_for_letters() {
    let folder = desk("");
    folder.write("in.csv", "email,consent\nann@a.example,shop till\nbob@b.example,\n");
    let import = ["subscribers", "import", "in.csv", "--consent", "form on a.example, 2024"];
    folder.ok(&import);
    let shown = |reader: &str| folder.ok(&["subscribers", "show", reader]);
    assert!(
        shown("ann@a.example").contains("readers: confirmed (consent: shop till)"),
        "{}",
        shown("ann@a.example")
    );
    assert!(shown("bob@b.example").contains("(consent: form on a.example, 2024)"));
    folder.write("in.csv", "email,consent\nann@a.example,a later word\n");
    folder.ok(&import);
    let csv = folder.ok(&["subscribers", "export"]);
    assert!(csv.contains("ann@a.example,,readers,confirmed,,shop till"), "what was said first stays: {csv}");
    folder.write("in.csv", "email\ncy@c.example\n");
    folder.ok(&["subscribers", "import", "in.csv"]);
    assert!(!shown("cy@c.example").contains("consent"));
    folder.write("in.csv", "email,consent\ncy@c.example,\"=cmd\n fair\"\n");
    folder.ok(&import);
    assert!(shown("cy@c.example").contains("(consent: =cmd fair)"), "told later: {}", shown("cy@c.example"));
    assert!(folder.ok(&["subscribers", "export"]).contains("'=cmd fair"), "no formula in a spreadsheet");
}

#[test]
fn an_export_brings_everybody_back_into_a_fresh_database_as_they_were() {
    let old = desk(SECOND);
    old.write(
        "readers.csv",
        "email,name,state\nann@a.example,'=1+1,\nbob@b.example,,pending\ncy@c.example,,\n",
    );
    old.ok(&["subscribers", "import", "readers.csv", "--list", "readers"]);
    old.ok(&["subscribers", "add", "cy@c.example", "--list", "weekly"]);
    old.ok(&["subscribers", "remove", "cy@c.example", "--list", "readers"]);
    assert!(old.ok(&["subscribers", "show", "ann@a.example"]).contains("ann@a.example =1+1"));
    let csv = old.ok(&["subscribers", "export"]);
    assert!(csv.contains("cy@c.example,,readers,unsubscribed"), "{csv}");

    let new = desk(SECOND);
    new.write("all.csv", &csv);
    let said = new.ok(&["subscribers", "import", "all.csv"]);
    assert!(said.contains("readers: 2 new, 0 known, 1 left") && said.contains("weekly: 1 new"), "{said}");
    assert_eq!(sorted(&new.ok(&["subscribers", "export"])), sorted(&csv));
    new.write("again.csv", "email\ncy@c.example\n");
    assert!(new.ok(&["subscribers", "import", "again.csv", "--list", "readers"]).contains("1 left earlier"));
}

#[test]
fn a_list_on_the_command_line_takes_no_rows_of_another_list() {
    let folder = desk(SECOND);
    folder.write(
        "in.csv",
        "email,list\nann@a.example,weekly\nbob@b.example,readers\ncy@c.example,\nd@d.example,daily\n",
    );
    let said = folder.ok(&["subscribers", "import", "in.csv", "--list", "weekly"]);
    assert!(said.contains("weekly: 2 new") && said.contains("2 rows of other lists"), "{said}");
    let output = folder.run(&["subscribers", "import", "in.csv"]);
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(said.contains("readers: 1 new") && said.contains("2 not understood"), "{said}");
    assert!(told.contains("line 4: no list is named") && told.contains("line 5: the list is none"), "{told}");
}

#[test]
fn a_state_that_is_none_makes_nobody_a_reader() {
    let folder = desk("");
    folder.write("in.csv", "email,state\nann@a.example,bounced\nbob@b.example,Confirmed\n");
    let output = folder.run(&["subscribers", "import", "in.csv"]);
    assert!(text(&output.stdout).contains("1 new") && text(&output.stdout).contains("1 not understood"));
    assert!(text(&output.stderr).contains("line 2: the state is none of"), "{}", text(&output.stderr));
}

#[test]
fn an_unclosed_quote_is_told_with_its_line_and_loses_nobody_else() {
    let folder = desk("");
    let many: String = (0..5_000).map(|n| format!("reader{n}@a.example,Reader {n}\n")).collect();
    folder.write("in.csv", &format!("email,name\nann@a.example,\"Ann\n{many}"));
    let output = folder.run(&["subscribers", "import", "in.csv"]);
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(said.contains("5000 new") && said.contains("1 not understood"), "{said}");
    assert!(told.contains("line 2: a quote that opens here"), "{told}");
}

#[test]
fn columns_are_named_by_the_command_tried_dry_and_bad_rows_come_back_as_a_file() {
    let folder = desk("");
    folder.write("in.csv", "Kunde;Kontakt;state\nAnn Lee;ann@a.example;VIP\nBob;\"no; address\";x\n");
    let options = ["--column", "email=Kontakt", "--column", "name=1", "--column", "state="];
    let import = [&["subscribers", "import", "in.csv", "--errors", "bad.csv"][..], &options].concat();
    let said = folder.ok(&[&import[..], &["--dry-run"]].concat());
    assert!(said.contains("1 new") && said.contains("1 not understood"), "{said}");
    assert_eq!(folder.ok(&["subscribers", "list"]), "", "a dry run changes nothing");
    let bad = std::fs::read_to_string(folder.path("bad.csv")).unwrap();
    assert_eq!(bad, "line,error,row\n3,an address has the form name@domain,Bob,no; address,x\n");
    folder.ok(&import);
    assert!(folder.ok(&["subscribers", "list"]).contains("ann@a.example\treaders (confirmed)\tAnn Lee"));
    let refused = folder.refused(2, &["subscribers", "import", "in.csv", "--column", "mail=Kontakt"]);
    assert!(refused.contains("`mail` is none of email, name, list, state, zone and consent"), "{refused}");
    let refused = folder.refused(1, &["subscribers", "import", "in.csv", "--column", "email=Adresse"]);
    assert!(
        refused.contains("no column is called `adresse`; the columns are: kunde, kontakt, state"),
        "{refused}"
    );
}

#[test]
fn a_whole_domain_is_suppressed_and_lifted_from_the_command_line() {
    let folder = desk("");
    folder.ok(&["subscribers", "add", "ann@a.example"]);
    folder.ok(&["suppressions", "add", "@A.example", "--reason", "they asked"]);
    assert!(folder.ok(&["suppressions", "list"]).starts_with("@a.example\t"));
    let refused = folder.refused(1, &["subscribers", "add", "bob@a.example"]);
    assert!(refused.contains("they asked"), "{refused}");
    let refused = folder.refused(2, &["suppressions", "add", "sha256:12"]);
    assert!(refused.contains("64 hexadecimal digits"), "{refused}");
    folder.ok(&["suppressions", "remove", "@a.example"]);
    folder.ok(&["subscribers", "add", "bob@a.example"]);
}

#[test]
fn a_suppressed_address_is_listed_with_its_reason_until_it_is_lifted() {
    let folder = desk("");
    folder.ok(&["suppressions", "add", "ann@a.example", "--reason", "she wrote to us"]);
    assert!(folder.refused(1, &["suppressions", "add", "Ann@a.example"]).contains("was suppressed before"));
    assert!(folder.refused(1, &["subscribers", "add", "ann@a.example"]).contains("is suppressed"));
    let listed = folder.ok(&["suppressions", "list"]);
    assert!(listed.contains("ann@a.example") && listed.contains("she wrote to us"), "{listed}");
    let value: serde_json::Value =
        serde_json::from_str(&folder.ok(&["suppressions", "list", "--json"])).unwrap();
    assert_eq!(value["reason"], "she wrote to us");
    folder.ok(&["suppressions", "remove", "ann@a.example"]);
    assert!(folder.refused(1, &["suppressions", "remove", "ann@a.example"]).contains("is not suppressed"));
    assert_eq!(folder.ok(&["suppressions", "list"]), "");
    folder.ok(&["subscribers", "add", "ann@a.example"]);
}

#[test]
fn a_forgotten_reader_is_in_no_list_and_no_file() {
    let folder = desk("");
    folder.ok(&["subscribers", "add", "ann@a.example", "--name", "Ann Lee"]);
    folder.ok(&["subscribers", "forget", "ann@a.example"]);
    assert!(folder.refused(1, &["subscribers", "show", "ann@a.example"]).contains("not a subscriber"));
    assert!(folder.refused(1, &["subscribers", "forget", "ann@a.example"]).contains("not a subscriber"));
    assert_eq!(folder.ok(&["subscribers", "list"]), "");
    assert_eq!(folder.ok(&["subscribers", "export"]), "email,name,list,state,zone,consent\n");
}
