//! Announced work: samples go on, the history says maintenance, and what lies beside it keeps its own time.

use super::tests::*;
use super::*;
use crate::status::windows::{Maintenance as Announced, Plan};
use app::model::status::Spent;

const MINUTE: i64 = 60_000;

/// Five minutes of work from 12:05 on, on these monitors.
fn work(monitors: &[&str]) -> Announced {
    Announced {
        id: "patches".to_owned(),
        title: "Patches".to_owned(),
        about: None,
        monitors: monitors.iter().map(|id| id.parse().unwrap()).collect(),
        plan: Plan::new("2024-10-04T12:05", "UTC", None, Duration::from_mins(5)).unwrap(),
    }
}

fn with_work(public: bool) -> BoardConfig {
    BoardConfig { maintenances: vec![work(&["shop"])], ..config(vec![watched("shop", public)], Vec::new()) }
}

/// Ticks and samples from noon on, one of each every 30 s; all changes as minutes after noon.
fn changes(core: &mut Core, trace: &str) -> Vec<(f64, State)> {
    let id = "shop".parse().unwrap();
    let mut changes = Vec::new();
    for (tick, letter) in (0..).zip(trace.chars()) {
        let at = NOON + tick * INTERVAL;
        changes.extend(core.tick(At(at)).changes);
        let class = if letter == 'U' { Class::Up } else { Class::Down };
        changes.extend(core.apply(&id, &sample(at, class), None).changes);
    }
    #[expect(clippy::cast_precision_loss, reason = "some minutes")]
    let minutes = |at: At| at.since(At(NOON)) as f64 / MINUTE as f64;
    changes.into_iter().map(|change| (minutes(change.since), change.state)).collect()
}

#[test]
fn announced_work_stays_apart_to_the_second_whatever_is_measured_meanwhile() {
    let mut core = core(&with_work(true));
    let found = changes(&mut core, "UUUUUUUUUUUUDDDDUUUUUUUUUU");
    assert_eq!(found, [(0.0, State::Operational), (5.0, State::Maintenance), (10.0, State::Operational)]);
    let spent = core.public(At(NOON + 13 * MINUTE))[0].days[89].spent;
    assert_eq!(spent, Spent { operational: 8 * MINUTE, maintenance: 5 * MINUTE, ..Spent::default() });
}

#[test]
fn an_outage_that_outlasts_the_work_begins_with_its_end() {
    let mut core = core(&with_work(true));
    let found = changes(&mut core, "UUUUUUUUUUUUUUUUDDDDDDDD");
    assert_eq!(found, [(0.0, State::Operational), (5.0, State::Maintenance), (10.0, State::Outage)]);
    // The first failure lies within the work, its confirmation after it.
    let mut late = self::core(&with_work(true));
    let found = changes(&mut late, "UUUUUUUUUUUUUUUUUUUDD");
    assert_eq!(found.last(), Some(&(10.0, State::Outage)), "{found:?}");
}

#[test]
fn an_outage_from_before_the_work_is_told_up_to_it() {
    let mut core = core(&with_work(true));
    let found = changes(&mut core, "UUUUUUUUUDDD");
    assert_eq!(
        found,
        [(0.0, State::Operational), (5.0, State::Maintenance), (4.5, State::Outage), (5.0, State::Maintenance)]
    );
    assert_eq!(core.public(At(NOON + 6 * MINUTE))[0].state, State::Maintenance);
    let spent = core.public(At(NOON + 6 * MINUTE))[0].days[89].spent;
    let (operational, outage) = (4 * MINUTE + MINUTE / 2, MINUTE / 2);
    assert_eq!(spent, Spent { operational, outage, maintenance: MINUTE, ..Spent::default() });
}

#[test]
fn work_that_ended_unseen_ends_where_it_was_planned_to() {
    let span = |minute: i64, state| Span { since: At(NOON + minute * MINUTE), state };
    let left = Loaded {
        spans: vec![span(0, State::Operational), span(5, State::Maintenance)],
        newest: vec![sample(NOON + 6 * MINUTE, Class::Up)],
        ..Loaded::default()
    };
    let restart = |config: &BoardConfig, minute: i64| {
        let loaded = [("shop".parse().unwrap(), left.clone())].into();
        let (mut core, effects) = Core::new(config, loaded, At(NOON + minute * MINUTE));
        let state = core.public(At(NOON + minute * MINUTE))[0].state;
        let changes: Vec<_> = effects.changes.iter().map(|c| (c.since.since(At(NOON)) / MINUTE, c.state)).collect();
        (changes, state)
    };
    assert_eq!(restart(&with_work(true), 60), (vec![(10, State::Unknown)], State::Unknown));
    assert_eq!(restart(&with_work(true), 8), (vec![], State::Maintenance), "it is still on");
    let forgotten = config(vec![watched("shop", true)], Vec::new());
    assert_eq!(restart(&forgotten, 60), (vec![(6, State::Unknown)], State::Unknown));
}

#[test]
fn work_announced_afterwards_changes_nothing_that_was_measured() {
    let mut core = core(&config(vec![watched("shop", true)], Vec::new()));
    changes(&mut core, "UUUUUUUUUUUUUUDD");
    let effects = core.reconfigure(&with_work(true), BTreeMap::new(), At(NOON + 8 * MINUTE));
    let found: Vec<_> = effects.changes.iter().map(|c| (c.since.since(At(NOON)), c.state)).collect();
    assert_eq!(found, [(7 * MINUTE + MINUTE / 2, State::Maintenance)]);
    let spent = core.public(At(NOON + 8 * MINUTE))[0].days[89].spent;
    assert_eq!(spent.outage, MINUTE / 2, "the outage before stays one");
}

#[test]
fn visitors_are_told_of_work_on_what_they_may_see() {
    let shown = self::core(&with_work(true));
    let told = shown.announced(At(NOON));
    assert_eq!((told.len(), told[0].from, told[0].until), (1, At(NOON + 5 * MINUTE), At(NOON + 10 * MINUTE)));
    assert!(!told[0].is_on(At(NOON)) && told[0].is_on(At(NOON + 5 * MINUTE)));
    assert_eq!(told[0].components, ["shop".parse().unwrap()]);
    assert!(shown.announced(At(NOON - 15 * app::model::time::DAY_MS)).is_empty(), "not weeks before");
    assert!(self::core(&with_work(false)).announced(At(NOON)).is_empty(), "nor of private things");
    let mut over = self::core(&with_work(true));
    over.tick(At(NOON + 10 * MINUTE));
    assert!(over.announced(At(NOON + 10 * MINUTE)).is_empty());
}
