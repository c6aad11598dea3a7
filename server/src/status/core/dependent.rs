//! A child of a dead parent: shown as it is, and told to nobody.

use super::tests::*;
use super::*;
use app::model::Millis;

fn family() -> Core {
    let child = Watched { depends_on: vec!["router".parse().unwrap()], ..watched("shop", true) };
    core(&config(vec![watched("router", false), child], Vec::new()))
}

/// One tick: a sample of each, the router's first; what is told of the shop.
fn told(core: &mut Core, tick: i64, router: Class, shop: Class) -> Vec<State> {
    let at = NOON + tick * INTERVAL;
    let mut turns = core.apply(&"router".parse().unwrap(), &sample(at, router), None).turns;
    turns.extend(core.apply(&"shop".parse().unwrap(), &sample(at, shop), None).turns);
    turns.into_iter().filter(|turn| turn.component.as_str() == "shop").map(|turn| turn.state).collect()
}

#[test]
fn a_child_of_a_dead_parent_is_told_to_nobody_until_the_parent_is_well() {
    use Class::{Down, Up};
    let mut core = family();
    assert_eq!(told(&mut core, 0, Up, Up), [State::Operational]);
    assert_eq!(told(&mut core, 1, Down, Down), []);
    assert_eq!(told(&mut core, 2, Down, Down), [State::Unknown], "which no listener hears of");
    let page = core.public(At(NOON + 3 * INTERVAL));
    assert_eq!((page[0].slug.as_str(), page[0].state), ("shop", State::Outage), "visitors see what is");
    assert_eq!(page[0].reason.as_deref(), Some("something that it depends on is down"));
    assert_eq!(told(&mut core, 3, Up, Down), []);
    assert_eq!(told(&mut core, 4, Up, Down), [State::Outage], "now it is its own fault");
    assert_eq!(core.public(At(NOON + 5 * INTERVAL))[0].reason.as_deref(), Some("status 502"));
    assert_eq!(told(&mut core, 5, Up, Up), []);
    assert_eq!(told(&mut core, 6, Up, Up), [State::Operational]);
}

/// One sample whose probe took so long; whom it asks, and what is told of the shop.
fn one(core: &mut Core, id: &str, at: i64, class: Class, took: u32) -> (Vec<String>, Vec<State>) {
    let sample = Sample { latency: Millis(took), ..sample(NOON + at, class) };
    let effects = core.apply(&id.parse().unwrap(), &sample, None);
    let asks = effects.ask.iter().map(ToString::to_string).collect();
    (asks, of_shop(effects.turns))
}

fn of_shop(turns: Vec<Turn>) -> Vec<State> {
    turns.into_iter().filter(|turn| turn.component.as_str() == "shop").map(|turn| turn.state).collect()
}

fn green() -> Core {
    let mut core = family();
    one(&mut core, "router", 0, Class::Up, 20);
    assert_eq!(one(&mut core, "shop", 100, Class::Up, 20).1, [State::Operational]);
    core
}

#[test]
fn when_the_child_fails_first_its_parent_is_asked_before_anything_is_told() {
    use Class::{Down, Up};
    let mut core = green();
    assert_eq!(one(&mut core, "shop", 10_000, Down, 3_000).0, ["router"]);
    assert_eq!(one(&mut core, "shop", 13_000, Down, 3_000), (vec![], vec![]), "confirmed, and not told yet");
    assert_eq!(core.public(At(NOON + 16_000))[0].state, State::Outage, "visitors see it at once");
    one(&mut core, "router", 13_000, Down, 5_000);
    assert_eq!(of_shop(core.tick(At(NOON + 18_500)).turns), [], "it has failed once: what confirms it is on its way");
    assert_eq!(one(&mut core, "router", 18_000, Down, 5_000).1, [State::Unknown], "it is the router's fault");
    assert_eq!(core.public(At(NOON + 24_000))[0].reason.as_deref(), Some("something that it depends on is down"));
    // And the other way round: the router answers, so that it is the shop's own.
    let mut core = green();
    one(&mut core, "shop", 10_000, Down, 3_000);
    assert_eq!(one(&mut core, "shop", 13_000, Down, 3_000).1, []);
    let told = core.apply(&"router".parse().unwrap(), &sample(NOON + 13_000, Up), None).turns;
    assert_eq!((told[0].state, told[0].since), (State::Outage, At(NOON + 10_000)), "told with its own beginning");
    assert_eq!(of_shop(core.tick(At(NOON + 17_000)).turns), [], "once");
}

#[test]
fn a_parent_that_never_answers_delays_nothing_for_ever() {
    let mut core = green();
    one(&mut core, "shop", 10_000, Class::Down, 3_000);
    assert_eq!(one(&mut core, "shop", 13_000, Class::Down, 3_000).1, []);
    // Two probes of twelve seconds, from when it was asked.
    assert_eq!(of_shop(core.tick(At(NOON + 36_999)).turns), []);
    assert_eq!(of_shop(core.tick(At(NOON + 37_000)).turns), [State::Outage]);
}

#[test]
fn a_child_that_fails_alone_is_told_as_ever() {
    use Class::{Down, Up};
    let mut core = family();
    told(&mut core, 0, Up, Up);
    told(&mut core, 1, Up, Down);
    assert_eq!(told(&mut core, 2, Up, Down), [State::Outage]);
    assert_eq!(core.public(At(NOON + 3 * INTERVAL))[0].reason.as_deref(), Some("status 502"));
}
