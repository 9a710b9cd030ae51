//! Import of a CSV file with a million readers into SQLite: time and memory, as ratios to 100,000 of them.
//!
//! `cargo bench --bench import`

mod common;

use common::{Run, pressrun, readers, run};

fn import(n: usize) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("config.toml"), "[lists.readers]\ntitle = \"Readers\"\n")
        .expect("a file");
    readers(&folder.path().join("in.csv"), n);
    run(&mut pressrun(folder.path(), &["subscribers", "import", "in.csv"]))
}

fn main() {
    for n in [100_000, 1_000_000] {
        let Run { took, peak_mb } = import(n);
        let rate = n as f64 / took.as_secs_f64();
        println!(
            "import of {n:>9} readers: {:6.2} s, {rate:>9.0} rows/s, peak {peak_mb:.0} MB",
            took.as_secs_f64()
        );
    }
}
