//! The pure part as a whole: traces in, public components out.

use super::*;
use crate::selfcheck::Reach;
use crate::status::Unstable;
use crate::status::latency;
use app::model::time::DAY_MS;
use app::model::{Confirm, FaultKind, Millis, Monitor, Origin, Phases};
use proptest::prelude::*;

pub(super) const INTERVAL: i64 = 30_000;
/// Noon of some day.
pub(super) const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;

pub(super) fn watched(id: &str, public: bool) -> Watched {
    Watched {
        monitor: Monitor {
            id: id.parse().unwrap(),
            name: id.to_uppercase(),
            url: format!("http://{id}.internal/"),
            interval: Millis(30_000),
            public,
            in_file: true,
        },
        down: Confirm { needed: 2, of: 3 },
        up: Confirm { needed: 2, of: 2 },
        depends_on: Vec::new(),
        timed: true,
        patience: Duration::from_secs(12),
        reach: Reach::Network,
        unstable: Unstable::default(),
    }
}

fn component(slug: &str, monitors: &[&str], public: bool) -> Component {
    Component {
        slug: slug.parse().unwrap(),
        name: slug.to_uppercase(),
        group: None,
        monitors: monitors.iter().map(|id| id.parse().unwrap()).collect(),
        public,
    }
}

pub(super) fn config(monitors: Vec<Watched>, components: Vec<Component>) -> BoardConfig {
    BoardConfig {
        title: "Test".to_owned(),
        monitors,
        components,
        listeners: Vec::new(),
        maintenances: Vec::new(),
        only_self: false,
    }
}

pub(super) fn sample(at: i64, class: Class) -> Sample {
    let fault = (!matches!(class, Class::Up | Class::Degraded)).then(|| Fault {
        kind: if class == Class::Down { FaultKind::Status } else { FaultKind::Blocked },
        origin: Origin::Edge,
        status: Some(502),
        detail: "10.20.0.5 said no".to_owned(),
    });
    Sample { at: At(at), class, latency: Millis(20), status: None, phases: Phases::default(), fault }
}

pub(super) fn core(config: &BoardConfig) -> Core {
    Core::new(config, BTreeMap::new(), At(NOON)).0
}

fn feed(core: &mut Core, id: &str, from: i64, trace: &str) -> Vec<SpanChange> {
    let id = id.parse().unwrap();
    let mut changes = Vec::new();
    for (tick, letter) in (0..).zip(trace.chars()) {
        let class = match letter {
            'U' => Class::Up,
            'D' => Class::Down,
            'B' => Class::Blocked,
            _ => Class::Unknown,
        };
        changes.extend(core.apply(&id, &sample(from + tick * INTERVAL, class), None).changes);
    }
    changes
}

#[test]
fn a_page_without_samples_is_unknown_with_empty_days() {
    let mut core = core(&config(vec![watched("shop", true)], Vec::new()));
    let page = core.public(At(NOON));
    assert_eq!(page.len(), 1, "a monitor in no component is one of its own");
    let shop = &page[0];
    assert_eq!((shop.state, shop.since, shop.last_sample, shop.uptime), (State::Unknown, None, None, None));
    assert_eq!(shop.days.len(), 90);
    assert_eq!(shop.days[89].day, At(NOON).day());
    assert!(shop.days.iter().all(|day| day.spent == app::model::status::Spent::default()));
    assert_eq!(shop.latency.len(), 48);
    assert_eq!(shop.reason.as_deref(), Some("no data"));
}

#[test]
fn an_outage_is_red_with_a_public_reason_and_its_exact_beginning() {
    let mut core = core(&config(vec![watched("shop", true)], Vec::new()));
    feed(&mut core, "shop", NOON, "UUUDD");
    let now = At(NOON + 5 * INTERVAL);
    let page = core.public(now);
    let shop = &page[0];
    assert_eq!((shop.state, shop.since), (State::Outage, Some(At(NOON + 3 * INTERVAL))));
    assert_eq!(shop.reason.as_deref(), Some("status 502"));
    let today = shop.days[89].spent;
    assert_eq!((today.operational, today.outage), (3 * INTERVAL, 2 * INTERVAL));
    assert_eq!(shop.uptime, Some(0.6));
    assert_eq!(shop.latency[47].median, Some(Millis(20)));
    let seen = serde_json::to_string(&page).unwrap();
    assert!(!seen.contains("10.20") && !seen.contains("internal"), "{seen}");
}

