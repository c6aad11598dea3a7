//! The way of one packet through the chains of a hook.
//!
//! Rules are followed in order, through jumps and maps. Where a condition could not be judged both ways stay
//! possible: what follows is then no longer sure, and what would have stopped the packet is told as unsure.

use super::{Chain, Condition, Firewall, Net, Rule, RuleVerdict};
use std::net::{IpAddr, SocketAddr};

/// Rules that are followed for one packet.
const MAX_VISITS: usize = 200_000;
/// Chains that may call one another.
const MAX_DEPTH: usize = 16;

/// A TCP packet. What is not known is `None`, and conditions on it are not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Its sender.
    pub from: Option<IpAddr>,
    /// The sender's port.
    pub from_port: Option<u16>,
    /// Where it goes.
    pub to: IpAddr,
    /// To which port; `None` for an answer to a port of the system's choice.
    pub to_port: Option<u16>,
    /// It belongs to a connection that this host knows already: an answer.
    pub answer: bool,
    /// The link by which it leaves.
    pub out: Option<String>,
    /// The link by which it came.
    pub input: Option<String>,
    /// The user whose process sends it.
    pub user: Option<u32>,
    /// Whether its destination is one of the host's own addresses.
    pub to_local: Option<bool>,
}

impl Packet {
    /// The first packet of a connection to an address.
    pub fn first(to: SocketAddr) -> Self {
        Self {
            from: None,
            from_port: None,
            to: to.ip(),
            to_port: Some(to.port()),
            answer: false,
            out: None,
            input: None,
            user: None,
            to_local: None,
        }
    }

    /// The answer to it, on its way back.
    #[must_use]
    pub fn reply(&self) -> Self {
        Self {
            from: Some(self.to),
            from_port: self.to_port,
            to: self.from.unwrap_or(if self.to.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() }),
            to_port: self.from_port,
            answer: true,
            out: None,
            input: self.out.clone(),
            user: None,
            to_local: Some(true),
        }
    }
}

/// Something that stops a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop<'a> {
    /// The rule; `None` for a chain's policy.
    pub rule: Option<&'a Rule>,
    /// The base chain where the way began.
    pub chain: &'a Chain,
    /// How it stops the packet.
    pub verdict: RuleVerdict,
    /// Whether everything on the way there was judged.
    pub sure: bool,
}

/// What happens to a packet in one hook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk<'a> {
    /// What stops it, in order; nothing follows a sure one.
    pub stops: Vec<Stop<'a>>,
    /// A rule that sends it elsewhere, and where to.
    pub redirected: Option<(&'a Rule, SocketAddr)>,
}

impl Walk<'_> {
    /// Whether the packet is surely stopped.
    pub fn is_stopped(&self) -> bool {
        self.stops.iter().any(|stop| stop.sure)
    }
}

/// How following a chain ended.
enum End {
    /// Every rule was passed: the caller goes on.
    Through,
    /// The base chain lets it pass.
    Accepted,
    /// It is stopped for sure.
    Stopped,
}

struct Walker<'a> {
    firewall: &'a Firewall,
    packet: Packet,
    /// A rule whose conditions could not be judged might have let the packet pass before.
    doubt: bool,
    /// Every jump on the way here surely happens.
    reached: bool,
    visits: usize,
    found: Walk<'a>,
}

impl Firewall {
    /// Follows a packet through all base chains of a hook.
    pub fn walk(&self, hook: &str, packet: &Packet) -> Walk<'_> {
        let mut chains: Vec<&Chain> =
            self.chains.iter().filter(|chain| chain.hook == hook && fits_family(&chain.family, packet.to)).collect();
        chains.sort_by_key(|chain| chain.priority);
        let mut walker = Walker {
            firewall: self,
            packet: packet.clone(),
            doubt: false,
            reached: true,
            visits: 0,
            found: Walk::default(),
        };
        for chain in chains {
            // Only what stops a packet ends the whole way; each base chain judges anew.
            (walker.doubt, walker.reached) = (false, true);
            match walker.follow(chain, &chain.name, 0) {
                End::Stopped => break,
                End::Accepted => {}
                End::Through if chain.policy.blocks() => {
                    let sure = !walker.doubt;
                    walker.found.stops.push(Stop { rule: None, chain, verdict: chain.policy.clone(), sure });
                    if sure {
                        break;
                    }
                }
                End::Through => {}
            }
        }
        walker.found
    }
}

impl<'a> Walker<'a> {
    fn follow(&mut self, base: &'a Chain, name: &str, depth: usize) -> End {
        let firewall = self.firewall;
        for rule in firewall.rules.iter().filter(|rule| rule.is_in(&base.family, &base.table, name)) {
            self.visits += 1;
            if depth > MAX_DEPTH || self.visits > MAX_VISITS {
                self.doubt = true;
                return End::Through;
            }
            let Some(holds) = all_hold(&rule.conditions, &self.packet) else { continue };
            let verdict = match self.arm(&rule.verdict) {
                Some((verdict, true)) => (verdict, holds),
                Some((verdict, false)) => (verdict, false),
                None => continue,
            };
            if let Some(end) = self.decide(base, rule, verdict.0, verdict.1, depth) {
                return end;
            }
        }
        End::Through
    }

