//! The wizard's engine: six steps make facts, inference makes the verdict.
//!
//! ```text
//! run ─► discovery (once) ─► six steps side by side ─► facts ─► infer ─► verdict
//!            │                      │                              ▲
//!            └── gateway, route ────┘      every new fact ─────────┘
//! ```
//!
//! Steps never guess; inference never measures. No step stops another, and each has its own deadline.

pub mod again;
pub mod causes;
pub mod facts;
pub mod given;
pub mod infer;
mod inner;
pub mod pasted;
pub mod practices;
mod reasons;
pub mod rule;
mod scene;
mod setup;
mod sheet;
mod steps;

pub use causes::CAUSES;

use crate::clock;
use crate::fileguard::Fileguard;
use crate::host::Host;
use crate::netguard::{Netguard, Refusal};
use crate::unitguard::Units;
use app::model::fact::limits::Watched;
use app::model::run::{Noticed, SCHEMA};
use app::model::{At, FactKind, Run, RunId, RunState, Step, StepReport, StepState, Strength};
use given::paste::Paste;
use sheet::Sheet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use steps::Work;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long a terminal stays, and the latest moment of a first verdict.
pub const FIRST_VERDICT: Duration = Duration::from_secs(15);

/// The longest that a run lasts, whatever a gateway's own timeouts are.
pub const LONGEST_RUN: Duration = Duration::from_mins(3);

/// No run is shorter, or nothing could be seen.
const SHORTEST_RUN: Duration = Duration::from_secs(1);

/// When a first verdict is drawn, whatever is still open; a little before it has to stand.
const FIRST_VERDICT_BY: Duration = Duration::from_secs(13);

/// What a step says that was left out of a repeated run.
const NOT_REPEATED: &str = "Not repeated: the earlier verdict does not rest on it";

/// How long the look at the host's connections may hold up the first request.
const GLANCE: Duration = Duration::from_millis(150);

/// Between two looks at new facts.
const TICK: Duration = Duration::from_millis(200);

/// How long steps may take to end after the run's time is over.
const GRACE: Duration = Duration::from_millis(700);

/// With whose rights a run acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rights {
    /// Its user's own, in a terminal.
    #[default]
    Terminal,
    /// The server's: what the configuration lists, and nothing else.
    Server {
        /// The `[[gateways]]` entries.
        gateways: Vec<GatewayLeave>,
    },
}

/// What a `[[gateways]]` entry lets a run read and ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayLeave {
    /// Its name.
    pub name: String,
    /// Main configuration files.
    pub config: Vec<PathBuf>,
    /// Log files or folders.
    pub logs: Vec<PathBuf>,
    /// Units of systemd.
    pub units: Vec<String>,
}

/// What to diagnose, and where to look first.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The URL as typed.
    pub url: String,
    /// HTTP method; another one than `GET` and `HEAD` only because the admin named it.
    pub method: String,
    /// Further request headers.
    pub headers: Vec<(String, String)>,
    /// Bytes of request body to send.
    pub body_size: u64,
    /// Main configuration files of the gateway, before those that discovery finds.
    pub gateway_configs: Vec<PathBuf>,
    /// Log files, besides those that the configuration names.
    pub logs: Vec<PathBuf>,
    /// Upstream addresses (`host:port` or `unix:/path`), besides those that the configuration names.
    pub upstreams: Vec<String>,
    /// How long the run may last before what is still open is left open.
    pub wait: Duration,
    /// With whose rights it acts.
    pub rights: Rights,
    /// Output of commands that somebody ran by hand; becomes facts once the steps have ended.
    pub pasted: Vec<Paste>,
    /// An earlier run whose verdict is to be checked: only the steps that it rests on are walked, unless they give
    /// another answer.
    pub again: Option<Arc<Run>>,
    /// What the monitor had seen before; told at the run's head, and no fact of it.
    pub noticed: Option<Noticed>,
}

impl Request {
    /// A plain GET of a URL in a terminal.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            body_size: 0,
            gateway_configs: Vec::new(),
            logs: Vec::new(),
            upstreams: Vec::new(),
            wait: FIRST_VERDICT,
            rights: Rights::Terminal,
            pasted: Vec::new(),
            again: None,
            noticed: None,
        }
    }
}

