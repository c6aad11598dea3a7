//! The answer's head does not fit into the gateway's buffer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::Direct;
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-header-too-big",
        title: "The answer's head is larger than the gateway's buffer",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway reads the status line and all headers of an answer into one buffer (nginx: \
            proxy_buffer_size, 4 or 8 KiB by default). The application sends more, usually in cookies or tokens, so \
            the gateway throws the whole answer away. The application itself is well.",
        evidence: &[
            "The gateway logs `upstream sent too big header`.",
            "Asked directly, the answer is complete and its head has more bytes than the configured buffer.",
        ],
        contradictions: &["The head of the direct answer is smaller than the buffer."],
        look_alikes: &["response-too-many-headers", "response-invalid-header"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Give the gateway room for {wanted} ({place})",
                command: "proxy_buffer_size {wanted};\nproxy_buffers 8 {wanted};\nproxy_busy_buffers_size {busy};   # for FastCGI: fastcgi_buffer_size, fastcgi_buffers\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Let httpd take longer header lines ({place}); each line counts by itself",
                command: "ProxyPass / {upstream} responsefieldsize={field}   # with SetHandler: ProxySet responsefieldsize={field} in <Proxy>\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Send less: see which headers are large",
                command: "curl -sS -D - -o /dev/null http://{target}/ | awk '{ print length($0), substr($0, 1, 60) }' | sort -rn | head",
                verify: "curl -sS -D - -o /dev/null http://{target}/ | wc -c",
            },
            FixText {
                applies_to: "varnish",
                title: "Give the gateway room for {wanted}",
                command: "sudo varnishadm param.set http_resp_size {wanted}; sudo varnishadm param.set http_resp_hdr_len {wanted}; sudo varnishadm param.set workspace_backend 128k\n# to keep it: the same as -p options of varnishd",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Give the gateway room for {wanted}",
                command: "# in the cluster's HttpProtocolOptions: common_http_protocol_options: { max_response_headers_kb: 96 }\nenvoy --mode validate -c {config} && sudo systemctl restart envoy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Give the gateway room for {wanted}",
                command: "transport http { max_response_header {wanted} }   # within reverse_proxy\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Give HAProxy a buffer that the head fits into",
                command: "tune.bufsize 32768   # in global; each connection takes two of them; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffer_size"],
    },
    testimony: &[Meaning::HeaderTooBig],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::HeaderTooBig, target).collect();
    let own = said.iter().any(|(_, line)| line.joined == Joined::Own);
    let buffer = case.route.and_then(|(_, route)| route.header_buffer_bytes);
    let direct = case.directs(target, true).filter(|(_, d)| d.answered()).last();
    // httpd measures each header line by itself, the others the whole head.
    let by_line = case.gateway.is_some_and(|(_, gateway)| gateway.product == "httpd")
        && case.route.is_none_or(|(_, route)| route.protocol.starts_with("http"));
    let size = |d: &Direct| if by_line { d.largest_header_bytes } else { d.head_bytes };
    let too_big = direct.filter(|(_, d)| buffer.is_some_and(|buffer| size(d) > buffer));
    if said.is_empty() && (too_big.is_none() || case.effect.failed == 0) {
        return None;
    }
    let bytes = direct.map(|(_, d)| size(d));
    let headline = match (too_big.and(bytes), buffer) {
        (Some(bytes), Some(buffer)) if by_line => {
            format!("A header line of {target}'s answer has {bytes} bytes, httpd takes {buffer}")
        }
        (Some(bytes), Some(buffer)) => {
            format!("The head of {target}'s answer has {bytes} bytes, the gateway has room for {buffer}")
        }
        _ => format!("The head of {target}'s answer is larger than the gateway's buffer"),
    };
    let mut found = Match::new(headline)
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(too_big.map(|(id, _)| id))
        .because_all(case.route.filter(|_| buffer.is_some()).map(|(id, _)| id))
        .confirmed_if(own || too_big.is_some())
        .open_unless(
            too_big.is_some() || direct.is_none(),
            "response-header-too-big",
            "Asked directly, the head is small: it depends on the request. Repeat it with the visitor's cookies (--header).",
        );
    if let Some((id, _)) = direct.filter(|_| too_big.is_none()) {
        found = found.against(id);
    }
    let wanted =
        bytes.unwrap_or(0).max(buffer.unwrap_or(4096)).saturating_add(1).next_power_of_two().max(16_384) / 1024;
    Some(
        found
            .name("field", (wanted * 1024).to_string())
            .name("wanted", format!("{wanted}k"))
            .name("busy", format!("{}k", wanted * 2)),
    )
}
