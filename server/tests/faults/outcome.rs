//! Running the program and judging what it prints.

use super::lab;
use super::namespace::Namespace;
use serde_json::Value;
use std::fmt::Write;
use std::process::{Command, Output};
use std::time::Instant;

/// What a run must conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) outcome: &'static str,
    pub(crate) cause: Option<&'static str>,
    pub(crate) family: Option<&'static str>,
    pub(crate) step: Option<u64>,
}

/// A cause with its family and step.
pub(crate) const fn cause(cause: &'static str, family: &'static str, step: u64) -> Expected {
    Expected { outcome: "cause", cause: Some(cause), family: Some(family), step: Some(step) }
}

/// An outcome without a cause.
pub(crate) const fn no_cause(outcome: &'static str) -> Expected {
    Expected { outcome, cause: None, family: None, step: None }
}

/// Runs `gatewatch diagnose` with these arguments.
pub(crate) fn gatewatch(namespace: Option<&Namespace>, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_gatewatch");
    let mut command = namespace.map_or_else(|| Command::new(program), |namespace| namespace.command(program));
    command.arg("diagnose").args(arguments).output().expect("the program was built with the tests")
}

/// Runs it with `--json` and checks the conclusion and the contract. In the lab also with evidence taken away.
pub(crate) fn diagnose(namespace: Option<&Namespace>, arguments: &[&str], expected: Expected) -> Value {
    let case = lab::case();
    let run = diagnose_in(lab::FULL, &case, namespace, arguments, expected);
    lab::without_evidence(&case, namespace, arguments, expected, &run);
    run
}

/// The same in a setting of its own.
pub(crate) fn diagnose_in(
    setting: &str,
    case: &str,
    namespace: Option<&Namespace>,
    arguments: &[&str],
    expected: Expected,
) -> Value {
    let begun = Instant::now();
    let output = gatewatch(namespace, &[arguments, &["--json"]].concat());
    let took = begun.elapsed();
    lab::record(case, setting, expected, &serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), took);
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let run: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}\n{errors}"));
    let verdict = &run["verdict"];
    let found =
        (verdict["outcome"].as_str(), verdict["cause"].as_str(), verdict["family"].as_str(), verdict["step"].as_u64());
    let wanted = (Some(expected.outcome), expected.cause, expected.family, expected.step);
    assert!(found == wanted, "found {found:?}, not {wanted:?}\n{}\n{errors}", told(&run));
    let code = i32::from(!matches!(expected.outcome, "healthy" | "transient"));
    assert_eq!(output.status.code(), Some(code), "{}", told(&run));
    check_contract(&run);
    run
}

/// The run as text, for a failure's message.
fn told(run: &Value) -> String {
    let mut text = format!("{}\n", serde_json::to_string_pretty(&run["verdict"]).unwrap_or_default());
    for step in run["steps"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "{} {} {}: {}", step["step"], step["state"], step["duration_ms"], step["summary"]);
        for fact in step["facts"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "    {} {} {}", fact["id"], fact["kind"], fact["text"]);
        }
        for skipped in step["skipped"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "    skipped: {} ({})", skipped["check"], skipped["reason"]);
        }
    }
    text
}

/// What every run's object must hold.
fn check_contract(run: &Value) {
    assert_eq!(run["schema"], 1);
    assert_eq!(run["state"], "finished");
    let steps = run["steps"].as_array().expect("steps is a list");
    let names: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(names, ["refresh", "server", "dns", "logs", "network", "upstream"]);
    let mut ids = std::collections::BTreeSet::new();
    for (number, step) in (1..).zip(steps) {
        assert_eq!(step["number"], number);
        let state = step["state"].as_str().unwrap_or_default();
        assert!(["ok", "fault", "warning", "skipped", "error"].contains(&state), "{state}");
        for fact in step["facts"].as_array().expect("facts is a list") {
            assert!(ids.insert(fact["id"].as_str().expect("an id is text").to_owned()), "{fact}");
            assert!(fact["kind"].is_string() && fact["value"].is_object() && fact["step"] == number, "{fact}");
            assert!(!fact["text"].as_str().unwrap_or_default().is_empty(), "{fact}");
        }
    }
    for id in run["verdict"]["because"].as_array().into_iter().flatten() {
        assert!(ids.contains(id.as_str().unwrap_or_default()), "{id} is no fact");
    }
    // 15 s are promised; a machine that does much else at the same time may be late, a run without a bound would not end.
    assert!(run["duration_ms"].as_u64().expect("it has a duration") < 60_000);
}

/// The verdict has to be proven.
#[track_caller]
pub(crate) fn proven(run: &Value) {
    assert!(strength(run) == "proven", "it is only {}\n{}", strength(run), told(run));
}

/// The strength of the verdict.
pub(crate) fn strength(run: &Value) -> &str {
    run["verdict"]["strength"].as_str().unwrap_or_default()
}

/// What the run's facts of this kind hold.
pub(crate) fn facts<'r>(run: &'r Value, kind: &str) -> Vec<&'r Value> {
    let steps = run["steps"].as_array().into_iter().flatten();
    let facts = steps.flat_map(|step| step["facts"].as_array().into_iter().flatten());
    facts.filter(|fact| fact["kind"] == kind).map(|fact| &fact["value"]).collect()
}
