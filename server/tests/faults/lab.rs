//! What `cargo xtask lab` reads: one JSON line for every case and setting. Each fault is described once, in its test.
//!
//! With `GATEWATCH_LAB=FILE` every `diagnose` appends what was expected and what was found, and then asks again with
//! evidence taken away: logs that cannot be read, another user than root, a configuration that cannot be read. There
//! nothing is asserted; the lab counts, and a wrong "proven" fails it.

use super::namespace::{Namespace, is_root};
use super::outcome::Expected;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// All evidence there is.
pub(crate) const FULL: &str = "all evidence";
/// The upstream is on another host than the gateway, which nobody can look into.
pub(crate) const ELSEWHERE: &str = "upstream on another host";

/// Where the lines go, if the lab runs.
fn file() -> Option<&'static PathBuf> {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    FILE.get_or_init(|| std::env::var_os("GATEWATCH_LAB").map(PathBuf::from)).as_ref()
}

thread_local! {
    /// How often a test has asked; several cases of one test have numbers.
    static ASKED: RefCell<BTreeMap<String, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// The test's name, with a number from its second question on.
pub(crate) fn case() -> String {
    let test = std::thread::current().name().unwrap_or("main").to_owned();
    let number = ASKED.with_borrow_mut(|asked| {
        let number = asked.entry(test.clone()).or_default();
        *number += 1;
        *number
    });
    if number == 1 { test } else { format!("{test} #{number}") }
}

/// Appends one line. `run` is `Null` where the program did not print a run.
pub(crate) fn record(case: &str, setting: &str, expected: Expected, run: &Value, took: Duration) {
    let Some(file) = file() else { return };
    let verdict = &run["verdict"];
    let findings = run["findings"].as_array().into_iter().flatten();
    let proven: Vec<&Value> = findings.clone().filter(|f| f["strength"] == "proven").map(|f| &f["cause"]).collect();
    let line = json!({
        "case": case,
        "setting": setting,
        "expected": {"outcome": expected.outcome, "cause": expected.cause, "family": expected.family},
        "outcome": verdict["outcome"],
        "cause": verdict["cause"],
        "family": verdict["family"],
        "strength": verdict["strength"],
        "top3": findings.clone().take(3).map(|f| f["cause"].clone()).collect::<Vec<_>>(),
        "proven": proven,
        "still_unknown": verdict["still_unknown"].as_array().map_or(0, Vec::len),
        "skipped": run["steps"].as_array().into_iter().flatten().filter_map(|s| Some(s["skipped"].as_array()?.len())).sum::<usize>(),
        "ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    let mut out = OpenOptions::new().create(true).append(true).open(file).expect("GATEWATCH_LAB names a file");
    // One write, so that lines of tests side by side do not mix.
    out.write_all(format!("{line}\n").as_bytes()).expect("GATEWATCH_LAB can be written");
}

/// Asks again with evidence taken away. `run` is the run with all of it.
pub(crate) fn without_evidence(
    case: &str,
    namespace: Option<&Namespace>,
    arguments: &[&str],
    expected: Expected,
    run: &Value,
) {
    if file().is_none() || !is_root() {
        return;
    }
    let facts =
        || run["steps"].as_array().into_iter().flatten().flat_map(|s| s["facts"].as_array().into_iter().flatten());
    let paths = |kind: &str, key: &str| -> Vec<PathBuf> {
        let of_kind = facts().filter(|fact| fact["kind"] == kind);
        of_kind.filter_map(|fact| fact["value"][key].as_str()).map(PathBuf::from).collect()
    };
    // A user that is not root may not read other users' files whatever their bits say; root without these two
    // capabilities may not either, and sees all the rest.
    let blind: &[&str] =
        &["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    let nobody: &[&str] = &["--reuid=65534", "--regid=65534", "--clear-groups"];
    let settings = [
        ("logs unreadable", blind, paths("log-read", "path"), "--log"),
        ("not root", nobody, Vec::new(), ""),
        ("no configuration", blind, paths("gateway", "config"), "--gateway-config"),
    ];
    for (setting, drop, hidden, option) in settings {
        let hidden: Vec<Hidden> = hidden.into_iter().filter_map(Hidden::hide).collect();
        let begun = Instant::now();
        let output = command(namespace, drop).args(without(arguments, option)).arg("--json").output();
        let took = begun.elapsed();
        drop_all(hidden);
        let output = output.unwrap_or_else(|error| panic!("util-linux' setpriv is needed for the lab: {error}"));
        let run = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        record(case, setting, expected, &run, took);
    }
}

fn drop_all(hidden: Vec<Hidden>) {
    hidden.into_iter().for_each(drop);
}

/// The arguments without an option and its value.
fn without<'a>(arguments: &[&'a str], option: &str) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if !option.is_empty() && *argument == option {
            arguments.next();
        } else {
            kept.push(*argument);
        }
    }
    kept
}

/// `gatewatch diagnose` with fewer rights, wherever the program lies: it is handed over open, because another user may
/// not be able to enter the folder.
pub(crate) fn command(namespace: Option<&Namespace>, drop: &[&str]) -> Command {
    static PROGRAM: OnceLock<File> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let program = File::open(env!("CARGO_BIN_EXE_gatewatch")).expect("the program was built with the tests");
        rustix::io::fcntl_setfd(&program, rustix::io::FdFlags::empty()).expect("it is open");
        program
    });
    let mut command = namespace.map_or_else(|| Command::new("setpriv"), |namespace| namespace.command("setpriv"));
    command.args(drop).arg(format!("/proc/self/fd/{}", program.as_raw_fd())).arg("diagnose");
    command
}

/// A file that nobody may read for a while.
struct Hidden {
    path: PathBuf,
    before: Permissions,
}

impl Hidden {
    fn hide(path: PathBuf) -> Option<Self> {
        // Only a test's own files: whatever else a run read stays as it is.
        if !path.starts_with(std::env::temp_dir()) {
            return None;
        }
        let before = std::fs::metadata(&path).ok()?.permissions();
        std::fs::set_permissions(&path, Permissions::from_mode(0o0)).ok()?;
        Some(Self { path, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        drop(std::fs::set_permissions(&self.path, self.before.clone()));
    }
}
