//! `cargo xtask test [rust|browser]`: sets up, runs every test, ends with one line of counts.
//!
//! A test that cannot run on this machine fails and says what is missing; none is left out silently.
//! Tests that change network settings do so in a namespace of their own: as root directly, else with
//! `unshare -rn`; where the system forbids that too, they fail and name the setting.

use crate::cmd::{cargo, finish, in_ci, program, root, say, target};
use crate::stall::Watch;
use crate::tally::Tally;
use crate::wasm::{self, Profile};
use crate::{build, setup};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A runner that says nothing for so long hangs: no test may take minutes.
const SILENCE: Duration = Duration::from_mins(10);

/// Prints the counts last, whatever happens, and ends the process accordingly.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (rust, browser) = match args {
        [] => (true, true),
        [part] if part == "rust" => (true, false),
        [part] if part == "browser" => (false, true),
        [other, ..] => bail!("`{other}` is not understood; `rust` and `browser` choose a part of the tests"),
    };
    let mut tally = Tally::default();
    if let Err(error) = all(&mut tally, rust, browser) {
        eprintln!("error: {error:#}");
        tally.failed += 1;
    }
    if in_ci() && tally.skipped > 0 {
        eprintln!("error: CI may not skip tests");
    }
    println!("{tally}");
    let failed = tally.failed > 0 || (in_ci() && tally.skipped > 0);
    std::process::exit(i32::from(failed));
}

fn all(tally: &mut Tally, rust: bool, browser: bool) -> Result<()> {
    setup::for_tests()?;
    let sizes = wasm::build(Profile::Release)?;
    match sizes.judge() {
        Ok(()) => tally.passed += 1,
        Err(error) => {
            eprintln!("error: {error:#}");
            tally.failed += 1;
        }
    }
    if rust {
        // The server's own features hold for `app` too, so both compile once.
        cargo_test(
            tally,
            &["--package", "gatewatch-app", "--package", "gatewatch-server", "--features", "gatewatch-app/ssr"],
        )?;
        cargo_test(tally, &["--package", "xtask", "--features", "licences"])?;
    }
    if browser {
        browser_tests(tally)?;
    }
    Ok(())
}

fn cargo_test(tally: &mut Tally, packages: &[&str]) -> Result<()> {
    let before = *tally;
    say(&format!("compiling tests: {}", packages.join(" ")));
    let mut compile = cargo();
    compile.args(["test", "--locked", "--no-run"]).args(packages);
    if let Err(error) = finish(&mut compile, "compiling the tests") {
        eprintln!("error: {error:#}");
        tally.settle(before, false);
        return Ok(());
    }
    say("running tests");
    let watch = Watch::start();
    let succeeded = follow(&mut rust_tests(packages), |line| {
        println!("{line}");
        tally.cargo_line(line);
    })?;
    watch.tell();
    tally.settle(before, succeeded);
    Ok(())
}

fn rust_tests(packages: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--no-fail-fast"]).args(packages).env("RUST_BACKTRACE", "1");
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        // Most tests wait for a gateway's time to run out, not for a processor.
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        command.env("RUST_TEST_THREADS", (cores * 2).to_string());
    }
    command
}

/// Against the release binary: it is what people run, and debug builds of Leptos differ in markup.
fn browser_tests(tally: &mut Tally) -> Result<()> {
    let before = *tally;
    let binary = build::server(Profile::Release)?;
    let mut specs: Vec<_> = fs::read_dir(setup::browser_tests())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".spec.mjs"))
        .collect();
    specs.sort();
    let watch = Watch::start();
    let succeeded = browser_specs(tally, &binary, &specs)?;
    watch.tell();
    tally.settle(before, succeeded);
    Ok(())
}

fn browser_specs(tally: &mut Tally, binary: &Path, specs: &[PathBuf]) -> Result<bool> {
    say(&format!("running {} browser specs", specs.len()));
    let report = target().join("browser-tests.tap");
    let mut node = program("node");
    node.args(["--test", "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap"])
        .arg(format!("--test-reporter-destination={}", report.display()))
        .args(specs)
        .env("GATEWATCH_BIN", binary)
        .env("GATEWATCH_SCREENSHOTS", root().join("target/screenshots"));
    let succeeded = follow(&mut node, |line| println!("{line}"))?;
    for line in fs::read_to_string(&report).context("node left no report")?.lines() {
        tally.tap_line(line);
    }
    Ok(succeeded)
}

/// Runs to the end and hands over each line; whether it succeeded. A runner that falls silent is stopped.
pub(crate) fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` could not be started", command.get_program().to_string_lossy()))?;
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
    }
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => each(&line),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(child.wait()?.success()),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                eprintln!("error: no test has reported anything for {} minutes", SILENCE.as_secs() / 60);
                return Ok(false);
            }
        }
    }
}
