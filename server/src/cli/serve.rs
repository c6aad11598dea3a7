//! `gatewatch serve`: binds, starts, says where, and stops when told.

use super::{Failure, load, print};
use crate::config::{self, Loaded, ProcessEnvironment};
use crate::run::{self, Running};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Watch this URL too; may be given several times
    #[arg(long, value_name = "URL")]
    watch: Vec<String>,
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let loaded = load(config, &args.watch)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::CannotRun(format!("the runtime could not start: {error}")))?;
    runtime.block_on(serve(loaded, config.map(Path::to_owned), &args.watch))
}

async fn serve(loaded: Loaded, explicit: Option<PathBuf>, watch: &[String]) -> Result<(), Failure> {
    // Signals from the first moment: one that comes while the database opens is not lost.
    let unheard = |error: std::io::Error| Failure::CannotRun(format!("signals cannot be heard: {error}"));
    let mut signals = Signals::new().map_err(unheard)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(unheard)?;
    let listen = loaded.config.server.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|error| Failure::CannotRun(cannot_listen(listen, &error)))?;
    let running = run::start(loaded, listener, CancellationToken::new()).await;
    let running = running.map_err(|error| Failure::CannotRun(error.to_string()))?;
    announce(&running).await?;
    loop {
        // Cancel-safe: signals are remembered, and nothing else is in progress here.
        tokio::select! {
            () = signals.stopped() => break,
            _ = hang_up.recv() => reload(&running, explicit.as_deref(), watch).await,
            () = running.failed() => break,
        }
    }
    tracing::info!("stopping");
    // Cancel-safe: a second signal ends the process, so what is dropped does not matter.
    let failed = tokio::select! {
        ended = running.stop() => ended.err(),
        () = signals.stopped() => std::process::exit(1),
    };
    match failed {
        None => Ok(()),
        Some(error @ run::RunError::WriterDied) => {
            print::problem(&format!("gatewatch: {error}"));
            std::process::exit(run::EXIT_INTERNAL)
        }
        Some(error) => Err(Failure::Failed(error.to_string())),
    }
}

fn cannot_listen(listen: std::net::SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("{listen} is in use by another program; stop it or set another `listen` under [server]")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {listen}; set a port over 1023 as `listen` under [server]")
        }
        _ => format!("cannot listen on {listen}: {error}"),
    }
}

/// Says where the page, the data and, at first, the set-up link are.
async fn announce(running: &Running) -> Result<(), Failure> {
    let app = running.app();
    let live = app.live();
    let url = live.config.server.shown_url(app.bound);
    print::line(&format!("Gatewatch is at {url}"));
    print::line(&format!("Database: {}", app.storage.path().display()));
    if live.config.only_self {
        print::line("Nothing is configured, so it watches itself; `gatewatch init` or `--watch URL` adds a site.");
    }
    let link = running.setup_link().await.map_err(|error| Failure::CannotRun(error.to_string()))?;
    if let Some(token) = link {
        print::line(&format!("Create the first account here (once, within 15 minutes): {}", token.link(&url)));
    }
    Ok(())
}

/// Takes over a changed file; a bad one changes nothing and is told in the log.
async fn reload(running: &Running, explicit: Option<&Path>, watch: &[String]) {
    let outcome = match config::load(explicit, &ProcessEnvironment, watch) {
        Ok(loaded) => running.reload(loaded).await.map_err(|error| error.to_string()),
        Err(errors) => Err(errors.to_string()),
    };
    match outcome {
        Ok(()) => tracing::info!("the configuration was read anew and is in force"),
        Err(problem) => {
            tracing::error!(problem, "the configuration could not be read anew; the old one stays in force");
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for SIGTERM or SIGINT. Cancel-safe.
    async fn stopped(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}
