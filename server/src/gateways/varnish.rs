//! Varnish: VCL, and the options of `varnishd`, which alone say where it listens.

mod backend;
mod care;
mod lexer;
mod program;

use super::discover::{Master, program as program_of, words};
use super::flat::{self, Cond, Flat, Rule, Site};
use super::{GatewayConfig, GatewayKind, Listen, Parsed, Place, Problem, Server, Set, Settings, Sources, Target};
use crate::host::Process;
use care::Habits;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where packages keep the VCL.
pub(super) const USUAL: &[&str] = &["/etc/varnish/default.vcl", "/usr/local/etc/varnish/default.vcl"];

/// Options of `varnishd` that take a value.
const WITH_VALUE: &str = "abFfhIijlMnPprSsTtWx";

/// A running manager: `varnishd -f FILE` or `varnishd -b ADDRESS`. Its child shows the same command line.
pub(super) fn master(process: &Process) -> Option<Master> {
    let words = words(process);
    if program_of(&words) != "varnishd" || process.name == "cache-main" {
        return None;
    }
    let file = options(&words[1..], 'f').into_iter().next();
    let main = match file.map(Path::new) {
        Some(path) if path.is_absolute() => path.to_path_buf(),
        Some(path) => Path::new("/etc/varnish").join(path),
        None => PathBuf::from(USUAL[0]),
    };
    Some(Master { main, prefix: None })
}

/// The values of a short option, which may be joined to it.
fn options<'w>(words: &[&'w str], letter: char) -> Vec<&'w str> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix('-') else { continue };
        let Some(name) = rest.chars().next() else { continue };
        let joined = &rest[name.len_utf8()..];
        let value = match joined {
            "" if WITH_VALUE.contains(name) && name != 'F' => words.next().copied(),
            "" => None,
            joined => Some(joined),
        };
        if name == letter {
            found.extend(value);
        }
    }
    found
}

/// Reads the configuration that begins at `main`, together with the options of a running server.
pub(super) fn parse(main: &Path, _prefix: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let options: Vec<&str> = sources.arguments().iter().map(String::as_str).collect();
    with_options(main, &options, sources)
}

fn with_options(main: &Path, words: &[&str], sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let mut problems = Vec::new();
    let parameters = Parameters::of(words);
    let by_option = options(words, 'b').into_iter().next().filter(|_| options(words, 'f').is_empty());
    let place = Place { file: Arc::new(main.to_path_buf()), line: 0 };
    let (mut rules, files, habits) = match by_option {
        Some(address) => (vec![only(address, &parameters, &place)], Vec::new(), Habits::default()),
        None => program::rules(main, sources, &parameters, &mut problems),
    };
    let usual = parameters.time("default_grace", Duration::from_secs(10)).value;
    for rule in &mut rules {
        let care = &mut rule.settings.care;
        care.retries = Some(habits.retries);
        care.passive_checks = Some(false);
        care.cache = Some(true);
        care.stale = Some(habits.serves_stale(usual));
        // Varnish writes to shared memory; a file is there only where varnishlog or varnishncsa makes one.
        rule.settings.error_logs = vec![flat::log_file("shared memory (varnishlog)", None)];
    }
    let listens = listens(words, &place, &mut problems);
    let sites = vec![Site { server: Server { listens, names: Vec::new(), place }, rules }];
    let value = flat::config(main, files, Flat { sites }, GatewayKind::Varnish);
    Parsed { value, problems }
}

/// The one backend of `-b`.
fn only(address: &str, parameters: &Parameters, place: &Place) -> Rule {
    let member = match address.strip_prefix('/') {
        Some(_) => Some(super::MemberAddress::Unix(PathBuf::from(address))),
        None => flat::address(address, Some(80)),
    };
    let members = member.map(|address| flat::member(address, place)).into_iter().collect();
    let upstream = flat::upstream(address, super::Protocol::Http, members, place);
    Rule {
        when: Cond::Always,
        label: Some("/".to_owned()),
        place: place.clone(),
        target: Target::Upstream(Box::new(upstream)),
        settings: parameters.settings(),
    }
}

/// Where it listens. None known without a command line.
fn listens(words: &[&str], place: &Place, problems: &mut Vec<Problem>) -> Vec<Listen> {
    if words.is_empty() {
        return Vec::new();
    }
    let mut written = options(words, 'a');
    if written.is_empty() {
        written.push(":80");
    }
    let mut listens = Vec::new();
    for one in written {
        let parts: Vec<&str> = one.split(',').collect();
        let address = parts[0].split_once('=').map_or(parts[0], |(_, address)| address);
        let with_port = if address.starts_with('/') || flat::split_port(address).is_some_and(|(_, port)| port.is_some())
        {
            address.to_owned()
        } else {
            format!("{address}:80")
        };
        match flat::listen(&with_port, place) {
            Some(listen) => {
                let proxy_protocol = parts.iter().any(|part| part.eq_ignore_ascii_case("proxy"));
                let listen = Listen { proxy_protocol, ..listen };
                if listen.address.is_none() && listen.unix.is_none() {
                    listens.push(Listen { ipv6: true, ..listen.clone() });
                }
                listens.push(listen);
            }
            None => problems.push(Problem {
                place: place.clone(),
                what: format!("the listener {one} is not understood"),
                line_to_add: None,
            }),
        }
    }
    listens
}

/// Parameters (`-p name=value`), as far as they matter here.
struct Parameters<'w>(BTreeMap<&'w str, &'w str>);

impl<'w> Parameters<'w> {
    fn of(words: &[&'w str]) -> Self {
        Self(options(words, 'p').into_iter().filter_map(|one| one.split_once('=')).collect())
    }

    fn time(&self, name: &str, default: Duration) -> Set<Duration> {
        let set = self.0.get(name).and_then(|text| flat::go_duration(text, Duration::from_secs(1)));
        Set::default_of(set.unwrap_or(default))
    }

    fn settings(&self) -> Settings {
        let size = self.0.get("http_resp_size").and_then(|text| bytes(text)).unwrap_or(32 << 10);
        flat::settings(
            self.time("connect_timeout", Duration::from_millis(3500)),
            self.time("first_byte_timeout", Duration::from_mins(1)),
            size,
        )
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (number, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1 << 10),
        b'm' | b'M' => (&text[..text.len() - 1], 1 << 20),
        b'b' | b'B' => (&text[..text.len() - 1], 1),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests;
