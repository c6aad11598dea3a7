//! From facts to the verdict: pure, deterministic, without a clock, independent of the facts' order.
//!
//! ```text
//! facts ─► Case (effect, testimony, route, targets) ─► every cause's rule ─► strength ─► ranking ─► outcome
//! ```
//!
//! A rule says what it saw and which look-alikes stand; how strong that makes a cause is decided here, in
//! [`strength`], by one rule for all. **Proven** needs all of: a confirming test that is true; the effect seen
//! in this run; nothing in the gateway's own words that names another reason; every member in question
//! concerned; no look-alike open.
//!
//! **What was pasted never proves.** It describes the host where a command ran, at a time that the text does not
//! always tell, and nobody can say from the text alone that it was this gateway's host and this very failure. So facts
//! with the source `pasted` take part in everything (they find causes, refute them, close look-alikes), but a cause
//! is called proven only if it is proven without them as well; else it is strong, and says so.
//!
//! **What was only written never proves either.** A cause that no test has seen on a real fault, and no page in a real
//! program's words, is in the list [`WRITTEN`]; it is strong at most.

mod applications;
mod case;
mod chain;
mod fill;
mod hops;
mod limits;
mod outcome;
mod title;
mod ways;
mod written;

pub use applications::Said;
pub(in crate::diagnose) use case::ODD_ANSWER;
pub use case::{Case, Effect};
pub(super) use hops::DEEPEST;
pub use ways::Names;
pub(in crate::diagnose) use ways::{UNSEEN_RULE, place};
pub use written::WRITTEN;

use super::causes::CAUSES;
use super::facts::Facts;
use super::rule::{Cause, Match, Rule, ShownBy};
use app::model::{CauseId, FactId, Finding, Strength, Verdict};
use std::borrow::Cow;

/// At most so many findings are kept.
const MAX_FINDINGS: usize = 10;

/// What inference says.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// The conclusion.
    pub verdict: Verdict,
    /// Everything that fits, strongest first.
    pub findings: Vec<Finding>,
}

/// One cause that fits, with what its rule said.
#[derive(Debug)]
pub(super) struct Found {
    /// Which.
    pub(super) cause: &'static Cause,
    /// What its rule said.
    pub(super) matched: Match,
    /// How sure that makes it.
    pub(super) strength: Strength,
    /// Its place in the register.
    place: usize,
    /// Another finding covers it or brings it about.
    absorbed: bool,
}

/// Concludes from the facts of a run.
pub fn infer(facts: &Facts) -> Inference {
    hops::conclude(facts, WRITTEN)
}

/// The same by the rules alone, whether a cause has been seen on a real fault or not: what the causes' pages hold.
pub fn by_rules(facts: &Facts) -> Inference {
    hops::conclude(facts, &[])
}

/// What is concluded about one gateway.
struct Drawn {
    inference: Inference,
    /// The targets that the verdict's cause concerns; empty for the route as a whole.
    targets: Vec<String>,
}

/// Concludes about one gateway; the causes in `written` are strong at most.
fn draw(facts: &Facts, written: &[&str]) -> Drawn {
    let case = Case::new(facts);
    let found = rank(held_back(facts, weigh_all(&case, written), written));
    let verdict = outcome::conclude(&case, &found);
    let findings = outcome::worth_telling(&verdict, &found).take(MAX_FINDINGS).map(finding).collect();
    let targets = found.iter().find(|one| verdict.cause.as_ref().is_some_and(|cause| cause.0 == one.cause.text.id));
    let targets = targets.map_or_else(Vec::new, |one| one.matched.targets.clone());
    Drawn { inference: Inference { verdict, findings }, targets }
}

fn weigh_all(case: &Case<'_>, written: &[&str]) -> Vec<Found> {
    let weighed = CAUSES.iter().enumerate().filter_map(|(place, cause)| weigh(case, cause, place));
    let mut found: Vec<Found> = weighed.collect();
    hold_back_written(&mut found, written);
    settle(case, &mut found, written);
    found
}

/// Takes "proven" back where nobody has seen the rule at work.
fn hold_back_written(found: &mut [Found], written: &[&str]) {
    for one in found.iter_mut().filter(|one| one.strength == Strength::Proven) {
        if written.contains(&one.cause.text.id) {
            one.strength = Strength::Strong;
            let finer = "Its rule has not been tried on a real fault of this kind yet.".to_owned();
            if !one.matched.finer.contains(&finer) {
                one.matched.finer.push(finer);
            }
        }
    }
}

