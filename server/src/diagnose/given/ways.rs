//! Pasted words on the way to the upstream: `ip route get`, `ip neigh`, `nc -vz`.

use super::paste::About;
use app::model::FactKind;
use app::model::fact::network::{Connect, ConnectOutcome, IpRoute, Neighbour};
use std::net::{IpAddr, SocketAddr};

/// `ip route get`.
pub(super) fn route(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let routes: Vec<IpRoute> = text.lines().filter_map(|line| one_route(line.trim(), about)).collect();
    (!routes.is_empty()).then(|| routes.into_iter().map(FactKind::IpRoute).collect())
}

fn one_route(line: &str, about: &About) -> Option<IpRoute> {
    if let Some(why) = line.strip_prefix("RTNETLINK answers: ") {
        // It does not name the address; there may be only one that it can be about.
        let mut ips: Vec<IpAddr> = about.targets.iter().filter_map(|t| t.address).map(|a| a.ip()).collect();
        ips.dedup();
        let [ip] = ips[..] else { return None };
        let (route, errno) = match why {
            "Network is unreachable" => ("none", 101),
            "No route to host" => ("unreachable", 113),
            "Permission denied" => ("prohibit", 13),
            "Invalid argument" => ("blackhole", 22),
            _ => return None,
        };
        return Some(IpRoute {
            address: ip.to_string(),
            route: route.to_owned(),
            errno: Some(errno),
            ..IpRoute::default()
        });
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let (kind, rest) = match words.split_first()? {
        (kind @ (&"local" | &"unreachable" | &"prohibit" | &"blackhole" | &"broadcast" | &"multicast"), rest) => {
            (*kind, rest)
        }
        _ => ("unicast", &words[..]),
    };
    let address: IpAddr = rest.first()?.parse().ok()?;
    let after = |key: &str| {
        let at = rest.iter().position(|word| *word == key)?;
        rest.get(at + 1).map(|word| (*word).to_owned())
    };
    // A line of `ip neigh` begins alike, but goes on with the neighbour's state.
    let is_neighbour = words.contains(&"lladdr") || words.last().is_some_and(|last| state_of(last).is_some());
    if is_neighbour
        || !(kind != "unicast" || words.contains(&"dev") && (words.contains(&"src") || words.contains(&"via")))
    {
        return None;
    }
    let kind = if matches!(kind, "broadcast" | "multicast") { "other" } else { kind };
    Some(IpRoute {
        address: address.to_string(),
        route: kind.to_owned(),
        device: after("dev"),
        via: after("via"),
        source: after("src"),
        errno: None,
        mtu: None,
    })
}

/// `ip neigh`: only the rows of the run's own targets.
pub(super) fn neighbours(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut facts = Vec::new();
    let mut is = false;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, "dev", device, .., state] = words[..] else { continue };
        let (Ok(ip), Some(state)) = (address.parse::<IpAddr>(), state_of(state)) else { continue };
        is = true;
        if about.targets.iter().filter_map(|target| target.address).any(|target| target.ip() == ip) {
            facts.push(FactKind::Neighbour(Neighbour {
                address: ip.to_string(),
                state: state.to_owned(),
                device: Some(device.to_owned()),
                ..Neighbour::default()
            }));
        }
    }
    is.then_some(facts)
}

fn state_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "REACHABLE" => "reachable",
        "STALE" => "stale",
        "DELAY" => "delay",
        "PROBE" => "probe",
        "FAILED" => "failed",
        "INCOMPLETE" => "incomplete",
        "PERMANENT" => "permanent",
        "NOARP" => "noarp",
        _ => return None,
    })
}

/// `nc -vz`, of either kind: whether a connection could be made.
pub(super) fn netcat(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let facts: Vec<FactKind> = text.lines().filter_map(|line| tried(line.trim())).map(FactKind::Connect).collect();
    (!facts.is_empty()).then_some(facts)
}

fn tried(line: &str) -> Option<Connect> {
    let words: Vec<&str> = line.split(' ').collect();
    let (address, outcome, errno) = match words[..] {
        // OpenBSD's.
        ["Connection", "to", host, port, "port", .., "succeeded!"] => {
            (address(host, port)?, ConnectOutcome::Open, None)
        }
        ["Connection", "to", host, named, port, "port", .., "succeeded!"] if named.starts_with('(') => {
            let _ = host;
            (address(named.trim_matches(['(', ')']), port)?, ConnectOutcome::Open, None)
        }
        ["nc:", "connect", "to", host, "port", port, "(tcp)", "failed:", ..] => {
            let (outcome, errno) = failed(line.split_once("failed: ")?.1)?;
            (address(host, port)?, outcome, errno)
        }
        ["nc:", "connect", "to", _, named, "port", port, "(tcp)", "failed:", ..] => {
            let (outcome, errno) = failed(line.split_once("failed: ")?.1)?;
            (address(named.trim_matches(['(', ')']), port)?, outcome, errno)
        }
        // The traditional one: `(UNKNOWN) [10.0.0.5] 9000 (?) : Connection refused`
        [_, host, port, _, ":", ..] if host.starts_with('[') => {
            let (outcome, errno) = failed(line.split_once(" : ")?.1)?;
            (address(host.trim_matches(['[', ']']), port)?, outcome, errno)
        }
        [_, host, port, _, "open"] if host.starts_with('[') => {
            (address(host.trim_matches(['[', ']']), port)?, ConnectOutcome::Open, None)
        }
        _ => return None,
    };
    Some(Connect {
        target: address.to_string(),
        outcome,
        errno,
        took_ms: 0,
        from_gateway_host: true,
        icmp: None,
        icmp_from: None,
    })
}

fn address(host: &str, port: &str) -> Option<SocketAddr> {
    let ip: IpAddr = if host == "localhost" { IpAddr::from([127, 0, 0, 1]) } else { host.parse().ok()? };
    Some(SocketAddr::new(ip, port.parse().ok()?))
}

/// A system's words for an error.
pub(super) fn failed(words: &str) -> Option<(ConnectOutcome, Option<i32>)> {
    Some(match words.trim().trim_end_matches('.') {
        "Connection refused" => (ConnectOutcome::Refused, Some(111)),
        "Connection timed out" | "Operation timed out" | "Operation now in progress" => {
            (ConnectOutcome::TimedOut, None)
        }
        "No route to host" => (ConnectOutcome::Unreachable, Some(113)),
        "Network is unreachable" => (ConnectOutcome::Unreachable, Some(101)),
        "Connection reset by peer" => (ConnectOutcome::Reset, Some(104)),
        "Permission denied" => (ConnectOutcome::Denied, Some(13)),
        "Operation not permitted" => (ConnectOutcome::Denied, Some(1)),
        _ => return None,
    })
}
