//! The gateway's own health checks, made again beside the user's request.

mod planned;

use super::super::{Work, guard_of};
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::Desk;
use crate::diagnose::steps::logs::servers_of;
use crate::gateways::MemberAddress;
use crate::gateways::haproxy::{CheckAsks, HttpCheck, Proxy, ServerLine};
use crate::net::{self, Limits, Sni, TlsVerify};
use app::model::fact::asked::{CheckReplay, During, Failure};
use app::model::{FactKind, FaultKind};
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No check is waited for longer.
const LONGEST: Duration = Duration::from_secs(3);
/// Checks that are made again.
const MAX_CHECKS: usize = 8;
/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 64 * 1024;

/// Makes the checks of the route's servers again.
pub(super) async fn checks(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let Some(detail) = crate::diagnose::steps::haproxy::detail(scene) else {
        return planned::checks(work, scene, desk).await;
    };
    let Some(backend) = &detail.backend else { return };
    let places = servers_of(scene);
    let servers = backend.servers();
    let checked = servers.iter().filter(|server| server.check.on && !server.disabled && server.track.is_none());
    let replays = checked.take(MAX_CHECKS).map(|server| {
        let target = places.get(&format!("{}/{}", backend.section.name, server.name)).cloned();
        one(work, scene, backend, server, target)
    });
    for fact in futures_util::future::join_all(replays).await.into_iter().flatten() {
        desk.measured(fact.address.clone(), FactKind::CheckReplay(fact));
    }
}

async fn one(
    work: &Work,
    scene: &Arc<Scene>,
    backend: &Proxy<'_>,
    server: &ServerLine,
    target: Option<String>,
) -> Option<CheckReplay> {
    let plan = backend.check_plan();
    let limit = backend.timeout("check").map_or(server.check.inter, |set| set.value);
    let socket = socket(work, scene, server, &plan.asks, target.as_deref()?).await?;
    let place = plan.place.clone().unwrap_or_else(|| server.place.clone()).to_string();
    let mut fact = CheckReplay { target: target?, address: shown(&socket), place, ..CheckReplay::default() };
    let moved = server.check.port.is_some() || server.check.address.is_some();
    let connect = match &plan.asks {
        CheckAsks::Http(check) => check.connect.clone(),
        _ => None,
    };
    let tls = match (&connect, server.check.tls) {
        (Some(connect), _) => connect.tls,
        (None, Some(tls)) => tls,
        (None, None) => server.tls && !moved,
    };
    let header =
        connect.as_ref().map_or(server.check.send_proxy || (server.send_proxy.is_some() && !moved), |c| c.send_proxy);
    let trial = Trial {
        work,
        scene,
        socket,
        tls,
        header,
        limit: limit.min(LONGEST).min(work.left()),
        sni: server.check.sni.clone(),
    };
    match &plan.asks {
        CheckAsks::Other(_) => return None,
        CheckAsks::Connection | CheckAsks::TlsHello => {
            "a connection".clone_into(&mut fact.asked);
            "it to be accepted".clone_into(&mut fact.wants);
            let result = trial.connect(tls || plan.asks == CheckAsks::TlsHello).await;
            fact.passes = Some(result.is_ok());
            fact.failure = result.err();
        }
        CheckAsks::Http(check) => {
            fact.asked = format!("{} {}", check.method, check.uri);
            fact.wants = check.expect.to_string();
            match trial.ask(check).await {
                Ok((status, body)) => {
                    fact.status = Some(status);
                    fact.passes = check.expect.holds(status, &body);
                }
                Err(failure) => {
                    // Where HAProxy would wait longer than this run did, it may still pass.
                    fact.passes = (failure.kind != FaultKind::ReadTimeout || limit <= LONGEST).then_some(false);
                    fact.failure = Some(failure);
                }
            }
        }
    }
    Some(fact)
}

/// Where a check goes: the server itself, or the address and port that the configuration gives to checks.
async fn socket(
    work: &Work,
    scene: &Arc<Scene>,
    server: &ServerLine,
    asks: &CheckAsks,
    target: &str,
) -> Option<Socket> {
    let port = match asks {
        CheckAsks::Http(HttpCheck { connect: Some(connect), .. }) => connect.port,
        _ => None,
    };
    let usual = scene.targets.iter().find(|spot| spot.key == target).map(|spot| spot.socket.clone());
    if server.check.port.is_none() && server.check.address.is_none() {
        return match (usual?, port) {
            (Socket::Tcp(address), Some(port)) => Some(Socket::Tcp(SocketAddr::new(address.ip(), port))),
            (socket, _) => Some(socket),
        };
    }
    match server.check_address()? {
        MemberAddress::Unix(path) => Some(Socket::Unix(path)),
        MemberAddress::Host { host, port: own } => {
            let port = port.unwrap_or(own);
            if let (None, Some(Socket::Tcp(address))) = (&server.check.address, &usual) {
                return Some(Socket::Tcp(SocketAddr::new(address.ip(), port)));
            }
            let found = guard_of(work, Some(scene)).resolve(&host, port, Duration::from_secs(1)).await.ok()?;
            found.first().map(|vetted| Socket::Tcp(vetted.address()))
        }
    }
}

fn shown(socket: &Socket) -> String {
    match socket {
        Socket::Tcp(address) => address.to_string(),
        Socket::Unix(path) => format!("unix:{}", path.display()),
    }
}

struct Trial<'a> {
    work: &'a Work,
    scene: &'a Arc<Scene>,
    socket: Socket,
    tls: bool,
    header: bool,
    limit: Duration,
    sni: Option<String>,
}

