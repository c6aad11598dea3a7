//! The `[net]` section, parsed and checked.

use super::policy::plain_name;
use super::prefix::{Prefix, denied_part};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Most entries of one list; more is a mistake, and every judgement walks the list.
const MAX_ENTRIES: usize = 1_000;

/// Which entry of `[net]` cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("net.{key}: {entry:?}: {problem}")]
pub struct PolicyError {
    /// The key within `[net]`.
    pub key: &'static str,
    /// Its place in the list; 0 for keys that are no list.
    pub index: usize,
    /// The entry as written.
    pub entry: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A set of ports, for example `80,443,1024-65535`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports(Vec<(u16, u16)>);

impl Ports {
    /// Whether the set holds the port.
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|&(low, high)| low <= port && port <= high)
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("{text:?} is not a list of ports such as 80,443,8000-8099");
        let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(problem);
        let mut ranges = Vec::new();
        for part in text.split(',').take(MAX_ENTRIES) {
            let (low, high) = match part.split_once('-') {
                Some((low, high)) => (port(low)?, port(high)?),
                None => (port(part)?, port(part)?),
            };
            if low > high {
                return Err(problem());
            }
            ranges.push((low, high));
        }
        Ok(Self(ranges))
    }
}

/// Private addresses that may be asked, at named ports: `10.20.0.0/16:80,443`, `[::1]:8080`, `fd12::/16:80`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRule {
    prefix: Prefix,
    ports: Ports,
}

impl PrivateRule {
    pub(super) fn covers(&self, address: SocketAddr) -> bool {
        self.prefix.contains(address.ip()) && self.ports.contains(address.port())
    }
}

impl FromStr for PrivateRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (prefix, ports) = text
            .rsplit_once(':')
            .filter(|(prefix, _)| prefix.contains('.') || prefix.contains('/') || prefix.ends_with(']'))
            .ok_or("write it as ADDRESS/BITS:PORTS, for example 10.20.0.0/16:80,443 or [::1]:8080; ports are needed")?;
        let bare = prefix.strip_prefix('[').and_then(|p| p.strip_suffix(']')).unwrap_or(prefix);
        let prefix: Prefix = bare.parse().map_err(|problem: super::prefix::InvalidPrefix| problem.to_string())?;
        let ports = ports.parse()?;
        match denied_part(&prefix) {
            Some(denied) => Err(format!("it would open {denied}, which is never asked")),
            None => Ok(Self { prefix, ports }),
        }
    }
}

/// Names that may lead to a listed private address: `app`, `db.corp.example`, `*.corp.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    name: String,
    beneath: bool,
}

impl HostRule {
    /// Whether the rule names this (lower-case) name; a star stands for one label or more.
    pub fn matches(&self, name: &str) -> bool {
        if self.beneath {
            name.strip_suffix(&self.name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            name == self.name
        }
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.beneath { write!(f, "*.{}", self.name) } else { f.write_str(&self.name) }
    }
}

impl FromStr for HostRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, beneath) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
        super::gate::check_name(name).map_err(|_| "write a name such as app, db.example or *.example".to_owned())?;
        Ok(Self { name: plain_name(name), beneath })
    }
}

/// Which name servers are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Resolvers {
    /// Those of `/etc/resolv.conf`, and `/etc/hosts` before them.
    #[default]
    System,
    /// These, at port 53.
    Servers(Vec<IpAddr>),
}

/// The `[net]` section, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetRules {
    /// Private addresses that may be asked.
    pub allow_private: Vec<PrivateRule>,
    /// Names that may lead there.
    pub allow_hosts: Vec<HostRule>,
    /// Whether public addresses may be asked without being listed.
    pub public: bool,
    /// At which ports.
    pub public_ports: Ports,
    /// Which name servers are asked.
    pub resolvers: Resolvers,
    /// Whether `64:ff9b::/96` is judged by the IPv4 address inside.
    pub nat64: bool,
    /// Most redirects followed by what follows redirects at all.
    pub max_redirects: u8,
}

impl Default for NetRules {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            allow_hosts: Vec::new(),
            public: true,
            public_ports: Ports(vec![(80, 80), (443, 443), (1024, u16::MAX)]),
            resolvers: Resolvers::System,
            nat64: false,
            max_redirects: 5,
        }
    }
}

