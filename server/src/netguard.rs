//! The only door out: which addresses may be asked, and the connections to them.
//!
//! ```text
//! text ─check_url→ Url ─resolve→ Vetted … ─connect→ TcpStream
//! ```
//!
//! [`Vetted`] has no public constructor, and [`Netguard::connect`] takes nothing else: a connection to an
//! address that nobody judged does not compile. A name is looked up once for an attempt; the address that
//! was judged is the address that is asked, so a second answer cannot lead elsewhere.
//!
//! ```compile_fail,E0451
//! use server::netguard::{AddressClass, Vetted};
//! let address = ([127, 0, 0, 1], 80).into();
//! let forged = Vetted { address, name: None, class: AddressClass::Public };
//! ```

#[cfg(test)]
mod corpus;
mod gate;
mod names;
pub mod policy;
mod prefix;
mod redirect;
mod refusal;
mod rules;
mod socket;

pub use policy::{AddressClass, NetInput, NetRules, Place, PolicyError, PrivateRule};
pub use redirect::Redirects;
pub use refusal::{RedirectFlaw, Refusal, UrlFlaw};
pub use socket::{EchoSocket, Manner};

use names::{NameFault, Names, SystemNames};
use policy::{Mode, Policy};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Policy and names together. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Netguard {
    policy: Arc<Policy>,
    sockets: Arc<BTreeSet<PathBuf>>,
    /// Places with leave that led to public addresses; shared by all clones, so at most one entry a place.
    seen_public: Arc<Mutex<BTreeSet<Place>>>,
    names: Arc<dyn Names>,
}

/// An address that the policy has judged and allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vetted {
    address: SocketAddr,
    name: Option<String>,
    class: AddressClass,
}

impl Vetted {
    /// The address that is asked.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The name that led there; `None` where an address was given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the address is.
    pub fn class(&self) -> AddressClass {
        self.class
    }
}

/// Why a host gave no address to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Our own policy refuses one of the addresses, and so all of them.
    #[error(transparent)]
    Refused(Refusal),
    /// The name does not exist.
    #[error("the name does not exist")]
    NotFound,
    /// The name exists and has no address.
    #[error("the name has no address")]
    NoAddress,
    /// The name servers answered with an error.
    #[error("the name servers answered with an error")]
    Failed,
    /// No name server answered in time.
    #[error("no name server answered in time")]
    TimedOut,
    /// No name server is configured or can be reached from here.
    #[error("no name server can be asked from here")]
    NoServers,
}

impl From<NameFault> for ResolveError {
    fn from(fault: NameFault) -> Self {
        match fault {
            NameFault::NotFound => Self::NotFound,
            NameFault::NoAddress => Self::NoAddress,
            NameFault::Failed => Self::Failed,
            NameFault::Silent => Self::TimedOut,
            NameFault::NoServers => Self::NoServers,
        }
    }
}

impl Netguard {
    /// The server's guard: `[net]` decides, monitors and gateways add leave by [`Self::with_leave`].
    pub fn for_server(rules: &NetRules) -> Result<Self, PolicyError> {
        if let policy::Resolvers::Servers(list) = &rules.resolvers
            && list.is_empty()
        {
            let problem = "name at least one address, or leave the key out".to_owned();
            return Err(PolicyError { key: "resolvers", index: 0, entry: String::new(), problem });
        }
        let names = Arc::new(SystemNames::new(rules.resolvers.clone()));
        Ok(Self::with_names(Mode::Server(Box::new(rules.clone())), names))
    }

    /// A terminal's guard: its user's own rights; only unspecified, multicast, link-local and metadata
    /// addresses are refused.
    pub fn for_terminal() -> Self {
        Self::with_names(Mode::Terminal, Arc::new(SystemNames::new(policy::Resolvers::System)))
    }

    fn with_names(mode: Mode, names: Arc<dyn Names>) -> Self {
        let policy = Arc::new(Policy { mode, places: Vec::new() });
        Self { policy, sockets: Arc::default(), seen_public: Arc::default(), names }
    }

    /// The same guard with leave for these places besides: URLs of monitors, a gateway's listener and upstreams.
    #[must_use]
    pub fn with_leave(&self, places: impl IntoIterator<Item = Place>) -> Self {
        let mut policy = Policy::clone(&self.policy);
        let plain = |place: Place| Place { host: policy::plain_host(&place.host), ..place };
        policy.places.extend(places.into_iter().map(plain));
        policy.places.sort_unstable();
        policy.places.dedup();
        Self { policy: Arc::new(policy), ..self.clone() }
    }

    /// The same guard with this name server instead of the usual ones. Whether it may be asked is judged by
    /// [`Self::vet_name_server`] before; one that may not be gives no answer.
    #[must_use]
    pub fn asking(&self, server: SocketAddr) -> Self {
        let allowed = self.vet_name_server(server).is_ok();
        let servers = if allowed { vec![server.ip()] } else { Vec::new() };
        let names = SystemNames::at_port(policy::Resolvers::Servers(servers), server.port());
        Self { names: Arc::new(names), ..self.clone() }
    }

