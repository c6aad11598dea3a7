//! The running gateway still uses an address that its upstream's name had before.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, LogLine, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "stale-dns-in-gateway",
        title: "The gateway still uses an old address of the upstream",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway looked the upstream's name up when it was started and has kept the address since. The name leads elsewhere now, the application answers there, and the gateway goes on asking the old place: nobody listens there any more, or somebody else's application does.",
        evidence: &[
            "The gateway's log or its sockets name an address that the name no longer has.",
            "At today's address the application answers.",
            "The gateway resolves names only when it starts, and was started before the record changed.",
        ],
        contradictions: &[
            "The address in use is among today's.",
            "Today's address does not answer either: then the record may be wrong, or the application is down.",
        ],
        look_alikes: &["dns-wrong-record", "gateway-config-not-reloaded", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Now: reload, so that the name is looked up again",
                command: "sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "For good: look the name up while running ({place})",
                command: "resolver 127.0.0.53 valid=10s;\nset $backend http://{name}:PORT;\nproxy_pass $backend;   # or, from 1.27.3: server {name}:PORT resolve; with a zone in the upstream",
                verify: "nginx -V 2>&1 | head -1; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            IN_HTTPD,
            IN_HAPROXY,
            IN_VARNISH,
            ELSEWHERE,
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve",
            "https://docs.haproxy.org/2.6/configuration.html#5.3",
            "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypass",
        ],
    },
    testimony: &[
        Meaning::Refused,
        Meaning::ConnectTimeout,
        Meaning::HostUnreachable,
        Meaning::NetUnreachable,
        Meaning::Reset,
        Meaning::ClosedEarly,
        Meaning::ReadTimeout,
        Meaning::TlsFailed,
        Meaning::Denied,
    ],
    absorbs: &["dns-wrong-record", "upstream-down-not-listening", "upstream-host-down", "firewall-drop"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let Some((held_id, held)) = case.stale().next() else { return never_told(case) };
    let works = |target: &String| case.directs(target, true).find(|(_, d)| d.answered());
    let good: Vec<_> = held.today.iter().filter_map(works).map(|(id, _)| id).collect();
    let said: Vec<_> =
        CAUSE.testimony.iter().flat_map(|m| case.lines(*m, &held.target)).filter(|(_, l)| l.target.is_some()).collect();
    if case.names().iter().any(|names| names.own && !names.answered()) {
        return None;
    }
    Some(
        Match::new(format!(
            "The gateway still asks {}; {} leads to {} now, and the application answers there",
            held.target,
            held.name,
            held.today.join(", ")
        ))
        .because(held_id)
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(good.iter().copied())
        .confirmed_if(!good.is_empty() && case.on_gateway_host())
        .open_unless(
            held.config_older == Some(true),
            "gateway-config-not-reloaded",
            "Was the configuration changed after the gateway was started? `stat -c %y FILE`, `ps -o lstart= -C nginx`",
        )
        .open_unless(
            !good.is_empty(),
            "dns-wrong-record",
            "Does the application answer at today's address? `curl -sS -i http://ADDRESS:PORT/`",
        )
        .name("name", held.name.clone())
        .name("old", held.target.clone())
        .name("new", held.today.join(" ")),
    )
}

/// Gateways that look names up at their start and tell nobody what they found (Varnish): the connection fails, and where
/// the name leads today the application answers.
fn never_told(case: &Case<'_>) -> Option<Match> {
    let (_, route) = case.route?;
    let [(member_id, member)] = case.members.as_slice() else { return None };
    let constant = case.suffers() && case.effect.succeeded == 0;
    if route.resolves_at_run_time || !member.by_name || !case.on_gateway_host() || !constant {
        return None;
    }
    let failed =
        [Meaning::Refused, Meaning::ConnectTimeout, Meaning::HostUnreachable, Meaning::NetUnreachable, Meaning::Reset];
    let of_now =
        |line: &LogLine| line.joined != Joined::Earlier && line.target.is_none() && failed.contains(&line.meaning);
    let (said, line) = case.facts.log_lines().find(|(_, line)| line.product == case.product() && of_now(line))?;
    let well = |target: &String| {
        let mut answers = case.directs(target, true);
        answers.find(|(_, d)| d.answered() && d.status.is_some_and(|status| status < 500)).map(|(id, _)| id)
    };
    let well: Vec<_> = member.targets.iter().map(well).collect::<Option<_>>()?;
    let name = member.name.rsplit_once(':').map_or(member.name.as_str(), |(name, _)| name);
    let today = member.targets.join(", ");
    Some(
        Match::new(format!(
            "{} Where {name} leads today ({today}), the application answers: the gateway keeps what the name was when it started",
            line.says
        ))
        .because(said)
        .because(member_id)
        .because_all(well.iter().copied())
        .open_unless(
            false,
            "gateway-config-not-reloaded",
            "Does it help to load the configuration again? That looks the name up anew: `sudo varnishreload`, or reload the gateway.",
        )
        .name("name", name)
        .name("new", today),
    )
}

/// How a gateway looks a name up again: httpd's.
pub(super) const IN_HTTPD: FixText = FixText {
    applies_to: "httpd",
    title: "Do not keep the address",
    command: "ProxyPass / http://{name}:PORT/ disablereuse=on   # or addressttl=30 from 2.4.58 on\nsudo apachectl configtest && sudo systemctl reload apache2",
    verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
};

/// How a gateway looks a name up again: HAProxy's.
pub(super) const IN_HAPROXY: FixText = FixText {
    applies_to: "haproxy",
    title: "Now: reload. For good: a resolvers section",
    command: "resolvers dns\n    parse-resolv-conf\n    hold valid 10s\nbackend app\n    server app {name}:PORT resolvers dns init-addr last,libc,none\nsudo systemctl reload haproxy",
    verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
};

/// How a gateway looks a name up again: Varnish's.
pub(super) const IN_VARNISH: FixText = FixText {
    applies_to: "varnish",
    title: "Load the configuration again: names are looked up when it is loaded",
    command: "sudo varnishreload",
    verify: "sudo varnishadm backend.list",
};

/// How a gateway looks a name up again: any other gateway's.
pub(super) const ELSEWHERE: FixText = FixText {
    applies_to: "any",
    title: "With another gateway: reload it",
    command: "sudo systemctl reload GATEWAY",
    verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
};
