//! The gateways' own timeouts: nginx waits 60 seconds. A first verdict stands long before, and says what it waits for.
//!
//! These take minutes: `cargo xtask lab --slow` runs them.

use super::gateway::{Gateway, Site};
use super::outcome::{Expected, cause};
use super::upstream::{Reply, Upstream};
use app::model::{Run, RunState, Verdict};
use server::diagnose::{self, Context, LONGEST_RUN, Request};
use server::fileguard::Fileguard;
use server::host::Local;
use server::netguard::Netguard;
use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What was seen of a long run.
struct Seen {
    first: Option<(Duration, Verdict, Option<String>)>,
    last: Run,
    took: Duration,
}

fn walk(url: &str) -> Seen {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let ctx = Context {
            netguard: Netguard::for_terminal(),
            fileguard: Fileguard::for_terminal(),
            host: Arc::new(Local),
            units: None,
            name_servers: Vec::new(),
            monitors: None,
        };
        let request = Request { wait: LONGEST_RUN, ..Request::get(url) };
        let id: app::model::RunId = "slow1".parse().expect("it is an id");
        let (updates, mut seen) = watch::channel(Arc::new(diagnose::empty_run(id.clone(), url, app::model::At(0))));
        let begun = Instant::now();
        let watching = tokio::spawn(async move {
            let mut first = None;
            while seen.changed().await.is_ok() {
                let run = Arc::clone(&seen.borrow_and_update());
                if first.is_none()
                    && run.state == RunState::Running
                    && let Some(verdict) = &run.verdict
                {
                    first = Some((begun.elapsed(), verdict.clone(), run.waiting_for.clone()));
                }
            }
            first
        });
        let last = diagnose::run(&ctx, request, id, updates, CancellationToken::new()).await;
        let took = begun.elapsed();
        Seen { first: watching.await.expect("it only watches"), last, took }
    })
}

fn named(verdict: &Verdict) -> String {
    match (&verdict.cause, verdict.strength) {
        (Some(cause), Some(strength)) => format!("{cause} ({strength})"),
        _ => verdict.outcome.to_string(),
    }
}

/// Walks, writes down what the lab prints, and checks it.
fn check(url: &str, expected: Expected) {
    let seen = walk(url);
    let last = seen.last.verdict.as_ref().expect("a finished run has a verdict");
    let (at, first, waiting_for) = seen.first.clone().expect("there was a verdict before the end");
    if let Some(path) = std::env::var_os("GATEWATCH_LAB_SLOW") {
        let line = serde_json::json!({
            "case": std::thread::current().name(),
            "first_ms": u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
            "first": named(&first),
            "waiting_for": waiting_for,
            "last": named(last),
            "last_ms": u64::try_from(seen.took.as_millis()).unwrap_or(u64::MAX),
        });
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the lab names a file");
        file.write_all(format!("{line}\n").as_bytes()).expect("the lab's file can be written");
    }
    assert!(at <= Duration::from_secs(15), "the first verdict stood after {at:?}");
    assert!(waiting_for.is_some_and(|what| what.contains("still open") || what.contains("direct answer")), "{first:?}");
    assert_eq!(last.cause.as_ref().map(|cause| cause.0.as_ref()), expected.cause, "{last:?}");
    assert!(seen.took < LONGEST_RUN + Duration::from_secs(3));
}

/// nginx with its own timeouts.
fn gateway(pass: &str) -> Gateway {
    let timeouts = "proxy_connect_timeout 60s; proxy_read_timeout 60s; proxy_send_timeout 60s;";
    Gateway::start(&Site { location: &format!("{timeouts} {pass}"), http: "", namespace: None })
}

#[test]
#[ignore = "slow"]
fn it_hangs() {
    let upstream = Upstream::always(Reply::Hang);
    let gateway = gateway(&format!("proxy_pass http://{};", upstream.address()));
    check(&gateway.url(), cause("upstream-hang-not-accepting", "overload", 6));
}

#[test]
#[ignore = "slow"]
fn it_is_slower_than_the_gateway_waits() {
    let Reply::Bytes(answer) = Reply::fine() else { unreachable!("fine() is bytes") };
    let upstream = Upstream::always(Reply::Late(Duration::from_secs(62), answer));
    let gateway = gateway(&format!("proxy_pass http://{};", upstream.address()));
    check(&gateway.url(), cause("upstream-slow-response", "overload", 6));
}

#[test]
#[ignore = "slow"]
fn its_queue_is_full() -> Result<(), Box<dyn std::error::Error>> {
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    rustix::net::listen(&socket, 1)?;
    let address = SocketAddr::try_from(rustix::net::getsockname(&socket)?)?;
    let fill: Vec<_> =
        (0..4).filter_map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()).collect();
    assert!(fill.len() >= 2, "the queue takes none");
    let gateway = gateway(&format!("proxy_pass http://{address};"));
    check(&gateway.url(), cause("upstream-accept-queue-full", "overload", 2));
    Ok(())
}

#[test]
#[ignore = "slow"]
fn the_name_server_is_silent() -> std::io::Result<()> {
    let silent = UdpSocket::bind("127.0.0.1:0")?;
    let location =
        format!("resolver {} ipv6=off; set $app app.example; proxy_pass http://$app:8080;", silent.local_addr()?);
    let gateway = gateway(&location);
    check(&gateway.url(), cause("dns-timeout", "dns", 3));
    Ok(())
}
