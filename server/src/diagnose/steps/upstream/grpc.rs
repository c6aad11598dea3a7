//! The health service of a gRPC server (`grpc.health.v1.Health/Check`), asked as any gRPC client asks it.

use super::super::{Work, failure, guard_of};
use super::direct::plain_request;
use crate::diagnose::scene::{Scene, Spot};
use crate::diagnose::sheet::Desk;
use crate::gateways::Protocol;
use crate::net::{self, Asked2, Health, Limits};
use app::model::FactKind;
use app::model::fact::application::{GrpcHealth, Serving};
use app::model::fact::asked::Direct;
use std::sync::Arc;
use std::time::Duration;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read.
const MOST: u64 = 4096;
/// Status codes of gRPC: nobody answers to that name.
const NOT_FOUND: u32 = 5;
const UNIMPLEMENTED: u32 = 12;

/// Asks the health service of a member that speaks gRPC; answers what it says that is bad.
pub(super) async fn health(
    work: &Work,
    scene: &Arc<Scene>,
    desk: &Desk,
    spot: &Spot,
    direct: &Direct,
) -> Option<String> {
    let speaks_grpc = matches!(spot.protocol, Protocol::Grpc | Protocol::Grpcs) || direct.grpc_status.is_some();
    if !spot.http2 || !speaks_grpc || direct.failure.is_some() && direct.head_bytes == 0 && direct.status.is_none() {
        // Who does not answer the request itself is not asked another one.
        return None;
    }
    let mut url = super::direct::other_url(scene, spot);
    url.set_path(net::HEALTH_PATH);
    let usual = plain_request(work, scene, spot, url);
    let patience = PATIENCE.min(work.left());
    let request = net::Request {
        method: "POST".to_owned(),
        headers: vec![
            ("User-Agent".to_owned(), format!("gatewatch-probe/{}-d", work.mark)),
            ("Content-Type".to_owned(), "application/grpc".to_owned()),
            ("TE".to_owned(), "trailers".to_owned()),
            ("grpc-timeout".to_owned(), "2S".to_owned()),
        ],
        body_size: 0,
        body: net::health_question(""),
        keep_body: 64,
        limits: Limits { first_byte: patience, total: patience, body_bytes: MOST, ..usual.limits },
        ..usual
    };
    let fact = judge(&spot.key, &net::ask_http2(guard_of(work, Some(scene)), &request).await);
    let ill = (fact.serving == Serving::NotServing).then(|| fact.to_string());
    desk.measured(format!("{} directly, grpc.health.v1.Health/Check", spot.key), FactKind::GrpcHealth(fact));
    ill
}

/// What an answer says.
fn judge(target: &str, asked: &Asked2) -> GrpcHealth {
    let fact = |serving: Serving, instead: String| GrpcHealth {
        target: target.to_owned(),
        serving,
        grpc_status: asked.grpc_status,
        instead,
    };
    let answer = match &asked.exchange.result {
        Ok(answer) => answer,
        Err(fault) => return fact(Serving::NoAnswer, failure(fault).to_string()),
    };
    match asked.grpc_status {
        None => fact(Serving::NotGrpc, format!("status {}", answer.status)),
        Some(0) => fact(serving(&answer.body), String::new()),
        Some(NOT_FOUND | UNIMPLEMENTED) => fact(Serving::NotTold, String::new()),
        Some(_) => fact(Serving::Unknown, String::new()),
    }
}

/// What the health service says, as a fact has it.
fn serving(body: &[u8]) -> Serving {
    match net::health_of(body) {
        Health::Serving => Serving::Serving,
        Health::NotServing => Serving::NotServing,
        Health::ServiceUnknown => Serving::NotTold,
        Health::Unknown | Health::Unreadable => Serving::Unknown,
    }
}
