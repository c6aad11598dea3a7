//! What travels between the gateway and a member, looked at closely once something is wrong: which protocol answers,
//! every rule that an answer breaks, what a kept connection does, and the same request with one thing changed.

mod tls;

use super::super::{Work, failure, guard_of};
use super::direct::{host_for, other_url, plain_request, url_for};
use crate::diagnose::scene::{Scene, Spot};
use crate::diagnose::sheet::{Desk, millis};
use crate::gateways::{GatewayKind, Protocol, Target};
use crate::net::{self, Ending, Limits, Listen};
use app::model::fact::asked::{Direct, During};
use app::model::fact::logs::{Joined, Meaning};
use app::model::fact::wire::{Changed, Heard, KeptConnection, Opener, Variation};
use app::model::{FactKind, FaultKind};
use std::sync::Arc;
use std::time::Duration;

/// How long an opener waits for its answer.
const OPENER: Duration = Duration::from_millis(900);
/// The longest watch over an idle connection.
const WATCH: Duration = Duration::from_secs(6);
/// How often, and how far apart, the log's word is looked for before that watch.
const LOG_LOOKS: u32 = 8;
const LOG_PAUSE: Duration = Duration::from_millis(100);
/// Bytes of an answer that are judged byte by byte.
const JUDGED: usize = 512 * 1024;
/// Other Hosts that are tried.
const MAX_HOSTS: usize = 3;

/// One member that is looked at, and what is known of it so far.
struct Look<'a> {
    work: &'a Work,
    scene: &'a Arc<Scene>,
    desk: &'a Desk,
    spot: &'a Spot,
    /// The same request, asked directly.
    direct: Option<Direct>,
}

/// Looks closely at a member, if something is wrong with it or with the requests through the gateway.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk, spot: &Spot) {
    work.progress_until(Duration::from_secs(3), |progress| progress.over || progress.failed > 0).await;
    let facts = work.sheet.facts();
    let direct =
        facts.directs().filter(|(_, d)| d.target == spot.key && d.path == "same").map(|(_, d)| d.clone()).last();
    let wrong = facts.attempts().any(|(_, attempt)| !attempt.succeeded());
    let broken = direct.as_ref().is_some_and(|direct| direct.failure.is_some());
    if !broken && !wrong || work.left() < Duration::from_millis(500) {
        return;
    }
    let look = Look { work, scene, desk, spot, direct };
    match spot.protocol {
        Protocol::Http | Protocol::Grpc => look.plain().await,
        Protocol::Https | Protocol::Grpcs => {
            tls::matrix(&look).await;
            look.answers().await;
        }
        Protocol::Fastcgi | Protocol::Uwsgi | Protocol::Scgi | Protocol::Suwsgi => {
            look.openers(&[Opener::Http, Opener::Fastcgi, Opener::Uwsgi, Opener::Tls, Opener::Nothing]).await;
        }
    }
}

