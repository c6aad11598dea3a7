//! What kind of monitor a URL means, and the keys that each kind has besides the common ones.

use super::reader::{Context, Section};
use super::source::Expanded;
use super::text;
use crate::dns::{QueryName, Record};
use crate::net;
use crate::netguard::{Netguard, Place};
use crate::probe::{Family, HttpAsk, PushToken, Question, Target, Version, heartbeat};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::{Host, Url};

/// The most redirects that a monitor may follow.
const MAX_REDIRECTS: u8 = 10;
/// The longest body that a monitor may send.
const MAX_BODY: usize = 64 * 1024;
/// How much later a job may tell where nothing is configured.
const DEFAULT_GRACE: Duration = Duration::from_mins(1);
/// The port of the echo service, in place of the one that ICMP does not have.
const ECHO_PORT: u16 = 7;
/// Keys that only some kinds have.
const SPECIAL: [&str; 12] = [
    "method",
    "headers",
    "body",
    "auth",
    "ip",
    "resolver",
    "redirects",
    "http",
    "proxy",
    "proxy_auth",
    "token",
    "grace",
];
/// How many of them, from the first, a web monitor has; the others are a heartbeat's.
const OF_WEB: usize = 10;
/// What a proxy decides itself, or what there is no way to say to it.
const NOT_BY_PROXY: [&str; 5] = ["ip", "resolver", "redirects", "http", "direct"];

/// How a monitor comes to its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// It is probed.
    Probe(Target),
    /// A job tells by itself.
    Heartbeat {
        /// What its push URL ends in.
        token: PushToken,
        /// How much later it may tell.
        grace: Duration,
    },
}

/// What a URL means, before the other keys are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Http(Url),
    WebSocket(Url),
    Tcp(Url),
    Tls(Url),
    Ping(Url),
    Dns(Question),
    Grpc(Url),
    Heartbeat,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "http",
            Self::WebSocket(_) => "ws",
            Self::Tcp(_) => "tcp",
            Self::Tls(_) => "tls",
            Self::Ping(_) => "icmp",
            Self::Dns(_) => "dns",
            Self::Grpc(_) => "grpc",
            Self::Heartbeat => "heartbeat",
        })
    }
}

impl Kind {
    /// Whether TLS is spoken.
    pub(super) fn has_tls(&self) -> bool {
        matches!(self, Self::Http(url) | Self::WebSocket(url) | Self::Tls(url) | Self::Grpc(url) if url.scheme() == "https")
    }

    /// As it is asked where no other key says more; `None` for a heartbeat, which needs its token.
    pub(super) fn plain(self) -> Option<Asks> {
        Some(Asks::Probe(match self {
            Self::Http(url) => Target::get(url),
            Self::WebSocket(url) => Target::WebSocket(Box::new(HttpAsk::get(url))),
            Self::Tcp(url) => Target::Tcp(url),
            Self::Tls(url) => Target::Tls(url),
            Self::Ping(url) => Target::Ping(url),
            Self::Dns(question) => Target::Dns(question),
            Self::Grpc(url) => Target::Grpc(Box::new(HttpAsk::get(url))),
            Self::Heartbeat => return None,
        }))
    }
}

/// Reads a URL. Naming a place in the file is leave to ask it; what stays refused is refused for ever.
pub(super) fn of_url(text: &str, guard: &Netguard) -> Result<Kind, String> {
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => web(text, guard).map(Kind::Http),
        "ws" => web(&format!("http:{rest}"), guard).map(Kind::WebSocket),
        "wss" => web(&format!("https:{rest}"), guard).map(Kind::WebSocket),
        "tcp" => {
            let url = bare(text, rest, "http", guard)?;
            if has_port(rest) {
                Ok(Kind::Tcp(url))
            } else {
                Err(format!("`{text}` has no port; write `tcp://host:22`"))
            }
        }
        "tls" => bare(text, rest, "https", guard).map(Kind::Tls),
        "dns" => question(text, rest, guard).map(Kind::Dns),
        "heartbeat" if rest.is_empty() => Ok(Kind::Heartbeat),
        "heartbeat" => Err("write `heartbeat:` alone; what its push URL ends in is the key `token`".to_owned()),
        "grpc" => health(text, rest, "http", guard).map(Kind::Grpc),
        "grpcs" => health(text, rest, "https", guard).map(Kind::Grpc),
        "icmp" => echo(text, rest, guard).map(Kind::Ping),
        _ => {
            let hint = "write the whole URL, such as `https://shop.example.com/`";
            Err(format!("`{text}` does not begin with `https://`, `http://` or another known kind; {hint}"))
        }
    }
}

