//! Step 6: is the upstream itself well? Every member is asked directly, past the gateway, as the gateway asks it.

mod application;
mod cgi;
mod direct;
mod elsewhere;
mod grpc;
mod proxy_header;
mod replay;
mod unix;
mod wire;

pub(in crate::diagnose) use direct::asked_of;

use super::Work;
use crate::diagnose::scene::{Scene, Socket, Spot, protocol_name};
use crate::diagnose::sheet::Desk;
use crate::gateways::Target;
use app::model::{Step, StepState};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Asks the members.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Upstream);
    desk.begin(
        &[
            "the gateway's configuration: route, members, limits",
            "the same request straight to each member",
            "another path, where the same one does not answer",
        ],
        vec!["sudo nginx -T; curl -sS -i -H 'Host: NAME' http://MEMBER/".to_owned()],
    );
    let Some(scene) = work.scene().await else {
        desk.finish(StepState::Error, "The gateway was not looked for in time");
        return;
    };
    super::haproxy::pool(&scene, &desk);
    let listener = proxy_header::listener(&work, &scene, &desk);
    if scene.targets.is_empty() {
        listener.await;
        let (state, summary) = nothing_to_ask(&scene);
        if state == StepState::Skipped {
            desk.skip(
                "ask the upstream directly",
                summary.clone(),
                "gatewatch diagnose URL --gateway-config PATH, or --upstream HOST:PORT",
            );
        }
        desk.finish(state, summary);
        return;
    }
    desk.by_hand(by_hand(&work, &scene));
    let mut asking = JoinSet::new();
    for spot in scene.targets.clone() {
        let (work, scene, desk) = (work.clone(), Arc::clone(&scene), desk.clone());
        asking.spawn(async move {
            let trouble = match &spot.socket {
                Socket::Unix(path) => match unix::look(&work, &scene, &desk, path).await {
                    Some(obstacle) => Some(obstacle),
                    None => Box::pin(ask(&work, &scene, &desk, &spot)).await,
                },
                Socket::Tcp(_) => Box::pin(ask(&work, &scene, &desk, &spot)).await,
            };
            (spot.key, trouble)
        });
    }
    let (stop, stopped) = watch::channel(false);
    let collect = async {
        let mut faults = Vec::new();
        let mut asked = 0;
        while let Some(done) = asking.join_next().await {
            if let Ok((key, trouble)) = done {
                asked += 1;
                faults.extend(trouble.map(|trouble| (key, trouble)));
            }
        }
        // Requests through the gateway reach the applications too.
        work.progress_until(work.left(), |progress| progress.over).await;
        stop.send_replace(true);
        (faults, asked)
    };
    let ((mut faults, asked), (), (), ()) = tokio::join!(
        collect,
        application::follow(&work, &scene, &desk, stopped),
        listener,
        replay::checks(&work, &scene, &desk)
    );
    faults.sort();
    match faults.first() {
        Some((_, first)) => desk.finish(StepState::Fault, format!("{} of {asked} members fail: {first}", faults.len())),
        None => desk.finish(StepState::Ok, format!("All {asked} members answer when asked directly")),
    }
}

/// Asks a member, and looks closely at what travels if something is wrong.
async fn ask(work: &Work, scene: &Arc<Scene>, desk: &Desk, spot: &Spot) -> Option<String> {
    if spot.takes_http1() {
        let trouble = Box::pin(direct::ask(work, scene, desk, spot)).await;
        wire::look(work, scene, desk, spot).await;
        return trouble;
    }
    let (trouble, ()) = tokio::join!(direct::ask(work, scene, desk, spot), wire::look(work, scene, desk, spot));
    trouble
}

fn nothing_to_ask(scene: &Scene) -> (StepState, String) {
    match scene.route.as_ref().map(|route| &route.target) {
        Some(Target::Files(_)) => (StepState::Ok, "The gateway answers this URL from its own disk".to_owned()),
        Some(Target::Return(status)) => {
            (StepState::Warning, format!("The gateway is configured to answer {status} by itself"))
        }
        Some(Target::Unknown(why)) => (StepState::Skipped, format!("Where this URL leads cannot be told: {why}")),
        Some(Target::Upstream(_)) => (StepState::Warning, "The upstream's names lead to no address".to_owned()),
        None if scene.gateway.is_some() => {
            (StepState::Skipped, "The configuration has no route for this URL".to_owned())
        }
        None => (StepState::Skipped, "No gateway's configuration was found".to_owned()),
    }
}

fn by_hand(work: &Work, scene: &Arc<Scene>) -> Vec<String> {
    let method = &work.request.method;
    let mut commands = Vec::new();
    for spot in scene.targets.iter().take(4) {
        let asked = direct::url_for(scene, spot);
        let host = direct::host_for(scene, spot).unwrap_or_else(|| "NAME".to_owned());
        let prior = if spot.http2 && !spot.protocol.is_tls() { " --http2-prior-knowledge" } else { "" };
        commands.push(match &spot.socket {
            Socket::Unix(path) if protocol_name(spot.protocol) == "http" => {
                format!(
                    "curl -sS -i -X {method} -H 'Host: {host}' --unix-socket {} 'http://localhost{}'",
                    path.display(),
                    asked.path()
                )
            }
            Socket::Unix(path) => format!("ls -l {0}; sudo ss -lxp src {0}", path.display()),
            Socket::Tcp(_) => format!("curl -sS -i{prior} -X {method} -H 'Host: {host}' '{asked}'"),
        });
    }
    commands
}
