//! Step 1: does it persist, and which hop says it? Several fresh requests, as a visitor sends them.

mod splits;
mod versions;

use super::fingerprint::{self, Fingerprint};
use super::{Progress, Work, body_failure, body_hash, failure, guard_of};
use crate::diagnose::Rights;
use crate::diagnose::sheet::{Desk, millis};
use crate::net::{self, Exchange, Limits, Target};
use crate::netguard::Netguard;
use app::model::fact::asked::{Attempt, During, Failure};
use app::model::{FactId, FactKind, FaultKind, Step, StepState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

/// An answer slower than this is followed by few more requests, side by side.
const QUICK: Duration = Duration::from_millis(300);
/// While the first request waits longer than this, two more are sent beside it.
const SLOW: Duration = Duration::from_secs(3);
/// Quick requests together take no longer than this while all is well, so that a healthy run stays short.
const WELL: Duration = Duration::from_millis(1200);
/// And no longer than this when some fail.
const ILL: Duration = Duration::from_secs(4);
/// Bytes of a long answer that are read once.
const WHOLE: u64 = 32 << 20;
/// How long that may take.
const WHOLE_TIME: Duration = Duration::from_millis(2500);
/// How long the reader stands still meanwhile.
const SLOWLY: Duration = Duration::from_millis(400);
/// Bytes of a body that are read and kept for the fingerprint.
const KEEP: usize = 16 * 1024;

/// Sends the requests and tells what came of them.
pub(in crate::diagnose) async fn check(work: Work, url: Url) {
    let desk = work.desk(Step::Refresh);
    let by_hand =
        format!("for i in 1 2 3 4 5 6; do curl -sS -o /dev/null -w '%{{http_code}} %{{time_total}}\\n' '{url}'; done");
    let headers = format!("curl -sS -i '{url}' | head -40");
    desk.begin(
        &[
            "the same request several times, each on a fresh connection",
            "over TLS, the same request in HTTP/2, as browsers send it",
            "where it fails: the same with another method, past caches, without cookies",
            "who made the answer, by its headers and error page",
        ],
        vec![by_hand, headers],
    );
    let asker = Asker { work: work.clone(), url, desk: desk.clone(), long: Arc::default() };
    let attempts = asker.all().await;
    let (differs, answered) = tokio::join!(asker.compare(&attempts), asker.split(&attempts));
    let attempts = [attempts, differs.further].concat();
    let differs: Vec<String> = differs.words.into_iter().chain(answered).collect();
    let state = if attempts.iter().any(Attempt::failed) {
        StepState::Fault
    } else if attempts.iter().all(Attempt::succeeded) && !attempts.is_empty() {
        StepState::Ok
    } else {
        StepState::Warning
    };
    desk.finish(state, [vec![told(&attempts)], differs].concat().join("; "));
    asker.work.progress.send_modify(|progress| progress.over = true);
}

/// Sends the requests of one run.
#[derive(Clone)]
struct Asker {
    work: Work,
    url: Url,
    desk: Desk,
    /// The first answer was longer than what is read of it.
    long: Arc<AtomicBool>,
}

impl Asker {
    /// All requests, as many as the first one's answer and time suggest.
    async fn all(&self) -> Vec<Attempt> {
        let mut running = JoinSet::new();
        self.send(&mut running, 1, Way::default());
        let mut attempts = Vec::new();
        if tokio::time::timeout(SLOW, collect(&mut running, &mut attempts)).await.is_err() {
            self.send(&mut running, 2, Way::default());
            self.send(&mut running, 3, Way { http2: self.in_http2(), ..Way::default() });
            collect(&mut running, &mut attempts).await;
            return attempts;
        }
        let Some(first) = attempts.first().cloned() else { return attempts };
        if first
            .failure
            .as_ref()
            .is_some_and(|f| matches!(f.kind, FaultKind::Blocked | FaultKind::NameNotFound | FaultKind::Internal))
        {
            return attempts;
        }
        let scene = self.work.scene_within(Duration::from_millis(1500)).await;
        let edges = scene.as_ref().map_or_else(Vec::new, |scene| scene.edges.clone());
        let members = scene.as_ref().map_or(1, |scene| scene.targets.len().max(1));
        let read_only = matches!(self.work.request.method.as_str(), "GET" | "HEAD");
        if Duration::from_millis(first.total_ms) > QUICK {
            for number in 2..=4 {
                self.send(&mut running, number, Way::to(address(&edges, number)));
            }
            if self.in_http2() {
                self.send(&mut running, 5, Way { http2: true, address: address(&edges, 1) });
            }
            collect(&mut running, &mut attempts).await;
            return attempts;
        }
        let most = if read_only { u16::try_from(members * 4).unwrap_or(16).clamp(6, 16) } else { 4 };
        let begun = Instant::now();
        if self.in_http2() {
            self.send(&mut running, most + 1, Way { http2: true, address: address(&edges, 1) });
        }
        for number in 2..=most {
            let budget = if attempts.iter().any(Attempt::failed) { ILL } else { WELL };
            if begun.elapsed() > budget || self.work.left().is_zero() {
                break;
            }
            self.send(&mut running, number, Way::to(address(&edges, number)));
            collect(&mut running, &mut attempts).await;
        }
        attempts
    }

    fn send(&self, running: &mut JoinSet<Option<Attempt>>, number: u16, way: Way) {
        let asker = self.clone();
        running.spawn(async move {
            let attempt = asker.one(number, way).await?;
            asker.work.progress.send_modify(|progress: &mut Progress| {
                progress.ended += 1;
                progress.failed += u16::from(attempt.failed());
            });
            Some(attempt)
        });
    }

    /// One request; while it waits, the sheet says so. Nothing where it is for HTTP/2, and none is spoken there.
    async fn one(&self, number: u16, way: Way) -> Option<Attempt> {
        let mark = format!("{}-{number}", self.work.mark);
        let scene = match (&self.work.request.rights, number) {
            // The server may ask a gateway's listener only by the leave of its configuration, which is read first.
            (Rights::Server { .. }, 1) => self.work.scene_within(Duration::from_secs(2)).await,
            (Rights::Terminal, 1) => None,
            _ => self.work.scene_within(Duration::ZERO).await,
        };
        let guard: Netguard = guard_of(&self.work, scene.as_ref()).clone();
        let request = self.request(number, &mark, way.address);
        let started = Instant::now();
        let version = way.http2.then(|| versions::HTTP2.to_owned());
        let mut open =
            Attempt { number, method: request.method.clone(), mark, version, open: true, ..Attempt::default() };
        let mut fact: Option<FactId> = None;
        let mut ticks = tokio::time::interval_at(started + Duration::from_millis(1500), Duration::from_secs(1));
        let exchange = ask(&guard, &request, way.http2);
        tokio::pin!(exchange);
        let done = loop {
            tokio::select! {
                done = &mut exchange => break done,
                _ = ticks.tick() => {
                    open.total_ms = millis(started.elapsed());
                    if self.beyond_patience(started).await {
                        return Some(self.given_up(fact, open));
                    }
                    self.tell(&mut fact, &open);
                }
            }
        };
        let Some(done) = done else {
            self.desk.skip(
                "the same request in HTTP/2",
                "the site offers no HTTP/2 (by ALPN)",
                format!("curl -sS -o /dev/null -w '%{{http_version}}\\n' '{}'", self.url),
            );
            return None;
        };
        if let Some(refusal) = done.result.as_ref().err().and_then(|fault| fault.refusal.as_ref()) {
            self.desk.skip("ask the URL", refusal.to_string(), refusal.line().unwrap_or_default());
        }
        if done.result.as_ref().is_ok_and(|answer| answer.end == net::BodyEnd::TooLong) {
            self.long.store(true, Ordering::Relaxed);
        }
        let found = fingerprint_of(&done);
        let mut attempt = attempt(open, &done, &found);
        let timed_out = attempt.failure.as_ref().is_some_and(|failure| failure.kind == FaultKind::ReadTimeout);
        if timed_out && attempt.status.is_none() && self.work.left().is_zero() && !self.beyond_patience(started).await {
            // The run's time is over, not the gateway's: its answer may still come.
            attempt.open = true;
            attempt.failure = None;
        }
        self.tell(&mut fact, &attempt);
        self.tell_hops(&attempt, found);
        Some(attempt)
    }

    /// Whether the gateway had longer than its own configuration allows it.
    async fn beyond_patience(&self, started: Instant) -> bool {
        let scene = self.work.scene_within(Duration::ZERO).await;
        scene.is_some_and(|scene| started.elapsed() > scene.patience)
    }

    fn given_up(&self, mut fact: Option<FactId>, open: Attempt) -> Attempt {
        let detail = "longer than any timeout of the gateway's configuration".to_owned();
        let failure = Failure { kind: FaultKind::ReadTimeout, during: During::Wait, errno: None, detail };
        let attempt = Attempt { open: false, failure: Some(failure), ..open };
        self.tell(&mut fact, &attempt);
        attempt
    }

    fn request(&self, number: u16, mark: &str, address: Option<SocketAddr>) -> net::Request {
        let asked = &self.work.request;
        let mut headers = asked.headers.clone();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            headers.push(("User-Agent".to_owned(), format!("gatewatch-probe/{mark}")));
        }
        let left = self.work.left().max(Duration::from_millis(100));
        if let Some(inner) = &self.work.inner {
            let limits = Limits {
                connect: left.min(Duration::from_secs(5)),
                first_byte: left,
                total: left,
                ..self.body_limits(number)
            };
            return net::Request { headers, limits, keep_body: KEEP, ..inner.request.clone() };
        }
        net::Request {
            method: asked.method.clone(),
            headers,
            body_size: asked.body_size,
            target: address.map_or(Target::Resolve, Target::Address),
            limits: Limits {
                connect: left.min(Duration::from_secs(5)),
                first_byte: left,
                total: left,
                ..self.body_limits(number)
            },
            keep_body: KEEP,
            ..net::Request::get(self.url.clone())
        }
    }

    /// A long answer is read whole once, slowly at first: what the gateway cannot pass on at once it keeps on its disk.
    fn body_limits(&self, number: u16) -> Limits {
        if number == 2 && self.long.load(Ordering::Relaxed) {
            Limits { body_bytes: WHOLE, pause: SLOWLY, body_time: WHOLE_TIME, ..Limits::default() }
        } else {
            Limits::default()
        }
    }

    fn tell(&self, fact: &mut Option<FactId>, attempt: &Attempt) {
        let kind = FactKind::Attempt(attempt.clone());
        match fact {
            Some(id) => self.desk.replace(id, kind),
            None => *fact = Some(self.desk.measured(self.url.as_str(), kind)),
        }
    }

    /// The hops that this answer shows; those of a failing answer count more, so each new product is told once.
    fn tell_hops(&self, attempt: &Attempt, found: Fingerprint) {
        let sheet = self.desk.sheet();
        let facts = sheet.facts();
        for hop in found.hops {
            let known =
                facts.all().iter().any(|fact| matches!(&fact.kind, FactKind::HopSeen(known) if known.name == hop.name));
            if !known {
                sheet.hop(&hop);
                self.desk.measured(attempt.address.clone().unwrap_or_default(), FactKind::HopSeen(hop));
            }
        }
        if let Some(scenario) = found.scenario {
            sheet.scenario(scenario);
        }
        if let Some(edge) = found.edge
            && !facts.edge_verdicts().any(|(_, known)| *known == edge)
        {
            self.desk.measured(attempt.address.clone().unwrap_or_default(), FactKind::EdgeVerdict(edge));
        }
    }
}

