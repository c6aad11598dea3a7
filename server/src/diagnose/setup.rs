//! What the configuration does at the request's route against failures and load, as a fact.

use crate::gateways::{Care, Route, Set, Target};
use app::model::fact::limits::Setup;

/// The fact of a route and what applies beside it.
pub(super) fn fact(product: &str, route: &Route, care: &Care) -> Setup {
    let (members, backups) = match &route.target {
        Target::Upstream(upstream) => {
            let live = upstream.members.iter().filter(|member| !member.down);
            let backups = live.clone().filter(|member| member.backup).count();
            (live.count() - backups, backups)
        }
        _ => (0, 0),
    };
    let written = |sets: &[Set<String>]| {
        let one = |set: &Set<String>| match &set.place {
            Some(place) => format!("{} ({place})", set.value),
            None => set.value.clone(),
        };
        sets.iter().map(one).collect()
    };
    Setup {
        product: product.to_owned(),
        members: u32::try_from(members).unwrap_or(u32::MAX),
        backups: u32::try_from(backups).unwrap_or(u32::MAX),
        retries: care.retries,
        active_checks: care.active_checks,
        passive_checks: care.passive_checks,
        cache: care.cache,
        stale: care.stale,
        rate_limits: written(&care.rate_limits),
        connection_limits: written(&care.connection_limits),
        place: match &route.target {
            Target::Upstream(upstream) => upstream.place.to_string(),
            _ => route.place.to_string(),
        },
    }
}
