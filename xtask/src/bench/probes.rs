//! What a probe costs, against `prometheus-blackbox-exporter` on the same targets: a fresh connection each.

use super::{Bench, Folder, Row, Running, free_address, load, monitor, nginx, samples, serve, settings, usage};
use crate::apt;
use crate::cmd::{finish, program, say};
use anyhow::{Result, bail};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const PEER: &str = "/usr/bin/prometheus-blackbox-exporter";

/// The peer from Debian's packages.
pub(super) fn install() -> Result<()> {
    apt::install(&["prometheus-blackbox-exporter", "openssl"], "the benchmark of probes")?;
    if Path::new(PEER).exists() { Ok(()) } else { bail!("{PEER} is missing though its package is installed") }
}

/// HTTP and HTTPS, each ours and theirs.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("probes")?;
    let (plain, secure) = (free_address()?, free_address()?);
    certificate(&folder.0)?;
    let _nginx = nginx(&folder.0, plain)?;
    let _secure = secure_nginx(&folder.0, secure)?;
    let mut rows = Vec::new();
    for (scheme, address, most, budget) in [("http", plain, 0.2, "<= 0.20 x"), ("https", secure, 0.45, "<= 0.45 x")] {
        say(&format!("probes, {scheme}: gatewatch, then blackbox_exporter"));
        let ours = ours(bench, &folder.0, scheme, address)?;
        let theirs = theirs(bench, &folder.0, scheme, address)?;
        rows.push(Row {
            what: format!("processor time of 1,000 {scheme} probes"),
            ours: format!("{ours:.2} s"),
            beside: format!("blackbox {theirs:.2} s"),
            ratio: format!("{:.2}", ours / theirs),
            budget,
            kept: ours / theirs <= most,
        });
    }
    Ok(rows)
}

/// An authority and a certificate for 127.0.0.1.
fn certificate(folder: &Path) -> Result<()> {
    let mut openssl = program("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
    ]);
    openssl.args([
        "-subj",
        "/CN=bench",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    openssl.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(folder.join("cert.pem"));
    finish(openssl.stdout(Stdio::null()).stderr(Stdio::null()), "making a certificate")
}

fn secure_nginx(folder: &Path, address: SocketAddr) -> Result<Running> {
    let inner = folder.join("secure");
    fs::create_dir_all(&inner)?;
    fs::write(inner.join("small.html"), "<p>ok</p>\n")?;
    let shown = folder.display();
    let secure = format!(
        "listen {address} ssl;\n    ssl_certificate {shown}/cert.pem;\n    ssl_certificate_key {shown}/key.pem;"
    );
    let text = super::page::nginx_conf(address, &inner).replace(&format!("listen {address};"), &secure);
    fs::write(inner.join("nginx.conf"), text)?;
    let mut nginx = program("/usr/sbin/nginx");
    nginx.arg("-p").arg(&inner).arg("-c").arg(inner.join("nginx.conf")).args(["-g", "daemon off;"]);
    Running::start(nginx, address, &inner.join("nginx.log"))
}

/// Processor seconds of 1,000 probes: 200 monitors at a second, everything that the server does besides included.
fn ours(bench: &Bench, folder: &Path, scheme: &str, address: SocketAddr) -> Result<f64> {
    let listen = free_address()?;
    let home = folder.join(scheme);
    fs::create_dir_all(&home)?;
    let authority = format!("ca = \"file:{}\"\n", folder.join("cert.pem").display());
    let mut text = settings(listen, &home);
    for number in 0..bench.size(200, 10) {
        text.push_str(&monitor(&format!("site-{number}"), &format!("{scheme}://{address}/small.html"), "1s"));
        if scheme == "https" {
            text.push_str(&authority);
        }
    }
    let config = home.join("gatewatch.toml");
    fs::write(&config, text)?;
    let running = serve(bench, &home, listen)?;
    std::thread::sleep(Duration::from_secs(bench.size(20, 4)));
    let spent = usage(running.0.id())?.processor.as_secs_f64();
    drop(running);
    let probes = samples(bench, &config)?;
    if probes == 0 {
        bail!("nothing was probed: {}", fs::read_to_string(home.join("gatewatch.log")).unwrap_or_default());
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands of probes")]
    Ok(spent * 1000.0 / probes as f64)
}

/// The same for the peer, asked as Prometheus asks it, over kept connections.
fn theirs(bench: &Bench, folder: &Path, scheme: &str, address: SocketAddr) -> Result<f64> {
    let listen = free_address()?;
    let config = folder.join("blackbox.yml");
    fs::write(
        &config,
        "modules:\n  bench:\n    prober: http\n    timeout: 5s\n    http:\n      preferred_ip_protocol: ip4\n      tls_config:\n        insecure_skip_verify: true\n",
    )?;
    let mut peer = program(PEER);
    peer.arg(format!("--config.file={}", config.display())).arg(format!("--web.listen-address={listen}"));
    let running = Running::start(peer, listen, &folder.join("blackbox.log"))?;
    let path = format!("/probe?module=bench&target={scheme}%3A%2F%2F{address}%2Fsmall.html");
    let before = usage(running.0.id())?.processor;
    let measured = load(bench, listen, &path, 8, "identity")?;
    let spent = usage(running.0.id())?.processor.saturating_sub(before);
    // The first half second is not counted, but costs as much.
    let seconds = bench.size(3.0, 1.0);
    let probes = measured.per_second * (seconds + 0.5);
    if probes < 1.0 {
        bail!("blackbox_exporter answered nothing");
    }
    Ok(spent.as_secs_f64() * 1000.0 / probes)
}
