//! What nginx' configuration does at a request's place against failures and load.

use super::choose::{Walked, walk};
use super::settings::{Scope, family};
use super::tree::Directive;
use crate::gateways::{Care, GatewayConfig, Set, SourceBind, Target, TempFolder, Tree};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// Where packages keep temporary files, each with the folder's name for a protocol.
const USUAL_TEMP: [(&str, &str, &str); 3] = [
    ("/var/lib/nginx", "", "body"),
    ("/var/cache/nginx", "_temp", "client_temp"),
    ("/usr/local/nginx", "_temp", "client_body_temp"),
];

/// What applies to a request for this URL beside its route.
pub(in crate::gateways) fn care_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Care {
    let Some(Walked { target, protocol, scope, variables, .. }) = walk(config, url, listener) else {
        return Care::default();
    };
    let Target::Upstream(upstream) = &target else {
        return Care { rate_limits: all(&scope, "limit_req"), connection_limits: limits(&scope), ..Care::default() };
    };
    let family = family(protocol);
    let first = |name: &str| scope.last(&format!("{family}_{name}"));
    let is_on = |name: &str| first(name).is_some_and(|directive| !matches!(directive.arg(0), "off" | ""));
    let next = first("next_upstream");
    let cache = is_on("cache");
    let stale = first("cache_use_stale").is_some_and(|directive| {
        directive.args.iter().any(|word| matches!(word.as_str(), "error" | "timeout") || word.starts_with("http_5"))
    });
    let live = upstream.members.iter().filter(|member| !member.down);
    let pool = pool_block(config, upstream.pool.as_deref());
    let checks = scope.last("health_check").is_some()
        || pool.is_some_and(|pool| pool.iter().any(|inside| matches!(inside.name.as_str(), "check" | "health_check")));
    let source = scope.last(&format!("{family}_bind")).and_then(|directive| {
        let written = variables.expand(directive.arg(0));
        Some(SourceBind {
            address: source_address(&written)?,
            written: format!("{family}_bind {}", directive.args.join(" ")),
            foreign: directive.args.iter().any(|arg| arg == "transparent"),
            place: directive.place.clone(),
        })
    });
    Care {
        retries: Some(next.is_none_or(|next| next.args.iter().all(|word| word != "off"))),
        active_checks: Some(checks),
        check: None,
        passive_checks: Some(live.clone().count() > 1 && live.clone().any(|member| member.max_fails > 0)),
        cache: Some(cache),
        stale: Some(cache && stale),
        rate_limits: all(&scope, "limit_req"),
        connection_limits: limits(&scope),
        source,
        temp: temp(&scope, family),
    }
}

/// The address in `10.0.0.1`, `10.0.0.1:80` or `[::1]:80`; `None` for a variable or `off`.
fn source_address(written: &str) -> Option<String> {
    let ip = written.parse::<IpAddr>().ok().or_else(|| {
        written
            .parse::<SocketAddr>()
            .map(|address| address.ip())
            .ok()
            .or_else(|| written.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
    })?;
    Some(ip.to_string())
}

/// All directives of a name that apply here, as written.
fn all(scope: &Scope<'_>, name: &str) -> Vec<Set<String>> {
    let written = scope.all(name).into_iter().map(|directive| Set {
        value: format!("{name} {}", directive.args.join(" ")),
        place: Some(directive.place.clone()),
    });
    written.collect()
}

fn limits(scope: &Scope<'_>) -> Vec<Set<String>> {
    all(scope, "limit_conn")
}

/// The directives of a named pool.
fn pool_block<'t>(config: &'t GatewayConfig, name: Option<&str>) -> Option<&'t [Directive]> {
    let (Tree::Nginx(tree), Some(name)) = (&config.tree, name) else { return None };
    let mut pools = tree.http().flat_map(Directive::children).filter(|directive| directive.name == "upstream");
    pools.find(|pool| pool.arg(0) == name).map(Directive::children)
}

/// The folders for answers and for requests that do not fit in memory.
fn temp(scope: &Scope<'_>, family: &str) -> Vec<TempFolder> {
    let off = |name: &str, value: &str| {
        scope.last(&format!("{family}_{name}")).is_some_and(|directive| directive.arg(0) == value)
    };
    let mut folders = Vec::new();
    // gRPC answers are never kept on the disk.
    if family != "grpc" && !off("buffering", "off") && !off("max_temp_file_size", "0") {
        let usual = USUAL_TEMP.iter().map(|(at, ending, _)| PathBuf::from(format!("{at}/{family}{ending}")));
        folders.push(folder(scope, &format!("{family}_temp_path"), usual.collect()));
    }
    let usual = USUAL_TEMP.iter().map(|(at, _, name)| PathBuf::from(format!("{at}/{name}")));
    folders.push(folder(scope, "client_body_temp_path", usual.collect()));
    folders
}

fn folder(scope: &Scope<'_>, name: &str, usual: Vec<PathBuf>) -> TempFolder {
    let written = scope.last(name).filter(|directive| !directive.arg(0).is_empty());
    TempFolder {
        directive: name.to_owned(),
        paths: written.map_or(usual, |directive| vec![scope.path(directive.arg(0))]),
        place: written.map(|directive| directive.place.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fileguard::FileError;
    use crate::gateways::Sources;
    use std::path::Path;

    struct One(&'static str);

    impl Sources for One {
        fn text(&self, _path: &Path, _max: u64) -> Result<String, FileError> {
            Ok(self.0.to_owned())
        }

        fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
            Ok(Vec::new())
        }
    }

    fn care(text: &'static str, path: &str) -> Care {
        let parsed = super::super::parse(Path::new("/etc/nginx/nginx.conf"), None, &One(text));
        care_for(&parsed.value, &Url::parse(&format!("http://127.0.0.1:80{path}")).unwrap(), None)
    }

    #[test]
    fn reads_what_is_done_against_failures() {
        let text = "http { limit_req zone=all burst=5; proxy_temp_path /data/tmp 1 2;
            upstream app { server 10.0.0.1:80; server 10.0.0.2:80 max_fails=2; }
            server { listen 80; limit_conn perip 10;
              location / { proxy_pass http://app; proxy_cache site; proxy_cache_use_stale error http_502; proxy_bind 10.9.9.9; }
              location /once { proxy_next_upstream off; proxy_pass http://10.0.0.1; limit_req zone=once; proxy_bind $remote_addr transparent; proxy_buffering off; } } }";
        let all = care(text, "/");
        assert_eq!(
            (all.retries, all.cache, all.stale, all.passive_checks),
            (Some(true), Some(true), Some(true), Some(true))
        );
        assert_eq!(all.rate_limits[0].value, "limit_req zone=all burst=5");
        assert_eq!(all.connection_limits[0].value, "limit_conn perip 10");
        assert_eq!(all.source.as_ref().map(|source| source.address.as_str()), Some("10.9.9.9"));
        assert_eq!(all.temp[0].paths, [PathBuf::from("/data/tmp")]);
        assert_eq!(all.temp[1].paths[0], PathBuf::from("/var/lib/nginx/body"));
        let once = care(text, "/once");
        assert_eq!(
            (once.retries, once.cache, once.stale, once.passive_checks),
            (Some(false), Some(false), Some(false), Some(false))
        );
        assert_eq!(once.rate_limits[0].value, "limit_req zone=once");
        assert_eq!((once.source, once.temp.len()), (None, 1));
    }
}
