//! One side sends the PROXY protocol's header, the other does not expect it, or the other way round.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule, ShownBy};
use app::model::fact::asked::ProxyHeader;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, FactId, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "proxy-protocol-mismatch",
        title: "The PROXY protocol is spoken on one side only",
        family: Family::FirewallProxy,
        step: Step::Upstream,
        explanation: "The PROXY protocol puts a header with the client's address before the first byte of a \
            connection. Both sides have to agree on it: a peer that does not expect it takes it for a broken request, \
            and one that expects it closes a connection that begins without it.",
        evidence: &[
            "The same request is answered with the header and not without it, or the other way round.",
            "The configuration of the gateway sends (or expects) what the other side does not.",
        ],
        contradictions: &[
            "The request fails both ways, or is answered both ways.",
            "A line of nonsense in the header's place is answered just as well: then the peer passes over it.",
        ],
        look_alikes: &["upstream-closed-before-response", "scheme-http-to-tls-port", "upstream-blocks-gateway"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "{do_title}",
                command: "{do_line}   # then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Have the application expect no header, or let nginx send it (stream only)",
                command: "proxy_protocol on;   # in the stream server block; or take proxy_protocol off the application's listener",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See both ways by hand",
                command: "curl -sS -i --haproxy-protocol 'http://{target}/'; curl -sS -i 'http://{target}/'",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt",
            "https://docs.haproxy.org/2.6/configuration.html#5.2-send-proxy",
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
        ],
    },
    testimony: &[
        Meaning::ProxyHeaderMissing,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::NotHttp,
        Meaning::ConnectFailed,
        Meaning::ReadTimeout,
    ],
    absorbs: &["upstream-closed-before-response", "upstream-hang-not-accepting", "scheme-http-to-tls-port"],
    rule: Rule::Whole(rule),
};

/// One direction in which the two sides do not agree.
struct Side {
    headline: String,
    title: String,
    line: String,
}

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, test, side) = case.facts.proxy_headers().find_map(|(id, test)| Some((id, test, side(test)?)))?;
    if case.effect.failed + case.effect.refused == 0 {
        return None;
    }
    let said: Vec<&FactId> = case.lines_of(Meaning::ProxyHeaderMissing).map(|(id, _)| id).collect();
    let configured = case.route.map(|(id, _)| id);
    let mut found = Match::new(side.headline)
        .because(id)
        .because_all(configured)
        .because_all(if test.listener { said } else { Vec::new() })
        .confirmed_if(case.on_gateway_host())
        .name("do_title", side.title)
        .name("do_line", side.line)
        .name("target", test.target.clone())
        .shown_by(ShownBy::Refusals, case.effect.refused > 0);
    if !test.listener {
        found = found.on(&test.target);
    }
    Some(found)
}

fn side(test: &ProxyHeader) -> Option<Side> {
    let place = if test.place.is_empty() { "the server's line".to_owned() } else { test.place.clone() };
    if test.listener {
        return test.wants_header().then(|| Side {
            headline: format!(
                "The gateway's listener {} expects the PROXY protocol, and clients come without it",
                test.target
            ),
            title: format!("Do not expect the header on the listener ({place})"),
            line: "bind …   # without accept-proxy".to_owned(),
        });
    }
    if test.configured && test.wants_plain() {
        return Some(Side {
            headline: format!("The gateway sends the PROXY protocol to {}, which does not expect it", test.target),
            title: format!("Do not send the header to {} ({place})", test.target),
            line: "server …   # without send-proxy and send-proxy-v2".to_owned(),
        });
    }
    (!test.configured && test.wants_header()).then(|| Side {
        headline: format!("{} expects the PROXY protocol, and the gateway does not send it", test.target),
        title: format!("Send the header to {}", test.target),
        line: "server … send-proxy   # send-proxy-v2 where the application reads the binary header".to_owned(),
    })
}
