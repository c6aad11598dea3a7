//! Finding the gateway of a URL on this host: who listens on its port, and with which configuration.

use super::{
    Folder, GatewayConfig, GatewayKind, Parsed, Problem, Running, caddy, envoy, haproxy, httpd, nginx, plain, traefik,
    varnish,
};
use crate::fileguard::{FileError, Fileguard};
use crate::host::{Host, Listeners, Obstacle, ObstacleKind, Process};
use std::path::{Path, PathBuf};
use url::Url;

/// Configurations that are read for one URL.
const MAX_CONFIGS: usize = 16;
/// How a file was found that somebody named.
const NAMED: &str = "it was named";

/// Where to look first; discovery adds the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Main configuration files.
    pub configs: Vec<PathBuf>,
}

/// A gateway on this host that may serve the URL.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// Which.
    pub kind: GatewayKind,
    /// Its version, where it is known; the `Server` header of its answers usually tells it.
    pub version: Option<String>,
    /// The main configuration file.
    pub main: PathBuf,
    /// How that file was found, as a sentence.
    pub how: String,
    /// The master process, where it is known.
    pub pid: Option<u32>,
    /// The user that its workers run as (a name or a number), by their processes or else by the configuration.
    pub user: Option<String>,
    /// Whether it listens on the URL's port, by its sockets or else by its configuration.
    pub listens: bool,
    /// What was understood of the configuration.
    pub config: GatewayConfig,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// What discovery found, and what stood in its way.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// Gateways, the likeliest first.
    pub gateways: Vec<Discovered>,
    /// What could not be read or seen.
    pub obstacles: Vec<Obstacle>,
}

/// What a gateway's running process says of its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Master {
    /// The main file.
    pub(super) main: PathBuf,
    /// What relative paths begin with, where the command line tells it.
    pub(super) prefix: Option<PathBuf>,
}

/// The value of a command line's option, joined to it or in the next word.
pub(super) fn option<'w>(words: &[&'w str], name: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(index, word)| match word.strip_prefix(name)? {
        "" => words.get(index + 1).copied(),
        joined => Some(joined),
    })
}

/// The words of a process' command line.
pub(super) fn words(process: &Process) -> Vec<&str> {
    process.command_line.iter().map(String::as_str).collect()
}

/// The name of the program that a command line begins with, without its folder.
pub(super) fn program<'w>(words: &[&'w str]) -> &'w str {
    words.first().and_then(|word| word.rsplit('/').next()).unwrap_or_default()
}

/// A configuration file to read, and why.
struct Candidate {
    /// Which gateway's; `None` where its text has to tell.
    kind: Option<GatewayKind>,
    main: PathBuf,
    prefix: Option<PathBuf>,
    pid: Option<u32>,
    /// The command line of the running process, without the program.
    arguments: Vec<String>,
    how: String,
    /// Whether somebody named the file, so that failing to read it is worth telling.
    named: bool,
}

/// Finds the gateways on this host that may serve a URL. Reads only what the guard gives leave for.
pub async fn discover(host: &dyn Host, files: &Fileguard, url: &Url, overrides: &Overrides) -> Discovery {
    let mut found = Discovery::default();
    let (processes, listeners) = tokio::join!(host.processes(), host.listeners());
    let processes = processes.map_err(|obstacle| found.obstacles.push(obstacle)).unwrap_or_default();
    let listeners = listeners.map_err(|obstacle| found.obstacles.push(obstacle)).unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(0);
    let mut candidates = candidates(&processes, overrides);
    // Of many gateways on one host, those that hold the port are read before the rest.
    let holders: Vec<u32> =
        listeners.tcp.iter().filter(|l| l.address.port() == port).flat_map(|l| l.pids.iter().copied()).collect();
    let holds = |pid: u32| {
        holders.contains(&pid)
            || processes.iter().any(|process| process.parent == pid && holders.contains(&process.pid))
    };
    candidates.sort_by_key(|candidate| candidate.how != NAMED && !candidate.pid.is_some_and(holds));
    for candidate in candidates.into_iter().take(MAX_CONFIGS) {
        let files = files.clone();
        let main = candidate.main.clone();
        let (kind, prefix, arguments) = (candidate.kind, candidate.prefix.clone(), candidate.arguments.clone());
        let read = tokio::task::spawn_blocking(move || read(&files, kind, &main, prefix.as_deref(), &arguments)).await;
        match read {
            // A usual place that does not say where it listens, and nobody runs it: nothing ties it to the URL.
            Ok(Ok(parsed)) if !candidate.named && parsed.value.servers.iter().all(|s| s.listens.is_empty()) => {}
            Ok(Ok(parsed)) => found.gateways.push(describe(candidate, parsed, url, port, &processes, &listeners)),
            Ok(Err(error)) if candidate.named => found.obstacles.push(unreadable(&error)),
            _ => {}
        }
    }
    // Those that listen on the port come first, of them those that are seen to run, then those that somebody named.
    found.gateways.sort_by_key(|gateway| (!gateway.listens, gateway.pid.is_none()));
    found
}