/// In which way a request is sent.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    /// To this address; to whatever the name gives, where there is none.
    address: Option<SocketAddr>,
    /// In HTTP/2.
    http2: bool,
}

impl Way {
    fn to(address: Option<SocketAddr>) -> Self {
        Self { address, http2: false }
    }
}

/// One exchange; nothing where HTTP/2 is wanted and the peer does not speak it.
async fn ask(guard: &Netguard, request: &net::Request, http2: bool) -> Option<Exchange> {
    if !http2 {
        return Some(net::exchange(guard, request).await);
    }
    let asked = net::ask_http2(guard, request).await;
    asked.spoken.then_some(asked.exchange)
}

async fn collect(running: &mut JoinSet<Option<Attempt>>, attempts: &mut Vec<Attempt>) {
    while let Some(ended) = running.join_next().await {
        attempts.extend(ended.ok().flatten());
    }
}

/// Requests go round the addresses of the name.
fn address(edges: &[SocketAddr], number: u16) -> Option<SocketAddr> {
    (edges.len() > 1).then(|| edges[usize::from(number - 1) % edges.len()])
}

fn fingerprint_of(done: &Exchange) -> Fingerprint {
    done.result
        .as_ref()
        .map(|answer| fingerprint::read_with(answer.status, &answer.reason, &answer.headers, &answer.body))
        .unwrap_or_default()
}

