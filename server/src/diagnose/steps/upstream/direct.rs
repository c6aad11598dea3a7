//! Requests straight to a member, on fresh connections, with the gateway's own Host and SNI.

use super::super::{Work, body_failure, body_hash, failure, fingerprint, guard_of, phase_ms};
use super::{cgi, elsewhere, grpc};
use crate::clock;
use crate::diagnose::scene::{Scene, Socket, Spot, protocol_name, spoken};
use crate::diagnose::sheet::{Desk, millis};
use crate::gateways::{Protocol, Target};
use crate::net::{self, Exchange, Limits, Sni, TlsVerify};
use app::model::fact::asked::{Certificate, Direct, During};
use app::model::{At, FactId, FactKind, FaultKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// A request that has waited this long gets company: another path is asked beside it.
const COMPANY: Duration = Duration::from_millis(700);
/// How much of a body is kept, as in step 1, so that hashes compare.
const KEEP: usize = 16 * 1024;

/// Asks one member; answers what is wrong with it, if anything.
pub(super) async fn ask(work: &Work, scene: &Arc<Scene>, desk: &Desk, spot: &Spot) -> Option<String> {
    if !spot.takes_http1() && !spot.http2 && cgi::spoken(spot.protocol).is_none() {
        desk.skip(
            format!("ask {} directly", spot.key),
            format!("it speaks {}, which is not asked yet", protocol_name(spot.protocol)),
            by_protocol(spot),
        );
        return None;
    }
    let asked = Asked { work, scene, desk, spot, patience: patience(work, scene) };
    let same = asked.one("same", url_for(scene, spot), spot.protocol, asked.patience);
    tokio::pin!(same);
    let direct = tokio::select! {
        direct = &mut same => direct,
        () = tokio::time::sleep(COMPANY) => {
            let mut other = other_url(scene, spot);
            other.set_path(&format!("/gatewatch-{}", work.mark));
            let limit = asked.patience.min(read_timeout(scene).map_or(Duration::from_secs(5), |limit| limit + Duration::from_secs(1)));
            let (direct, _) = tokio::join!(same, asked.one("other", other, spot.protocol, limit.min(Duration::from_secs(10))));
            direct
        }
    };
    tokio::join!(follow_up(&asked, &direct), super::proxy_header::compare(work, scene, desk, spot, &direct));
    let application = scene.applications.get(&spot.key).filter(|application| application.product == "php-fpm");
    if let Some(path) = application.and_then(|application| application.settings.status_path.as_deref())
        && let Some(status) = cgi::status(guard_of(work, Some(scene)), spot, path).await
    {
        desk.measured(format!("{path} of {}", spot.key), FactKind::PoolStatus(status));
    }
    let ill = grpc::health(work, scene, desk, spot, &direct).await;
    direct.failure.as_ref().map(|_| direct.to_string()).or(ill)
}

/// The request that the gateway would send to a member, for a step that sends it in another way.
pub(in crate::diagnose) fn asked_of(work: &Work, scene: &Arc<Scene>, spot: &Spot, patience: Duration) -> net::Request {
    let desk = work.desk(app::model::Step::Upstream);
    let asked = Asked { work, scene, desk: &desk, spot, patience };
    asked.request(url_for(scene, spot), spot.protocol, patience, true)
}

/// What a failure suggests to look at next.
async fn follow_up(asked: &Asked<'_>, direct: &Direct) {
    let Some(failure) = &direct.failure else { return };
    match (failure.kind, failure.during) {
        (FaultKind::Refused, During::Connect) => elsewhere::look(asked.work, asked.scene, asked.desk, asked.spot).await,
        (FaultKind::ClosedEarly | FaultKind::Reset, During::Send | During::Wait | During::Head)
            if asked.spot.protocol == Protocol::Http && !asked.spot.http2 =>
        {
            // Does the port speak TLS? Then plain HTTP is what it closes on.
            let mut url = other_url(asked.scene, asked.spot);
            if url.set_scheme("https").is_err() {
                return;
            }
            asked.one("other", url, Protocol::Https, Duration::from_secs(3)).await;
        }
        _ => {}
    }
}

/// One member and the patience with it.
pub(super) struct Asked<'a> {
    work: &'a Work,
    scene: &'a Arc<Scene>,
    desk: &'a Desk,
    spot: &'a Spot,
    patience: Duration,
}

/// Where a member is, for a request.
pub(super) fn net_target(spot: &Spot) -> net::Target {
    match &spot.socket {
        Socket::Tcp(address) => net::Target::Address(*address),
        Socket::Unix(path) => net::Target::Unix(path.clone()),
    }
}

