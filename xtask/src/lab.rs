//! `cargo xtask lab`: every fault of the project's own tests, and how well the wizard names it.
//!
//! The tests in `server/tests/faults` say what each fault is; with `GATEWATCH_LAB` they also write down what was found,
//! with all evidence and with evidence taken away. Nothing is described twice.

mod report;
mod slow;

use crate::cmd::{cargo, finish, program, say, target};
use crate::setup;
use crate::test::follow;
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

/// Runs the lab, or a part of it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (options, filters): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| arg.starts_with("--"));
    match options.first().map(|option| option.as_str()) {
        None => faults(&filters),
        Some("--coverage") if options.len() == 1 => coverage(),
        Some("--slow") if options.len() == 1 => slow(),
        Some(other) => bail!("`{other}` is not understood; `--coverage` and `--slow` are"),
    }
}

/// All faults, or those whose tests' names hold one of the filters.
fn faults(filters: &[&String]) -> Result<()> {
    setup::for_tests()?;
    let lines = fresh("lab.jsonl")?;
    let mut command = tests();
    command
        .args(["--", "--include-ignored", "--skip", "slow::", "--skip", "serve_names"])
        .args(filters)
        .env("GATEWATCH_LAB", &lines);
    let succeeded = watch(&mut command)?;
    let report = report::Report::read(&lines)?;
    report.print();
    judge(succeeded, report.false_proven())
}

/// Four faults with the gateways' own timeouts.
fn slow() -> Result<()> {
    setup::for_tests()?;
    let lines = fresh("lab-slow.jsonl")?;
    let mut command = tests();
    command.args(["--", "--ignored", "slow::"]).env("GATEWATCH_LAB_SLOW", &lines);
    let succeeded = watch(&mut command)?;
    slow::print(&lines)?;
    judge(succeeded, 0)
}

/// Which causes were measured on a real fault, which are recorded, which only written.
fn coverage() -> Result<()> {
    let table = fresh("coverage.txt")?;
    say("comparing causes, faults and literate tests");
    let mut command = cargo();
    command.args(["test", "--locked", "--quiet", "--package", "gatewatch-server", "--test", "method", "coverage"]);
    let checked = finish(command.env("GATEWATCH_COVERAGE", &table), "the list of written causes");
    print!("{}", std::fs::read_to_string(&table).context("the test wrote no table")?);
    checked
}

fn fresh(name: &str) -> Result<PathBuf> {
    let path = target().join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("an old report is in the way"),
        _ => Ok(path),
    }
}

fn tests() -> std::process::Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--package", "gatewatch-server", "--test", "faults"]);
    command
}

/// Follows the tests and shows what is not just `ok`.
fn watch(command: &mut std::process::Command) -> Result<bool> {
    say("making faults");
    if program("id").arg("-u").output().is_ok_and(|output| output.stdout != b"0\n") {
        say("not root: evidence is not taken away, since every file is this user's own");
    }
    follow(command, |line| {
        if !(line.starts_with("test ") && line.ends_with("... ok")) {
            println!("{line}");
        }
    })
}

fn judge(succeeded: bool, false_proven: usize) -> Result<()> {
    match (succeeded, false_proven) {
        (true, 0) => Ok(()),
        (_, 1..) => bail!("{false_proven} causes were called proven that were not there"),
        (false, 0) => bail!("some faults were not named as expected; they are told above"),
    }
}
