//! Pasted tables of sockets: `ss -ltnp`, `ss -lx`, `ss -s`, `netstat -ltnp`, and `ls -l` of a socket's file.

use super::paste::{About, Target};
use app::model::FactKind;
use app::model::fact::host::{Listener, UnixSocket};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// One row of a table of listeners.
struct Row {
    ip: IpAddr,
    /// `*` of `ss`: both families.
    both: bool,
    port: u16,
    waiting: u32,
    backlog: Option<u32>,
    owner: Option<String>,
}

impl Row {
    fn takes(&self, address: SocketAddr) -> bool {
        let ip = address.ip();
        self.port == address.port()
            && (self.ip == ip || self.both || (self.ip.is_unspecified() && self.ip.is_ipv4() == ip.is_ipv4()))
    }

    fn address(&self) -> String {
        if self.both { format!("*:{}", self.port) } else { SocketAddr::new(self.ip, self.port).to_string() }
    }
}

/// `ss -ltn`, with or without `-p`, and `netstat -ltn`.
pub(super) fn listening(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let (mut rows, mut is_table) = (Vec::new(), false);
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["State" | "Proto", "Recv-Q", "Send-Q", "Local", ..] => is_table = true,
            ["LISTEN", waiting, backlog, local, _, ref rest @ ..]
            | ["tcp", "LISTEN", waiting, backlog, local, _, ref rest @ ..] => {
                rows.extend(row(local, waiting, backlog.parse().ok(), owner(rest)));
            }
            ["tcp" | "tcp6", waiting, _, local, _, "LISTEN", ref rest @ ..] => {
                let owner = rest.first().filter(|owner| owner.contains('/')).and_then(|owner| {
                    let (pid, name) = owner.split_once('/')?;
                    Some(format!("{name}, process {pid}"))
                });
                rows.extend(row(local, waiting, None, owner));
            }
            _ => {}
        }
    }
    if !is_table && rows.is_empty() {
        return None;
    }
    Some(about.targets.iter().filter_map(|target| listener(target, &rows, about)).map(FactKind::Listener).collect())
}

fn row(local: &str, waiting: &str, backlog: Option<u32>, owner: Option<String>) -> Option<Row> {
    let (host, port) = local.rsplit_once(':')?;
    // `127.0.0.53%lo`, `[::1]`, `*`
    let host = host.split('%').next().unwrap_or(host).trim_start_matches('[').trim_end_matches(']');
    let both = host == "*";
    let ip = if both { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { host.parse().ok()? };
    // `ss` and `netstat` write `::` for a listener that takes both families, unless it is told not to.
    let both = both || ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    Some(Row { ip, both, port: port.parse().ok()?, waiting: waiting.parse().ok()?, backlog, owner })
}

/// `users:(("nginx",pid=1,fd=6),…)`
fn owner(words: &[&str]) -> Option<String> {
    let (_, users) = words.iter().find_map(|word| word.split_once("users:((\""))?;
    let (name, rest) = users.split_once('"')?;
    let pid = rest.split_once("pid=")?.1.split([',', ')']).next()?;
    Some(format!("{name}, process {pid}"))
}

/// What a table says of one target; nothing where it cannot be the target's own table, or may be only a part of it.
fn listener(target: &Target, rows: &[Row], about: &About) -> Option<Listener> {
    let address = target.address?;
    let taking: Vec<&Row> = rows.iter().filter(|row| row.takes(address)).collect();
    let here = target.local || rows.iter().any(|row| row.ip == address.ip());
    let of_targets = |row: &Row| about.targets.iter().filter_map(|one| one.address).any(|one| one.port() == row.port);
    // With a filter such as `sport = :8080` a row of another target may just have been left out.
    let whole = rows.iter().any(|row| !of_targets(row)) || (rows.is_empty() && about.targets.len() == 1);
    if taking.is_empty() && !(here && (whole || rows.iter().any(|row| row.port == address.port()))) {
        return None;
    }
    let first = taking.first();
    let elsewhere = rows.iter().filter(|row| row.port == address.port() && !row.takes(address));
    Some(Listener {
        target: target.key.clone(),
        local: here || !taking.is_empty(),
        listening: first.is_some(),
        bound: first.map(|row| row.address()),
        waiting: first.map(|row| row.waiting).into_iter().collect(),
        backlog: first.and_then(|row| row.backlog),
        owner: first.and_then(|row| row.owner.clone()),
        elsewhere: elsewhere.map(Row::address).collect(),
        ..Listener::default()
    })
}

/// `ss -lx`: which unix sockets are listened on.
pub(super) fn unix_listening(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut paths: Vec<&str> = Vec::new();
    let mut is_table = false;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["Netid", "State", "Recv-Q", "Send-Q", "Local", ..] => is_table = true,
            ["u_str" | "u_seq", "LISTEN", _, _, path, ..] => paths.push(path),
            _ => {}
        }
    }
    if paths.is_empty() && !(is_table && text.lines().filter(|line| !line.trim().is_empty()).count() == 1) {
        return None;
    }
    let of_unix = about.targets.iter().filter_map(|target| target.key.strip_prefix("unix:"));
    let facts = of_unix.map(|path| {
        let listening = paths.contains(&path);
        // That nobody listens does not say whether the file is there.
        FactKind::UnixSocket(UnixSocket {
            path: path.to_owned(),
            exists: listening.then_some(true),
            file_type: if listening { "socket" } else { "" }.to_owned(),
            listening: Some(listening),
            ..UnixSocket::default()
        })
    });
    Some(facts.collect())
}

