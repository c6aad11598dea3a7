//! `reverse_proxy` and `php_fastcgi`: members, transport, limits.

use super::text::Line;
use crate::gateways::flat::{self, NO_LIMIT};
use crate::gateways::{
    Check, LogFile, Member, MemberAddress, NameResolution, Place, Problem, Protocol, Set, Settings, Upstream,
};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// How long Caddy waits for a connection where nothing says otherwise.
pub(super) const DIAL: Duration = Duration::from_secs(3);
/// Bytes of an answer's head that Go's client takes.
pub(super) const HEAD: u64 = 10 << 20;

/// What applies to all sites.
#[derive(Debug, Clone)]
pub(super) struct Globals {
    pub(super) http_port: u16,
    pub(super) https_port: u16,
    pub(super) auto_https: bool,
    pub(super) bind: Vec<String>,
    pub(super) error_logs: Vec<LogFile>,
}

impl Default for Globals {
    fn default() -> Self {
        Self { http_port: 80, https_port: 443, auto_https: true, bind: Vec::new(), error_logs: Vec::new() }
    }
}

/// The upstream of a `reverse_proxy` or `php_fastcgi`; `words` are its arguments without the matcher.
pub(super) fn upstream(line: &Line, words: &[String], problems: &mut Vec<Problem>) -> (Upstream, Settings) {
    let mut reading = Reading {
        written: words.iter().map(|word| (word.clone(), line.place.clone())).collect(),
        protocol: if line.name() == "php_fastcgi" { Protocol::Fastcgi } else { Protocol::Http },
        settings: flat::settings(Set::default_of(DIAL), Set::default_of(NO_LIMIT), HEAD),
        host: None,
        fail_duration: Duration::ZERO,
        max_fails: 1,
        max_requests: 0,
        keepalive: Some(0),
        dynamic: None,
        versions_h2c: false,
        tries: false,
        active: Active::default(),
    };
    for sub in line.lines() {
        reading.option(sub);
    }
    reading.finish(line, problems)
}

struct Reading {
    written: Vec<(String, Place)>,
    protocol: Protocol,
    settings: Settings,
    host: Option<String>,
    fail_duration: Duration,
    max_fails: u32,
    max_requests: u32,
    keepalive: Option<u32>,
    dynamic: Option<String>,
    versions_h2c: bool,
    tries: bool,
    active: Active,
}

/// How members are asked without a visitor.
#[derive(Default)]
struct Active {
    /// They are.
    on: bool,
    /// The question wants or sends more than can be made again.
    odd: bool,
    check: Option<Check>,
}

fn time(line: &Line) -> Option<Set<Duration>> {
    let value = flat::go_duration(line.word(1), Duration::from_nanos(1))?;
    Some(Set { value, place: Some(line.place.clone()) })
}

impl Reading {
    fn option(&mut self, sub: &Line) {
        match sub.name() {
            "to" => self.written.extend(sub.args().iter().map(|word| (word.clone(), sub.place.clone()))),
            "transport" => {
                if sub.word(1) == "fastcgi" {
                    self.protocol = Protocol::Fastcgi;
                }
                for option in sub.lines() {
                    self.transport(option);
                }
            }
            // Of `php_fastcgi`, these stand in its own block.
            "dial_timeout" | "read_timeout" | "write_timeout" => self.transport(sub),
            "header_up" => {
                if sub.word(1).eq_ignore_ascii_case("host") {
                    self.host = Some(sub.word(2).to_owned());
                }
                self.settings.set_headers.push((sub.word(1).to_owned(), sub.word(2).to_owned()));
            }
            "fail_duration" => self.fail_duration = time(sub).map_or(Duration::ZERO, |time| time.value),
            "lb_try_duration" => self.tries |= time(sub).is_some_and(|time| !time.value.is_zero()),
            "lb_retries" => self.tries |= sub.word(1).parse::<u32>().is_ok_and(|tries| tries > 0),
            "health_uri"
            | "health_path"
            | "health_port"
            | "health_status"
            | "health_timeout"
            | "health_method"
            | "health_headers"
            | "health_body"
            | "health_request_body" => self.check(sub),
            "max_fails" => self.max_fails = sub.word(1).parse().unwrap_or(1),
            "unhealthy_request_count" => self.max_requests = sub.word(1).parse().unwrap_or(0),
            "dynamic" => {
                let more = sub.lines().iter().map(|line| line.words.join(" ")).collect::<Vec<_>>().join(" ");
                self.dynamic = Some(format!("{} {more}", sub.args().join(" ")).trim().to_owned());
            }
            _ => {}
        }
    }

