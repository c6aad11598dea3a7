//! A server at work: its memory with many monitors, and ten thousand of them at once.

use super::{Bench, Folder, Row, free_address, get, monitor, nginx, seeded, serve, settings, usage};
use crate::cmd::say;
use anyhow::Result;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Memory with 500 monitors and a year of history, after a minute of probing.
pub(super) fn memory(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("memory")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    let size = (bench.size(500, 20), bench.size(365, 3), 60);
    say(&format!("memory: {} monitors, {} days, {} s", size.0, size.1, size.2));
    let _nginx = nginx(&folder.0, theirs)?;
    seeded(bench, &folder.0, size, ours, theirs)?;
    let running = serve(bench, &folder.0, ours)?;
    std::thread::sleep(Duration::from_secs(bench.size(70, 5)));
    get(ours, "/", "br")?;
    let bytes = usage(running.0.id())?.memory;
    Ok(vec![megabytes(&format!("memory, {} monitors, a year of history", size.0), bytes, 64)])
}

fn megabytes(what: &str, bytes: u64, most: u64) -> Row {
    Row {
        what: what.to_owned(),
        ours: format!("{} MB", bytes / 1_000_000),
        beside: String::new(),
        ratio: String::new(),
        budget: if most == 64 { "<= 64 MB" } else { "<= 256 MB" },
        kept: bytes <= most * 1_000_000,
    }
}

/// Ten thousand monitors at ten seconds against an nginx on this machine.
pub(super) fn capacity(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("capacity")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    let monitors: u64 = bench.size(10_000, 200);
    let seconds = bench.size(60, 12);
    say(&format!("capacity: {monitors} monitors at 10 s for {seconds} s"));
    let _nginx = nginx(&folder.0, theirs)?;
    let mut text = settings(ours, &folder.0);
    for number in 0..monitors {
        text.push_str(&monitor(&format!("site-{number}"), &format!("http://{theirs}/small.html"), "10s"));
    }
    fs::write(folder.0.join("gatewatch.toml"), text)?;
    let running = serve(bench, &folder.0, ours)?;
    // The first interval is the start.
    std::thread::sleep(Duration::from_secs(12));
    let (before, begun) = (usage(running.0.id())?, Instant::now());
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, took) = (usage(running.0.id())?, begun.elapsed());
    let core = after.processor.saturating_sub(before.processor).as_secs_f64() / took.as_secs_f64();
    let late = late_share(ours)?;
    drop(running);
    Ok(vec![
        Row {
            what: format!("processor, {monitors} monitors at 10 s"),
            ours: format!("{:.0} % of a core", core * 100.0),
            beside: String::new(),
            ratio: String::new(),
            budget: "<= 50 %",
            kept: core <= 0.5,
        },
        megabytes(&format!("memory, {monitors} monitors at 10 s"), after.memory, 256),
        Row {
            what: "monitors whose newest probe is older than its interval and jitter allow".into(),
            ours: format!("{:.2} %", late * 100.0),
            beside: "by more than 100 ms".into(),
            ratio: String::new(),
            budget: "<= 1 %",
            kept: late <= 0.01,
        },
    ])
}

/// The share of monitors that should have been probed again by now: interval, a second of jitter, and 100 ms.
fn late_share(address: SocketAddr) -> Result<f64> {
    const ALLOWED: f64 = 10.0 + 1.0 + 0.1;
    let text = String::from_utf8_lossy(&get(address, "/metrics", "identity")?).into_owned();
    let newest: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with("gatewatch_probe_timestamp_seconds{"))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
        .collect();
    let now = newest.iter().copied().fold(0.0, f64::max);
    let late = newest.iter().filter(|at| now - **at > ALLOWED).count();
    #[expect(clippy::cast_precision_loss, reason = "thousands of monitors")]
    Ok(late as f64 / newest.len().max(1) as f64)
}