    /// The verdict that counts: of a map, the first arm that (perhaps) holds.
    fn arm<'v>(&self, verdict: &'v RuleVerdict) -> Option<(&'v RuleVerdict, bool)> {
        let RuleVerdict::Map(arms) = verdict else { return Some((verdict, true)) };
        arms.iter().find_map(|arm| all_hold(&arm.conditions, &self.packet).map(|holds| (&arm.verdict, holds)))
    }

    /// Does what a rule says; `holds` says whether its conditions surely hold. `None` goes on with the next rule.
    fn decide(
        &mut self,
        base: &'a Chain,
        rule: &'a Rule,
        verdict: &RuleVerdict,
        holds: bool,
        depth: usize,
    ) -> Option<End> {
        match verdict {
            RuleVerdict::Continue => None,
            RuleVerdict::Drop | RuleVerdict::RejectReset | RuleVerdict::RejectIcmp(_) => {
                let sure = !self.doubt && self.reached && holds;
                self.found.stops.push(Stop { rule: Some(rule), chain: base, verdict: verdict.clone(), sure });
                sure.then_some(End::Stopped)
            }
            RuleVerdict::Accept if holds => Some(End::Accepted),
            RuleVerdict::Return if holds => Some(End::Through),
            RuleVerdict::Redirect { address, port } if holds => {
                if let Some(now) = self.packet.to_port {
                    let to = SocketAddr::new(address.unwrap_or(self.packet.to), port.unwrap_or(now));
                    self.found.redirected = Some((rule, to));
                    self.packet.to = to.ip();
                    self.packet.to_port = Some(to.port());
                }
                Some(End::Accepted)
            }
            RuleVerdict::Jump(chain) | RuleVerdict::Goto(chain) => {
                let before = self.reached;
                self.reached &= holds;
                let end = self.follow(base, chain, depth + 1);
                self.reached = before;
                match end {
                    End::Stopped => Some(End::Stopped),
                    End::Accepted if holds => Some(End::Accepted),
                    End::Accepted => {
                        self.doubt = true;
                        None
                    }
                    End::Through if matches!(verdict, RuleVerdict::Goto(_)) => {
                        self.doubt |= !holds;
                        holds.then_some(End::Through)
                    }
                    End::Through => None,
                }
            }
            // It may let the packet pass, so what follows is not sure.
            RuleVerdict::Accept
            | RuleVerdict::Return
            | RuleVerdict::Redirect { .. }
            | RuleVerdict::Unknown(_)
            | RuleVerdict::Map(_) => {
                self.doubt = true;
                None
            }
        }
    }
}

/// `Some(true)` if all conditions surely hold, `None` if one surely does not.
fn all_hold(conditions: &[Condition], packet: &Packet) -> Option<bool> {
    let mut sure = true;
    for condition in conditions {
        match condition.holds(packet) {
            Some(true) => {}
            Some(false) => return None,
            None => sure = false,
        }
    }
    Some(sure)
}

fn fits_family(family: &str, to: IpAddr) -> bool {
    match family {
        "ip" => to.is_ipv4(),
        "ip6" => to.is_ipv6(),
        "inet" => true,
        _ => false,
    }
}

impl Condition {
    /// Whether it holds for a packet; `None` if that is not judged here.
    pub(super) fn holds(&self, packet: &Packet) -> Option<bool> {
        let within = |nets: &[Net], address: IpAddr| nets.iter().any(|net| net.holds(address));
        let among =
            |ranges: &[(u16, u16)], port: u16| ranges.iter().any(|(first, last)| (*first..=*last).contains(&port));
        match self {
            Self::Destination { nets, not } if packet.to.is_unspecified() => {
                // An answer to an address that is not known here: only a condition on the whole family is judged.
                let all = nets.iter().any(|net| net.prefix == 0 && net.holds(packet.to));
                all.then_some(!*not)
            }
            Self::Destination { nets, not } => Some(within(nets, packet.to) != *not),
            Self::Source { nets, not } => packet.from.map(|from| within(nets, from) != *not),
            Self::Port { ranges, not } => packet.to_port.map(|port| among(ranges, port) != *not),
            Self::SourcePort { ranges, not } => packet.from_port.map(|port| among(ranges, port) != *not),
            Self::Tcp(tcp) => Some(*tcp),
            Self::Device { names, not } => device(names, packet.out.as_deref()).map(|holds| holds != *not),
            Self::InDevice { names, not } => device(names, packet.input.as_deref()).map(|holds| holds != *not),
            Self::State { states, not } => {
                let state = if packet.answer { "established" } else { "new" };
                Some(states.iter().any(|one| one == state) != *not)
            }
            Self::User { ranges, not } => {
                packet.user.map(|user| ranges.iter().any(|(first, last)| (*first..=*last).contains(&user)) != *not)
            }
            Self::ToLocal(local) => packet.to_local.map(|is| is == *local),
            Self::First(first) => Some(*first != packet.answer),
            Self::Unknown(_) => None,
        }
    }
}

/// Whether a link is among names; nothing matches a link that the packet does not have in this hook.
fn device(names: &[String], link: Option<&str>) -> Option<bool> {
    let link = link?;
    Some(names.iter().any(|name| match name.strip_suffix(['*', '+']) {
        Some(start) => link.starts_with(start),
        None => name == link,
    }))
}
