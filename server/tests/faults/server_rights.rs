//! The same engine with the server's rights: what `[[gateways]]` lists, and nothing else.

use super::gateway::Gateway;
use super::upstream::{Reply, Upstream};
use app::model::{Outcome, Run};
use server::diagnose::{self, Context, GatewayLeave, Request, Rights};
use server::fileguard::Fileguard;
use server::host::Local;
use server::netguard::{NetRules, Netguard};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

fn run_as_server(url: &str, gateways: Vec<GatewayLeave>) -> Run {
    let configs = gateways.iter().flat_map(|gateway| gateway.config.clone()).collect::<Vec<_>>();
    let logs = gateways.iter().flat_map(|gateway| gateway.logs.clone()).collect::<Vec<_>>();
    let ctx = Context {
        netguard: Netguard::for_server(&NetRules::default()).expect("the default rules hold"),
        fileguard: Fileguard::for_server(configs, logs),
        host: Arc::new(Local),
        units: None,
        name_servers: Vec::new(),
        monitors: None,
    };
    let request = Request { rights: Rights::Server { gateways }, ..Request::get(url) };
    let id: app::model::RunId = "run1".parse().expect("it is an id");
    let (updates, seen) = watch::channel(Arc::new(diagnose::empty_run(id.clone(), url, app::model::At(0))));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let run = runtime.block_on(diagnose::run(&ctx, request, id, updates, CancellationToken::new()));
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
