//! Replays each target's corpus and mutates it for a while. `README.md` says how.

#![expect(clippy::print_stdout, reason = "what was done is what the run is for")]
#![expect(clippy::disallowed_methods, reason = "the test reads its corpus and starts threads of its own")]

mod mutate;
mod seeds;

use mutate::Mutator;
use server::fuzzing::{TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time for each target where nothing else is said.
const SECONDS: f64 = 5.0;
/// One input may not take longer, in a build without optimisation.
const SLOW: Duration = Duration::from_secs(5);
/// Inputs between two notes of where a target is.
const ROUND: u64 = 256;

/// A variable of the environment as a number.
fn number(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_target_stands() {
    let seconds = number("GATEWATCH_FUZZ_SECONDS").unwrap_or(SECONDS);
    let only = std::env::var("GATEWATCH_FUZZ_ONLY").unwrap_or_default();
    let targets: Vec<&Target> = TARGETS.iter().filter(|target| target.name.contains(&only)).collect();
    assert!(!targets.is_empty(), "no target is named {only}");
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            // Parsers recurse; the main thread's stack is what they have in production.
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            let work = || {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let line = fuzz(target, Duration::from_secs_f64(seconds));
                    told.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            };
            thread.spawn_scoped(scope, work).expect("a thread can be started");
        }
    });
    let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failures: Vec<String> = told.iter().filter_map(|(_, failure)| failure.clone()).collect();
    for (line, _) in &told {
        println!("{line}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs one target; a line of what was done, and what went wrong.
fn fuzz(target: &Target, time: Duration) -> (String, Option<String>) {
    let seeds = seeds::of(target.name);
    for (number, seed) in seeds.iter().enumerate() {
        if let Err(problem) = once(target, seed) {
            return (format!("{}: failed", target.name), Some(format!("{}: seed {number}: {problem}", target.name)));
        }
    }
    // Deterministic: the same number makes the same inputs in the same order.
    let given = std::env::var("GATEWATCH_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let start = given.unwrap_or_else(|| seed_of(target.name));
    let mut mutator = Mutator::new(start, &seeds);
    let (begun, mut inputs) = (Instant::now(), 0_u64);
    while begun.elapsed() < time {
        if inputs.is_multiple_of(ROUND) {
            note(target, mutator.state(), inputs);
        }
        let input = mutator.next();
        inputs += 1;
        if let Err(problem) = once(target, &input) {
            let kept = keep(target, &input);
            let problem =
                format!("{}: input {inputs} from seed {start}: {problem}; kept as {}", target.name, kept.display());
            return (format!("{}: failed", target.name), Some(problem));
        }
    }
    (format!("{}: {} seeds, {inputs} inputs in {:.1} s", target.name, seeds.len(), begun.elapsed().as_secs_f32()), None)
}

fn once(target: &Target, input: &[u8]) -> Result<(), String> {
    let begun = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| (target.read)(input)));
    match done {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
        }
        Ok(()) if begun.elapsed() > SLOW => Err(format!("it took {:?}", begun.elapsed())),
        Ok(()) => Ok(()),
    }
}

/// A number of the target's own. A test that changes with the day would fail changes that did nothing; `soak fuzz` is
/// where new inputs are tried.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder).expect("the build's own folder can be written");
    folder
}

/// A stack that overflows ends the process: then this says where it was.
fn note(target: &Target, state: u64, inputs: u64) {
    drop(std::fs::write(folder().join(format!("{}.at", target.name)), format!("{state} after {inputs} inputs\n")));
}

fn keep(target: &Target, input: &[u8]) -> PathBuf {
    let path = folder().join(format!("{}.input", target.name));
    drop(std::fs::write(&path, input));
    path
}
