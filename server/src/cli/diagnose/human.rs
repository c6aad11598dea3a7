//! A run for somebody at three in the morning: what is broken, the proof, the fix, how to see that it worked.

use super::super::print;
use app::model::run::Change;
use app::model::{FactId, Outcome, Run, RunState, Step, StepReport, StepState, Strength, Verdict};
use std::fmt::Write;
use std::sync::Arc;
use tokio::sync::watch;

/// Facts shown as proof; the whole list is in the JSON object.
const PROOFS: usize = 6;

/// Follows the run on standard error until it ends, one line for every step that ends. Shows nothing where nobody
/// looks, but still waits, so that it can stand beside the run.
pub(super) async fn progress(mut run: watch::Receiver<Arc<Run>>, shows: bool) {
    let mut told = [false; 6];
    let mut verdict_told = None;
    loop {
        let now = Arc::clone(&run.borrow_and_update());
        if shows {
            for (step, told) in now.steps.iter().zip(&mut told) {
                if !*told && !matches!(step.state, StepState::Pending | StepState::Running) {
                    *told = true;
                    print::problem(&step_line(step));
                }
            }
            let title = now.verdict.as_ref().map(|verdict| verdict.title.clone());
            if title.is_some() && title != verdict_told && now.state == RunState::Running {
                let waits = now.waiting_for.as_ref().map_or_else(String::new, |what| format!(" (waiting for {what})"));
                print::problem(&format!("  so far: {}{waits}", title.as_deref().unwrap_or_default()));
                verdict_told = title;
            }
        }
        if now.state != RunState::Running || run.changed().await.is_err() {
            return;
        }
    }
}

fn step_line(step: &StepReport) -> String {
    format!("  {} {:<27} {} ({} ms)", mark(step.state), step.step.title(), printable(&step.summary), step.duration_ms)
}

/// A state by shape, since not every terminal has colours.
const fn mark(state: StepState) -> &'static str {
    match state {
        StepState::Ok => "✓",
        StepState::Fault => "✗",
        StepState::Warning => "!",
        StepState::Error => "?",
        StepState::Skipped | StepState::Pending | StepState::Running => "-",
    }
}

/// The whole verdict.
pub(super) fn verdict(run: &Run) -> String {
    let mut out = String::new();
    let Some(verdict) = &run.verdict else {
        return format!("{}: no verdict; the run was ended before anything was known", printable(&run.url));
    };
    let _ = writeln!(out, "\n{}\n", headline(verdict));
    let _ = writeln!(out, "  {}", printable(&run.url));
    if run.again.is_some() {
        section(&mut out, "Since the earlier run", &run.changes.iter().map(changed).collect::<Vec<_>>());
    }
    if let (Some(cause), Some(strength)) = (&verdict.cause, verdict.strength) {
        let step = verdict
            .step
            .and_then(|number| Step::ALL.get(usize::from(number).checked_sub(1)?))
            .map_or("", |step| step.as_str());
        let _ = writeln!(
            out,
            "  {cause} ({}, {}; step {step})",
            sureness(strength),
            verdict.family.map_or("", app::model::Family::as_str)
        );
    }
    let proof = if verdict.strength == Some(Strength::Proven) { "Proof" } else { "What speaks for it" };
    section(&mut out, proof, &texts(run, &verdict.because, PROOFS));
    section(&mut out, "Against it", &texts(run, &verdict.against, PROOFS));
    for (number, fix) in verdict.fixes.iter().enumerate() {
        let word = if number == 0 { "Fix" } else { "Or" };
        let _ = writeln!(out, "\n{word}: {}", printable(&fix.title));
        for line in fix.command.lines() {
            let _ = writeln!(out, "    {}", printable(line));
        }
        let _ = writeln!(out, "  then check:\n    {}", printable(&fix.verify));
    }
    section(&mut out, "Still unknown", &verdict.still_unknown);
    section(&mut out, "Not checked", &skipped(run));
    section(&mut out, "So that it does not happen again", &practices(run));
    if verdict.outcome == Outcome::Unknown && run.findings.len() > 1 {
        let candidates: Vec<String> = run.findings.iter().map(|f| format!("{} ({})", f.cause, f.strength)).collect();
        section(&mut out, "Candidates", &candidates);
    }
    out.trim_end().to_owned()
}

/// What was, and what is.
fn changed(change: &Change) -> String {
    let (before, after) = (printable(&change.before), printable(&change.after));
    match (change.changed, change.after.is_empty()) {
        (false, _) => format!("unchanged, {}: {before}", change.what),
        (true, true) => format!("gone, {}: {before}", change.what),
        (true, false) => format!("changed, {}: {after}\n      before: {before}", change.what),
    }
}

/// The practices that are missing, with what to add; the others by name.
fn practices(run: &Run) -> Vec<String> {
    let (missing, rest): (Vec<_>, Vec<_>) = run.practices.iter().partition(|practice| practice.state == "missing");
    let mut lines: Vec<String> = missing
        .into_iter()
        .map(|practice| format!("{}\n      {}", practice.title(), practice.directive.replace('\n', "\n      ")))
        .collect();
    for state in ["unknown", "ok"] {
        let of_state: Vec<_> = rest.iter().filter(|practice| practice.state == state).collect();
        if let Some(first) = of_state.first() {
            let titles: Vec<&str> = of_state.iter().map(|practice| practice.title()).collect();
            lines.push(format!("{}: {}", first.state_label(), titles.join("; ")));
        }
    }
    lines
}

fn headline(verdict: &Verdict) -> String {
    let word = match verdict.outcome {
        Outcome::Cause => match verdict.strength {
            Some(Strength::Proven) => "BROKEN",
            Some(Strength::Strong) => "VERY LIKELY",
            _ => "POSSIBLY",
        },
        Outcome::Healthy => "HEALTHY",
        Outcome::Transient => "OVER",
        Outcome::AppError => "NOT THE GATEWAY",
        Outcome::Unknown => "NOT ESTABLISHED",
    };
    format!("{word}: {}", printable(&verdict.title))
}

const fn sureness(strength: Strength) -> &'static str {
    match strength {
        Strength::Proven => "proven",
        Strength::Strong => "strong, not proven",
        Strength::Suggestive => "only suggested",
    }
}

fn texts(run: &Run, ids: &[FactId], most: usize) -> Vec<String> {
    let all = || run.steps.iter().flat_map(|step| &step.facts);
    ids.iter().filter_map(|id| all().find(|fact| &fact.id == id)).take(most).map(|fact| fact.text.clone()).collect()
}

fn skipped(run: &Run) -> Vec<String> {
    let all = run.steps.iter().flat_map(|step| &step.skipped);
    all.map(|s| {
        if s.command.is_empty() {
            format!("{}: {}", s.check, s.reason)
        } else {
            format!("{}: {}\n      {}", s.check, s.reason, s.command)
        }
    })
    .collect()
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for line in lines {
        let _ = writeln!(out, "  · {}", printable_lines(line));
    }
}

/// Text from logs and peers must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