/// The run's own request, straight to a member as the gateway asks it.
pub(super) fn plain_request(work: &Work, scene: &Arc<Scene>, spot: &Spot, url: Url) -> net::Request {
    let desk = work.desk(app::model::Step::Upstream);
    let protocol = if spot.protocol.is_tls() { Protocol::Https } else { Protocol::Http };
    Asked { work, scene, desk: &desk, spot, patience: patience(work, scene) }.request(
        url,
        protocol,
        Duration::from_secs(3),
        true,
    )
}

impl Asked<'_> {
    /// One request; while it waits, the sheet says so.
    async fn one(&self, path: &str, url: Url, protocol: Protocol, patience: Duration) -> Direct {
        let request = self.request(url, protocol, patience, path == "same");
        let started = Instant::now();
        let mut direct = Direct {
            target: self.spot.key.clone(),
            protocol: spoken(protocol, self.spot.http2).to_owned(),
            path: path.to_owned(),
            open: true,
            patience_ms: millis(patience),
            ..Direct::default()
        };
        let mut fact = None;
        let mut ticks = tokio::time::interval_at(started + Duration::from_millis(1500), Duration::from_secs(1));
        let guard = guard_of(self.work, Some(self.scene));
        let exchange = async {
            let done = match cgi::spoken(protocol) {
                Some(spoken) => cgi::ask(guard, self.scene, self.spot, spoken, &request, path == "same").await,
                None if self.spot.http2 => {
                    let asked = net::ask_http2(guard, &request).await;
                    return (asked.exchange, asked.grpc_status);
                }
                None => net::exchange(guard, &request).await,
            };
            (done, None)
        };
        tokio::pin!(exchange);
        let (done, grpc_status) = loop {
            tokio::select! {
                done = &mut exchange => break done,
                _ = ticks.tick() => {
                    direct.total_ms = millis(started.elapsed());
                    self.tell(&mut fact, &direct);
                }
            }
        };
        if let Some(refusal) = done.result.as_ref().err().and_then(|fault| fault.refusal.as_ref()) {
            let command = refusal.line().unwrap_or_else(|| format!("curl -sS -i '{}'", request.url));
            self.desk.skip(format!("ask {} directly", self.spot.key), refusal.to_string(), command);
            return direct;
        }
        fill(&mut direct, &done);
        direct.grpc_status = grpc_status;
        self.tell(&mut fact, &direct);
        self.certificate(&done);
        direct
    }

    fn request(&self, url: Url, protocol: Protocol, patience: Duration, same: bool) -> net::Request {
        let asked = &self.work.request;
        let mut headers = if same { asked.headers.clone() } else { Vec::new() };
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            headers.push(("User-Agent".to_owned(), format!("gatewatch-probe/{}-d", self.work.mark)));
        }
        let sni = match self.scene.route.as_ref().map(|route| &route.settings.tls) {
            Some(tls) if !tls.sni.value => Sni::None,
            Some(tls) => tls.name.as_ref().map_or(Sni::FromHost, |name| Sni::Name(name.value.clone())),
            None => Sni::FromHost,
        };
        net::Request {
            method: if same { asked.method.clone() } else { "GET".to_owned() },
            headers,
            body_size: if same { asked.body_size } else { 0 },
            target: net_target(self.spot),
            preface: super::proxy_header::preface(self.scene, self.spot),
            host: host_for(self.scene, self.spot),
            sni: if protocol.is_tls() { sni } else { Sni::None },
            tls: TlsVerify::ReadOnly,
            limits: Limits {
                connect: Duration::from_secs(3).min(patience),
                first_byte: patience,
                total: patience,
                head_bytes: 256 * 1024,
                ..Limits::default()
            },
            keep_body: KEEP,
            ..net::Request::get(url)
        }
    }

    fn tell(&self, fact: &mut Option<FactId>, direct: &Direct) {
        let kind = FactKind::Direct(direct.clone());
        match fact {
            Some(id) => self.desk.replace(id, kind),
            None => *fact = Some(self.desk.measured(format!("{} directly", self.spot.key), kind)),
        }
    }

    /// The certificate that a handshake showed, with the gateway's own way to judge it.
    fn certificate(&self, done: &Exchange) {
        let Some(tls) = &done.tls else { return };
        let now = clock::now();
        let settings = self.scene.route.as_ref().map(|route| &route.settings.tls);
        let seconds = |from: At, to: At| to.since(from) / 1000;
        let fact = Certificate {
            target: self.spot.key.clone(),
            subject: tls.subject.clone(),
            issuer: tls.issuer.clone(),
            not_before: clock::rfc3339(tls.not_before),
            not_after: clock::rfc3339(tls.not_after),
            names: tls.names.clone(),
            expired_for_s: seconds(tls.not_after, now),
            valid_in_s: seconds(now, tls.not_before),
            gateway_verifies: settings.filter(|_| self.spot.protocol.is_tls()).map(|tls| tls.verify.value),
            asked_name: settings.and_then(|tls| tls.name.as_ref()).map(|name| name.value.clone()),
            ..Certificate::default()
        };
        self.desk.measured(format!("TLS handshake with {}", self.spot.key), FactKind::Certificate(fact));
    }
}