/// Files that were named come first, then those of running processes, then the usual places.
fn candidates(processes: &[Process], overrides: &Overrides) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    // Workers may have their master's command line; those that no other of the kind has started are masters.
    let is_worker = |process: &Process| {
        let parent = processes.iter().find(|other| other.pid == process.parent);
        parent.is_some_and(|parent| parent.name == process.name && master(parent).is_some())
    };
    let masters: Vec<Candidate> = processes.iter().filter(|process| !is_worker(process)).filter_map(master).collect();
    for main in &overrides.configs {
        let running = masters.iter().find(|master| master.main == *main);
        candidates.push(Candidate {
            kind: running.and_then(|master| master.kind),
            main: main.clone(),
            prefix: running.and_then(|master| master.prefix.clone()),
            pid: running.and_then(|master| master.pid),
            arguments: running.map_or_else(Vec::new, |master| master.arguments.clone()),
            how: NAMED.to_owned(),
            named: true,
        });
    }
    let usual = GatewayKind::ALL.iter().flat_map(|kind| kind.usual().iter().map(|path| (*kind, *path)));
    let usual = usual.map(|(kind, path)| Candidate {
        kind: Some(kind),
        main: PathBuf::from(path),
        prefix: None,
        pid: None,
        arguments: Vec::new(),
        how: "it is the usual place".to_owned(),
        named: false,
    });
    for candidate in masters.into_iter().chain(usual) {
        if !candidates.iter().any(|known| known.main == candidate.main) {
            candidates.push(candidate);
        }
    }
    candidates
}

/// A running master of any gateway.
fn master(process: &Process) -> Option<Candidate> {
    let (kind, master) = GatewayKind::ALL.iter().find_map(|kind| Some((*kind, kind.master(process)?)))?;
    Some(Candidate {
        kind: Some(kind),
        main: master.main,
        prefix: master.prefix,
        pid: Some(process.pid),
        arguments: process.command_line.iter().skip(1).cloned().collect(),
        how: format!("process {} runs with it", process.pid),
        named: true,
    })
}

impl GatewayKind {
    fn master(self, process: &Process) -> Option<Master> {
        match self {
            Self::Nginx => nginx::master(process),
            Self::Httpd => httpd::master(process),
            Self::Haproxy => haproxy::master(process),
            Self::Caddy => caddy::master(process),
            Self::Traefik => traefik::master(process),
            Self::Envoy => envoy::master(process),
            Self::Varnish => varnish::master(process),
            Self::Squid | Self::Lighttpd | Self::Nghttpx | Self::H2o | Self::Hitch => plain::master(self, process),
        }
    }

    fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => nginx::USUAL,
            Self::Httpd => httpd::USUAL,
            Self::Haproxy => haproxy::USUAL,
            Self::Caddy => caddy::USUAL,
            Self::Traefik => traefik::USUAL,
            Self::Envoy => envoy::USUAL,
            Self::Varnish => varnish::USUAL,
            Self::Squid | Self::Lighttpd | Self::Nghttpx | Self::H2o | Self::Hitch => plain::usual(self),
        }
    }
}

/// Reads a configuration; one of unknown kind as each gateway would, and the one that finds most upstreams in it with
/// the fewest complaints is right.
fn read(
    files: &Fileguard,
    kind: Option<GatewayKind>,
    main: &Path,
    prefix: Option<&Path>,
    arguments: &[String],
) -> Result<Parsed<GatewayConfig>, FileError> {
    // Asked first, so that a file that cannot be read at all is told apart from one that is half broken.
    files.entry(main)?;
    let folder = Running { files: Folder(files), arguments };
    if let Some(kind) = kind {
        return Ok(kind.parse(main, prefix, &folder));
    }
    let first = GatewayKind::Nginx.parse(main, prefix, &folder);
    let worth = |parsed: &Parsed<GatewayConfig>| {
        let understood =
            usize::from(!parsed.value.servers.is_empty()) + usize::from(!parsed.value.upstreams().is_empty());
        (understood, std::cmp::Reverse(parsed.problems.len()))
    };
    let complaints = first.problems.clone();
    let mut best = first;
    for kind in GatewayKind::ALL.iter().skip(1) {
        let parsed = kind.parse(main, prefix, &folder);
        if worth(&parsed) > worth(&best) {
            best = parsed;
        }
    }
    if best.value.upstreams().is_empty() && best.value.kind != GatewayKind::Nginx {
        // Nobody found an upstream: then it matters why (too large, not readable, a loop), and not whose it is.
        best.problems.splice(0..0, complaints);
    }
    Ok(best)
}

