//! The gateway lacks what speaks the upstream's protocol.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::gateway::HindranceKind;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-module-missing",
        title: "The gateway has not loaded what speaks the upstream's protocol",
        family: Family::Code,
        step: Step::Logs,
        explanation: "mod_proxy only hands requests on to a module for the URL's scheme: mod_proxy_http, mod_proxy_fcgi, \
            mod_proxy_balancer and so on; for https:// it needs mod_ssl and `SSLProxyEngine on` too. One of these is not \
            there, so that httpd answers 500 by itself, without asking the upstream.",
        evidence: &[
            "httpd logs AH01144 (no protocol handler) or AH01961/AH00961 (TLS towards upstreams not enabled) for this run's request.",
            "The configuration loads no module for the scheme, or has no `SSLProxyEngine on` where the request is forwarded.",
        ],
        contradictions: &[
            "The module is loaded now: then httpd runs with an older configuration, or the scheme is misspelt.",
        ],
        look_alikes: &["gateway-config-not-reloaded"],
        fixes: &[
            FixText {
                applies_to: "httpd",
                title: "Add what is missing: {lacks}",
                command: "sudo a2enmod proxy proxy_http proxy_fcgi ssl   # Debian; elsewhere LoadModule lines; `SSLProxyEngine on` beside {place}\nsudo apachectl configtest && sudo systemctl restart apache2",
                verify: "sudo apachectl -M | grep -E 'proxy|ssl'; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Install or load the module that the configuration names",
                command: "nginx -V 2>&1 | tr ' ' '\\n' | grep module; ls /etc/nginx/modules-enabled",
                verify: "sudo nginx -t",
            },
        ],
        references: &[
            "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html",
            "https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyengine",
        ],
    },
    testimony: &[Meaning::ModuleMissing, Meaning::TlsNotEnabled],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let lacks: Vec<_> = case
        .facts
        .hindrances()
        .filter(|(_, h)| matches!(h.what, HindranceKind::ModuleMissing | HindranceKind::TlsNotEnabled))
        .collect();
    let module = case.own_lines_of(Meaning::ModuleMissing);
    // httpd writes this line without its client; it is about this route only if it names one of its targets.
    let tls: Vec<_> = case
        .lines_of(Meaning::TlsNotEnabled)
        .filter(|(_, line)| line.target.as_ref().is_none_or(|target| case.targets.contains(target)))
        .collect();
    let named = tls.iter().any(|(_, line)| line.target.is_some()) && case.effect.succeeded == 0;
    let tls: Vec<_> = tls.into_iter().map(|(id, _)| id).collect();
    if lacks.is_empty() && module.is_empty() && tls.is_empty() {
        return None;
    }
    // The log and the configuration have to speak of the same thing.
    let agrees = lacks.iter().any(|(_, h)| match h.what {
        HindranceKind::ModuleMissing => !module.is_empty() || !tls.is_empty(),
        HindranceKind::TlsNotEnabled => named,
        _ => false,
    });
    let name = lacks.first().map(|(_, h)| h.detail.clone());
    let headline = match &name {
        Some(name) => format!("httpd cannot speak to the upstream: its configuration lacks {name}"),
        None if !tls.is_empty() => {
            "httpd is to ask the upstream by TLS, but its own TLS is not enabled for that".to_owned()
        }
        None => "No module of httpd's speaks the upstream's protocol".to_owned(),
    };
    Some(
        Match::new(headline)
            .because_all(lacks.iter().map(|(id, _)| *id))
            .because_all(module)
            .because_all(tls)
            .confirmed_if(agrees)
            .open_unless(
                !lacks.is_empty(),
                "gateway-config-not-reloaded",
                "The configuration as it is now lacks nothing: `sudo apachectl configtest && sudo apachectl graceful`",
            )
            .name("lacks", name.unwrap_or_else(|| "the module for the scheme".to_owned())),
    )
}
