//! A running HAProxy: `haproxy -Ws -f FILE -f FOLDER -p PIDFILE`, master, worker or both in one.

use crate::gateways::discover::Master;
use crate::host::Process;
use std::path::{Path, PathBuf};

/// Options that take a value.
const WITH_VALUE: [&str; 15] =
    ["-f", "-p", "-C", "-L", "-n", "-N", "-m", "-x", "-S", "-dM", "-dD", "-G", "-dI", "-dt", "-T"];

/// Its configuration.
pub(in crate::gateways) fn master(process: &Process) -> Option<Master> {
    let (program, arguments) = process.command_line.split_first()?;
    let name = Path::new(program).file_name()?.to_str()?;
    if !name.starts_with("haproxy") || name.contains("systemd-wrapper") {
        return None;
    }
    let (mut files, folder) = files(arguments);
    if files.is_empty() {
        return None;
    }
    Some(Master { main: files.remove(0), prefix: folder })
}

/// What the further `-f` of a command line name, after the first.
pub(super) fn further(arguments: &[String]) -> Vec<PathBuf> {
    files(arguments).0.into_iter().skip(1).collect()
}

/// What `-f` names, and the folder of `-C`.
fn files(arguments: &[String]) -> (Vec<PathBuf>, Option<PathBuf>) {
    let mut folder = None;
    let mut named: Vec<&str> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-f" => named.extend(rest.next().map(String::as_str)),
            "-C" => folder = rest.next().map(PathBuf::from),
            // What follows is all files.
            "--" => {
                named.extend(rest.by_ref().map(String::as_str));
            }
            // Old processes that a new one replaces: numbers up to the next option.
            word if WITH_VALUE.contains(&word) => drop(rest.next()),
            _ => {}
        }
    }
    let base = folder.clone().unwrap_or_else(|| PathBuf::from("/etc/haproxy"));
    (named.into_iter().map(|path| base.join(path)).collect(), folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::At;

    fn process(line: &str) -> Process {
        Process {
            pid: 7,
            parent: 1,
            name: "haproxy".to_owned(),
            state: 'S',
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            command_line: line.split(' ').map(str::to_owned).collect(),
            threads: 1,
            resident: 0,
            cpu_ms: 0,
            started: At(0),
        }
    }

    #[test]
    fn a_command_line_tells_the_files() {
        for (line, main, more) in [
            (
                "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -S /run/m.sock",
                "/etc/haproxy/haproxy.cfg",
                0,
            ),
            ("haproxy -sf 12 13 -x sockpair@4 -Ws -f /a.cfg -f /conf.d", "/a.cfg", 1),
            ("haproxy -C /srv/lb -f lb.cfg -- more.cfg", "/srv/lb/lb.cfg", 1),
            ("haproxy -db -- /a.cfg /b.cfg /c.cfg", "/a.cfg", 2),
        ] {
            let process = process(line);
            assert_eq!(master(&process).unwrap().main, Path::new(main), "{line}");
            assert_eq!(further(&process.command_line[1..]).len(), more, "{line}");
        }
        for line in ["vim haproxy.cfg", "haproxy -vv", "tail -f /var/log/haproxy.log", "haproxy-systemd-wrapper -f /a"]
        {
            assert!(master(&process(line)).is_none(), "{line}");
        }
    }
}
