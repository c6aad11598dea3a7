//! `cargo xtask bench [PART]… [--try]`: measures against peers and ceilings in the same run, prints one table.
//!
//! Every part has its file. `--try` takes the debug build and small sizes: it shows that a part works and judges nothing.

mod felt;
mod history;
mod live;
mod page;
mod probes;
mod stampede;

use crate::cmd::{cargo, finish, program, read, say, target};
use crate::wasm::{self, Profile, Sizes};
use crate::{build, setup};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What can be measured by itself.
const PARTS: &[(&str, Measure)] = &[
    ("page", page::measure),
    ("storage", history::storage),
    ("start", history::start),
    ("five-years", history::five_years),
    ("memory", live::memory),
    ("capacity", live::capacity),
    ("probes", probes::measure),
    ("stampede", stampede::measure),
    ("change", felt::change),
    ("diagnosis", felt::diagnosis),
    ("phone", felt::phone),
];

type Measure = fn(&Bench) -> Result<Vec<Row>>;

/// With what is measured.
struct Bench {
    binary: PathBuf,
    load: PathBuf,
    /// Small sizes, nothing judged.
    trying: bool,
}

impl Bench {
    /// The size that counts, or a small one where it is only tried.
    fn size<T>(&self, whole: T, small: T) -> T {
        if self.trying { small } else { whole }
    }
}

/// One line of the table.
struct Row {
    what: String,
    ours: String,
    beside: String,
    ratio: String,
    budget: &'static str,
    kept: bool,
}

/// Runs all benches, or those named; fails if a budget is not kept.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let trying = args.iter().any(|arg| arg == "--try");
    let named: Vec<&str> = args.iter().map(String::as_str).filter(|arg| *arg != "--try").collect();
    let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).chain(["module"]).collect();
    if let Some(unknown) = named.iter().find(|name| !names.contains(name)) {
        bail!("`{unknown}` is not understood; the parts are {}", names.join(", "));
    }
    let wanted = |name: &str| named.is_empty() || named.contains(&name);
    setup::for_bench()?;
    if wanted("probes") {
        probes::install()?;
    }
    if wanted("phone") {
        setup::for_browser()?;
    }
    let sizes = if wanted("module") && !trying { Some(wasm::build(Profile::Release)?) } else { None };
    let profile = if trying { Profile::Dev } else { Profile::Release };
    let bench = Bench { binary: build::server(profile)?, load: load_generator(trying)?, trying };

    let mut rows = Vec::new();
    let mut broken = Vec::new();
    for (name, measure) in PARTS.iter().filter(|(name, _)| wanted(name)) {
        // What the others took minutes to measure is told whatever one of them meets.
        match measure(&bench) {
            Ok(measured) => rows.extend(measured),
            Err(error) => broken.push(format!("{name}: {error:#}")),
        }
    }
    rows.extend(sizes.map(module));
    print(&rows, trying);
    if !broken.is_empty() {
        bail!("not measured: {}", broken.join("; "));
    }
    if trying || rows.iter().all(|row| row.kept) { Ok(()) } else { bail!("not every budget is kept") }
}

fn load_generator(trying: bool) -> Result<PathBuf> {
    say("building the load generator");
    let mut compile = cargo();
    compile.args(["build", "--locked", "--package", "xtask", "--features", "load", "--bin", "load"]);
    if !trying {
        compile.arg("--release");
    }
    finish(&mut compile, "building the load generator")?;
    Ok(target().join(if trying { "debug/load" } else { "release/load" }))
}

fn module(sizes: Sizes) -> Row {
    Row {
        what: "wasm on wizard pages, brotli".into(),
        ours: format!("{:.1} KB", kilobytes(sizes.brotli)),
        beside: format!("{:.1} KB raw", kilobytes(sizes.raw)),
        ratio: String::new(),
        budget: "<= 120 KB",
        kept: sizes.judge().is_ok(),
    }
}

