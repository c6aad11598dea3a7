//! hitch: TLS in front, one plain backend behind.

use super::{Reading, with_logs};
use crate::gateways::flat::{self, Cond, NO_LIMIT, Rule, Site};
use crate::gateways::{Listen, MemberAddress, Place, Protocol, Server, Set, Target};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn sites(reading: &mut Reading<'_>) -> Vec<Site> {
    let text = reading.text();
    let file = Arc::new(reading.main.to_path_buf());
    let mut settings = flat::settings(Set::default_of(Duration::from_secs(30)), Set::default_of(NO_LIMIT), 0);
    let (mut listens, mut errors) = (Vec::new(), Vec::new());
    let mut upstream = None;
    let (mut host, mut in_frontend) = (String::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let place = Place { file: Arc::clone(&file), line: number };
        if line.ends_with('{') {
            in_frontend = line.starts_with("frontend");
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        let add = |written: &str, listens: &mut Vec<Listen>| {
            let any = written.replace("[*]", "");
            if let Some(listen) = flat::listen(&any, &place) {
                listens.push(Listen { tls: true, ..listen });
            }
        };
        match key.trim() {
            "frontend" => add(value, &mut listens),
            "host" if in_frontend => value.clone_into(&mut host),
            "port" if in_frontend => add(&format!("[{host}]:{value}"), &mut listens),
            "backend" => {
                let address = match value.strip_prefix('/') {
                    Some(_) => Some(MemberAddress::Unix(PathBuf::from(value))),
                    None => flat::address(value, Some(80)),
                };
                match address {
                    Some(address) => {
                        let members = vec![flat::member(address, &place)];
                        upstream = Some(flat::upstream(value, Protocol::Http, members, &place));
                    }
                    None => reading.note(&place, format!("the backend {value} is not understood")),
                }
            }
            "backend-connect-timeout" => {
                if let Some(value) = flat::go_duration(value, Duration::from_secs(1)) {
                    settings.timeouts.connect = Set { value, place: Some(place.clone()) };
                }
            }
            "user" => reading.user = Some(Set { value: value.to_owned(), place: Some(place.clone()) }),
            "log-filename" => errors.push(flat::log_file(value, Some(place.clone()))),
            _ => {}
        }
    }
    let whole = Place { file, line: 0 };
    let (target, place) = match upstream {
        Some(upstream) => {
            let place = upstream.place.clone();
            (Target::Upstream(Box::new(upstream)), place)
        }
        None => (Target::Unknown("no backend is configured".to_owned()), whole.clone()),
    };
    if listens.is_empty() {
        return Vec::new();
    }
    let server = Server { listens, names: Vec::new(), place: whole };
    let rule = Rule { when: Cond::Always, label: Some("/".to_owned()), place, target, settings };
    with_logs(vec![Site { server, rules: vec![rule] }], &errors, &[])
}
