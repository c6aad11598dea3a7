//! The six steps: order, deadlines, and what they share while they work.
//!
//! Steps look and ask; they never conclude. Each writes its facts on the sheet as they come, so that a first
//! verdict can stand while requests are still open.

pub(super) mod dns;
mod fingerprint;
mod haproxy;
pub(super) mod logs;
pub(super) mod network;
pub(super) mod refresh;
pub(super) mod server;
pub(super) mod upstream;

use super::scene::Scene;
use super::sheet::{Desk, Sheet};
use super::{Context, Request};
use crate::host::Taken;
use crate::netguard::Netguard;
use app::model::fact::asked::{During as FactDuring, Failure};
use app::model::{At, Millis, Step};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// When a process began is known to two ticks of the kernel's clock.
const START_SLACK: Duration = Duration::from_millis(20);

/// What every step works with.
#[derive(Clone)]
pub(super) struct Work {
    /// The doors.
    pub(super) ctx: Context,
    /// What is diagnosed.
    pub(super) request: Arc<Request>,
    /// What was found at the start; `None` until it was.
    scene: watch::Receiver<Option<Arc<Scene>>>,
    /// How far step 1 is.
    pub(super) progress: Arc<watch::Sender<Progress>>,
    /// The sheet.
    pub(super) sheet: Sheet,
    /// When the run has to be over.
    pub(super) until: Instant,
    /// By which the run's requests can be found in logs.
    pub(super) mark: String,
    /// When the run began, by the clock.
    pub(super) began: At,
    /// Connections that processes of this host held before the run's first request.
    before: Arc<OnceLock<Vec<Taken>>>,
    /// The inner gateway that is walked through; `None` for the URL's own.
    pub(super) inner: Option<Arc<Inner>>,
}

/// An inner gateway, seen from the one before it.
#[derive(Debug)]
pub(super) struct Inner {
    /// The request as the gateway before it sends it.
    pub(super) request: crate::net::Request,
    /// How many gateways stand before it.
    pub(super) depth: usize,
    /// Logs of the gateways before it, which are not its own.
    pub(super) logs_before: Vec<std::path::PathBuf>,
}

/// How far the requests through the gateway are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Progress {
    /// Requests that ended.
    pub(super) ended: u16,
    /// Of these, failed ones.
    pub(super) failed: u16,
    /// No more will follow.
    pub(super) over: bool,
}

impl Work {
    /// Puts together what steps work with.
    pub(super) fn new(
        ctx: Context,
        request: Arc<Request>,
        scene: watch::Receiver<Option<Arc<Scene>>>,
        sheet: Sheet,
        until: Instant,
        mark: String,
        began: At,
    ) -> Self {
        let progress = Arc::new(watch::Sender::default());
        Self { ctx, request, scene, progress, sheet, until, mark, began, before: Arc::default(), inner: None }
    }

    /// What the steps work with at an inner gateway.
    pub(super) fn behind(&self, hop: &str, request: Request, scene: Arc<Scene>, inner: Inner) -> Self {
        let (_, found) = watch::channel(Some(scene));
        // Backwards, so that neither mark is found in the other.
        let mark = format!("{}i{}", self.mark.chars().rev().collect::<String>(), inner.depth);
        Self {
            request: Arc::new(request),
            scene: found,
            progress: Arc::new(watch::Sender::default()),
            sheet: self.sheet.behind(hop),
            mark,
            began: crate::clock::now(),
            inner: Some(Arc::new(inner)),
            ..self.clone()
        }
    }

    /// Keeps the connections that were held before the run's first request.
    pub(super) fn remember(&self, taken: Vec<Taken>) {
        // Only the first look was before any request.
        drop(self.before.set(taken));
    }

    /// The connections that were held before the run's first request; `None` where that was not seen.
    pub(super) fn before(&self) -> Option<&[Taken]> {
        self.before.get().map(Vec::as_slice)
    }

    /// A step's way to write.
    pub(super) fn desk(&self, step: Step) -> Desk {
        self.sheet.desk(step)
    }

    /// What was found at the start; `None` if that failed or took longer than the run.
    pub(super) async fn scene(&self) -> Option<Arc<Scene>> {
        let mut scene = self.scene.clone();
        let found = tokio::time::timeout_at(self.until, scene.wait_for(Option::is_some)).await;
        found.ok()?.ok()?.clone()
    }

    /// What was found at the start, if it is there by then.
    pub(super) async fn scene_within(&self, limit: Duration) -> Option<Arc<Scene>> {
        tokio::time::timeout(limit, self.scene()).await.ok().flatten()
    }

    /// Waits until step 1 is so far, at most `limit`; answers how far it is.
    pub(super) async fn progress_until(&self, limit: Duration, far: impl FnMut(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.subscribe();
        let end = self.until.min(Instant::now() + limit);
        drop(tokio::time::timeout_at(end, progress.wait_for(far)).await);
        *progress.borrow()
    }

    /// Time that is left.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// The guard to ask with: with the gateway's leave where it is known.
pub(super) fn guard_of<'a>(work: &'a Work, scene: Option<&'a Arc<Scene>>) -> &'a Netguard {
    scene.map_or(&work.ctx.netguard, |scene| &scene.guard)
}

/// A fault of the network as facts spell it.
fn failure(fault: &crate::net::NetFault) -> Failure {
    use crate::net::During;
    Failure {
        kind: fault.kind,
        during: match fault.during {
            During::Resolve => FactDuring::Resolve,
            During::Connect => FactDuring::Connect,
            During::Tls => FactDuring::Tls,
            During::Send => FactDuring::Send,
            During::Wait => FactDuring::Wait,
            During::Head => FactDuring::Head,
            During::Body => FactDuring::Body,
        },
        errno: fault.errno,
        detail: fault.detail.clone(),
    }
}

/// A broken end of a body as facts spell it; `None` for a body that ended well or that we stopped reading.
fn body_failure(end: crate::net::BodyEnd) -> Option<Failure> {
    use crate::net::BodyEnd;
    use app::model::FaultKind;
    let (kind, detail) = match end {
        BodyEnd::Complete | BodyEnd::TooLong => return None,
        BodyEnd::Truncated => (FaultKind::ClosedEarly, "the body ended before its announced end"),
        BodyEnd::Stalled => (FaultKind::ReadTimeout, "the body stopped coming"),
        BodyEnd::Broken => (FaultKind::BadHttp, "the body's chunks break the rules"),
    };
    Some(Failure { kind, during: FactDuring::Body, errno: None, detail: detail.to_owned() })
}

/// The product whose own error page a body is; `None` for an answer below 400 and for a page that an application wrote.
pub(super) fn page_of(status: u16, body: &str) -> Option<String> {
    fingerprint::read(status, &[], body.as_bytes()).page
}

/// A hash of a body's beginning, to compare answers; `None` for an empty body.
fn body_hash(body: &[u8]) -> Option<String> {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    (!body.is_empty()).then(|| {
        Sha256::digest(body).iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    })
}

/// Whole milliseconds of a phase.
fn phase_ms(phase: Option<Millis>) -> Option<u64> {
    phase.map(|ms| u64::from(ms.0))
}
