//! `cargo xtask run [-- ARGS]`: builds everything, optimised, and becomes `gatewatch serve ARGS`.

use crate::build;
use crate::cmd::{program, say};
use crate::wasm::{self, Profile};
use anyhow::{Context as _, Result};
use std::os::unix::process::CommandExt as _;

/// Returns only if something failed before the server started.
pub(crate) fn run(args: &[String]) -> Result<()> {
    // Pages are complete without scripts, so a machine that cannot build them still gets a server.
    if let Err(error) = wasm::build(Profile::Release) {
        say(&format!("going on without scripts on admin pages: {error:#}"));
    }
    let binary = build::server(Profile::Release)?;
    say("starting gatewatch serve (Ctrl-C stops it)");
    // In place of ourselves, so that signals reach the server and its exit code is ours.
    let error = program(&binary).arg("serve").args(args).exec();
    Err(error).with_context(|| format!("{} could not be started", binary.display()))
}
