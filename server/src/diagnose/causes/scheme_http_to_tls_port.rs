//! Plain HTTP meets a port that speaks TLS.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Heard, Opener};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "scheme-http-to-tls-port",
        title: "The gateway speaks plain HTTP to a port that wants TLS",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream's port speaks TLS, and the gateway's configuration says http. The server takes the request for a broken handshake and closes, resets or sends an alert; nginx and Go servers say so in a page with status 400, which the gateway passes on.",
        evidence: &[
            "A TLS ClientHello to the same port is answered with TLS.",
            "A plain request to it is closed, reset, answered with an alert or with a page that says that HTTPS is wanted.",
        ],
        contradictions: &["The port answers plain HTTP.", "The port does not answer a ClientHello with TLS."],
        look_alikes: &["upstream-closed-before-response", "response-not-http", "upstream-wrong-port"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Speak TLS to it ({place})",
                command: "proxy_pass https://{target};\nproxy_ssl_server_name on;\nproxy_ssl_name {sni};\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Speak TLS to it",
                command: "SSLProxyEngine on\nProxyPass / https://{target}/\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Speak TLS to it",
                command: "server app {target} ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str({sni})",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Speak TLS to it",
                command: "reverse_proxy https://{target}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Name the scheme of the service",
                command: "loadBalancer:\n  servers:\n    - url: \"https://{target}\"",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Give the cluster a TLS transport socket",
                command: "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, sni: {sni}}}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See that it speaks TLS",
                command: "openssl s_client -connect {target} -servername {sni} </dev/null 2>/dev/null | head -3",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass"],
    },
    testimony: &[
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::SendFailed,
        Meaning::NotHttp,
        Meaning::InvalidHeader,
        Meaning::ReadTimeout,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["http", "grpc", "h2c", "fastcgi", "uwsgi", "scgi"]) || !case.suffers() {
        return None;
    }
    let tls = case.heard(target, Opener::Tls, &[Heard::Tls, Heard::TlsAlert])?;
    let wants = case.heard(target, Opener::Http, &[Heard::HttpWantsTls]);
    let answered = case.directs(target, true).any(|(_, d)| d.answered() && d.status != Some(400));
    let closes = case.closes_directly(target);
    let plain = case.heard(target, Opener::Http, &[Heard::Http, Heard::HttpComplaint]);
    if answered || plain.is_some() {
        return None;
    }
    let odd =
        case.heard(target, Opener::Http, &[Heard::TlsAlert, Heard::Closed, Heard::Reset, Heard::Silence, Heard::Tls]);
    Some(
        Match::new(format!("{target} speaks TLS, and the gateway speaks plain HTTP to it"))
            .because(tls)
            .because_all(wants)
            .because_all(odd)
            .because_all(closes)
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(wants.is_some() || odd.is_some())
            .name(
                "sni",
                case.route.and_then(|(_, route)| route.host_header.clone()).unwrap_or_else(|| "NAME".to_owned()),
            ),
    )
}
