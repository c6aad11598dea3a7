//! Names to addresses, as the host's own programs see them: `/etc/hosts`, then the name servers of
//! `/etc/resolv.conf` (or those that `[net] resolvers` names). Both files are read again when they change.
//!
//! Answers are not kept: a monitor has to notice a changed record with the next probe.

use super::rules::Resolvers;
use async_trait::async_trait;
use futures_util::future::{Either, select};
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::{Hosts, TokioResolver};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::time::timeout;

/// One query to one server; two fit in the two seconds that a lookup may take.
const QUERY_TIMEOUT: Duration = Duration::from_millis(900);
/// How long one family's query may go on when the other has given addresses.
const GRACE: Duration = Duration::from_millis(500);
/// How often at most the two files are looked at.
const RECHECK: Duration = Duration::from_secs(2);
/// A name server that answered this lately is taken to be alive.
const LATELY: Duration = Duration::from_mins(2);
const DNS_PORT: u16 = 53;
const FILES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

/// Why a name gave no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameFault {
    /// The name does not exist.
    #[error("the name does not exist")]
    NotFound,
    /// The name exists and has no address.
    #[error("the name has no address")]
    NoAddress,
    /// The name servers answered with an error, or with something that is no answer.
    #[error("the name servers failed")]
    Failed,
    /// No answer.
    #[error("no name server answered")]
    Silent,
    /// No name server is configured or can be reached from here.
    #[error("no name server can be asked from here")]
    NoServers,
}

/// Where addresses come from. The guard's corpus test puts a table in its place.
#[async_trait]
pub(crate) trait Names: Send + Sync + std::fmt::Debug {
    /// All addresses of a name, in no particular order.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameFault>;

    /// Whether some name server answered lately, so that silence about a name is that name's fault.
    fn answered_lately(&self) -> bool {
        true
    }
}

/// The system's names.
#[derive(Debug)]
pub(super) struct SystemNames {
    servers: Resolvers,
    port: u16,
    current: Mutex<Option<Current>>,
    answered: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Current {
    known: Arc<Known>,
    stamps: [Option<SystemTime>; 2],
    checked: Instant,
}

/// The two files as they were read.
#[derive(Debug)]
struct Known {
    hosts: Hosts,
    resolver: TokioResolver,
}

impl SystemNames {
    pub(super) fn new(servers: Resolvers) -> Self {
        Self::at_port(servers, DNS_PORT)
    }

    /// As [`Self::new`]; the port counts for named servers only.
    pub(super) fn at_port(servers: Resolvers, port: u16) -> Self {
        Self { servers, port, current: Mutex::new(None), answered: Mutex::new(None) }
    }

    fn known(&self) -> Result<Arc<Known>, NameFault> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = current.as_mut() {
            if last.checked.elapsed() < RECHECK {
                return Ok(Arc::clone(&last.known));
            }
            last.checked = Instant::now();
            if last.stamps == stamps() {
                return Ok(Arc::clone(&last.known));
            }
        }
        let stamps = stamps();
        let hosts = Hosts::from_system().unwrap_or_default();
        let known = Arc::new(Known { hosts, resolver: build(&self.servers, self.port)? });
        *current = Some(Current { known: Arc::clone(&known), stamps, checked: Instant::now() });
        Ok(known)
    }

