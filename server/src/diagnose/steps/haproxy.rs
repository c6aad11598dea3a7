//! HAProxy's own word: what its configuration makes of the route's backend, and what its stats socket says.
//!
//! Only commands that show something are sent, whatever the socket would allow.

use super::logs::servers_of;
use super::{Work, guard_of};
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::{Desk, millis};
use crate::gateways::haproxy::{self, Detail, StatRow, Stats};
use app::model::fact::asked::HopSeen;
use app::model::fact::gateway::{GatewayLoad, MemberState, Pool};
use app::model::{FactId, FactKind, Source};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What is asked of the socket.
const COMMANDS: &[u8] = b"show info;show stat;show servers state\n";
/// Bytes of its answer that are read.
const MAX_ANSWER: u64 = 2 << 20;
/// How long it may take.
const LIMIT: Duration = Duration::from_millis(1500);
/// The second look comes when a request has ended, or after this.
const SECOND_LOOK: Duration = Duration::from_millis(1200);

/// What the configuration says of the way of this URL.
pub(super) fn detail(scene: &Scene) -> Option<Detail<'_>> {
    let gateway = scene.gateway.as_ref()?;
    haproxy::detail(&gateway.config, &scene.url, scene.edges.first().copied())
}

/// Tells the pool that the route leads to.
pub(super) fn pool(scene: &Scene, desk: &Desk) {
    let Some(detail) = detail(scene) else { return };
    let (Some(place), backend) = (detail.place.clone(), detail.backend.as_ref()) else { return };
    let servers = backend.map_or_else(Vec::new, haproxy::Proxy::servers);
    let all_out = backend.is_some_and(haproxy::Proxy::disabled);
    let out = servers.iter().filter(|server| all_out || server.disabled || server.weight == 0).count();
    let timeout = |name: &str| backend.and_then(|backend| backend.timeout(name)).map(|set| millis(set.value));
    let fact = Pool {
        name: backend.map_or_else(String::new, |backend| backend.section.name.clone()),
        members: u32::try_from(servers.len()).unwrap_or(u32::MAX),
        taken_out: u32::try_from(out).unwrap_or(u32::MAX),
        place: place.to_string(),
        queue_timeout_ms: timeout("queue").or_else(|| timeout("connect")),
    };
    desk.fact(Source::Config, place.to_string(), FactKind::Pool(fact));
}

/// Reads the stats socket twice: at once, and when requests of this run have failed.
pub(super) async fn counters(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let Some(tree) = scene.gateway.as_ref().and_then(|gateway| haproxy::tree(&gateway.config)) else { return };
    let sockets = haproxy::stats_sockets(tree);
    let Some(path) = sockets.first() else {
        desk.skip(
            "ask HAProxy for its servers' states and limits",
            "its configuration has no stats socket on a path",
            "stats socket /run/haproxy/admin.sock mode 660 level user   # in section global, then reload",
        );
        return;
    };
    let mut teller = Teller { scene, desk, known: BTreeMap::new(), loads: BTreeMap::new() };
    if let Some(stats) = read(work, scene, desk, path).await {
        teller.tell(&stats, path);
        work.progress_until(SECOND_LOOK, |progress| progress.ended > 0).await;
        if let Some(stats) = read(work, scene, desk, path).await {
            teller.tell(&stats, path);
        }
    }
}

async fn read(work: &Work, scene: &Arc<Scene>, desk: &Desk, path: &Path) -> Option<Stats> {
    let guard = guard_of(work, Some(scene));
    let asking = async {
        let mut stream = guard.connect_unix(path, LIMIT).await?;
        stream.write_all(COMMANDS).await?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = match tokio::time::timeout(LIMIT.min(work.left()), asking).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return not_read(desk, path, &error.to_string()),
        Err(_) => return not_read(desk, path, "it did not answer in time"),
    };
    let stats = Stats::read(&String::from_utf8_lossy(&answer));
    if stats.rows.is_empty() {
        return not_read(desk, path, "it did not show its counters");
    }
    Some(stats)
}

fn not_read(desk: &Desk, path: &Path, why: &str) -> Option<Stats> {
    desk.skip(
        "ask HAProxy for its servers' states and limits",
        format!("its stats socket {} cannot be asked: {why}", path.display()),
        format!("echo 'show stat; show info; show servers state' | sudo socat stdio {}", path.display()),
    );
    None
}

