//! Which addresses may be asked: pure rules, no sockets and no names looked up.
//!
//! Three kinds of address exist for a server. Those of the *hard deny* table are never asked, whatever the
//! configuration says. *Private* ones (loopback, RFC 1918, unique local, shared) are asked where the
//! configuration names address and port. The rest is public; for IPv6 that is only what lies in `2000::/3`.
//! A monitor's URL and a gateway's upstreams are [`Place`]s: leave for exactly that host and port.

pub use super::prefix::{InvalidPrefix, Prefix, classify};
use super::prefix::{inside_nat64, wrapped};
pub use super::refusal::{Refusal, UrlFlaw};
pub use super::rules::{HostRule, NetInput, NetRules, PolicyError, Ports, PrivateRule, Resolvers, parse};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressClass {
    /// Anybody's.
    Public,
    /// RFC 1918, shared address space, unique local IPv6.
    Private,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// `0.0.0.0/8` and `::`.
    Unspecified,
    /// `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// A cloud's metadata service or platform channel outside link-local.
    Metadata,
    /// Multicast.
    Multicast,
    /// Broadcast, `240.0.0.0/4`, and IPv6 outside `2000::/3` that has no other name.
    Reserved,
    /// Assignments for protocols, such as `192.0.0.0/24` and Teredo.
    Protocol,
    /// For examples in documents.
    Documentation,
    /// For benchmarks of network devices.
    Benchmark,
    /// An IPv6 address that wraps an IPv4 one, or a transition mechanism.
    Transition,
}

impl AddressClass {
    /// Asked only where the configuration says so.
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Private | Self::Loopback)
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::Protocol => "protocol assignment",
            Self::Documentation => "documentation",
            Self::Benchmark => "benchmark",
            Self::Transition => "IPv4-in-IPv6",
        })
    }
}

/// Leave to ask one host (a name or an address, as the configuration writes it) at one port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Name or address; IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Place {
    /// The place that a URL leads to; `None` where it has no host or no known port.
    pub fn of(url: &url::Url) -> Option<Self> {
        Some(Self { host: plain_host(url.host_str()?), port: url.port_or_known_default()? })
    }

    fn is(&self, host: &str, port: u16) -> bool {
        self.port == port && self.host.eq_ignore_ascii_case(host)
    }
}

/// The host as rules compare it: addresses in their one form, names in lower case without the root's dot.
pub(super) fn plain_host(host: &str) -> String {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().map_or_else(|_| plain_name(bare), |address| address.to_string())
}

/// A name in the form that rules compare: lower case, without the root's dot.
pub(super) fn plain_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whose rights the guard acts with.
#[derive(Debug, Clone)]
pub(super) enum Mode {
    /// The server: `[net]` and leave.
    Server(Box<NetRules>),
    /// A terminal: its user's own rights, short of what only ever is an attack or a mistake.
    Terminal,
}

/// The rules together with all leave.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) mode: Mode,
    /// In the form of [`plain_host`].
    pub(super) places: Vec<Place>,
}

impl Policy {
    /// Judges one address, reached by `name` or typed as such.
    pub(super) fn judge(&self, address: SocketAddr, name: Option<&str>) -> Result<AddressClass, Refusal> {
        if address.port() == 0 {
            return Err(Refusal::Port { port: 0 });
        }
        match &self.mode {
            Mode::Terminal => judge_for_terminal(address.ip()),
            Mode::Server(rules) => self.judge_for_server(rules, address, name),
        }
    }

    /// Whether the configuration grants this host and port by itself.
    pub(super) fn grants(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.places.iter().any(|place| place.is(host, port))
    }

    /// Whether a name that is not of the public DNS may be looked up at all.
    pub(super) fn knows_name(&self, name: &str) -> bool {
        let name = plain_name(name);
        match &self.mode {
            Mode::Terminal => true,
            Mode::Server(rules) => {
                rules.allow_hosts.iter().any(|rule| rule.matches(&name))
                    || self.places.iter().any(|place| place.host == name)
            }
        }
    }

    fn judge_for_server(
        &self,
        rules: &NetRules,
        address: SocketAddr,
        name: Option<&str>,
    ) -> Result<AddressClass, Refusal> {
        let ip = if rules.nat64 { inside_nat64(address.ip()).unwrap_or(address.ip()) } else { address.ip() };
        let class = classify(ip);
        let judged = SocketAddr::new(ip, address.port());
        if class != AddressClass::Public && !class.is_private() {
            return Err(Refusal::Never { address: address.ip(), class });
        }
        if self.grants(&ip.to_string(), address.port()) || name.is_some_and(|name| self.grants(name, address.port())) {
            return Ok(class);
        }
        self.judge_by_rules(rules, judged, class, name)
    }

