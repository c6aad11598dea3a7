//! Step 5: does anything block the way? One connection to every address of the upstream, from here, with the
//! kernel's and the firewall's counters before and after; then, for what failed, the way there and the same attempt
//! with one thing changed.

mod confine;
mod contrast;
mod far;
mod firewall;
mod way;

use super::{Work, guard_of};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::{Desk, millis};
use crate::host::{Counters, Seen};
use crate::net::{self, ConnectOutcome as Outcome};
use app::model::fact::host::Counter;
use app::model::fact::network::{Connect, ConnectOutcome};
use app::model::{FactId, FactKind, Step, StepState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Long enough for the first packet and two repetitions of it.
const CONNECT: Duration = Duration::from_millis(3300);
/// Names of a kernel counter: the kernel's own, and the one in facts.
type CounterName = (&'static str, &'static str);
/// Counters of the listener's end.
const QUEUE: &[CounterName] = &[("TcpExt.ListenOverflows", "ListenOverflows"), ("TcpExt.ListenDrops", "ListenDrops")];
/// Counters of our own end.
const OWN: &[CounterName] =
    &[("TcpExt.IPReversePathFilter", "IPReversePathFilter"), ("Tcp.RetransSegs", "RetransSegs")];

/// What the parts of this step work with.
struct Look<'a> {
    work: &'a Work,
    scene: &'a Arc<Scene>,
    desk: &'a Desk,
    /// The number of the user that the gateway's workers run as.
    user: Option<u32>,
}

/// One address that was tried.
struct Tried {
    spot: Spot,
    address: SocketAddr,
    outcome: ConnectOutcome,
    took: Duration,
    /// Its fact, which later attempts may complete.
    id: FactId,
    fact: Connect,
}

impl Tried {
    fn failed(&self) -> bool {
        self.outcome != ConnectOutcome::Open
    }
}

/// Tries the way to every address of the upstream.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Network);
    desk.begin(
        &[
            "a TCP connection to each address of the upstream",
            "the route there, the neighbour and the link",
            "firewall rules that stop it, with their counters",
        ],
        vec!["ip route get ADDRESS; nc -vz -w 3 ADDRESS PORT; sudo nft list ruleset".to_owned()],
    );
    let Some(scene) = work.scene().await else {
        desk.finish(StepState::Error, "The gateway was not looked for in time");
        return;
    };
    let spots: Vec<(Spot, SocketAddr)> = scene
        .targets
        .iter()
        .filter_map(|spot| if let Socket::Tcp(address) = spot.socket { Some((spot.clone(), address)) } else { None })
        .collect();
    if spots.is_empty() {
        nothing_to_try(&desk, &scene);
        return;
    }
    desk.by_hand(spots.iter().take(4).map(|(_, address)| by_hand(*address)).collect());
    let (before, counters) = tokio::join!(work.ctx.host.firewall(), work.ctx.host.counters());
    let tried = try_all(&work, &scene, &desk, spots).await;
    let (after, counters_after) = tokio::join!(work.ctx.host.firewall(), work.ctx.host.counters());
    let look = Look { work: &work, scene: &scene, desk: &desk, user: user(&work, &scene).await };
    if scene.on_gateway_host {
        for one in tried.iter().filter(|one| one.failed()) {
            way::tell(&look, one.address).await;
            tell_counters(&desk, &one.spot.key, &counters, &counters_after, QUEUE);
            tell_counters(&desk, &one.spot.key, &counters, &counters_after, OWN);
            firewall::tell(&look, one, &before, &after).await;
            far::tell(&look, one).await;
        }
        contrast::tell(&look, &tried).await;
        confine::tell(&look, &tried).await;
    } else {
        between(&look).await;
        desk.skip(
            "routes and firewall rules of the gateway's host",
            format!("this is not it: {}", scene.vantage),
            "ip route get ADDRESS; sudo nft list ruleset",
        );
    }
    let facts = desk.sheet().facts();
    let fault = facts.connects().find(|(_, c)| c.outcome != ConnectOutcome::Open).map(|(_, c)| c.to_string());
    let decided = facts.contrasts().find(|(_, contrast)| contrast.decides).map(|(_, contrast)| contrast.to_string());
    match fault.or(decided) {
        Some(first) => desk.finish(StepState::Fault, first),
        None => desk.finish(
            StepState::Ok,
            format!("{} of {} addresses of the upstream can be reached", tried.len(), tried.len()),
        ),
    }
}

