//! The public page: served as fast as a file, and small.

use super::{Bench, Folder, Row, Running, free_address, get, kilobytes, load, median, pinned};
use crate::cmd::say;
use anyhow::Result;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

const ROUNDS: usize = 5;
/// Components of the page that is measured.
const COMPONENTS: usize = 50;

/// The public page from gatewatch against nginx with the same bytes as a file, each with one worker on one core.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("page")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    fs::write(folder.0.join("gatewatch.toml"), gatewatch_toml(ours, theirs, &folder.0))?;
    let mut serve = pinned(&bench.binary);
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
        say(&format!("public page against nginx, {encoding}: 32 connections"));
        let (mut mine, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..bench.size(ROUNDS, 1) {
            mine.push(load(bench, ours, "/", 32, encoding)?.per_second);
            peer.push(load(bench, theirs, file, 32, encoding)?.per_second);
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
    let (mine, peer) = (load(bench, ours, "/", 256, "br")?, load(bench, theirs, "/brotli.html", 256, "br")?);
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

/// HTML and style sheets as a browser loads them; the page carries its own.
fn weight(address: SocketAddr, page: &[u8], brotli: &[u8]) -> Result<Row> {
    let page = String::from_utf8_lossy(page);
    let mut styles = 0;
    for path in page.split("rel=\"stylesheet\" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        styles += get(address, path, "br")?.len();
    }
    let total = (brotli.len() + styles) as u64;
    Ok(Row {
        what: format!("page weight, {COMPONENTS} components, HTML + CSS, brotli"),
        ours: format!("{:.1} KB", kilobytes(total)),
        beside: format!("of it by further requests {:.1}", kilobytes(styles as u64)),
        ratio: String::new(),
        budget: "<= 30 KB",
        kept: total <= 30 * 1024,
    })
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
pub(super) fn nginx_conf(listen: SocketAddr, folder: &Path) -> String {
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