/// Writes what was read, newer in the place of older.
struct Teller<'a> {
    scene: &'a Arc<Scene>,
    desk: &'a Desk,
    known: BTreeMap<String, FactId>,
    /// The least number of connections and the longest queue that were seen.
    loads: BTreeMap<String, (u64, u64)>,
}

impl Teller<'_> {
    fn tell(&mut self, stats: &Stats, path: &Path) {
        let seen = path.display().to_string();
        if let Some(version) = stats.info.get("Version") {
            self.desk.sheet().hop(&HopSeen {
                name: "haproxy".to_owned(),
                version: Some(version.clone()),
                role: "gateway".to_owned(),
                evidence: format!("its stats socket {seen}"),
            });
        }
        let number = |name: &str| stats.info.get(name).and_then(|value| value.parse().ok());
        if let Some(current) = number("CurrConns") {
            self.load("process".to_owned(), current, number("Maxconn"), 0, &seen);
        }
        let Some(detail) = detail(self.scene) else { return };
        let frontend = &detail.frontend.section.name;
        if let Some(row) = stats.row_of(frontend, "FRONTEND") {
            let current = row.number("scur").unwrap_or(0);
            self.load(format!("frontend {frontend}"), current, row.number("slim"), 0, &seen);
        }
        let Some(backend) = detail.backend.as_ref().map(|backend| backend.section.name.clone()) else { return };
        if let Some(row) = stats.row_of(&backend, "BACKEND") {
            let (current, waiting) = (row.number("scur").unwrap_or(0), row.number("qcur").unwrap_or(0));
            self.load(format!("backend {backend}"), current, None, waiting, &seen);
        }
        let places = servers_of(self.scene);
        let servers = stats.rows.iter().filter(|row| row.proxy == backend && row.field("type") == "2");
        for row in servers.take(64) {
            self.member(row, stats, &places, &seen);
        }
    }

    fn load(&mut self, of: String, current: u64, limit: Option<u64>, waiting: u64, seen: &str) {
        let (current, waiting) = self.least(&of, current, waiting);
        let fact = GatewayLoad { of: of.clone(), current, limit: limit.filter(|limit| *limit > 0), waiting };
        self.write(of, seen, FactKind::GatewayLoad(fact));
    }

    /// The least number and the longest queue of all looks.
    fn least(&mut self, key: &str, current: u64, waiting: u64) -> (u64, u64) {
        let seen = self.loads.entry(key.to_owned()).or_insert((current, waiting));
        *seen = (seen.0.min(current), seen.1.max(waiting));
        *seen
    }

    fn member(&mut self, row: &StatRow, stats: &Stats, places: &BTreeMap<String, String>, seen: &str) {
        let name = format!("{}/{}", row.proxy, row.name);
        let state = stats.servers.iter().find(|state| state.backend == row.proxy && state.name == row.name);
        let running = state.and_then(|state| {
            let ip: std::net::IpAddr = state.address.parse().ok()?;
            (!ip.is_unspecified() && state.port > 0).then(|| std::net::SocketAddr::new(ip, state.port).to_string())
        });
        let number = |field: &str| row.number(field).unwrap_or(0);
        let (current, waiting) = self.least(&name, number("scur"), number("qcur"));
        let fact = MemberState {
            target: running.or_else(|| places.get(&name).cloned()),
            status: row.field("status").to_owned(),
            // A star marks a check that is under way; what follows is the last result.
            check: row.field("check_status").trim_start_matches("* ").to_owned(),
            check_status: row.number("check_code").and_then(|code| u16::try_from(code).ok()).filter(|code| *code > 0),
            check_says: row.field("last_chk").chars().filter(|c| !c.is_control()).take(120).collect(),
            since_s: row.number("lastchg"),
            current,
            limit: row.number("slim").filter(|limit| *limit > 0),
            waiting,
            connect_errors: number("econ"),
            answer_errors: number("eresp"),
            backup: number("bck") > 0,
            by_hand: state.is_some_and(haproxy::ServerState::by_hand),
            unresolved: state.is_some_and(haproxy::ServerState::unresolved),
            name: name.clone(),
        };
        self.write(name, seen, FactKind::MemberState(fact));
    }

    fn write(&mut self, key: String, seen: &str, kind: FactKind) {
        if let Some(id) = self.known.get(&key) {
            self.desk.replace(id, kind);
        } else {
            let id = self.desk.measured(seen, kind);
            self.known.insert(key, id);
        }
    }
}
