//! Step 4: what do the logs say? The gateway's own words about this run's requests, and what stands beside them.
//!
//! A log's text is partly written by clients, so nothing is concluded from it that a client could have put there:
//! lines are read by their fixed places, and a line counts as this run's own only by time, client, method, path
//! and host together.

mod haproxy;
mod pasted;
mod read;
mod translate;

pub(super) use haproxy::servers as servers_of;
pub(in crate::diagnose) use pasted::{Asked, pasted};
pub(super) use translate::target;

use super::Work;
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::Desk;
use crate::fileguard::{FileError, Fileguard};
use crate::gateways::GatewayKind;
use crate::host::{ObstacleKind, Seen};
use crate::logs::{AccessFormat, Product, Zone};
use app::model::fact::logs::{Joined, LogRead};
use app::model::{At, FactId, FactKind, Source, Step, StepState};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// At most so many files.
const MAX_FILES: usize = 12;
/// The first look waits at most this long for step 1.
const FIRST_LOOK: Duration = Duration::from_millis(1300);
/// A line's time has whole seconds, and is written a little after the answer.
const FLUSH: Duration = Duration::from_millis(60);
/// Some products gather lines before they write them.
const LATE_FLUSH: Duration = Duration::from_millis(450);

/// One log and how it is read.
#[derive(Debug, Clone)]
struct LogSource {
    path: PathBuf,
    kind: LogKind,
    /// Its size when the run began, where that was seen.
    size: Option<u64>,
    /// The target whose application writes it, where that is known.
    owner: Option<String>,
}

#[derive(Debug, Clone)]
enum LogKind {
    /// What a product says.
    Said(Product),
    /// One line a request.
    Access(AccessFormat),
    /// To be found out from its lines.
    Unknown,
}

/// What lines are compared with to find this run's own.
#[derive(Debug, Clone)]
struct Own {
    mark: String,
    method: String,
    path: String,
    host: String,
    clients: Vec<String>,
    /// Our own ends of the run's connections, address and port.
    sockets: Vec<String>,
    /// When this run's own failed requests ended, those past the gateway too.
    failures: Vec<At>,
    /// How many of the run's requests failed so far; `None` where every line is known to be of this run.
    failed: Option<usize>,
    /// Where the members are that logs call by a name (`backend/server`).
    servers: BTreeMap<String, String>,
    began: At,
}

/// The facts of a product's log (times in UTC) for a run that began then and asks this URL on this host.
pub(in crate::diagnose) fn said(
    product: Product,
    text: &str,
    url: &Url,
    method: &str,
    began: At,
    until: At,
) -> Vec<FactKind> {
    let own = Own {
        mark: String::new(),
        method: method.to_owned(),
        path: url.path().to_owned(),
        host: authority(url),
        clients: vec!["127.0.0.1".to_owned(), "::1".to_owned()],
        // A text that somebody gives is of this one client.
        sockets: vec!["127.0.0.1:50000".to_owned()],
        failures: Vec::new(),
        failed: None,
        servers: BTreeMap::new(),
        began,
    };
    let zone = Zone::UTC;
    let mut found = read::said_in(product, text.lines(), &zone, &own, until);
    if product == Product::Haproxy {
        found.extend(haproxy::requests(text.lines(), &zone, &own, until));
    }
    found.into_iter().map(|(_, kind)| kind).collect()
}

