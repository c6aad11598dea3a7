//! FastCGI, uwsgi and HTTP are mixed up.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Heard, Opener};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "fastcgi-http-mismatch",
        title: "The gateway speaks another protocol than the application",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "FastCGI (php-fpm), uwsgi and HTTP are three protocols over the same kind of socket. The gateway's directive names one, the application's socket speaks another: `proxy_pass` to php-fpm is reset, `fastcgi_pass` to an HTTP server waits until the timeout, uwsgi's `socket` closes on HTTP while its `http-socket` would take it.",
        evidence: &[
            "To the gateway's protocol there is no valid answer, to one of the others there is.",
            "nginx logs an unsupported FastCGI protocol version 72 (the letter H), a reset, or a timeout.",
        ],
        contradictions: &["The upstream answers the protocol that the gateway speaks."],
        look_alikes: &[
            "upstream-closed-before-response",
            "response-not-http",
            "upstream-hang-not-accepting",
            "php-fpm-allowed-clients",
        ],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Use the directive of the protocol that it speaks, {speaks} ({place})",
                command: "fastcgi_pass {target};        # php-fpm\nuwsgi_pass {target};          # uwsgi: socket = …\nproxy_pass http://{target};   # HTTP: gunicorn, node, uwsgi's http-socket\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Use the scheme of the protocol that it speaks",
                command: "ProxyPass / fcgi://{target}/    # php-fpm\nProxyPass / uwsgi://{target}/   # uwsgi\nProxyPass / http://{target}/    # HTTP\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Use the directive of the protocol that it speaks",
                command: "php_fastcgi {target}\nreverse_proxy {target}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See what it speaks",
                command: "curl -sS -i --max-time 3 http://{target}/ | head -1; SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET cgi-fcgi -bind -connect {target}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_pass",
            "https://uwsgi-docs.readthedocs.io/en/latest/HTTP.html",
        ],
    },
    testimony: &[
        Meaning::ReadTimeout,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::SendFailed,
        Meaning::NotFastcgi,
        Meaning::NotHttp,
        Meaning::InvalidHeader,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.suffers() || case.directs(target, true).any(|(_, d)| d.answered() && d.status != Some(400)) {
        return None;
    }
    let http = case.spoken(target, Opener::Http)?;
    let fastcgi = case.spoken(target, Opener::Fastcgi);
    let uwsgi = case.spoken(target, Opener::Uwsgi);
    let speaks_http = http.1.heard == Heard::Http;
    let some_http = matches!(http.1.heard, Heard::Http | Heard::HttpComplaint | Heard::HttpWantsTls);
    let speaks_fastcgi = fastcgi.is_some_and(|(_, s)| s.heard == Heard::Fastcgi);
    let speaks_uwsgi = uwsgi.is_some_and(|(_, s)| s.heard == Heard::Http) && !some_http;
    let (own, other, ids) = match case.route?.1.protocol.as_str() {
        "http" if speaks_fastcgi && !some_http => ("HTTP", "FastCGI", [Some(http.0), fastcgi.map(|(id, _)| id)]),
        "http" if speaks_uwsgi => ("HTTP", "uwsgi", [Some(http.0), uwsgi.map(|(id, _)| id)]),
        "fastcgi" if speaks_http && !speaks_fastcgi && fastcgi.is_some() => {
            ("FastCGI", "HTTP", [Some(http.0), fastcgi.map(|(id, _)| id)])
        }
        "fastcgi" if speaks_uwsgi && !speaks_fastcgi => {
            ("FastCGI", "uwsgi", [fastcgi.map(|(id, _)| id), uwsgi.map(|(id, _)| id)])
        }
        "uwsgi" | "scgi" if speaks_fastcgi => {
            ("uwsgi", "FastCGI", [uwsgi.map(|(id, _)| id), fastcgi.map(|(id, _)| id)])
        }
        "uwsgi" | "scgi" if speaks_http && uwsgi.is_some_and(|(_, s)| s.heard != Heard::Http) => {
            ("uwsgi", "HTTP", [Some(http.0), uwsgi.map(|(id, _)| id)])
        }
        _ => return None,
    };
    Some(
        Match::new(format!("{target} speaks {other}, and the gateway speaks {own} to it"))
            .because_all(ids.into_iter().flatten())
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(true)
            .name("speaks", other),
    )
}
