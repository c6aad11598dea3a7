//! How each cause is known: measured (a fault of `tests/faults` expects it), recorded (its page has a case that a real
//! program wrote, with its source), or only written. Inference never calls a written one proven; the list that it goes
//! by is held here. `UPDATE_WRITTEN=1 cargo test -p gatewatch-server --test method` writes it anew.

use super::pages;
use server::diagnose::CAUSES;
use server::diagnose::infer::WRITTEN;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Tests that expect causes without showing them: facts that were pasted, and faults that cannot be seen from here.
const NOT_MEASURED: &[&str] = &["elsewhere.rs", "given.rs"];

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The causes that the faults expect: `cause("id", …`.
fn measured() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![path("tests/faults")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the faults are there").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if name.ends_with(".rs") && !NOT_MEASURED.contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).expect("a test can be read");
                for rest in text.split("cause(").skip(1) {
                    let id = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                    found.extend(id.map(str::to_owned));
                }
            }
        }
    }
    found
}

fn recorded(id: &str) -> bool {
    pages::of_cause(id).iter().any(|case| case.cause() == Some(id) && case.is_recorded())
}

#[test]
fn the_list_of_written_causes_is_true() {
    let measured = measured();
    let mut table = String::new();
    let mut counts = [0_usize; 3];
    let mut written = Vec::new();
    for cause in CAUSES {
        let id = cause.text.id;
        let (place, word) = if measured.contains(id) {
            (0, "measured")
        } else if recorded(id) {
            (1, "recorded")
        } else {
            written.push(id);
            (2, "written")
        };
        counts[place] += 1;
        let _ = writeln!(table, "{id:<44} {word}");
    }
    let _ = writeln!(
        table,
        "\n{} causes: {} measured, {} recorded, {} written",
        CAUSES.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    if let Some(file) = std::env::var_os("GATEWATCH_COVERAGE") {
        std::fs::write(file, &table).expect("GATEWATCH_COVERAGE can be written");
    }
    println!("{table}");
    written.sort_unstable();
    if std::env::var_os("UPDATE_WRITTEN").is_some() {
        update(&written);
    }
    assert_eq!(
        WRITTEN, written,
        "the list is not true; UPDATE_WRITTEN=1 cargo test -p gatewatch-server --test method writes it anew"
    );
}

fn update(written: &[&str]) {
    let path = path("src/diagnose/infer/written.rs");
    let text = std::fs::read_to_string(&path).expect("the list is there");
    let (before, _) = text.split_once("&[&str] = &[").expect("the list is written otherwise now");
    let mut text = format!("{before}&[&str] = &[");
    if !written.is_empty() {
        text.push('\n');
    }
    for id in written {
        let _ = writeln!(text, "    \"{id}\",");
    }
    text.push_str("];\n");
    std::fs::write(path, text).expect("the list can be written");
}
