//! `cargo xtask bench`: measures against peers and ceilings in the same run, prints one table.

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

const ROUNDS: usize = 5;
const SECONDS: &str = "3";
/// Components of the page that is measured.
const COMPONENTS: usize = 50;

/// One line of the table.
struct Row {
    what: String,
    ours: String,
    beside: String,
    ratio: String,
    budget: &'static str,
    kept: bool,
}

/// Runs all benches; fails if a budget is not kept.
pub(crate) fn run() -> Result<()> {
    setup::for_bench()?;
    let sizes = wasm::build(Profile::Release)?;
    let binary = build::server(Profile::Release)?;
    say("building the load generator");
    let mut compile = cargo();
    compile.args(["build", "--locked", "--release", "--package", "xtask", "--features", "load", "--bin", "load"]);
    finish(&mut compile, "building the load generator")?;

    let mut rows = public_page(&binary)?;
    rows.push(module(sizes));
    print(&rows);
    if rows.iter().all(|row| row.kept) { Ok(()) } else { bail!("not every budget is kept") }
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

/// The public page from gatewatch against nginx with the same bytes as a file, each with one worker on one core.
fn public_page(binary: &Path) -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let (ours, theirs) = (free_address()?, free_address()?);
    fs::write(folder.0.join("gatewatch.toml"), gatewatch_toml(ours, theirs, &folder.0))?;
    let mut serve = pinned(binary);
    serve.args(["serve", "--config"]).arg(folder.0.join("gatewatch.toml")).env("TOKIO_WORKER_THREADS", "1");
    let _gatewatch = Running::start(serve, ours, &folder.0.join("gatewatch.log"))?;

    let plain = get(ours, "/", "identity")?;
    let brotli = get(ours, "/", "br")?;
    fs::write(folder.0.join("plain.html"), &plain)?;
    fs::write(folder.0.join("brotli.html"), &brotli)?;
    fs::write(folder.0.join("nginx.conf"), nginx_conf(theirs, &folder.0))?;
    let mut nginx = pinned(Path::new("/usr/sbin/nginx"));
    nginx.arg("-p").arg(&folder.0).arg("-c").arg(folder.0.join("nginx.conf")).args(["-g", "daemon off;"]);
    let _nginx = Running::start(nginx, theirs, &folder.0.join("nginx.log"))?;

    let mut rows = Vec::new();
    for (encoding, file, bytes) in [("identity", "/plain.html", plain.len()), ("br", "/brotli.html", brotli.len())] {
        say(&format!("public page against nginx, {encoding}: {ROUNDS} rounds of {SECONDS} s each, 32 connections"));
        let (mut mine, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(load(ours, "/", 32, encoding)?.per_second);
            peer.push(load(theirs, file, 32, encoding)?.per_second);
        }
        let (mine, peer) = (median(mine), median(peer));
        rows.push(Row {
            what: format!("public page, {encoding}, {bytes} bytes"),
            ours: format!("{mine:.0}/s"),
            beside: format!("nginx {peer:.0}/s"),
            ratio: format!("{:.2}", mine / peer),
            budget: ">= 0.80",
            kept: mine / peer >= 0.8,
        });
    }
    let (mine, peer) = (load(ours, "/", 256, "br")?, load(theirs, "/brotli.html", 256, "br")?);
    rows.push(Row {
        what: "p99 at 256 connections".into(),
        ours: format!("{:.1} ms", mine.p99_ms),
        beside: format!("nginx {:.1} ms", peer.p99_ms),
        ratio: format!("{:.2}", mine.p99_ms / peer.p99_ms),
        budget: "<= 25 ms",
        kept: mine.p99_ms <= 25.0,
    });
    rows.push(weight(ours, &plain, &brotli)?);
    Ok(rows)
}

/// HTML and style sheet as a browser loads them.
fn weight(address: SocketAddr, page: &[u8], brotli: &[u8]) -> Result<Row> {
    let page = String::from_utf8_lossy(page);
    let style = page.split('"').find(|part| part.starts_with("/assets/") && part.ends_with("/main.css"));
    let style = get(address, style.context("the page names no style sheet")?, "br")?;
    let total = (brotli.len() + style.len()) as u64;
    Ok(Row {
        what: format!("page weight, {COMPONENTS} components, HTML + CSS, brotli"),
        ours: format!("{:.1} KB", kilobytes(total)),
        beside: format!("HTML {:.1}, CSS {:.1}", kilobytes(brotli.len() as u64), kilobytes(style.len() as u64)),
        ratio: String::new(),
        budget: "<= 30 KB",
        kept: total <= 30 * 1024,
    })
}

fn print(rows: &[Row]) {
    let head = ["what", "gatewatch", "beside it", "ratio", "budget", ""].map(str::to_owned);
    let lines = rows.iter().map(|row| {
        let judged = if row.kept { "kept" } else { "NOT KEPT" };
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

/// What one round measured.
struct Measured {
    per_second: f64,
    p99_ms: f64,
}

fn load(address: SocketAddr, path: &str, connections: usize, encoding: &str) -> Result<Measured> {
    let mut command = program("taskset");
    command.args(["-c", "1"]).arg(target().join("release/load"));
    command.args([&address.to_string(), path, &connections.to_string(), SECONDS, encoding]);
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

fn gatewatch_toml(listen: SocketAddr, watched: SocketAddr, folder: &Path) -> String {
    let mut text =
        format!("[server]\nlisten = \"{listen}\"\n\n[storage]\npath = \"{}\"\n", folder.join("gatewatch.db").display());
    for number in 1..=COMPONENTS {
        let monitor = format!(
            "\n[[monitors]]\nid = \"site-{number}\"\nname = \"Site {number}\"\nurl = \"http://{watched}/plain.html\"\ninterval = \"10s\"\n"
        );
        text.push_str(&monitor);
    }
    text
}

/// As fast as nginx serves files: no log, open files kept, connections kept.
fn nginx_conf(listen: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("  {name}_temp_path {folder}/{name};\n"))
        .concat();
    format!(
        "worker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 1024; }}\nhttp {{\n{temporary}  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  \
         open_file_cache max=16;\n  keepalive_requests 1000000000;\n  types {{ text/html html; }}\n  \
         server {{\n    listen {listen};\n    root {folder};\n    \
         location = /brotli.html {{ add_header Content-Encoding br; }}\n  }}\n}}\n"
    )
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
            std::thread::sleep(Duration::from_millis(50));
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
    fn new() -> Result<Self> {
        // Not beneath the workspace: nginx's worker is another user, who may not look there.
        let folder = std::env::temp_dir().join(format!("gatewatch-bench-{}", std::process::id()));
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
