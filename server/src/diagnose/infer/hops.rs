//! Gateways behind one another: each is judged by the facts about itself, and the verdict names the hop at fault.
//!
//! A gateway before the one at fault only brings the message: it passes the inner one's status on, or waits for it in
//! vain. It is passed over only where the inner gateway, asked as the outer one asks it, fails in the very way in which
//! the outer one says that it does.

use super::super::facts::Facts;
use super::{Case, Drawn, Inference, MAX_FINDINGS, draw};
use app::model::fact::asked::{Attempt, Direct, Failure};
use app::model::fact::gateway::InnerGateway;
use app::model::{FactId, Outcome, Strength, Verdict};
use std::collections::BTreeSet;

/// Gateways behind one another that are examined and judged, the URL's own not counted.
pub(in crate::diagnose) const DEEPEST: usize = 3;

/// What an outer gateway calls a fault that lies behind its upstream.
const MESSAGES: &[&str] = &[
    "app-returned-502",
    "upstream-slow-response",
    "upstream-hang-not-accepting",
    "upstream-closed-before-response",
    "response-truncated",
];

/// Concludes about the URL's own gateway and those behind it.
pub(super) fn conclude(facts: &Facts, written: &[&str]) -> Inference {
    if facts.has_hops() { at(facts, None, 0, written) } else { draw(facts, written).inference }
}

fn at(facts: &Facts, hop: Option<&str>, depth: usize, written: &[&str]) -> Inference {
    let own = facts.of_hop(hop);
    let here = draw(&own, written);
    if depth >= DEEPEST || matches!(here.inference.verdict.outcome, Outcome::Healthy | Outcome::Transient) {
        return here.inference;
    }
    let mut inner: Vec<(usize, Inference)> = Vec::new();
    for (id, gateway) in own.inner_gateways() {
        let its = facts.of_hop(Some(&gateway.label));
        let link = Link { outer: &own, here: &here, id, gateway, its: &its };
        inner.push(link.judge(at(facts, Some(&gateway.label), depth + 1, written)));
    }
    // What concerns the message comes first; of these the surest.
    inner.sort_by_key(|(rank, inference)| (*rank, inference.verdict.strength));
    let mut told = here.inference;
    let others = inner.split_off(inner.iter().position(|(rank, _)| *rank == BESIDE).unwrap_or(inner.len()));
    let mut inner = inner.into_iter();
    if let Some((_, first)) = inner.next() {
        let before = std::mem::replace(&mut told, first);
        add(&mut told, before.findings);
    }
    for (_, other) in inner.chain(others) {
        add(&mut told, other.findings.into_iter().filter(|f| f.strength == Strength::Proven).collect());
    }
    told
}

/// A finding of each cause is enough; the first is the surest or the verdict's.
fn add(told: &mut Inference, findings: Vec<app::model::Finding>) {
    for finding in findings {
        if told.findings.len() < MAX_FINDINGS && told.findings.iter().all(|known| known.cause != finding.cause) {
            told.findings.push(finding);
        }
    }
}

/// The inner gateway's conclusion replaces the outer one's.
const INSTEAD: usize = 0;
/// It stands beside it.
const BESIDE: usize = 1;

/// A gateway and one behind it.
struct Link<'a> {
    outer: &'a Facts,
    here: &'a Drawn,
    id: &'a FactId,
    gateway: &'a InnerGateway,
    its: &'a Facts,
}

