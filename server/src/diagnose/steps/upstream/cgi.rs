//! Requests straight to members that speak FastCGI, uwsgi or SCGI, with the gateway's own variables where known.

use crate::diagnose::scene::{Scene, Spot};
use crate::gateways::Protocol;
use crate::net::cgi::{Cgi, Param};
use crate::net::{Exchange, Request};
use crate::netguard::Netguard;

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