    fn note(&self, answered: bool) {
        if answered {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

impl Known {
    /// What `/etc/hosts` says.
    fn listed(&self, name: &Name) -> Vec<IpAddr> {
        let of = |kind| self.hosts.lookup_static_host(&Query::query(name.clone(), kind));
        [RecordType::AAAA, RecordType::A].into_iter().filter_map(of).flat_map(|found| addresses_in(&found)).collect()
    }

    /// Both families at once. A server that drops one family's question must not spoil the other's answer.
    async fn ask(&self, name: &Name) -> Result<Vec<IpAddr>, NameFault> {
        let v6 = std::pin::pin!(self.resolver.lookup(name.clone(), RecordType::AAAA));
        let v4 = std::pin::pin!(self.resolver.lookup(name.clone(), RecordType::A));
        let (v6, v4) = match select(v6, v4).await {
            Either::Left((v6, rest)) => {
                let v6 = answer(v6);
                let v4 = if v6.is_ok() { timeout(GRACE, rest).await.ok() } else { Some(rest.await) };
                (v6, v4.map_or(Err(NameFault::Silent), answer))
            }
            Either::Right((v4, rest)) => {
                let v4 = answer(v4);
                let v6 = if v4.is_ok() { timeout(GRACE, rest).await.ok() } else { Some(rest.await) };
                (v6.map_or(Err(NameFault::Silent), answer), v4)
            }
        };
        match (v6, v4) {
            (Ok(v6), Ok(v4)) => Ok([v6, v4].concat()),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(fault), Err(NameFault::NoAddress)) | (Err(_), Err(fault)) => Err(fault),
        }
    }
}

fn answer(result: Result<Lookup, NetError>) -> Result<Vec<IpAddr>, NameFault> {
    let addresses = result.map(|found| addresses_in(&found)).map_err(|error| fault_of(&error))?;
    if addresses.is_empty() { Err(NameFault::NoAddress) } else { Ok(addresses) }
}

fn addresses_in(found: &Lookup) -> Vec<IpAddr> {
    found.answers().iter().filter_map(|record| record.data.ip_addr()).collect()
}

fn server(address: IpAddr, port: u16) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address);
    server.connections.iter_mut().for_each(|connection| connection.port = port);
    server
}

fn stamps() -> [Option<SystemTime>; 2] {
    FILES.map(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok())
}

fn build(servers: &Resolvers, port: u16) -> Result<TokioResolver, NameFault> {
    let (config, mut options) = match servers {
        // An unreadable file leaves /etc/hosts, and every other name fails with a clear fault.
        Resolvers::System => hickory_resolver::system_conf::read_system_conf().unwrap_or_default(),
        Resolvers::Servers(list) => {
            let servers = list.iter().map(|address| server(*address, port)).collect();
            (ResolverConfig::from_name_servers(servers), ResolverOpts::default())
        }
    };
    options.timeout = QUERY_TIMEOUT;
    options.attempts = 1;
    options.cache_size = 0;
    // A name that stands in the file must not wait for servers that know nothing of it, so we look ourselves.
    options.use_hosts_file = ResolveHosts::Never;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().map_err(|_| NameFault::NoServers)
}

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameFault> {
        // Not the IDNA reading of text, which refuses the underscore of many an internal name.
        let name = Name::from_ascii(name).map_err(|_| NameFault::NotFound)?;
        let known = self.known()?;
        let listed = known.listed(&name);
        if !listed.is_empty() {
            return Ok(listed);
        }
        let result = known.ask(&name).await;
        self.note(matches!(result, Ok(_) | Err(NameFault::NotFound | NameFault::NoAddress)));
        result
    }

    fn answered_lately(&self) -> bool {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|at| at.elapsed() < LATELY)
    }
}

