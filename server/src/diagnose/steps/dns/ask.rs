//! Questions to name servers, side by side.

use super::super::{Work, guard_of};
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::{Desk, millis};
use crate::dns::{self, Asking, QueryName, Record};
use crate::gateways::Resolver;
use crate::netguard::{Netguard, ResolveError};
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a name server of the system may take; a healthy run stays short.
const SYSTEM: Duration = Duration::from_millis(1500);
/// How long the gateway's own may take.
const GATEWAY: Duration = Duration::from_secs(3);
/// How long each further question may take.
const FURTHER: Duration = Duration::from_millis(1200);
/// Labels that are cut off, from the left, in search of a zone's name servers.
const MAX_LABELS: usize = 4;
/// Name servers of a zone that are asked.
const MAX_AUTHORITIES: usize = 4;

/// Questions under way.
pub(super) struct Ask<'a> {
    work: &'a Work,
    guard: Netguard,
    /// Discovery told that this is the gateway's host, so that its system's servers are the gateway's.
    on_gateway_host: bool,
    asking: JoinSet<Vec<Lookup>>,
}

/// One question: which server, for what, for whom.
#[derive(Clone)]
struct Question {
    server: SocketAddr,
    name: QueryName,
    record: Record,
    asked_by: AskedBy,
    role: String,
    limit: Duration,
    search_of: Option<String>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(work: &'a Work, scene: Option<&Arc<Scene>>) -> Self {
        let on_gateway_host = scene.is_some_and(|scene| scene.on_gateway_host);
        Self { work, guard: guard_of(work, scene).clone(), on_gateway_host, asking: JoinSet::new() }
    }

    /// Waits for the answers.
    pub(super) async fn answers(mut self) -> Vec<Lookup> {
        let mut lookups = Vec::new();
        while let Some(done) = self.asking.join_next().await {
            lookups.extend(done.into_iter().flatten());
        }
        sort(&mut lookups);
        lookups
    }

    /// The operating system's own way, hosts file and search list included.
    pub(super) fn system(&mut self, name: &str, role: &'static str) {
        let (guard, name) = (self.guard.clone(), name.to_owned());
        self.asking.spawn(async move {
            let started = Instant::now();
            let found = guard.resolve(&name, 80, SYSTEM).await;
            let outcome = match &found {
                // Refused by our own policy: the name did resolve.
                Ok(_) | Err(ResolveError::Refused(_)) => LookupOutcome::Answer,
                Err(ResolveError::NotFound) => LookupOutcome::NxDomain,
                Err(ResolveError::NoAddress) => LookupOutcome::NoData,
                Err(ResolveError::Failed) => LookupOutcome::ServFail,
                Err(ResolveError::TimedOut) => LookupOutcome::Timeout,
                Err(ResolveError::NoServers) => LookupOutcome::Unreachable,
            };
            let addresses =
                found.map(|all| all.iter().map(|one| one.address().ip().to_string()).collect()).unwrap_or_default();
            let mut lookup = empty(&name, role, "system".to_owned(), AskedBy::System, "A, AAAA");
            lookup.outcome = outcome;
            lookup.addresses = addresses;
            lookup.took_ms = millis(started.elapsed());
            vec![lookup]
        });
    }

    /// The servers that the configuration of Gatewatch names.
    pub(super) fn configured(&mut self, name: &str, role: &'static str) {
        for server in self.work.ctx.name_servers.clone().into_iter().take(3) {
            self.both(server, name, AskedBy::Configured, role, SYSTEM, true);
        }
    }

    /// The gateway's own servers.
    pub(super) fn own(&mut self, name: &str, resolver: &Resolver, desk: &Desk) {
        if resolver.addresses().is_empty() {
            desk.skip(
                "ask the gateway's name server",
                "its address is not written as one",
                format!("dig @{} {name}", resolver.servers.join(" @")),
            );
        }
        for server in resolver.addresses().into_iter().take(3) {
            self.both(server, name, AskedBy::Gateway, "upstream", GATEWAY, resolver.ipv6);
        }
    }

