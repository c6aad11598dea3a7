//! HAProxy: its configuration as the common model.
//!
//! Text to sections, sections with their defaults to the model, and the choice of the way of a request. Own parser:
//! no crate reads this format well enough, and none keeps line numbers in a half-broken file.

mod care;
mod choose;
mod extract;
mod health;
mod lexer;
mod process;
mod proxy;
mod request;
mod server;
mod settings;
mod stats;
mod time;
mod tree;

pub(crate) use health::{CheckAsks, HttpCheck};
pub(crate) use proxy::Proxy;
pub(crate) use server::{ProxyHeader, ServerLine};
pub(crate) use stats::{ServerState, StatRow, Stats};
pub(crate) use tree::Tree;

pub(super) use care::care_for;
pub(super) use choose::route_for;
pub(crate) use choose::{Detail, detail};
pub(super) use extract::{longest_wait, parse, upstreams};
pub(super) use process::master;

use super::GatewayConfig;

/// Where it keeps its configuration where nothing says otherwise.
pub(super) const USUAL: &[&str] = &["/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy/haproxy.cfg"];

/// The sections of a configuration, if it is one of `HAProxy`.
pub(crate) fn tree(config: &GatewayConfig) -> Option<&Tree> {
    match &config.tree {
        super::Tree::Haproxy(tree) => Some(tree),
        _ => None,
    }
}

/// Paths of the stats sockets; those on TCP are left out.
pub(crate) fn stats_sockets(tree: &Tree) -> Vec<std::path::PathBuf> {
    let lines = tree.global().filter(|line| line.begins(&["stats", "socket"]));
    let path = |written: &str| {
        let path = written.strip_prefix("unix@").unwrap_or(written);
        path.starts_with('/').then(|| path.into())
    };
    lines.filter_map(|line| path(line.word(2))).collect()
}

#[cfg(test)]
mod tests;
