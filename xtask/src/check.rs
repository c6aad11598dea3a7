//! `cargo xtask check`: everything that can be judged without running the product.

use crate::cmd::{cargo, finish, say};
use crate::toolchain;
use crate::wasm::{self, Profile};
use anyhow::{Result, bail};

type Check = fn() -> Result<()>;

/// Runs all checks, then fails if one did, so that one call shows everything.
pub(crate) fn run() -> Result<()> {
    let checks: &[(&str, Check)] = &[
        ("formatting", formatting),
        ("lints for the host", host_lints),
        ("lints for the browser", browser_lints),
        ("licences, duplicates and sources", licences),
        ("layout (tidy)", tidy),
        ("size of the WebAssembly module", size),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        say(&format!("checking {name}"));
        if let Err(error) = check() {
            eprintln!("error: {error:#}");
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        say("everything is in order");
        return Ok(());
    }
    bail!("not in order: {}", failed.join("; "))
}

fn formatting() -> Result<()> {
    finish(cargo().args(["fmt", "--all", "--check"]), "cargo fmt --check (cargo fmt --all mends it)")
}

fn host_lints() -> Result<()> {
    // The wasm crate wants other features of `app`; cargo would unite them.
    let mut clippy = cargo();
    clippy
        .args(["clippy", "--locked", "--workspace", "--exclude", "gatewatch-wasm", "--all-targets"])
        .args(["--features", "gatewatch-app/ssr,xtask/bindgen,xtask/licences,xtask/load"])
        .args(["--", "--deny", "warnings"]);
    finish(&mut clippy, "clippy for the host")
}

fn browser_lints() -> Result<()> {
    let toolchain = toolchain::find_or_install()?.with_clippy()?;
    finish(toolchain.cargo("clippy").args(["--locked", "--", "--deny", "warnings"]), "clippy for the browser")
}

fn licences() -> Result<()> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--package", "xtask", "--features", "licences", "--bin", "licences"]);
    finish(&mut command, "the check against deny.toml")
}

fn tidy() -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--locked", "--package", "gatewatch-server", "--test", "tidy"]);
    finish(&mut command, "tidy")
}

fn size() -> Result<()> {
    wasm::build(Profile::Release)?.judge()
}
