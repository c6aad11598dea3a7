//! The stampede: everybody comes at once while everything flaps. One rendering for each change, and hardly anybody
//! is turned away.

use super::{Bench, Folder, Row, free_address, get, monitor, roomy, serve, settings};
use crate::cmd::{read, say};
use anyhow::{Context as _, Result};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const TARGETS: usize = 100;
/// A flapping target is well for so long, then fails for as long.
const FLAP: Duration = Duration::from_secs(4);

/// 5,000 connections within a second, from all over 127.0.0.0/8.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("stampede")?;
    let ours = free_address()?;
    let connections: u32 = bench.size(5_000, 300);
    let target = Flapping::start()?;
    let mut text = settings(ours, &folder.0);
    for number in 0..TARGETS {
        text.push_str(&monitor(&format!("site-{number}"), &format!("http://{}/{number}", target.address), "1s"));
    }
    fs::write(folder.0.join("gatewatch.toml"), text)?;
    let _running = serve(bench, &folder.0, ours)?;
    std::thread::sleep(Duration::from_secs(8));
    say(&format!("stampede: {connections} connections in a second while {TARGETS} targets flap"));
    let before = counts(ours)?;
    let mut load = roomy(&bench.load);
    load.args([&ours.to_string(), "/", &connections.to_string(), "1", "br", "--stampede"]);
    let line = read(&mut load, "the stampede")?;
    std::thread::sleep(Duration::from_secs(bench.size(10, 4)));
    let after = counts(ours)?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [good, all, slowest_ms] = numbers[..] else { anyhow::bail!("the load generator printed `{}`", line.trim()) };
    let (states, renders) = (after.0 - before.0, after.1 - before.1);
    Ok(vec![
        Row {
            what: format!("answered 200 or 304 of {all} in the stampede"),
            ours: format!("{:.2} %", good / all * 100.0),
            beside: format!("slowest {slowest_ms:.0} ms"),
            ratio: String::new(),
            budget: ">= 99.9 %",
            kept: good / all >= 0.999,
        },
        Row {
            what: "renderings for each public state meanwhile".into(),
            ours: format!("{renders}"),
            beside: format!("{states} states"),
            ratio: format!("{:.2}", renders / states.max(1.0)),
            budget: "<= 1",
            kept: states > 0.0 && renders <= states,
        },
    ])
}

/// The public state's version and the number of renderings.
fn counts(address: SocketAddr) -> Result<(f64, f64)> {
    let text = String::from_utf8_lossy(&get(address, "/metrics", "identity")?).into_owned();
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).with_context(|| format!("{name} is not told"))
    };
    Ok((of("gatewatch_state_version")?, of("gatewatch_page_renders")?))
}

/// A small server whose answers are 200 for a while and 503 for a while, each path at another time.
struct Flapping {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Flapping {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, stop) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (stopped, begun) = (Arc::clone(&stop), Instant::now());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let mut head = [0; 1024];
                let count = stream.read(&mut head).unwrap_or(0);
                let path = String::from_utf8_lossy(&head[..count]);
                let number: u128 =
                    path.strip_prefix("GET /").and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
                let well = ((begun.elapsed().as_millis() + number * 79) / FLAP.as_millis()).is_multiple_of(2);
                let status = if well { "200 OK" } else { "503 Service Unavailable" };
                let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            }
        });
        Ok(Self { address, stop })
    }
}

impl Drop for Flapping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread, so that it sees.
        let _ = std::net::TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}
