//! Step 3: do the names lead to the right place? The public name and the upstream's names, by the system's, the
//! gateway's and the configured name servers.

use super::{Work, guard_of};
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::{Desk, millis};
use crate::dns::{self, QueryName, Record};
use crate::gateways::{NameResolution, Target};
use crate::netguard::ResolveError;
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use app::model::{FactKind, Step, StepState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a name server of the system may take; a healthy run stays short.
const SYSTEM: Duration = Duration::from_millis(1500);
/// How long the gateway's own may take.
const GATEWAY: Duration = Duration::from_secs(3);
/// At most so many names of the upstream.
const MAX_NAMES: usize = 8;

/// Asks for the names.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Dns);
    let public = host_of(&work);
    desk.begin(
        &[
            "the public name by the system's name servers",
            "the upstream's names by the name servers that the gateway uses",
        ],
        by_hand(public.as_deref(), None),
    );
    let scene = work.scene().await;
    desk.by_hand(by_hand(public.as_deref(), scene.as_ref()));
    let mut asking = JoinSet::new();
    if let Some(name) = public {
        ask_system(&mut asking, &work, scene.as_ref(), name.clone(), "public");
        ask_servers(&mut asking, &work, scene.as_ref(), &name, "public");
    }
    if let Some(scene) = &scene {
        for name in scene.names.iter().take(MAX_NAMES) {
            ask_system(&mut asking, &work, Some(scene), name.clone(), "upstream");
            ask_gateway(&mut asking, &work, scene, name, &desk);
        }
    }
    let mut lookups = Vec::new();
    while let Some(done) = asking.join_next().await {
        lookups.extend(done.ok());
    }
    lookups.sort_by(|a, b| (&a.role, &a.name, &a.server, &a.record).cmp(&(&b.role, &b.name, &b.server, &b.record)));
    for lookup in &lookups {
        desk.measured(lookup.server.clone(), FactKind::Lookup(lookup.clone()));
    }
    let (state, summary) = judge(&lookups);
    desk.finish(state, summary);
}

/// The URL's host, when it is a name that name servers are asked for.
fn host_of(work: &Work) -> Option<String> {
    let url = url::Url::parse(&work.request.url).ok()?;
    match url.host()? {
        url::Host::Domain(name) if name != "localhost" => Some(name.to_owned()),
        _ => None,
    }
}

fn by_hand(public: Option<&str>, scene: Option<&Arc<Scene>>) -> Vec<String> {
    let mut commands = Vec::new();
    if let Some(name) = public {
        commands.push(format!("getent ahosts {name}; dig {name} A; dig {name} AAAA"));
    }
    for name in scene.iter().flat_map(|scene| scene.names.iter()).take(3) {
        let server = scene
            .and_then(|scene| servers(scene).first().map(|server| format!("@{} -p {} ", server.ip(), server.port())))
            .unwrap_or_default();
        commands.push(format!("getent ahosts {name}; dig {server}{name}"));
    }
    if commands.is_empty() {
        commands.push("cat /etc/resolv.conf   # no name is involved here".to_owned());
    }
    commands
}

/// The gateway's own name servers for this route.
fn servers(scene: &Scene) -> Vec<SocketAddr> {
    match scene.route.as_ref().map(|route| &route.target) {
        Some(Target::Upstream(upstream)) => match &upstream.resolution {
            NameResolution::WhileRunning(Some(resolver)) => resolver.addresses(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The operating system's own way, hosts file included.
fn ask_system(asking: &mut JoinSet<Lookup>, work: &Work, scene: Option<&Arc<Scene>>, name: String, role: &'static str) {
    let guard = guard_of(work, scene).clone();
    asking.spawn(async move {
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
        Lookup {
            name,
            role: role.to_owned(),
            server: "system".to_owned(),
            asked_by: AskedBy::System,
            record: "A, AAAA".to_owned(),
            outcome,
            addresses,
            ttl_s: None,
            took_ms: millis(started.elapsed()),
        }
    });
}

/// The servers that the configuration of Gatewatch names.
fn ask_servers(asking: &mut JoinSet<Lookup>, work: &Work, scene: Option<&Arc<Scene>>, name: &str, role: &'static str) {
    for server in work.ctx.name_servers.iter().take(3) {
        for record in [Record::A, Record::Aaaa] {
            ask(asking, work, scene, *server, name, record, AskedBy::Configured, role, SYSTEM);
        }
    }
}

/// The gateway's own servers, if it resolves while it runs.
fn ask_gateway(asking: &mut JoinSet<Lookup>, work: &Work, scene: &Arc<Scene>, name: &str, desk: &Desk) {
    let Some(Target::Upstream(upstream)) = scene.route.as_ref().map(|route| &route.target) else { return };
    let NameResolution::WhileRunning(Some(resolver)) = &upstream.resolution else { return };
    if resolver.addresses().is_empty() {
        desk.skip(
            "ask the gateway's name server",
            "its address is not written as one",
            format!("dig @{} {name}", resolver.servers.join(" @")),
        );
    }
    for server in resolver.addresses().into_iter().take(3) {
        ask(asking, work, Some(scene), server, name, Record::A, AskedBy::Gateway, "upstream", GATEWAY);
        if resolver.ipv6 {
            ask(asking, work, Some(scene), server, name, Record::Aaaa, AskedBy::Gateway, "upstream", GATEWAY);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one question to one server is made of these")]
fn ask(
    asking: &mut JoinSet<Lookup>,
    work: &Work,
    scene: Option<&Arc<Scene>>,
    server: SocketAddr,
    name: &str,
    record: Record,
    asked_by: AskedBy,
    role: &'static str,
    limit: Duration,
) {
    let Ok(query) = name.parse::<QueryName>() else { return };
    let guard = guard_of(work, scene).clone();
    let limit = limit.min(work.left());
    asking.spawn(async move {
        let answer = dns::lookup(&guard, server, &query, record, limit).await;
        Lookup {
            name: query.as_str().to_owned(),
            role: role.to_owned(),
            server: server.to_string(),
            asked_by,
            record: match record {
                Record::A => "A",
                Record::Aaaa => "AAAA",
                Record::Cname => "CNAME",
            }
            .to_owned(),
            outcome: outcome(answer.outcome),
            addresses: answer.addresses().iter().map(IpAddr::to_string).collect(),
            ttl_s: answer.answers.iter().map(|record| record.ttl).min(),
            took_ms: u64::from(answer.took_ms),
        }
    });
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

fn judge(lookups: &[Lookup]) -> (StepState, String) {
    if lookups.is_empty() {
        return (StepState::Ok, "No name is involved: addresses are written as such".to_owned());
    }
    let bad = |lookup: &&Lookup| !matches!(lookup.outcome, LookupOutcome::Answer | LookupOutcome::NoData);
    let of_gateway: Vec<&Lookup> = lookups.iter().filter(|l| l.asked_by == AskedBy::Gateway).collect();
    let decisive: Vec<&Lookup> = if of_gateway.is_empty() { lookups.iter().collect() } else { of_gateway };
    match decisive.iter().copied().find(bad).or_else(|| lookups.iter().find(bad)) {
        Some(first) if decisive.iter().any(|l| std::ptr::eq(*l, first)) => (StepState::Fault, first.to_string()),
        Some(first) => (StepState::Warning, first.to_string()),
        None => (StepState::Ok, format!("All {} questions to name servers were answered", lookups.len())),
    }
}
