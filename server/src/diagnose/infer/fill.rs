//! Fixes with this run's own names in them.

use super::super::rule::Match;
use super::{Case, Found};
use app::model::Fix;
use std::collections::BTreeMap;

/// The fixes of a finding, those for this gateway and any other platform, in the cause's order.
pub(super) fn fixes(case: &Case<'_>, found: &Found) -> Vec<Fix> {
    let names = names(case, &found.matched);
    let product = case.gateway.map_or("nginx", |(_, gateway)| gateway.product.as_str());
    found
        .cause
        .text
        .fixes
        .iter()
        .filter(|fix| !is_gateway(fix.applies_to) || fix.applies_to == product)
        .filter(|fix| can_fill(fix.command, &names))
        .map(|fix| Fix {
            title: fill(fix.title, &names),
            command: fill(fix.command, &names),
            verify: fill(fix.verify, &names),
        })
        .collect()
}

/// Products of which only one is in front; a fix for another one would confuse.
fn is_gateway(applies_to: &str) -> bool {
    matches!(applies_to, "nginx" | "httpd" | "haproxy" | "caddy" | "traefik" | "envoy" | "varnish")
}

fn names(case: &Case<'_>, matched: &Match) -> BTreeMap<&'static str, String> {
    let mut names = BTreeMap::new();
    if let Some((_, route)) = case.route {
        names.insert("place", route.place.clone());
        names.insert("upstream", route.target.clone());
        names.insert("location", route.location.clone());
        if let Some(ms) = route.read_timeout_ms {
            names.insert("timeout", format!("{} s", ms.div_ceil(1000)));
        }
        if let Some(resolver) = route.resolvers.first() {
            names.insert("resolver", resolver.clone());
            names.insert("resolver_ip", super::case::ip_of(resolver).unwrap_or_else(|| resolver.clone()));
        }
    }
    if let Some(config) = case.gateway.and_then(|(_, gateway)| gateway.config.clone()) {
        names.insert("config", config);
    }
    if let Some(user) = case.gateway.and_then(|(_, gateway)| gateway.user.clone()) {
        names.insert("user", user);
    }
    if let Some(target) = matched.targets.first() {
        names.insert("target", target.clone());
        if let Some(path) = target.strip_prefix("unix:") {
            names.insert("socket", path.to_owned());
        }
        if let Ok(address) = target.parse::<std::net::SocketAddr>() {
            names.insert("ip", address.ip().to_string());
            names.insert("port", address.port().to_string());
        }
    }
    names.extend(matched.names.iter().map(|(key, value)| (*key, value.clone())));
    names
}

/// A fix that is only right with a name that this run does not have (`{!word}`) is left out.
fn can_fill(template: &str, names: &BTreeMap<&'static str, String>) -> bool {
    template
        .match_indices("{!")
        .all(|(at, _)| template[at + 2..].split_once('}').is_some_and(|(word, _)| names.contains_key(word)))
}

/// Replaces `{word}` and `{!word}`; a word without a value stands in capitals, braces of the command's own
/// language stay as they are.
pub(super) fn fill(template: &str, names: &BTreeMap<&'static str, String>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let inside = after.strip_prefix('!').unwrap_or(after);
        let word_len = inside.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count();
        // `%{http_code}` is curl's own.
        let ours = !rest[..at].ends_with('%');
        if ours && word_len > 0 && inside.as_bytes().get(word_len) == Some(&b'}') {
            let word = &inside[..word_len];
            match names.get(word) {
                Some(value) => out.push_str(value),
                None => out.push_str(&word.to_uppercase()),
            }
            rest = &inside[word_len + 1..];
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_words_and_leaves_other_braces() {
        let names = BTreeMap::from([("port", "8080".to_owned())]);
        assert_eq!(fill("ss sport = :{port}; {app} { print } {!port}", &names), "ss sport = :8080; APP { print } 8080");
        assert_eq!(fill("open {", &names), "open {");
        assert_eq!(fill("-w '%{http_code}' {url}", &names), "-w '%{http_code}' URL");
        assert!(can_fill("{!port}", &names) && !can_fill("{!unit}", &names));
    }
}
