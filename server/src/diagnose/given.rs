//! Facts from text that somebody gives: logs and configurations, read by the same parsers as a run's own.

mod answers;
mod certificates;
mod config;
mod firewall;
mod lines;
mod names;
pub mod paste;
mod resources;
mod sockets;
mod units;
mod ways;

use super::{scene, steps};
use crate::fileguard::FileError;
use crate::gateways::{GatewayConfig, GatewayKind, MemberAddress, Sources, Target};
use crate::logs::Product;
use app::model::{At, FactKind};
use std::path::{Path, PathBuf};
use url::Url;

/// Where a configuration without a file stands.
const MAIN: &str = "/etc/gateway.conf";

/// The facts of a product's log, whose times are in UTC, for a run between two moments that asked `url` on the
/// gateway's own host.
pub fn log(product: Product, text: &str, url: &Url, method: &str, began: At, until: At) -> Vec<FactKind> {
    steps::logs::said(product, text, url, method, began, until)
}

/// The route and the members that a gateway's configuration, whole in one text, has for `url`. Members by name have no
/// address here.
pub fn config(kind: GatewayKind, text: &str, url: &Url) -> Vec<FactKind> {
    let parsed = kind.parse(Path::new(MAIN), None, &One(text));
    route(kind, &parsed.value, url)
}

/// The route and the members that a configuration has for `url`.
fn route(kind: GatewayKind, config: &GatewayConfig, url: &Url) -> Vec<FactKind> {
    let Some(route) = config.route_for(url, None) else { return Vec::new() };
    let setup = super::setup::fact(kind.name(), &route, &config.care_for(url, None));
    let mut facts =
        vec![FactKind::Route(scene::route_fact(&route, &config.wire_for(url, None))), FactKind::Setup(setup)];
    if let Target::Upstream(upstream) = &route.target {
        for member in &upstream.members {
            let mut fact = scene::member_fact(member);
            fact.targets = match &member.address {
                MemberAddress::Unix(path) => vec![format!("unix:{}", path.display())],
                host @ MemberAddress::Host { .. } => {
                    host.literal().map(|address| address.to_string()).into_iter().collect()
                }
            };
            fact.local = member.address.literal().is_none_or(|address| address.ip().is_loopback());
            facts.push(FactKind::Member(fact));
        }
    }
    facts.extend(config.hindrances(url, None).into_iter().map(FactKind::Hindrance));
    facts
}

/// One file that holds everything.
struct One<'a>(&'a str);

impl Sources for One<'_> {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        if path == Path::new(MAIN) {
            Ok(self.0.to_owned())
        } else {
            Err(FileError::NotFound { path: path.to_path_buf() })
        }
    }

    fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        Ok(Vec::new())
    }
}