/// Takes "proven" back where it rests on something that was pasted.
fn held_back(facts: &Facts, mut found: Vec<Found>, written: &[&str]) -> Vec<Found> {
    if !facts.has_pasted() || found.iter().all(|one| one.strength != Strength::Proven) {
        return found;
    }
    let own = facts.own();
    let without = weigh_all(&Case::new(&own), written);
    for one in found.iter_mut().filter(|one| one.strength == Strength::Proven) {
        let still = |other: &&Found| other.cause.text.id == one.cause.text.id && other.strength == Strength::Proven;
        if !without.iter().any(|other| still(&other)) {
            one.strength = Strength::Strong;
            one.matched.finer.push(
                "It rests on pasted output: run gatewatch on the gateway's own host, and it is measured.".to_owned(),
            );
        }
    }
    found
}

fn weigh(facts: &Case<'_>, cause: &'static Cause, place: usize) -> Option<Found> {
    let mut matched = match cause.rule {
        Rule::Whole(rule) => rule(facts)?,
        Rule::Target(rule) => {
            facts.targets.iter().filter_map(|target| rule(facts, target).map(|m| m.on(target))).reduce(merge)?
        }
    };
    matched.because.sort_by_key(|id| (id.order(), id.clone()));
    matched.because.dedup();
    matched.open.sort();
    matched.open.dedup();
    let strength = strength(facts, cause, &mut matched);
    matched.against.sort_by_key(|id| (id.order(), id.clone()));
    matched.against.dedup();
    Some(Found { cause, matched, strength, place, absorbed: false })
}

/// Where the reason of an effect is proven, the other reasons that it might have had keep nothing open any more; that
/// may prove the effect, which may be the reason of another. Each round closes at least one look-alike, and no order of
/// findings changes where it ends.
fn settle(facts: &Case<'_>, found: &mut [Found], written: &[&str]) {
    loop {
        let settled: Vec<Vec<&'static str>> = found.iter().map(|one| chain::settled_by_reasons(one, found)).collect();
        if settled.iter().all(Vec::is_empty) {
            return;
        }
        for (one, settled) in found.iter_mut().zip(settled).filter(|(_, settled)| !settled.is_empty()) {
            one.matched.open.retain(|open| !settled.contains(&open.cause));
            one.strength = strength(facts, one.cause, &mut one.matched);
        }
        hold_back_written(found, written);
    }
}

/// Two targets with the same cause are one finding; it is as sure as its surer half.
fn merge(first: Match, second: Match) -> Match {
    let sureness = |m: &Match| (m.confirmed, std::cmp::Reverse(m.open.len()));
    let (mut best, other) = if sureness(&second) > sureness(&first) { (second, first) } else { (first, second) };
    best.because.extend(other.because);
    if best.confirmed == other.confirmed && best.open.len() == other.open.len() {
        best.targets.extend(other.targets);
        best.targets.sort();
    }
    best
}

/// The one rule of strength.
fn strength(facts: &Case<'_>, cause: &Cause, matched: &mut Match) -> Strength {
    let said = facts.testimony(cause.testimony, &matched.targets);
    let contradicted = !facts.testimony.is_empty() && said.is_empty();
    matched.because.extend(said.iter().map(|id| (*id).clone()));
    if !said.is_empty() || !matched.because.is_empty() {
        matched.because.extend(facts.effect.ids.iter().cloned());
    }
    matched.because.sort_by_key(|id: &FactId| (id.order(), id.clone()));
    matched.because.dedup();
    if contradicted {
        matched.against.extend(facts.testimony.iter().map(|(id, _)| (*id).clone()));
        matched.against.sort_by_key(|id| (id.order(), id.clone()));
        matched.against.dedup();
        return Strength::Suggestive;
    }
    if !matched.confirmed {
        return Strength::Suggestive;
    }
    let answered = facts.effect.refused > 0 && outcome::ANSWERED.contains(&cause.text.id);
    let effect_seen = facts.effect.failed > 0 || answered || !said.is_empty() || matched.shown_by != ShownBy::Failures;
    let covers = !said.is_empty() || matched.targets.is_empty() || facts.covers_all_members(&matched.targets);
    if effect_seen && covers && matched.open.is_empty() { Strength::Proven } else { Strength::Strong }
}

/// Strongest first; of equally strong ones, what another finding covers or brings about comes after it, and the
/// register breaks ties.
fn rank(mut found: Vec<Found>) -> Vec<Found> {
    let explained: Vec<bool> = found.iter().map(|one| chain::has_reason(one, &found)).collect();
    let covering: Vec<_> = found.iter().map(|f| (f.cause.absorbs, f.strength)).collect();
    for (one, explained) in found.iter_mut().zip(explained) {
        let id = one.cause.text.id;
        let covered = covering.iter().any(|(absorbs, strength)| absorbs.contains(&id) && *strength <= one.strength);
        one.absorbed = covered || explained;
    }
    found.sort_by_key(|f| (f.strength, f.absorbed, f.place));
    found
}

fn finding(found: &Found) -> Finding {
    Finding {
        cause: CauseId(Cow::Borrowed(found.cause.text.id)),
        family: found.cause.text.family,
        strength: found.strength,
        step: found.cause.text.step.number(),
        because: found.matched.because.clone(),
    }
}
