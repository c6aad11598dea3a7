//! A child of a dead parent: shown as it is, and told to nobody.

use super::tests::*;
use super::*;

fn family() -> Core {
    let child = Watched { depends_on: vec!["router".parse().unwrap()], ..watched("shop", true) };
    core(&config(vec![watched("router", false), child], Vec::new()))
}

/// One tick: a sample of each, the router's first; what is told of the shop.
fn told(core: &mut Core, tick: i64, router: Class, shop: Class) -> Vec<State> {
    let at = NOON + tick * INTERVAL;
    let mut turns = core.apply(&"router".parse().unwrap(), &sample(at, router)).turns;
    turns.extend(core.apply(&"shop".parse().unwrap(), &sample(at, shop)).turns);
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

#[test]
fn a_child_that_fails_alone_is_told_as_ever() {
    use Class::{Down, Up};
    let mut core = family();
    told(&mut core, 0, Up, Up);
    told(&mut core, 1, Up, Down);
    assert_eq!(told(&mut core, 2, Up, Down), [State::Outage]);
    assert_eq!(core.public(At(NOON + 3 * INTERVAL))[0].reason.as_deref(), Some("status 502"));
}