/// The doors through which a run looks and asks.
#[derive(Clone)]
pub struct Context {
    /// The only door out.
    pub netguard: Netguard,
    /// The only door to files.
    pub fileguard: Fileguard,
    /// This host.
    pub host: Arc<dyn Host>,
    /// Units of systemd; `None` where none may be asked.
    pub units: Option<Units>,
    /// Name servers of the configuration, asked besides the system's.
    pub name_servers: Vec<SocketAddr>,
    /// Names and URLs of the monitors; `None` in a terminal, which has none.
    pub monitors: Option<Vec<(String, String)>>,
}

/// Walks through the six steps for one URL. Every change of the run is sent to `updates`; the answer is the
/// last one. Ends within `request.wait` (at most [`LONGEST_RUN`]) plus a second; `stop` ends it at once as
/// interrupted. A URL that the guard refuses gives a finished run whose first step says why.
pub async fn run(
    ctx: &Context,
    request: Request,
    id: RunId,
    updates: watch::Sender<Arc<Run>>,
    stop: CancellationToken,
) -> Run {
    let (started, began) = (Instant::now(), clock::now());
    let until = started + request.wait.clamp(SHORTEST_RUN, LONGEST_RUN);
    let mark = id.as_str().to_owned();
    let noticed = request.noticed.clone();
    let sheet = Sheet::new(Run { noticed, ..empty_run(id, &request.url, began) }, updates, started);
    let url = match ctx.netguard.check_url(&request.url) {
        Ok(url) => url,
        Err(refusal) => return refused(&sheet, &refusal),
    };
    sheet.desk(Step::Refresh).measured(url.as_str(), FactKind::Watched(watched(ctx.monitors.as_deref(), &url)));
    let (found, scene) = watch::channel(None);
    let work = Work::new(ctx.clone(), Arc::new(request), scene, sheet.clone(), until, mark, began);
    // Whose connections an application holds tells others' requests from our own only before there are any of ours.
    if let Ok(Ok(taken)) = tokio::time::timeout(GLANCE, work.ctx.host.taken()).await {
        work.remember(taken);
    }
    let mut running = JoinSet::new();
    {
        let (work, url) = (work.clone(), url.clone());
        running.spawn(async move {
            let desk = work.desk(Step::Upstream);
            let scene = scene::discover(&work.ctx, &work.request, url, &desk).await;
            found.send_replace(Some(Arc::new(scene)));
        });
    }
    let wanted =
        work.request.again.as_ref().map_or_else(|| Step::ALL.iter().copied().collect(), |old| again::steps(old));
    for step in Step::ALL {
        if wanted.contains(step) {
            walk(&mut running, *step, &work, &url);
        } else {
            work.desk(*step).finish(StepState::Skipped, NOT_REPEATED);
        }
    }
    running.spawn(inner::follow(work.clone()));
    let mut state = watch_over(&work, &mut running, &stop).await;
    if state == RunState::Finished && wanted.len() < Step::ALL.len() && !is_settled(&work) {
        for step in Step::ALL.iter().filter(|step| !wanted.contains(step)) {
            walk(&mut running, *step, &work, &url);
        }
        state = watch_over(&work, &mut running, &stop).await;
    }
    running.shutdown().await;
    pasted::write(&sheet, &work.request.pasted);
    sheet.conclude(infer::infer(&sheet.all_facts()), None);
    if let Some(old) = &work.request.again {
        sheet.compare(old.id.clone(), again::changes(old, &sheet.run()));
    }
    sheet.end(state)
}

/// Starts a step.
fn walk(running: &mut JoinSet<()>, step: Step, work: &Work, url: &Url) {
    let work = work.clone();
    match step {
        Step::Refresh => running.spawn(steps::refresh::check(work, url.clone())),
        Step::Server => running.spawn(steps::server::check(work)),
        Step::Dns => running.spawn(steps::dns::check(work)),
        Step::Logs => running.spawn(steps::logs::check(work)),
        Step::Network => running.spawn(steps::network::check(work)),
        Step::Upstream => running.spawn(steps::upstream::check(work)),
    };
}

/// Whether a repeated part of an earlier run answers the question: is it fixed, or is it the same?
fn is_settled(work: &Work) -> bool {
    let Some(old) = &work.request.again else { return true };
    again::settled(old, &infer::infer(&work.sheet.all_facts()).verdict)
}

