//! Rules of the layout, held by tests instead of by memory. Each failure names the file and what to do.
#![expect(clippy::disallowed_methods, reason = "these tests read the workspace's own files and ask cargo")]

use app::model::subscription::Occasion;
use app::model::{Channel, Class, FaultKind, Impact, Origin, Outcome, Phase, RunState, Source, State, Step};
use app::model::{Family, StepState, Strength};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// No file is longer: one that is has more than one thing in it.
const MAX_LINES: usize = 600;
/// What a pure module may not mention: other programs, disks, clocks, or waiting for any of them.
const IMPURE: &[&str] = &["tokio", "sqlx", "reqwest", "std::fs", "SystemTime::now", ".await"];
/// Beneath folders of pure modules, files that are the doors to them.
const DOORS: &[&str] = &["server/src/gateways/discover.rs", "server/src/logs/tail.rs"];
/// What could not work in the browser or would make its module heavy.
const NOT_IN_BROWSER: &[&str] = &["tokio", "sqlx", "reqwest", "leptos_router"];
/// What our own code may not ask for there; Leptos names it, but nothing of it is linked.
const NOT_ASKED_FOR: &[&str] = &["regex"];
/// How SQL statements begin; upper case, as all of ours are.
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "VACUUM INTO ",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate has a parent folder").to_path_buf()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

/// Our own files beneath a folder whose names end so, with their paths from the root; no build output, no data.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, PathBuf)> {
    let (root, mut found) = (root(), Vec::new());
    let mut open = vec![root.join(folder)];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                let foreign = name.starts_with('.')
                    || ["target", "node_modules", "data", "corpora", "snapshots"].contains(&&*name);
                if !foreign {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let shown = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
                found.push((shown, path));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no files like {endings:?} beneath `{folder}`: this test looks in the wrong place");
    found
}

/// The lines that run in production: no comments, nothing after the first `#[cfg(test)]`.
fn production(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]").filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_test_file(shown: &str) -> bool {
    shown.ends_with("/tests.rs") || shown.contains("/tests/")
}

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

/// The module paths in backticks of the "Pure modules" paragraph in `server/src/lib.rs`, braces spread out.
fn pure_modules(lib: &str) -> Vec<String> {
    let docs = lib.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph: Vec<_> =
        docs.skip_while(|line| !line.starts_with("Pure modules")).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    // What stands before the list is prose.
    let paragraph = paragraph.split_once(": `").map_or(String::new(), |(_, list)| format!("`{list}"));
    let mut modules = Vec::new();
    for name in paragraph.split('`').skip(1).step_by(2) {
        match name.split_once("::{") {
            Some((parent, children)) => {
                let children = children.trim_end_matches('}').split(',');
                modules.extend(children.map(|child| format!("{parent}::{}", child.trim())));
            }
            None => modules.push(name.trim_end_matches("::*").to_owned()),
        }
    }
    modules
}

#[test]
fn the_list_of_pure_modules_is_understood() {
    let docs = "//! A.\n//!\n//! Pure modules take `now`: `a::{b, c}`,\n//! `d`, `e::*` parsers.\n//!\n//! `no`.\n";
    assert_eq!(pure_modules(docs), ["a::b", "a::c", "d", "e"]);
}

#[test]
fn pure_modules_mention_no_world() {
    let modules = pure_modules(&read(&root().join("server/src/lib.rs")));
    assert!(modules.len() >= 6, "server/src/lib.rs no longer lists the pure modules: {modules:?}");
    let sources = files("server/src", &[".rs"]);
    let (mut problems, mut seen) = (Vec::new(), 0);
    for module in &modules {
        let path = format!("server/src/{}", module.replace("::", "/"));
        let of_module = |shown: &str| shown == format!("{path}.rs") || shown.starts_with(&format!("{path}/"));
        let of_module: Vec<_> = sources.iter().filter(|(shown, _)| of_module(shown)).collect();
        if of_module.is_empty() {
            problems.push(format!("server/src/lib.rs names `{module}`, which is not there"));
        }
        for (shown, path) in of_module {
            if DOORS.contains(&shown.as_str()) || is_test_file(shown) {
                continue;
            }
            seen += 1;
            for (number, line) in production(&read(path)) {
                for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                    problems.push(format!("{shown}:{number} mentions `{word}`; move it to a module that may do that"));
                }
            }
        }
    }
    assert!(seen >= modules.len());
    assert_none(&problems, "pure modules take data and return data");
}

