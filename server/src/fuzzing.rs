//! Every parser as a function of bytes: the doors for the fuzz targets in `fuzz/`, which need nothing but the stable
//! compiler. A target may not panic, not hang, and not use memory out of proportion; what it answers does not matter.

use crate::diagnose::given::paste::{self, About};
use crate::diagnose::{self, given};
use crate::dns;
use crate::fileguard::{FileError, visible};
use crate::gateways::{GatewayKind, Sources};
use crate::host::firewall::{parse_iptables, parse_nft};
use crate::logs::{self, AccessFormat, Product, Window, Zone};
use crate::{markdown, net, storage};
use app::model::{At, Run, Step};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// A parser that takes any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also the folder of its corpus.
    pub name: &'static str,
    /// Reads the bytes.
    pub read: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "config-nginx", read: |bytes| config(GatewayKind::Nginx, bytes) },
    Target { name: "config-httpd", read: |bytes| config(GatewayKind::Httpd, bytes) },
    Target { name: "config-haproxy", read: |bytes| config(GatewayKind::Haproxy, bytes) },
    Target { name: "config-caddy", read: |bytes| config(GatewayKind::Caddy, bytes) },
    Target { name: "config-traefik", read: |bytes| config(GatewayKind::Traefik, bytes) },
    Target { name: "config-envoy", read: |bytes| config(GatewayKind::Envoy, bytes) },
    Target { name: "config-varnish", read: |bytes| config(GatewayKind::Varnish, bytes) },
    Target { name: "log-nginx", read: |bytes| log(Product::Nginx, bytes) },
    Target { name: "log-httpd", read: |bytes| log(Product::Httpd, bytes) },
    Target { name: "log-haproxy", read: |bytes| log(Product::Haproxy, bytes) },
    Target { name: "log-caddy", read: |bytes| log(Product::Caddy, bytes) },
    Target { name: "log-traefik", read: |bytes| log(Product::Traefik, bytes) },
    Target { name: "log-envoy", read: |bytes| log(Product::Envoy, bytes) },
    Target { name: "log-varnish", read: |bytes| log(Product::Varnish, bytes) },
    Target { name: "log-php-fpm", read: |bytes| log(Product::PhpFpm, bytes) },
    Target { name: "log-gunicorn", read: |bytes| log(Product::Gunicorn, bytes) },
    Target { name: "log-uwsgi", read: |bytes| log(Product::Uwsgi, bytes) },
    Target { name: "log-kernel", read: |bytes| log(Product::Kernel, bytes) },
    Target { name: "log-others", read: other_logs },
    Target { name: "access-log", read: access_log },
    Target { name: "pasted", read: pasted },
    Target { name: "firewall-iptables", read: |bytes| iptables(&text(bytes)) },
    Target { name: "firewall-nft", read: |bytes| nft(&text(bytes)) },
    Target { name: "http-answer", read: http_answer },
    Target { name: "cgi-answer", read: net::cgi::take_apart },
    Target { name: "dns-answer", read: dns::take_apart },
    Target { name: "resolv-conf", read: resolv_conf },
    Target { name: "earlier-run", read: earlier_run },
    Target { name: "gatewatch-toml", read: gatewatch_toml },
    Target { name: "markdown", read: |bytes| drop(markdown::render(&text(bytes))) },
    Target { name: "samples", read: storage::take_apart },
    Target { name: "hours", read: |bytes| drop(crate::status::rollup::Hours::decode(bytes)) },
    Target { name: "url", read: |bytes| drop(crate::netguard::Netguard::for_terminal().check_url(&text(bytes))) },
];

/// What files of a log or a configuration are read as.
fn text(bytes: &[u8]) -> String {
    visible(bytes)
}

/// 2026-11-22 15:00:00 UTC.
const BEGAN: At = At(1_795_359_600_000);

/// One file, which every include leads to as well: a loop at worst.
struct One(String);

impl Sources for One {
    fn text(&self, _: &Path, max: u64) -> Result<String, FileError> {
        Ok(self.0.chars().take(usize::try_from(max).unwrap_or(usize::MAX)).collect())
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        Ok(vec![pattern.to_path_buf()])
    }
}

