//! TLS meets a port that speaks plain HTTP.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::gateway::HindranceKind;
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Heard, Opener, TlsEnd};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "scheme-https-to-plain-port",
        title: "The gateway speaks TLS to a port that speaks plain HTTP",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway's configuration says https, and the upstream's port speaks plain HTTP. The server takes the ClientHello for a broken request and answers 400 in plain, which the gateway's TLS cannot read (wrong version number), or waits for a line that never ends, and the gateway runs into its timeout.",
        evidence: &[
            "A plain HTTP request to the same port is answered in HTTP.",
            "A ClientHello to it is answered with something that is not TLS, or not at all.",
        ],
        contradictions: &[
            "The port answers a ClientHello with TLS.",
            "It does not answer plain HTTP either.",
            "The gateway says that its own TLS is not enabled.",
        ],
        look_alikes: &["tls-handshake-closed", "upstream-hang-not-accepting", "upstream-wrong-port"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Speak plain HTTP to it ({place})",
                command: "proxy_pass http://{target};\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Speak plain HTTP to it",
                command: "ProxyPass / http://{target}/\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Take `ssl` from the server line",
                command: "server app {target} check",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Speak plain HTTP to it",
                command: "reverse_proxy http://{target}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Name the scheme of the service",
                command: "loadBalancer:\n  servers:\n    - url: \"http://{target}\"",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Take the TLS transport socket from the cluster",
                command: "# remove transport_socket from the cluster",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Or let the application speak TLS on that port; see what it speaks now",
                command: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass"],
    },
    testimony: &[
        Meaning::TlsFailed,
        Meaning::TlsNotSpoken,
        Meaning::TlsRefused,
        Meaning::TlsClosed,
        Meaning::ReadTimeout,
        Meaning::ConnectTimeout,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::NotHttp,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    // A gateway whose own TLS is off never came as far as the port.
    let lacks = case.facts.hindrances().any(|(_, h)| h.what == HindranceKind::TlsNotEnabled);
    let mute = lacks || case.lines_of(Meaning::TlsNotEnabled).next().is_some();
    if !case.speaks(&["https", "grpcs", "suwsgi"]) || !case.suffers() || mute {
        return None;
    }
    let plain = case.heard(target, Opener::Http, &[Heard::Http, Heard::HttpComplaint])?;
    let refused = case
        .trials(target)
        .find(|(_, t)| matches!(t.end, TlsEnd::NotTls | TlsEnd::Silence | TlsEnd::Closed | TlsEnd::Reset));
    let speaks = case.trials(target).any(|(_, t)| matches!(t.end, TlsEnd::Chosen | TlsEnd::Alert | TlsEnd::AlertAfter));
    let (id, _) = refused.filter(|_| !speaks)?;
    Some(
        Match::new(format!("{target} speaks plain HTTP, and the gateway speaks TLS to it"))
            .because_all([plain, id])
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(true),
    )
}