/// `ls -l` of a socket, or its complaint that there is none.
pub(super) fn listed_file(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let mut facts = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(path) = line
            .strip_prefix("ls: cannot access '")
            .and_then(|rest| rest.strip_suffix("': No such file or directory"))
            .filter(|path| path.ends_with(".sock") || path.ends_with(".socket"))
        {
            facts.push(UnixSocket { path: path.to_owned(), exists: Some(false), ..UnixSocket::default() });
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let [bits, _, user, group, .., path] = words[..] else { continue };
        if words.len() < 8 || !path.starts_with('/') || !bits.starts_with('s') {
            continue;
        }
        let Some(mode) = mode_of(bits) else { continue };
        facts.push(UnixSocket {
            path: path.to_owned(),
            exists: Some(true),
            file_type: "socket".to_owned(),
            mode,
            owner: format!("{user}:{group}"),
            ..UnixSocket::default()
        });
    }
    (!facts.is_empty()).then(|| facts.into_iter().map(FactKind::UnixSocket).collect())
}

/// `srw-rw----` as `0660`.
fn mode_of(bits: &str) -> Option<String> {
    let bits = bits.get(1..10)?;
    let digit = |three: &str| {
        three.bytes().zip([4u8, 2, 1]).map(|(bit, value)| if bit == b'-' { 0 } else { value }).sum::<u8>()
    };
    Some(format!("0{}{}{}", digit(bits.get(..3)?), digit(bits.get(3..6)?), digit(bits.get(6..)?)))
}

/// `ss -s`: recognised, so that it can stand among other output; its totals say nothing about this run's addresses.
pub(super) fn summary(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let is = text.lines().any(|line| {
        line.strip_prefix("TCP:").is_some_and(|rest| rest.contains("(estab ") && rest.contains("timewait "))
    });
    is.then(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_on_all_addresses_takes_its_family() {
        let row = row("0.0.0.0:80", "0", Some(511), None).unwrap();
        assert!(row.takes("127.0.0.1:80".parse().unwrap()) && !row.takes("[::1]:80".parse().unwrap()));
        assert_eq!(mode_of("srw-rw----").as_deref(), Some("0660"));
        assert_eq!(mode_of("srwxrwxrwx").as_deref(), Some("0777"));
        assert_eq!(mode_of("s\u{e4}\u{e4}"), None);
    }
}