/// Reads the logs, again while requests are open.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Logs);
    desk.begin(
        &[
            "the gateway's error log around this run's requests",
            "the access log's own lines of them",
            "failures that others saw in the last 15 minutes",
        ],
        vec!["sudo tail -n 50 /var/log/nginx/error.log".to_owned()],
    );
    let named: Vec<LogSource> = work.request.logs.iter().map(|path| named(&work.ctx.fileguard, path)).collect();
    let Some(scene) = work.scene().await else {
        desk.finish(StepState::Error, "The gateway was not looked for in time");
        return;
    };
    desk.by_hand(vec![
        format!("sudo tail -n 50 {}", scene.error_log()),
        "journalctl -u nginx --since '-15min' --no-pager".to_owned(),
    ]);
    let sources = sources(&work, &scene, named, &desk);
    if sources.is_empty() {
        desk.skip(
            "read the gateway's logs",
            "no log is known: no configuration names one",
            format!("gatewatch diagnose {} --log /var/log/nginx/error.log", scene.url),
        );
        desk.finish(StepState::Skipped, "No log is known");
        return;
    }
    let mut own = own(&work, &scene);
    let gathers = scene.gateway.as_ref().is_some_and(|g| matches!(g.kind, GatewayKind::Envoy | GatewayKind::Varnish));
    let flush = if gathers { LATE_FLUSH } else { FLUSH };
    let mut reader = Reader { desk: &desk, known: BTreeMap::new(), unreadable: 0 };
    let mut progress = work.progress_until(FIRST_LOOK, |p| p.over).await;
    loop {
        tokio::time::sleep(flush.min(work.left())).await;
        own.failures = failures(&work);
        own.failed = Some(work.sheet.facts().attempts().filter(|(_, attempt)| attempt.failed()).count());
        own.sockets = work.sheet.facts().attempts().filter_map(|(_, attempt)| attempt.client.clone()).collect();
        let found = read::all(&work, &sources, &own).await;
        reader.tell(found);
        host_lines(&work, &scene, &own, &mut reader, progress.over).await;
        if progress.over || work.left() < Duration::from_millis(400) {
            break;
        }
        let seen = progress.ended;
        let pause = work.left().saturating_sub(Duration::from_millis(300)).min(Duration::from_secs(5));
        progress = work.progress_until(pause, |p| p.over || p.ended > seen).await;
    }
    let (state, summary) = reader.judge(sources.len());
    desk.finish(state, summary);
}

/// When the run's failed requests ended.
fn failures(work: &Work) -> Vec<At> {
    let ended = |fact: &app::model::Fact| match &fact.kind {
        FactKind::Attempt(attempt) => attempt.failed(),
        FactKind::Direct(direct) => !direct.open && direct.failure.is_some(),
        _ => false,
    };
    let facts = work.sheet.facts();
    facts.all().iter().filter(|fact| ended(fact)).filter_map(|fact| crate::clock::parse_rfc3339(&fact.at)).collect()
}

/// What the kernel and the journal of the gateway's own host say. The journal is asked once, at the end.
async fn host_lines(work: &Work, scene: &Scene, own: &Own, reader: &mut Reader<'_>, last: bool) {
    if !scene.on_gateway_host {
        return;
    }
    let now = crate::clock::now();
    let kernel = work.ctx.host.kernel_log(own.began - Duration::from_mins(15)).await;
    reader.host("the kernel's log", "kernel", kernel, own, now);
    if last {
        let journal = work.ctx.host.journal().await;
        reader.host("the journal", "journal", journal, own, now);
    }
}

/// A log that the caller names; its size is taken at once, so that what is written later is known as such.
fn named(files: &Fileguard, path: &Path) -> LogSource {
    let size = files.entry(path).ok().map(|entry| entry.size);
    LogSource { path: path.to_path_buf(), kind: LogKind::Unknown, size, owner: None }
}

