//! Names to addresses, as the host's own programs see them: `/etc/hosts`, then the name servers of
//! `/etc/resolv.conf` (or those that `[net] resolvers` names). Both files are read again when they change.
//!
//! Answers are not kept: a monitor has to notice a changed record with the next probe.

use super::rules::Resolvers;
use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// One query to one server; two fit in the two seconds that a lookup may take.
const QUERY_TIMEOUT: Duration = Duration::from_millis(900);
/// How often at most the two files are looked at.
const RECHECK: Duration = Duration::from_secs(2);
/// A name server that answered this lately is taken to be alive.
const LATELY: Duration = Duration::from_secs(120);
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
    current: Mutex<Option<Current>>,
    answered: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Current {
    resolver: Arc<TokioResolver>,
    stamps: [Option<SystemTime>; 2],
    checked: Instant,
}

impl SystemNames {
    pub(super) fn new(servers: Resolvers) -> Self {
        Self { servers, current: Mutex::new(None), answered: Mutex::new(None) }
    }

    fn resolver(&self) -> Result<Arc<TokioResolver>, NameFault> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = current.as_mut() {
            if known.checked.elapsed() < RECHECK {
                return Ok(Arc::clone(&known.resolver));
            }
            known.checked = Instant::now();
            if known.stamps == stamps() {
                return Ok(Arc::clone(&known.resolver));
            }
        }
        let stamps = stamps();
        let resolver = Arc::new(build(&self.servers)?);
        *current = Some(Current { resolver: Arc::clone(&resolver), stamps, checked: Instant::now() });
        Ok(resolver)
    }

    fn note(&self, answered: bool) {
        if answered {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }
}

fn stamps() -> [Option<SystemTime>; 2] {
    FILES.map(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok())
}

fn build(servers: &Resolvers) -> Result<TokioResolver, NameFault> {
    let (config, mut options) = match servers {
        // An unreadable file leaves /etc/hosts, and every other name fails with a clear fault.
        Resolvers::System => hickory_resolver::system_conf::read_system_conf().unwrap_or_default(),
        Resolvers::Servers(list) => {
            let servers = list.iter().map(|address| NameServerConfig::udp_and_tcp(*address)).collect();
            (ResolverConfig::from_name_servers(servers), ResolverOpts::default())
        }
    };
    options.timeout = QUERY_TIMEOUT;
    options.attempts = 1;
    options.cache_size = 0;
    options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().map_err(|_| NameFault::NoServers)
}

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameFault> {
        let result = self.resolver()?.lookup_ip(name).await;
        match result {
            Ok(found) => {
                let addresses: Vec<IpAddr> = found.iter().collect();
                self.note(true);
                if addresses.is_empty() { Err(NameFault::NoAddress) } else { Ok(addresses) }
            }
            Err(error) => {
                let fault = fault_of(&error);
                self.note(matches!(fault, NameFault::NotFound | NameFault::NoAddress));
                Err(fault)
            }
        }
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
