//! The run as it grows: every step writes facts here, and each change goes out at once.

use super::facts::Facts;
use super::infer::Inference;
use crate::clock;
use app::model::fact::asked::HopSeen;
use app::model::fact::gateway::InnerGateway;
use app::model::run::{Change, Scenario};
use app::model::{Fact, FactId, FactKind, Hop, Run, RunId, RunState, Skipped, Source, Step, StepState};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::time::Instant;

/// More facts than this in one step say nothing more to anybody.
const MAX_FACTS_PER_STEP: usize = 200;

/// The run under way. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    inner: Arc<Mutex<Inner>>,
    updates: watch::Sender<Arc<Run>>,
    started: Instant,
    /// The inner gateway that is written about.
    hop: Option<Arc<str>>,
}

#[derive(Debug)]
struct Inner {
    run: Run,
    facts: u32,
    began: [Option<Instant>; 6],
    /// Counts changes of facts, so that inference runs only when there is something new.
    revision: u64,
    /// How each step ended at the URL's own gateway, and what it found at inner ones.
    ended: [Ended; 6],
}

/// How a step ended.
#[derive(Debug, Default)]
struct Ended {
    own: Option<(StepState, String)>,
    /// What is wrong at inner gateways, in words.
    behind: Vec<String>,
}

/// A step's way to write on the sheet.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    sheet: Sheet,
    step: Step,
}

impl Sheet {
    pub(super) fn new(run: Run, updates: watch::Sender<Arc<Run>>, started: Instant) -> Self {
        let inner = Inner { run, facts: 0, began: [None; 6], revision: 0, ended: Default::default() };
        Self { inner: Arc::new(Mutex::new(inner)), updates, started, hop: None }
    }

    /// The same sheet, for what is seen of an inner gateway.
    pub(super) fn behind(&self, hop: &str) -> Self {
        Self { hop: Some(Arc::from(hop)), ..self.clone() }
    }

    /// A step's way to write.
    pub(super) fn desk(&self, step: Step) -> Desk {
        Desk { sheet: self.clone(), step }
    }

    /// When the run began.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// All facts about this sheet's gateway so far.
    pub(super) fn facts(&self) -> Facts {
        let of_hop = |fact: &&Fact| fact.hop.as_deref() == self.hop.as_deref();
        self.read(|inner| Facts::new(inner.run.steps.iter().flat_map(|step| step.facts.iter().filter(of_hop).cloned())))
    }

    /// All facts so far, those about inner gateways included.
    pub(super) fn all_facts(&self) -> Facts {
        self.read(|inner| Facts::new(inner.run.steps.iter().flat_map(|step| step.facts.iter().cloned())))
    }

    /// The run as it is.
    pub(super) fn run(&self) -> Run {
        self.read(|inner| inner.run.clone())
    }

    /// Says which earlier run this one checks, and what is otherwise.
    pub(super) fn compare(&self, again: RunId, changes: Vec<Change>) {
        self.write(|inner| {
            inner.run.again = Some(again);
            inner.run.changes = changes;
        });
    }

    /// Rises with every change of a fact.
    pub(super) fn revision(&self) -> u64 {
        self.read(|inner| inner.revision)
    }

    /// Sets what is concluded so far.
    pub(super) fn conclude(&self, inference: Inference, waiting_for: Option<String>) {
        let practices = super::practices::check(&self.all_facts().of_hop(None));
        self.write(|inner| {
            inner.run.practices = practices;
            inner.run.verdict = Some(inference.verdict);
            inner.run.findings = inference.findings;
            inner.run.waiting_for = waiting_for;
        });
    }

    /// Adds an inner gateway to the chain.
    pub(super) fn inner_hop(&self, gateway: &InnerGateway) {
        self.write(|inner| {
            inner.run.hops.push(Hop {
                name: gateway.product.clone(),
                version: None,
                role: "gateway".to_owned(),
                evidence: gateway.to_string(),
            });
        });
    }

    /// Adds an element of the chain, once each; those behind an inner gateway are told by the facts alone.
    pub(super) fn hop(&self, hop: &HopSeen) {
        if self.hop.is_some() {
            return;
        }
        self.write(|inner| {
            if !inner.run.hops.iter().any(|known| known.name == hop.name && known.role == hop.role) {
                inner.run.hops.push(Hop {
                    name: hop.name.clone(),
                    version: hop.version.clone(),
                    role: hop.role.clone(),
                    evidence: hop.evidence.clone(),
                });
            }
        });
    }

    /// Sets the kind of gateway in front.
    pub(super) fn scenario(&self, scenario: Scenario) {
        if self.hop.is_some() {
            return;
        }
        self.write(|inner| inner.run.scenario = Some(scenario));
    }

