//! From a run to its texts.

use super::{
    CauseView, ChangeView, EvidenceView, FactView, FixView, HopView, PracticeView, RunView, SkippedView, StepView,
    VerdictView,
};
use crate::format;
use crate::model::{
    CauseId, CauseText, Fact, FactId, Finding, Outcome, Run, RunState, Step, StepReport, StepState, Strength, Verdict,
    run::{Practice, Scenario},
};
use crate::render::family_label;

const fn run_label(state: RunState) -> &'static str {
    match state {
        RunState::Running => "Running",
        RunState::Finished => "Finished",
        RunState::Interrupted => "Interrupted",
    }
}

const fn step_label(state: StepState) -> &'static str {
    match state {
        StepState::Pending => "Waiting",
        StepState::Running => "Running",
        StepState::Ok => "Nothing found",
        StepState::Fault => "Fault found",
        StepState::Warning => "Noteworthy",
        StepState::Skipped => "Skipped",
        StepState::Error => "Could not check",
    }
}

const fn outcome_label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Cause => "Cause found",
        Outcome::Healthy => "Healthy",
        Outcome::Transient => "Gone again",
        Outcome::AppError => "The application's own answer",
        Outcome::Unknown => "Cause not established",
    }
}

const fn strength_label(strength: Strength) -> &'static str {
    match strength {
        Strength::Proven => "Proven",
        Strength::Strong => "Strong",
        Strength::Suggestive => "Suggestive",
    }
}

const fn scenario_label(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::WebServer => "Web server in front",
        Scenario::Cdn => "CDN in front",
        Scenario::ApiGateway => "API gateway in front",
    }
}

/// The catalogue's title of a cause, its id where the catalogue has none.
fn title_of(id: &CauseId, causes: &[&CauseText]) -> String {
    causes.iter().find(|cause| cause.id == id.0).map_or_else(|| id.to_string(), |cause| cause.title.to_owned())
}

fn ids(facts: &[FactId]) -> Vec<String> {
    facts.iter().map(|id| id.0.clone()).collect()
}

fn evidence(run: &Run, wanted: &[FactId]) -> Vec<EvidenceView> {
    wanted
        .iter()
        .filter_map(|id| run.steps.iter().flat_map(|step| &step.facts).find(|fact| fact.id == *id))
        .map(|fact| EvidenceView {
            id: fact.id.0.clone(),
            text: fact.text.clone(),
            step: format!("step {}", fact.step),
        })
        .collect()
}

fn fact(fact: &Fact) -> FactView {
    FactView {
        id: fact.id.0.clone(),
        text: fact.text.clone(),
        seen: match &fact.hop {
            Some(hop) => format!("{hop}: {}", fact.seen),
            None => fact.seen.clone(),
        },
        source: fact.source.to_string(),
        at: format::stamp_view(&fact.at),
    }
}

fn step(report: &StepReport) -> StepView {
    let begun = report.state != StepState::Pending;
    StepView {
        number: report.number,
        id: report.step.to_string(),
        title: report.step.title().to_owned(),
        question: report.step.question().to_owned(),
        state: report.state.to_string(),
        state_label: step_label(report.state).to_owned(),
        summary: report.summary.clone(),
        took: if begun { format::duration(report.duration_ms) } else { String::new() },
        asked: report.asked.clone(),
        facts: report.facts.iter().map(fact).collect(),
        skipped: report
            .skipped
            .iter()
            .map(|one| SkippedView {
                check: one.check.clone(),
                reason: one.reason.clone(),
                command: one.command.clone(),
            })
            .collect(),
        by_hand: report.by_hand.clone(),
    }
}

fn finding(finding: &Finding, causes: &[&CauseText]) -> CauseView {
    CauseView {
        id: finding.cause.to_string(),
        title: title_of(&finding.cause, causes),
        family: family_label(finding.family).to_owned(),
        strength: finding.strength.to_string(),
        because: ids(&finding.because),
    }
}