fn fault_of(error: &NetError) -> NameFault {
    match error {
        error if error.is_nx_domain() => NameFault::NotFound,
        error if error.is_no_records_found() => NameFault::NoAddress,
        NetError::Dns(_) | NetError::Proto(_) | NetError::Truncated => NameFault::Failed,
        NetError::NoConnections | NetError::Io(_) => NameFault::NoServers,
        _ => NameFault::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, AAAA};
    use hickory_resolver::proto::rr::{RData, Record, RecordType};
    use tokio::net::UdpSocket;
    use tokio::task::JoinSet;

    /// A name server on loopback whose answers depend on the name's first label.
    #[expect(clippy::disallowed_methods, reason = "the test's own name server listens here")]
    async fn name_server() -> (SystemNames, JoinSet<()>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = reply(&buffer[..length]) {
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        let servers = Resolvers::Servers(vec!["127.0.0.1".parse().unwrap()]);
        (SystemNames { port, ..SystemNames::new(servers) }, tasks)
    }

    fn reply(asked: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(asked).unwrap();
        let query = asked.queries[0].clone();
        let (name, kind) = (query.name().clone(), query.query_type());
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.metadata.recursion_available = true;
        answer.add_query(query);
        match name.to_utf8().split('.').next()? {
            "absent" => answer.metadata.response_code = ResponseCode::NXDomain,
            "failing" => answer.metadata.response_code = ResponseCode::ServFail,
            "refusing" => answer.metadata.response_code = ResponseCode::Refused,
            "garbage" => return Some(vec![0xff; 40]),
            "empty" => {}
            "half-silent" if kind == RecordType::AAAA => return None,
            "half-failing" if kind == RecordType::AAAA => answer.metadata.response_code = ResponseCode::ServFail,
            "half-empty" if kind == RecordType::AAAA => {}
            "silent" | "half-empty" => return None,
            _ if kind == RecordType::A => {
                answer.add_answer(Record::from_rdata(name, 0, RData::A(A::new(192, 0, 2, 7))));
            }
            _ => {
                let address = RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));
                answer.add_answer(Record::from_rdata(name, 0, address));
            }
        }
        answer.to_vec().ok()
    }

    #[tokio::test]
    async fn each_answer_of_a_name_server_has_its_own_fault() {
        let (names, _tasks) = name_server().await;
        assert!(!names.answered_lately());
        assert_eq!(names.addresses("failing.test.").await, Err(NameFault::Failed));
        assert_eq!(names.addresses("refusing.test.").await, Err(NameFault::Failed));
        assert!(!names.answered_lately(), "an error is no sign of life");
        assert_eq!(names.addresses("absent.test.").await, Err(NameFault::NotFound));
        assert!(names.answered_lately());
        assert_eq!(names.addresses("empty.test.").await, Err(NameFault::NoAddress));
        let both = names.addresses("my_app.test.").await.unwrap();
        assert_eq!(both, ["2001:db8::7".parse::<IpAddr>().unwrap(), "192.0.2.7".parse().unwrap()]);
    }

    #[tokio::test]
    async fn one_family_does_not_spoil_the_other() {
        let (names, _tasks) = name_server().await;
        let v4: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap()];
        assert_eq!(names.addresses("half-failing.test.").await, Ok(v4.clone()));
        let started = Instant::now();
        assert_eq!(names.addresses("half-silent.test.").await, Ok(v4));
        assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
        let unknown = names.addresses("half-empty.test.").await;
        assert_eq!(unknown, Err(NameFault::Silent), "an empty AAAA says nothing of a silent A");
    }

    #[tokio::test]
    async fn silence_and_garbage_end_in_time() {
        let (names, _tasks) = name_server().await;
        for name in ["silent.test.", "garbage.test."] {
            let started = Instant::now();
            let fault = names.addresses(name).await.unwrap_err();
            assert!(matches!(fault, NameFault::Silent | NameFault::Failed), "{name}: {fault:?}");
            assert!(started.elapsed() < Duration::from_secs(3), "{name}: {:?}", started.elapsed());
        }
    }

    #[tokio::test]
    async fn without_name_servers_the_hosts_file_still_counts() {
        let names = SystemNames::new(Resolvers::Servers(vec![]));
        assert_eq!(names.addresses("shop.test.").await, Err(NameFault::NoServers));
        assert!(names.addresses("localhost").await.unwrap().iter().all(IpAddr::is_loopback));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_apart() {
        // Nothing listens at this port of this loopback address.
        let names = SystemNames { port: 9, ..SystemNames::new(Resolvers::Servers(vec!["127.9.9.9".parse().unwrap()])) };
        let fault = names.addresses("shop.test.").await.unwrap_err();
        assert_ne!(fault, NameFault::NotFound, "no answer is not a missing name");
    }
}
