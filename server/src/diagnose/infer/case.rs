//! What rules look at: the facts, and what follows from them without any judgement.

mod wire;

pub(in crate::diagnose) use wire::ODD_ANSWER;

use super::super::facts::{Facts, Seen};
use app::model::fact::asked::{Certificate, CheckReplay, Direct, EdgeVerdict, EdgeWord};
use app::model::fact::gateway::{Gateway, Member, MemberState, Route, Vantage};
use app::model::fact::host::{Counter, Listener, OtherListener, Process, UnixSocket};
use app::model::fact::logs::{Joined, LogLine, Meaning};
use app::model::fact::network::{Connect, Firewall, FirewallRule, IpRoute, Neighbour};
use app::model::{FactId, FaultKind};
use std::collections::BTreeSet;

/// What visitors suffer, as this run saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Requests through the gateway that failed (5xx, broken or no answer).
    pub failed: usize,
    /// Requests that were answered below 400.
    pub succeeded: usize,
    /// Requests that were answered 400 to 499.
    pub refused: usize,
    /// Requests that still wait.
    pub open: usize,
    /// The facts of those that failed, at most two.
    pub ids: Vec<FactId>,
}

/// The facts of a run, arranged for rules.
#[derive(Debug)]
pub struct Case<'a> {
    /// All facts.
    pub facts: &'a Facts,
    /// What visitors suffer.
    pub effect: Effect,
    /// What the gateway's own log says of this run's requests.
    pub testimony: Vec<Seen<'a, LogLine>>,
    /// The route that serves the URL.
    pub route: Option<Seen<'a, Route>>,
    /// The members of its upstream.
    pub members: Vec<Seen<'a, Member>>,
    /// The gateway.
    pub gateway: Option<Seen<'a, Gateway>>,
    /// Whether this host is the gateway's.
    pub vantage: Option<Seen<'a, Vantage>>,
    /// Every address that the gateway connects to: of the configuration, or of its own words.
    pub targets: Vec<String>,
}

impl<'a> Case<'a> {
    /// Arranges the facts.
    pub fn new(facts: &'a Facts) -> Self {
        let members: Vec<_> = facts.members().collect();
        // A pool whose names lead nowhere has no live member either; that says nothing against the names.
        let nowhere = lead_nowhere(&members);
        let is_word = |line: &LogLine| {
            line.joined == Joined::Own
                && is_reason(line.meaning)
                && !(nowhere && line.meaning == Meaning::NoLiveUpstreams)
        };
        let testimony: Vec<_> = facts.log_lines().filter(|(_, line)| is_word(line)).collect();
        let of_members = members.iter().filter(|(_, m)| !m.down).flat_map(|(_, m)| m.targets.iter().cloned());
        let of_lines = testimony.iter().filter_map(|(_, line)| line.target.clone());
        let targets: BTreeSet<String> = of_members.chain(of_lines).collect();
        Self {
            facts,
            effect: effect(facts),
            route: facts.routes().last(),
            gateway: facts.gateways().last(),
            vantage: facts.vantages().last(),
            targets: targets.into_iter().collect(),
            testimony,
            members,
        }
    }

    /// Whether what was measured here is what the gateway itself meets.
    pub fn on_gateway_host(&self) -> bool {
        self.vantage.is_some_and(|(_, v)| v.on_gateway_host && v.same_netns != Some(false))
    }

