//! The wish for a WebSocket is lost on the way.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "websocket-upgrade-misconfig",
        title: "The gateway does not pass the wish for a WebSocket on",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "A WebSocket begins as an HTTP request with `Upgrade` and `Connection` headers. Both are only between two neighbours, so a gateway drops them unless it is told to send them on. The application then sees an ordinary request and refuses it (400 or 426), or closes.",
        evidence: &[
            "Asked directly with the same headers, the application switches protocols (101); through the gateway it does not.",
            "The route's configuration does not set Upgrade and Connection.",
        ],
        contradictions: &["The application refuses the direct request as well.", "The gateway passes the headers on."],
        look_alikes: &["app-returned-502", "upstream-wrong-host-or-path"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Pass the wish on ({place})",
                command: "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection $connection_upgrade;\n# in http: map $http_upgrade $connection_upgrade { default upgrade; '' close; }\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Let mod_proxy_http upgrade (2.4.47 and newer), or use mod_proxy_wstunnel",
                command: "ProxyPass / http://{target}/ upgrade=websocket\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See what the application gets",
                command: "curl -sS -i --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' http://{target}/ | head -1",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/websocket.html",
            "https://www.rfc-editor.org/rfc/rfc6455#section-4",
        ],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (switched, _) = case.directs(target, true).find(|(_, d)| d.status == Some(101))?;
    let through: Vec<_> =
        case.facts.attempts().filter(|(_, a)| !a.open && a.status != Some(101)).map(|(id, _)| id).collect();
    if through.is_empty() || case.facts.attempts().any(|(_, a)| a.status == Some(101)) {
        return None;
    }
    let passes = case.route.and_then(|(_, route)| route.passes_upgrade);
    Some(
        Match::new(format!("{target} switches to a WebSocket when asked directly, but not through the gateway"))
            .because(switched)
            .because_all(through.into_iter().take(2))
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(case.effect.failed > 0 || case.effect.refused > 0)
            .open_unless(
                passes != Some(true),
                "upstream-wrong-host-or-path",
                "The configuration does pass Upgrade on: does the application refuse the gateway's Host or Origin? Its own log says so.",
            ),
    )
}
