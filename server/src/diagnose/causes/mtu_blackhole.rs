//! Large packets vanish on the way.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "mtu-blackhole",
        title: "Large packets vanish on the way to the upstream",
        family: Family::Network,
        step: Step::Network,
        explanation: "Connections stand and small answers come, but packets of full size are dropped somewhere between gateway and upstream, and the ICMP message that would say so is dropped as well. Answers larger than one packet, and TLS handshakes with their certificates, never arrive; the gateway runs into its read timeout. Tunnels, VPNs and overlay networks with a smaller MTU are the usual place.",
        evidence: &[
            "The same request gets no answer as usual, but a whole one when both ends are held to small packets.",
            "HEAD or a small answer works, a large one stalls.",
            "`ping -M do -s 1472` is lost while `-s 1200` passes.",
        ],
        contradictions: &[
            "The request stays unanswered with small packets too: then the application hangs or is slow.",
            "Large answers arrive.",
        ],
        look_alikes: &["upstream-hang-not-accepting", "upstream-slow-response", "firewall-drop", "packet-loss"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the path's packet size be learnt: let ICMP through",
                command: "sudo nft add rule inet filter input icmp type destination-unreachable accept\nsudo nft add rule inet filter input icmpv6 type packet-too-big accept   # on every firewall on the way",
                verify: "ping -c 2 -M do -s 1472 {ip}; ping -c 2 -M do -s 1200 {ip}",
            },
            FixText {
                applies_to: "any",
                title: "Clamp the segment size to what the path takes",
                command: "sudo nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu   # on the router or tunnel host",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Or give the link the path's MTU, or let the kernel probe for it",
                command: "sudo ip link set dev DEVICE mtu 1400\nsudo sysctl -w net.ipv4.tcp_mtu_probing=1",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://www.rfc-editor.org/rfc/rfc2923#section-2.1",
            "https://docs.kernel.org/networking/ip-sysctl.html",
        ],
    },
    testimony: &[
        Meaning::ReadTimeout,
        Meaning::TlsFailed,
        Meaning::BodyTimeout,
        Meaning::SendFailed,
        Meaning::ClosedEarly,
    ],
    absorbs: &["upstream-hang-not-accepting", "upstream-slow-response"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (contrast_id, contrast) = case.contrast(target, Varied::SmallPackets)?;
    if !contrast.decides {
        return None;
    }
    let said: Vec<_> = CAUSE.testimony.iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    Some(
        Match::new(format!("Large packets between here and {target} are lost: only small ones get through"))
            .because_all(said)
            .because(contrast_id)
            .because_all(case.directs(target, true).filter(|(_, d)| d.silent()).map(|(id, _)| id))
            .because_all(case.ip_route(target).map(|(id, _)| id))
            .confirmed_if(case.on_gateway_host())
            .finer("Where on the way they are lost: `tracepath -n` to the upstream shows the hop."),
    )
}
