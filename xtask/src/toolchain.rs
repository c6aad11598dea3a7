//! The compiler for WebAssembly: rustup's target, else Debian's packages, else one sentence.

use crate::apt;
use crate::cmd::{cargo, find, program, read, say, target, within};
use crate::wasm::Profile;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const TARGET: &str = "wasm32-unknown-unknown";
/// rustup can hang where its server cannot be reached; the target is some 20 MB.
const RUSTUP_WAIT: Duration = Duration::from_secs(90);
const DEBIAN: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const DEBIAN_CLIPPY: &[&str] = &["rust-web-clippy"];

/// Who compiles for the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain that compiles everything else, with its target added.
    Own,
    /// Debian's `rustc-web`, which has to build the standard library too.
    Debian,
}

/// The one that is there, else the one that can be installed. `GATEWATCH_WASM` = `rustup` or `debian`
/// leaves no choice.
pub(crate) fn find_or_install() -> Result<Toolchain> {
    let wanted = std::env::var("GATEWATCH_WASM").unwrap_or_default();
    if !matches!(wanted.as_str(), "" | "rustup" | "debian") {
        bail!("GATEWATCH_WASM is `{wanted}`; it can be `rustup` or `debian`");
    }
    if wanted != "debian" {
        if has_target() {
            return Ok(Toolchain::Own);
        }
        if (wanted == "rustup" || !apt::missing(DEBIAN).is_empty()) && add_target() {
            return Ok(Toolchain::Own);
        }
        if wanted == "rustup" {
            bail!("rustup could not add the WebAssembly target; try: rustup target add {TARGET}");
        }
    }
    apt::install(DEBIAN, "WebAssembly").with_context(|| {
        format!(
            "the WebAssembly target is missing: `rustup target add {TARGET}` did not work here, nor did Debian's packages"
        )
    })?;
    Ok(Toolchain::Debian)
}

fn has_target() -> bool {
    let Ok(sysroot) = read(program("rustc").args(["--print", "sysroot"]), "asking rustc for its folder") else {
        return false;
    };
    Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn add_target() -> bool {
    if find("rustup").is_none() {
        return false;
    }
    say(&format!("adding the WebAssembly target: rustup target add {TARGET} (at most {} s)", RUSTUP_WAIT.as_secs()));
    match within(RUSTUP_WAIT, program("rustup").args(["target", "add", TARGET])) {
        Some(output) if output.status.success() && has_target() => true,
        Some(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            say(&format!("rustup could not: {}", said.lines().last().unwrap_or("no reason given")));
            false
        }
        None => {
            say("rustup did not finish in time");
            false
        }
    }
}

impl Toolchain {
    /// `cargo SUBCOMMAND` for the browser, with a folder of its own: the host's builds are not disturbed.
    pub(crate) fn cargo(self, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Own => {
                let mut command = cargo();
                command.arg(subcommand);
                command
            }
            Self::Debian => {
                let mut command = program("/usr/bin/cargo");
                // What rustup's cargo set for its own compiler must not reach this one.
                for key in ["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "CARGO", "RUSTC", "RUSTC_WRAPPER", "RUSTDOC"] {
                    command.env_remove(key);
                }
                let path = std::env::var("PATH").unwrap_or_default();
                command
                    .env("PATH", format!("/usr/bin:{path}"))
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .args([subcommand, "-Z", "build-std=std,panic_abort"]);
                command
            }
        };
        command.args(["--target", TARGET, "--package", "gatewatch-wasm", "--target-dir"]).arg(self.folder());
        command
    }

    /// Adds what lints need.
    pub(crate) fn with_clippy(self) -> Result<Self> {
        if self == Self::Debian {
            apt::install(DEBIAN_CLIPPY, "lints for WebAssembly")?;
        }
        Ok(self)
    }

    /// The module that `cargo build` leaves.
    pub(crate) fn module(self, profile: Profile) -> PathBuf {
        let folder = match profile {
            Profile::Dev => "debug",
            Profile::Release => self::profile(profile),
        };
        self.folder().join(TARGET).join(folder).join("gatewatch_wasm.wasm")
    }

    /// One for each compiler: they would throw out each other's files.
    fn folder(self) -> PathBuf {
        target().join(match self {
            Self::Own => "wasm",
            Self::Debian => "wasm-debian",
        })
    }
}

/// The profile's name for cargo.
pub(crate) fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Dev => "dev",
        Profile::Release => "wasm-release",
    }
}
