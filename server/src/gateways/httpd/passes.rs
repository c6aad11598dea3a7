//! Every place that forwards requests.

use super::settings::{settings, wait};
use super::tree::{Directive, Scope, Tree};
use super::workers::{Parameters, Pass, ProxyUrl, parameters, upstream};
use crate::gateways::{GatewayConfig, Upstream};
use std::collections::BTreeSet;
use std::time::Duration;

/// Upstreams that are listed for one configuration.
const MAX_UPSTREAMS: usize = 1024;
/// Sections in which others may stand.
const SECTIONS: [&str; 11] = [
    "virtualhost",
    "location",
    "locationmatch",
    "directory",
    "directorymatch",
    "files",
    "filesmatch",
    "if",
    "elseif",
    "else",
    "limit",
];

/// All upstreams that any place names, each once.
pub(super) fn upstreams(config: &GatewayConfig, tree: &Tree) -> Vec<Upstream> {
    let mut found: Vec<Upstream> = Vec::new();
    let mut seen = BTreeSet::new();
    each(tree, |pass, scope| {
        let parameters = parameters(&pass, scope);
        if found.len() < MAX_UPSTREAMS
            && let Some(upstream) = upstream(&pass, scope, &config.pools, &parameters, None)
            && seen.insert((upstream.written.clone(), upstream.place.clone()))
        {
            found.push(upstream);
        }
    });
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

/// The longest time that any place waits for its upstream: between two reads, or for the connection.
pub(super) fn longest_wait(tree: &Tree) -> Option<Duration> {
    let mut longest: Option<Duration> = None;
    each(tree, |pass, scope| {
        let own = settings(scope, Some(&pass.url), &parameters(&pass, scope), &[], None).timeouts;
        let members = members(&pass, scope);
        let of_members = members.iter().map(|parameters| wait(scope, parameters).value);
        let wait = of_members.chain([own.read.value, own.connect.value]).max();
        longest = longest.max(wait);
    });
    longest
}

/// The parameters of a balancer's members, which have times of their own.
fn members(pass: &Pass<'_>, scope: &Scope<'_>) -> Vec<Parameters> {
    if pass.url.scheme != "balancer" {
        return Vec::new();
    }
    let sections = scope.every("proxy").filter(|section| {
        ProxyUrl::parse(section.arg(0)).is_some_and(|url| url.scheme == "balancer" && url.host == pass.url.host)
    });
    let lines = sections.flat_map(Directive::children).filter(|inner| inner.name == "balancermember");
    lines.map(|line| Parameters::of(line.args.get(1..).unwrap_or_default(), &line.place)).collect()
}

/// Visits every directive that forwards, with the levels around it.
fn each<'t>(tree: &'t Tree, mut visit: impl FnMut(Pass<'t>, &Scope<'t>)) {
    let mut open: Vec<(&'t [Directive], Scope<'t>)> = vec![(&tree.directives, Scope::main(tree))];
    // The tree's depth is limited, and each section is visited once.
    while let Some((level, scope)) = open.pop() {
        for directive in level {
            if let Some(pass) = pass_of(directive) {
                visit(pass, &scope);
            }
            if directive.block.is_some() && SECTIONS.contains(&directive.name.as_str()) {
                open.push((directive.children(), scope.within(directive.children())));
            }
        }
    }
}

/// What a directive forwards to, wherever it stands.
fn pass_of(directive: &Directive) -> Option<Pass<'_>> {
    let (written, words, reuses) = match directive.name.as_str() {
        "proxypass" | "proxypassmatch" => {
            // Within a location the path is left out.
            let at = directive.args.iter().position(|word| ProxyUrl::parse(word).is_some())?;
            (directive.args.get(at)?, directive.args.get(at + 1..)?.to_vec(), true)
        }
        "sethandler" | "addhandler" if directive.arg(0).starts_with("proxy:") => {
            (directive.args.first()?, Vec::new(), false)
        }
        "rewriterule" => {
            let flags = directive.args.get(2)?.trim_matches(['[', ']']);
            let proxies = flags.split(',').any(|flag| matches!(flag.trim(), "P" | "p" | "proxy"));
            (directive.args.get(1).filter(|_| proxies)?, Vec::new(), false)
        }
        _ => return None,
    };
    let url = ProxyUrl::parse(written)?;
    Some(Pass { directive, written: written.clone(), url, words, reuses })
}
