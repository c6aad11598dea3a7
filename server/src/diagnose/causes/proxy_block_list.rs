//! A list of the gateway's forbids its own upstream.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::gateway::HindranceKind;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "proxy-block-list",
        title: "ProxyBlock forbids the upstream",
        family: Family::FirewallProxy,
        step: Step::Logs,
        explanation: "httpd compares the host of every URL that it forwards with the words of ProxyBlock, and each word \
            fits as a part of the name; at start it also resolves them and compares addresses. The upstream fits one of \
            them, so that httpd refuses to ask it and answers 403 by itself.",
        evidence: &[
            "httpd logs AH00916, AH00917 or AH00918 (connect to remote machine … blocked) for this run's request.",
            "A ProxyBlock directive has a word that is a part of the upstream's name, or `*`.",
        ],
        contradictions: &["The application answers 403 itself when it is asked directly."],
        look_alikes: &["gateway-refuses-request"],
        fixes: &[FixText {
            applies_to: "httpd",
            title: "Take the word out of ProxyBlock, or narrow it: {word}",
            command: "sudo grep -rn ProxyBlock /etc/apache2 /etc/httpd 2>/dev/null   # edit {hindrance}; then: sudo apachectl configtest && sudo apachectl graceful",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
        }],
        references: &["https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxyblock"],
    },
    testimony: &[Meaning::HostBlocked],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let configured = case.facts.hindrances().find(|(_, h)| h.what == HindranceKind::Blocked);
    let said = case.own_lines_of(Meaning::HostBlocked);
    let by_application = case.facts.directs().any(|(_, d)| d.path == "same" && d.status == Some(403));
    let suffers = case.effect.refused > 0 || case.effect.failed > 0;
    if !suffers || (said.is_empty() && (configured.is_none() || by_application)) {
        return None;
    }
    Some(
        Match::new(match configured {
            Some((_, h)) => format!("httpd refuses to ask its upstream: {} ({})", h.detail, h.place),
            None => "httpd refuses to ask its upstream: ProxyBlock forbids it".to_owned(),
        })
        .because_all(said.iter().copied())
        .because_all(configured.map(|(id, _)| id))
        .confirmed_if(!said.is_empty() && configured.is_some())
        .open_unless(
            !said.is_empty() && !by_application,
            "gateway-refuses-request",
            "Does httpd log AH00916 to AH00918 for the request? `sudo grep -E 'AH0091[678]' /var/log/apache2/error.log | tail`",
        )
        .name("word", configured.map_or_else(|| "the word that fits".to_owned(), |(_, h)| h.detail.clone()))
        .name("hindrance", configured.map_or_else(|| "the directive".to_owned(), |(_, h)| h.place.clone())),
    )
}