/// A web URL that the network policy lets be named here.
pub(super) fn web(text: &str, guard: &Netguard) -> Result<Url, String> {
    let hint = "write the whole URL, such as `https://shop.example.com/`";
    if !text.to_ascii_lowercase().starts_with("http") {
        return Err(format!("`{text}` does not begin with `https://` or `http://`; {hint}"));
    }
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL ({error}); {hint}"))?;
    let guard = guard.with_leave(Place::of(&url));
    let url = guard.check_url(text).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        _ => None,
    };
    if let Some(address) = address {
        let port = url.port_or_known_default().unwrap_or(0);
        guard.vet(SocketAddr::new(address, port), None).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    }
    Ok(url)
}

/// Host and port alone, judged as those of a web URL are.
fn bare(text: &str, rest: &str, stand_in: &str, guard: &Netguard) -> Result<Url, String> {
    let place = rest.strip_prefix("//").map(|place| place.strip_suffix('/').unwrap_or(place));
    match place.filter(|place| !place.is_empty() && !place.contains(['/', '?', '#'])) {
        Some(place) => web(&format!("{stand_in}://{place}/"), guard)
            .map_err(|problem| problem.replace(&format!("`{stand_in}://{place}/`"), &format!("`{text}`"))),
        None => Err(format!("`{text}` is not a host with a port; write such as `tcp://db.example.com:5432`")),
    }
}

/// Whether a place says its port.
fn has_port(rest: &str) -> bool {
    rest.rsplit(':').next().is_some_and(|port| port.trim_end_matches('/').parse::<u16>().is_ok())
}

/// `icmp://HOST`. The protocol has no ports; leave is given for that of the echo service.
fn echo(text: &str, rest: &str, guard: &Netguard) -> Result<Url, String> {
    if has_port(rest) && !rest.ends_with(']') {
        return Err(format!("`{text}` has a port, and echo requests have none; write `icmp://host`"));
    }
    let mut url = bare(text, rest, "http", guard)?;
    url.set_port(Some(ECHO_PORT)).map_err(|()| format!("`{text}` is not a host; write `icmp://host`"))?;
    Ok(url)
}

/// `grpc://HOST:PORT/SERVICE`: whose health is asked for, of the whole server without a service.
fn health(text: &str, rest: &str, stand_in: &str, guard: &Netguard) -> Result<Url, String> {
    let (place, service) = rest
        .strip_prefix("//")
        .and_then(|rest| rest.split_once('/'))
        .map_or((rest, ""), |(p, s)| (&rest[..p.len() + 2], s));
    let mut url = bare(text, place, stand_in, guard)?;
    if stand_in == "http" && !has_port(place) {
        return Err(format!("`{text}` has no port; write `grpc://host:50051`"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    if service.len() > net::MOST_SERVICE || !service.bytes().all(plain) || service.contains("//") {
        return Err(format!("`{service}` is not the name of a gRPC service; write such as `shop.v1.Orders`"));
    }
    url.set_path(service);
    Ok(url)
}

/// `dns:NAME?type=A`, or `dns://SERVER/NAME?type=A`, as RFC 4501 has it; the server is an address.
fn question(text: &str, rest: &str, guard: &Netguard) -> Result<Question, String> {
    let hint = || {
        format!(
            "`{text}` is not a question to a name server; write `dns:example.com?type=MX` or `dns://10.0.0.53/example.com`"
        )
    };
    let (server, rest) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (server, rest) = rest.split_once('/').ok_or_else(hint)?;
            (Some(self::server(server, guard)?), rest)
        }
        None => (None, rest),
    };
    let (name, query) = rest.split_once('?').map_or((rest, None), |(name, query)| (name, Some(query)));
    let name: QueryName = name.parse().map_err(|error| format!("`{text}`: {error}"))?;
    let record = match query {
        None => Record::A,
        Some(query) => {
            let wanted = query.strip_prefix("type=").ok_or_else(hint)?;
            let known: Vec<&str> = Record::ALL.iter().map(|record| record.name()).collect();
            let found = Record::ALL.iter().find(|record| record.name().eq_ignore_ascii_case(wanted));
            *found.ok_or_else(|| {
                format!("`{wanted}` is not a kind of record that is asked; known: {}", known.join(", "))
            })?
        }
    };
    Ok(Question { name, record, server })
}

/// A name server's address, with its port if that is not 53.
fn server(text: &str, guard: &Netguard) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)).or_else(|_| text.parse::<SocketAddr>());
    let address = address.map_err(|_| format!("`{text}` is not the address of a name server; write `10.0.0.53`"))?;
    let place = Place { host: address.ip().to_string(), port: address.port() };
    let vetted = guard.with_leave([place]).vet_name_server(address);
    vetted.map(|_| address).map_err(|refusal| format!("`{text}`: {refusal}"))
}

