//! `server`, `server-template` and `default-server` lines.

use super::time::time;
use super::tree::Line;
use crate::gateways::{MemberAddress, Place};
use std::path::PathBuf;
use std::time::Duration;

/// At most so many servers of one template.
const MAX_TEMPLATE: u32 = 256;

/// How the PROXY protocol is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyHeader {
    /// The line of text.
    V1,
    /// The binary one.
    V2,
}

/// Whether a server's state is checked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckSettings {
    /// Whether it is checked at all.
    pub(crate) on: bool,
    /// Between two checks.
    pub(crate) inter: Duration,
    /// Good ones until it is up.
    pub(crate) rise: u32,
    /// Bad ones until it is down.
    pub(crate) fall: u32,
    /// Another address for checks.
    pub(crate) address: Option<String>,
    /// Another port for checks.
    pub(crate) port: Option<u16>,
    /// `Some(false)` for `no-check-ssl`; `None` follows the traffic.
    pub(crate) tls: Option<bool>,
    /// The name that it asks for in the handshake.
    pub(crate) sni: Option<String>,
    /// ALPN of checks.
    pub(crate) alpn: Option<String>,
    /// Protocol of checks.
    pub(crate) proto: Option<String>,
    /// Whether the PROXY protocol is sent with checks to another port.
    pub(crate) send_proxy: bool,
}

/// One server, defaults applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
pub(crate) struct ServerLine {
    /// Its name, as logs write it.
    pub(crate) name: String,
    /// The address as written.
    pub(crate) written: String,
    /// Where it is; `None` where that depends on the client's connection or on the process.
    pub(crate) address: Option<MemberAddress>,
    /// No port is written: the client's own is used, shifted by this.
    pub(crate) client_port: Option<i32>,
    /// Its checks.
    pub(crate) check: CheckSettings,
    /// TLS towards it.
    pub(crate) tls: bool,
    /// `verify none` is `Some(false)`, `verify required` `Some(true)`.
    pub(crate) verify: Option<bool>,
    /// The name that the certificate must have.
    pub(crate) verify_host: Option<String>,
    /// Trusted authorities.
    pub(crate) ca_file: Option<PathBuf>,
    /// A certificate of its own.
    pub(crate) certificate: Option<PathBuf>,
    /// The expression of the name that it asks for.
    pub(crate) sni: Option<String>,
    /// ALPN.
    pub(crate) alpn: Option<String>,
    /// `h1`, `h2`, `fcgi`.
    pub(crate) proto: Option<String>,
    /// Least and greatest versions of TLS.
    pub(crate) tls_versions: (Option<String>, Option<String>),
    /// The PROXY protocol.
    pub(crate) send_proxy: Option<ProxyHeader>,
    /// The most connections at once; 0 means no limit.
    pub(crate) maxconn: u32,
    /// The most requests that wait for it; 0 means no limit.
    pub(crate) maxqueue: u32,
    /// Its share.
    pub(crate) weight: u32,
    /// Used only when all others are out.
    pub(crate) backup: bool,
    /// Taken out by hand.
    pub(crate) disabled: bool,
    /// The `resolvers` section that keeps its name up to date.
    pub(crate) resolvers: Option<String>,
    /// What happens to its name at start (`none`, `last,libc`).
    pub(crate) init_addr: Option<String>,
    /// Whether names become IPv4 or IPv6 addresses first.
    pub(crate) prefer: Option<String>,
    /// The local address that it connects from.
    pub(crate) source: Option<String>,
    /// Another server whose state it takes over.
    pub(crate) track: Option<String>,
    /// A network namespace of its own.
    pub(crate) namespace: Option<String>,
    /// `observe layer7`, `on-error mark-down`: errors of traffic take it out too.
    pub(crate) observes: bool,
    /// Where it stands.
    pub(crate) place: Place,
}