fn fill(direct: &mut Direct, done: &Exchange) {
    direct.open = false;
    direct.total_ms = millis(done.total);
    direct.first_byte_ms = phase_ms(done.phases.first_byte);
    match &done.result {
        Ok(answer) => {
            direct.status = Some(answer.status);
            direct.head_bytes = answer.head_bytes;
            let longest = answer.headers.iter().map(|(name, value)| name.len() + value.len() + 4).max().unwrap_or(0);
            direct.largest_header_bytes = u64::try_from(longest).unwrap_or(u64::MAX);
            direct.body_hash = body_hash(&answer.body);
            direct.failure = body_failure(answer.end);
            let found = fingerprint::read(answer.status, &answer.headers, &answer.body);
            direct.further_hop = found.page;
            direct.clock_ahead_s = answer.header("date").and_then(clock_ahead);
        }
        Err(fault) => {
            direct.head_bytes = fault.head_bytes;
            direct.failure = Some(failure(fault));
        }
    }
}

/// A `Date` header against our own clock.
fn clock_ahead(date: &str) -> Option<i64> {
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    Some(theirs - clock::now().0 / 1000)
}

/// How long a member may take: longer than the gateway waits, so that slow and stuck can be told apart.
fn patience(work: &Work, scene: &Scene) -> Duration {
    let limit = read_timeout(scene).unwrap_or(Duration::from_secs(10));
    (limit + Duration::from_secs(5))
        .min(work.left().saturating_sub(Duration::from_millis(300)))
        .max(Duration::from_millis(200))
}

fn read_timeout(scene: &Scene) -> Option<Duration> {
    scene.route.as_ref().map(|route| route.settings.timeouts.read.value)
}

/// What the gateway asks a member for: the URL's path, with the prefix replaced where the configuration says so.
pub(super) fn url_for(scene: &Scene, spot: &Spot) -> Url {
    let mut url = other_url(scene, spot);
    let path = scene.url.path();
    let route = scene.route.as_ref();
    let uri = route.and_then(|route| match &route.target {
        Target::Upstream(upstream) => upstream.uri.clone(),
        _ => None,
    });
    let prefix = route.and_then(|route| route.location.clone()).filter(|location| location.starts_with('/'));
    match (uri, prefix) {
        (Some(uri), Some(prefix)) if path.starts_with(&prefix) => {
            url.set_path(&format!("{uri}{}", &path[prefix.len()..]));
        }
        _ => url.set_path(path),
    }
    url.set_query(scene.url.query());
    url
}

/// A member's own address as a URL.
pub(super) fn other_url(scene: &Scene, spot: &Spot) -> Url {
    let scheme = if spot.protocol.is_tls() { "https" } else { "http" };
    let authority = match &spot.socket {
        Socket::Tcp(address) => address.to_string(),
        Socket::Unix(_) => "localhost".to_owned(),
    };
    Url::parse(&format!("{scheme}://{authority}/")).unwrap_or_else(|_| scene.url.clone())
}

/// The Host header that the gateway sends; nginx' own default is the name in `proxy_pass`.
pub(super) fn host_for(scene: &Scene, spot: &Spot) -> Option<String> {
    let written = scene.route.as_ref().and_then(|route| match &route.target {
        Target::Upstream(upstream) => upstream.host.clone(),
        _ => None,
    });
    written.or_else(|| spot.name.clone()).or_else(|| scene.url.host_str().map(str::to_owned))
}

fn by_protocol(spot: &Spot) -> String {
    match (&spot.socket, spot.protocol) {
        (Socket::Tcp(address), Protocol::Fastcgi) => {
            format!("SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET cgi-fcgi -bind -connect {address}")
        }
        (Socket::Unix(path), Protocol::Fastcgi) => {
            format!(
                "SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET cgi-fcgi -bind -connect {}",
                path.display()
            )
        }
        (Socket::Tcp(address), _) => format!("nc -vz -w 3 {} {}", address.ip(), address.port()),
        (Socket::Unix(path), _) => format!("ls -l {}", path.display()),
    }
}