/// The logs of the route, those that the caller names, and in the server those that the configuration lists.
fn sources(work: &Work, scene: &Scene, named: Vec<LogSource>, desk: &Desk) -> Vec<LogSource> {
    let mut sources: Vec<LogSource> = Vec::new();
    let mut owners: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    let of_others = |path: &PathBuf| work.inner.as_ref().is_some_and(|inner| inner.logs_before.contains(path));
    let own_logs: Vec<PathBuf> = scene
        .route
        .iter()
        .flat_map(|route| {
            let logs = route.settings.error_logs.iter().chain(&route.settings.access_logs);
            logs.filter_map(|log| log.file.clone())
        })
        .collect();
    let mut add = |source: LogSource| {
        if of_others(&source.path) && !own_logs.contains(&source.path) {
            return;
        }
        if sources.len() < MAX_FILES && !sources.iter().any(|known| known.path == source.path) {
            sources.push(source);
        }
    };
    if let Some(route) = &scene.route {
        let product = scene.gateway.as_ref().map_or(Product::Nginx, |gateway| product(gateway.kind));
        for log in &route.settings.error_logs {
            if let Some(path) = &log.file {
                add(LogSource { path: path.clone(), kind: LogKind::Said(product), size: None, owner: None });
            } else {
                desk.skip(
                    "read the gateway's error log",
                    format!("it goes to {}, not to a file", log.written),
                    product.by_hand(),
                );
            }
        }
        for log in &route.settings.access_logs {
            if let Some(path) = log.file.as_ref().filter(|_| product.writes_requests()) {
                add(LogSource { path: path.clone(), kind: LogKind::Said(product), size: None, owner: None });
            } else if let Some(path) = &log.file {
                let format = log
                    .format
                    .as_ref()
                    .map_or_else(AccessFormat::combined, |format| AccessFormat::of(product, &format.text));
                add(LogSource { path: path.clone(), kind: LogKind::Access(format), size: None, owner: None });
            }
        }
    }
    for source in named {
        add(source);
    }
    for (key, application) in &scene.applications {
        let product = Product::by_name(&application.product);
        for (path, product) in application.settings.logs.iter().filter_map(|path| Some((path, product?))) {
            let size = work.ctx.fileguard.entry(path).ok().map(|entry| entry.size);
            add(LogSource { path: path.clone(), kind: LogKind::Said(product), size, owner: None });
            owners.entry(path.clone()).or_default().push(key.clone());
        }
    }
    // What security modules forbade stands in no log of the gateway's own.
    let audit = Path::new("/var/log/audit/audit.log");
    if scene.on_gateway_host
        && work.request.rights == super::super::Rights::Terminal
        && work.ctx.fileguard.entry(audit).is_ok()
    {
        add(LogSource { path: audit.to_path_buf(), kind: LogKind::Said(Product::Audit), size: None, owner: None });
    }
    if let super::super::Rights::Server { gateways } = &work.request.rights {
        for path in gateways.iter().flat_map(|gateway| &gateway.logs) {
            for file in files_in(&work.ctx.fileguard, path) {
                add(LogSource { path: file, kind: LogKind::Unknown, size: None, owner: None });
            }
        }
    }
    // A log of several targets is no single one's; pools and processes in its lines tell them apart.
    for source in &mut sources {
        source.owner = owners.remove(&source.path).filter(|keys| keys.len() == 1).and_then(|mut keys| keys.pop());
    }
    sources
}

/// Whose lines a gateway's own log holds.
const fn product(kind: GatewayKind) -> Product {
    match kind {
        GatewayKind::Nginx => Product::Nginx,
        GatewayKind::Httpd => Product::Httpd,
        GatewayKind::Haproxy => Product::Haproxy,
        GatewayKind::Caddy => Product::Caddy,
        GatewayKind::Traefik => Product::Traefik,
        GatewayKind::Envoy => Product::Envoy,
        GatewayKind::Varnish => Product::Varnish,
        GatewayKind::Squid => Product::Squid,
        GatewayKind::Lighttpd => Product::Lighttpd,
        GatewayKind::Nghttpx => Product::Nghttpx,
        // hitch speaks of connections only, and in no format of its own.
        GatewayKind::H2o | GatewayKind::Hitch => Product::H2o,
    }
}

/// A file, or the `.log` files of a folder.
fn files_in(files: &Fileguard, path: &Path) -> Vec<PathBuf> {
    match files.entry(path) {
        Ok(entry) if entry.folder => {
            let all = files.list(path).unwrap_or_default();
            all.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "log")).collect()
        }
        Ok(_) => vec![path.to_path_buf()],
        Err(_) => Vec::new(),
    }
}