impl ServerLine {
    /// HAProxy's own defaults.
    pub(crate) fn defaults(place: Place) -> Self {
        Self {
            name: String::new(),
            written: String::new(),
            address: None,
            client_port: None,
            check: CheckSettings {
                on: false,
                inter: Duration::from_secs(2),
                rise: 2,
                fall: 3,
                address: None,
                port: None,
                tls: None,
                sni: None,
                alpn: None,
                proto: None,
                send_proxy: false,
            },
            tls: false,
            verify: None,
            verify_host: None,
            ca_file: None,
            certificate: None,
            sni: None,
            alpn: None,
            proto: None,
            tls_versions: (None, None),
            send_proxy: None,
            maxconn: 0,
            maxqueue: 0,
            weight: 1,
            backup: false,
            disabled: false,
            resolvers: None,
            init_addr: None,
            prefer: None,
            source: None,
            track: None,
            namespace: None,
            observes: false,
            place,
        }
    }

    /// The servers of a `server` or `server-template` line.
    pub(crate) fn read(line: &Line, defaults: &Self) -> Vec<Self> {
        let template = line.word(0) == "server-template";
        let mut server = Self { place: line.place.clone(), ..defaults.clone() };
        line.word(1).clone_into(&mut server.name);
        line.word(if template { 3 } else { 2 }).clone_into(&mut server.written);
        let (address, client_port) = address(&server.written);
        (server.address, server.client_port) = (address, client_port);
        server.take(line.from(if template { 4 } else { 3 }));
        if !template {
            return vec![server];
        }
        let (first, last) = match line.word(2).split_once('-') {
            Some((first, last)) => (first.parse().unwrap_or(1), last.parse().unwrap_or(0)),
            None => (1_u32, line.word(2).parse().unwrap_or(0)),
        };
        let last = last.min(first.saturating_add(MAX_TEMPLATE));
        (first..=last).map(|number| Self { name: format!("{}{number}", server.name), ..server.clone() }).collect()
    }