    /// Ends the run; steps that did not end are marked.
    pub(super) fn end(&self, state: RunState) -> Run {
        self.write(|inner| {
            inner.run.state = state;
            inner.run.waiting_for = None;
            for step in &mut inner.run.steps {
                if matches!(step.state, StepState::Pending | StepState::Running) {
                    step.state = if step.facts.is_empty() { StepState::Skipped } else { StepState::Warning };
                    if step.summary.is_empty() {
                        "Not finished when the run ended".clone_into(&mut step.summary);
                    }
                }
            }
        });
        self.read(|inner| inner.run.clone())
    }

    fn read<T>(&self, look: impl FnOnce(&Inner) -> T) -> T {
        look(&self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut inner);
        inner.run.duration_ms = millis(self.started.elapsed());
        for (report, began) in inner.began.into_iter().enumerate() {
            if let (Some(began), Some(step)) = (began, inner.run.steps.get_mut(report))
                && step.state == StepState::Running
            {
                step.duration_ms = millis(began.elapsed());
            }
        }
        // Nobody may be listening; the run goes on all the same.
        drop(self.updates.send_replace(Arc::new(inner.run.clone())));
        done
    }
}

impl Desk {
    /// Marks the step as under way, with what it asks and how to do the same by hand.
    pub(super) fn begin(&self, asked: &[&str], by_hand: Vec<String>) {
        let index = usize::from(self.step.number() - 1);
        if self.sheet.hop.is_some() {
            return;
        }
        self.sheet.write(|inner| {
            inner.began[index] = Some(Instant::now());
            let report = &mut inner.run.steps[index];
            report.state = StepState::Running;
            report.asked = asked.iter().map(|text| (*text).to_owned()).collect();
            report.by_hand = by_hand;
        });
    }

    /// Replaces the commands by hand, once more is known.
    pub(super) fn by_hand(&self, commands: Vec<String>) {
        if self.sheet.hop.is_none() {
            self.change(|report| report.by_hand = commands);
        }
    }

    /// Writes a measured fact.
    pub(super) fn measured(&self, seen: impl Into<String>, kind: FactKind) -> FactId {
        self.fact(Source::Measured, seen, kind)
    }

    /// Writes a fact.
    pub(super) fn fact(&self, source: Source, seen: impl Into<String>, kind: FactKind) -> FactId {
        let step = self.step.number();
        self.sheet.write(|inner| {
            inner.facts += 1;
            inner.revision += 1;
            let id = FactId(format!("f{}", inner.facts));
            let fact = Fact {
                id: id.clone(),
                text: kind.sentence(),
                kind,
                seen: seen.into(),
                step,
                at: clock::rfc3339(clock::now()),
                source,
                hop: self.sheet.hop.as_deref().map(str::to_owned),
            };
            let facts = &mut inner.run.steps[usize::from(step - 1)].facts;
            if facts.iter().filter(|known| known.hop == fact.hop).count() < MAX_FACTS_PER_STEP {
                facts.push(fact);
            }
            id
        })
    }

    /// Writes a newer observation in the place of an older one of the same thing.
    pub(super) fn replace(&self, id: &FactId, kind: FactKind) {
        let index = usize::from(self.step.number() - 1);
        self.sheet.write(|inner| {
            if let Some(fact) = inner.run.steps[index].facts.iter_mut().find(|fact| &fact.id == id)
                && fact.kind != kind
            {
                fact.text = kind.sentence();
                fact.kind = kind;
                fact.at = clock::rfc3339(clock::now());
                inner.revision += 1;
            }
        });
    }

    /// Notes a check that could not run.
    pub(super) fn skip(&self, check: impl Into<String>, reason: impl Into<String>, command: impl Into<String>) {
        let skipped = Skipped { check: check.into(), reason: reason.into(), command: command.into() };
        self.change(|report| {
            if !report.skipped.contains(&skipped) {
                report.skipped.push(skipped);
            }
        });
    }

    /// Ends the step.
    pub(super) fn finish(&self, state: StepState, summary: impl Into<String>) {
        let index = usize::from(self.step.number() - 1);
        let summary = summary.into();
        self.sheet.write(|inner| {
            let took = inner.began[index].map_or(0, |began| millis(began.elapsed()));
            let ended = &mut inner.ended[index];
            match &self.sheet.hop {
                None => ended.own = Some((state, summary)),
                Some(hop) if state == StepState::Fault => ended.behind.push(format!("{hop}: {summary}")),
                Some(_) => {}
            }
            let Some((state, summary)) = &ended.own else { return };
            let report = &mut inner.run.steps[index];
            report.state = if ended.behind.is_empty() { *state } else { StepState::Fault };
            report.summary = std::iter::once(summary).chain(&ended.behind).cloned().collect::<Vec<_>>().join("; ");
            report.duration_ms = took;
        });
    }

    /// The sheet itself.
    pub(super) fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut app::model::StepReport)) {
        let index = usize::from(self.step.number() - 1);
        self.sheet.write(|inner| change(&mut inner.run.steps[index]));
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