#[test]
fn every_cause_is_registered_and_told_in_examples() {
    let registered: BTreeSet<_> =
        server::diagnose::causes::CAUSES.iter().map(|cause| cause.text.id.to_owned()).collect();
    let mut problems = Vec::new();
    let mut on_disk = BTreeSet::new();
    for (shown, path) in files("server/src/diagnose/causes", &[".rs"]) {
        if is_test_file(&shown) {
            continue;
        }
        let id = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        if !registered.contains(&id) {
            problems.push(format!("{shown}: its cause `{id}` is not in CAUSES"));
        }
        let examples = path.with_file_name(format!("{id}.md"));
        if examples.is_file() {
            let text = read(&examples);
            let expects = |field: &str| text.lines().any(|line| line == format!("{field} = {id}"));
            if !expects("cause") {
                problems.push(format!("{shown}: {id}.md has no section that fits"));
            }
            if !expects("not") && !expects("unproven") {
                problems.push(format!("{shown}: {id}.md has no section with a near miss that must not fit"));
            }
        } else {
            problems.push(format!("{shown}: {id}.md with its examples is missing beside it"));
        }
        on_disk.insert(id);
    }
    problems
        .extend(registered.difference(&on_disk).map(|id| format!("CAUSES has `{id}`, which has no file of its own")));
    assert_none(&problems, "one cause is one file, one entry and one page of examples");
}

#[test]
fn no_file_is_long() {
    let mut problems = Vec::new();
    for folder in ["app", "server", "xtask", "migrations", "style", "tests/browser"] {
        for (shown, path) in files(folder, &[".rs", ".mjs", ".js", ".css", ".sql", ".md"]) {
            let lines = read(&path).lines().count();
            if lines > MAX_LINES {
                problems.push(format!("{shown} has {lines} lines; split it by what its parts do"));
            }
        }
    }
    assert_none(&problems, &format!("no file has over {MAX_LINES} lines"));
}

#[test]
fn every_source_says_what_it_is() {
    let mut problems = Vec::new();
    for folder in ["app", "server", "xtask"] {
        for (shown, path) in files(folder, &[".rs"]) {
            if !read(&path).starts_with("//! ") {
                problems.push(format!("{shown} does not begin with `//!` and what it is for"));
            }
        }
    }
    assert_none(&problems, "every source begins with its purpose");
}

#[test]
fn sql_stands_beneath_storage_only() {
    let mut problems = Vec::new();
    for (shown, path) in files("server/src", &[".rs"]).into_iter().chain(files("app/src", &[".rs"])) {
        let in_storage = shown.starts_with("server/src/storage/") || shown == "server/src/storage.rs";
        if in_storage || is_test_file(&shown) {
            continue;
        }
        for (number, line) in production(&read(&path)) {
            let quoted = line.contains('"') || line.trim_start().starts_with(|first: char| first.is_ascii_uppercase());
            if line.contains("sqlx::") || quoted && SQL.iter().any(|statement| line.contains(statement)) {
                problems.push(format!("{shown}:{number} speaks to the database; give `storage` a function for it"));
            }
        }
    }
    assert_none(&problems, "a second engine has to replace one folder only");
}

/// Names of the packages that the browser's module is made of, as deep as that below it.
fn browser_packages(depth: &str) -> BTreeSet<String> {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", "gatewatch-wasm", "--target", "wasm32-unknown-unknown"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", "--depth", depth])
        .current_dir(root())
        .output()
        .expect("cargo runs these tests");
    assert!(tree.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout);
    let names: BTreeSet<_> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(names.contains("gatewatch-app") && names.contains("leptos"), "the tree is not ours: {names:?}");
    names
}

#[test]
fn the_browser_gets_nothing_heavy() {
    let (all, asked_for) = (browser_packages("99"), browser_packages("2"));
    let heavy = NOT_IN_BROWSER.iter().filter(|name| all.contains(**name));
    let heavy: Vec<_> = heavy.chain(NOT_ASKED_FOR.iter().filter(|name| asked_for.contains(**name))).collect();
    assert!(heavy.is_empty(), "the browser's module depends on {heavy:?}; put that under `ssr` in app/Cargo.toml");
}

/// `(column, allowed codes)` of every `CHECK (column IN ('a', 'b'))`.
fn text_checks(sql: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for part in sql.split("CHECK (").skip(1) {
        let Some((column, rest)) = part.split_once(" IN (") else { continue };
        let Some((list, _)) = rest.split_once(')') else { continue };
        let is_name = column.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if is_name && list.contains('\'') {
            let codes = list.split(',').map(|code| code.trim().trim_matches('\'').to_owned()).collect();
            found.push((column.to_owned(), codes));
        }
    }
    found
}

