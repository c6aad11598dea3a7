//! Pasted answers of name servers: `dig`, `nslookup`, `host`, `getent ahosts`.

use super::paste::About;
use app::model::FactKind;
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use std::net::IpAddr;

/// `dig`, one block for each question.
pub(super) fn dig(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut lookups: Vec<Lookup> = Vec::new();
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("; <<>> DiG") {
            let mut lookup = empty(about, "");
            if let Some((_, words)) = rest.split_once("<<>>") {
                asked(&mut lookup, words, about);
            }
            lookups.push(lookup);
            section = "";
            continue;
        }
        let Some(lookup) = lookups.last_mut() else { continue };
        if let Some(rest) = line.strip_prefix(";; ") {
            comment(lookup, rest, about);
            if let Some(name) = rest.strip_suffix(" SECTION:") {
                section = name;
            }
        } else if section == "QUESTION"
            && let Some(question) = line.strip_prefix(';')
        {
            let mut words = question.split_whitespace();
            name_it(lookup, words.next().unwrap_or_default(), about);
            if let Some(record) = words.nth(1) {
                record.clone_into(&mut lookup.record);
            }
        } else if section == "ANSWER" {
            record(lookup, line);
        }
    }
    finish(lookups)
}

/// The words of dig's own command line.
fn asked(lookup: &mut Lookup, words: &str, about: &About) {
    let mut port = "53".to_owned();
    let mut server = None;
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        if let Some(at) = word.strip_prefix('@') {
            server = Some(at.to_owned());
        } else if word == "-p" {
            words.next().unwrap_or("53").clone_into(&mut port);
        } else if word.contains('.') && !word.starts_with(['+', '-']) && lookup.name.is_empty() {
            name_it(lookup, word, about);
        } else if matches!(word, "A" | "AAAA" | "CNAME" | "MX" | "TXT" | "NS") {
            word.clone_into(&mut lookup.record);
        }
    }
    if let Some(server) = server {
        server_is(lookup, &server, &port, about);
    }
}

fn comment(lookup: &mut Lookup, line: &str, about: &About) {
    if let Some((_, rest)) = line.split_once("status: ").filter(|_| line.starts_with("->>HEADER<<-")) {
        lookup.outcome = match rest.split(',').next().unwrap_or_default() {
            // Without addresses it becomes "no data" in the end.
            "NOERROR" => LookupOutcome::Answer,
            "NXDOMAIN" => LookupOutcome::NxDomain,
            "SERVFAIL" => LookupOutcome::ServFail,
            "REFUSED" => LookupOutcome::Refused,
            _ => LookupOutcome::Other,
        };
    } else if let Some(time) = line.strip_prefix("Query time: ") {
        lookup.took_ms = time.split(' ').next().and_then(|ms| ms.parse().ok()).unwrap_or_default();
    } else if let Some(server) = line.strip_prefix("SERVER: ") {
        let address = server.split('(').next().unwrap_or_default();
        let (host, port) = address.rsplit_once('#').unwrap_or((address, "53"));
        server_is(lookup, host, port.trim(), about);
    } else if line.starts_with("connection timed out") || line.ends_with("timed out") {
        lookup.outcome = LookupOutcome::Timeout;
    } else if lookup.outcome != LookupOutcome::Timeout
        && (line.starts_with("communications error") || line.starts_with("no servers could be reached"))
    {
        lookup.outcome = LookupOutcome::Unreachable;
    }
}

/// `name. 60 IN A 10.0.0.1`
fn record(lookup: &mut Lookup, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, ttl, "IN", "A" | "AAAA", address] = words[..] else { return };
    if address.parse::<IpAddr>().is_ok() {
        lookup.addresses.push(address.to_owned());
        let ttl: Option<u32> = ttl.parse().ok();
        lookup.ttl_s = lookup.ttl_s.map_or(ttl, |known| Some(ttl.map_or(known, |ttl| ttl.min(known))));
    }
}

/// `nslookup`, one block for each `Server:`.
pub(super) fn nslookup(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut lookups: Vec<Lookup> = Vec::new();
    let mut of_server = false;
    for line in text.lines().map(str::trim) {
        if line.strip_prefix("Server:").is_some() {
            lookups.push(empty(about, ""));
            of_server = true;
            continue;
        }
        let Some(lookup) = lookups.last_mut() else { continue };
        if let Some(address) = line.strip_prefix("Address:").or_else(|| line.strip_prefix("Address 1:")) {
            let address = address.trim();
            if std::mem::take(&mut of_server) {
                let (host, port) = address.rsplit_once('#').unwrap_or((address, "53"));
                server_is(lookup, host, port, about);
            } else if address.parse::<IpAddr>().is_ok() {
                lookup.outcome = LookupOutcome::Answer;
                lookup.addresses.push(address.to_owned());
            }
        } else if let Some(name) = line.strip_prefix("Name:") {
            name_it(lookup, name.trim(), about);
        } else if let Some((name, why)) =
            line.strip_prefix("** server can't find ").and_then(|rest| rest.rsplit_once(": "))
        {
            name_it(lookup, name, about);
            lookup.outcome = rcode(why);
        } else if let Some((name, _)) = line.strip_prefix("*** Can't find ").and_then(|rest| rest.split_once(": ")) {
            name_it(lookup, name, about);
            lookup.outcome = LookupOutcome::NoData;
        } else if line.starts_with(";; connection timed out") {
            lookup.outcome = LookupOutcome::Timeout;
        }
    }
    finish(lookups)
}