/// What a main configuration file says by itself, whoever runs it.
pub(super) fn read_named(files: &Fileguard, main: &Path) -> Result<GatewayConfig, FileError> {
    read(files, None, main, None, &[]).map(|parsed| parsed.value)
}

fn describe(
    candidate: Candidate,
    parsed: Parsed<GatewayConfig>,
    url: &Url,
    port: u16,
    processes: &[Process],
    listeners: &Listeners,
) -> Discovered {
    let config = parsed.value;
    let of_master = |process: &&Process| candidate.pid.is_some() && candidate.pid == Some(process.parent);
    let workers: Vec<&Process> = processes.iter().filter(of_master).collect();
    // Workers run as another user than their master; a gateway of one process is its own worker.
    let master = processes.iter().find(|process| candidate.pid == Some(process.pid));
    let worker = workers
        .iter()
        .copied()
        .find(|process| master.is_some_and(|master| master.uid != process.uid))
        .or_else(|| workers.first().copied())
        .or(master);
    let configured = config.user.as_ref().map(|user| user.value.clone());
    let holds = |pids: &[u32]| {
        pids.iter().any(|pid| Some(*pid) == candidate.pid || workers.iter().any(|worker| worker.pid == *pid))
    };
    let on_port: Vec<&crate::host::Listener> =
        listeners.tcp.iter().filter(|listener| listener.address.port() == port).collect();
    let owned = on_port.iter().any(|listener| holds(&listener.pids));
    let owner_known = on_port.iter().any(|listener| !listener.pids.is_empty());
    // Without rights to see owners the configuration has to tell.
    let listens = owned || (!(owner_known && candidate.pid.is_some()) && config.route_for(url, None).is_some());
    Discovered {
        kind: config.kind,
        version: None,
        main: candidate.main,
        how: candidate.how,
        pid: candidate.pid,
        user: worker.map(|worker| worker.uid.to_string()).or(configured),
        listens,
        config,
        problems: parsed.problems,
    }
}

fn unreadable(error: &FileError) -> Obstacle {
    let kind = match error {
        FileError::Permission { .. } | FileError::NotListed { .. } => ObstacleKind::NotPermitted,
        FileError::NotFound { .. } | FileError::RootMissing { .. } => ObstacleKind::Absent,
        _ => ObstacleKind::Failed,
    };
    let command = error.line_to_add().or_else(|| error.by_hand()).unwrap_or_default();
    Obstacle::new(kind, error.to_string(), command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Local;
    use app::model::At;

    fn process(line: &str) -> Process {
        Process {
            pid: 7,
            parent: 1,
            name: "nginx".to_owned(),
            state: 'S',
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            command_line: vec![line.to_owned()],
            threads: 1,
            resident: 0,
            cpu_ms: 0,
            started: At(0),
        }
    }

    #[test]
    fn a_masters_command_line_tells_its_configuration() {
        for (arguments, main, prefix) in [
            ("/usr/sbin/nginx -g daemon on; master_process on;", "/etc/nginx/nginx.conf", None),
            ("nginx -c /srv/edge.conf", "/srv/edge.conf", None),
            ("nginx -p /srv/edge/ -c nginx.conf", "/srv/edge/nginx.conf", Some("/srv/edge/")),
            ("nginx -p/srv/edge -c/x/y.conf", "/x/y.conf", Some("/srv/edge")),
            ("nginx -p /srv/edge", "/srv/edge/conf/nginx.conf", Some("/srv/edge")),
        ] {
            let found = master(&process(&format!("nginx: master process {arguments}"))).unwrap();
            assert_eq!((found.main.as_path(), found.prefix.as_deref()), (Path::new(main), prefix.map(Path::new)));
        }
        assert!(master(&process("vim nginx.conf")).is_none());
    }

    #[tokio::test]
    async fn a_named_configuration_is_read_and_a_missing_one_told() {
        let dir = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let main = dir.path().join("nginx.conf");
        let text = format!("http {{ server {{ listen {port}; location / {{ proxy_pass http://10.0.0.5:8080; }} }} }}");
        std::fs::write(&main, text).unwrap();
        let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let missing = dir.path().join("absent.conf");
        let overrides = Overrides { configs: vec![main.clone(), missing.clone()] };
        let found = discover(&Local, &Fileguard::for_terminal(), &url, &overrides).await;
        assert_eq!((found.gateways[0].main.as_path(), found.gateways[0].listens), (main.as_path(), true));
        assert_eq!(found.gateways[0].config.upstreams()[0].members[0].address.to_string(), "10.0.0.5:8080");
        assert!(found.obstacles.iter().any(|obstacle| obstacle.reason.contains("absent.conf")));
        let server = Fileguard::for_server([], []);
        let refused = discover(&Local, &server, &url, &overrides).await;
        assert!(refused.obstacles.iter().any(|obstacle| obstacle.command.starts_with("config = [")));
        drop(listener);
    }
}