    /// A part of the active health check, which a path or a port turns on.
    fn check(&mut self, sub: &Line) {
        let active = &mut self.active;
        let check = active.check.get_or_insert_with(|| usual_check(&sub.place));
        match sub.name() {
            "health_uri" | "health_path" => sub.word(1).clone_into(&mut check.uri),
            "health_port" => check.port = sub.word(1).parse().ok(),
            "health_status" => match statuses(sub.word(1)) {
                Some(status) => check.status = vec![status],
                None => active.odd = true,
            },
            "health_timeout" => check.timeout = time(sub).map_or(check.timeout, |time| time.value),
            "health_method" => sub.word(1).clone_into(&mut check.method),
            "health_headers" => {
                let host = |line: &&Line| line.name().eq_ignore_ascii_case("host");
                active.odd |= !sub.lines().iter().all(|line| host(&line));
                check.host = sub.lines().iter().find(host).map(|line| line.word(1).to_owned());
            }
            _ => active.odd = true,
        }
        active.on |= matches!(sub.name(), "health_uri" | "health_path" | "health_port");
    }

    fn transport(&mut self, option: &Line) {
        let tls = &mut self.settings.tls;
        let place = || Some(option.place.clone());
        match option.name() {
            "dial_timeout" => {
                if let Some(time) = time(option) {
                    self.settings.timeouts.connect = time;
                }
            }
            "response_header_timeout" | "read_timeout" => {
                if let Some(time) = time(option).filter(|time| !time.value.is_zero())
                    && time.value < self.settings.timeouts.read.value
                {
                    self.settings.timeouts.read = time;
                }
            }
            "write_timeout" => {
                if let Some(time) = time(option) {
                    self.settings.timeouts.send = time;
                }
            }
            "max_response_header" => {
                if let Some(value) = bytes(option.word(1)) {
                    self.settings.buffers.header = Set { value, place: place() };
                }
            }
            "tls" => self.protocol = Protocol::Https,
            "tls_insecure_skip_verify" => {
                self.protocol = Protocol::Https;
                tls.verify = Set { value: false, place: place() };
            }
            "tls_server_name" => {
                self.protocol = Protocol::Https;
                tls.name = Some(Set { value: option.word(1).to_owned(), place: place() });
            }
            "tls_trusted_ca_certs" => {
                self.protocol = Protocol::Https;
                tls.trusted = Some(Set { value: PathBuf::from(option.word(1)), place: place() });
            }
            // `tls_trust_pool file ca.pem`
            "tls_trust_pool" => {
                self.protocol = Protocol::Https;
                tls.trusted = Some(Set { value: PathBuf::from(option.word(2)), place: place() });
            }
            "tls_client_auth" => {
                self.protocol = Protocol::Https;
                tls.client_certificate = Some(Set { value: PathBuf::from(option.word(1)), place: place() });
            }
            "versions" => {
                self.versions_h2c = option.args().iter().any(|version| version == "h2c");
                self.settings.http_version = Set { value: option.args().join(" "), place: place() };
            }
            "keepalive" => self.keepalive = (option.word(1) != "off").then_some(0),
            _ => {}
        }
    }

