//! Step 3: do the names lead to the right place? The public name and the upstream's names, by the system's, the
//! gateway's and the configured name servers; the addresses that they give, each tried; and the addresses that the
//! running gateway still uses.

mod ask;
mod held;
mod tried;

use super::Work;
use crate::diagnose::scene::Scene;
use crate::dns;
use crate::gateways::{GatewayKind, NameResolution, Resolver, Target};
use app::model::fact::names::{AskedBy, HostsEntry, Lookup, LookupOutcome, Resolving};
use app::model::{FactKind, Step, StepState};
use ask::Ask;
use std::net::SocketAddr;
use std::sync::Arc;

/// At most so many names of the upstream.
const MAX_NAMES: usize = 8;

/// How the gateway comes from the upstream's name to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    /// By name servers of its own, while it runs.
    Own(&'a Resolver),
    /// As this host does, while it runs.
    EachRequest,
    /// As this host does, when it starts.
    Start,
    /// It would have to while it runs, and has no name server.
    Nobody,
}

impl Way<'_> {
    const fn word(self) -> &'static str {
        match self {
            Self::Own(_) => "own",
            Self::EachRequest => "each-request",
            Self::Start => "start",
            Self::Nobody => "nobody",
        }
    }
}

/// Asks for the names.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Dns);
    let public = host_of(&work);
    desk.begin(
        &[
            "the public name by the system's name servers",
            "the upstream's names by the name servers that the gateway uses",
            "the addresses that they give, and those that the gateway uses",
        ],
        by_hand(public.as_deref(), None),
    );
    let scene = work.scene().await;
    desk.by_hand(by_hand(public.as_deref(), scene.as_ref()));
    let mut ask = Ask::new(&work, scene.as_ref());
    if let Some(name) = public {
        ask.system(&name, "public");
        ask.configured(&name, "public");
    }
    let way = scene.as_ref().and_then(|scene| way(scene));
    if let Some(scene) = &scene {
        for name in scene.names.iter().take(MAX_NAMES) {
            ask.system(name, "upstream");
            ask.configured(name, "upstream");
            if let Some(Way::Own(resolver)) = way {
                ask.own(name, resolver, &desk);
            }
        }
    }
    let mut lookups = ask.answers().await;
    // What does not work is asked once more in other ways.
    let mut again = Ask::new(&work, scene.as_ref());
    again.further(&lookups);
    lookups.extend(again.answers().await);
    ask::sort(&mut lookups);
    for lookup in &lookups {
        desk.measured(lookup.server.clone(), FactKind::Lookup(lookup.clone()));
    }
    if let Some(scene) = scene.as_ref().filter(|scene| !scene.names.is_empty()) {
        circumstances(&desk, scene, way);
        if scene.on_gateway_host {
            tried::tell(&work, scene, &desk, &lookups).await;
            held::tell(&work, scene, &desk).await;
        }
    }
    let (state, summary) = judge(&lookups, way);
    desk.finish(state, summary);
}

/// How this host resolves names, and what its own file says of them.
fn circumstances(desk: &crate::diagnose::sheet::Desk, scene: &Arc<Scene>, way: Option<Way<'_>>) {
    let system = dns::system_servers();
    let fact = Resolving {
        servers: system.servers.iter().map(SocketAddr::to_string).collect(),
        search: system.search,
        ndots: system.ndots,
        order: dns::name_order().join(" "),
        gateway: way.map_or("", Way::word).to_owned(),
    };
    desk.measured("/etc/resolv.conf", FactKind::Resolving(fact));
    for name in scene.names.iter().take(MAX_NAMES) {
        let addresses: Vec<String> = dns::hosts_entry(name).iter().map(ToString::to_string).collect();
        if !addresses.is_empty() {
            desk.measured("/etc/hosts", FactKind::HostsEntry(HostsEntry { name: name.clone(), addresses }));
        }
    }
}

/// The URL's host, when it is a name that name servers are asked for.
fn host_of(work: &Work) -> Option<String> {
    if work.inner.is_some() {
        // The gateway before it connects to an address.
        return None;
    }
    let url = url::Url::parse(&work.request.url).ok()?;
    match url.host()? {
        url::Host::Domain(name) if name != "localhost" => Some(name.to_owned()),
        _ => None,
    }
}

fn by_hand(public: Option<&str>, scene: Option<&Arc<Scene>>) -> Vec<String> {
    let mut commands = Vec::new();
    if let Some(name) = public {
        commands.push(format!("getent ahosts {name}; dig {name} A; dig {name} AAAA"));
    }
    let own = scene.and_then(|scene| way(scene)).and_then(|way| match way {
        Way::Own(resolver) => resolver.addresses().first().copied(),
        _ => None,
    });
    for name in scene.iter().flat_map(|scene| scene.names.iter()).take(3) {
        let server = own.map(|server| format!("@{} -p {} ", server.ip(), server.port())).unwrap_or_default();
        commands.push(format!("getent ahosts {name}; dig {server}{name}"));
    }
    if commands.is_empty() {
        commands.push("cat /etc/resolv.conf   # no name is involved here".to_owned());
    }
    commands
}

/// How this route's gateway resolves; `None` where no name is involved, or the gateway is not known.
fn way(scene: &Scene) -> Option<Way<'_>> {
    let kind = scene.gateway.as_ref()?.kind;
    let Target::Upstream(upstream) = &scene.route.as_ref()?.target else { return None };
    match &upstream.resolution {
        NameResolution::WhileRunning(Some(resolver)) => Some(Way::Own(resolver)),
        NameResolution::WhileRunning(None) if kind == GatewayKind::Nginx => Some(Way::Nobody),
        NameResolution::WhileRunning(None) => Some(Way::EachRequest),
        NameResolution::BySystem => (!scene.names.is_empty()).then_some(Way::EachRequest),
        _ if scene.names.is_empty() => None,
        // These look a name up at their start, and refuse to start without an answer.
        NameResolution::AtStart | NameResolution::None => match kind {
            GatewayKind::Nginx
            | GatewayKind::Haproxy
            | GatewayKind::Varnish
            | GatewayKind::Lighttpd
            | GatewayKind::Nghttpx
            | GatewayKind::Hitch => Some(Way::Start),
            _ => Some(Way::EachRequest),
        },
    }
}

fn judge(lookups: &[Lookup], way: Option<Way<'_>>) -> (StepState, String) {
    if way == Some(Way::Nobody) {
        return (StepState::Fault, "The upstream is a name, and the gateway has no name server to ask".to_owned());
    }
    if lookups.is_empty() {
        return (StepState::Ok, "No name is involved: addresses are written as such".to_owned());
    }
    let asked = || lookups.iter().filter(|lookup| lookup.search_of.is_none() && lookup.asked_by != AskedBy::Authority);
    let bad = |lookup: &&Lookup| !matches!(lookup.outcome, LookupOutcome::Answer | LookupOutcome::NoData);
    let of_gateway: Vec<&Lookup> = asked().filter(|l| l.asked_by == AskedBy::Gateway).collect();
    let of_system: Vec<&Lookup> = asked().filter(|l| l.server == "system").collect();
    let decisive = if of_gateway.is_empty() { of_system } else { of_gateway };
    match decisive.iter().copied().find(bad).or_else(|| asked().find(bad)) {
        Some(first) if decisive.iter().any(|l| std::ptr::eq(*l, first)) => (StepState::Fault, first.to_string()),
        Some(first) => (StepState::Warning, first.to_string()),
        None => (StepState::Ok, format!("All {} questions to name servers were answered", asked().count())),
    }
}