    fn both(&mut self, server: SocketAddr, name: &str, by: AskedBy, role: &str, limit: Duration, ipv6: bool) {
        let Ok(name) = name.parse::<QueryName>() else { return };
        for record in [Record::A, Record::Aaaa].into_iter().filter(|record| ipv6 || *record == Record::A) {
            let (role, name) = (role.to_owned(), name.clone());
            self.question(Question { server, name, record, asked_by: by, role, limit, search_of: None });
        }
    }

    fn question(&mut self, question: Question) {
        let guard = self.guard.clone();
        let limit = question.limit.min(self.work.left());
        self.asking.spawn(async move { vec![one(&guard, &Question { limit, ..question }).await] });
    }

    /// What failed, asked in other ways: the system's servers one by one, the name with each domain of the search
    /// list, and the servers that are responsible for the zone.
    pub(super) fn further(&mut self, lookups: &[Lookup]) {
        let system = dns::system_servers();
        let mut names: Vec<(&str, &str)> = lookups
            .iter()
            .filter(|lookup| lookup.outcome != LookupOutcome::Answer)
            .filter(|lookup| !resolves(lookups, lookup))
            .map(|lookup| (lookup.name.as_str(), lookup.role.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        for (name, role) in names {
            let hosts = !dns::hosts_entry(name).is_empty();
            if self.on_gateway_host && !hosts {
                for server in &system.servers {
                    self.both(*server, name, AskedBy::System, role, SYSTEM, true);
                }
            }
            self.searched(lookups, name, role, &system.search);
            if let Some(server) = system.servers.first().copied() {
                self.authorities(server, name, role);
            }
        }
        // An entry of the hosts file hides what name servers say.
        let listed = |lookup: &&Lookup| {
            lookup.server == "system" && lookup.role == "upstream" && !dns::hosts_entry(&lookup.name).is_empty()
        };
        if self.on_gateway_host {
            for lookup in lookups.iter().filter(listed).filter(|lookup| lookup.name.contains('.')) {
                for server in system.servers.iter().take(1) {
                    self.both(*server, &lookup.name, AskedBy::System, "upstream", FURTHER, true);
                }
            }
        }
        // A name that the system's servers complete by a search list may be another name.
        let dotless = |lookup: &&Lookup| {
            lookup.server == "system"
                && lookup.outcome == LookupOutcome::Answer
                && lookup.role == "upstream"
                && lookup.name.matches('.').count() < usize::from(system.ndots)
        };
        if !system.search.is_empty() && self.on_gateway_host {
            for lookup in lookups.iter().filter(dotless).filter(|lookup| dns::hosts_entry(&lookup.name).is_empty()) {
                for server in system.servers.iter().take(1) {
                    self.both(*server, &lookup.name, AskedBy::System, "upstream", FURTHER, true);
                }
            }
        }
    }

    /// The name with each domain of the search list, by the server that did not know it without.
    fn searched(&mut self, lookups: &[Lookup], name: &str, role: &str, search: &[String]) {
        let asked = lookups.iter().filter(|lookup| lookup.name == name && lookup.record == "A");
        let servers = asked.filter_map(|lookup| Some((lookup.server.parse::<SocketAddr>().ok()?, lookup.asked_by)));
        for (server, asked_by) in servers.collect::<Vec<_>>() {
            for domain in search.iter().take(3) {
                let Ok(longer) = format!("{name}.{}", domain.trim_matches('.')).parse::<QueryName>() else { continue };
                self.question(Question {
                    server,
                    name: longer,
                    record: Record::A,
                    asked_by,
                    role: role.to_owned(),
                    limit: FURTHER,
                    search_of: Some(name.to_owned()),
                });
            }
        }
    }

    /// The servers that are responsible for the name's zone, each asked for the name.
    fn authorities(&mut self, server: SocketAddr, name: &str, role: &str) {
        let Ok(name) = name.parse::<QueryName>() else { return };
        let (guard, role, left) = (self.guard.clone(), role.to_owned(), self.work.left());
        self.asking.spawn(async move {
            let asking = authorities(&guard, server, &name, &role);
            tokio::time::timeout(left.min(FURTHER * 4), asking).await.unwrap_or_default()
        });
    }
}

/// Whether a name that one server fails for is answered to whoever counts for it.
fn resolves(lookups: &[Lookup], failed: &Lookup) -> bool {
    lookups.iter().any(|other| {
        other.name == failed.name && other.asked_by == failed.asked_by && other.outcome == LookupOutcome::Answer
    })
}

pub(super) fn sort(lookups: &mut [Lookup]) {
    lookups.sort_by(|a, b| {
        (&a.role, &a.name, &a.server, &a.record, &a.search_of).cmp(&(
            &b.role,
            &b.name,
            &b.server,
            &b.record,
            &b.search_of,
        ))
    });
}

async fn authorities(guard: &Netguard, server: SocketAddr, name: &QueryName, role: &str) -> Vec<Lookup> {
    let labels: Vec<&str> = name.as_str().split('.').collect();
    let mut servers = Vec::new();
    // From the name itself upwards, but never at a top-level domain.
    for from in 0..labels.len().saturating_sub(1).min(MAX_LABELS) {
        let Ok(zone) = labels[from..].join(".").parse::<QueryName>() else { continue };
        servers = dns::lookup(guard, server, &zone, Record::Ns, FURTHER).await.name_servers();
        if !servers.is_empty() {
            break;
        }
    }
    let mut found = Vec::new();
    for authority in servers.into_iter().take(MAX_AUTHORITIES) {
        let Ok(host) = authority.parse::<QueryName>() else { continue };
        let Some(ip) = dns::lookup(guard, server, &host, Record::A, FURTHER).await.addresses().first().copied() else {
            continue;
        };
        let at = SocketAddr::new(ip, 53);
        let answer = dns::lookup_in(guard, at, name, Record::A, Asking::DIRECT, FURTHER).await;
        let mut lookup = fact(&answer, role, AskedBy::Authority);
        lookup.server = format!("{authority} ({ip})");
        found.push(lookup);
    }
    found
}

async fn one(guard: &Netguard, question: &Question) -> Lookup {
    let Question { server, name, record, asked_by, role, limit, search_of } = question;
    let answer = dns::lookup(guard, *server, name, *record, *limit).await;
    let mut lookup = fact(&answer, role, *asked_by);
    lookup.search_of.clone_from(search_of);
    if lookup.outcome == LookupOutcome::ServFail {
        let unchecked = dns::lookup_in(guard, *server, name, *record, Asking::UNCHECKED, FURTHER).await;
        lookup.unchecked = Some(outcome(unchecked.outcome));
    }
    lookup
}

fn fact(answer: &dns::Lookup, role: &str, asked_by: AskedBy) -> Lookup {
    let record = answer.record.name();
    let mut lookup = empty(&answer.name, role, answer.server.to_string(), asked_by, record);
    lookup.outcome = outcome(answer.outcome);
    lookup.addresses = answer.addresses().iter().map(IpAddr::to_string).collect();
    lookup.ttl_s = answer.answers.iter().map(|record| record.ttl).min();
    lookup.took_ms = u64::from(answer.took_ms);
    lookup.aliases = answer.aliases();
    lookup.cut = answer.cut.then_some(answer.tcp);
    lookup.authoritative = answer.authoritative;
    lookup
}

fn empty(name: &str, role: &str, server: String, asked_by: AskedBy, record: &str) -> Lookup {
    Lookup {
        name: name.to_owned(),
        role: role.to_owned(),
        server,
        asked_by,
        record: record.to_owned(),
        outcome: LookupOutcome::Other,
        addresses: Vec::new(),
        ttl_s: None,
        took_ms: 0,
        aliases: Vec::new(),
        unchecked: None,
        cut: None,
        authoritative: false,
        search_of: None,
    }
}

const fn outcome(outcome: dns::LookupOutcome) -> LookupOutcome {
    match outcome {
        dns::LookupOutcome::Answered => LookupOutcome::Answer,
        dns::LookupOutcome::Nxdomain => LookupOutcome::NxDomain,
        dns::LookupOutcome::Nodata => LookupOutcome::NoData,
        dns::LookupOutcome::Servfail => LookupOutcome::ServFail,
        dns::LookupOutcome::Refused => LookupOutcome::Refused,
        dns::LookupOutcome::Timeout => LookupOutcome::Timeout,
        dns::LookupOutcome::Unreachable => LookupOutcome::Unreachable,
        dns::LookupOutcome::BadAnswer | dns::LookupOutcome::Denied => LookupOutcome::Other,
    }
}