    /// The gateway's own words of one of these meanings, about one of these targets (any, if none is given or
    /// the line names none).
    pub fn testimony(&self, meanings: &[Meaning], targets: &[String]) -> Vec<&'a FactId> {
        self.testimony
            .iter()
            .filter(|(_, line)| meanings.iter().any(|m| may_mean(line, *m) || line.meaning.may_be(*m)))
            .filter(|(_, line)| {
                targets.is_empty() || line.target.as_ref().is_none_or(|target| targets.contains(target))
            })
            .map(|(id, _)| *id)
            .collect()
    }

    /// Lines of the gateway about this run's own requests that say just this. What a vaguer line may mean is
    /// `testimony`; it confirms nothing.
    pub fn own_lines_of(&self, meaning: Meaning) -> Vec<&'a FactId> {
        self.testimony.iter().filter(|(_, line)| line.meaning == meaning).map(|(id, _)| *id).collect()
    }

    /// Log lines of a meaning about a target, from this run's time or its own requests.
    pub fn lines(&self, meaning: Meaning, target: &str) -> impl Iterator<Item = Seen<'a, LogLine>> {
        self.facts.log_lines().filter(move |(_, line)| {
            line.meaning == meaning
                && line.joined != Joined::Earlier
                && line.target.as_deref().is_none_or(|named| named == target)
        })
    }

    /// Log lines of a meaning from this run's time or its own requests, whatever target they name.
    pub fn lines_of(&self, meaning: Meaning) -> impl Iterator<Item = Seen<'a, LogLine>> {
        self.facts.log_lines().filter(move |(_, line)| line.meaning == meaning && line.joined != Joined::Earlier)
    }

    /// Connection attempts to a target that were made on the gateway's host.
    pub fn connects(&self, target: &str) -> impl Iterator<Item = Seen<'a, Connect>> {
        self.facts.connects().filter(move |(_, c)| c.target == target && c.from_gateway_host)
    }

    /// Requests straight to a target; `same` asks for those with the failing URL.
    pub fn directs(&self, target: &str, same: bool) -> impl Iterator<Item = Seen<'a, Direct>> {
        self.facts.directs().filter(move |(_, d)| d.target == target && (d.path == "same") == same)
    }

    /// The listener table's word on a target, where the table is the target's own.
    pub fn listener(&self, target: &str) -> Option<Seen<'a, Listener>> {
        self.facts.listeners().filter(|(_, l)| l.target == target && l.local).last()
    }

    /// What listens elsewhere instead of a target.
    pub fn instead_of(&self, target: &str) -> impl Iterator<Item = Seen<'a, OtherListener>> {
        self.facts.other_listeners().filter(move |(_, o)| o.instead_of == target)
    }

    /// A kernel counter around the attempts to a target.
    pub fn counter(&self, name: &str, target: &str) -> Option<Seen<'a, Counter>> {
        self.facts.counters().filter(|(_, c)| c.name == name && c.target == target).last()
    }

    /// The process that owns a target's listener.
    pub fn process_at(&self, target: &str) -> Option<Seen<'a, Process>> {
        self.facts.processes().filter(|(_, p)| p.role == target).last()
    }

    /// The unix socket at a target `unix:/path`.
    pub fn unix_socket(&self, target: &str) -> Option<Seen<'a, UnixSocket>> {
        let path = target.strip_prefix("unix:")?;
        self.facts.unix_sockets().filter(|(_, s)| s.path == path).last()
    }

    /// A content network's own word of one of these kinds, while a visitor's request fails.
    pub fn edge_says(&self, words: &[EdgeWord]) -> Option<Seen<'a, EdgeVerdict>> {
        (self.effect.failed > 0)
            .then(|| self.facts.edge_verdicts().find(|(_, edge)| words.contains(&edge.says)))
            .flatten()
    }

    /// A request straight to the origin (`--upstream`) that was answered.
    pub fn origin_answers(&self) -> Option<Seen<'a, Direct>> {
        self.facts.directs().find(|(_, direct)| direct.answered())
    }

    /// What the gateway itself says of a target's state.
    pub fn state_of(&self, target: &str) -> Option<Seen<'a, MemberState>> {
        self.facts.member_states().filter(|(_, s)| s.target.as_deref() == Some(target)).last()
    }

    /// The gateway's health check of a target, made again.
    pub fn check_replay(&self, target: &str) -> Option<Seen<'a, CheckReplay>> {
        self.facts.check_replays().filter(|(_, c)| c.target == target).last()
    }

    /// The certificate that a target shows.
    pub fn certificate(&self, target: &str) -> Option<Seen<'a, Certificate>> {
        self.facts.certificates().filter(|(_, c)| c.target == target).last()
    }

    /// The route that packets to a target take.
    pub fn ip_route(&self, target: &str) -> Option<Seen<'a, IpRoute>> {
        let ip = ip_of(target)?;
        self.facts.ip_routes().filter(|(_, r)| r.address == ip).last()
    }

    /// The neighbour table's word on a target.
    pub fn neighbour(&self, target: &str) -> Option<Seen<'a, Neighbour>> {
        let ip = ip_of(target)?;
        self.facts.neighbours().filter(|(_, n)| n.address == ip).last()
    }

    /// Whether the target's host does not even answer as a neighbour.
    pub fn neighbour_is_dead(&self, target: &str) -> bool {
        self.neighbour(target).is_some_and(|(_, n)| matches!(n.state.as_str(), "failed" | "incomplete"))
    }

    /// Firewall rules that fit packets to a target.
    pub fn firewall_rules(&self, target: &str) -> impl Iterator<Item = Seen<'a, FirewallRule>> {
        self.facts.firewall_rules().filter(move |(_, r)| r.target == target)
    }

    /// Whether the firewall could be read for a target.
    pub fn firewall(&self, target: &str) -> Option<Seen<'a, Firewall>> {
        self.facts.firewalls().filter(|(_, f)| f.target == target).last()
    }

    /// The member that leads to a target.
    pub fn member_of(&self, target: &str) -> Option<Seen<'a, Member>> {
        self.members.iter().find(|(_, m)| m.targets.iter().any(|t| t == target)).copied()
    }

    /// Whether these targets are all that the gateway could have chosen.
    pub fn covers_all_members(&self, targets: &[String]) -> bool {
        let mut live = self.members.iter().filter(|(_, m)| !m.down && !m.backup).peekable();
        live.peek().is_some()
            && live.all(|(_, m)| !m.targets.is_empty() && m.targets.iter().all(|t| targets.contains(t)))
    }

    /// Whether every member has a name that leads to no address.
    pub fn names_lead_nowhere(&self) -> bool {
        lead_nowhere(&self.members)
    }

    /// Whether the pool has more than one live member.
    pub fn is_pool(&self) -> bool {
        self.members.iter().filter(|(_, m)| !m.down).flat_map(|(_, m)| &m.targets).count() > 1
    }

    /// The gateway's read timeout.
    pub fn read_timeout_ms(&self) -> Option<u64> {
        self.route.and_then(|(_, route)| route.read_timeout_ms)
    }

    /// Whether a log of the gateway could be read at all.
    pub fn gateway_log_read(&self) -> bool {
        let product = self.gateway.map_or("nginx", |(_, gateway)| gateway.product.as_str());
        self.facts.logs_read().any(|(_, log)| log.log == product)
    }

    /// Lines in which an application's worker was killed, crashed or gave up, near this run.
    pub fn killers(&self) -> impl Iterator<Item = Seen<'a, LogLine>> {
        self.facts
            .log_lines()
            .filter(|(_, line)| (is_death(line.meaning) && line.joined != Joined::Earlier) || is_busy(line.meaning))
    }
}

