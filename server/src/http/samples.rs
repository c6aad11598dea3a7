//! A small snapshot for tests of what is made from one.

use app::model::status::Days;
use app::model::{At, ComponentStatus, Impact, Incident, Maintenance, Millis, Phase, Snapshot, State, Update};
use std::sync::Arc;

/// One operational component and one in outage since the second 1, with an open and a resolved incident.
pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        version: 7,
        as_of: At(10_000),
        title: "Example status".to_owned(),
        state: State::Outage,
        components: vec![
            component("web", Some("Sites"), State::Outage),
            component("mail", None, State::Operational),
            component("shop", Some("Sites"), State::Unknown),
        ],
        active: vec![incident("i1", Phase::Investigating, None)],
        past: vec![incident("i0", Phase::Resolved, Some(At(4_000)))],
        maintenances: Vec::new(),
        calendar: Vec::new(),
        storage_ok: true,
        blind: None,
        only_self: false,
    }
}

fn component(slug: &str, group: Option<&str>, state: State) -> ComponentStatus {
    ComponentStatus {
        slug: slug.parse().expect("a valid id"),
        name: slug.to_uppercase(),
        group: group.map(str::to_owned),
        state,
        since: Some(At(1_000)),
        last_sample: Some(At(9_000)),
        interval: Millis(30_000),
        reason: None,
        intervals: Arc::default(),
        days: Days::default(),
        uptime: Some(0.5),
        latency: Vec::new(),
    }
}

fn incident(id: &str, phase: Phase, resolved_at: Option<At>) -> Incident {
    Incident {
        id: id.parse().expect("a valid id"),
        title: "Web is down".to_owned(),
        impact: Impact::Major,
        phase,
        started_at: At(1_000),
        resolved_at,
        updated_at: At(5_000),
        components: vec!["web".parse().expect("a valid id")],
        updates: vec![Update {
            id: "u1".parse().expect("a valid id"),
            phase,
            body: "We look into it".to_owned(),
            html: "<p>We look into it</p>".to_owned(),
            at: At(2_000),
            edited_at: None,
            postmortem: false,
            version: 1,
            withdrawn: false,
        }],
        version: 1,
        withdrawn: false,
    }
}

/// Announced work on the component `mail`, from and until these seconds.
pub(super) fn maintenance(from: i64, until: i64) -> Maintenance {
    Maintenance {
        id: "patches".to_owned(),
        title: "Weekly patches".to_owned(),
        about: Some("Mail is late, none is lost; \u{2026}".to_owned()),
        components: vec!["mail".parse().expect("a valid id")],
        from: At(from * 1000),
        until: At(until * 1000),
    }
}
