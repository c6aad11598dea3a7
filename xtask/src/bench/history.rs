//! What history costs: on disk, at the start, and on the pages that show years of it.

use super::{Bench, Folder, Row, Running, free_address, get, median, monitor, nginx, samples, seeded, serve, settings};
use crate::cmd::{program, say};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Bytes for each sample, fresh from a server that probed and packed from a seeded month.
pub(super) fn storage(bench: &Bench) -> Result<Vec<Row>> {
    Ok(vec![fresh(bench)?, packed(bench)?])
}

fn fresh(bench: &Bench) -> Result<Row> {
    let folder = Folder::new("fresh")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    let seconds = bench.size(60, 6);
    say(&format!("fresh samples: 50 monitors at 1 s for {seconds} s"));
    let _nginx = nginx(&folder.0, theirs)?;
    let mut text = settings(ours, &folder.0);
    for number in 0..50 {
        text.push_str(&monitor(&format!("site-{number}"), &format!("http://{theirs}/small.html"), "1s"));
    }
    let (config, database) = (folder.0.join("gatewatch.toml"), folder.0.join("gatewatch.db"));
    fs::write(&config, &text)?;
    // The file with everything but samples: the log is emptied into it at the end.
    let mut once = program(&bench.binary);
    once.args(["monitors", "list", "--config"]).arg(&config).stdout(Stdio::null());
    crate::cmd::finish(&mut once, "making an empty database")?;
    let empty = fs::metadata(&database)?.len();
    let running = serve(bench, &folder.0, ours)?;
    std::thread::sleep(Duration::from_secs(seconds));
    drop(running);
    let bytes = fs::metadata(&database)?.len().saturating_sub(empty);
    let count = samples(bench, &config)?;
    Ok(row("fresh sample on disk, all in", bytes, count, 24.0, "<= 24 bytes"))
}

fn packed(bench: &Bench) -> Result<Row> {
    let folder = Folder::new("packed")?;
    let size = (10, bench.size(60, 4), 30);
    say(&format!("packed samples: {} monitors, {} days, {} s", size.0, size.1, size.2));
    let said = seeded(bench, &folder.0, size, free_address()?, free_address()?)?;
    let count = said.split_whitespace().skip_while(|word| *word != "days:").nth(1).and_then(|count| count.parse().ok());
    let bytes = ["packs", "packs_monitor", "packs_open"].iter().map(|table| of_table(&said, table)).sum();
    Ok(row(
        "packed sample on disk, with its indexes",
        bytes,
        count.context("seeding counted nothing")?,
        2.4,
        "<= 2.4 bytes",
    ))
}

/// What seeding said of a table's size.
fn of_table(said: &str, table: &str) -> u64 {
    let mut words = said.split([' ', ',', '\n']).skip_while(|word| *word != table);
    words.nth(1).and_then(|bytes| bytes.trim_end_matches('.').parse().ok()).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn row(what: &str, bytes: u64, count: u64, most: f64, budget: &'static str) -> Row {
    let each = bytes as f64 / count.max(1) as f64;
    Row {
        what: what.to_owned(),
        ours: format!("{each:.2} bytes"),
        beside: format!("{count} samples"),
        ratio: String::new(),
        budget,
        kept: each <= most && count > 0,
    }
}

/// From the start of the process to the first page.
fn first_page(bench: &Bench, folder: &Path, address: SocketAddr) -> Result<(Running, Duration)> {
    let begun = Instant::now();
    let running = serve(bench, folder, address)?;
    get(address, "/", "br")?;
    Ok((running, begun.elapsed()))
}

fn starts(bench: &Bench, folder: &Path, address: SocketAddr) -> Result<f64> {
    let mut took = Vec::new();
    for _ in 0..bench.size(5, 2) {
        let (running, first) = first_page(bench, folder, address)?;
        took.push(first.as_secs_f64() * 1000.0);
        drop(running);
        if TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_ok() {
            bail!("the server did not end");
        }
    }
    Ok(median(took))
}

/// The start with a year of history of 50 monitors.
pub(super) fn start(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("start")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    let size = (50, bench.size(365, 3), 30);
    say(&format!("start: {} monitors, {} days, {} s", size.0, size.1, size.2));
    let _nginx = nginx(&folder.0, theirs)?;
    seeded(bench, &folder.0, size, ours, theirs)?;
    let took = starts(bench, &folder.0, ours)?;
    Ok(vec![milliseconds("first page after the start, 50 monitors, a year", took, 100.0, "<= 100 ms")])
}

fn milliseconds(what: &str, took: f64, most: f64, budget: &'static str) -> Row {
    let (what, ours) = (what.to_owned(), format!("{took:.1} ms"));
    Row { what, ours, beside: String::new(), ratio: String::new(), budget, kept: took <= most }
}

/// Five years of 100 monitors: size, start, and every page that reads history.
pub(super) fn five_years(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("years")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    let size = (bench.size(100, 5), bench.size(1826, 40), 60);
    say(&format!("years: {} monitors, {} days, {} s", size.0, size.1, size.2));
    let begun = Instant::now();
    let _nginx = nginx(&folder.0, theirs)?;
    let said = seeded(bench, &folder.0, size, ours, theirs)?;
    let seeding = begun.elapsed();
    let bytes = fs::metadata(folder.0.join("gatewatch.db"))?.len();
    let rollups = of_table(&said, "days") + of_table(&said, "days_open") + of_table(&said, "latencies");
    let mut rows = vec![
        Row {
            what: format!("file, {} monitors x {} days at {} s", size.0, size.1, size.2),
            ours: format!("{} MB", bytes / 1_000_000),
            beside: format!("seeded in {} s", seeding.as_secs()),
            ratio: String::new(),
            budget: "stated",
            kept: true,
        },
        Row {
            what: "of it days with their hours".into(),
            ours: format!("{} MB", rollups / 1_000_000),
            beside: String::new(),
            ratio: String::new(),
            budget: "<= 250 MB",
            kept: rollups <= 250_000_000,
        },
    ];
    let took = starts(bench, &folder.0, ours)?;
    rows.push(milliseconds("first page after the start, five years", took, 100.0, "<= 100 ms"));
    let (_running, _) = first_page(bench, &folder.0, ours)?;
    let pages = [
        "",
        "/components/seed-0001",
        "/components/seed-0001/24h",
        "/components/seed-0002/90d",
        "/components/seed-0003/1y",
        "/history",
    ];
    let month = get(ours, "/history", "identity")?;
    let month = String::from_utf8_lossy(&month).into_owned();
    let report =
        month.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|href| href.ends_with("/report"));
    let report = report.context("the month has no report")?.to_owned();
    for path in pages.into_iter().chain([report.as_str()]) {
        let path = if path.is_empty() { "/" } else { path };
        let begun = Instant::now();
        get(ours, path, "br")?;
        // Each for the first time: what is kept in memory is faster.
        rows.push(milliseconds(
            &format!("{path} first asked for, five years"),
            begun.elapsed().as_secs_f64() * 1000.0,
            1000.0,
            "<= 1000 ms",
        ));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_tables_are_found() {
        let said =
            "Seeded 2 monitors with 3 days: 17 samples in x (9 bytes).\nBytes: packs 900, packs_monitor 50, days 40.\n";
        assert_eq!((of_table(said, "packs"), of_table(said, "days"), of_table(said, "none")), (900, 40, 0));
    }
}
