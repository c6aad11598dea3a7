//! A pasted configuration of any gateway: `nginx -T`, or the text of a file.

use super::paste::About;
use crate::fileguard::FileError;
use crate::gateways::{GatewayConfig, GatewayKind, Sources};
use app::model::FactKind;
use app::model::fact::gateway::Gateway;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use url::Url;

/// How `nginx -T` begins each file.
const HEADER: &str = "# configuration file ";
/// Where a configuration without a name stands.
const MAIN: &str = "/etc/gateway.conf";

/// Words at the beginning of a line that only the configuration of this product has.
const MARKS: &[(GatewayKind, &[&str])] = &[
    (GatewayKind::Nginx, &["server {", "location ", "proxy_pass ", "fastcgi_pass ", "http {", "upstream "]),
    (GatewayKind::Httpd, &["<VirtualHost ", "ProxyPass ", "<Location ", "ProxyPassMatch ", "<Proxy "]),
    (GatewayKind::Haproxy, &["frontend ", "backend ", "listen ", "default_backend ", "use_backend "]),
    (GatewayKind::Caddy, &["reverse_proxy ", "php_fastcgi ", "\"apps\":", "{\"apps\":"]),
    (GatewayKind::Traefik, &["loadBalancer:", "[http.routers", "[http.services", "routers:"]),
    (GatewayKind::Envoy, &["static_resources:", "\"static_resources\":"]),
    (GatewayKind::Varnish, &["vcl 4", "sub vcl_"]),
];

/// Reads the route of the run's URL from it.
pub(super) fn configuration(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let kind = kind_of(text)?;
    let files = files_of(text);
    let main = files.first.clone();
    let parsed = kind.parse(&main, None, &files);
    let Some(url) = &about.url else { return Some(Vec::new()) };
    let route = route(kind, &parsed.value, url);
    if route.is_empty() {
        return Some(Vec::new());
    }
    let gateway = Gateway {
        product: kind.name().to_owned(),
        config: (main != Path::new(MAIN)).then(|| main.display().to_string()),
        ..Gateway::default()
    };
    Some(std::iter::once(FactKind::Gateway(gateway)).chain(route).collect())
}

/// The route of the URL; where no listener has its port, that of a listener, since a port may be another one outside.
fn route(kind: GatewayKind, config: &GatewayConfig, url: &Url) -> Vec<FactKind> {
    let found = super::route(kind, config, url);
    if !found.is_empty() {
        return found;
    }
    let mut ports: Vec<u16> =
        config.servers.iter().flat_map(|server| &server.listens).map(|listen| listen.port).collect();
    ports.dedup();
    let mut inside = url.clone();
    for port in ports.into_iter().take(8) {
        if inside.set_port(Some(port)).is_ok() {
            let found = super::route(kind, config, &inside);
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

/// The product whose words begin most lines; at least two have to.
fn kind_of(text: &str) -> Option<GatewayKind> {
    if text.lines().any(|line| line.starts_with(HEADER) && line.trim_end().ends_with(':')) {
        return Some(GatewayKind::Nginx);
    }
    let begins = |words: &[&str]| {
        let of_line = |line: &str| words.iter().any(|word| line.trim_start().starts_with(word));
        text.lines().filter(|line| of_line(line)).count()
    };
    let counted = MARKS.iter().map(|(kind, words)| (begins(words), *kind));
    let best = counted.rev().max_by_key(|(count, _)| *count)?;
    let needed = if matches!(best.1, GatewayKind::Caddy | GatewayKind::Envoy) { 1 } else { 2 };
    (best.0 >= needed).then_some(best.1)
}

fn files_of(text: &str) -> Files<'_> {
    let mut files = Files { first: PathBuf::from(MAIN), texts: BTreeMap::new() };
    let mut at = 0;
    let mut open: Option<(PathBuf, usize)> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(path) = line.strip_prefix(HEADER).and_then(|rest| rest.trim_end().strip_suffix(':')) {
            if let Some((path, from)) = open.take() {
                files.texts.insert(path, &text[from..start]);
            } else {
                files.first = PathBuf::from(path);
            }
            open = Some((PathBuf::from(path), at));
        }
    }
    match open {
        Some((path, from)) => files.texts.insert(path, &text[from..]),
        None => files.texts.insert(PathBuf::from(MAIN), text),
    };
    files
}

/// The files that one text holds.
struct Files<'a> {
    first: PathBuf,
    texts: BTreeMap<PathBuf, &'a str>,
}

impl Sources for Files<'_> {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        let text = self.texts.get(path).ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })?;
        Ok((*text).to_owned())
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let names: Vec<_> = pattern.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let fits = |path: &&PathBuf| {
            let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            parts.len() == names.len() && parts.iter().zip(&names).all(|(part, name)| fits(name, part))
        };
        let found: Vec<PathBuf> = self.texts.keys().filter(fits).cloned().collect();
        // `nginx -T` prints every file that it included, so one that is not there was not included.
        Ok(found)
    }
}

/// Whether a file's name fits a pattern with stars; other wildcards are not used in configurations' own includes.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    if name.starts_with('.') && !before.starts_with('.') {
        return false;
    }
    let Some(rest) = name.strip_prefix(before) else { return false };
    match after.rsplit_once('*') {
        None => rest.ends_with(after),
        Some((middle, end)) => rest.strip_suffix(end).is_some_and(|rest| rest.contains(middle.trim_matches('*'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_includes() {
        for (pattern, name) in [("*.conf", "a.conf"), ("*", "site"), ("site", "site"), ("a*b*c", "axxbyyc")] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", "a.conf~"), ("*", ".hidden"), ("site", "sites"), ("a*b*c", "axxc")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