    /// Takes parameters over, the last word on each counting.
    pub(crate) fn take(&mut self, words: &[String]) {
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            let value = after.first().map_or("", String::as_str);
            let text = || (!value.is_empty()).then(|| value.to_owned());
            let mut used = true;
            match word.as_str() {
                "addr" => self.check.address = text(),
                "port" => self.check.port = value.parse().ok(),
                "inter" => self.check.inter = time(value).unwrap_or(self.check.inter),
                "rise" => self.check.rise = value.parse().unwrap_or(self.check.rise),
                "fall" => self.check.fall = value.parse().unwrap_or(self.check.fall),
                "check-sni" => self.check.sni = text(),
                "check-alpn" => self.check.alpn = text(),
                "check-proto" => self.check.proto = text(),
                "verify" => self.verify = Some(value != "none"),
                "verifyhost" => self.verify_host = text(),
                "ca-file" => self.ca_file = text().map(PathBuf::from),
                "crt" => self.certificate = text().map(PathBuf::from),
                "sni" => self.sni = text(),
                "alpn" | "npn" => self.alpn = text(),
                "proto" => self.proto = text(),
                "ssl-min-ver" => self.tls_versions.0 = text(),
                "ssl-max-ver" => self.tls_versions.1 = text(),
                "maxconn" => self.maxconn = value.parse().unwrap_or(0),
                "maxqueue" => self.maxqueue = value.parse().unwrap_or(0),
                "weight" => self.weight = value.parse().unwrap_or(1),
                "resolvers" => self.resolvers = text(),
                "init-addr" => self.init_addr = text(),
                "resolve-prefer" => self.prefer = text(),
                "source" => self.source = text(),
                "track" => self.track = text(),
                "namespace" => self.namespace = text(),
                "observe" | "on-error" => self.observes = true,
                "agent-addr"
                | "agent-inter"
                | "agent-port"
                | "agent-send"
                | "ciphers"
                | "ciphersuites"
                | "cookie"
                | "crl-file"
                | "curves"
                | "sigalgs"
                | "client-sigalgs"
                | "downinter"
                | "fastinter"
                | "error-limit"
                | "guid"
                | "hash-key"
                | "id"
                | "idle-ping"
                | "init-state"
                | "log-bufsize"
                | "log-proto"
                | "max-reuse"
                | "minconn"
                | "on-marked-down"
                | "on-marked-up"
                | "pool-conn-name"
                | "pool-low-conn"
                | "pool-max-conn"
                | "pool-purge-delay"
                | "proxy-v2-options"
                | "redir"
                | "resolve-net"
                | "resolve-opts"
                | "set-proxy-v2-tlv-fmt"
                | "shard"
                | "slowstart"
                | "socks4"
                | "tcp-ut"
                | "usesrc"
                | "ws"
                | "interface" => {}
                _ => {
                    self.flag(word);
                    used = false;
                }
            }
            rest = if used { after.get(1..).unwrap_or_default() } else { after };
        }
    }

    /// A parameter without a value.
    fn flag(&mut self, word: &str) {
        match word {
            "check" => self.check.on = true,
            "no-check" => self.check.on = false,
            "check-ssl" => self.check.tls = Some(true),
            "no-check-ssl" => self.check.tls = Some(false),
            "check-send-proxy" => self.check.send_proxy = true,
            "no-check-send-proxy" => self.check.send_proxy = false,
            "ssl" => self.tls = true,
            "no-ssl" => self.tls = false,
            "send-proxy" => self.send_proxy = Some(ProxyHeader::V1),
            "send-proxy-v2" | "send-proxy-v2-ssl" | "send-proxy-v2-ssl-cn" => self.send_proxy = Some(ProxyHeader::V2),
            "no-send-proxy" if self.send_proxy == Some(ProxyHeader::V1) => self.send_proxy = None,
            "no-send-proxy-v2" | "no-send-proxy-v2-ssl" | "no-send-proxy-v2-ssl-cn" => {
                self.send_proxy = self.send_proxy.filter(|header| *header == ProxyHeader::V1);
            }
            "backup" => self.backup = true,
            "no-backup" => self.backup = false,
            "disabled" => self.disabled = true,
            "enabled" => self.disabled = false,
            _ => {}
        }
    }

    /// Where its checks go.
    pub(crate) fn check_address(&self) -> Option<MemberAddress> {
        let port = self.check.port;
        let usual = self.address.clone();
        match (&self.check.address, usual) {
            (Some(written), usual) => {
                let own = match usual {
                    Some(MemberAddress::Host { port, .. }) => Some(port),
                    _ => None,
                };
                let (other, _) = address(written);
                match other {
                    Some(MemberAddress::Host { host, port: written }) => {
                        Some(MemberAddress::Host { host, port: port.unwrap_or(written) })
                    }
                    Some(unix) => Some(unix),
                    None => Some(MemberAddress::Host { host: written.clone(), port: port.or(own)? }),
                }
            }
            (None, Some(MemberAddress::Host { host, port: own })) => {
                Some(MemberAddress::Host { host, port: port.unwrap_or(own) })
            }
            (None, usual) => usual,
        }
    }
}

/// An address as HAProxy writes it: `10.0.0.5:80`, `[::1]:80`, `::1:80`, `ipv4@…`, `unix@/path`, `/path`, `name:80`.
/// The second is the shift of the client's own port, where no port is written.
pub(crate) fn address(written: &str) -> (Option<MemberAddress>, Option<i32>) {
    for prefix in ["unix@", "uxst@"] {
        if let Some(path) = written.strip_prefix(prefix) {
            return (Some(MemberAddress::Unix(PathBuf::from(path))), None);
        }
    }
    if written.starts_with('/') {
        return (Some(MemberAddress::Unix(PathBuf::from(written))), None);
    }
    if ["abns@", "abnsz@", "fd@", "sockpair@", "rhttp@", "udp@", "udp4@", "udp6@"]
        .iter()
        .any(|p| written.starts_with(p))
    {
        return (None, None);
    }
    let plain = match written.split_once('@') {
        Some((
            "ipv4" | "ipv6" | "tcp" | "tcp4" | "tcp6" | "stream+ipv4" | "stream+ipv6" | "mptcp" | "quic4" | "quic6",
            rest,
        )) => rest,
        _ => written,
    };
    let (host, port) = match plain.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match plain.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (plain, None),
        },
    };
    match port {
        None | Some("") => (None, Some(0)),
        Some(port) if port.starts_with(['+', '-']) => (None, port.parse().ok()),
        Some(port) => match port.parse() {
            Ok(port) if !host.is_empty() => (Some(MemberAddress::Host { host: host.to_owned(), port }), None),
            _ => (None, None),
        },
    }
}

