//! Log output: one line an event on standard error, so that standard output stays for what commands print.

use crate::config::Environment;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is logged where `$GATEWATCH_LOG` does not say: our own notes, and only warnings of libraries.
const DEFAULT_FILTER: &str = "warn,server=info";

/// Starts logging. `$GATEWATCH_LOG` is a filter such as `debug` or `warn,server::probe=debug`.
/// Later calls in the same process change nothing.
pub fn start(env: &dyn Environment) {
    let wanted = env.var("GATEWATCH_LOG").filter(|filter| !filter.trim().is_empty());
    let (filter, problem) = match wanted.as_deref().map(str::parse::<EnvFilter>) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (EnvFilter::new(DEFAULT_FILTER), Some(error.to_string())),
        None => (EnvFilter::new(DEFAULT_FILTER), None),
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    if let (Ok(()), Some(problem)) = (started, problem) {
        tracing::warn!(problem, "GATEWATCH_LOG is not a filter; using {DEFAULT_FILTER}");
    }
}
