//! One look at the own side: the way out by the kernel's tables, the canaries, the name servers.

use super::health::{Findings, Ill};
use crate::dns::{self, LookupOutcome, QueryName, Record};
use crate::host::{Host as _, Local, NeighbourState, RouteKind};
use crate::net::{ConnectOutcome, connect_vetted};
use crate::netguard::{Netguard, Place, ResolveError};
use crate::probe::Target;
use futures_util::future::join_all;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long each part of a look may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Names that the name servers are asked for in one look.
const MOST_NAMES: usize = 3;
/// Addresses far away, for asking the kernel's tables which way packets to them would go. Nothing is sent to them: both
/// are kept for documentation.
const FAR: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// A place whose answer shows that the way out is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary(pub Target);

/// What a look asks.
#[derive(Debug)]
pub struct Eyes {
    guard: Netguard,
    canaries: Vec<Canary>,
    names: Vec<QueryName>,
    /// Whether there ever was a way out; a host without one has lost nothing.
    had_way: AtomicBool,
}

impl Eyes {
    /// Asks these canaries, and the usual name servers for the names among `hosts`.
    pub fn new(guard: &Netguard, canaries: Vec<Canary>, mut names: Vec<QueryName>) -> Self {
        names.sort();
        names.dedup();
        names.truncate(MOST_NAMES);
        let guard = guard.with_leave(canaries.iter().flat_map(|canary| canary.0.places()));
        Self { guard, canaries, names, had_way: AtomicBool::new(false) }
    }

    /// The same, with what earlier ones have learnt of this host.
    pub(super) fn after(self, earlier: &Self) -> Self {
        self.had_way.store(earlier.had_way.load(Ordering::Relaxed), Ordering::Relaxed);
        self
    }

    /// Looks once, for a few seconds at most.
    pub(super) async fn look(&self) -> Findings {
        let (way, answered, names_silent) =
            futures_util::join!(self.way_out(), self.any_canary_answers(), self.names_silent());
        let network = match answered {
            Some(true) => None,
            Some(false) => Some(way.unwrap_or(Ill::Canaries)),
            None => way,
        };
        Findings { network, names_silent }
    }

    /// What ails the way out by the kernel's own tables, if anything.
    async fn way_out(&self) -> Option<Ill> {
        let mut ways = Vec::new();
        for far in FAR {
            if let Ok(Ok(route)) = timeout(PATIENCE, Local.route(far)).await
                && route.kind == RouteKind::Unicast
            {
                ways.push(route.gateway);
            }
        }
        if ways.is_empty() {
            return self.had_way.load(Ordering::Relaxed).then_some(Ill::NoRoute);
        }
        self.had_way.store(true, Ordering::Relaxed);
        let neighbours = timeout(PATIENCE, Local.neighbours()).await.ok()?.ok()?;
        let is_dead = |way: &Option<IpAddr>| {
            let hop = way.and_then(|gateway| neighbours.iter().find(|neighbour| neighbour.address == gateway));
            hop.is_some_and(|hop| hop.state == NeighbourState::Failed)
        };
        ways.iter().all(is_dead).then_some(Ill::NextHop)
    }

    /// `None` without canaries.
    async fn any_canary_answers(&self) -> Option<bool> {
        if self.canaries.is_empty() {
            return None;
        }
        let asked = join_all(self.canaries.iter().map(|canary| timeout(PATIENCE, self.answers(canary)))).await;
        Some(asked.into_iter().any(|answered| answered.unwrap_or(false)))
    }

    /// Whether any sign of life comes from a canary; a refusal is one.
    async fn answers(&self, canary: &Canary) -> bool {
        if let Target::Dns(question) = &canary.0 {
            let servers = question.server.map_or_else(|| self.guard.name_servers(), |server| vec![server]);
            let asked = join_all(servers.iter().map(|server| self.asks(*server, &question.name, question.record)));
            return asked.await.into_iter().any(|answer| answer != Answer::Silent);
        }
        let Some(place) = canary.0.places().into_iter().next() else { return false };
        let Place { host, port } = place;
        let found = match self.guard.resolve(&host, port, PATIENCE).await {
            Ok(found) => found,
            // Somebody who knows the name's zone has said so.
            Err(ResolveError::NotFound | ResolveError::NoAddress) => return true,
            Err(_) => return false,
        };
        let connects = join_all(found.iter().map(|to| connect_vetted(&self.guard, to, PATIENCE))).await;
        let alive = |outcome| matches!(outcome, ConnectOutcome::Open | ConnectOutcome::Refused | ConnectOutcome::Reset);
        connects.into_iter().any(|connect| alive(connect.outcome))
    }