impl Trial<'_> {
    /// Whether a connection stands, its TLS included.
    async fn connect(&self, tls: bool) -> Result<(), Failure> {
        if tls {
            return self.over_tls("GET", "/", &[]).await.map(|_| ());
        }
        let guard = guard_of(self.work, Some(self.scene));
        let result = match &self.socket {
            Socket::Unix(path) => guard.connect_unix(path, self.limit).await.map(|_| ()),
            Socket::Tcp(address) => match guard.vet(*address, None) {
                Ok(vetted) => guard.connect(&vetted, self.limit).await.map(|_| ()),
                Err(refusal) => Err(Error::new(ErrorKind::PermissionDenied, refusal.to_string())),
            },
        };
        result.map_err(|error| failure(&error, During::Connect))
    }

    /// Asks as HAProxy does, byte for byte: no header that it does not send.
    async fn ask(&self, check: &HttpCheck) -> Result<(u16, Vec<u8>), Failure> {
        if self.tls {
            return self.over_tls(&check.method, &check.uri, &check.headers).await;
        }
        let mut text = if self.header { "PROXY UNKNOWN\r\n".to_owned() } else { String::new() };
        text.push_str(&format!("{} {} {}\r\n", check.method, check.uri, check.version));
        for (name, value) in &check.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let guard = guard_of(self.work, Some(self.scene));
        let connected = |error: Error| failure(&error, During::Connect);
        let talking = async {
            match &self.socket {
                Socket::Unix(path) => {
                    talk(guard.connect_unix(path, self.limit).await.map_err(connected)?, text.as_bytes()).await
                }
                Socket::Tcp(address) => {
                    let vetted = guard
                        .vet(*address, None)
                        .map_err(|refusal| connected(Error::new(ErrorKind::PermissionDenied, refusal.to_string())))?;
                    talk(guard.connect(&vetted, self.limit).await.map_err(connected)?, text.as_bytes()).await
                }
            }
        };
        let late = || failure(&Error::from(ErrorKind::TimedOut), During::Wait);
        tokio::time::timeout(self.limit, talking).await.unwrap_or_else(|_| Err(late()))
    }

    async fn over_tls(&self, method: &str, uri: &str, headers: &[(String, String)]) -> Result<(u16, Vec<u8>), Failure> {
        let (target, authority) = match &self.socket {
            Socket::Tcp(address) => (net::Target::Address(*address), address.to_string()),
            Socket::Unix(path) => (net::Target::Unix(path.clone()), "localhost".to_owned()),
        };
        let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.clone());
        let url = url::Url::parse(&format!("https://{authority}{uri}"));
        let url = url.map_err(|_| failure(&Error::from(ErrorKind::InvalidInput), During::Send))?;
        let request = net::Request {
            method: method.to_owned(),
            target,
            host,
            preface: if self.header { b"PROXY UNKNOWN\r\n" } else { b"" },
            sni: self.sni.clone().map_or(Sni::None, Sni::Name),
            tls: TlsVerify::ReadOnly,
            limits: Limits { connect: self.limit, first_byte: self.limit, total: self.limit, ..Limits::default() },
            keep_body: 4096,
            ..net::Request::get(url)
        };
        let done = net::exchange(guard_of(self.work, Some(self.scene)), &request).await;
        done.result.map(|answer| (answer.status, answer.body.to_vec())).map_err(|fault| super::super::failure(&fault))
    }
}

/// Sends and reads until the peer closes or enough came.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, request: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
    stream.write_all(request).await.map_err(|error| failure(&error, During::Send))?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece).await {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&piece[..length]),
            Err(_) if !answer.is_empty() => break,
            Err(error) => return Err(failure(&error, During::Wait)),
        }
        let whole = memchr::memmem::find(&answer, b"\r\n\r\n").is_some_and(|end| body_is_whole(&answer, end + 4));
        if whole || answer.len() > MAX_ANSWER {
            break;
        }
    }
    let status = status(&answer);
    let closed = Failure {
        kind: if answer.is_empty() { FaultKind::ClosedEarly } else { FaultKind::BadHttp },
        during: if answer.is_empty() { During::Wait } else { During::Head },
        errno: None,
        detail: String::new(),
    };
    status.map(|status| (status, answer)).ok_or(closed)
}

/// Whether everything that the head announces is there.
fn body_is_whole(answer: &[u8], from: usize) -> bool {
    let head = String::from_utf8_lossy(&answer[..from]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= from + length)
}

/// The status of an answer that begins as HTTP does.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\n').next()?;
    let mut words = str::from_utf8(line).ok()?.trim_end().split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok().filter(|status| (100..600).contains(status))
}

fn failure(error: &Error, during: During) -> Failure {
    let kind = match error.kind() {
        ErrorKind::ConnectionRefused => FaultKind::Refused,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => FaultKind::Reset,
        ErrorKind::TimedOut if during == During::Connect => FaultKind::ConnectTimeout,
        ErrorKind::TimedOut => FaultKind::ReadTimeout,
        ErrorKind::PermissionDenied => FaultKind::Blocked,
        _ => FaultKind::Internal,
    };
    Failure { kind, during, errno: error.raw_os_error(), detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_what_is_http() {
        assert_eq!(status(b"HTTP/1.0 404 Not Found\r\n\r\n"), Some(404));
        for other in [&b"SSH-2.0-x\r\n"[..], b"", b"HTTP/1.1 ok", b"HTTP/1.1 999 x"] {
            assert_eq!(status(other), None);
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert!(
            body_is_whole(answer, answer.len() - 2) && !body_is_whole(&answer[..answer.len() - 1], answer.len() - 2)
        );
    }
}
