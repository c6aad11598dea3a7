//! Pasted texts become facts of a run, and its verdict is drawn anew from all of them.

use super::facts::Facts;
use super::given::paste::{self, About, Given, NotRead, Paste};
use super::infer;
use super::sheet::Sheet;
use crate::clock;
use app::model::{At, Fact, FactId, Run, Source, StepReport, StepState};

/// No run numbers so many facts.
const MAX_NUMBER: u32 = 1 << 24;

/// What one text gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The commands whose output was recognised.
    pub commands: Vec<&'static str>,
    /// How many facts it gave.
    pub facts: usize,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Read as the output of {}: ", self.commands.join(", "))?;
        match self.facts {
            0 => f.write_str("it says nothing of the addresses and names that this run knows"),
            1 => f.write_str("1 fact"),
            facts => write!(f, "{facts} facts"),
        }
    }
}

/// Whether a text can be read at all, before any run is there.
pub fn check(paste: &Paste) -> Result<(), NotRead> {
    let nowhere = super::empty_run(super::no_id(), "", At(0));
    paste::read(&paste.text, &mut About::run(&nowhere, paste.step, At(0), At(0))).map(drop)
}

/// Adds a text's facts to a run that ended, and concludes anew. `run` is as it was where nothing could be read.
pub fn add(run: &mut Run, paste: &Paste, now: At) -> Result<Taken, NotRead> {
    let given = paste::read(&paste.text, &mut about(run, paste, now))?;
    let taken = taken(&given);
    // Ids of another shape come from elsewhere and are left aside.
    let orders = run.steps.iter().flat_map(|step| &step.facts).map(|fact| fact.id.order());
    let mut number = orders.filter(|order| *order < MAX_NUMBER).max().unwrap_or(0);
    let index = usize::from(paste.step.number() - 1);
    if let Some(report) = run.steps.get_mut(index) {
        note(report, &taken);
        for (command, kind) in kinds(given) {
            number += 1;
            report.facts.push(Fact {
                id: FactId(format!("f{number}")),
                text: kind.sentence(),
                kind,
                seen: seen(command),
                step: paste.step.number(),
                at: clock::rfc3339(now),
                source: Source::Pasted,
                hop: None,
            });
        }
    }
    let inference = infer::infer(&Facts::new(run.steps.iter().flat_map(|step| step.facts.iter().cloned())));
    run.verdict = Some(inference.verdict);
    run.findings = inference.findings;
    Ok(taken)
}

/// The same while the run's sheet is still open; what cannot be read was said before.
pub(super) fn write(sheet: &Sheet, pastes: &[Paste]) {
    for paste in pastes {
        let run = sheet.run();
        let Ok(given) = paste::read(&paste.text, &mut about(&run, paste, clock::now())) else { continue };
        let desk = sheet.desk(paste.step);
        let taken = taken(&given);
        for (command, kind) in kinds(given) {
            desk.fact(Source::Pasted, seen(command), kind);
        }
        desk.change(|report| note(report, &taken));
    }
}

fn about(run: &Run, paste: &Paste, now: At) -> About {
    let began = run.started_at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
    About::run(run, paste.step, At(began), now)
}

fn taken(given: &[Given]) -> Taken {
    Taken {
        commands: given.iter().map(|one| one.command).collect(),
        facts: given.iter().map(|one| one.facts.len()).sum(),
    }
}

fn kinds(given: Vec<Given>) -> impl Iterator<Item = (&'static str, app::model::FactKind)> {
    given.into_iter().flat_map(|one| one.facts.into_iter().map(move |kind| (one.command, kind)))
}

fn seen(command: &str) -> String {
    format!("pasted: {command}")
}

/// A step of which nothing could be looked at now knows something.
fn note(report: &mut StepReport, taken: &Taken) {
    if matches!(report.state, StepState::Skipped | StepState::Pending) {
        report.state = StepState::Warning;
        report.summary = taken.to_string();
    }
    let asked = format!("pasted output of {}", taken.commands.join(", "));
    if !report.asked.contains(&asked) {
        report.asked.push(asked);
    }
}
