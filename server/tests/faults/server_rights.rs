//! The same engine with the server's rights: what `[[gateways]]` lists, and nothing else.

use super::gateway::{Gateway, Site};
use super::systemd::{Daemon, LOOPING, Systemd};
use super::upstream::{Reply, Upstream};
use app::model::{FactKind, Outcome, Run, Strength};
use server::diagnose::{self, Context, GatewayLeave, Request, Rights};
use server::fileguard::Fileguard;
use server::host::Local;
use server::netguard::{NetRules, Netguard};
use server::unitguard::{Bus, Units};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

fn run_as_server(url: &str, gateways: Vec<GatewayLeave>) -> Run {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(walk(url, gateways, None))
}

async fn walk(url: &str, gateways: Vec<GatewayLeave>, units: Option<Units>) -> Run {
    let configs = gateways.iter().flat_map(|gateway| gateway.config.clone()).collect::<Vec<_>>();
    let logs = gateways.iter().flat_map(|gateway| gateway.logs.clone()).collect::<Vec<_>>();
    let ctx = Context {
        netguard: Netguard::for_server(&NetRules::default()).expect("the default rules hold"),
        fileguard: Fileguard::for_server(configs, logs),
        host: Arc::new(Local),
        units,
        name_servers: Vec::new(),
        monitors: None,
    };
    let request = Request { rights: Rights::Server { gateways }, ..Request::get(url) };
    let id: app::model::RunId = "run1".parse().expect("it is an id");
    let (updates, seen) = watch::channel(Arc::new(diagnose::empty_run(id.clone(), url, app::model::At(0))));
    let run = diagnose::run(&ctx, request, id, updates, CancellationToken::new()).await;
    assert_eq!(*seen.borrow().as_ref(), run, "the last update is the answer");
    run
}

#[test]
fn a_listed_gateway_is_asked_and_its_upstream_too() {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let listed = GatewayLeave {
        name: "edge".to_owned(),
        config: vec![gateway.folder().join("nginx.conf")],
        logs: vec![gateway.folder().join("log")],
        units: Vec::new(),
    };
    let run = run_as_server(&gateway.url(), vec![listed]);
    let verdict = run.verdict.expect("a finished run has a verdict");
    assert_eq!(verdict.cause.map(|cause| cause.0.into_owned()).as_deref(), Some("upstream-closed-before-response"));
}

#[test]
fn an_unlisted_gateway_on_this_host_is_not_asked() {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let run = run_as_server(&gateway.url(), Vec::new());
    let verdict = run.verdict.expect("a finished run has a verdict");
    assert_eq!(verdict.outcome, Outcome::Unknown);
    let skipped: Vec<_> = run.steps.iter().flat_map(|step| &step.skipped).collect();
    assert!(skipped.iter().any(|skipped| skipped.check == "ask the URL"), "{skipped:?}");
    let facts = run.steps.iter().flat_map(|step| &step.facts);
    assert!(
        facts.clone().all(|fact| fact.kind.code() != "direct" && fact.kind.code() != "access-line"),
        "something was asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_starts_the_application_again_and_again() {
    let bus = Daemon::start().await;
    let _systemd = Systemd::start(&bus).await;
    let units = || Some(Units::new(Bus::Socket(bus.socket()), [LOOPING.to_owned()]));
    let listed = |gateway: &Gateway| {
        vec![GatewayLeave {
            name: "edge".to_owned(),
            config: vec![gateway.folder().join("nginx.conf")],
            logs: vec![gateway.folder().join("log")],
            units: vec![LOOPING.to_owned()],
        }]
    };
    // Its main process is this one, which listens at the upstream's address.
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let run = walk(&gateway.url(), listed(&gateway), units()).await;
    let unit = run.steps[1].facts.iter().find_map(|fact| match &fact.kind {
        FactKind::Unit(unit) if unit.name == LOOPING => Some(unit.clone()),
        _ => None,
    });
    let unit = unit.unwrap_or_else(|| panic!("its unit: {:?}", run.steps[1]));
    assert!(unit.restarts > 8 && unit.risen >= 2, "{unit}");
    assert_eq!(unit.target.as_deref(), Some(upstream.address()), "{unit}");
    let verdict = run.verdict.expect("a finished run has a verdict");
    assert_eq!(verdict.cause.map(|cause| cause.0.into_owned()).as_deref(), Some("upstream-crash-loop"));
    assert_eq!(verdict.strength, Some(Strength::Proven));

    // The same unit loops, but this upstream's listener belongs to another program.
    let other = Gateway::forwarding("http://127.0.0.1:1");
    let site = format!("http://127.0.0.1:{}", other.port());
    let gateway = Gateway::start(&Site { location: &format!("proxy_pass {site}/;"), http: "", namespace: None });
    let run = walk(&gateway.url(), listed(&gateway), units()).await;
    let proven = run.findings.iter().filter(|finding| finding.strength == Strength::Proven);
    assert!(proven.clone().all(|finding| finding.cause.0 != "upstream-crash-loop"), "{:?}", run.findings);
}