    /// The usual name servers, in their order: those of `[net] resolvers`, else the system's.
    pub fn name_servers(&self) -> Vec<SocketAddr> {
        match &self.policy.mode {
            Mode::Server(rules) => match &rules.resolvers {
                policy::Resolvers::Servers(list) => list.iter().map(|ip| SocketAddr::new(*ip, 53)).collect(),
                policy::Resolvers::System => crate::dns::system_servers().servers,
            },
            Mode::Terminal => crate::dns::system_servers().servers,
        }
    }

    /// The same guard with leave for these unix sockets besides, which a gateway's configuration names.
    #[must_use]
    pub fn with_sockets(&self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let sockets = self.sockets.iter().cloned().chain(paths).collect();
        Self { sockets: Arc::new(sockets), ..self.clone() }
    }

    /// Judges what somebody typed, before any name is looked up.
    pub fn check_url(&self, typed: &str) -> Result<url::Url, Refusal> {
        gate::check_url(&self.policy, typed)
    }

    /// Looks a host up once and judges every answer; one bad answer refuses all. Addresses come without
    /// duplicates, the two families in turn. An address as host is judged without a lookup.
    pub async fn resolve(&self, host: &str, port: u16, limit: Duration) -> Result<Vec<Vetted>, ResolveError> {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![self.vet(SocketAddr::new(address, port), None).map_err(ResolveError::Refused)?]);
        }
        let found = timeout(limit, self.names.addresses(host)).await.map_err(|_| ResolveError::TimedOut)??;
        let mut vetted: Vec<Vetted> = Vec::with_capacity(found.len());
        for address in in_turn(found) {
            vetted.push(self.vet(SocketAddr::new(address, port), Some(host)).map_err(ResolveError::Refused)?);
        }
        if vetted.is_empty() {
            return Err(ResolveError::NoAddress);
        }
        self.check_moved(host, port, &vetted).map_err(ResolveError::Refused)?;
        Ok(vetted)
    }

    /// A name that has leave and led to public places must not turn inwards by whoever runs its DNS: leave was
    /// given for what the configuration's author saw. A restart, or the line in the refusal, accepts the move.
    fn check_moved(&self, host: &str, port: u16, vetted: &[Vetted]) -> Result<(), Refusal> {
        if !self.policy.grants(host, port) {
            return Ok(());
        }
        let place = Place { host: policy::plain_host(host), port };
        let mut seen_public = self.seen_public.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = vetted.iter().find(|vetted| vetted.class.is_private());
        match inside.filter(|at| self.policy.only_by_leave(at.address, at.class, host)) {
            Some(at) if seen_public.contains(&place) => Err(Refusal::Moved { name: place.host, address: at.address }),
            None if inside.is_none() => {
                seen_public.insert(place);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Judges one address; `name` is the name that led there, if any.
    pub fn vet(&self, address: SocketAddr, name: Option<&str>) -> Result<Vetted, Refusal> {
        let class = self.policy.judge(address, name)?;
        Ok(Vetted { address, name: name.map(str::to_owned), class })
    }

    /// Judges a name server of the configuration or of `resolv.conf`: port 53, or a place with leave; private
    /// and link-local ones are ordinary there.
    pub fn vet_name_server(&self, address: SocketAddr) -> Result<Vetted, Refusal> {
        let class = policy::classify(address.ip());
        let never = matches!(class, AddressClass::Unspecified | AddressClass::Multicast | AddressClass::Reserved);
        if never {
            return Err(Refusal::Never { address: address.ip(), class });
        }
        let granted = self.policy.grants(&address.ip().to_string(), address.port());
        if address.port() != 53 && !granted && matches!(self.policy.mode, Mode::Server(_)) {
            return Err(Refusal::Port { port: address.port() });
        }
        Ok(Vetted { address, name: None, class })
    }

    /// Judges a unix socket: only one that a configured gateway names, but any in a terminal.
    pub fn check_socket(&self, path: &Path) -> Result<(), Refusal> {
        if matches!(self.policy.mode, Mode::Terminal) || self.sockets.contains(path) {
            return Ok(());
        }
        Err(Refusal::Socket { path: path.display().to_string() })
    }

    /// Whether some name server answered lately, so that silence about one name is that name's fault and not
    /// ours.
    pub fn names_answered_lately(&self) -> bool {
        self.names.answered_lately()
    }

    /// Most redirects followed by what follows redirects at all.
    pub fn max_redirects(&self) -> u8 {
        match &self.policy.mode {
            Mode::Server(rules) => rules.max_redirects,
            Mode::Terminal => NetRules::default().max_redirects,
        }
    }
}

/// Without duplicates, IPv6 and IPv4 in turn, so that a dead family delays an attempt only once.
fn in_turn(found: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut seen = BTreeSet::new();
    let (v6, v4): (Vec<_>, Vec<_>) =
        found.into_iter().filter(|address| seen.insert(*address)).partition(IpAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut ordered = Vec::with_capacity(seen.len());
    for _ in 0..seen.len() {
        ordered.extend(v6.next());
        ordered.extend(v4.next());
    }
    ordered
}