/// A worker or process ended in a way that takes its requests with it.
const fn is_death(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::WorkerKilled
            | Meaning::RequestTerminated
            | Meaning::WorkerTimedOut
            | Meaning::Harakiri
            | Meaning::WorkerCrashed
            | Meaning::WorkerAborted
            | Meaning::WorkerSigkilled
            | Meaning::WorkerTerminated
            | Meaning::WorkerExited
            | Meaning::OomKilled
            | Meaning::CgroupOomKilled
            | Meaning::UnitSigkilled
            | Meaning::UnitCrashed
    )
}

/// All workers are busy.
const fn is_busy(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::WorkersBusy | Meaning::MaxChildren | Meaning::ProcessMax)
}

/// Whether every member has a name that leads to no address.
fn lead_nowhere(members: &[Seen<'_, Member>]) -> bool {
    !members.is_empty() && members.iter().all(|(_, m)| m.by_name && m.targets.is_empty())
}

/// The address in `1.2.3.4:80` or `[::1]:80`; `None` for a unix socket.
pub(in crate::diagnose) fn ip_of(target: &str) -> Option<String> {
    target.parse::<std::net::SocketAddr>().ok().map(|address| address.ip().to_string())
}

/// Whether a line may mean this. Some products say less than they know at their usual level: httpd's `Error during SSL
/// Handshake` stands for any fault of a handshake, while nginx names the certificate's.
fn may_mean(line: &LogLine, meaning: Meaning) -> bool {
    use Meaning as M;
    if line.meaning == meaning {
        return true;
    }
    match line.meaning {
        M::TlsFailed => {
            line.product != "nginx"
                && matches!(
                    meaning,
                    M::CertificateExpired
                        | M::CertificateNotYetValid
                        | M::CertificateUntrusted
                        | M::CertificateName
                        | M::CertificateRefused
                )
        }
        M::HeaderUnreadable => matches!(meaning, M::HeaderTooBig | M::InvalidHeader),
        // Varnish has one word for every head that it cannot use, Envoy and h2o for every answer.
        M::InvalidHeader => {
            matches!(line.product.as_str(), "varnish" | "envoy" | "h2o")
                && matches!(
                    meaning,
                    M::HeaderTooBig | M::NotHttp | M::DuplicateLength | M::LengthAndChunked | M::TransferEncoding
                )
        }
        // Envoy has no member to ask where a name has no address; Caddy where every member has as many requests as it may.
        M::NoLiveUpstreams => match line.product.as_str() {
            "envoy" => matches!(meaning, M::NameNotFound | M::NameServerFailed | M::NameServerSilent),
            "caddy" => meaning == M::PoolCapped,
            _ => false,
        },
        M::BodyInvalid => matches!(meaning, M::BadChunks | M::InvalidHeader | M::DuplicateLength),
        _ => false,
    }
}

/// Whether a meaning is a reason of its own; notes that go along with another line are not.
const fn is_reason(meaning: Meaning) -> bool {
    !meaning.is_check()
        && !matches!(
            meaning,
            Meaning::MemberDisabled
                | Meaning::MemberTakenOut
                | Meaning::MemberUp
                | Meaning::NameChanged
                | Meaning::ClientTlsFailed
                | Meaning::Other
                | Meaning::NeighbourTableFull
                | Meaning::SelinuxDenied
                | Meaning::ApparmorDenied
                | Meaning::WorkerKilled
                | Meaning::WorkersBusy
                | Meaning::ApplicationSaid
                | Meaning::ClientGone
                | Meaning::GatewayWorkerCrashed
                | Meaning::StartNameNotFound
                | Meaning::StartFailed
                | Meaning::FileDenied
        )
}

fn effect(facts: &Facts) -> Effect {
    let mut effect = Effect::default();
    for (id, attempt) in facts.attempts() {
        let blocked =
            attempt.failure.as_ref().is_some_and(|f| matches!(f.kind, FaultKind::Blocked | FaultKind::Internal));
        if attempt.open {
            effect.open += 1;
        } else if blocked {
            // Our own doing says nothing of the gateway.
        } else if attempt.failed() {
            effect.failed += 1;
            if effect.ids.len() < 2 {
                effect.ids.push(id.clone());
            }
        } else if attempt.succeeded() {
            effect.succeeded += 1;
        } else {
            effect.refused += 1;
        }
    }
    effect
}