/// This may be the host between gateway and upstream: rules of its forward hook, before and after the requests.
async fn between(look: &Look<'_>) {
    let progress = look.work.progress_until(Duration::from_secs(8), |p| p.failed > 0 || p.over).await;
    if progress.failed == 0 {
        return;
    }
    // A request of the run's own may have sent its packets before the first look: one is sent between the two.
    let Ok(before) = look.work.ctx.host.firewall().await else { return };
    if !before.chains.iter().any(|chain| chain.hook == "forward") {
        return;
    }
    if contrast::may_repeat(look) {
        contrast::through_gateway(look).await;
    }
    if let Ok(after) = look.work.ctx.host.firewall().await {
        firewall::forwarded(look, &before, &after).await;
    }
}

fn nothing_to_try(desk: &Desk, scene: &Scene) {
    if scene.targets.is_empty() {
        desk.skip(
            "the way to the upstream",
            "no address of an upstream is known",
            "--gateway-config PATH, or --upstream HOST:PORT",
        );
        desk.finish(StepState::Skipped, "No address of an upstream is known");
    } else {
        desk.finish(StepState::Ok, "The upstream is a unix socket: no network lies between");
    }
}

async fn try_all(work: &Work, scene: &Arc<Scene>, desk: &Desk, spots: Vec<(Spot, SocketAddr)>) -> Vec<Tried> {
    let mut trying = JoinSet::new();
    for (spot, address) in spots {
        let (work, scene) = (work.clone(), Arc::clone(scene));
        trying.spawn(async move {
            let result = connect(&work, &scene, address, CONNECT).await;
            (spot, address, result)
        });
    }
    let mut results = Vec::new();
    while let Some(done) = trying.join_next().await {
        results.extend(done.ok());
    }
    results.sort_by(|a, b| a.0.key.cmp(&b.0.key));
    let mut tried = Vec::new();
    for (spot, address, result) in results {
        match result {
            Ok(result) => {
                let fact = fact(&spot, &result, scene.on_gateway_host);
                let (outcome, took) = (fact.outcome, result.took);
                let id = desk.measured(format!("connect to {}", spot.key), FactKind::Connect(fact.clone()));
                tried.push(Tried { spot, address, outcome, took, id, fact });
            }
            Err(reason) => desk.skip(format!("connect to {}", spot.key), reason, by_hand(address)),
        }
    }
    tried
}

/// The number of the user that the gateway's workers run as.
async fn user(work: &Work, scene: &Scene) -> Option<u32> {
    let name = scene.gateway.as_ref()?.user.clone()?;
    work.ctx.host.user(&name).await.ok().map(|user| user.uid)
}

fn by_hand(address: SocketAddr) -> String {
    let (ip, port) = (address.ip(), address.port());
    format!(
        "ip route get {ip}; nc -vz -w 3 {ip} {port}; sudo nft list ruleset | grep -n {port}; nstat -az TcpExtListenOverflows"
    )
}

/// One connection; our own policy's refusal is the error.
async fn connect(
    work: &Work,
    scene: &Arc<Scene>,
    address: SocketAddr,
    limit: Duration,
) -> Result<net::ConnectResult, String> {
    let limit = limit.min(work.left().max(Duration::from_millis(100)));
    let result = net::connect_once(guard_of(work, Some(scene)), address, limit).await;
    match &result.outcome {
        Outcome::Blocked(refusal) => Err(refusal.to_string()),
        _ => Ok(result),
    }
}

fn fact(spot: &Spot, result: &net::ConnectResult, from_gateway_host: bool) -> Connect {
    let (outcome, errno) = match &result.outcome {
        Outcome::Open => (ConnectOutcome::Open, None),
        Outcome::Refused => (ConnectOutcome::Refused, Some(111)),
        Outcome::Reset => (ConnectOutcome::Reset, Some(104)),
        Outcome::TimedOut => (ConnectOutcome::TimedOut, None),
        Outcome::Unreachable { errno } => (ConnectOutcome::Unreachable, Some(*errno)),
        Outcome::Denied { errno } => (ConnectOutcome::Denied, Some(*errno)),
        Outcome::Other { errno } => (ConnectOutcome::Other, Some(*errno)),
        Outcome::Blocked(_) => (ConnectOutcome::Other, None),
    };
    Connect {
        target: spot.key.clone(),
        outcome,
        errno,
        took_ms: millis(result.took),
        from_gateway_host,
        icmp: None,
        icmp_from: None,
    }
}

fn tell_counters(desk: &Desk, target: &str, before: &Seen<Counters>, after: &Seen<Counters>, names: &[CounterName]) {
    let (Ok(before), Ok(after)) = (before, after) else { return };
    for (name, short) in names {
        if let (Some(before), Some(after)) = (before.get(name), after.get(name)) {
            let fact = Counter { name: (*short).to_owned(), before, after, target: target.to_owned() };
            desk.measured("/proc/net/netstat", FactKind::Counter(fact));
        }
    }
}