#[test]
fn private_monitors_say_nothing_to_visitors() {
    let config = config(
        vec![watched("open", true), watched("secret", false), watched("hidden", false)],
        vec![component("mixed", &["open", "secret"], true), component("inner", &["hidden"], true)],
    );
    let mut core = core(&config);
    feed(&mut core, "open", NOON, "UU");
    feed(&mut core, "secret", NOON, "UDD");
    feed(&mut core, "hidden", NOON, "DD");
    let page = core.public(At(NOON + 3 * INTERVAL));
    assert_eq!(page.len(), 1, "a component of private monitors only is not there");
    assert_eq!((page[0].state, page[0].reason.as_deref()), (State::Operational, None));
    assert_eq!(page[0].last_sample, Some(At(NOON + INTERVAL)));
    let operate = core.operate();
    let states: Vec<State> = operate.iter().map(|view| view.state).collect();
    assert_eq!(states, [State::PartialOutage, State::Outage], "admins see all");
    assert_eq!(operate[0].monitors[1].last.as_ref().unwrap().fault.as_ref().unwrap().detail, "10.20.0.5 said no");
}

#[test]
fn silence_becomes_unknown_after_three_intervals_and_is_told_from_the_missing_sample_on() {
    let mut core = core(&config(vec![watched("shop", true)], Vec::new()));
    feed(&mut core, "shop", NOON, "U");
    let grace = 3 * INTERVAL + 2 * 20;
    assert!(core.tick(At(NOON + grace)).changes.is_empty());
    let lapsed = core.tick(At(NOON + grace + 1)).changes;
    assert_eq!(lapsed.len(), 1);
    assert_eq!((lapsed[0].since, lapsed[0].state), (At(NOON + INTERVAL), State::Unknown));
    assert!(core.tick(At(NOON + 10 * INTERVAL)).changes.is_empty(), "once");
    let page = core.public(At(NOON + 10 * INTERVAL));
    assert_eq!((page[0].state, page[0].reason.as_deref()), (State::Unknown, Some("no data")));
    let today = page[0].days[89].spent;
    assert_eq!((today.operational, today.unknown), (INTERVAL, 9 * INTERVAL));
    assert_eq!(page[0].uptime, Some(1.0), "unknown time is left out");
}

#[test]
fn a_blocked_monitor_is_unknown_and_not_downtime() {
    let mut core = core(&config(vec![watched("shop", true)], Vec::new()));
    feed(&mut core, "shop", NOON, "UBBB");
    let page = core.public(At(NOON + 4 * INTERVAL));
    assert_eq!((page[0].state, page[0].uptime), (State::Unknown, Some(1.0)));
    assert_eq!(page[0].reason.as_deref(), Some("could not be measured"));
}

fn loaded(core: &Core, changes: Vec<SpanChange>, newest: Vec<Sample>) -> BTreeMap<MonitorId, Loaded> {
    let id = core.known().pop_first().unwrap();
    let spans = changes.into_iter().map(|change| Span { since: change.since, state: change.state }).collect();
    BTreeMap::from([(
        id,
        Loaded {
            spans,
            open: newest.iter().map(|sample| (sample.at, sample.latency)).collect(),
            newest,
            closed: Vec::new(),
        },
    )])
}

#[test]
fn after_a_restart_it_goes_on_and_time_without_gatewatch_is_unknown() {
    let config = config(vec![watched("shop", true)], Vec::new());
    let mut core = core(&config);
    let changes = feed(&mut core, "shop", NOON, "UUDD");
    let last = NOON + 3 * INTERVAL;
    let newest: Vec<Sample> = vec![sample(NOON + 2 * INTERVAL, Class::Down), sample(last, Class::Down)];

    let (mut soon, effects) =
        Core::new(&config, loaded(&core, changes.clone(), newest.clone()), At(last + 2 * INTERVAL));
    assert!(effects.changes.is_empty());
    let now = At(last + 2 * INTERVAL);
    assert_eq!(soon.public(now), {
        let mut before = core.public(now);
        before[0].latency = soon.public(now)[0].latency.clone();
        before
    });

    let (mut late, effects) = Core::new(&config, loaded(&core, changes, newest), At(last + DAY_MS));
    assert_eq!((effects.changes[0].since, effects.changes[0].state), (At(last + INTERVAL), State::Unknown));
    let page = late.public(At(last + DAY_MS));
    assert_eq!(page[0].state, State::Unknown);
    let all: i64 = page[0].days.iter().map(|day| day.spent.unknown).sum();
    assert_eq!(all, DAY_MS - INTERVAL);
}

