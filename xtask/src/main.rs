//! Gatewatch's development commands: `cargo xtask COMMAND`, one file each.
//!
//! Every command installs what it needs, does nothing twice and says what it is doing. What takes long to
//! compile (wasm-bindgen, the load generator, the licence check) stands in programs of its own in `bin/`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "development commands start programs, read files and print; the guards are the server's"
)]

mod apt;
mod bench;
mod build;
mod check;
mod cmd;
mod dev;
mod lab;
mod run;
mod setup;
mod soak;
mod stall;
mod tally;
mod test;
mod toolchain;
mod wasm;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [-- ARGS]      build all, optimised, and start `gatewatch serve ARGS` on 127.0.0.1:5020
  dev [-- ARGS]      the same, unoptimised; build and start again whenever a source changes
  build [--release]  leave one self-contained binary: target/release/gatewatch (target/debug/gatewatch)
  test               install what the tests need, then run every test
  check              formatting, lints for both targets, licences, duplicates and sources, layout
  bench [PART]…      measure against the budgets, all or some parts; `--try` small and on the debug build
  lab [FILTER]       every fault, with all evidence and with some taken away; `--slow`, `--coverage`
  soak fuzz [S] [T]  mutate every parser's corpus for S seconds each (60), or only target T's
  setup              install what `run` and `test` need, and no more";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[][..]),
    };
    let rest = if rest.first().is_some_and(|first| first == "--") { &rest[1..] } else { rest };
    let result = match command {
        "run" => run::run(rest),
        "dev" => dev::run(rest),
        "build" => build::run(rest),
        "test" => test::run(rest),
        "check" => no_arguments(rest).and_then(|()| check::run()),
        "bench" => bench::run(rest),
        "lab" => lab::run(rest),
        "soak" => soak::run(rest),
        "setup" => no_arguments(rest).and_then(|()| setup::run()),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn no_arguments(rest: &[String]) -> anyhow::Result<()> {
    match rest {
        [] => Ok(()),
        [first, ..] => anyhow::bail!("`{first}` is not understood; `cargo xtask help` lists the commands"),
    }
}