fn config(kind: GatewayKind, bytes: &[u8]) {
    let text = text(bytes);
    let main = PathBuf::from("/etc/gateway.conf");
    let parsed = kind.parse(&main, None, &One(text.clone()));
    for url in ["http://shop.example.com/cart?a=b", "https://[::1]:8443/", "http://127.0.0.1:8080/"] {
        let Ok(url) = Url::parse(url) else { continue };
        let listener: Option<SocketAddr> = "127.0.0.1:8080".parse().ok();
        drop(parsed.value.route_for(&url, listener));
        drop(parsed.value.route_for(&url, None));
        drop(given::config(kind, &text, &url));
    }
    drop(parsed.value.upstreams());
    let _ = parsed.value.longest_wait();
}

fn log(product: Product, bytes: &[u8]) {
    let text = text(bytes);
    let window = Window { from: At(i64::MIN), to: At(i64::MAX) };
    drop(logs::scan(product, text.lines(), window, &Zone::fixed(3600)));
    if let Ok(url) = Url::parse("http://127.0.0.1:8080/") {
        drop(given::log(product, &text, &url, "GET", BEGAN, At(BEGAN.0 + 20_000)));
    }
}

fn other_logs(bytes: &[u8]) {
    for product in [Product::Squid, Product::Lighttpd, Product::Systemd] {
        log(product, bytes);
    }
}

/// The first line is the format, the rest are lines.
fn access_log(bytes: &[u8]) {
    let text = text(bytes);
    let (format, lines) = text.split_once('\n').unwrap_or(("", &text));
    for product in Product::ALL {
        let format = AccessFormat::of(*product, format);
        lines.lines().for_each(|line| drop(format.parse(line)));
    }
    let combined = AccessFormat::combined();
    lines.lines().for_each(|line| drop(combined.parse(line)));
}

/// Into every step of a run that knows a gateway, and then once more into a run that has it already.
fn pasted(bytes: &[u8]) {
    let text = text(bytes);
    let Ok(id) = "r1".parse() else { return };
    let mut run = diagnose::empty_run(id, "http://shop.example.com/cart", BEGAN);
    let mut about = About::run(&run, Step::Server, BEGAN, At(BEGAN.0 + 60_000));
    for key in ["127.0.0.1:9000", "[::1]:9000", "unix:/run/app.sock"] {
        about.targets.push(paste::Target { key: key.to_owned(), address: key.parse().ok(), local: true });
    }
    drop(paste::read(&text, &mut about));
    for step in [Step::Refresh, Step::Upstream] {
        let paste = paste::Paste { step, text: text.clone() };
        drop(diagnose::pasted::add(&mut run, &paste, At(BEGAN.0 + 60_000)));
    }
}

fn iptables(text: &str) {
    let firewall = parse_iptables(text, text);
    judge(&firewall);
}

fn nft(text: &str) {
    judge(&parse_nft(text));
}

fn judge(firewall: &crate::host::Firewall) {
    for address in ["127.0.0.1:80", "[2001:db8::1]:443", "10.0.0.5:9000"] {
        if let Ok(address) = address.parse() {
            drop(firewall.walk("output", &crate::host::firewall::Packet::first(address)));
            drop(firewall.walk("input", &crate::host::firewall::Packet::first(address).reply()));
        }
    }
}

/// In slices of a size that the first byte says.
fn http_answer(bytes: &[u8]) {
    if let Some((step, rest)) = bytes.split_first() {
        net::take_apart(rest, usize::from(*step));
        net::take_apart(rest, rest.len());
    }
}

fn resolv_conf(bytes: &[u8]) {
    let text = text(bytes);
    drop(dns::parse_resolv_conf(&text));
    drop(dns::parse_hosts(&text, "app.internal"));
}

/// A run that somebody hands back: read, checked again, pasted into.
fn earlier_run(bytes: &[u8]) {
    let Ok(run) = serde_json::from_slice::<Run>(bytes) else { return };
    let run = std::sync::Arc::new(run);
    drop(diagnose::again::request(&run));
    let mut run = Run::clone(&run);
    let paste = paste::Paste { step: Step::Server, text: "top - 1 up 1, load average: 1, 2, 3\n".to_owned() };
    drop(diagnose::pasted::add(&mut run, &paste, BEGAN));
}

fn gatewatch_toml(bytes: &[u8]) {
    struct Nothing;
    impl crate::config::Environment for Nothing {
        fn var(&self, _: &str) -> Option<String> {
            None
        }
    }
    drop(crate::config::load::parse(&text(bytes), Path::new("/"), &Nothing, &[]));
}
