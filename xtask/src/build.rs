//! `cargo xtask build [--release]`: one self-contained binary.

use crate::cmd::{cargo, finish, say, target};
use crate::wasm::{self, Profile};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// Builds the browser's package and the server that embeds it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let profile = match args {
        [] => Profile::Dev,
        [flag] if flag == "--release" => Profile::Release,
        [other, ..] => bail!("`{other}` is not understood; only `--release` is"),
    };
    wasm::build(profile)?;
    let binary = server(profile)?;
    say(&format!("built {}", binary.display()));
    Ok(())
}

/// Builds the server alone; embeds whatever package there is.
pub(crate) fn server(profile: Profile) -> Result<PathBuf> {
    say("building the server (minutes the first time, then seconds)");
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "gatewatch-server", "--bin", "gatewatch"]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    finish(&mut command, "building the server")?;
    Ok(target().join(folder).join("gatewatch"))
}
