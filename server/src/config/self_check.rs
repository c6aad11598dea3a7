//! `[self_check]`: by what Gatewatch knows that it can see.

use super::kind::{self, Asks};
use super::reader::{Context, Section};
use crate::netguard::Netguard;
use crate::selfcheck::Canary;

/// The most canaries; each is asked in every look.
const MOST: usize = 8;

/// The `[self_check]` section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelfCheckSection {
    /// Places of which one at least answers while the way out is open.
    pub canaries: Vec<Canary>,
}

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, guard: &Netguard, cx: &mut Context<'_>) -> SelfCheckSection {
    let Some(mut section) = section else { return SelfCheckSection::default() };
    let span = section.span_of("canaries");
    let canaries = section.parsed_list("canaries", cx, |text, _| match kind::of_url(text, guard)?.plain() {
        Some(Asks::Probe(target)) => Ok(Canary(target)),
        _ => Err(format!("`{text}` cannot be asked; write such as `tcp://10.20.0.1:22`")),
    });
    if let (Some(span), true) = (span, canaries.len() > MOST) {
        cx.problem(&span, format!("canaries: at most {MOST}; each is asked in every look"));
    }
    section.finish(cx);
    SelfCheckSection { canaries }
}