fn verdict(run: &Run, verdict: &Verdict, causes: &[&CauseText]) -> VerdictView {
    let family = verdict.family.map_or("", family_label);
    VerdictView {
        outcome: verdict.outcome.to_string(),
        outcome_label: outcome_label(verdict.outcome).to_owned(),
        title: verdict.title.clone(),
        cause: verdict.cause.as_ref().map(|id| CauseView {
            id: id.to_string(),
            title: title_of(id, causes),
            family: family.to_owned(),
            strength: verdict.strength.map(|strength| strength.to_string()).unwrap_or_default(),
            because: ids(&verdict.because),
        }),
        strength_label: verdict.strength.map_or("", strength_label).to_owned(),
        because: evidence(run, &verdict.because),
        against: evidence(run, &verdict.against),
        still_unknown: verdict.still_unknown.clone(),
        chain: verdict
            .chain
            .iter()
            .map(|link| CauseView {
                id: link.cause.to_string(),
                title: title_of(&link.cause, causes),
                family: causes
                    .iter()
                    .find(|cause| cause.id == link.cause.0)
                    .map_or("", |cause| family_label(cause.family))
                    .to_owned(),
                strength: String::new(),
                because: ids(&link.because),
            })
            .collect(),
        fixes: verdict
            .fixes
            .iter()
            .map(|fix| FixView { title: fix.title.clone(), command: fix.command.clone(), verify: fix.verify.clone() })
            .collect(),
    }
}

fn practice(run: &Run, practice: &Practice) -> PracticeView {
    PracticeView {
        title: practice.title().to_owned(),
        state: practice.state.clone(),
        state_label: practice.state_label().to_owned(),
        because: evidence(run, &practice.because),
        directive: practice.directive.clone(),
    }
}

impl RunView {
    /// Every text of `run`, with the titles of causes from the catalogue.
    pub fn from_run(run: &Run, causes: &[&CauseText]) -> Self {
        let named = run.verdict.as_ref().and_then(|verdict| verdict.cause.as_ref());
        Self {
            id: run.id.to_string(),
            url: run.url.clone(),
            state: run.state.to_string(),
            state_label: run_label(run.state).to_owned(),
            ended: run.state != RunState::Running,
            started: format::stamp_date_view(&run.started_at),
            took: format::duration(run.duration_ms),
            scenario: run.scenario.map_or("", scenario_label).to_owned(),
            waiting_for: run.waiting_for.clone().filter(|_| run.state == RunState::Running).unwrap_or_default(),
            hops: run
                .hops
                .iter()
                .map(|hop| HopView {
                    name: hop
                        .version
                        .as_ref()
                        .map_or_else(|| hop.name.clone(), |version| format!("{} {version}", hop.name)),
                    role: hop.role.clone(),
                    evidence: hop.evidence.clone(),
                })
                .collect(),
            again: run.again.as_ref().map(ToString::to_string).unwrap_or_default(),
            changes: run
                .changes
                .iter()
                .map(|change| ChangeView {
                    what: change.what.clone(),
                    changed: change.changed,
                    before: change.before.clone(),
                    after: change.after.clone(),
                })
                .collect(),
            steps: Step::ALL
                .iter()
                .map(|wanted| {
                    run.steps.iter().find(|report| report.step == *wanted).map_or_else(|| pending(*wanted), step)
                })
                .collect(),
            verdict: run.verdict.as_ref().map(|one| verdict(run, one, causes)),
            others: run
                .findings
                .iter()
                .filter(|one| Some(&one.cause) != named)
                .map(|one| finding(one, causes))
                .collect(),
            practices: run.practices.iter().map(|one| practice(run, one)).collect(),
        }
    }
}

/// A step that the run does not mention yet.
fn pending(wanted: Step) -> StepView {
    step(&StepReport {
        number: wanted.number(),
        step: wanted,
        state: StepState::Pending,
        summary: String::new(),
        duration_ms: 0,
        asked: Vec::new(),
        by_hand: Vec::new(),
        facts: Vec::new(),
        skipped: Vec::new(),
    })
}
