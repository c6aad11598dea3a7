//! nghttpx: `frontend=`, `backend=`.

use super::{Reading, with_logs};
use crate::gateways::flat::{self, Cond, Rule, Site, Text};
use crate::gateways::{Listen, Member, MemberAddress, Place, Protocol, Server, Set, Settings, Target};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer's head that it takes are not known for certain.
const HEAD: u64 = 0;

pub(super) fn sites(reading: &mut Reading<'_>) -> Vec<Site> {
    let text = reading.text();
    let file = Arc::new(reading.main.to_path_buf());
    let mut settings =
        flat::settings(Set::default_of(Duration::from_secs(30)), Set::default_of(Duration::from_mins(1)), HEAD);
    let (mut listens, mut errors, mut access) = (Vec::new(), Vec::new(), Vec::new());
    let mut patterns: BTreeMap<String, Group> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((key, value)) = line.trim().split_once('=').filter(|(key, _)| !key.starts_with('#')) else { continue };
        let place = Place { file: Arc::clone(&file), line: number };
        let set = |value| Set { value, place: Some(place.clone()) };
        match key.trim() {
            "frontend" => match listen(value, &place) {
                Some(found) => listens.push(found),
                None => reading.note(&place, format!("the frontend {value} is not understood")),
            },
            "backend" => backend(value, &place, &mut patterns, reading),
            "backend-read-timeout" => {
                if let Some(value) = flat::go_duration(value, Duration::from_secs(1)) {
                    settings.timeouts.read = set(value);
                }
            }
            "backend-connect-timeout" => {
                if let Some(value) = flat::go_duration(value, Duration::from_secs(1)) {
                    settings.timeouts.connect = set(value);
                }
            }
            "insecure" if value == "yes" => settings.tls.verify = Set { value: false, place: Some(place.clone()) },
            "cacert" => settings.tls.trusted = Some(Set { value: PathBuf::from(value), place: Some(place.clone()) }),
            "user" => reading.user = Some(Set { value: value.to_owned(), place: Some(place.clone()) }),
            "errorlog-file" => errors.push(flat::log_file(value, Some(place.clone()))),
            "accesslog-file" => access.push(flat::log_file(value, Some(place.clone()))),
            _ => {}
        }
    }
    if listens.is_empty() && !patterns.is_empty() {
        listens.extend(flat::listen("*:3000", &Place { file: Arc::clone(&file), line: 0 }));
    }
    let mut rules: Vec<Rule> = patterns.into_iter().map(|(pattern, group)| group.rule(&pattern, &settings)).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.label.as_ref().map_or(0, String::len)));
    if listens.is_empty() {
        return Vec::new();
    }
    let server = Server { listens, names: Vec::new(), place: Place { file, line: 0 } };
    with_logs(vec![Site { server, rules }], &errors, &access)
}

/// Backends of one pattern.
struct Group {
    members: Vec<Member>,
    protocol: Protocol,
    http2: bool,
    sni: Option<String>,
    place: Place,
}

impl Group {
    fn rule(self, pattern: &str, settings: &Settings) -> Rule {
        let written: Vec<String> = self.members.iter().map(|member| member.address.to_string()).collect();
        let upstream = flat::upstream(&written.join(" "), self.protocol, self.members, &self.place);
        let mut settings = settings.clone();
        if self.http2 {
            settings.http_version = Set { value: "2".to_owned(), place: Some(self.place.clone()) };
        }
        let sni = self.sni.or_else(|| Some(upstream.members.first()?.address.name()?.to_owned()));
        settings.tls.name = sni.map(|value| Set { value, place: Some(self.place.clone()) });
        let (host, path) = pattern.split_at(pattern.find('/').unwrap_or(pattern.len()));
        let path = match path {
            "" | "/" => Cond::Always,
            path if path.ends_with('/') => Cond::Path(Text::Starts(path.to_owned())),
            path => Cond::Path(Text::Is(path.to_owned())),
        };
        Rule {
            when: flat::host_cond(host).and(path),
            label: Some(pattern.to_owned()),
            place: self.place,
            target: Target::Upstream(Box::new(upstream)),
            settings,
        }
    }
}

/// `127.0.0.1,3000;no-tls`
fn listen(value: &str, place: &Place) -> Option<Listen> {
    let mut parts = value.split(';');
    let written = authority(parts.next()?)?;
    let options: Vec<&str> = parts.collect();
    let listen = flat::listen(&written, place)?;
    let proxy_protocol = options.contains(&"proxyproto");
    Some(Listen { tls: !options.contains(&"no-tls"), proxy_protocol, ..listen })
}

/// `host,port` or `unix:/path`
fn authority(written: &str) -> Option<String> {
    if written.starts_with("unix:") {
        return Some(written.to_owned());
    }
    let (host, port) = written.split_once(',')?;
    Some(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// `127.0.0.1,8080;/api/:/more;proto=h2;tls;sni=name`
fn backend(value: &str, place: &Place, patterns: &mut BTreeMap<String, Group>, reading: &mut Reading<'_>) {
    let mut parts = value.split(';');
    let written = parts.next().and_then(authority).unwrap_or_default();
    let address = match written.strip_prefix("unix:") {
        Some(path) => Some(MemberAddress::Unix(PathBuf::from(path))),
        None => flat::address(&written, None),
    };
    let Some(address) = address else {
        reading.note(place, format!("the backend {value} is not understood"));
        return;
    };
    let mut pattern = "/";
    let (mut protocol, mut http2, mut sni) = (Protocol::Http, false, None);
    for (index, part) in parts.enumerate() {
        match part.split_once('=').unwrap_or((part, "")) {
            ("tls", _) => protocol = Protocol::Https,
            ("proto", version) => http2 = version == "h2",
            ("sni", name) => sni = Some(name.to_owned()),
            (written, "") if index == 0 && !written.is_empty() => pattern = written,
            _ => {}
        }
    }
    for pattern in pattern.split(':').filter(|pattern| !pattern.is_empty()) {
        let group = patterns.entry(pattern.to_owned()).or_insert_with(|| Group {
            members: Vec::new(),
            protocol,
            http2,
            sni: sni.clone(),
            place: place.clone(),
        });
        group.members.push(flat::member(address.clone(), place));
    }
}