    fn finish(mut self, line: &Line, problems: &mut Vec<Problem>) -> (Upstream, Settings) {
        let mut members: Vec<Member> = Vec::new();
        for (written, place) in &self.written {
            match address(written) {
                Some((scheme, address)) => {
                    match scheme {
                        Some(Protocol::Grpc) => self.versions_h2c = true,
                        Some(scheme) => self.protocol = scheme,
                        None => {}
                    }
                    members.push(self.member(address, place));
                }
                None => problems.push(Problem {
                    place: place.clone(),
                    what: format!("the upstream {written} is not understood"),
                    line_to_add: None,
                }),
            }
        }
        if self.versions_h2c && self.protocol == Protocol::Http {
            self.settings.http_version.value = "h2c".to_owned();
        }
        let care = &mut self.settings.care;
        care.retries = Some(self.tries);
        care.active_checks = Some(self.active.on);
        care.check = self.active.check.take().filter(|_| self.active.on && !self.active.odd);
        care.passive_checks = Some(!self.fail_duration.is_zero());
        let written: Vec<&str> = self.written.iter().map(|(written, _)| written.as_str()).collect();
        let written = match &self.dynamic {
            Some(dynamic) => format!("dynamic {dynamic}"),
            None => written.join(" "),
        };
        let mut upstream = flat::upstream(&written, self.protocol, members, &line.place);
        if matches!(upstream.resolution, NameResolution::AtStart) {
            upstream.resolution = flat::EACH_TIME;
        }
        upstream.keepalive = self.keepalive;
        upstream.host = self.host.take().and_then(|host| host_header(&host, &upstream));
        if self.settings.tls.name.is_none() && upstream.protocol.is_tls() {
            // Without a name of its own, Go's client sends the host that it dials.
            let dialled = upstream.members.first().and_then(|member| member.address.name());
            self.settings.tls.name = dialled.map(|name| Set::default_of(name.to_owned()));
        }
        (upstream, self.settings)
    }

    fn member(&self, address: MemberAddress, place: &Place) -> Member {
        Member {
            max_fails: if self.fail_duration.is_zero() { 0 } else { self.max_fails },
            fail_timeout: self.fail_duration,
            max_conns: self.max_requests,
            ..flat::member(address, place)
        }
    }
}

/// The Host header of `header_up Host`, where its placeholders are known here.
fn host_header(written: &str, upstream: &Upstream) -> Option<String> {
    let member = upstream.members.first().map(|member| &member.address);
    match written {
        "{upstream_hostport}" | "{http.reverse_proxy.upstream.hostport}" => member.map(ToString::to_string),
        "{http.reverse_proxy.upstream.host}" => match member {
            Some(MemberAddress::Host { host, .. }) => Some(host.clone()),
            _ => None,
        },
        other => (!other.contains('{')).then(|| other.to_owned()),
    }
}

/// An upstream as Caddy writes it: `host:port`, `:port`, a URL without a path, `unix//run/app.sock`, `unix+h2c//…`.
pub(super) fn address(written: &str) -> Option<(Option<Protocol>, MemberAddress)> {
    for (start, protocol) in [("unix//", None), ("unix+h2c//", Some(Protocol::Grpc))] {
        if let Some(path) = written.strip_prefix(start) {
            return Some((protocol, MemberAddress::Unix(PathBuf::from(format!("/{}", path.trim_start_matches('/'))))));
        }
    }
    if written.contains("://") {
        let (protocol, address, _) = flat::member_url(written)?;
        return Some((Some(protocol).filter(|protocol| *protocol != Protocol::Http), address));
    }
    let written = written.strip_prefix("tcp/").unwrap_or(written);
    // `php_fastcgi` and `reverse_proxy` without a port: the scheme's own.
    flat::address(written, Some(80)).map(|address| (None, address))
}

/// Caddy's check where nothing is said of it.
pub(super) fn usual_check(place: &Place) -> Check {
    Check {
        method: "GET".to_owned(),
        uri: "/".to_owned(),
        host: None,
        port: None,
        tls: None,
        status: vec![200..=299],
        timeout: Duration::from_secs(5),
        place: place.clone(),
    }
}

/// `200` or `2xx`.
pub(super) fn statuses(text: &str) -> Option<RangeInclusive<u16>> {
    match text.strip_suffix("xx") {
        Some(class) => {
            class.parse::<u16>().ok().filter(|class| (1..=5).contains(class)).map(|c| c * 100..=c * 100 + 99)
        }
        // In JSON a single digit stands for its class.
        None => match text.parse::<u16>().ok()? {
            class @ 1..=5 => Some(class * 100..=class * 100 + 99),
            status => Some(status..=status),
        },
    }
}

/// A size as people write it: `8192`, `64KiB`, `1MB`.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let factor = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        _ => return None,
    };
    number.checked_mul(factor)
}
