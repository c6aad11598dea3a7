//! Debian packages: only what is missing, and so that no service starts by itself.

use crate::cmd::{find, program, say};
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long to wait while another program installs packages.
const LOCK_WAIT: Duration = Duration::from_mins(10);
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Those of the packages that are not installed.
pub(crate) fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut query = program("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status} ${Package}\n"]).args(packages);
    // Unknown packages make it fail, but it lists the others all the same.
    let listed = query.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    packages.iter().copied().filter(|name| !listed.lines().any(|line| line == format!("installed {name}"))).collect()
}

/// Installs what is missing; `why` goes into the sentences. The second call costs one look-up.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if find("apt-get").is_none() {
        bail!("{why} needs these programs, and this system has no apt-get; install them by hand: {list}");
    }
    let rights = rights().with_context(|| {
        format!("{why} needs Debian packages, and this account may not install them; run: sudo apt-get install --no-install-recommends {list}")
    })?;
    say(&format!("installing Debian packages for {why}: {list}"));
    let _quiet = Policy::put(rights)?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    // The lists may be absent (fresh image) or stale; then the first attempt fails and the second has new ones.
    if apt_get(rights, &install).is_err() {
        say("refreshing the package lists");
        apt_get(rights, &["update"])?;
        apt_get(rights, &install)
            .with_context(|| format!("{why} needs Debian packages that could not be installed: {list}"))?;
    }
    disable(rights, &missing);
    Ok(())
}

/// Words to put before a command that needs root; `None` if there is no way.
fn rights() -> Option<&'static [&'static str]> {
    let id = program("id").arg("-u").output().ok()?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    find("sudo")?;
    // Without a terminal nobody can type a password.
    let asks = program("sudo").args(["-n", "true"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stdin());
    (asks || terminal).then_some(&["sudo"])
}

fn privileged(rights: &[&str], name: &str) -> Command {
    if let Some(sudo) = rights.first() {
        let mut command = program(sudo);
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", name]);
        command
    } else {
        let mut command = program(name);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}

/// One call of apt-get with its progress in short; waits while another program holds the lock.
fn apt_get(rights: &[&str], args: &[&str]) -> Result<()> {
    let end = Instant::now() + LOCK_WAIT;
    loop {
        let mut command = privileged(rights, "apt-get");
        command.args(["--quiet", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"]).args(args);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("apt-get could not be started")?;
        let errors = child.stderr.take().map(|stderr| {
            std::thread::spawn(move || BufReader::new(stderr).lines().map_while(Result::ok).collect::<Vec<_>>())
        });
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.starts_with("Get:") || line.starts_with("Setting up ") || line.starts_with("Need to get ") {
                    eprintln!("    {line}");
                }
            }
        }
        let status = child.wait()?;
        let errors = errors.and_then(|reader| reader.join().ok()).unwrap_or_default().join("\n");
        if status.success() {
            return Ok(());
        }
        if !errors.contains("Could not get lock") || Instant::now() >= end {
            bail!("apt-get {} failed: {}", args[0], errors.trim());
        }
        say("another program is installing packages; waiting for it");
        std::thread::sleep(Duration::from_secs(3));
    }
}

/// A `policy-rc.d` that forbids package scripts to start services, while it lives. One that is already
/// there is left alone.
struct Policy(Option<&'static [&'static str]>);

impl Policy {
    fn put(rights: &'static [&'static str]) -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self(None));
        }
        let mut tee = privileged(rights, "tee");
        let mut child = tee.arg(POLICY).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(b"#!/bin/sh\nexit 101\n")?;
        }
        child.wait()?;
        let guard = Self(Some(rights));
        let done = privileged(rights, "chmod").args(["755", POLICY]).status()?;
        if done.success() {
            Ok(guard)
        } else {
            bail!("{POLICY} could not be written; services might start by themselves")
        }
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Some(rights) = self.0 {
            let _ = privileged(rights, "rm").args(["-f", POLICY]).status();
        }
    }
}

/// Where systemd runs, keeps the services just installed from starting at the next boot.
fn disable(rights: &[&str], installed: &[&str]) {
    if !Path::new("/run/systemd/system").exists() {
        return;
    }
    for service in ["nginx", "apache2", "haproxy"] {
        if installed.contains(&service) {
            let _ = privileged(rights, "systemctl").args(["--quiet", "disable", service]).status();
        }
    }
}
