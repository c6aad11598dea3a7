//! What of the configuration itself stands in the way between httpd and its upstream.

use super::choose::Forwarding;
use super::tree::{Directive, Tree};
use super::workers::{ProxyUrl, member_urls, sections};
use app::model::fact::gateway::{Hindrance, HindranceKind};

/// Everything that stands in this request's way.
pub(super) fn hindrances(tree: &Tree, forwarding: &Forwarding<'_>) -> Vec<Hindrance> {
    let url = &forwarding.pass.url;
    let members = member_urls(&forwarding.scope, url);
    let mut found = lacking(tree, forwarding, &members);
    let spoken: Vec<&ProxyUrl> = if members.is_empty() { vec![url] } else { members.iter().collect() };
    // A unix socket is reached without a proxy, whatever the URL behind it says.
    for one in spoken.into_iter().filter(|one| one.socket.is_none() && one.scheme != "balancer") {
        found.extend(remote(forwarding, one));
        found.extend(blocked(forwarding, one));
    }
    found.dedup();
    found
}

/// Modules that the schemes need and that are not loaded, and TLS that is not enabled.
fn lacking(tree: &Tree, forwarding: &Forwarding<'_>, members: &[ProxyUrl]) -> Vec<Hindrance> {
    let place = forwarding.pass.directive.place.to_string();
    let lack = |what, detail: String| Hindrance { what, detail, target: None, place: place.clone() };
    let mut found = Vec::new();
    for url in std::iter::once(&forwarding.pass.url).chain(members) {
        let Some(module) = url.module() else { continue };
        let or_http = module == "proxy_wstunnel_module" && tree.has_module("proxy_http_module") == Some(true);
        if tree.has_module(module) == Some(false) && !or_http {
            found.push(lack(HindranceKind::ModuleMissing, format!("LoadModule {module}")));
        }
        if !url.protocol().is_some_and(crate::gateways::Protocol::is_tls) {
            continue;
        }
        if tree.has_module("ssl_module") == Some(false) {
            found.push(lack(HindranceKind::ModuleMissing, "LoadModule ssl_module".to_owned()));
        }
        let mut scope = forwarding.scope.clone();
        for section in sections(&forwarding.scope, url) {
            scope = scope.within(section.children());
        }
        if !scope.last("sslproxyengine").is_some_and(Directive::is_on) {
            found.push(lack(HindranceKind::TlsNotEnabled, "SSLProxyEngine on".to_owned()));
        }
    }
    found
}

/// The forward proxy that this URL is asked through.
fn remote(forwarding: &Forwarding<'_>, url: &ProxyUrl) -> Option<Hindrance> {
    let scope = &forwarding.scope;
    let spared = scope.every("noproxy").flat_map(|directive| directive.args.iter());
    let host = url.host.to_ascii_lowercase();
    let is_spared = |word: &String| {
        let word = word.to_ascii_lowercase();
        word == host || word.starts_with('.') && host.ends_with(&word) || in_network(&word, &host)
    };
    if spared.into_iter().any(is_spared) {
        return None;
    }
    let written = forwarding.pass.written.to_ascii_lowercase();
    let fits = |directive: &&Directive| {
        let pattern = directive.arg(0).to_ascii_lowercase();
        match directive.name.as_str() {
            "proxyremotematch" => super::rewrite::pattern(directive.arg(0), false)
                .is_some_and(|regex| regex.is_match(&forwarding.pass.written)),
            _ if pattern.contains(':') => written.starts_with(&pattern),
            _ => pattern == "*" || pattern == url.scheme,
        }
    };
    let all = scope.every("proxyremote").chain(scope.every("proxyremotematch"));
    let directive = all.into_iter().find(fits)?;
    let through = ProxyUrl::parse(directive.arg(1))?;
    Some(Hindrance {
        what: HindranceKind::ForwardProxy,
        detail: directive.arg(1).to_owned(),
        target: through.address().and_then(|address| address.literal()).map(|address| address.to_string()),
        place: directive.place.to_string(),
    })
}

/// Whether an address begins with the bytes of `10.0` or lies in `10.0.0.0/8`.
fn in_network(word: &str, host: &str) -> bool {
    let Ok(address) = host.parse::<std::net::Ipv4Addr>() else { return false };
    let (network, bits) = word.split_once('/').unwrap_or((word, ""));
    let bytes: Vec<u8> = network.split('.').filter_map(|byte| byte.parse().ok()).collect();
    if bytes.is_empty() || bytes.len() > 4 || bytes.len() != network.split('.').count() {
        return false;
    }
    let bits = bits.parse::<u32>().unwrap_or(u32::try_from(bytes.len() * 8).unwrap_or(32)).min(32);
    let mut padded = [0_u8; 4];
    padded[..bytes.len()].copy_from_slice(&bytes);
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    u32::from(address) & mask == u32::from_be_bytes(padded) & mask
}

/// The word of `ProxyBlock` that is a part of the host.
fn blocked(forwarding: &Forwarding<'_>, url: &ProxyUrl) -> Option<Hindrance> {
    forwarding.scope.every("proxyblock").find_map(|directive| {
        let host = url.host.to_ascii_lowercase();
        let word = directive.args.iter().find(|word| *word == "*" || host.contains(&word.to_ascii_lowercase()))?;
        Some(Hindrance {
            what: HindranceKind::Blocked,
            detail: format!("ProxyBlock {word}"),
            target: None,
            place: directive.place.to_string(),
        })
    })
}
