//! The gateway itself is not running.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::During;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-itself-down",
        title: "The gateway itself is not running",
        family: Family::Code,
        step: Step::Server,
        explanation: "Nothing listens at the address that visitors reach, or the gateway's processes are stopped. \
            Visitors get no answer at all, or a 502 of the load balancer or CDN in front. Often the gateway could not \
            start again: an error in its configuration, a port that another process has, a missing certificate.",
        evidence: &[
            "Connections to the address are refused.",
            "No process of this host listens there, although the configuration says so.",
            "The unit has failed, or the gateway's log ends with a line of level emerg.",
        ],
        contradictions: &["Something listens there and answers, with whatever status."],
        look_alikes: &["gateway-boot-name-unresolvable", "gateway-connection-limit", "httpd-maxrequestworkers"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Test the configuration, then start it",
                command: "sudo nginx -t; systemctl status nginx --no-pager; sudo systemctl start nginx",
                verify: "ss -ltnp 'sport = :{port}'; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Test the configuration, then start it",
                command: "sudo apachectl configtest; sudo systemctl start apache2",
                verify: "ss -ltnp 'sport = :{port}'; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Test the configuration, then start it",
                command: "sudo haproxy -c -f {config}; sudo systemctl start haproxy",
                verify: "ss -ltnp 'sport = :{port}'; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If its processes are stopped (state T): let them go on",
                command: "ps -eo pid,stat,args | awk '$2 ~ /^T/'\nsudo kill -CONT PID",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/switches.html"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.facts.edges().last()?;
    let at_connect = |during: During| matches!(during, During::Connect);
    let refused = case
        .facts
        .attempts()
        .find(|(_, a)| a.failure.as_ref().is_some_and(|f| f.kind == FaultKind::Refused && at_connect(f.during)));
    let said: Vec<_> = case.facts.log_lines().filter(|(_, line)| line.meaning == Meaning::StartFailed).collect();
    let port = edge.address.rsplit(':').next().unwrap_or_default().to_owned();
    if !edge.listening {
        let (attempt, _) = refused?;
        let why =
            said.last().map_or_else(String::new, |(_, line)| format!("; at its last start it said: {}", line.line));
        let headline = match &edge.configured {
            Some(config) => {
                format!("The gateway is not running: nothing listens on {}, though {config} says so{why}", edge.address)
            }
            None => format!("Nothing listens on {}", edge.address),
        };
        return Some(
            Match::new(headline)
                .because(id)
                .because(attempt)
                .because_all(said.iter().map(|(id, _)| *id))
                .confirmed_if(true)
                .open_unless(
                    edge.configured.is_some(),
                    "gateway-boot-name-unresolvable",
                    "Which gateway should listen there, and why does it not start? `systemctl --failed; sudo nginx -t`",
                )
                .finer("Why it is not running: `systemctl status` of its unit and the end of its own log.")
                .name("port", port),
        );
    }
    if !edge.stopped() || case.effect.succeeded > 0 {
        return None;
    }
    let silent = case.effect.failed + case.effect.open > 0;
    Some(
        Match::new(format!("Every process of the gateway that listens on {} is stopped", edge.address))
            .because(id)
            .because_all(case.effect.ids.iter())
            .confirmed_if(silent)
            .finer("Who stopped it: a signal STOP, a debugger, or a frozen container.")
            .name("port", port),
    )
}