    /// Whether the usual name servers give no answers. One that fails for a single name may be right to; one that
    /// fails for several is cut off itself.
    async fn names_silent(&self) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let servers = self.guard.name_servers();
        let questions = servers.iter().flat_map(|server| self.names.iter().map(move |name| (*server, name)));
        let answers = join_all(questions.map(|(server, name)| self.asks(server, name, Record::A))).await;
        let silent = answers.iter().all(|answer| *answer == Answer::Silent);
        let failing = answers.iter().all(|answer| *answer != Answer::Given) && self.names.len() > 1;
        silent || failing
    }

    async fn asks(&self, server: SocketAddr, name: &QueryName, record: Record) -> Answer {
        let lookup = dns::lookup(&self.guard, server, name, record, PATIENCE).await;
        match lookup.outcome {
            LookupOutcome::Answered | LookupOutcome::Nxdomain | LookupOutcome::Nodata => Answer::Given,
            LookupOutcome::Timeout | LookupOutcome::Unreachable | LookupOutcome::Denied => Answer::Silent,
            _ => Answer::Failed,
        }
    }
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Given,
    Failed,
    Silent,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::mischief::closed_port;
    use crate::netguard::NetRules;
    use crate::selfcheck::Reach;
    use tokio::net::UdpSocket;

    fn tcp(address: SocketAddr) -> Canary {
        Canary(Target::Tcp(format!("http://{address}/").parse().unwrap()))
    }

    fn guard() -> Netguard {
        Netguard::for_server(&NetRules::default()).unwrap()
    }

    /// A listener whose queue is full: connection attempts are answered by nothing.
    struct Full {
        _listener: rustix::fd::OwnedFd,
        _held: Vec<std::net::TcpStream>,
        address: SocketAddr,
    }

    #[expect(clippy::disallowed_methods, reason = "the test fills its own queue")]
    fn full() -> Full {
        use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
        let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        listen(&listener, 0).unwrap();
        let address: SocketAddr = getsockname(&listener).unwrap().try_into().unwrap();
        let tries = (0..4).map(|_| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)));
        let held: Vec<_> = tries.filter_map(Result::ok).collect();
        assert!(held.len() < 4, "the queue takes no more");
        Full { _listener: listener, _held: held, address }
    }

    #[tokio::test]
    async fn one_sign_of_life_on_any_path_is_enough() {
        let silent = full();
        let eyes = |canaries| Eyes::new(&guard(), canaries, Vec::new());
        assert_eq!(eyes(Vec::new()).any_canary_answers().await, None);
        assert_eq!(eyes(vec![tcp(silent.address)]).any_canary_answers().await, Some(false));
        let refused = closed_port().await;
        assert_eq!(eyes(vec![tcp(silent.address), tcp(refused)]).any_canary_answers().await, Some(true));
        let found = eyes(vec![tcp(silent.address)]).look().await;
        assert!(found.network.is_some() && !found.names_silent, "{found:?}");
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the test's own name server, which never answers")]
    async fn name_servers_are_silent_when_none_says_a_word() {
        let deaf = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let question = |server| crate::probe::Question { name: "a.test".parse().unwrap(), record: Record::A, server };
        let canary = Canary(Target::Dns(question(Some(deaf.local_addr().unwrap()))));
        let eyes = Eyes::new(&guard(), vec![canary], Vec::new());
        assert_eq!(eyes.any_canary_answers().await, Some(false));
        assert!(!eyes.names_silent().await, "nothing is looked up here");
    }

    #[test]
    fn what_a_sample_rests_on() {
        let reach = |url: &str| Target::get(url.parse().unwrap()).reach();
        assert_eq!(reach("http://127.0.0.1:8080/"), Reach::Here);
        assert_eq!(reach("http://[::1]/"), Reach::Here);
        assert_eq!(reach("http://localhost/"), Reach::Here);
        assert_eq!(reach("http://192.0.2.1/"), Reach::Network);
        assert_eq!(reach("https://shop.example/"), Reach::Names);
        let name = |url: &str| Target::get(url.parse().unwrap()).looked_up();
        assert_eq!(name("https://shop.example/").unwrap().as_str(), "shop.example");
        assert_eq!(name("https://192.0.2.1/"), None);
    }
}
