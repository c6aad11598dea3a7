//! Verifying a fix: only what an earlier verdict rests on is looked at again, and what changed is said.

use super::Request;
use super::facts::Facts;
use super::infer::Case;
use app::model::fact::asked::Attempt;
use app::model::run::Change;
use app::model::{Fact, FactId, FactKind, Outcome, Run, Source, Step, Verdict};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// At most so many facts are compared.
const MAX_FACTS: usize = 20;

/// The request that looks again: the same URL and method, and the places that the earlier run was told to look at.
pub fn request(old: &Arc<Run>) -> Request {
    let facts = || old.steps.iter().flat_map(|step| &step.facts);
    let mut request = Request::get(old.url.clone());
    for fact in facts().filter(|fact| fact.source != Source::Pasted) {
        match &fact.kind {
            FactKind::Attempt(attempt) if !attempt.method.is_empty() => request.method.clone_from(&attempt.method),
            FactKind::Gateway(gateway) => {
                request.gateway_configs.extend(gateway.config.iter().map(PathBuf::from));
            }
            FactKind::LogRead(log) => request.logs.push(PathBuf::from(&log.path)),
            FactKind::Member(member) if fact.seen == "--upstream" => request.upstreams.push(member.name.clone()),
            _ => {}
        }
    }
    request.again = Some(Arc::clone(old));
    request
}

/// The steps that the verdict rests on. The requests through the gateway always are among them: they show whether
/// visitors still suffer. A verdict without a cause rests on everything.
pub(super) fn steps(old: &Run) -> BTreeSet<Step> {
    let Some(verdict) = &old.verdict else { return Step::ALL.iter().copied().collect() };
    if verdict.outcome == Outcome::Unknown {
        return Step::ALL.iter().copied().collect();
    }
    let named = |number: u8| Step::ALL.get(usize::from(number).checked_sub(1)?).copied();
    let rests_on = resting(verdict);
    let of_facts = old.steps.iter().flat_map(|step| &step.facts).filter(|fact| rests_on.contains(&fact.id));
    let mut steps: BTreeSet<Step> = of_facts.filter_map(Fact::made_by).collect();
    steps.extend(verdict.step.and_then(named));
    steps.insert(Step::Refresh);
    steps
}

/// The facts that a verdict rests on, for it and against it.
fn resting(verdict: &Verdict) -> BTreeSet<&FactId> {
    let chain = verdict.chain.iter().flat_map(|link| &link.because);
    verdict.because.iter().chain(&verdict.against).chain(chain).collect()
}

/// Whether the part that was repeated is enough for a conclusion: all is well, or the same is found, as sure as before.
pub(super) fn settled(old: &Run, new: &Verdict) -> bool {
    let Some(before) = &old.verdict else { return false };
    match new.outcome {
        Outcome::Healthy | Outcome::Transient => true,
        outcome => outcome == before.outcome && new.cause == before.cause && new.strength <= before.strength,
    }
}

/// What is otherwise, and what is not: the verdict, the requests, and every fact that the earlier verdict rests on.
pub(super) fn changes(old: &Run, new: &Run) -> Vec<Change> {
    let mut changes = vec![change("verdict", conclusion(old.verdict.as_ref()), conclusion(new.verdict.as_ref()))];
    changes.push(change("requests", requests(old), requests(new)));
    let Some(verdict) = &old.verdict else { return changes };
    let rests_on = resting(verdict);
    let new_facts: Vec<&Fact> = new.steps.iter().flat_map(|step| &step.facts).collect();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for fact in old.steps.iter().flat_map(|step| &step.facts).filter(|fact| rests_on.contains(&fact.id)) {
        if matches!(fact.kind, FactKind::Attempt(_)) || changes.len() >= MAX_FACTS {
            continue;
        }
        let subject = subject(&fact.kind);
        if !told.insert(format!("{:?} {} {subject}", fact.hop, fact.kind.code())) {
            continue;
        }
        let now = new_facts.iter().rev().find(|one| {
            one.hop == fact.hop
                && std::mem::discriminant(&one.kind) == std::mem::discriminant(&fact.kind)
                && self::subject(&one.kind) == subject
        });
        changes.push(Change {
            what: fact.kind.code().to_owned(),
            changed: now.is_none_or(|now| !alike(&now.kind, &fact.kind)),
            before: fact.text.clone(),
            after: now.map(|now| now.text.clone()).unwrap_or_default(),
        });
    }
    changes
}

fn change(what: &str, before: String, after: String) -> Change {
    Change { what: what.to_owned(), changed: before != after, before, after }
}

fn conclusion(verdict: Option<&Verdict>) -> String {
    let Some(verdict) = verdict else { return "none".to_owned() };
    match (&verdict.cause, verdict.strength) {
        (Some(cause), Some(strength)) => format!("{cause} ({strength})"),
        _ => verdict.outcome.to_string(),
    }
}

/// How the requests through the gateway fared, in words.
fn requests(run: &Run) -> String {
    let facts = Facts::new(run.steps.iter().flat_map(|step| step.facts.iter().cloned())).of_hop(None);
    let effect = Case::new(&facts).effect;
    let all = effect.failed + effect.succeeded + effect.refused + effect.open;
    let statuses: BTreeSet<String> = facts
        .attempts()
        .map(|(_, attempt): (_, &Attempt)| {
            attempt.status.map_or_else(|| "no status".to_owned(), |status| status.to_string())
        })
        .collect();
    let statuses: Vec<String> = statuses.into_iter().collect();
    match (all, effect.failed, effect.open) {
        (0, ..) => "none was made".to_owned(),
        (_, 0, 0) => format!("all {all} were answered ({})", statuses.join(", ")),
        (_, failed, 0) => format!("{failed} of {all} failed ({})", statuses.join(", ")),
        (_, failed, open) => format!("{failed} of {all} failed, {open} still wait ({})", statuses.join(", ")),
    }
}

/// What a fact is about, so that the same observation is found again.
fn subject(kind: &FactKind) -> String {
    const KEYS: [&str; 13] = [
        "target",
        "instead_of",
        "name",
        "path",
        "of",
        "resource",
        "server",
        "record",
        "role",
        "address",
        "meaning",
        "chain",
        "rule",
    ];
    let value = serde_json::to_value(kind).ok();
    let inner = value.as_ref().and_then(|value| value.get("value"));
    let words = KEYS.iter().filter_map(|key| inner?.get(key)?.as_str());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether two observations of one thing say the same, times and counts left aside.
fn alike(one: &FactKind, other: &FactKind) -> bool {
    fn plain(kind: &FactKind) -> Option<serde_json::Value> {
        let mut value = serde_json::to_value(kind).ok()?;
        let inner = value.get_mut("value")?.as_object_mut()?;
        inner.retain(|key, _| !VARY.contains(&key.as_str()) && !key.ends_with("_ms"));
        Some(value)
    }
    plain(one) == plain(other)
}

/// Fields that differ from run to run without meaning anything.
const VARY: &[&str] = &[
    "mark",
    "pid",
    "owner",
    "count",
    "line",
    "waiting",
    "before",
    "after",
    "packets_before",
    "packets_after",
    "number",
    "body_hash",
    "detail",
    "bytes",
    "lines",
    "phases",
    "connected",
    "ago_s",
    "expired_for_s",
    "valid_in_s",
    "clock_ahead_s",
];

/// Whether a verdict became better.
pub fn is_fixed(old: &Run, new: &Run) -> bool {
    let bad =
        |run: &Run| run.verdict.as_ref().is_none_or(|v| !matches!(v.outcome, Outcome::Healthy | Outcome::Transient));
    bad(old) && !bad(new)
}
