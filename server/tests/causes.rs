//! Runs every `diagnose/causes/*.md`: facts in, verdict out. `support/pages.rs` explains the blocks.
//!
//! An `expect` block holds lines `field = value`, with the fields outcome, cause, strength, family, step, chain
//! (`symptom < root`); `not = id` says that no finding may be that cause, `unproven = id` that it may be one, but not
//! proven.

#![expect(clippy::disallowed_methods, reason = "the test reads the pages beside the sources")]

#[path = "support/pages.rs"]
mod pages;

use app::model::Verdict;
use pages::{Case, folder};
use server::diagnose::CAUSES;
use server::diagnose::facts::Facts;
use server::diagnose::infer::{Inference, by_rules};

/// Infers, and again with the facts in other orders: nothing may change.
fn conclude(case: &Case) -> Inference {
    let facts = case.facts();
    let inference = by_rules(&Facts::new(facts.clone()));
    for turn in 0..facts.len() {
        let mut turned = facts.clone();
        turned.rotate_left(turn);
        assert_eq!(by_rules(&Facts::new(turned)), inference, "{}: depends on the facts' order", case.title);
    }
    inference
}

fn field(verdict: &Verdict, name: &str) -> String {
    let code = |text: Option<&str>| text.unwrap_or("none").to_owned();
    match name {
        "outcome" => verdict.outcome.to_string(),
        "cause" => code(verdict.cause.as_ref().map(|cause| cause.0.as_ref())),
        "strength" => code(verdict.strength.map(app::model::Strength::as_str)),
        "family" => code(verdict.family.map(app::model::Family::as_str)),
        "chain" => verdict.chain.iter().map(|link| link.cause.0.as_ref()).collect::<Vec<_>>().join(" < "),
        "step" => verdict.step.map_or_else(|| "none".to_owned(), |step| step.to_string()),
        other => panic!("unknown field {other}"),
    }
}

fn check(id: &str, case: &Case, failures: &mut Vec<String>) {
    let inference = conclude(case);
    let expected = case.expected();
    if expected.is_empty() {
        failures.push(format!("{id}: {}: expects nothing", case.title));
    }
    for (name, wanted) in expected {
        let found = inference.findings.iter().find(|finding| finding.cause.0 == wanted);
        let problem = match name {
            "not" => found.map(|finding| format!("{wanted} is a finding ({})", finding.strength)),
            "unproven" => found
                .filter(|finding| finding.strength == app::model::Strength::Proven)
                .map(|_| format!("{wanted} is called proven")),
            _ => {
                let got = field(&inference.verdict, name);
                (got != wanted).then(|| format!("{name} is {got}, not {wanted}"))
            }
        };
        failures.extend(problem.map(|problem| format!("{id}: {}: {problem}\n    {:?}", case.title, inference.verdict)));
    }
}

#[test]
fn every_cause_holds_what_its_page_says() {
    let mut failures = Vec::new();
    for cause in CAUSES {
        let cases = pages::of_cause(cause.text.id);
        let fits = cases.iter().any(|case| case.cause() == Some(cause.text.id));
        let misses = cases.iter().any(|case| case.cause() != Some(cause.text.id));
        assert!(fits && misses, "{}: needs a case that fits and a near miss", cause.text.id);
        for case in &cases {
            check(cause.text.id, case, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A case that names where it was recorded has something that was.
#[test]
fn what_was_recorded_stands_in_a_block() {
    for cause in CAUSES {
        for case in pages::of_cause(cause.text.id) {
            assert!(!case.text.contains("Recorded from ") || case.is_recorded(), "{}: {}", cause.text.id, case.title);
        }
    }
}

#[test]
fn every_page_belongs_to_a_cause() -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        assert!(CAUSES.iter().any(|cause| cause.text.id == stem), "{} is not in the register", path.display());
    }
    Ok(())
}

#[test]
fn every_cause_tells_what_it_must() {
    let mut ids = std::collections::BTreeSet::new();
    for cause in CAUSES {
        let text = &cause.text;
        assert!(ids.insert(text.id), "{} is there twice", text.id);
        assert!(text.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", text.id);
        assert!(!text.title.is_empty() && text.explanation.len() > 80, "{}", text.id);
        assert!(
            !text.evidence.is_empty() && !text.contradictions.is_empty() && !text.look_alikes.is_empty(),
            "{}",
            text.id
        );
        assert!(
            !text.fixes.is_empty() && text.fixes.iter().all(|fix| !fix.command.is_empty() && !fix.verify.is_empty()),
            "{}",
            text.id
        );
        assert!(text.references.iter().all(|reference| reference.starts_with("https://")), "{}", text.id);
    }
}