fn own(work: &Work, scene: &Scene) -> Own {
    let url = &scene.url;
    let mut clients: Vec<String> = scene.edges.iter().map(|edge| edge.ip().to_string()).collect();
    clients.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    Own {
        mark: work.mark.clone(),
        method: work.request.method.clone(),
        path: url.path().to_owned(),
        host: work.inner.as_ref().and_then(|inner| inner.request.host.clone()).unwrap_or_else(|| authority(url)),
        clients,
        sockets: Vec::new(),
        failures: Vec::new(),
        failed: Some(0),
        servers: haproxy::servers(scene),
        began: work.began,
    }
}

/// The Host header that a client sends for a URL.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Writes what was read, newer counts in the place of older ones.
struct Reader<'a> {
    desk: &'a Desk,
    known: BTreeMap<String, FactId>,
    unreadable: usize,
}

impl Reader<'_> {
    fn tell(&mut self, found: Vec<Result<read::Found, (PathBuf, FileError)>>) {
        self.unreadable = 0;
        for one in found {
            match one {
                Ok(found) => {
                    let place = found.path.display().to_string();
                    for (key, kind) in found.facts {
                        self.write(format!("{place} {key}"), &place, kind);
                    }
                }
                Err((path, error)) => {
                    self.unreadable += 1;
                    let command = error
                        .line_to_add()
                        .or_else(|| error.by_hand())
                        .unwrap_or_else(|| format!("sudo tail -n 50 {}", path.display()));
                    self.desk.skip(format!("read {}", path.display()), error.to_string(), command);
                }
            }
        }
    }

    /// Lines that do not come from a file.
    fn host(&mut self, place: &str, log: &str, lines: Seen<Vec<String>>, own: &Own, now: At) {
        match lines {
            Ok(lines) => {
                let read = LogRead {
                    path: place.to_owned(),
                    bytes: lines.iter().map(|line| line.len() as u64).sum(),
                    lines: lines.len() as u64,
                    log: log.to_owned(),
                    invalid_utf8: 0,
                };
                for (key, kind) in read::journal_in(&lines, own, now) {
                    self.write(format!("{place} {key}"), place, kind);
                }
                self.write(format!("{place} read"), place, FactKind::LogRead(read));
            }
            // A host without a journal misses nothing.
            Err(obstacle) if obstacle.kind == ObstacleKind::Absent => {}
            Err(obstacle) => self.desk.skip(format!("read {place}"), obstacle.reason, obstacle.command),
        }
    }

    fn write(&mut self, key: String, place: &str, kind: FactKind) {
        if let Some(id) = self.known.get(&key) {
            self.desk.replace(id, kind);
        } else {
            let id = self.desk.fact(Source::Log, place, kind);
            self.known.insert(key, id);
        }
    }

    fn judge(&self, sources: usize) -> (StepState, String) {
        let facts = self.desk.sheet().facts();
        let reasons: Vec<_> = facts
            .log_lines()
            .filter(|(_, line)| line.joined == Joined::Own)
            .map(|(_, line)| line.to_string())
            .collect();
        let others = facts.log_lines().filter(|(_, line)| line.joined == Joined::Window).count();
        let recent = facts.recent().map(|(_, recent)| recent.to_string()).next();
        match (reasons.first(), others, recent) {
            (Some(first), ..) => (StepState::Fault, first.clone()),
            (None, 1.., _) => {
                (StepState::Warning, format!("{others} kinds of failures of other requests while this run lasted"))
            }
            (None, 0, Some(recent)) => (StepState::Warning, recent),
            (None, 0, None) if self.unreadable == sources => (StepState::Skipped, "No log could be read".to_owned()),
            (None, 0, None) => (StepState::Ok, format!("{} logs say nothing of a failure", sources - self.unreadable)),
        }
    }
}
