//! The browser's package: compile, bind, make smaller; leaves `target/site/pkg`.

use crate::cmd::{cargo, find, finish, program, read, root, say, within};
use crate::toolchain;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest size of the module after brotli, in bytes (DESIGN: 120 KB).
pub(crate) const BROTLI_BUDGET: u64 = 120 * 1024;

/// For whom everything is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For work on the product: quick to build.
    Dev,
    /// For use: quick and small.
    Release,
}

/// Sizes of the module that browsers load, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// As it is.
    pub(crate) raw: u64,
    /// After brotli at its best.
    pub(crate) brotli: u64,
}

impl Sizes {
    /// An error if the budget is exceeded.
    pub(crate) fn judge(self) -> Result<()> {
        if self.brotli > BROTLI_BUDGET {
            bail!(
                "the WebAssembly module has {} bytes after brotli, more than its budget of {BROTLI_BUDGET}; \
                 look for what its islands pulled in",
                self.brotli
            );
        }
        Ok(())
    }
}

/// Where the package stands; `server/build.rs` embeds it from there.
pub(crate) fn folder() -> PathBuf {
    root().join("target/site/pkg")
}

/// Makes the package unless it is up to date.
pub(crate) fn build(profile: Profile) -> Result<Sizes> {
    let toolchain = toolchain::find_or_install()?;
    say("building the WebAssembly package (minutes the first time, then seconds)");
    finish(
        toolchain.cargo("build").args(["--locked", "--profile", toolchain::profile(profile)]),
        "building the WebAssembly package",
    )?;
    let stamp = root().join("target/site/stamp");
    let module = toolchain.module(profile);
    let now = fingerprint(&module)?;
    if fs::read_to_string(&stamp).is_ok_and(|then| then == now) && folder().join("gatewatch_bg.wasm").is_file() {
        return sizes();
    }
    bind(&module)?;
    fs::write(&stamp, now)?;
    let sizes = sizes()?;
    say(&format!("WebAssembly: {} bytes, {} after brotli", sizes.raw, sizes.brotli));
    Ok(sizes)
}

/// What the package was made from: the module's size and time, and the optimiser, if there is one.
fn fingerprint(module: &Path) -> Result<String> {
    let about = fs::metadata(module).with_context(|| format!("{} is not there", module.display()))?;
    let since = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {} {:?}", module.display(), about.len(), since.as_nanos(), optimiser()))
}

/// Runs `bin/bindgen.rs` into a fresh folder and puts that in place of the old one.
fn bind(module: &Path) -> Result<()> {
    say("binding the module to JavaScript (wasm-bindgen's library is compiled once)");
    let fresh = root().join("target/site/fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    bindgen().arg(module).arg(&fresh).status().context("cargo could not be started").and_then(|status| {
        if status.success() { Ok(()) } else { bail!("wasm-bindgen failed; its own messages are above") }
    })?;
    if let Some(optimiser) = optimiser() {
        shrink(&optimiser, &fresh.join("gatewatch_bg.wasm"));
    }
    let pkg = folder();
    if pkg.exists() {
        fs::remove_dir_all(&pkg)?;
    }
    fs::rename(&fresh, &pkg)?;
    let sizes = read(bindgen().arg("--size").arg(pkg.join("gatewatch_bg.wasm")), "measuring the module")?;
    fs::write(root().join("target/site/sizes"), sizes)?;
    Ok(())
}

/// Unoptimised: it takes a second to run, and a minute more to compile otherwise.
fn bindgen() -> std::process::Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--locked", "--package", "xtask"]);
    command.args(["--features", "bindgen", "--bin", "bindgen", "--"]);
    command
}

/// A `wasm-opt` that is known to make modules that browsers load: version 116 or newer.
/// (Debian's 108 makes one that fails at start.)
fn optimiser() -> Option<PathBuf> {
    let npm = root().join("tests/browser/node_modules/.bin/wasm-opt");
    let path = if npm.is_file() { npm } else { find("wasm-opt")? };
    let output = within(Duration::from_secs(20), program(&path).arg("--version"))?;
    is_recent(&String::from_utf8_lossy(&output.stdout)).then_some(path)
}

fn is_recent(version: &str) -> bool {
    version.split_whitespace().find_map(|word| word.parse::<u32>().ok()).is_some_and(|number| number >= 116)
}

/// Makes the module smaller; if that fails the module stays as it is, since everything works without.
fn shrink(optimiser: &Path, module: &Path) {
    say("making the module smaller with wasm-opt");
    let smaller = module.with_extension("smaller");
    let mut command = program(optimiser);
    command.arg("-Oz").args(
        ["reference-types", "bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "multivalue"]
            .map(|feature| format!("--enable-{feature}")),
    );
    command.arg(module).arg("-o").arg(&smaller);
    match within(Duration::from_mins(5), &mut command) {
        Some(output) if output.status.success() && fs::rename(&smaller, module).is_ok() => {}
        _ => say("wasm-opt failed; the module stays larger"),
    }
}

/// The sizes noted when the package was made.
fn sizes() -> Result<Sizes> {
    let noted = fs::read_to_string(root().join("target/site/sizes")).unwrap_or_default();
    let mut numbers = noted.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(raw)), Some(Ok(brotli))) => Ok(Sizes { raw, brotli }),
        _ => bail!("target/site is incomplete; remove it and try again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_recent_optimiser_is_used() {
        assert!(is_recent("wasm-opt version 132 (version_132)"));
        assert!(is_recent("wasm-opt version 116"));
        assert!(!is_recent("wasm-opt version 108"));
        assert!(!is_recent("wasm-opt"));
        assert!(!is_recent(""));
    }

    #[test]
    fn the_budget_is_a_limit() {
        assert!(Sizes { raw: 400_000, brotli: BROTLI_BUDGET }.judge().is_ok());
        assert!(Sizes { raw: 400_000, brotli: BROTLI_BUDGET + 1 }.judge().is_err());
    }
}
