//! From facts to the verdict: pure, deterministic, without a clock, independent of the facts' order.

use super::facts::Facts;

/// What rules look at.
#[derive(Debug)]
pub struct Case<'a> {
    /// All facts.
    pub facts: &'a Facts,
}
