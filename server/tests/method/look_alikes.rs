//! Causes that look alike to a visitor: each group has one symptom, and every member that is in the register must win
//! over the others where its facts say so.

use super::pages;
use app::model::Strength;
use server::diagnose::CAUSES;
use server::diagnose::causes::by_id;
use server::diagnose::facts::Facts;
use server::diagnose::infer::by_rules;

/// One symptom and what it can come from.
struct Group {
    symptom: &'static str,
    members: &'static [&'static str],
}

const GROUPS: &[Group] = &[
    Group {
        symptom: "refused at once",
        members: &[
            "upstream-down-not-listening",
            "upstream-wrong-port",
            "upstream-bind-address-wrong",
            "firewall-reject-rst",
            "firewall-reject-icmp",
            "container-network-mismatch",
            "localhost-resolves-ipv6-first",
            "upstream-crash-loop",
            "deploy-not-ready",
            "unix-socket-stale",
        ],
    },
    Group {
        symptom: "no answer to the connection attempt",
        members: &[
            "firewall-drop",
            "upstream-accept-queue-full",
            "cloud-security-group",
            "upstream-host-down",
            "asymmetric-route-rp-filter",
            "conntrack-table-full",
            "syn-backlog-flood",
        ],
    },
    Group {
        symptom: "unreachable",
        members: &[
            "no-route-to-upstream",
            "policy-route-blocks",
            "firewall-reject-icmp",
            "upstream-host-down",
            "selinux-connect-denied",
            "interface-down",
            "ipv6-no-route",
        ],
    },
    Group {
        symptom: "closed before the head",
        members: &[
            "keepalive-race",
            "upstream-closed-before-response",
            "gunicorn-worker-timeout",
            "php-fpm-request-terminate-timeout",
            "uwsgi-harakiri",
            "upstream-oom-killed",
            "cgroup-oom-killed",
            "app-worker-segfault",
            "graceful-restart-drop",
            "uwsgi-buffer-size",
            "php-fpm-allowed-clients",
            "scheme-http-to-tls-port",
            "fastcgi-http-mismatch",
            "ids-or-dpi-reset",
            "proxy-protocol-mismatch",
            "upstream-blocks-gateway",
        ],
    },
    Group {
        symptom: "no head in time",
        members: &[
            "upstream-slow-response",
            "upstream-hang-not-accepting",
            "app-worker-pool-exhausted",
            "php-fpm-max-children",
            "upstream-unix-backlog-full",
            "app-dependency-stalled",
            "mtu-blackhole",
            "fastcgi-http-mismatch",
            "idle-middlebox-drop",
            "timeout-order-mismatch",
        ],
    },
    Group {
        symptom: "the TLS handshake fails",
        members: &[
            "tls-cert-expired",
            "tls-cert-not-yet-valid",
            "tls-clock-skew",
            "tls-cert-name-mismatch",
            "tls-untrusted-ca",
            "tls-sni-missing",
            "tls-protocol-mismatch",
            "tls-cipher-mismatch",
            "tls-client-cert-required",
            "tls-handshake-closed",
            "scheme-https-to-plain-port",
        ],
    },
    Group {
        symptom: "the TLS handshake does not end",
        members: &[
            "scheme-https-to-plain-port",
            "mtu-blackhole",
            "upstream-hang-not-accepting",
            "upstream-accept-queue-full",
            "ids-or-dpi-reset",
        ],
    },
    Group {
        symptom: "the answer is broken",
        members: &[
            "response-truncated",
            "response-duplicate-content-length",
            "response-bad-chunking",
            "response-cl-and-te",
            "response-bad-transfer-encoding",
            "disk-full-proxy-temp",
            "temp-dir-permission",
        ],
    },
    Group {
        symptom: "no member can be chosen",
        members: &[
            "all-backends-marked-down",
            "gateway-upstream-cap",
            "lb-empty-backend",
            "health-check-misconfigured",
            "dns-nxdomain",
            "lb-target-deregistered",
        ],
    },
    Group {
        symptom: "the name leads nowhere",
        members: &["dns-nxdomain", "dns-nodata", "dns-servfail", "dns-refused", "dns-timeout", "gateway-no-resolver"],
    },
    Group {
        symptom: "the gateway itself has no room",
        members: &[
            "gateway-worker-connections",
            "gateway-fd-limit",
            "gateway-connection-limit",
            "gateway-rate-limited",
            "httpd-maxrequestworkers",
            "gateway-upstream-cap",
        ],
    },
];

#[test]
fn each_member_wins_over_the_others_of_its_group() {
    let mut problems = Vec::new();
    let (mut held, mut left) = (0, Vec::new());
    for group in GROUPS {
        for member in group.members {
            if by_id(member).is_none() {
                left.push(*member);
                continue;
            }
            let wins = CAUSES.iter().flat_map(|cause| pages::of_cause(cause.text.id)).any(|case| {
                if case.cause() != Some(member) {
                    return false;
                }
                let inference = by_rules(&Facts::new(case.facts()));
                let Some(strength) = inference.verdict.strength.filter(|strength| *strength < Strength::Suggestive)
                else {
                    return false;
                };
                // A link of the chain is what the member brings about, and no rival.
                let chain = &inference.verdict.chain;
                let others =
                    inference.findings.iter().filter(|finding| chain.iter().all(|link| link.cause != finding.cause));
                let mut rivals = others.filter(|finding| group.members.contains(&finding.cause.0.as_ref()));
                inference.verdict.cause.as_ref().is_some_and(|cause| cause.0 == *member)
                    && rivals.all(|rival| rival.strength > strength)
            });
            if wins {
                held += 1;
            } else {
                problems.push(format!("{}: no case in which {member} wins surely and alone", group.symptom));
            }
        }
    }
    left.sort_unstable();
    left.dedup();
    println!("{held} members of {} groups win; not in the register: {}", GROUPS.len(), left.join(", "));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A cause that names look-alikes names causes, or words of the catalogue that are not in the register yet.
#[test]
fn look_alikes_are_written_as_ids() {
    for cause in CAUSES {
        for id in cause.text.look_alikes {
            let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(plain && *id != cause.text.id, "{}: {id}", cause.text.id);
        }
    }
}
