//! The command line: one file per command, and the only place that prints to standard output.
//!
//! Every command ends with 0 (done), 1 (failed, or `diagnose` saw a failure) or 2 (could not run:
//! bad usage, bad configuration, a database that cannot be opened).

mod backup;
mod check;
mod dev;
pub mod diagnose;
mod error_page;
mod export;
mod init;
mod monitors;
mod print;
mod secret;
mod serve;
mod user;

use crate::config::{self, ConfigErrors, Loaded, ProcessEnvironment};
use crate::storage::StorageError;
use crate::telemetry;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a command could not run or did not succeed; each is one clear message.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Exit code 2, with the message as it is: configuration errors name their file themselves.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// Exit code 2.
    #[error("gatewatch: {0}")]
    CannotRun(String),
    /// Exit code 1.
    #[error("gatewatch: {0}")]
    Failed(String),
}

impl Failure {
    fn code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::CannotRun(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::CannotRun(error.to_string())
    }
}

/// Is the site up, since when not, and why not: a status page and a 502 troubleshooting wizard.
#[derive(Debug, Parser)]
#[command(name = "gatewatch", version, about)]
struct Cli {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Configuration [else $GATEWATCH_CONFIG, ./gatewatch.toml, /etc/gatewatch/gatewatch.toml]"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Probe, store, and serve the pages and the wizard
    Serve(serve::Args),
    /// Write a commented gatewatch.toml
    Init,
    /// Validate the configuration
    Check,
    /// Walk the six steps for a URL in this terminal
    Diagnose(diagnose::Args),
    /// Write the static page for visitors in front of a 502, and say how to install it
    ErrorPage(error_page::Args),
    /// Accounts
    #[command(subcommand)]
    User(user::Action),
    /// Write a verified copy of the database
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Put a verified copy in the place of the database
    Restore {
        /// The copy
        file: PathBuf,
    },
    /// Data for other programs
    #[command(subcommand)]
    Export(export::What),
    /// Monitors in the database
    #[command(subcommand)]
    Monitors(monitors::Action),
    /// For benchmarks and screenshots
    #[command(subcommand)]
    Dev(dev::Action),
}

/// Parses the arguments and carries the command out.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start(&ProcessEnvironment);
    let config = cli.config.as_deref();
    let done = match cli.command {
        Command::Serve(args) => serve::run(config, &args),
        Command::Init => init::run(config),
        Command::Check => check::run(config),
        Command::Diagnose(args) => return diagnose::run(args),
        Command::ErrorPage(args) => error_page::run(config, &args),
        Command::User(action) => user::run(config, action),
        Command::Backup { file } => backup::backup(config, &file),
        Command::Restore { file } => backup::restore(config, &file),
        Command::Export(what) => export::run(config, what),
        Command::Monitors(action) => monitors::run(config, action),
        Command::Dev(action) => dev::run(config, action),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::problem(&failure.to_string());
            failure.code()
        }
    }
}

fn load(explicit: Option<&Path>, watch: &[String]) -> Result<Loaded, Failure> {
    Ok(config::load(explicit, &ProcessEnvironment, watch)?)
}

/// Runs a short command's work on a runtime of its own.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::CannotRun(format!("the runtime could not start: {error}")))?.block_on(work)
}

/// Opens the configured database for a short command, which may run beside a server, and closes it after.
fn with_storage<T, F>(
    config: Option<&Path>,
    work: impl FnOnce(Loaded, crate::storage::Storage) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let loaded = load(config, &[])?;
    block_on(async {
        let storage = crate::storage::Storage::open_beside(&loaded.config.storage.path).await?;
        let done = work(loaded, storage.clone()).await;
        storage.close().await;
        done
    })
}
