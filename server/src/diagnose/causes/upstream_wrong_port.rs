//! The gateway is told a port on which the application does not listen.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::host::OtherListener;
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-wrong-port",
        title: "The application listens on another port than the gateway connects to",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "Nothing listens on the port that the gateway's configuration names, while the application \
            runs and answers on another port of the same host. Typical after a deployment that changed the port on \
            one side only, and after a typing error.",
        evidence: &[
            "The configured port refuses connections and is not in the host's table of listeners.",
            "Another listener near it answers the very request that fails through the gateway.",
        ],
        contradictions: &[
            "Nothing of the application listens anywhere: then it is not running.",
            "The same port is open at another address of the host: then the application is bound to the wrong address.",
        ],
        look_alikes: &["upstream-down-not-listening", "upstream-bind-address-wrong", "firewall-reject-rst"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Tell the gateway the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "httpd",
                title: "Tell httpd the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "any",
                title: "Start the application on the port that the gateway expects",
                command: "# set the application's port to {port} (PORT={port}, --port {port}, listen {port}) and restart it",
                verify: "ss -ltnp 'sport = :{port}'",
            },
            FixText {
                applies_to: "caddy",
                title: "Tell the gateway the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "traefik",
                title: "Tell the gateway the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\n# the file provider loads it by itself (watch: true), else: sudo systemctl restart traefik",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "envoy",
                title: "Tell the gateway the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\nenvoy --mode validate -c {config} && sudo systemctl restart envoy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "varnish",
                title: "Tell the gateway the application's port ({place})",
                command: "# in {place}: replace {target} by {found}\nsudo varnishreload {config}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "haproxy",
                title: "Point the server line at the port that is served",
                command: "server … {found}   # at {place}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass"],
    },
    testimony: &[Meaning::Refused],
    absorbs: &["upstream-down-not-listening"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (table, listener) = case.listener(target)?;
    if listener.listening || !listener.elsewhere.is_empty() {
        return None;
    }
    let (refused, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused)?;
    let (other, found) = case.instead_of(target).find(|(_, other)| is_meant(other))?;
    let answers = found.asked && found.status.is_some_and(|status| status < 400);
    let owner = found.owner.as_ref().map_or_else(String::new, |owner| format!(" ({owner})"));
    Some(
        Match::new(format!("Nothing listens on {target}, but {}{owner} answers the same request", found.address))
            .because(refused)
            .because(table)
            .because(other)
            // A neighbour that nobody can name may be any other site of this host.
            .confirmed_if(answers && case.on_gateway_host() && (found.owner.is_some() || found.known_upstream))
            .open_unless(
                found.known_upstream,
                "upstream-down-not-listening",
                format!(
                    "Is {} the application of this route? Ask its owner, or `ss -ltnp` and look at the process.",
                    found.address
                ),
            )
            .name("found", found.address.clone()),
    )
}

/// What was probably meant: the gateway used it before, or it is near and answers well (or may not be asked).
fn is_meant(other: &OtherListener) -> bool {
    let answers = other.status.is_some_and(|status| status < 400);
    (other.known_upstream || other.near) && (answers || !other.asked)
}