/// The monitors that watch the URL's own scheme, host and port.
fn watched(monitors: Option<&[(String, String)]>, url: &url::Url) -> Watched {
    let same = |watched: &str| url::Url::parse(watched).is_ok_and(|watched| watched.origin() == url.origin());
    let of_this = monitors.unwrap_or_default().iter().filter(|(_, watched)| same(watched));
    Watched { known: monitors.is_some(), monitors: of_this.map(|(name, _)| name.clone()).collect() }
}

/// Waits for the steps and draws conclusions as facts come; answers how the run ended.
async fn watch_over(work: &Work, running: &mut JoinSet<()>, stop: &CancellationToken) -> RunState {
    let mut ticks = tokio::time::interval(TICK);
    let mut concluded = 0;
    loop {
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(Ok(())) => {}
                // A step that panicked is a bug of ours; the others go on and the run says what they found.
                Some(Err(error)) => tracing::error!(%error, "a step of a run ended early"),
                None => return RunState::Finished,
            },
            _ = ticks.tick() => {}
            () = stop.cancelled() => return RunState::Interrupted,
            () = tokio::time::sleep_until(work.until + GRACE) => return RunState::Finished,
        }
        let revision = work.sheet.revision();
        if revision != concluded && conclude(work) {
            concluded = revision;
        }
    }
}

/// Concludes from what is known, if that is worth telling already: something is proven, or it is time for a first
/// verdict. Answers whether it did.
fn conclude(work: &Work) -> bool {
    let inference = infer::infer(&work.sheet.all_facts());
    let proven = inference.verdict.strength == Some(Strength::Proven);
    let due = work.sheet.started().elapsed() >= FIRST_VERDICT_BY;
    if !(proven || due) {
        return false;
    }
    let waiting = waiting_for(work);
    work.sheet.conclude(inference, waiting);
    true
}

/// What an unfinished run waits for, in words.
fn waiting_for(work: &Work) -> Option<String> {
    let facts = work.sheet.facts();
    let open = facts.attempts().filter(|(_, attempt)| attempt.open).count();
    let direct = facts.directs().find(|(_, direct)| direct.open).map(|(_, direct)| direct.target.clone());
    let left = work.left().as_secs();
    match (open, direct) {
        (0, None) => None,
        (0, Some(target)) => Some(format!("the direct answer of {target}, for at most {left} s more")),
        (open, _) => {
            Some(format!("{open} requests through the gateway that are still open, for at most {left} s more"))
        }
    }
}

fn refused(sheet: &Sheet, refusal: &Refusal) -> Run {
    let reason = refusal.to_string();
    let desk = sheet.desk(Step::Refresh);
    desk.begin(&["whether this URL may be asked"], Vec::new());
    desk.skip("ask the URL", reason.clone(), refusal.line().unwrap_or_default());
    desk.finish(StepState::Error, reason);
    sheet.conclude(infer::infer(&sheet.facts()), None);
    sheet.end(RunState::Finished)
}

/// The URL by which an inner gateway knows a request: the Host that it is sent, at the port that it listens on.
fn net_url(request: &crate::net::Request, address: SocketAddr) -> Option<url::Url> {
    let mut url = request.url.clone();
    let host = request.host.clone().unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host.as_str(),
    };
    if !name.is_empty() {
        url.set_host(Some(name)).ok()?;
    }
    url.set_port(Some(address.port())).ok()?;
    Some(url)
}

/// The id of a run that is nowhere kept.
fn no_id() -> RunId {
    "none".parse().unwrap_or_else(|_| unreachable!("`none` is an id"))
}

/// A run before its first fact: six pending steps, no verdict.
pub fn empty_run(id: RunId, url: &str, started: At) -> Run {
    let steps = Step::ALL.iter().map(|step| StepReport {
        number: step.number(),
        step: *step,
        state: StepState::Pending,
        summary: String::new(),
        duration_ms: 0,
        asked: Vec::new(),
        by_hand: Vec::new(),
        facts: Vec::new(),
        skipped: Vec::new(),
    });
    Run {
        schema: SCHEMA,
        id,
        state: RunState::Running,
        url: url.to_owned(),
        started_at: clock::rfc3339(started),
        duration_ms: 0,
        scenario: None,
        hops: Vec::new(),
        steps: steps.collect(),
        verdict: None,
        findings: Vec::new(),
        practices: Vec::new(),
        waiting_for: None,
        again: None,
        noticed: None,
        changes: Vec::new(),
    }
}
