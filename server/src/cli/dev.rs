//! `gatewatch dev seed`: a database full of plausible history.

use super::{Failure, block_on, load, print};
use crate::clock;
use crate::seed::Seed;
use crate::storage::{Prepared, Storage};
use app::model::{At, Millis, Monitor, MonitorId};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Fill a new database with monitors and plausible history
    Seed(SeedArgs),
}

/// How much.
#[derive(Debug, Clone, Args)]
pub(super) struct SeedArgs {
    /// How many monitors: seed-0001, seed-0002 …
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    monitors: u32,
    /// How many days, today included
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Seconds between probes
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    interval: u32,
    /// The same number makes the same history
    #[arg(long)]
    seed: u64,
    /// The database, which must hold no monitors yet [else the configured one]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

/// Threads that make history, and stretches that each may be ahead.
const MAKERS: u32 = 2;
const AHEAD: usize = 64;
/// Names that a page could have.
const NAMES: [&str; 10] =
    ["Web shop", "Checkout", "Search", "Customer API", "Mail", "Downloads", "Help desk", "Payments", "Images", "Login"];

pub(super) fn run(config: Option<&Path>, action: Action) -> Result<(), Failure> {
    let Action::Seed(args) = action;
    let path = match &args.db {
        Some(path) => path.clone(),
        None => load(config, &[])?.config.storage.path,
    };
    block_on(async {
        let storage = Storage::open(&path).await?;
        let done = async {
            let samples = fill(&storage, &args).await?;
            Ok::<_, Failure>((samples, storage.sizes().await?))
        }
        .await;
        storage.close().await;
        let (samples, sizes) = done?;
        let bytes = std::fs::metadata(storage.path()).map_or(0, |metadata| metadata.len());
        print::line(&format!(
            "Seeded {} monitors with {} days: {samples} samples in {} ({bytes} bytes).",
            args.monitors,
            args.days,
            storage.path().display()
        ));
        let largest = sizes.into_iter().filter(|(_, bytes)| *bytes > 4096);
        let largest: Vec<String> = largest.map(|(name, bytes)| format!("{name} {bytes}")).collect();
        print::line(&format!("Bytes: {}.", largest.join(", ")));
        Ok(())
    })
}

fn id_of(number: u32) -> Result<MonitorId, Failure> {
    format!("seed-{:04}", number + 1).parse().map_err(|error| Failure::CannotRun(format!("no id: {error}")))
}

fn monitor(number: u32, interval: u32) -> Result<Monitor, Failure> {
    let (id, name) = (id_of(number)?, NAMES[number as usize % NAMES.len()]);
    Ok(Monitor {
        url: format!("http://{id}.invalid/"),
        id,
        name: if number < 10 { name.to_owned() } else { format!("{name} {}", number / 10 + 1) },
        interval: Millis(interval.saturating_mul(1000)),
        public: true,
        in_file: true,
    })
}

/// A stretch made small, of so many samples.
type Made = (Prepared, usize);

async fn fill(storage: &Storage, args: &SeedArgs) -> Result<usize, Failure> {
    if !storage.monitors().await?.is_empty() {
        let why = "the database holds monitors already; name a new file with --db";
        return Err(Failure::CannotRun(why.to_owned()));
    }
    let now = clock::now();
    let monitors: Result<Vec<Monitor>, Failure> =
        (0..args.monitors).map(|number| monitor(number, args.interval)).collect();
    storage.save_monitors(monitors?, now).await?;
    // Each maker has every second monitor; they are written in order, so that the file is the same each time.
    let mut lines = Vec::new();
    for maker in 0..MAKERS {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        let args = args.clone();
        let thread = std::thread::Builder::new().name(format!("seed-{maker}"));
        let begun = thread.spawn(move || make(maker, &args, now, &sender));
        begun.map_err(|error| Failure::CannotRun(format!("a thread could not be started: {error}")))?;
        lines.push(receiver);
    }
    let mut samples = 0;
    for number in 0..args.monitors {
        let id = id_of(number)?;
        let line = &lines[(number % MAKERS) as usize];
        // Nothing else runs on this runtime but the writer, which has its turn while its answer is awaited.
        while let Ok(Some((part, count))) = line.recv() {
            samples += count;
            storage.import(&id, part, now.day()).await?;
        }
    }
    Ok(samples)
}

/// Makes every second monitor's stretches, an empty place after each monitor.
fn make(maker: u32, args: &SeedArgs, now: At, to: &mpsc::SyncSender<Option<Made>>) {
    for number in (maker..args.monitors).step_by(MAKERS as usize) {
        for stretch in Seed::new(args.seed, number, Millis(args.interval.saturating_mul(1000)), args.days, now) {
            let count = stretch.series.points().len();
            // Nobody receives any more once writing has failed.
            if to.send(Some((Prepared::new(&stretch.series, stretch.spans, now.day()), count))).is_err() {
                return;
            }
        }
        if to.send(None).is_err() {
            return;
        }
    }
}