impl Look<'_> {
    fn failed(&self, kinds: &[FaultKind]) -> bool {
        let failure = self.direct.as_ref().and_then(|direct| direct.failure.as_ref());
        failure.is_some_and(|failure| kinds.contains(&failure.kind))
    }

    fn status(&self) -> Option<u16> {
        self.direct.as_ref().filter(|direct| direct.answered()).and_then(|direct| direct.status)
    }

    /// A member that is spoken to in plain.
    async fn plain(&self) {
        let odd = self.failed(&[FaultKind::ClosedEarly, FaultKind::Reset, FaultKind::BadHttp])
            && !self.failed_in(During::Body)
            || self.status() == Some(400);
        let grpc = self.spot.http2;
        if odd || grpc {
            let all = [
                Opener::Http,
                Opener::Tls,
                Opener::Http2,
                Opener::Fastcgi,
                Opener::Uwsgi,
                Opener::Nothing,
                Opener::Proxy,
            ];
            self.openers(&all).await;
        }
        if grpc {
            self.as_http2().await;
        } else {
            self.answers().await;
        }
    }

    fn failed_in(&self, during: During) -> bool {
        self.direct.as_ref().and_then(|direct| direct.failure.as_ref()).is_some_and(|failure| failure.during == during)
    }

    /// What answers tell: byte by byte, on a kept connection, for another Host.
    async fn answers(&self) {
        let answered = self.status().is_some();
        if !self.spot.takes_http1() {
            return;
        }
        if answered || self.failed(&[FaultKind::BadHttp]) || self.failed_in(During::Body) {
            self.byte_by_byte().await;
        }
        let closed = self.failed(&[FaultKind::ClosedEarly, FaultKind::Reset]);
        if answered || closed && !self.failed_in(During::Tls) {
            tokio::join!(self.kept(), self.other_requests());
        }
    }

    /// Opens the conversation in other protocols.
    async fn openers(&self, openers: &[Opener]) {
        let request = self.request();
        let speak = |opener: Opener| {
            net::speak_as(guard_of(self.work, Some(self.scene)), &self.spot.key, &request, opener, OPENER)
        };
        let spoken = futures_util::future::join_all(openers.iter().map(|opener| speak(*opener))).await;
        for one in spoken {
            if one.heard != Heard::Unreached {
                self.desk.measured(format!("{} directly", self.spot.key), FactKind::Spoken(one));
            }
        }
    }

    /// The same request as the gateway sends it, bounded more tightly.
    fn request(&self) -> net::Request {
        let mut request = plain_request(self.work, self.scene, self.spot, url_for(self.scene, self.spot));
        let total = self.work.left().min(Duration::from_secs(4));
        request.limits = Limits { total, connect: Duration::from_secs(1), ..request.limits };
        request
    }

    async fn byte_by_byte(&self) {
        let request = self.request();
        let first = self.direct.as_ref().map_or(2000, |direct| direct.total_ms.max(500) * 2);
        let listen = Listen { first: Duration::from_millis(first), more: Duration::from_millis(400), most: JUDGED };
        let heard = net::hear_answer(guard_of(self.work, Some(self.scene)), &request, listen).await;
        if let Ok(raw) = heard
            && raw.bytes.starts_with(b"HTTP/")
        {
            let closed = matches!(raw.ending, Ending::Closed | Ending::Reset);
            let answer = net::inspect(&self.spot.key, &raw.bytes, &request.method, closed);
            self.desk.measured(format!("{} directly", self.spot.key), FactKind::RawAnswer(answer));
        }
    }

    /// Whether the gateway uses connections to this member more than once.
    fn gateway_keeps(&self) -> bool {
        let Some(Target::Upstream(upstream)) = self.scene.route.as_ref().map(|route| &route.target) else {
            return false;
        };
        match self.scene.gateway.as_ref().map(|gateway| gateway.kind) {
            Some(GatewayKind::Nginx) => upstream.keepalive.is_some_and(|kept| kept > 0),
            Some(_) => upstream.keepalive != Some(0),
            None => false,
        }
    }

    /// A connection that is used again at once, a little later, and one that is only watched.
    async fn kept(&self) {
        if !self.gateway_keeps() {
            return;
        }
        let mut request = self.request();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("connection"));
        request.headers.push(("Connection".to_owned(), "keep-alive".to_owned()));
        let left = self.work.left().saturating_sub(Duration::from_millis(500));
        let idle = self.scene.wire.keepalive_idle.as_ref();
        let watch = idle.map_or(WATCH, |idle| idle.value + Duration::from_millis(500)).min(WATCH).min(left);
        request.limits.total = left;
        let guard = guard_of(self.work, Some(self.scene));
        let twice = |idle: u64, again: bool| net::use_twice(guard, &request, Duration::from_millis(idle), again);
        // Whoever writes here reads only: the request that is repeated is the one that the admin named.
        let (at_once, later) = tokio::join!(twice(30, true), twice(400, true));
        let steady = at_once.second.is_some() && later.second.is_some();
        for kept in [at_once, later] {
            self.tell_kept(&kept);
        }
        if steady && self.direct.as_ref().is_some_and(Direct::answered) && self.may_race().await {
            let watched = net::use_twice(guard, &request, watch, false).await;
            self.tell_kept(&watched);
        }
    }

    /// Whether the failures could be those of a kept connection, so that the long watch is worth its time: some requests
    /// are answered, or the log tells of a connection that broke, or no log tells anything.
    async fn may_race(&self) -> bool {
        let broke = [Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed];
        let kind = self.scene.gateway.as_ref().map(|gateway| gateway.kind);
        let vague = matches!(kind, Some(GatewayKind::Envoy | GatewayKind::Varnish));
        for _ in 0..LOG_LOOKS {
            let facts = self.work.sheet.facts();
            // A connection that broke is a 502 of the gateway's own, with Envoy and Varnish a 503.
            let broken = |status: Option<u16>| status.is_none_or(|status| status == 502 || (status == 503 && vague));
            if !facts.attempts().any(|(_, a)| a.failed() && broken(a.status)) || self.status() == Some(502) {
                return false;
            }
            let own = facts.log_lines().any(|(_, line)| line.joined == Joined::Own && broke.contains(&line.meaning));
            if own || facts.attempts().any(|(_, attempt)| attempt.succeeded()) {
                return true;
            }
            tokio::time::sleep(LOG_PAUSE).await;
        }
        self.work.sheet.facts().logs_read().next().is_none()
    }

    fn tell_kept(&self, kept: &net::Kept) {
        if kept.first.is_none() {
            return;
        }
        let fact = KeptConnection {
            target: self.spot.key.clone(),
            first: kept.first,
            kept: kept.kept,
            idle_ms: millis(kept.idle),
            closed_idle: kept.closed_idle,
            second: kept.second,
            failure: kept.second_failure.as_ref().map(failure),
            promised_ms: kept.promised.map(millis),
        };
        self.desk.measured(format!("{} directly, one connection twice", self.spot.key), FactKind::KeptConnection(fact));
    }

    /// The same request with another Host, or with the path as the visitor typed it; only where the gateway's own is
    /// not answered well.
    async fn other_requests(&self) {
        if self.status().is_some_and(|status| status < 400)
            || !matches!(self.work.request.method.as_str(), "GET" | "HEAD")
        {
            return;
        }
        let sent = host_for(self.scene, self.spot);
        let mut tried: Vec<String> = Vec::new();
        for host in self.hosts() {
            if sent.as_deref().is_none_or(|sent| !sent.eq_ignore_ascii_case(&host))
                && tried.len() < MAX_HOSTS
                && !tried.contains(&host)
            {
                tried.push(host);
            }
        }
        for host in tried {
            let mut request = self.request();
            request.host = Some(host.clone());
            self.vary(request, Changed::Host, host).await;
        }
        let path = self.scene.url.path();
        if url_for(self.scene, self.spot).path() != path {
            let mut url = other_url(self.scene, self.spot);
            url.set_path(path);
            url.set_query(self.scene.url.query());
            let request = net::Request { url, ..self.request() };
            self.vary(request, Changed::Path, path.to_owned()).await;
        }
    }

    /// Hosts that could be meant: the visitor's, the names of the server block, the member's own.
    fn hosts(&self) -> Vec<String> {
        let asked = self.work.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        let visitor = asked.map(|(_, value)| value.clone()).or_else(|| self.scene.url.host_str().map(str::to_owned));
        let names = self.scene.route.as_ref().map_or(&[][..], |route| &route.server.names);
        let plain = |name: &&String| {
            name.contains('.') && !name.contains(['*', '~', '^', '$', '_', '\\']) && !name.starts_with('.')
        };
        visitor.into_iter().chain(names.iter().filter(plain).cloned()).chain(self.spot.name.clone()).collect()
    }

    async fn vary(&self, request: net::Request, changed: Changed, to: String) {
        let done = net::exchange(guard_of(self.work, Some(self.scene)), &request).await;
        let (status, fault) = match &done.result {
            Ok(answer) => (Some(answer.status), super::super::body_failure(answer.end)),
            Err(fault) => (None, Some(failure(fault))),
        };
        let fact = Variation { target: self.spot.key.clone(), changed, to, status, failure: fault, grpc_status: None };
        self.desk.measured(format!("{} directly", self.spot.key), FactKind::Variation(fact));
    }

    /// The same request in HTTP/2, as a gRPC client sends it.
    async fn as_http2(&self) {
        let mut request = self.request();
        request.limits.first_byte = Duration::from_secs(2);
        let done = net::ask_http2(guard_of(self.work, Some(self.scene)), &request).await;
        let (status, fault) = match &done.exchange.result {
            Ok(answer) => (Some(answer.status), super::super::body_failure(answer.end)),
            Err(fault) => (None, Some(failure(fault))),
        };
        let reason = done.reason.filter(|_| fault.is_some());
        let fact = Variation {
            target: self.spot.key.clone(),
            changed: Changed::Http2,
            to: reason.map(|reason| format!("(error {reason})")).unwrap_or_default(),
            status,
            failure: fault,
            grpc_status: done.grpc_status,
        };
        self.desk.measured(format!("{} directly, in HTTP/2", self.spot.key), FactKind::Variation(fact));
    }
}
