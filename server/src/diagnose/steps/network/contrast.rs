//! The same attempt with one thing changed: another port, small packets, another source address, another user.
//! What then succeeds names what stood in the way.

use super::super::guard_of;
use super::{Look, Tried, firewall};
use crate::diagnose::scene::{Scene, Spot};
use crate::diagnose::steps::upstream::asked_of;
use crate::host::RouteKind;
use crate::net::{self, BodyEnd, Limits, TlsVerify};
use crate::netguard::Manner;
use app::model::fact::asked::Attempt;
use app::model::fact::network::{Connect, ConnectOutcome, Contrast, Series, Varied};
use app::model::{FactKind, FaultKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

/// Ports on which almost nothing ever listens.
const CLOSED_PORTS: [u16; 2] = [1, 9];
/// How long a closed port may take to say so.
const REFUSAL: Duration = Duration::from_millis(700);
/// How long one burst of attempts lasts, and as long a rest before it; how many attempts it has.
const BURST: Duration = Duration::from_millis(350);
const PROBES: u32 = 6;
/// Bursts that have to agree.
const BURSTS: u32 = 4;
/// Attempts of which each has to bring one ICMP message, and the time between them.
const MESSAGES: u32 = 2;
const APART: Duration = Duration::from_millis(800);
/// Attempts of a series.
const SERIES: u32 = 8;
/// A connection that took this long needed a second packet.
const LATE: Duration = Duration::from_millis(900);
/// How long the usual request may take before it counts as unanswered.
const PATIENCE: Duration = Duration::from_millis(2200);
/// How fast the changed one must be to count: far from what an application that is merely slow would need.
const SWIFT: Duration = Duration::from_millis(1100);
/// Usual requests, and those with small packets, that have to agree.
const USUAL: u32 = 3;
const SMALL: u32 = 8;
/// From which address each request is sent: `true` for the other one. No rhythm of an upstream that fails now and then
/// follows this order.
const TURNS: [bool; 8] = [false, true, true, false, true, false, false, true];
/// Further addresses of this host that are tried as source.
const MAX_SOURCES: usize = 3;

/// Makes the contrasts that what failed so far asks for.
pub(super) async fn tell(look: &Look<'_>, tried: &[Tried]) {
    for one in tried.iter().filter(|one| one.failed() && !one.spot.local) {
        if matches!(one.outcome, ConnectOutcome::TimedOut) {
            other_port(look, one).await;
            other_link(look, one).await;
        }
        if matches!(one.outcome, ConnectOutcome::Refused | ConnectOutcome::Unreachable) {
            by_icmp(look, one).await;
        }
    }
    if tried.iter().all(Tried::failed) {
        sources_of_refused(look, tried).await;
        return;
    }
    let progress = look.work.progress_until(Duration::from_secs(6), |p| p.failed > 0 || p.over).await;
    let waits = look.desk.sheet().facts().attempts().any(|(_, attempt)| attempt.open);
    if progress.failed == 0 && !waits {
        return;
    }
    for one in tried.iter().filter(|one| !one.failed()) {
        if one.took >= LATE {
            series(look, one).await;
        }
        requests(look, one).await;
        other_user(look, one).await;
    }
}

/// Whether the host answers on another port, so that it is only this one that is silent.
async fn other_port(look: &Look<'_>, one: &Tried) {
    for port in CLOSED_PORTS.into_iter().filter(|port| *port != one.address.port()) {
        let address = SocketAddr::new(one.address.ip(), port);
        let Ok(result) = super::connect(look.work, look.scene, address, REFUSAL).await else { return };
        let answered = matches!(result.outcome, net::ConnectOutcome::Refused | net::ConnectOutcome::Open);
        let other = match &result.outcome {
            net::ConnectOutcome::Refused => "refused at once",
            net::ConnectOutcome::Open => "accepted at once",
            net::ConnectOutcome::TimedOut => "no answer either",
            _ => "not reachable either",
        };
        let fact = Contrast {
            target: one.spot.key.clone(),
            varied: Varied::Port,
            usual: "no answer".to_owned(),
            other: other.to_owned(),
            with: format!("port {port}"),
            times: 1,
            decides: answered,
        };
        look.desk.measured(format!("connect to {address}"), FactKind::Contrast(fact));
        if answered {
            return;
        }
    }
}

/// Whether the kernel drops an answer for each attempt, and none while we rest: others' packets move the same counter.
async fn other_link(look: &Look<'_>, one: &Tried) {
    let facts = look.desk.sheet().facts();
    let mut counters = facts.counters().filter(|(_, c)| c.name == "IPReversePathFilter" && c.target == one.spot.key);
    if counters.any(|(_, c)| c.after > c.before)
        && let Some(bursts) = bursts(look, one, "TcpExt.IPReversePathFilter").await
    {
        let (at_rest, during) = bursts.iter().fold((0, 0), |sum, (rest, tried)| (sum.0 + rest, sum.1 + tried));
        let fact = Contrast {
            target: one.spot.key.clone(),
            varied: Varied::Attempts,
            usual: format!("{at_rest} answers dropped at rest"),
            other: format!("{during} dropped"),
            with: format!("{} attempts", PROBES * BURSTS),
            times: BURSTS,
            decides: moved(&bursts),
        };
        look.desk.measured("/proc/net/netstat", FactKind::Contrast(fact));
    }
}

/// Whether an ICMP message ended the attempt: a closed port sends a reset instead.
async fn by_icmp(look: &Look<'_>, one: &Tried) {
    let kind = match one.fact.errno {
        // With an ordinary route these errors come by such a message only.
        Some(113) if has_way(look, one).await => "host-unreachable",
        Some(101) if has_way(look, one).await => "net-unreachable",
        Some(111) if counts_icmp(look, one).await == Some(true) => "port-unreachable",
        _ => return,
    };
    let fact = Connect { icmp: Some(kind.to_owned()), ..one.fact.clone() };
    look.desk.replace(&one.id, FactKind::Connect(fact));
}

async fn has_way(look: &Look<'_>, one: &Tried) -> bool {
    let route = look.work.ctx.host.route(one.address.ip()).await;
    route.is_ok_and(|route| matches!(route.kind, RouteKind::Unicast | RouteKind::Local))
}

/// Whether the kernel counts such a message with each of our attempts, and none while we rest. Hosts send few of them a
/// second, so the attempts lie apart.
async fn counts_icmp(look: &Look<'_>, one: &Tried) -> Option<bool> {
    let now = || async { look.work.ctx.host.counters().await.ok()?.get("Icmp.InDestUnreachs") };
    for _ in 0..MESSAGES {
        tokio::time::sleep(APART).await;
        let start = now().await?;
        tokio::time::sleep(BURST).await;
        let rested = now().await?;
        drop(super::connect(look.work, look.scene, one.address, BURST).await);
        let tried = now().await?;
        if rested != start || tried != rested + 1 {
            return Some(false);
        }
    }
    Some(true)
}

/// Whether a counter moves with our attempts: in every burst with each of them, and by more than at rest; in all of
/// them together by four times what chance would explain. It may move at rest, for the other end sends its answers to
/// earlier attempts again for half a minute.
fn moved(bursts: &[(u64, u64)]) -> bool {
    let (rest, tried) = bursts.iter().fold((0, 0), |sum, (rest, tried)| (sum.0 + rest, sum.1 + tried));
    let each = bursts.iter().all(|(rest, tried)| tried > rest && *tried >= u64::from(PROBES));
    each && tried.saturating_sub(rest).pow(2) >= 16 * (tried + rest)
}

/// By how much a counter grows at rest, and in the same time while attempts are made, in each burst.
async fn bursts(look: &Look<'_>, one: &Tried, name: &str) -> Option<Vec<(u64, u64)>> {
    let now = || async { look.work.ctx.host.counters().await.ok().and_then(|counters| counters.get(name)) };
    let mut found = Vec::new();
    for _ in 0..BURSTS {
        let start = now().await?;
        tokio::time::sleep(BURST).await;
        let rested = now().await?;
        let attempts = (0..PROBES).map(|_| super::connect(look.work, look.scene, one.address, BURST));
        drop(futures_util::future::join_all(attempts).await);
        let tried = now().await?;
        found.push((rested.saturating_sub(start), tried.saturating_sub(rested)));
    }
    Some(found)
}

/// Attempts in a row, to the target and to a closed port of its host: only lost packets make both late.
async fn series(look: &Look<'_>, one: &Tried) {
    let closed = SocketAddr::new(one.address.ip(), CLOSED_PORTS[0]);
    for (address, closed_port) in [(one.address, false), (closed, true)] {
        let mut fact = Series { target: one.spot.key.clone(), closed_port, ..Series::default() };
        let attempts = (0..SERIES).map(|number| async move {
            tokio::time::sleep(Duration::from_millis(40) * number).await;
            super::connect(look.work, look.scene, address, Duration::from_millis(3300)).await
        });
        for result in futures_util::future::join_all(attempts).await.into_iter().flatten() {
            fact.tries += 1;
            match result.outcome {
                net::ConnectOutcome::TimedOut => fact.lost += 1,
                _ if result.took >= LATE => fact.late += 1,
                _ => fact.quick += 1,
            }
        }
        if fact.tries > 0 {
            look.desk.measured(format!("connect to {address}, {} times", fact.tries), FactKind::Series(fact));
        }
    }
}

/// How a request ended, as far as it is compared.
enum Ended {
    /// With a whole answer of this status.
    Answered(u16, Duration),
    /// With nothing in the time that it had.
    Silent(&'static str),
    /// It was closed or reset before an answer.
    Closed(&'static str),
    /// It was not sent, or ended in another way.
    Other,
}

impl Ended {
    fn words(&self) -> String {
        match self {
            Self::Answered(status, _) => format!("answered {status}"),
            Self::Silent(what) | Self::Closed(what) => (*what).to_owned(),
            Self::Other => "another failure".to_owned(),
        }
    }
}

/// One request to a target in a manner.
async fn ask(look: &Look<'_>, spot: &Spot, manner: Manner) -> Ended {
    let mut request = asked_of(look.work, look.scene, spot, PATIENCE.min(look.work.left()));
    request.manner = manner;
    send(look, request).await
}

/// A request for a path that nobody has, without the headers of the failing one.
async fn other_path(look: &Look<'_>, spot: &Spot) -> Ended {
    let mut request = asked_of(look.work, look.scene, spot, PATIENCE.min(look.work.left()));
    request.headers.retain(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
    request.url.set_path("/gatewatch");
    request.url.set_query(None);
    send(look, request).await
}

async fn send(look: &Look<'_>, mut request: net::Request) -> Ended {
    let limit = PATIENCE.min(look.work.left());
    let started = Instant::now();
    request.tls = TlsVerify::ReadOnly;
    request.limits = Limits { connect: limit, tls: limit, first_byte: limit, total: limit, ..request.limits };
    let done = net::exchange(guard_of(look.work, Some(look.scene)), &request).await;
    match done.result {
        Ok(answer) => match answer.end {
            BodyEnd::Complete | BodyEnd::TooLong => Ended::Answered(
                answer.status,
                done.phases.first_byte.map_or(started.elapsed(), |ms| Duration::from_millis(u64::from(ms.0))),
            ),
            BodyEnd::Stalled => Ended::Silent("the body stops coming"),
            BodyEnd::Truncated | BodyEnd::Broken => Ended::Other,
        },
        Err(fault) => match (fault.kind, fault.during) {
            (FaultKind::ReadTimeout, _) => Ended::Silent("no answer"),
            (_, net::During::Tls) if started.elapsed() >= limit => Ended::Silent("no end of the TLS handshake"),
            (FaultKind::Reset, _) => Ended::Closed("reset"),
            (FaultKind::ClosedEarly, _) => Ended::Closed("closed without an answer"),
            (FaultKind::Refused, _) => Ended::Closed("refused"),
            (FaultKind::ConnectTimeout, _) => Ended::Silent("no answer to the connection attempt"),
            _ => Ended::Other,
        },
    }
}

pub(super) fn may_repeat(look: &Look<'_>) -> bool {
    matches!(look.work.request.method.as_str(), "GET" | "HEAD") && look.work.request.body_size == 0
}

/// The request with small packets only where the usual one gets no answer, and from another address where it is
/// closed or refused.
async fn requests(look: &Look<'_>, one: &Tried) {
    if !may_repeat(look) || !one.spot.takes_http1() {
        return;
    }
    match ask(look, &one.spot, Manner::default()).await {
        Ended::Silent(what) => small_packets(look, one, what).await,
        Ended::Closed(what) => {
            inside(look, one, what).await;
            other_source(look, one, what, None).await;
        }
        Ended::Answered(status, _) if matches!(status, 403 | 500..=599) => {
            other_source(look, one, &format!("answered {status}"), Some(status)).await;
        }
        Ended::Answered(..) | Ended::Other => {}
    }
}

/// Whether a rule for packets inside connections counts when this request is sent, and rests for another one.
async fn inside(look: &Look<'_>, one: &Tried, usual: &str) {
    let host = &look.work.ctx.host;
    let Ok(before) = host.firewall().await else { return };
    if before.rules.is_empty() {
        return;
    }
    let _ = ask(look, &one.spot, Manner::default()).await;
    let Ok(after) = host.firewall().await else { return };
    let directions = firewall::inside(look, one).await;
    let told = firewall::rules(look, &one.spot.key, None, None, Some(&before), &after, &directions);
    let facts = look.desk.sheet().facts();
    let counted =
        facts.firewall_rules().any(|(_, rule)| rule.hook == "data" && rule.target == one.spot.key && rule.counted());
    if told == 0 && !counted {
        return;
    }
    let other = other_path(look, &one.spot).await;
    let fact = Contrast {
        target: one.spot.key.clone(),
        varied: Varied::Content,
        usual: usual.to_owned(),
        other: other.words(),
        with: "another path".to_owned(),
        times: 1,
        decides: matches!(other, Ended::Answered(..)),
    };
    look.desk.measured(format!("{} directly", one.spot.key), FactKind::Contrast(fact));
}

/// The usual request a few times at once, and beside it many with small packets one after the other: an application
/// that hangs now and then would hit both kinds.
async fn small_packets(look: &Look<'_>, one: &Tried, usual: &str) {
    if look.work.left() < PATIENCE * 2 {
        return;
    }
    let manner = Manner { small_packets: true, ..Manner::default() };
    let changed = async {
        for turn in 1..=SMALL {
            match ask(look, &one.spot, manner).await {
                Ended::Answered(_, took) if took <= SWIFT => {}
                other => return Err((turn, other.words())),
            }
        }
        Ok(())
    };
    // None of the usual ones is worth waiting for once a small one failed.
    let first = ask(look, &one.spot, manner).await;
    let result = if matches!(first, Ended::Answered(_, took) if took <= SWIFT) {
        let usual = futures_util::future::join_all((0..USUAL).map(|_| ask(look, &one.spot, Manner::default())));
        let (all, changed) = tokio::join!(usual, changed);
        changed.map(|()| all.iter().all(|one| matches!(one, Ended::Silent(_))))
    } else {
        Err((1, first.words()))
    };
    let (decides, other) = match result {
        Ok(decides) => (decides, "answered each time".to_owned()),
        Err((_, words)) => (false, words),
    };
    let fact = Contrast {
        target: one.spot.key.clone(),
        varied: Varied::SmallPackets,
        usual: usual.to_owned(),
        other,
        with: format!("a small receive window, {SMALL} requests against {USUAL}"),
        times: 1,
        decides,
    };
    look.desk.measured(format!("{} directly", one.spot.key), FactKind::Contrast(fact));
}

/// A target that refuses every connection may do so for our address only.
async fn sources_of_refused(look: &Look<'_>, tried: &[Tried]) {
    if !may_repeat(look) {
        return;
    }
    for one in tried.iter().filter(|one| one.outcome == ConnectOutcome::Refused) {
        let listens = look
            .desk
            .sheet()
            .facts()
            .listeners()
            .filter(|(_, l)| l.target == one.spot.key && l.local)
            .last()
            .is_none_or(|(_, l)| l.listening);
        if listens && one.spot.takes_http1() {
            other_source(look, one, "refused", None).await;
        }
    }
}

/// The same from other addresses of this host. `status` is what the usual one was answered, where it was.
async fn other_source(look: &Look<'_>, one: &Tried, usual: &str, status: Option<u16>) {
    let better = |ended: &Ended| matches!(ended, Ended::Answered(other, _) if *other < 400 && Some(*other) != status);
    for source in sources(look, one.address.ip()).await {
        let manner = Manner { source: Some(source), ..Manner::default() };
        let first = ask(look, &one.spot, manner).await;
        if !better(&first) {
            continue;
        }
        let mut other = first.words();
        let mut decides = true;
        for changed in TURNS {
            let ended = ask(look, &one.spot, if changed { manner } else { Manner::default() }).await;
            decides &= match (changed, &ended, status) {
                (true, ended, _) => better(ended),
                (false, Ended::Answered(now, _), Some(status)) => *now == status,
                (false, Ended::Closed(_) | Ended::Silent(_), None) => true,
                (false, ..) => false,
            };
            if changed {
                other = ended.words();
            }
            if !decides {
                break;
            }
        }
        let fact = Contrast {
            target: one.spot.key.clone(),
            varied: Varied::Source,
            usual: usual.to_owned(),
            other,
            with: source.to_string(),
            times: 4,
            decides,
        };
        look.desk.measured(format!("{} directly", one.spot.key), FactKind::Contrast(fact));
        return;
    }
}

/// Addresses of this host from which a target can be asked, but the usual one.
async fn sources(look: &Look<'_>, to: IpAddr) -> Vec<IpAddr> {
    let host = &look.work.ctx.host;
    let usual = host.route(to).await.ok().and_then(|route| route.source);
    let mut found: Vec<IpAddr> = Vec::new();
    if let IpAddr::V4(v4) = to
        && v4.is_loopback()
    {
        // Every address of 127/8 is this host's own.
        found.extend([Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 77, 0, 2)].map(IpAddr::V4));
    }
    for link in host.links().await.unwrap_or_default().iter().filter(|link| link.up) {
        found.extend(link.networks.iter().map(|network| network.address));
    }
    let link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
    found.retain(|ip| {
        ip.is_ipv4() == to.is_ipv4()
            && Some(*ip) != usual
            && *ip != to
            && !link_local(ip)
            && (to.is_loopback() || !ip.is_loopback())
    });
    found.dedup();
    found.truncate(MAX_SOURCES);
    found
}

/// Our connection stands, the gateway's own does not: rules may hold for its user alone. One more request through the
/// gateway between two looks at the counters.
async fn other_user(look: &Look<'_>, one: &Tried) {
    let facts = look.desk.sheet().facts();
    let fails = facts.attempts().any(|(_, attempt)| Attempt::failed(attempt) || attempt.open);
    let Some(user) = look.user else { return };
    if !(fails && may_repeat(look)) || user == rustix::process::geteuid().as_raw() {
        return;
    }
    let host = &look.work.ctx.host;
    let Ok(before) = host.firewall().await else { return };
    let directions = firewall::directions(look, one, Some(user)).await;
    let stopped = directions
        .iter()
        .any(|(_, hooks, packet)| hooks.iter().any(|hook| !before.walk(hook, packet).stops.is_empty()));
    if !stopped {
        return;
    }
    through_gateway(look).await;
    let Ok(after) = host.firewall().await else { return };
    firewall::rules(look, &one.spot.key, None, Some(user), Some(&before), &after, &directions);
    let fact = Contrast {
        target: one.spot.key.clone(),
        varied: Varied::User,
        usual: "the gateway's connection fails".to_owned(),
        other: "the connection stands".to_owned(),
        with: format!("our own user {} instead of {user}", rustix::process::geteuid().as_raw()),
        times: 1,
        decides: true,
    };
    look.desk.measured(format!("connect to {}", one.spot.key), FactKind::Contrast(fact));
}

/// One more request as a visitor's, for its effect on counters.
pub(super) async fn through_gateway(look: &Look<'_>) {
    let scene: &Scene = look.scene;
    let limit = Duration::from_secs(3).min(look.work.left());
    let request = net::Request {
        method: look.work.request.method.clone(),
        headers: look.work.request.headers.clone(),
        tls: TlsVerify::ReadOnly,
        limits: Limits { total: limit, first_byte: limit, ..Limits::default() },
        ..net::Request::get(scene.url.clone())
    };
    drop(net::exchange(guard_of(look.work, Some(look.scene)), &request).await);
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn chance_moves_no_counter() {
        assert!(moved(&[(0, 6), (0, 6), (0, 6), (0, 6)]));
        assert!(moved(&[(1, 8), (2, 11), (1, 14), (2, 10)]));
        assert!(!moved(&[(0, 6), (0, 5), (0, 6), (0, 6)]), "one attempt moved nothing");
        assert!(!moved(&[(5, 8), (6, 9), (4, 7), (6, 8)]), "other traffic moves it as well");
        assert!(!moved(&[(0, 0); 4]));
    }
}
