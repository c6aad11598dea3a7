//! What httpd's configuration does at a request's place against failures and load.

use super::choose::Forwarding;
use super::tree::Tree;
use super::workers::{member_urls, parameters};
use crate::gateways::{Care, GatewayConfig, Set};

/// What applies to a request beside its route. httpd has no limit of its own for requests, and takes no source address.
pub(super) fn care(config: &GatewayConfig, tree: &Tree, forwarding: &Forwarding<'_>) -> Care {
    let (scope, url) = (&forwarding.scope, &forwarding.pass.url);
    let on = |name: &str| scope.last(name).is_some_and(super::tree::Directive::is_on);
    let members = member_urls(scope, url).len();
    let live = config.pools.iter().filter(|pool| url.scheme == "balancer" && pool.name == url.host);
    let live = live.flat_map(|pool| &pool.members).filter(|member| !member.down);
    let stays = parameters(&forwarding.pass, scope)
        .get("nofailover", |value| value.eq_ignore_ascii_case("on").then_some(()))
        .is_some();
    let checked = scope
        .every("proxy")
        .flat_map(super::tree::Directive::children)
        .chain(scope.every("balancermember"))
        .any(|line| line.name == "balancermember" && line.args.iter().any(|word| word.starts_with("hcmethod=")));
    let cache = scope.every("cacheenable").next().is_some() && tree.has_module("cache_module") != Some(false);
    Care {
        retries: Some(members > 1 && !stays),
        active_checks: Some(checked && tree.has_module("proxy_hcheck_module") != Some(false)),
        passive_checks: Some(live.clone().count() > 1 && live.clone().any(|member| member.max_fails > 0)),
        cache: Some(cache),
        // It is on where nothing says otherwise.
        stale: Some(cache && (scope.last("cachestaleonerror").is_none() || on("cachestaleonerror"))),
        rate_limits: scope
            .every("qs_srvmaxconnperip")
            .chain(scope.every("dospagecount"))
            .map(|line| Set { value: line.args.join(" "), place: Some(line.place.clone()) })
            .collect(),
        ..Care::default()
    }
}