    /// Whether only a place's leave allows this, and no rule of `[net]`.
    pub(super) fn only_by_leave(&self, address: SocketAddr, class: AddressClass, name: &str) -> bool {
        match &self.mode {
            Mode::Terminal => false,
            Mode::Server(rules) => {
                self.grants(name, address.port()) && self.judge_by_rules(rules, address, class, Some(name)).is_err()
            }
        }
    }

    fn judge_by_rules(
        &self,
        rules: &NetRules,
        judged: SocketAddr,
        class: AddressClass,
        name: Option<&str>,
    ) -> Result<AddressClass, Refusal> {
        let listed = rules.allow_private.iter().any(|rule| rule.covers(judged));
        if class.is_private() {
            return match name {
                _ if !listed => Err(Refusal::NotListed { address: judged, class, name: name.map(str::to_owned) }),
                Some(name) if !self.knows_name(name) => {
                    Err(Refusal::NameNotListed { name: plain_name(name), address: judged })
                }
                _ => Ok(class),
            };
        }
        if listed || rules.public && rules.public_ports.contains(judged.port()) {
            Ok(class)
        } else if rules.public {
            Err(Refusal::Port { port: judged.port() })
        } else {
            Err(Refusal::NotListed { address: judged, class, name: name.map(str::to_owned) })
        }
    }
}

fn judge_for_terminal(ip: IpAddr) -> Result<AddressClass, Refusal> {
    let class = classify(wrapped(ip).unwrap_or(ip));
    match class {
        AddressClass::Unspecified | AddressClass::Multicast | AddressClass::LinkLocal | AddressClass::Metadata => {
            Err(Refusal::Never { address: ip, class })
        }
        _ => Ok(class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(address: &str) -> Result<AddressClass, Refusal> {
        Policy { mode: Mode::Terminal, places: vec![] }.judge(address.parse().unwrap(), None)
    }

    fn server(rules: NetRules, places: &[(&str, u16)]) -> Policy {
        let places = places.iter().map(|(host, port)| Place { host: (*host).to_owned(), port: *port }).collect();
        Policy { mode: Mode::Server(Box::new(rules)), places }
    }

    #[test]
    fn a_terminal_refuses_only_what_is_never_a_site() {
        for fine in ["10.0.0.1:22", "127.0.0.1:1", "192.0.2.1:80", "198.18.0.1:80", "[2001:db8::1]:80", "[::1]:80"] {
            assert!(terminal(fine).is_ok(), "{fine}");
        }
        for never in [
            "0.0.0.0:80",
            "224.0.0.1:80",
            "169.254.169.254:80",
            "100.100.100.200:80",
            "[::]:80",
            "[fe80::1]:80",
            "[ff02::1]:80",
            "[fd00:ec2::254]:80",
            "[::ffff:169.254.169.254]:80",
            "[64:ff9b::a9fe:a9fe]:80",
            "127.0.0.1:0",
        ] {
            assert!(terminal(never).is_err(), "{never}");
        }
    }

    #[test]
    fn leave_is_for_one_host_and_port_and_never_opens_hard_deny() {
        let policy = server(NetRules::default(), &[("127.0.0.1", 8080), ("app", 3000), ("169.254.169.254", 80)]);
        let judge = |address: &str, name| policy.judge(address.parse().unwrap(), name);
        assert_eq!(judge("127.0.0.1:8080", None), Ok(AddressClass::Loopback));
        assert!(judge("127.0.0.1:8081", None).is_err());
        assert!(judge("127.0.0.2:8080", None).is_err());
        assert_eq!(judge("10.0.0.9:3000", Some("APP.")), Ok(AddressClass::Private));
        assert!(judge("10.0.0.9:3001", Some("app")).is_err());
        assert!(judge("169.254.169.254:3000", Some("app")).is_err());
        assert!(judge("169.254.169.254:80", None).is_err());
    }

    #[test]
    fn closed_to_the_public_means_listed_only() {
        let rules =
            NetRules { public: false, allow_private: vec!["8.8.8.8:53".parse().unwrap()], ..NetRules::default() };
        let policy = server(rules, &[]);
        assert!(policy.judge("8.8.8.8:53".parse().unwrap(), None).is_ok());
        assert!(policy.judge("1.1.1.1:443".parse().unwrap(), None).is_err());
    }

    #[test]
    fn nat64_is_judged_by_what_is_inside() {
        let policy = server(NetRules { nat64: true, ..NetRules::default() }, &[]);
        assert!(policy.judge("[64:ff9b::101:101]:443".parse().unwrap(), None).is_ok());
        assert!(policy.judge("[64:ff9b::a9fe:a9fe]:80".parse().unwrap(), None).is_err());
        assert!(policy.judge("[64:ff9b::7f00:1]:80".parse().unwrap(), None).is_err());
    }
}
