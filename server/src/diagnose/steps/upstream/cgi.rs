//! Requests straight to members that speak FastCGI, uwsgi or SCGI, with the gateway's own variables where known.

use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::gateways::Protocol;
use crate::net::cgi::{Cgi, Param};
use crate::net::{self, Exchange, Limits, Request};
use crate::netguard::Netguard;
use app::model::fact::application::PoolStatus;
use std::time::Duration;

/// How long a status page may take; it needs a free worker.
const STATUS_TIME: Duration = Duration::from_millis(700);

/// Which of the protocols of CGI it is, if any.
pub(super) const fn spoken(protocol: Protocol) -> Option<Cgi> {
    match protocol {
        Protocol::Fastcgi => Some(Cgi::Fastcgi),
        Protocol::Uwsgi => Some(Cgi::Uwsgi),
        Protocol::Scgi => Some(Cgi::Scgi),
        _ => None,
    }
}

/// Asks a member; `same` with the gateway's own variables, else for something that no script is needed for.
pub(super) async fn ask(
    guard: &Netguard,
    scene: &Scene,
    spot: &Spot,
    cgi: Cgi,
    request: &Request,
    same: bool,
) -> Exchange {
    let (exchange, _) = crate::net::cgi::ask(guard, request, cgi, &params(scene, spot, request, same)).await;
    exchange
}

/// What a php-fpm pool's own status page says; `None` where it has none, or no worker to answer with.
pub(super) async fn status(guard: &Netguard, spot: &Spot, path: &str) -> Option<PoolStatus> {
    let target = match &spot.socket {
        Socket::Tcp(address) => net::Target::Address(*address),
        Socket::Unix(path) => net::Target::Unix(path.clone()),
    };
    let limits = Limits { connect: STATUS_TIME, first_byte: STATUS_TIME, total: STATUS_TIME, ..Limits::default() };
    let request = Request { target, limits, keep_body: 4096, ..Request::get("http://localhost/".parse().ok()?) };
    let params: Vec<Param> = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", path),
        ("SCRIPT_FILENAME", path),
        ("QUERY_STRING", "json"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let (exchange, _) = net::cgi::ask(guard, &request, Cgi::Fastcgi, &params).await;
    let answer = exchange.result.ok().filter(|answer| answer.status == 200)?;
    pool_status(&answer.body, &spot.key)
}

/// The status page in JSON.
fn pool_status(body: &[u8], target: &str) -> Option<PoolStatus> {
    let page: serde_json::Value = serde_json::from_slice(body).ok()?;
    let number = |name: &str| page[name].as_u64();
    let text = |name: &str| page[name].as_str().unwrap_or_default().chars().take(80).collect();
    Some(PoolStatus {
        target: target.to_owned(),
        pool: text("pool"),
        manager: text("process manager"),
        queue: number("listen queue")?,
        queue_most: number("max listen queue").unwrap_or_default(),
        idle: number("idle processes")?,
        active: number("active processes")?,
        limit_reached: number("max children reached").unwrap_or_default(),
        slow: number("slow requests").unwrap_or_default(),
    })
}

/// The request's variables: what the gateway's configuration sets, and what CGI demands where it sets nothing.
fn params(scene: &Scene, spot: &Spot, request: &Request, same: bool) -> Vec<Param> {
    let path = request.url.path().to_owned();
    let host = request.host.clone().unwrap_or_else(|| scene.url.host_str().unwrap_or_default().to_owned());
    let port = scene.url.port_or_known_default().unwrap_or(80).to_string();
    let mut params: Vec<Param> = Vec::new();
    let mut set = |name: &str, value: String| {
        params.retain(|(known, _)| known != name);
        if !value.contains('\0') {
            params.push((name.to_owned(), value));
        }
    };
    for (name, value) in [
        ("QUERY_STRING", request.url.query().unwrap_or_default()),
        ("REQUEST_METHOD", request.method.as_str()),
        ("CONTENT_TYPE", ""),
        ("SCRIPT_FILENAME", path.as_str()),
        ("SCRIPT_NAME", path.as_str()),
        ("PATH_INFO", if spot.protocol == Protocol::Fastcgi { "" } else { path.as_str() }),
        ("REQUEST_URI", path.as_str()),
        ("DOCUMENT_URI", path.as_str()),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("REQUEST_SCHEME", scene.url.scheme()),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_PORT", "0"),
        ("SERVER_ADDR", "127.0.0.1"),
        ("SERVER_PORT", port.as_str()),
        ("SERVER_NAME", scene.url.host_str().unwrap_or_default()),
        ("REDIRECT_STATUS", "200"),
    ] {
        set(name, value.to_owned());
    }
    if same {
        let configured = scene.route.as_ref().map_or(&[][..], |route| &route.settings.set_headers);
        // A value with an unknown variable in it says less than the default.
        for (name, value) in configured.iter().filter(|(name, value)| !name.is_empty() && !value.contains('$')) {
            set(name, value.clone());
        }
        set("REQUEST_METHOD", request.method.clone());
    }
    set("CONTENT_LENGTH", if request.body_size > 0 { request.body_size.to_string() } else { String::new() });
    for (name, value) in &request.headers {
        set(&format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_")), value.clone());
    }
    set("HTTP_HOST", host);
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_page_is_read_and_garbage_is_not() {
        let page = br#"{"pool":"www","process manager":"static","start time":1795359600,"start since":30,"accepted conn":9,"listen queue":2,"max listen queue":3,"listen queue len":128,"idle processes":0,"active processes":2,"total processes":2,"max active processes":2,"max children reached":0,"slow requests":0}"#;
        let status = pool_status(page, "127.0.0.1:9000").expect("it is a page");
        assert_eq!((status.pool.as_str(), status.queue, status.idle, status.active), ("www", 2, 0, 2));
        assert_eq!(pool_status(b"hello", "x"), None);
        assert_eq!(pool_status(b"{\"pool\":\"www\"}", "x"), None);
    }
}