/// Reads the keys of this kind and refuses those of others.
pub(super) fn read(section: &mut Section<'_, '_>, kind: &Kind, guard: &Netguard, cx: &mut Context<'_>) -> Option<Asks> {
    let own: &[&str] = match kind {
        Kind::Http(_) => &SPECIAL[..OF_WEB],
        Kind::WebSocket(_) | Kind::Grpc(_) => &["headers", "auth", "ip", "resolver"],
        Kind::Heartbeat => &SPECIAL[OF_WEB..],
        Kind::Tcp(_) | Kind::Tls(_) | Kind::Ping(_) | Kind::Dns(_) => &[],
    };
    for key in SPECIAL.iter().filter(|key| !own.contains(key)) {
        section.refuse(key, &format!("is no key of a monitor of the kind `{kind}`"), cx);
    }
    match kind {
        Kind::Http(url) => Some(Asks::Probe(Target::Http(Box::new(read_ask(section, url, true, guard, cx))))),
        Kind::WebSocket(url) => {
            Some(Asks::Probe(Target::WebSocket(Box::new(read_ask(section, url, false, guard, cx)))))
        }
        Kind::Grpc(url) => Some(Asks::Probe(Target::Grpc(Box::new(read_ask(section, url, false, guard, cx))))),
        Kind::Heartbeat => read_heartbeat(section, cx),
        Kind::Tcp(_) | Kind::Tls(_) | Kind::Ping(_) | Kind::Dns(_) => kind.clone().plain(),
    }
}

/// Reads nothing, where the URL already is a problem.
pub(super) fn skip(section: &mut Section<'_, '_>) {
    for key in SPECIAL {
        section.pass(key);
    }
}

fn read_ask(section: &mut Section<'_, '_>, url: &Url, whole: bool, guard: &Netguard, cx: &mut Context<'_>) -> HttpAsk {
    let mut ask = HttpAsk::get(url.clone());
    if whole {
        ask.proxy = read_proxy(section, guard, cx);
        let method = section.parsed("method", cx, |text, _| {
            let plain = !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            if plain { Ok(text.to_owned()) } else { Err(format!("`{text}` is not a method; write `POST`")) }
        });
        ask.method = method.unwrap_or(ask.method);
        let body = section.parsed("body", cx, |text, _| match text.len() {
            0..=MAX_BODY => Ok(Bytes::copy_from_slice(text.as_bytes())),
            _ => Err(format!("has over {MAX_BODY} bytes")),
        });
        ask.body = body.unwrap_or_default();
        ask.redirects = section.number("redirects", 0..=MAX_REDIRECTS, cx).unwrap_or(0);
        let version = section.parsed("http", cx, |text, _| match text {
            "1.1" => Ok(Version::One),
            "2" => Ok(Version::Two),
            "auto" if url.scheme() == "https" => Ok(Version::Either),
            "auto" => Err("`auto` needs https: in plain nothing is negotiated; write `1.1` or `2`".to_owned()),
            _ => Err(format!("`{text}` is not known; write `1.1`, `2` or `auto`")),
        });
        ask.version = version.unwrap_or_default();
    }
    let headers_at = section.span_of("headers");
    ask.headers = section.pairs("headers", cx);
    ask.authorization = section.table("auth", cx).and_then(|auth| read_auth(auth, cx));
    ask.family = section.parsed("ip", cx, |text, _| match text {
        "ipv4" => Ok(Family::V4),
        "ipv6" => Ok(Family::V6),
        _ => Err(format!("`{text}` is not known; write `ipv4` or `ipv6`")),
    });
    ask.resolver = section.parsed("resolver", cx, |text, _| server(text, guard));
    let request = net::Request { headers: ask.headers.clone(), ..net::Request::get(url.clone()) };
    if let (Err(problem), Some(span)) = (request.check(), headers_at) {
        cx.problem(&span, format!("headers: {problem}"));
    }
    if ask.authorization.is_some() && ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        cx.problem(&section.span_of("auth").unwrap_or(0..0), "auth: `headers` has an Authorization already; keep one");
    }
    ask
}

