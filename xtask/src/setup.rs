//! `cargo xtask setup`: what the other commands need, installed once.

use crate::cmd::{find, finish, program, root, say, within};
use crate::{apt, toolchain};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Real gateways, a real browser and the tools that make faults; the tests use nothing in their place.
const TEST_PACKAGES: &[&str] = &[
    "nginx",
    "apache2",
    "haproxy",
    "php-fpm",
    "caddy",
    "varnish",
    "lighttpd",
    "gunicorn",
    "python3-aiosmtpd",
    "uwsgi-core",
    "uwsgi-plugin-python3",
    "dbus-daemon",
    "iproute2",
    "nftables",
    "iptables",
    "openssl",
    "curl",
    "procps",
    "util-linux",
];
const BENCH_PACKAGES: &[&str] = &["nginx", "util-linux"];
/// The oldest that the browser tests run on.
const NODE: u32 = 18;

/// Everything at once.
pub(crate) fn run() -> Result<()> {
    toolchain::find_or_install()?;
    for_tests()?;
    say("everything that `run` and `test` need is there");
    Ok(())
}

/// What `cargo xtask test` needs beside the compiler.
pub(crate) fn for_tests() -> Result<()> {
    apt::install(TEST_PACKAGES, "the tests")?;
    for_browser()
}

/// What drives a browser.
pub(crate) fn for_browser() -> Result<()> {
    apt::install(&["chromium", "fonts-liberation"], "the browser")?;
    node()?;
    node_modules()
}

/// What `cargo xtask bench` needs beside the compiler.
pub(crate) fn for_bench() -> Result<()> {
    apt::install(BENCH_PACKAGES, "the benchmarks")
}

/// The folder of the browser tests.
pub(crate) fn browser_tests() -> PathBuf {
    root().join("tests/browser")
}

/// Any node that is new enough will do; Debian's only if there is none.
fn node() -> Result<()> {
    let version = within(Duration::from_secs(20), program("node").arg("--version"));
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if major(&version).is_none_or(|major| major < NODE) {
        apt::install(&["nodejs"], "the browser tests")?;
    }
    if find("npm").is_none() {
        apt::install(&["npm"], "the browser tests")?;
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// `npm ci`, unless what stands there came from this lock file.
fn node_modules() -> Result<()> {
    let folder = browser_tests();
    let lock =
        fs::read_to_string(folder.join("package-lock.json")).context("tests/browser/package-lock.json is missing")?;
    let stamp = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    say("installing the browser driver: npm ci in tests/browser");
    let mut npm = program("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    finish(&mut npm, "npm ci")?;
    fs::write(stamp, lock)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_version_is_understood() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v18.20.4"), Some(18));
        assert_eq!(major(""), None);
        assert_eq!(major("20"), None);
    }
}
