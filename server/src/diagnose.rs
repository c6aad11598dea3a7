//! The wizard's engine: six steps make facts, inference makes the verdict.
//!
//! ```text
//! run ─► discovery (once) ─► six steps side by side ─► facts ─► infer ─► verdict
//!            │                      │                              ▲
//!            └── gateway, route ────┘      every new fact ─────────┘
//! ```
//!
//! Steps never guess; inference never measures. No step stops another, and each has its own deadline.

pub mod causes;
pub mod facts;
pub mod infer;
pub mod rule;

pub use causes::CAUSES;

use crate::clock;
use crate::fileguard::Fileguard;
use crate::host::Host;
use crate::netguard::Netguard;
use crate::unitguard::Units;
use app::model::run::SCHEMA;
use app::model::{At, Run, RunId, RunState, Step, StepReport, StepState};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long a terminal stays, and the latest moment of a first verdict.
pub const FIRST_VERDICT: Duration = Duration::from_secs(15);

/// The longest that a run lasts, whatever a gateway's own timeouts are.
pub const LONGEST_RUN: Duration = Duration::from_secs(180);

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// Walks through the six steps for one URL. Every change of the run is sent to `updates`; the answer is the
/// last one. Ends within `request.wait` (at most [`LONGEST_RUN`]) plus a second; `stop` ends it at once as
/// interrupted. The caller has judged the URL ([`Netguard::check_url`]); one that cannot be parsed gives a
/// finished run whose first step says so.
pub async fn run(
    _ctx: &Context,
    _request: Request,
    _id: RunId,
    _updates: watch::Sender<Arc<Run>>,
    _stop: CancellationToken,
) -> Run {
    todo!()
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
    }
}
