//! `gatewatch diagnose URL`: the six steps in a terminal.

use std::process::ExitCode;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to ask
    url: String,
}

/// Walks the six steps.
pub fn run(args: Args) -> ExitCode {
    let _ = args;
    ExitCode::from(2)
}
