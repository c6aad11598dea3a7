//! Squid as an accelerator: `http_port … accel`, `cache_peer`.

use super::{Reading, with_logs};
use crate::gateways::flat::{self, Cond, Rule, Site};
use crate::gateways::{Listen, LogFile, Member, Place, Protocol, Server, Set, Target};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer's head that it takes are not known for certain.
const HEAD: u64 = 0;

pub(super) fn sites(reading: &mut Reading<'_>) -> Vec<Site> {
    let text = reading.text();
    let file = Arc::new(reading.main.to_path_buf());
    let mut found = Found::default();
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        let place = Place { file: Arc::clone(&file), line: number };
        found.line(&words, place, reading);
    }
    found.sites(&Place { file, line: 0 })
}

#[derive(Default)]
struct Found {
    listens: Vec<Listen>,
    members: Vec<Member>,
    written: Vec<String>,
    tls: bool,
    host: Option<String>,
    settings: Option<crate::gateways::Settings>,
    at: Option<Place>,
    errors: Vec<LogFile>,
    access: Vec<LogFile>,
}

impl Found {
    fn settings(&mut self) -> &mut crate::gateways::Settings {
        self.settings.get_or_insert_with(|| {
            // A peer's connect timeout is half of the general one; an answer is waited for a quarter of an hour.
            flat::settings(Set::default_of(Duration::from_secs(30)), Set::default_of(Duration::from_mins(15)), HEAD)
        })
    }

    fn line(&mut self, words: &[&str], place: Place, reading: &mut Reading<'_>) {
        let Some((name, args)) = words.split_first() else { return };
        let first = args.first().copied().unwrap_or_default();
        match *name {
            "http_port" | "https_port" => {
                let written = if first.contains(':') { first.to_owned() } else { format!(":{first}") };
                match flat::listen(&written, &place) {
                    Some(listen) => {
                        let tls = *name == "https_port";
                        let any = listen.address.is_none();
                        self.listens.push(Listen { tls, ..listen.clone() });
                        if any {
                            self.listens.push(Listen { tls, ipv6: true, ..listen });
                        }
                    }
                    None => reading.note(&place, format!("the port {first} is not understood")),
                }
            }
            "cache_peer" => self.peer(args, place, reading),
            "connect_timeout" | "peer_connect_timeout" => {
                if let Some(value) = time(args) {
                    let value = if *name == "connect_timeout" { value / 2 } else { value };
                    self.settings().timeouts.connect = Set { value, place: Some(place) };
                }
            }
            "read_timeout" => {
                if let Some(value) = time(args) {
                    self.settings().timeouts.read = Set { value, place: Some(place) };
                }
            }
            "reply_header_max_size" => {
                if let Some(value) = size(args) {
                    self.settings().buffers.header = Set { value, place: Some(place) };
                }
            }
            "cache_effective_user" => reading.user = Some(Set { value: first.to_owned(), place: Some(place) }),
            "cache_log" => self.errors.push(flat::log_file(first, Some(place))),
            "access_log" => {
                let path = first.split_once(':').map_or(first, |(_, path)| path);
                if path != "none" {
                    self.access.push(flat::log_file(path, Some(place)));
                }
            }
            _ => {}
        }
    }

    /// `cache_peer HOST parent PORT 0 no-query originserver name=app ssl`
    fn peer(&mut self, args: &[&str], place: Place, reading: &mut Reading<'_>) {
        let [host, _, port, ..] = args else { return };
        let Some(address) = flat::address(&format!("{host}:{port}"), None) else {
            reading.note(&place, format!("the peer {host} is not understood"));
            return;
        };
        let mut member = flat::member(address, &place);
        let mut trusted = None;
        for option in args.iter().skip(4) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match key {
                "ssl" | "tls" => self.tls = true,
                "max-conn" => member.max_conns = value.parse().unwrap_or(0),
                "forceddomain" => self.host = Some(value.to_owned()),
                "sslcafile" | "tls-cafile" => trusted = Some(PathBuf::from(value)),
                "sslflags" | "tls-flags" if value.contains("DONT_VERIFY_PEER") => {
                    self.settings().tls.verify = Set { value: false, place: Some(place.clone()) };
                }
                "ssldomain" | "tls-domain" => {
                    self.settings().tls.name = Some(Set { value: value.to_owned(), place: Some(place.clone()) });
                }
                "sslcert" | "tls-cert" => {
                    let value = PathBuf::from(value);
                    self.settings().tls.client_certificate = Some(Set { value, place: Some(place.clone()) });
                }
                "connect-timeout" => {
                    if let Ok(seconds) = value.parse() {
                        let value = Duration::from_secs(seconds);
                        self.settings().timeouts.connect = Set { value, place: Some(place.clone()) };
                    }
                }
                _ => {}
            }
        }
        if let Some(value) = trusted {
            self.settings().tls.trusted = Some(Set { value, place: Some(place.clone()) });
        }
        self.at.get_or_insert(place);
        self.written.push(format!("cache_peer {host} {port}"));
        self.members.push(member);
    }

    fn sites(mut self, whole: &Place) -> Vec<Site> {
        let settings = self.settings().clone();
        let protocol = if self.tls { Protocol::Https } else { Protocol::Http };
        let place = self.at.unwrap_or_else(|| whole.clone());
        let target = if self.members.is_empty() {
            Target::Unknown("no cache_peer is configured".to_owned())
        } else {
            let mut upstream = flat::upstream(&self.written.join(" "), protocol, self.members, &place);
            upstream.host = self.host;
            upstream.keepalive = Some(0);
            Target::Upstream(Box::new(upstream))
        };
        let server = Server { listens: self.listens, names: Vec::new(), place: whole.clone() };
        let rule = Rule { when: Cond::Always, label: Some("/".to_owned()), place, target, settings };
        if server.listens.is_empty() {
            return Vec::new();
        }
        with_logs(vec![Site { server, rules: vec![rule] }], &self.errors, &self.access)
    }
}

/// `1 minute`, `30 seconds`, `500 milliseconds`
fn time(args: &[&str]) -> Option<Duration> {
    let number: u64 = args.first()?.parse().ok()?;
    let unit = args.get(1).copied().unwrap_or("seconds").trim_end_matches('s');
    let ms = match unit {
        "millisecond" => 1,
        "second" => 1000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(ms)?))
}

/// `64 KB`
fn size(args: &[&str]) -> Option<u64> {
    let number: u64 = args.first()?.parse().ok()?;
    let factor = match args.get(1).copied().unwrap_or("bytes") {
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        _ => 1,
    };
    number.checked_mul(factor)
}