#[test]
fn an_open_latency_bucket_is_taken_up_again() {
    let config = config(vec![watched("shop", true)], Vec::new());
    let core = core(&config);
    let newest = vec![sample(NOON, Class::Up), sample(NOON + 1, Class::Up)];
    let (mut again, effects) = Core::new(&config, loaded(&core, Vec::new(), newest), At(NOON + latency::BUCKET_MS));
    let expected = StoredLatency { monitor: "shop".parse().unwrap(), at: At(NOON), median: Millis(20), count: 2 };
    assert_eq!(effects.latencies, [expected], "it ended while Gatewatch did not run");
    assert_eq!(again.public(At(NOON + latency::BUCKET_MS))[0].latency[46].median, Some(Millis(20)));
}

#[test]
fn reloading_keeps_what_is_known() {
    let before = config(vec![watched("shop", true), watched("api", true)], Vec::new());
    let mut core = core(&before);
    feed(&mut core, "shop", NOON, "UDD");
    let after = config(vec![watched("shop", true), watched("new", true)], vec![component("web", &["shop"], true)]);
    core.reconfigure(&after, BTreeMap::new(), At(NOON + 3 * INTERVAL));
    let page = core.public(At(NOON + 3 * INTERVAL));
    let shown: Vec<(&str, State)> = page.iter().map(|status| (status.slug.as_str(), status.state)).collect();
    assert_eq!(shown, [("web", State::Outage), ("new", State::Unknown)]);
}

#[test]
fn cached_days_equal_days_counted_anew() {
    let config = config(vec![watched("shop", true)], Vec::new());
    let mut kept = core(&config);
    let mut all = Vec::new();
    // A sample each six hours would lapse; every sixth of a day is fed as a short burst.
    for burst in 0..40 {
        let from = NOON + burst * DAY_MS / 6;
        let trace = if burst % 4 == 3 { "DDD" } else { "UUU" };
        all.extend(feed(&mut kept, "shop", from, trace));
        all.extend(kept.tick(At(from + DAY_MS / 8)).changes);
        kept.public(At(from + DAY_MS / 8));
    }
    let now = At(NOON + 7 * DAY_MS);
    all.extend(kept.tick(now).changes);
    let mut anew = History::default();
    for change in all {
        anew.fold(Span { since: change.since, state: change.state });
    }
    let page = kept.public(now);
    assert_eq!(page[0].days, uptime::days(&[&anew], now.day() - 89, now).into());
}

proptest! {
    /// Samples of one tick may arrive in any order of monitors.
    #[test]
    fn the_order_within_a_tick_does_not_matter(
        ticks in prop::collection::vec(prop::collection::vec(0_u8..4, 3), 1..20),
        order in Just(vec![0_usize, 1, 2]).prop_shuffle(),
    ) {
        let ids = ["a", "b", "c"];
        let config = config(
            ids.iter().map(|id| watched(id, true)).collect(),
            vec![component("all", &ids, true)],
        );
        let (mut one, mut two) = (core(&config), core(&config));
        for (tick, classes) in (0..).zip(&ticks) {
            let sample_of = |index: usize| {
                let class = [Class::Up, Class::Degraded, Class::Down, Class::Unknown][usize::from(classes[index])];
                sample(NOON + tick * INTERVAL, class)
            };
            for (index, id) in ids.iter().enumerate() {
                one.apply(&id.parse().unwrap(), &sample_of(index), None);
            }
            for &index in &order {
                two.apply(&ids[index].parse().unwrap(), &sample_of(index), None);
            }
        }
        let now = At(NOON + 21 * INTERVAL);
        prop_assert_eq!(one.public(now), two.public(now));
        prop_assert_eq!(one.operate(), two.operate());
    }
}

#[test]
fn intervals_tell_each_time_that_was_not_operational_newest_first() {
    let config = config(vec![watched("a", true)], vec![component("web", &["a"], true)]);
    let mut core = core(&config);
    feed(&mut core, "a", NOON, "UUDDDUUU");
    let now = At(NOON + 8 * INTERVAL);
    let shown = core.public(now).remove(0).intervals;
    let outage = Interval { state: State::Outage, from: At(NOON + 2 * INTERVAL), until: Some(At(NOON + 5 * INTERVAL)) };
    assert_eq!(*shown, [outage]);
    feed(&mut core, "a", NOON + 8 * INTERVAL, "DD");
    let later = At(NOON + 10 * INTERVAL);
    let shown = core.public(later).remove(0).intervals;
    assert_eq!(*shown, [Interval { from: At(NOON + 8 * INTERVAL), until: None, ..outage }, outage]);
    // After 90 days nothing of it is left to show.
    let long_after = At(NOON + 95 * DAY_MS);
    core.tick(long_after);
    let shown = core.public(long_after).remove(0).intervals;
    assert!(shown.iter().all(|interval| interval.state == State::Unknown), "{shown:?}");
}
