//! The PROXY protocol on one side only: the same request with and without its header.

use super::super::{Work, guard_of};
use super::direct::{host_for, url_for};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::Desk;
use crate::gateways::Protocol;
use crate::gateways::haproxy::{self, ProxyHeader as Sends};
use crate::net::{self, Limits, TlsVerify};
use app::model::FactKind;
use app::model::fact::asked::{Direct, During, ProxyHeader};
use app::model::{FaultKind, Source};
use std::sync::Arc;
use std::time::Duration;

/// The line of text, for a connection of nobody in particular.
const V1: &[u8] = b"PROXY UNKNOWN\r\n";
/// A line like it that means nothing: who answers this does not read the header at all.
const NONSENSE: &[u8] = b"XPORY UNKNOWN\r\n";
/// The binary header, for a connection of the sender itself.
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
/// A peer that waits for the header says nothing at all.
const LIMIT: Duration = Duration::from_millis(1500);

/// What the gateway sends before its requests to a member.
pub(super) fn preface(scene: &Scene, spot: &Spot) -> &'static [u8] {
    match sends(scene, spot) {
        Some((Sends::V1, _)) => V1,
        Some((Sends::V2, _)) => V2,
        None => b"",
    }
}

/// Whether the gateway sends the header to a member, and where that is written.
fn sends(scene: &Scene, spot: &Spot) -> Option<(Sends, String)> {
    let detail = super::super::haproxy::detail(scene)?;
    let backend = detail.backend.as_ref()?;
    let port = scene.url.port_or_known_default().unwrap_or(80);
    let leads = |server: &haproxy::ServerLine| match (backend.placed(server, port), &spot.socket) {
        (Some(crate::gateways::MemberAddress::Unix(path)), Socket::Unix(own)) => path == *own,
        (Some(address), Socket::Tcp(own)) => match address.literal() {
            Some(literal) => literal == *own,
            None => address.name() == spot.name.as_deref(),
        },
        _ => false,
    };
    let server = backend.servers().into_iter().find(leads)?;
    server.send_proxy.map(|header| (header, server.place.to_string()))
}

/// Asks a member both ways, where a failure looks like one side only.
pub(super) async fn compare(work: &Work, scene: &Arc<Scene>, desk: &Desk, spot: &Spot, direct: &Direct) {
    let sent = sends(scene, spot);
    let plain_http = spot.protocol == Protocol::Http && !spot.http2;
    let broken = direct.failure.as_ref().is_some_and(|failure| {
        !matches!(failure.during, During::Connect | During::Resolve | During::Body)
            && matches!(
                failure.kind,
                FaultKind::ClosedEarly
                    | FaultKind::Reset
                    | FaultKind::BadHttp
                    | FaultKind::ReadTimeout
                    | FaultKind::TlsHandshake
            )
    });
    if !(broken || direct.status == Some(400)) || !(plain_http || sent.is_some()) {
        return;
    }
    let mut url = url_for(scene, spot);
    if spot.protocol == Protocol::Https && url.set_scheme("https").is_err() {
        return;
    }
    let header = match sent {
        Some((Sends::V2, _)) => V2,
        _ => V1,
    };
    let target = match &spot.socket {
        Socket::Tcp(address) => net::Target::Address(*address),
        Socket::Unix(path) => net::Target::Unix(path.clone()),
    };
    let host = host_for(scene, spot);
    let ask = |preface| one(work, scene, url.clone(), target.clone(), host.clone(), preface);
    let (plain, with_header, with_nonsense) = tokio::join!(ask(b""), ask(header), ask(NONSENSE));
    let place = sent.as_ref().map_or_else(String::new, |(_, place)| place.clone());
    let fact = ProxyHeader {
        target: spot.key.clone(),
        listener: false,
        configured: sent.is_some(),
        plain,
        with_header,
        with_nonsense,
        place,
    };
    desk.measured(format!("{} directly", spot.key), FactKind::ProxyHeader(fact));
}

/// The gateway's own listener, where its configuration expects the header.
pub(super) async fn listener(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let (Some(route), Some(edge)) = (&scene.route, scene.edges.first()) else { return };
    let Some(listen) = route.server.listens.iter().find(|listen| listen.takes(*edge) && listen.proxy_protocol) else {
        return;
    };
    let ask = |preface| one(work, scene, scene.url.clone(), net::Target::Address(*edge), None, preface);
    let (plain, with_header, with_nonsense) = tokio::join!(ask(b""), ask(V1), ask(NONSENSE));
    let place = listen.place.to_string();
    let fact = ProxyHeader {
        target: edge.to_string(),
        listener: true,
        configured: true,
        plain,
        with_header,
        with_nonsense,
        place: place.clone(),
    };
    desk.fact(Source::Measured, place, FactKind::ProxyHeader(fact));
}

/// One request; answers its status, `None` for no answer in HTTP.
async fn one(
    work: &Work,
    scene: &Arc<Scene>,
    url: url::Url,
    target: net::Target,
    host: Option<String>,
    preface: &'static [u8],
) -> Option<u16> {
    let limit = LIMIT.min(work.left());
    let request = net::Request {
        method: if work.request.method == "HEAD" { "HEAD" } else { "GET" }.to_owned(),
        target,
        host,
        preface,
        tls: TlsVerify::ReadOnly,
        limits: Limits { connect: limit, first_byte: limit, total: limit, ..Limits::default() },
        ..net::Request::get(url)
    };
    net::exchange(guard_of(work, Some(scene)), &request).await.result.ok().map(|answer| answer.status)
}
