//! Asking name servers one by one, for step 3.
//!
//! Messages are written and read by `hickory_proto`; the sockets are the guard's own, so that no
//! query leaves by another door. One question to one server: UDP first, TCP when the answer was cut.

mod exchange;
mod message;
mod system;

pub use system::{
    SystemServers, hosts_entry, name_order, parse_hosts, parse_name_order, parse_resolv_conf, system_servers,
};

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Record {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The name that it stands for.
    Cname,
    /// The zone's name servers.
    Ns,
    /// Mail exchangers.
    Mx,
    /// Texts.
    Txt,
    /// The zone's own data.
    Soa,
    /// Which authorities may issue certificates.
    Caa,
    /// Where a service is.
    Srv,
    /// The name of an address.
    Ptr,
}

impl Record {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::A, Self::Aaaa, Self::Cname, Self::Ns, Self::Mx, Self::Txt, Self::Soa, Self::Caa, Self::Srv, Self::Ptr];

    /// As zone files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Ns => "NS",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Soa => "SOA",
            Self::Caa => "CAA",
            Self::Srv => "SRV",
            Self::Ptr => "PTR",
        }
    }
}

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The server may ask others.
    pub recursion: bool,
    /// The server shall not check DNSSEC.
    pub unchecked: bool,
}

impl Asking {
    /// As a host asks its name server.
    pub const USUAL: Self = Self { recursion: true, unchecked: false };
    /// Without checking of DNSSEC.
    pub const UNCHECKED: Self = Self { recursion: true, unchecked: true };
    /// As a name server asks one that is responsible for a zone.
    pub const DIRECT: Self = Self { recursion: false, unchecked: false };
}

/// What a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupOutcome {
    /// It gave records of the kind that was asked for.
    Answered,
    /// The name does not exist.
    Nxdomain,
    /// The name exists without such records.
    Nodata,
    /// It failed.
    Servfail,
    /// It refuses to answer us.
    Refused,
    /// It answered with another error code, or with what is not an answer to the question.
    BadAnswer,
    /// Nothing came in time.
    Timeout,
    /// It cannot be reached: nothing listens, or no route.
    Unreachable,
    /// Our own network policy refuses to ask it.
    Denied,
}

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRecord {
    /// Whose record it is.
    pub name: String,
    /// An address, or a name for CNAME.
    pub value: AnswerValue,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerValue {
    /// An address.
    Address(IpAddr),
    /// Another name.
    Alias(String),
    /// A name server.
    Server(String),
    /// What another kind of record says, as zone files write it; the server's own text.
    Text(String),
}

/// One question to one server and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// Which server.
    pub server: SocketAddr,
    /// The name, as sent (without the final dot).
    pub name: String,
    /// What was asked for.
    pub record: Record,
    /// What came of it.
    pub outcome: LookupOutcome,
    /// The response code as text (`NXDOMAIN` …) where an answer came.
    pub rcode: Option<String>,
    /// Aliases and records, in the answer's order.
    pub answers: Vec<AnswerRecord>,
    /// Whether the answer came by TCP.
    pub tcp: bool,
    /// Whether the answer by UDP was cut.
    pub cut: bool,
    /// Whether the server says that it is responsible for the zone.
    pub authoritative: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The system's error or the parser's, for people.
    pub detail: String,
}

impl Lookup {
    /// The addresses of the answer.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let addresses = self.answers.iter().filter_map(|answer| match answer.value {
            AnswerValue::Address(address) => Some(address),
            _ => None,
        });
        addresses.collect()
    }

    /// The names that the name stands for, in order.
    pub fn aliases(&self) -> Vec<String> {
        let aliases = self.answers.iter().filter_map(|answer| match &answer.value {
            AnswerValue::Alias(name) => Some(name.clone()),
            _ => None,
        });
        aliases.collect()
    }

    /// The zone's name servers.
    pub fn name_servers(&self) -> Vec<String> {
        let servers = self.answers.iter().filter_map(|answer| match &answer.value {
            AnswerValue::Server(name) => Some(name.clone()),
            _ => None,
        });
        servers.collect()
    }
}

/// Why a text is not a name that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, or longer than 253 bytes.
    #[error("a name has 1 to 253 bytes")]
    Length,
    /// A label is empty or longer than 63 bytes.
    #[error("each part of a name has 1 to 63 bytes")]
    Label,
    /// A character that no host name has, or a name that IDNA refuses.
    #[error("a name has letters, digits, `-` and `_` only")]
    Character,
}

/// A host name that may be asked for: ASCII (IDNA applied), lower case, without a final dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct QueryName(String);

impl QueryName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for QueryName {
    type Err = NameError;

    fn from_str(typed: &str) -> Result<Self, NameError> {
        let typed = typed.strip_suffix('.').unwrap_or(typed);
        // `url` applies IDNA to hosts of special schemes; an ASCII name with `_` stays as it is.
        let name = if typed.is_ascii() {
            typed.to_ascii_lowercase()
        } else {
            match url::Host::parse(typed) {
                Ok(url::Host::Domain(name)) => name,
                _ => return Err(NameError::Character),
            }
        };
        if name.is_empty() || name.len() > 253 {
            return Err(NameError::Length);
        }
        for label in name.split('.') {
            if label.is_empty() || label.len() > 63 {
                return Err(NameError::Label);
            }
            if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(NameError::Character);
            }
        }
        Ok(Self(name))
    }
}

/// Asks one server for one kind of record, within `timeout`. Never fails: the outcome says what happened.
pub async fn lookup(
    guard: &crate::netguard::Netguard,
    server: SocketAddr,
    name: &QueryName,
    record: Record,
    timeout: Duration,
) -> Lookup {
    exchange::lookup(guard, server, name, record, Asking::USUAL, timeout).await
}

/// The same, asked in another way.
pub async fn lookup_in(
    guard: &crate::netguard::Netguard,
    server: SocketAddr,
    name: &QueryName,
    record: Record,
    asking: Asking,
    timeout: Duration,
) -> Lookup {
    exchange::lookup(guard, server, name, record, asking, timeout).await
}

/// Judges bytes as an answer to a question, the question's number put in place. For the fuzz targets; what comes out
/// does not matter, only that something does.
pub(crate) fn take_apart(bytes: &[u8]) {
    let Ok(name) = "app.internal".parse::<QueryName>() else { return };
    for record in [Record::A, Record::Aaaa, Record::Cname] {
        let Ok(question) = message::Question::new(&name, record, Asking::USUAL) else { continue };
        let mut answer = bytes.to_vec();
        for (byte, number) in answer.iter_mut().zip(question.id.to_be_bytes()) {
            *byte = number;
        }
        drop(question.judge(&answer));
    }
}

#[cfg(test)]
mod tests;