/// The proxy by which a monitor is asked, and what it is told of us.
fn read_proxy(section: &mut Section<'_, '_>, guard: &Netguard, cx: &mut Context<'_>) -> Option<Box<net::Proxy>> {
    let url = section.parsed("proxy", cx, |text, _| {
        let url = web(text, guard)?;
        let plain = url.scheme() == "http" && url.path() == "/" && url.query().is_none();
        if plain { Ok(url) } else { Err(format!("`{text}` is not a proxy; write `http://proxy.example.com:3128`")) }
    });
    let proxy_at = section.span_of("proxy");
    let auth_at = section.span_of("proxy_auth");
    let authorization = section.table("proxy_auth", cx).and_then(|auth| read_auth(auth, cx));
    if let (None, Some(span)) = (&proxy_at, auth_at) {
        cx.problem(&span, "proxy_auth: there is no `proxy` to send it to");
    }
    if let Some(key) = NOT_BY_PROXY.iter().find(|key| proxy_at.is_some() && section.span_of(key).is_some()) {
        let span = section.span_of(key).unwrap_or(0..0);
        cx.problem(&span, format!("{key}: cannot be had together with `proxy`; leave one of the two out"));
    }
    url.map(|url| Box::new(net::Proxy { url, authorization }))
}

/// `{ user = "…", password = "…" }` or `{ bearer = "…" }`, as the value of `Authorization`.
fn read_auth(mut auth: Section<'_, '_>, cx: &mut Context<'_>) -> Option<String> {
    let plain = |text: &str, _: &Expanded| {
        let bad = text.is_empty() || text.chars().any(char::is_control);
        if bad { Err("is empty or holds a control character".to_owned()) } else { Ok(text.to_owned()) }
    };
    let (user, password) = (auth.parsed("user", cx, plain), auth.parsed("password", cx, plain));
    let bearer = auth.parsed("bearer", cx, |text, expanded| {
        let token = plain(text, expanded)?;
        if token.contains(' ') || !token.is_ascii() { Err("a token has no spaces".to_owned()) } else { Ok(token) }
    });
    let span = auth.span.clone();
    let mixed = [auth.span_of("user"), auth.span_of("password")].map(|span| span.is_some());
    let has_bearer = auth.span_of("bearer").is_some();
    auth.finish(cx);
    match (mixed, has_bearer) {
        ([true, true], false) => {
            let (user, password) = (user?, password?);
            if user.contains(':') {
                cx.problem(&span, "auth: the user's name holds a colon, which Basic authentication cannot carry");
                return None;
            }
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        }
        ([false, false], true) => Some(format!("Bearer {}", bearer?)),
        _ => {
            cx.problem(&span, "auth: write `{ user = \"…\", password = \"…\" }` or `{ bearer = \"…\" }`");
            None
        }
    }
}

fn read_heartbeat(section: &mut Section<'_, '_>, cx: &mut Context<'_>) -> Option<Asks> {
    section.missing("interval", "\"24h\"", cx);
    section.missing("token", "\"${BACKUP_TOKEN}\"", cx);
    let token = section.parsed("token", cx, |text, _| {
        let (least, most) = (heartbeat::LEAST_TOKEN, heartbeat::MOST_TOKEN);
        if PushToken::is_well_formed(text) {
            Ok(PushToken::of(text))
        } else {
            // The text is a secret also where it stands in the file itself.
            Err(format!("a token has {least} to {most} letters, digits, `-` and `_`; `openssl rand -hex 20` makes one"))
        }
    });
    let grace = section.parsed("grace", cx, |text, _| text::long_duration(text));
    Some(Asks::Heartbeat { token: token?, grace: grace.unwrap_or(DEFAULT_GRACE) })
}
