//! From the symptom to the root: which proven finding is the reason of which.
//!
//! The verdict names the deepest proven link of the chain that begins at the strongest finding. What was proven
//! beside that chain is another fault and stays a finding of its own.

use super::super::reasons::brings_about;
use super::Found;
use app::model::Strength;
use app::model::verdict::Link;
use app::model::{CauseId, FactId};
use std::borrow::Cow;

/// Whether both speak of the same target; a finding without targets speaks of the whole route.
fn same_place(a: &Found, b: &Found) -> bool {
    let (a, b) = (&a.matched.targets, &b.matched.targets);
    a.is_empty() || b.is_empty() || a.iter().any(|target| b.contains(target))
}

/// Whether `reason` is proven and is why `effect` is there.
fn is_reason(reason: &Found, effect: &Found) -> bool {
    reason.strength == Strength::Proven
        && brings_about(reason.cause.text.id, effect.cause.text.id)
        && same_place(reason, effect)
}

/// The look-alikes of `effect` that a proven reason of it settles: those that are reasons of it too. Such a look-alike
/// is no rival of the effect, only another explanation, and the explanation is known.
pub(super) fn settled_by_reasons(effect: &Found, all: &[Found]) -> Vec<&'static str> {
    if !has_reason(effect, all) {
        return Vec::new();
    }
    let open = effect.matched.open.iter().map(|open| open.cause);
    open.filter(|id| brings_about(id, effect.cause.text.id)).collect()
}

/// Whether a proven finding lies deeper than this one.
pub(super) fn has_reason(effect: &Found, all: &[Found]) -> bool {
    all.iter().any(|one| is_reason(one, effect))
}

/// The chain that ends at `root`: every proven finding that it brings about, directly or not, the symptom first.
pub(super) fn to(root: &Found, all: &[Found]) -> Vec<Link> {
    let mut depths: Vec<Option<usize>> = vec![None; all.len()];
    // No way leads back to its effect, so that depths settle within as many rounds as there are findings.
    for _ in 0..all.len() {
        for (at, effect) in all.iter().enumerate().filter(|(_, one)| one.strength == Strength::Proven) {
            let above = all.iter().zip(&depths).filter(|(reason, _)| is_reason(reason, effect)).filter_map(
                |(reason, depth)| {
                    let is_root = reason.cause.text.id == root.cause.text.id;
                    if is_root { Some(0) } else { *depth }
                },
            );
            depths[at] = above.max().map(|depth| depth + 1).max(depths[at]);
        }
    }
    let mut effects: Vec<(usize, &Found)> =
        all.iter().zip(depths).filter_map(|(one, depth)| depth.map(|depth| (depth, one))).collect();
    effects.sort_by_key(|(depth, one)| (std::cmp::Reverse(*depth), one.place));
    effects.into_iter().map(|(_, one)| link(one)).chain([link(root)]).collect()
}

fn link(found: &Found) -> Link {
    let because: Vec<FactId> = found.matched.because.clone();
    Link { cause: CauseId(Cow::Borrowed(found.cause.text.id)), because }
}

#[cfg(test)]
mod tests {
    use super::super::super::rule::{Cause, Match, Rule};
    use super::*;
    use app::model::{CauseText, Family, Step};

    fn cause(id: &'static str) -> &'static Cause {
        let text = CauseText {
            id,
            title: "",
            family: Family::Code,
            step: Step::Logs,
            explanation: "",
            evidence: &[],
            contradictions: &[],
            look_alikes: &[],
            fixes: &[],
            references: &[],
        };
        Box::leak(Box::new(Cause { text, testimony: &[], absorbs: &[], rule: Rule::Whole(|_| None) }))
    }

    fn found(id: &'static str, strength: Strength, target: &str, place: usize) -> Found {
        let matched = Match::new(id).on(target);
        Found { cause: cause(id), matched, strength, place, absorbed: false }
    }

    fn ids(chain: &[Link]) -> Vec<&str> {
        chain.iter().map(|link| link.cause.0.as_ref()).collect()
    }

    #[test]
    fn the_chain_runs_from_the_symptom_to_the_root() {
        let all = [
            found("php-fpm-max-children", Strength::Proven, "a:1", 0),
            found("app-dependency-stalled", Strength::Proven, "a:1", 1),
            found("upstream-unix-backlog-full", Strength::Proven, "a:1", 2),
        ];
        let chain = to(&all[1], &all);
        assert_eq!(ids(&chain), ["upstream-unix-backlog-full", "php-fpm-max-children", "app-dependency-stalled"]);
        assert!(has_reason(&all[0], &all) && has_reason(&all[2], &all) && !has_reason(&all[1], &all));
    }

    #[test]
    fn what_is_not_proven_or_elsewhere_is_no_link() {
        let all = [
            found("upstream-closed-before-response", Strength::Strong, "a:1", 0),
            found("gunicorn-worker-timeout", Strength::Proven, "a:1", 1),
            found("upstream-down-not-listening", Strength::Proven, "b:1", 2),
        ];
        assert_eq!(ids(&to(&all[1], &all)), ["gunicorn-worker-timeout"]);
        let weak = [
            found("upstream-closed-before-response", Strength::Proven, "a:1", 0),
            found("gunicorn-worker-timeout", Strength::Strong, "a:1", 1),
        ];
        assert_eq!(ids(&to(&weak[0], &weak)), ["upstream-closed-before-response"]);
        assert!(!has_reason(&weak[0], &weak));
    }

    #[test]
    fn look_alikes_that_are_reasons_too_are_settled_by_a_proven_one() {
        let mut effect = found("upstream-closed-before-response", Strength::Strong, "a:1", 0);
        effect.matched = effect.matched.open_unless(false, "app-worker-segfault", "look");
        effect.matched = effect.matched.open_unless(false, "upstream-blocks-gateway", "look");
        effect.matched = effect.matched.open_unless(false, "upstream-hang-not-accepting", "look");
        let all = [effect, found("app-worker-segfault", Strength::Proven, "a:1", 1)];
        assert_eq!(settled_by_reasons(&all[0], &all), ["app-worker-segfault", "upstream-blocks-gateway"]);
        assert!(settled_by_reasons(&all[0], &all[..1]).is_empty());
    }
}
