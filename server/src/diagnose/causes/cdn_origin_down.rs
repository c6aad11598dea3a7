//! The content network cannot connect: the origin refuses.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-origin-down",
        title: "The content network cannot connect: the origin refuses",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The content network reached the origin's host, and the host refused the connection at once. \
            Either the web server there is stopped, or it does not listen on the port that the network uses \
            (443 with TLS to the origin, else 80), or a firewall rejects the network's addresses.",
        evidence: &[
            "The network answers by its own code for a refused connection (Cloudflare 521).",
            "Asked past the network, the origin refuses too.",
        ],
        contradictions: &[
            "The origin answers when it is asked directly: then it refuses the network's addresses only.",
        ],
        look_alikes: &["cdn-origin-blocked", "cdn-ssl-mode-mismatch"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "On the origin, start the web server and see that it listens",
                command: "sudo systemctl restart nginx; ss -ltnp | grep -E ':(80|443) '",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If it listens on one port only, let the network use that port",
                command: "ss -ltnp   # then set the SSL/TLS mode or the origin's port in the network's dashboard",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-521/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginRefused])?;
    if case.origin_answers().is_some() {
        return None;
    }
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that the origin refuses its connections: nothing listens there, or a rule rejects them", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "cdn-origin-blocked",
            "Ask the origin past the network: `curl -sS -o /dev/null -w '%{http_code}\\n' --resolve HOST:443:ORIGIN https://HOST/` (or run again with --upstream ORIGIN:443). If it answers, a rule blocks the network.",
        ),
    )
}
