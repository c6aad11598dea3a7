//! `gatewatch export history`: every interval, for spreadsheets and other programs.

use super::{Failure, print, with_storage};
use crate::clock;
use crate::export::{self, Export};
use crate::status::fold::History;
use crate::storage::Storage;
use app::model::{At, Monitor, MonitorId};
use clap::{Args, Subcommand, ValueEnum};
use std::collections::BTreeMap;
use std::path::Path;

/// What to export.
#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Every interval of every component and monitor, and what the uptime is made of
    History(HistoryArgs),
}

/// How.
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// How it is written
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// From this day (2026-11-01, midnight UTC) or moment (RFC 3339) [else from the beginning]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<At>,
    /// Until this day or moment, which is left out [else until now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<At>,
    /// Every single measurement instead of the intervals, as CSV
    #[arg(long, conflicts_with = "format")]
    samples: bool,
}

/// Samples that are read at once.
const AT_ONCE: u32 = 100_000;

/// One line for each sample, monitor by monitor, as they are read.
async fn samples(storage: &Storage, monitors: &[Monitor], from: At, until: At) -> Result<(), Failure> {
    print::line(export::SAMPLES_HEAD);
    for monitor in monitors {
        let mut next = from;
        loop {
            // A day's pack holds fewer than are read at once, so that each is read twice at most.
            let part = storage.samples_between(&monitor.id, next, until, AT_ONCE).await?;
            let Some(last) = part.last() else { break };
            next = At(last.at.0 + 1);
            print::line(export::samples_csv(&monitor.id, &part).trim_end());
        }
    }
    Ok(())
}

/// How the history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each interval
    Csv,
    /// One object, with the sums and the uptime besides
    Json,
}

fn moment(text: &str) -> Result<At, String> {
    let whole = if text.len() == "2026-11-01".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    clock::parse_rfc3339(&whole).ok_or_else(|| "write a day (2026-11-01) or a moment (2026-11-01T15:00:00Z)".to_owned())
}

pub(super) fn run(config: Option<&Path>, what: What) -> Result<(), Failure> {
    let What::History(args) = what;
    with_storage(config, |loaded, storage| async move {
        let now = clock::now();
        let until = args.until.unwrap_or(now).min(now);
        let monitors = storage.monitors().await?;
        if args.samples {
            return samples(&storage, &monitors, args.from.unwrap_or(At(i64::MIN)), until).await;
        }
        let mut spans: BTreeMap<MonitorId, Vec<_>> = BTreeMap::new();
        for (id, span) in storage.spans_since(args.from.unwrap_or_default()).await? {
            spans.entry(id).or_default().push(span);
        }
        let begun = spans.values().flatten().map(|span| span.since).min().unwrap_or(until);
        let from = args.from.unwrap_or(begun);
        if from > until {
            return Err(Failure::CannotRun("--from lies after --until, or ahead of now".to_owned()));
        }
        let histories = spans.into_iter().map(|(id, spans)| (id, History::new(spans))).collect();
        let components = &loaded.config.components;
        let export = Export { monitors: &monitors, components, histories: &histories, from, until };
        match args.format {
            Format::Csv => print::line(export.csv().trim_end()),
            Format::Json => print::line(&format!("{:#}", export.json())),
        }
        Ok(())
    })
}