/// `host`, grouped by name.
pub(super) fn host(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut lookups: Vec<Lookup> = Vec::new();
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [name, "has", "address", address] | [name, "has", "IPv6", "address", address]
                if address.parse::<IpAddr>().is_ok() =>
            {
                let lookup = of_name(&mut lookups, name, about);
                lookup.outcome = LookupOutcome::Answer;
                lookup.addresses.push(address.to_owned());
            }
            ["Host", name, "not", "found:", why] => {
                let why = why.split_once('(').map_or("", |(_, why)| why.trim_end_matches(')'));
                of_name(&mut lookups, name, about).outcome = rcode(why);
            }
            [name, "has", "no", "A", "record"] => of_name(&mut lookups, name, about).outcome = LookupOutcome::NoData,
            _ => {}
        }
    }
    finish(lookups)
}

/// `getent ahosts`: the system's own way, hosts file included.
pub(super) fn getent(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut lookups: Vec<Lookup> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ([address, "STREAM" | "DGRAM" | "RAW"] | [address, "STREAM" | "DGRAM" | "RAW", _]) = words[..] else {
            continue;
        };
        if address.parse::<IpAddr>().is_err() {
            continue;
        }
        if let Some(name) = words.get(2) {
            let lookup = of_name(&mut lookups, name, about);
            "system".clone_into(&mut lookup.server);
            "A, AAAA".clone_into(&mut lookup.record);
            lookup.outcome = LookupOutcome::Answer;
        }
        if let Some(lookup) = lookups.last_mut()
            && !lookup.addresses.iter().any(|known| known == address)
        {
            lookup.addresses.push(address.to_owned());
        }
    }
    finish(lookups)
}

fn rcode(word: &str) -> LookupOutcome {
    match word.trim() {
        "NXDOMAIN" => LookupOutcome::NxDomain,
        "SERVFAIL" => LookupOutcome::ServFail,
        "REFUSED" => LookupOutcome::Refused,
        _ => LookupOutcome::Other,
    }
}

fn empty(about: &About, name: &str) -> Lookup {
    let mut lookup = Lookup {
        name: String::new(),
        role: String::new(),
        server: "system".to_owned(),
        asked_by: AskedBy::System,
        record: "A".to_owned(),
        outcome: LookupOutcome::Other,
        addresses: Vec::new(),
        ttl_s: None,
        took_ms: 0,
        aliases: Vec::new(),
        unchecked: None,
        cut: None,
        authoritative: false,
        search_of: None,
    };
    if !name.is_empty() {
        name_it(&mut lookup, name, about);
    }
    lookup
}

fn of_name<'l>(lookups: &'l mut Vec<Lookup>, name: &str, about: &About) -> &'l mut Lookup {
    let name = name.trim_end_matches('.');
    let place = lookups.iter().position(|lookup| lookup.name == name).unwrap_or_else(|| {
        lookups.push(empty(about, name));
        lookups.len() - 1
    });
    &mut lookups[place]
}

fn name_it(lookup: &mut Lookup, name: &str, about: &About) {
    name.trim_end_matches('.').clone_into(&mut lookup.name);
    about.role(name).clone_into(&mut lookup.role);
}

fn server_is(lookup: &mut Lookup, host: &str, port: &str, about: &About) {
    let host = host.trim();
    let server = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]:{port}"),
        _ => format!("{host}:{port}"),
    };
    let own = |known: &String| *known == server || (port == "53" && known == host);
    if about.resolvers.iter().any(own) {
        lookup.asked_by = AskedBy::Gateway;
    }
    lookup.server = server;
}

/// Only questions whose name is known.
fn finish(lookups: Vec<Lookup>) -> Option<Vec<FactKind>> {
    let facts: Vec<FactKind> = lookups
        .into_iter()
        .filter(|lookup| !lookup.name.is_empty())
        .map(|mut lookup| {
            if lookup.outcome == LookupOutcome::Answer && lookup.addresses.is_empty() {
                lookup.outcome = LookupOutcome::NoData;
            }
            FactKind::Lookup(lookup)
        })
        .collect();
    (!facts.is_empty()).then_some(facts)
}
