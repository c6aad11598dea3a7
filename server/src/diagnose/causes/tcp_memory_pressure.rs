//! The kernel's memory for TCP is used up.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tcp-memory-pressure",
        title: "The kernel's memory for TCP is used up",
        family: Family::Overload,
        step: Step::Server,
        explanation: "All TCP connections together may use only so much memory (the third number of \
            net.ipv4.tcp_mem). At that limit the kernel shrinks windows, drops what arrives and resets connections, \
            so that answers stall or break off now and then. Usually many connections hold data that nobody reads.",
        evidence: &[
            "`mem` of the TCP line in /proc/net/sockstat is at the third number of tcp_mem.",
            "The counters TCPAbortOnMemory or TCPMemoryPressures rise during this run.",
            "The kernel logs `TCP: out of memory -- consider tuning tcp_mem`.",
        ],
        contradictions: &["The pages in use are far below the limit."],
        look_alikes: &["memory-thrash", "packet-loss", "conntrack-table-full"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find the connections with most unread data, and whose they are",
                command: "sudo ss -tnpm | sort -k2 -rn | head -20",
                verify: "cat /proc/net/sockstat",
            },
            FixText {
                applies_to: "any",
                title: "Allow more (pages of 4 KiB; here 3, 4 and 6 GiB)",
                command: "sudo sysctl -w net.ipv4.tcp_mem='786432 1048576 1572864'",
                verify: "cat /proc/net/sockstat; nstat -az TcpExtTCPAbortOnMemory TcpExtTCPMemoryPressures",
            },
        ],
        references: &["https://docs.kernel.org/networking/ip-sysctl.html"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let full = case.capacity(Resource::TcpMemory).filter(|(_, capacity)| capacity.at_least(95));
    let rose: Vec<_> = ["TCPAbortOnMemory", "TCPMemoryPressures"]
        .iter()
        .filter_map(|name| case.host_counter(name).filter(|(_, c)| c.after > c.before))
        .map(|(id, _)| id)
        .collect();
    if full.is_none() && rose.is_empty() {
        return None;
    }
    // That memory is short does not show that this answer failed for it: nothing here is ever proven.
    Some(
        Match::new("The kernel's memory for TCP connections is used up")
            .because_all(full.map(|(id, _)| id))
            .because_all(rose)
            .confirmed_if(false),
    )
}