fn attempt(open: Attempt, done: &Exchange, found: &Fingerprint) -> Attempt {
    let mut attempt = Attempt {
        open: false,
        address: done.peer.clone(),
        client: done.local.map(|local| local.to_string()),
        phases: done.phases,
        total_ms: millis(done.total),
        ..open
    };
    match &done.result {
        Ok(answer) => {
            attempt.status = Some(answer.status);
            attempt.version = Some(answer.version.clone());
            attempt.server = answer.header("server").map(|value| value.chars().take(80).collect());
            attempt.page.clone_from(&found.page);
            attempt.body_hash = body_hash(&answer.body);
            attempt.failure = body_failure(answer.end);
        }
        Err(fault) => attempt.failure = Some(failure(fault)),
    }
    attempt
}

fn told(attempts: &[Attempt]) -> String {
    let all = attempts.len();
    let failed: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.failed()).collect();
    let Some(first) = failed.first() else {
        return match attempts.first().and_then(|attempt| attempt.status) {
            Some(status) => format!("All {all} requests were answered, the first with {status}"),
            None => "No request was answered".to_owned(),
        };
    };
    let what = match (first.status, &first.failure) {
        (Some(status), _) => format!("status {status}"),
        (None, Some(failure)) => failure.to_string(),
        (None, None) => "no answer".to_owned(),
    };
    let page = first.page.as_ref().map_or_else(String::new, |page| format!(", {page}'s own error page"));
    format!("{} of {all} requests failed: {what}{page}", failed.len())
}