/// The `[net]` section as written; `None` where a key is absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct NetInput<'a> {
    /// `allow_private`.
    pub allow_private: &'a [String],
    /// `allow_hosts`.
    pub allow_hosts: &'a [String],
    /// `public`.
    pub public: Option<bool>,
    /// `public_ports`.
    pub public_ports: Option<&'a str>,
    /// `resolvers` where it is a list.
    pub resolvers: Option<&'a [String]>,
    /// `nat64`.
    pub nat64: Option<bool>,
    /// `max_redirects`.
    pub max_redirects: Option<u8>,
}

/// Checks the whole section; all errors at once, each naming its entry.
pub fn parse(input: NetInput<'_>) -> Result<NetRules, Vec<PolicyError>> {
    let mut errors = Vec::new();
    let defaults = NetRules::default();
    let public_ports = match input.public_ports.map(str::parse) {
        None => defaults.public_ports,
        Some(Ok(ports)) => ports,
        Some(Err(problem)) => {
            let entry = input.public_ports.unwrap_or_default().to_owned();
            errors.push(PolicyError { key: "public_ports", index: 0, entry, problem });
            defaults.public_ports
        }
    };
    let resolvers = match input.resolvers {
        None => Resolvers::System,
        Some([]) => {
            let problem = "name at least one address, or leave the key out".to_owned();
            errors.push(PolicyError { key: "resolvers", index: 0, entry: String::new(), problem });
            Resolvers::System
        }
        Some(list) => Resolvers::Servers(entries("resolvers", list, parse_server, &mut errors)),
    };
    let rules = NetRules {
        allow_private: entries("allow_private", input.allow_private, str::parse, &mut errors),
        allow_hosts: entries("allow_hosts", input.allow_hosts, str::parse, &mut errors),
        public: input.public.unwrap_or(defaults.public),
        public_ports,
        resolvers,
        nat64: input.nat64.unwrap_or(defaults.nat64),
        max_redirects: input.max_redirects.unwrap_or(defaults.max_redirects),
    };
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn parse_server(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "write the address of a name server".to_owned())
}

fn entries<T>(
    key: &'static str,
    list: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
    errors: &mut Vec<PolicyError>,
) -> Vec<T> {
    let mut parsed = Vec::with_capacity(list.len().min(MAX_ENTRIES));
    for (index, entry) in list.iter().enumerate() {
        let result = if index < MAX_ENTRIES {
            parse(entry)
        } else {
            Err(format!("the list has more than {MAX_ENTRIES} entries"))
        };
        match result {
            Ok(value) => parsed.push(value),
            Err(problem) => {
                errors.push(PolicyError { key, index, entry: entry.clone(), problem });
                if index >= MAX_ENTRIES {
                    break;
                }
            }
        }
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn every_bad_entry_is_named() {
        let private =
            strings(&["10.20.0.0/16:80,443", "10.0.0.0/8", "169.254.0.0/16:80", "10.0.0.1/8:80", "[::1]:8080", "::1"]);
        let hosts = strings(&["*.corp.example", "app", "a b", "*"]);
        let input = NetInput {
            allow_private: &private,
            allow_hosts: &hosts,
            public_ports: Some("80,x"),
            resolvers: Some(&[]),
            ..NetInput::default()
        };
        let errors = parse(input).unwrap_err();
        let places: Vec<_> = errors.iter().map(|error| (error.key, error.index)).collect();
        assert_eq!(
            places,
            [
                ("public_ports", 0),
                ("resolvers", 0),
                ("allow_private", 1),
                ("allow_private", 2),
                ("allow_private", 3),
                ("allow_private", 5),
                ("allow_hosts", 2),
                ("allow_hosts", 3),
            ]
        );
        assert!(errors.iter().any(|error| error.to_string().contains("169.254.0.0/16:80")));
    }

    #[test]
    fn a_star_covers_labels_beneath_and_not_the_name_itself() {
        let rule: HostRule = "*.Corp.example".parse().unwrap();
        assert!(rule.matches("db.corp.example") && rule.matches("a.b.corp.example"));
        assert!(!rule.matches("corp.example") && !rule.matches("evilcorp.example") && !rule.matches(".corp.example"));
    }

    #[test]
    fn the_documented_forms_are_read() {
        for form in ["10.20.0.0/16:80,443,8080", "fd12:3456:789a::/48:443", "127.0.0.1:8080", "[::1]:8000-8099"] {
            assert!(form.parse::<PrivateRule>().is_ok(), "{form}");
        }
    }
}
