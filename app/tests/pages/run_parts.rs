//! A run's pieces of HTML.

use crate::fixture::{DOWN, WRONG_PORT, run};
use app::model::RunState;
use app::model::run::Change;
use app::run_parts::RunParts;

#[test]
fn they_hold_all_of_a_run() {
    let parts = RunParts::from_run(&run(RunState::Finished), &[&DOWN, &WRONG_PORT]);
    assert!(parts.ended && parts.head.contains("nginx 1.22.1") && parts.head.contains("812 ms"), "{}", parts.head);
    assert!(parts.verdict.contains("Proven") && parts.verdict.contains(DOWN.title), "{}", parts.verdict);
    assert!(parts.others.contains(WRONG_PORT.title) && !parts.others.contains(DOWN.title), "{}", parts.others);
    assert_eq!(parts.steps.len(), 6);
    for (index, step) in parts.steps.iter().enumerate() {
        assert!(step.head.contains(&format!("<h3>{}. ", index + 1)), "{}", step.head);
    }
    assert!(parts.steps[4].body.contains("sudo nft list ruleset"), "{}", parts.steps[4].body);
}

#[test]
fn only_what_changed_differs() {
    let before = run(RunState::Running);
    let mut after = before.clone();
    after.steps[0].duration_ms += 400;
    let (before, after) = (RunParts::from_run(&before, &[&DOWN]), RunParts::from_run(&after, &[&DOWN]));
    assert_ne!(before.steps[0].head, after.steps[0].head);
    assert_eq!(before.steps[0].body, after.steps[0].body);
    assert_eq!(before.steps[1..], after.steps[1..]);
    assert_eq!((before.head, before.verdict, before.others), (after.head, after.verdict, after.others));
}

#[test]
fn what_comes_from_outside_stays_text() {
    const EVIL: &str = "<img src=x onerror=alert(1)>\"'&</code></script>";
    let mut hostile = run(RunState::Finished);
    hostile.state = RunState::Running;
    hostile.waiting_for = Some(EVIL.to_owned());
    hostile.again = "r0".parse().ok();
    hostile.changes.push(Change {
        what: EVIL.to_owned(),
        changed: true,
        before: EVIL.to_owned(),
        after: EVIL.to_owned(),
    });
    for hop in &mut hostile.hops {
        (hop.name, hop.role, hop.evidence) = (EVIL.to_owned(), EVIL.to_owned(), EVIL.to_owned());
    }
    for step in &mut hostile.steps {
        step.summary = EVIL.to_owned();
        step.asked.push(EVIL.to_owned());
        step.by_hand.push(EVIL.to_owned());
        for fact in &mut step.facts {
            (fact.text, fact.seen, fact.at) = (EVIL.to_owned(), EVIL.to_owned(), EVIL.to_owned());
        }
        for skipped in &mut step.skipped {
            (skipped.check, skipped.reason, skipped.command) = (EVIL.to_owned(), EVIL.to_owned(), EVIL.to_owned());
        }
    }
    let verdict = hostile.verdict.as_mut().expect("the fixture has one");
    verdict.title = EVIL.to_owned();
    verdict.still_unknown.push(EVIL.to_owned());
    for fix in &mut verdict.fixes {
        (fix.title, fix.command, fix.verify) = (EVIL.to_owned(), EVIL.to_owned(), EVIL.to_owned());
    }
    let parts = RunParts::from_run(&hostile, &[&DOWN]);
    let mut pieces = vec![&parts.head, &parts.verdict];
    for step in &parts.steps {
        pieces.extend([&step.head, &step.body, &step.by_hand]);
    }
    for piece in &pieces {
        assert!(!piece.contains("<img") && !piece.contains("</script"), "{piece}");
    }
    // In an attribute a quote would end it.
    assert!(
        parts.steps[0].body.contains("datetime=\"&lt;img src=x onerror=alert(1)&gt;&quot;"),
        "{}",
        parts.steps[0].body
    );
    assert!(pieces.iter().filter(|piece| piece.contains("&lt;img src=x")).count() > 10);
}

#[test]
fn they_survive_the_wire() {
    let parts = RunParts::from_run(&run(RunState::Finished), &[&DOWN]);
    let text = serde_json::to_string(&parts).expect("plain data");
    assert!(!text.contains('\n'));
    assert_eq!(serde_json::from_str::<RunParts>(&text).expect("the same data"), parts);
}
