//! What brings about what: the edges along which a verdict goes from the symptom to its root.
//!
//! An edge says that the reason, where it is proven for the same target, is *why* the effect is there; the verdict
//! then names the reason, and the effect is one link of its chain. Two causes without an edge between them are two
//! faults. Only what always holds stands here: a reason that merely looks like the effect is a look-alike instead.

/// An effect, and the reasons that can bring it about.
type Edge = (&'static str, &'static [&'static str]);

/// Workers that die take their connection, and then their listener, with them.
const DEATHS: &[&str] = &["upstream-oom-killed", "cgroup-oom-killed", "app-worker-segfault"];

/// What keeps workers from taking the next request.
const BUSY: &[&str] = &[
    "php-fpm-max-children",
    "php-fpm-process-max",
    "app-worker-pool-exhausted",
    "app-dependency-stalled",
    "cgroup-cpu-throttled",
    "process-limit-reached",
];

/// What makes a host or its disk slow for everything on it.
const SLOW: &[&str] = &["cgroup-cpu-throttled", "cpu-saturated", "memory-thrash", "disk-io-stall", "disk-full-app"];

/// What keeps an application from starting, or from staying up.
const NEVER_UP: &[&str] =
    &["upstream-crash-loop", "upstream-port-conflict", "deploy-not-ready", "process-limit-reached", "disk-full-app"];

/// What leads the gateway to an address where the application is not, or not any more.
const MISLED: &[&str] =
    &["stale-dns-in-gateway", "container-restarted-new-ip", "dns-split-horizon", "dns-wrong-record"];

/// Every edge; one effect may stand in several rows.
const EDGES: &[Edge] = &[
    ("upstream-down-not-listening", NEVER_UP),
    ("upstream-down-not-listening", DEATHS),
    ("upstream-down-not-listening", &["upstream-bind-address-wrong", "localhost-resolves-ipv6-first"]),
    ("upstream-down-not-listening", MISLED),
    ("upstream-host-down", MISLED),
    ("firewall-drop", MISLED),
    ("no-route-to-upstream", &["interface-down", "ipv6-no-route"]),
    ("upstream-bind-address-wrong", &["localhost-resolves-ipv6-first"]),
    ("unix-socket-stale", NEVER_UP),
    ("unix-socket-stale", DEATHS),
    ("unix-socket-missing", NEVER_UP),
    ("unix-socket-missing", &["unix-socket-namespace"]),
    ("upstream-crash-loop", DEATHS),
    ("upstream-crash-loop", &["upstream-port-conflict", "process-limit-reached", "disk-full-app"]),
    ("upstream-closed-before-response", DEATHS),
    (
        "upstream-closed-before-response",
        &[
            "gunicorn-worker-timeout",
            "php-fpm-request-terminate-timeout",
            "uwsgi-harakiri",
            "uwsgi-buffer-size",
            "upstream-crash-loop",
            "graceful-restart-drop",
            "php-fpm-allowed-clients",
            "keepalive-race",
            "scheme-http-to-tls-port",
            "fastcgi-http-mismatch",
            "proxy-protocol-mismatch",
            "http2-upstream-mismatch",
            "upstream-blocks-gateway",
        ],
    ),
    ("upstream-hang-not-accepting", BUSY),
    (
        "upstream-hang-not-accepting",
        &["fastcgi-http-mismatch", "scheme-https-to-plain-port", "http2-upstream-mismatch"],
    ),
    ("upstream-hang-not-accepting", &["mtu-blackhole"]),
    ("upstream-slow-response", BUSY),
    ("upstream-slow-response", SLOW),
    ("upstream-accept-queue-full", BUSY),
    ("upstream-unix-backlog-full", BUSY),
    ("php-fpm-max-children", &["php-fpm-process-max", "app-dependency-stalled"]),
    ("php-fpm-max-children", SLOW),
    ("app-worker-pool-exhausted", &["app-dependency-stalled", "process-limit-reached"]),
    ("app-worker-pool-exhausted", SLOW),
    ("gunicorn-worker-timeout", &["app-dependency-stalled"]),
    ("gunicorn-worker-timeout", SLOW),
];

/// Whether `reason` is one of the direct reasons of `effect`.
pub(super) fn brings_about(reason: &str, effect: &str) -> bool {
    EDGES.iter().any(|(of, reasons)| *of == effect && reasons.contains(&reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_way_leads_back_to_its_effect() {
        for (effect, _) in EDGES {
            let mut seen = BTreeSet::new();
            let mut next = vec![*effect];
            while let Some(one) = next.pop() {
                for reason in EDGES.iter().filter(|(of, _)| *of == one).flat_map(|(_, reasons)| reasons.iter()) {
                    assert_ne!(reason, effect, "{effect} would bring itself about");
                    if seen.insert(*reason) {
                        next.push(reason);
                    }
                }
            }
        }
    }

    #[test]
    fn an_edge_is_found_in_its_direction_only() {
        assert!(brings_about("php-fpm-max-children", "upstream-unix-backlog-full"));
        assert!(!brings_about("upstream-unix-backlog-full", "php-fpm-max-children"));
    }
}
