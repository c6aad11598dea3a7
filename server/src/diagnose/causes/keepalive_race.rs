//! A kept connection dies just as it is used again.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "keepalive-race",
        title: "The upstream closes kept connections just when the gateway uses them again",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway keeps connections to the upstream open and uses them again. The upstream closes them earlier than the gateway expects: after a short idle time, after a number of requests, or at once. A request that is sent at that moment is lost. Gateways repeat a GET on a fresh connection, so that visitors mostly lose POSTs.",
        evidence: &[
            "Fresh connections are always answered; a connection that is used a second time breaks, or is closed after an idle time shorter than the gateway's.",
            "The gateway logs that the upstream closed or reset the connection while it waited for an answer, and only some requests fail, mostly POST.",
        ],
        contradictions: &[
            "Fresh connections are closed as well.",
            "The gateway keeps no connections to this upstream.",
            "The upstream's idle time is longer than the gateway's.",
        ],
        look_alikes: &["upstream-closed-before-response", "idle-middlebox-drop", "graceful-restart-drop"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the application keep connections longer than the gateway does (the gateway: {gateway_idle})",
                command: "gunicorn --keep-alive 75        # node: server.keepAliveTimeout = 75000; server.headersTimeout = 76000\nuvicorn --timeout-keep-alive 75 # httpd: KeepAliveTimeout 75, MaxKeepAliveRequests 0",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Or let the gateway give them up first ({place})",
                command: "upstream … {\n    keepalive 32;\n    keepalive_timeout {shorter};\n}\nsudo nginx -t && sudo nginx -s reload",
                verify: "sudo grep -c 'prematurely closed' /var/log/nginx/error.log",
            },
            FixText {
                applies_to: "httpd",
                title: "Or let the gateway give them up first",
                command: "ProxyPass / http://{target}/ ttl=4\n# or: SetEnv proxy-initial-not-pooled 1\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Or let the gateway give them up first",
                command: "server app {target} pool-purge-delay 3s\nhttp-reuse safe\nretry-on conn-failure empty-response",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Or let the gateway give them up first",
                command: "transport http {\n    keepalive 4s\n}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Or let the gateway give them up first",
                command: "serversTransports:\n  app:\n    forwardingTimeouts:\n      idleConnTimeout: 4s",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Or let the gateway give them up first",
                command: "common_http_protocol_options: {idle_timeout: 4s}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
            "https://www.rfc-editor.org/rfc/rfc9112#section-9.3",
        ],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (route_id, route) = case.route?;
    let keeps = match case.product() {
        "nginx" => route.keepalive.is_some_and(|kept| kept > 0),
        "" => false,
        _ => route.keepalive != Some(0),
    };
    if !keeps || !case.fresh_is_fine(target) || case.effect.failed == 0 {
        return None;
    }
    let said: Vec<_> = [Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed]
        .iter()
        .flat_map(|m| case.lines(*m, target))
        .map(|(id, _)| id)
        .collect();
    let broke: Vec<_> = case.kept(target).filter(|(_, k)| k.broke()).collect();
    let idle = case.kept(target).filter(|(_, k)| k.closed_idle).min_by_key(|(_, k)| k.idle_ms);
    let gateway_idle = route.keepalive_idle_ms.unwrap_or(60_000);
    let short = idle.filter(|(_, k)| k.idle_ms < gateway_idle);
    if broke.is_empty() && short.is_none() {
        return None;
    }
    let steady = case.kept(target).any(|(_, k)| k.second.is_some() && !k.broke());
    let headline = match (broke.first(), short) {
        (Some(_), _) => {
            format!("{target} breaks a kept connection when it is used again; fresh ones are always answered")
        }
        (None, Some((_, k))) => format!(
            "{target} closes kept connections after {} ms idle, the gateway keeps them {} s",
            k.idle_ms,
            gateway_idle / 1000
        ),
        (None, None) => return None,
    };
    let own = case.own_words(&[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed], target).is_some();
    let killed: Vec<_> = case.killers().map(|(id, _)| id).collect();
    let local = case.member_of(target).is_some_and(|(_, m)| m.local);
    let mut found = Match::new(headline)
        .because(route_id)
        .because_all(said)
        .because_all(broke.iter().map(|(id, _)| *id))
        .because_all(short.map(|(id, _)| id))
        .because_all(case.directs(target, true).map(|(id, _)| id))
        .confirmed_if(!broke.is_empty() && !steady || (short.is_some() && own))
        .open_unless(
            local || short.is_some() || !broke.is_empty() && broke.iter().all(|(_, k)| k.idle_ms < 5000),
            "idle-middlebox-drop",
            format!("Does it break without anything in between too? Repeat it on the upstream's own host: `curl -sS http://{target}/ http://{target}/`"),
        )
        .open_unless(
            killed.is_empty(),
            "graceful-restart-drop",
            "A worker of the application ended near this run: its line says why.",
        )
        .open_unless(
            case.effect.succeeded > 0 || !broke.is_empty(),
            "upstream-closed-before-response",
            "Every request through the gateway fails, not only some.",
        )
        .name("gateway_idle", format!("{} s", gateway_idle / 1000))
        .name("shorter", short.map_or_else(|| "2s".to_owned(), |(_, k)| format!("{}s", (k.idle_ms / 2000).max(1))));
    for id in killed {
        found = found.against(id);
    }
    Some(found)
}
