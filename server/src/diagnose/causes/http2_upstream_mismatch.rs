//! One side speaks HTTP/2 and the other HTTP/1.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Heard, Opener};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "http2-upstream-mismatch",
        title: "Gateway and upstream speak different versions of HTTP",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream speaks only HTTP/2 (a gRPC server, an h2c listener) while the gateway sends HTTP/1.1, or the gateway forwards as gRPC or h2c to a server that knows only HTTP/1.1. Each side takes the other's first bytes for garbage and closes.",
        evidence: &[
            "To HTTP/2's preface the upstream answers with SETTINGS, to HTTP/1.1 it does not answer (or the other way round).",
            "nginx logs no valid HTTP header, or a too large http2 frame (the letters HTTP read as a length).",
        ],
        contradictions: &["The upstream answers the protocol that the gateway speaks."],
        look_alikes: &["response-not-http", "upstream-closed-before-response", "scheme-http-to-tls-port"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Forward in the protocol that it speaks ({place}): grpc_pass for gRPC and HTTP/2, proxy_pass for HTTP/1.1",
                command: "grpc_pass grpc://{target};   # HTTP/2\nproxy_pass http://{target};  # HTTP/1.1\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Name the protocol on the server line",
                command: "server app {target} proto h2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Name the protocol in the upstream's address",
                command: "reverse_proxy h2c://{target}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Name the scheme of the service",
                command: "loadBalancer:\n  servers:\n    - url: \"h2c://{target}\"",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Turn HTTP/2 on for the cluster",
                command: "typed_extension_protocol_options with explicit_http_config: {http2_protocol_options: {}}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See what it speaks",
                command: "curl -sS -o /dev/null -w '%{http_version}\\n' --http2-prior-knowledge http://{target}/; curl -sS -o /dev/null -w '%{http_version}\\n' --http1.1 http://{target}/",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_grpc_module.html#grpc_pass",
            "https://www.rfc-editor.org/rfc/rfc9113#section-3.3",
        ],
    },
    testimony: &[
        Meaning::NotHttp,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::InvalidHeader,
        Meaning::BadHttp2,
        Meaning::ReadTimeout,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.suffers() {
        return None;
    }
    let by_http2 = case.spoken(target, Opener::Http2)?;
    let by_http = case.spoken(target, Opener::Http)?;
    let ok = |heard: Heard| matches!(heard, Heard::Http | Heard::HttpComplaint | Heard::HttpWantsTls);
    let speaks_http2 = by_http2.1.heard == Heard::Http2;
    let speaks_http = ok(by_http.1.heard);
    let headline = if case.speaks(&["http"]) && speaks_http2 && !speaks_http {
        format!("{target} speaks only HTTP/2, and the gateway speaks HTTP/1.1 to it")
    } else if case.speaks(&["grpc", "h2c"])
        && !speaks_http2
        && speaks_http
        && case.grpc_health(target).is_none()
        && !case.directs(target, true).any(|(_, direct)| direct.answered())
    {
        format!("{target} speaks only HTTP/1.1, and the gateway speaks HTTP/2 to it")
    } else {
        return None;
    };
    Some(
        Match::new(headline)
            .because_all([by_http2.0, by_http.0])
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(true),
    )
}