/// The host of an address whose port is the client's own.
pub(crate) fn host_without_port(written: &str) -> Option<&str> {
    let plain = written.rsplit_once('@').map_or(written, |(_, rest)| rest);
    if let Some((host, _)) = plain.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return Some(host);
    }
    let host = plain.rsplit_once(':').map_or(plain, |(host, _)| host);
    (!host.is_empty() && host != "*").then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line { words: text.split(' ').map(str::to_owned).collect(), place: Place::default() }
    }

    fn one(text: &str) -> ServerLine {
        ServerLine::read(&line(text), &ServerLine::defaults(Place::default())).remove(0)
    }

    #[test]
    fn reads_parameters_with_and_without_values() {
        let server = one(
            "server a app.internal:8443 check inter 500 rise 1 fall 2 port 81 ssl verify required ca-file /ca.pem sni str(app) cookie x send-proxy-v2 maxconn 3 backup resolvers dns init-addr none",
        );
        assert_eq!(server.address.as_ref().map(ToString::to_string).as_deref(), Some("app.internal:8443"));
        assert_eq!(
            (server.check.on, server.check.inter, server.check.rise, server.check.fall),
            (true, Duration::from_millis(500), 1, 2)
        );
        assert_eq!((server.tls, server.verify, server.sni.as_deref()), (true, Some(true), Some("str(app)")));
        assert_eq!((server.send_proxy, server.maxconn, server.backup), (Some(ProxyHeader::V2), 3, true));
        assert_eq!((server.resolvers.as_deref(), server.init_addr.as_deref()), (Some("dns"), Some("none")));
        assert_eq!(server.check_address().map(|a| a.to_string()).as_deref(), Some("app.internal:81"));
    }

    #[test]
    fn a_template_makes_several() {
        let servers = ServerLine::read(
            &line("server-template web 3 app.internal:80 check"),
            &ServerLine::defaults(Place::default()),
        );
        assert_eq!(servers.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["web1", "web2", "web3"]);
        let servers =
            ServerLine::read(&line("server-template web 4-5 app:80"), &ServerLine::defaults(Place::default()));
        assert_eq!(servers.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["web4", "web5"]);
        assert_eq!(
            ServerLine::read(&line("server-template web 1-4000000000 app:80"), &ServerLine::defaults(Place::default()))
                .len(),
            257
        );
    }

    #[test]
    fn reads_every_way_of_writing_an_address() {
        let read = |text: &str| address(text).0.map(|address| address.to_string());
        assert_eq!(read("127.0.0.1:80").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(read("[::1]:80").as_deref(), Some("[::1]:80"));
        assert_eq!(read("::1:80").as_deref(), Some("[::1]:80"));
        assert_eq!(read("ipv4@app:80").as_deref(), Some("app:80"));
        assert_eq!(read("unix@/run/a.sock").as_deref(), Some("unix:/run/a.sock"));
        assert_eq!(read("/run/a.sock").as_deref(), Some("unix:/run/a.sock"));
        assert_eq!((read("abns@x"), read("127.0.0.1"), address("127.0.0.1:+10").1), (None, None, Some(10)));
        assert_eq!(host_without_port("10.0.0.1:+10"), Some("10.0.0.1"));
        assert_eq!((host_without_port("[::1]"), host_without_port("*")), (Some("::1"), None));
    }
}