impl Link<'_> {
    /// Whether the inner gateway's conclusion is what the outer one only passes on; the conclusion in the outer one's place.
    fn judge(&self, mut inner: Inference) -> (usize, Inference) {
        let verdict = &self.here.inference.verdict;
        let ill = !matches!(inner.verdict.outcome, Outcome::Healthy | Outcome::Transient);
        if !ill || !self.fails_alike() {
            return (BESIDE, inner);
        }
        let cause = verdict.cause.as_ref().map(|cause| cause.0.as_ref());
        let about = self.concerns_target();
        let vague = verdict.strength == Some(Strength::Suggestive);
        let sure = match (verdict.outcome, cause) {
            (Outcome::AppError, _) => true,
            (Outcome::Cause, Some(message)) if MESSAGES.contains(&message) && about && !vague => true,
            // The outer gateway's own words are not known: what the inner one shows may be beside the point.
            (Outcome::Unknown, _) => false,
            (Outcome::Cause, _) if vague && about => false,
            _ => return (BESIDE, inner),
        };
        if !sure && inner.verdict.outcome != Outcome::Cause {
            return (BESIDE, inner);
        }
        self.put_behind(&mut inner.verdict, sure);
        if let (Some(first), Some(strength)) = (inner.findings.first_mut(), inner.verdict.strength) {
            first.strength = strength;
        }
        (INSTEAD, inner)
    }

    /// The inner gateway's verdict as that of the whole chain.
    fn put_behind(&self, verdict: &mut Verdict, sure: bool) {
        let outer = &self.here.inference.verdict;
        let before = self.outer.gateways().last().map_or("the gateway", |(_, gateway)| gateway.product.as_str());
        // A verdict that comes from further behind says so already.
        let at = if verdict.title.starts_with("Behind ") { String::new() } else { format!("{}: ", self.gateway.label) };
        verdict.title = match verdict.title.strip_prefix("Behind ") {
            Some(rest) => format!("Behind {before}, {rest}"),
            None => format!("Behind {before}, {at}{}", verdict.title),
        };
        if !sure && verdict.strength == Some(Strength::Proven) {
            verdict.strength = Some(Strength::Strong);
            verdict.still_unknown.push(format!(
                "Whether {before} itself is well: its own log says what it met at {}.",
                self.gateway.target
            ));
        }
        verdict.because.push(self.id.clone());
        verdict.because.extend(outer.because.iter().cloned());
        verdict.because.sort_by_key(|id| (id.order(), id.clone()));
        verdict.because.dedup();
        if verdict.outcome == Outcome::Cause {
            let message = outer.chain.iter().filter(|link| verdict.chain.iter().all(|known| known.cause != link.cause));
            let mut chain: Vec<_> = message.cloned().collect();
            chain.append(&mut verdict.chain);
            verdict.chain = chain;
        }
    }

    /// The outer gateway's verdict speaks of this target, or of the route as a whole.
    fn concerns_target(&self) -> bool {
        self.here.targets.is_empty() || self.here.targets.contains(&self.gateway.target)
    }

    /// Asked as the outer gateway asks it, the inner one fails, and in the way that visitors see or the outer one met.
    fn fails_alike(&self) -> bool {
        let case = Case::new(self.its);
        if case.effect.failed + case.effect.open == 0 {
            return false;
        }
        let inner: BTreeSet<String> = self
            .its
            .attempts()
            .filter(|(_, attempt)| attempt.failed() || attempt.open)
            .map(|(_, a)| end_of(a))
            .collect();
        let visitors = self.outer.attempts().filter(|(_, attempt)| attempt.failed()).map(|(_, a)| end_of(a));
        let direct = self.outer.directs().filter(|(_, d)| d.target == self.gateway.target && d.path == "same");
        let direct = direct.filter(|(_, d)| is_ill(d)).map(|(_, d)| end(d.open, d.status, d.failure.as_ref()));
        visitors.chain(direct).any(|end| inner.contains(&end))
    }
}

fn is_ill(direct: &Direct) -> bool {
    direct.open || direct.failure.is_some() || direct.status.is_some_and(|status| status >= 500)
}

fn end_of(attempt: &Attempt) -> String {
    end(attempt.open, attempt.status, attempt.failure.as_ref())
}

/// How a request ended: its status, or the kind of its failure.
fn end(open: bool, status: Option<u16>, failure: Option<&Failure>) -> String {
    match (open, status, failure) {
        (true, ..) => "waits".to_owned(),
        (_, Some(status), _) => status.to_string(),
        (_, None, Some(failure)) => failure.kind.as_str().to_owned(),
        (_, None, None) => String::new(),
    }
}
