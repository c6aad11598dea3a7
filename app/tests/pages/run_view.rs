//! A run's texts.

use crate::fixture::{DOWN, WRONG_PORT, run};
use app::model::RunState;
use app::run_view::RunView;

#[test]
fn a_run_becomes_its_texts() {
    let view = RunView::from_run(&run(RunState::Finished), &[&DOWN, &WRONG_PORT]);
    assert_eq!((view.state.as_str(), view.ended, view.took.as_str()), ("finished", true, "812 ms"));
    assert_eq!(view.started.text, "22 Nov 2026, 18:03 UTC");
    assert_eq!(view.hops[0].name, "nginx 1.22.1");
    assert_eq!(view.steps.len(), 6);
    assert_eq!(view.steps[4].skipped[0].command, "sudo nft list ruleset");
    let verdict = view.verdict.expect("it has ended");
    assert_eq!(verdict.strength_label, "Proven");
    let named = verdict.cause.expect("a cause is named");
    assert_eq!((named.title.as_str(), named.family.as_str()), (DOWN.title, "Faulty code or configuration"));
    assert_eq!(verdict.because.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["f9", "f7", "f1"]);
    assert_eq!(verdict.because[0].step, "step 6");
    // A cause that the catalogue does not know keeps its id.
    assert_eq!(verdict.chain[0].title, "all-backends-marked-down");
    // The verdict's own cause is not listed a second time.
    assert_eq!(view.others.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [WRONG_PORT.id]);
}

#[test]
fn a_run_that_knows_little_still_has_six_steps() {
    let mut young = run(RunState::Running);
    young.steps.truncate(1);
    let view = RunView::from_run(&young, &[]);
    assert_eq!(view.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!((view.steps[5].state.as_str(), view.steps[5].took.as_str()), ("pending", ""));
    assert!(!view.ended && view.verdict.is_none() && !view.waiting_for.is_empty());
}
