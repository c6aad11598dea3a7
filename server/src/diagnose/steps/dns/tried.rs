//! Where a name leads to nothing that answers: does the application answer at another address, which another name
//! server gives for the name, or at which this host serves the same port?

use super::super::upstream::asked_of;
use super::super::{Work, guard_of};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::Desk;
use crate::net::{self, BodyEnd, ConnectOutcome, TlsVerify};
use app::model::FactKind;
use app::model::fact::names::Lookup;
use app::model::fact::network::{Contrast, Varied};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// Other addresses that are asked.
const MAX_OTHERS: usize = 3;

/// Tries the addresses of names, and others where they fail.
pub(super) async fn tell(work: &Work, scene: &Arc<Scene>, desk: &Desk, lookups: &[Lookup]) {
    if !matches!(work.request.method.as_str(), "GET" | "HEAD") || work.request.body_size > 0 {
        return;
    }
    for spot in scene.targets.iter().filter(|spot| spot.takes_http1()) {
        let (Some(name), Socket::Tcp(address)) = (&spot.name, &spot.socket) else { continue };
        let usual = match net::connect_once(guard_of(work, Some(scene)), *address, ATTEMPT).await.outcome {
            ConnectOutcome::Open | ConnectOutcome::Blocked(_) => continue,
            ConnectOutcome::Refused => "refused",
            ConnectOutcome::TimedOut => "no answer",
            _ => "not reachable",
        };
        for (other, how) in others(work, scene, lookups, name, *address).await.into_iter().take(MAX_OTHERS) {
            let Some(status) = ask(work, scene, spot, other).await else { continue };
            // Some other program may well serve the same port at another address.
            if how == SAME_PORT && status >= 400 {
                continue;
            }
            let fact = Contrast {
                target: spot.key.clone(),
                varied: Varied::Address,
                usual: usual.to_owned(),
                other: format!("answered {status}"),
                with: format!("{other}, {how}"),
                times: 1,
                decides: status < 500 && how != SAME_PORT,
            };
            desk.measured(format!("{other} directly"), FactKind::Contrast(fact));
        }
    }
}

/// How an address that no name server gives is called.
const SAME_PORT: &str = "where this host serves the same port";

/// Addresses that other name servers give for a name, then those at which this host serves the same port.
async fn others(
    work: &Work,
    scene: &Scene,
    lookups: &[Lookup],
    name: &str,
    address: SocketAddr,
) -> Vec<(SocketAddr, &'static str)> {
    let known =
        |ip: IpAddr| scene.targets.iter().any(|spot| spot.socket == Socket::Tcp(SocketAddr::new(ip, address.port())));
    let mut found: Vec<(SocketAddr, &'static str)> = Vec::new();
    let named = lookups.iter().filter(|lookup| lookup.name.eq_ignore_ascii_case(name) && lookup.search_of.is_none());
    for ip in named.flat_map(|lookup| &lookup.addresses).filter_map(|ip| ip.parse::<IpAddr>().ok()) {
        let other = SocketAddr::new(ip, address.port());
        if !known(ip) && !found.iter().any(|(one, _)| *one == other) {
            found.push((other, "which another name server gives"));
        }
    }
    if let Ok(table) = work.ctx.host.listeners().await {
        let same = table.tcp.iter().filter(|l| l.address.port() == address.port() && !l.takes(address));
        for listener in same {
            if !known(listener.address.ip()) && !found.iter().any(|(one, _)| *one == listener.address) {
                found.push((listener.address, SAME_PORT));
            }
        }
    }
    found
}

/// The same request to another address; its status, if a whole answer came.
async fn ask(work: &Work, scene: &Arc<Scene>, spot: &Spot, address: SocketAddr) -> Option<u16> {
    let mut request = asked_of(work, scene, spot, ATTEMPT.min(work.left()));
    request.target = net::Target::Address(address);
    request.tls = TlsVerify::ReadOnly;
    let answer = net::exchange(guard_of(work, Some(scene)), &request).await.result.ok()?;
    matches!(answer.end, BodyEnd::Complete | BodyEnd::TooLong).then_some(answer.status)
}
