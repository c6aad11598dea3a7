//! What rules about limits and strain look at.

use super::super::facts::Seen;
use super::Case;
use app::model::FaultKind;
use app::model::fact::asked::During;
use app::model::fact::host::{Counter, Descriptors};
use app::model::fact::limits::{Capacity, Resource, Setup};
use app::model::fact::logs::Meaning;

/// A request that took longer than this waited for something.
const SLOW_MS: u64 = 700;

impl<'a> Case<'a> {
    /// How much of something is in use, of the whole host or the one that is looked at.
    pub fn capacity(&self, what: Resource) -> Option<Seen<'a, Capacity>> {
        self.facts.capacities().filter(|(_, capacity)| capacity.what == what).last()
    }

    /// How much of something is in use for one target.
    pub fn capacity_of(&self, what: Resource, of: &str) -> Option<Seen<'a, Capacity>> {
        self.facts.capacities().filter(|(_, capacity)| capacity.what == what && capacity.of == of).last()
    }

    /// The descriptors of the gateway's fullest worker.
    pub fn gateway_descriptors(&self) -> Option<Seen<'a, Descriptors>> {
        self.facts.descriptors().filter(|(_, d)| d.of.starts_with("the gateway's worker")).last()
    }

    /// A counter of the kernel around this run's requests, of the whole host.
    pub fn host_counter(&self, name: &str) -> Option<Seen<'a, Counter>> {
        self.facts.counters().filter(|(_, c)| c.name == name && c.target == "this host").last()
    }

    /// What the configuration does against failures and load.
    pub fn setup(&self) -> Option<Seen<'a, Setup>> {
        self.facts.setups().last()
    }

    /// An answer through the gateway broke off inside its body.
    pub fn body_broke(&self) -> bool {
        self.facts.attempts().any(|(_, attempt)| {
            attempt.status.is_some() && attempt.failure.as_ref().is_some_and(|f| f.during == During::Body)
        })
    }

    /// The same request is answered whole by a member.
    pub fn direct_is_whole(&self) -> bool {
        self.facts.directs().any(|(_, d)| d.path == "same" && d.answered() && d.status.is_some_and(|s| s < 400))
            && !self.facts.directs().any(|(_, d)| d.path == "same" && d.failure.is_some())
    }

    /// A member answers the same request without an error of its own.
    pub fn some_direct_is_well(&self) -> bool {
        self.facts.directs().any(|(_, d)| d.path == "same" && d.answered() && d.status.is_some_and(|s| s < 500))
    }

    /// A request through the gateway was closed without a byte of an answer.
    pub fn cut_without_answer(&self) -> bool {
        self.facts.attempts().any(|(_, attempt)| {
            attempt.status.is_none()
                && attempt.failure.as_ref().is_some_and(|f| matches!(f.kind, FaultKind::ClosedEarly | FaultKind::Reset))
        })
    }

    /// Requests wait long, fail after a wait, or the gateway says that it gave up waiting.
    pub fn is_slow(&self) -> bool {
        // What only waits may still be answered: the gateway has not given up on it.
        self.effect.failed > 0
            && (self.effect.open > 0
                || self.facts.attempts().any(|(_, a)| a.failed() && a.total_ms > SLOW_MS)
                || self
                    .testimony
                    .iter()
                    .any(|(_, l)| matches!(l.meaning, Meaning::ReadTimeout | Meaning::ConnectTimeout)))
    }
}