/// `(column, largest)` of every `CHECK (column BETWEEN 0 AND n)` that stores an enum by its place in `ALL`.
fn number_checks(sql: &str) -> Vec<(String, usize)> {
    let parts = sql.split("CHECK (").skip(1);
    let checks = parts.filter_map(|part| {
        let (column, rest) = part.split_once(" BETWEEN 0 AND ")?;
        Some((column.to_owned(), rest.split_once(')')?.0.trim().parse().ok()?))
    });
    checks.collect()
}

/// Children of these elements are written as they are, by the framework: nothing that changes may stand in them.
#[test]
fn no_view_puts_text_where_it_is_not_escaped() {
    let raw = ["textarea", "script", "style", "noscript"];
    let mut problems = Vec::new();
    for (shown, path) in files("app/src", &[".rs"]) {
        for (number, line) in production(&read(&path)) {
            let opened = |name: &&&str| line.find(&format!("<{name}")).is_some_and(|at| holds_value(&line[at..], name));
            if let Some(name) = raw.iter().find(opened) {
                problems.push(format!("{shown}:{number}: <{name}> has a value in it; write it as `TextArea` does"));
            }
        }
    }
    assert_none(&problems, "what stands within textarea, script, style and noscript is not escaped");
    assert!(holds_value("<textarea name=\"x\">{value}</textarea>", "textarea"));
    assert!(!holds_value("<textarea name={name}></textarea>", "textarea"));
}

/// Whether a value stands directly within an element that ends on its line.
fn holds_value(line: &str, name: &str) -> bool {
    line.split_once(&format!("</{name}>")).is_some_and(|(element, _)| element.contains(">{"))
}

fn migrations() -> String {
    // Without comments, and with single spaces: a list may go over several lines.
    let lines: Vec<_> = files("migrations", &[".sql"])
        .iter()
        .flat_map(|(_, path)| {
            read(path).lines().map(|line| line.split("--").next().unwrap_or("").to_owned()).collect::<Vec<_>>()
        })
        .collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace("( '", "('")
}

#[test]
fn the_database_knows_the_same_codes() {
    fn codes<T: Copy>(all: &[T], code: fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|value| code(*value).to_owned()).collect()
    }
    let enums = [
        codes(Channel::ALL, Channel::as_str),
        codes(Class::ALL, Class::as_str),
        codes(Family::ALL, Family::as_str),
        codes(FaultKind::ALL, FaultKind::as_str),
        codes(Impact::ALL, Impact::as_str),
        codes(Occasion::ALL, Occasion::as_str),
        codes(Origin::ALL, Origin::as_str),
        codes(Outcome::ALL, Outcome::as_str),
        codes(Phase::ALL, Phase::as_str),
        codes(RunState::ALL, RunState::as_str),
        codes(Source::ALL, Source::as_str),
        codes(State::ALL, State::as_str),
        codes(Step::ALL, Step::as_str),
        codes(StepState::ALL, StepState::as_str),
        codes(Strength::ALL, Strength::as_str),
    ];
    let checks = text_checks(&migrations());
    assert!(!checks.is_empty(), "no CHECK list was understood in migrations/");
    for (column, list) in checks {
        let list: BTreeSet<_> = list.into_iter().collect();
        assert!(enums.contains(&list), "CHECK of `{column}` allows {list:?}, which are no enum's codes in app::model");
    }
}

#[test]
fn the_database_counts_the_same_values() {
    let mut counted = 0;
    for (column, largest) in number_checks(&migrations()) {
        let values = match column.as_str() {
            "class" => Class::ALL.len(),
            "fault_kind" => FaultKind::ALL.len(),
            "fault_origin" => Origin::ALL.len(),
            "state" => State::ALL.len(),
            _ => continue,
        };
        counted += 1;
        assert_eq!(largest + 1, values, "CHECK of `{column}` and its enum differ in how many values there are");
    }
    assert!(counted > 0, "no CHECK range was understood in migrations/");
}

#[test]
fn checks_are_found_in_sql() {
    let sql = "a TEXT CHECK (a IN ('x', 'y-z')), b INTEGER CHECK (b IN (0, 1)), c INTEGER CHECK (c BETWEEN 0 AND 4), CHECK ((a = 'x') = (b IS NULL))";
    assert_eq!(text_checks(sql), [("a".to_owned(), vec!["x".to_owned(), "y-z".to_owned()])]);
    assert_eq!(number_checks(sql), [("c".to_owned(), 4)]);
}