fn print(rows: &[Row], trying: bool) {
    let head = ["what", "gatewatch", "beside it", "ratio", "budget", ""].map(str::to_owned);
    let lines = rows.iter().map(|row| {
        let judged = match (trying, row.kept) {
            (true, _) => "only tried",
            (false, true) => "kept",
            (false, false) => "NOT KEPT",
        };
        let Row { what, ours, beside, ratio, budget, .. } = row;
        [what.clone(), ours.clone(), beside.clone(), ratio.clone(), (*budget).to_owned(), judged.to_owned()]
    });
    let table: Vec<_> = std::iter::once(head).chain(lines).collect();
    let widths: Vec<_> =
        (0..6).map(|column| table.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    for line in table {
        let cells: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}

const SECONDS: &str = "3";

/// What one round measured.
struct Measured {
    per_second: f64,
    p99_ms: f64,
}

fn load(bench: &Bench, address: SocketAddr, path: &str, connections: usize, encoding: &str) -> Result<Measured> {
    let mut command = program("taskset");
    command.args(["-c", "1"]).arg(&bench.load);
    let (address_text, connections) = (address.to_string(), connections.to_string());
    command.args([address_text.as_str(), path, connections.as_str(), bench.size(SECONDS, "1"), encoding]);
    let line = read(&mut command, "the load generator")?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [per_second, _, p99, 0.0] => Ok(Measured { per_second, p99_ms: p99 / 1000.0 }),
        [_, _, _, failures] => bail!("{failures} answers of {address}{path} were not 200"),
        _ => bail!("the load generator printed `{}`", line.trim()),
    }
}

/// A program on the first core; the load comes from the second.
fn pinned(binary: &Path) -> Command {
    let mut command = program("taskset");
    command.args(["-c", "0"]).arg(binary);
    command
}

/// Body of one answer with status 200.
fn get(address: SocketAddr, path: &str, encoding: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no whole answer came")?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        bail!("{address}{path}: {}", String::from_utf8_lossy(&answer[..head]).lines().next().unwrap_or_default());
    }
    Ok(answer.split_off(head + 4))
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files, shown with one digit")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

/// What the kernel says of a process: its memory in bytes, and the processor time that it has had.
struct Usage {
    memory: u64,
    processor: Duration,
}

fn usage(process: u32) -> Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let memory =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may hold anything, but the last parenthesis ends it.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    // Linux counts in hundredths of a second everywhere.
    Ok(Usage { memory: memory.context("no VmRSS")? * 1024, processor: Duration::from_millis(ticks * 10) })
}

/// Samples that a database holds, as the binary itself exports them.
fn samples(bench: &Bench, config: &Path) -> Result<u64> {
    let mut export = program(&bench.binary);
    let lines = read(export.args(["export", "history", "--samples", "--config"]).arg(config), "the export")?;
    Ok(lines.lines().count().saturating_sub(1) as u64)
}

/// A database full of history beside a configuration that watches the same monitors at `watched`.
fn seeded(
    bench: &Bench,
    folder: &Path,
    (monitors, days, interval): (u32, u32, u32),
    address: SocketAddr,
    watched: SocketAddr,
) -> Result<String> {
    let mut seed = program(&bench.binary);
    seed.args(["dev", "seed", "--seed", "1"]).arg("--db").arg(folder.join("gatewatch.db"));
    for (name, value) in [("--monitors", monitors), ("--days", days), ("--interval", interval)] {
        seed.args([name, &value.to_string()]);
    }
    let said = read(&mut seed, "seeding")?;
    let mut text = settings(address, folder);
    for number in 1..=monitors {
        text.push_str(&monitor(&format!("seed-{number:04}"), &format!("http://{watched}/small.html"), "30s"));
    }
    fs::write(folder.join("gatewatch.toml"), text)?;
    Ok(said)
}

fn settings(listen: SocketAddr, folder: &Path) -> String {
    let database = folder.join("gatewatch.db");
    format!(
        "[server]\nlisten = \"{listen}\"\n\n[storage]\npath = \"{}\"\n\n[metrics]\npublic = true\n",
        database.display()
    )
}

fn monitor(id: &str, url: &str, interval: &str) -> String {
    format!("\n[[monitors]]\nid = \"{id}\"\nurl = \"{url}\"\ninterval = \"{interval}\"\n")
}

/// An nginx that answers small files, and what it needs in its folder.
fn nginx(folder: &Path, address: SocketAddr) -> Result<Running> {
    fs::write(folder.join("small.html"), "<p>ok</p>\n")?;
    fs::write(folder.join("nginx.conf"), page::nginx_conf(address, folder))?;
    let mut nginx = program("/usr/sbin/nginx");
    nginx.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).args(["-g", "daemon off;"]);
    Running::start(nginx, address, &folder.join("nginx.log"))
}

/// A program with as many descriptors as thousands of connections take.
fn roomy(binary: &Path) -> Command {
    let mut command = program("prlimit");
    command.arg("--nofile=20000").arg(binary);
    command
}

fn serve(bench: &Bench, folder: &Path, address: SocketAddr) -> Result<Running> {
    let mut serve = roomy(&bench.binary);
    serve.args(["serve", "--config"]).arg(folder.join("gatewatch.toml"));
    Running::start(serve, address, &folder.join("gatewatch.log"))
}

/// A server that ends with its value.
struct Running(Child);

impl Running {
    fn start(mut command: Command, address: SocketAddr, log: &Path) -> Result<Self> {
        let output = fs::File::create(log)?;
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        let mut running = Self(child);
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            if running.0.try_wait()?.is_some() || Instant::now() > end {
                bail!("a server did not start: {}", fs::read_to_string(log).unwrap_or_default().trim());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM first: nginx's master has to end its worker.
        let _ = program("kill").args(["-TERM", &self.0.id().to_string()]).status();
        for _ in 0..100 {
            if self.0.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that goes away with its value.
struct Folder(PathBuf);

impl Folder {
    fn new(what: &str) -> Result<Self> {
        // Not beneath the workspace: nginx's worker is another user, who may not look there.
        let folder = std::env::temp_dir().join(format!("gatewatch-bench-{what}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_odd_rounds_is_taken() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
