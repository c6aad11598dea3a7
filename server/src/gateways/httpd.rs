//! Apache httpd: text to tree, tree to model, and the choice of the way that a request takes.
//!
//! The parser is our own. The crates that read httpd's configuration are unmaintained or split it into lines without
//! following `Include`, `<IfModule>`, `Define` and macros, and none keeps the place of each value; what a request
//! meets depends on all of these.

use super::discover::{Master, option};
use super::{Care, GatewayConfig, GatewayKind, Parsed, Route, Set, Sources, Upstream};
use crate::host::Process;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

mod care;
mod choose;
mod environment;
mod extract;
mod hinder;
mod lexer;
mod passes;
mod read;
mod rewrite;
mod settings;
mod tree;
mod values;
mod workers;

use environment::Definitions;
pub(crate) use tree::Tree;

/// Where it keeps its configuration where nothing says otherwise: Debian, Red Hat, its own builds, Alpine, FreeBSD.
pub(super) const USUAL: &[&str] = &[
    "/etc/apache2/apache2.conf",
    "/etc/httpd/conf/httpd.conf",
    "/usr/local/apache2/conf/httpd.conf",
    "/etc/apache2/httpd.conf",
    "/usr/local/etc/apache24/httpd.conf",
];

/// Reads the configuration that begins at `main`, with everything that it includes. `root` is what relative paths
/// begin with until `ServerRoot` says otherwise (`-d`), where it is known.
pub(super) fn parse(main: &Path, root: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let folder = main.parent().unwrap_or(Path::new("/"));
    let root = root.map_or_else(|| usual_root(folder), Path::to_path_buf);
    let mut definitions = Definitions::default();
    let envvars = sources.text(&folder.join("envvars"), 1 << 16).ok();
    definitions.take_environment(folder, envvars.as_deref());
    definitions.take_arguments(sources.arguments());
    let found = read::read(main, root, definitions, sources);
    let (tree, mut problems) = (found.tree, found.problems);
    let formats = extract::all_formats(&tree);
    let of_main = |name: &str| {
        let directive = tree.directives.iter().rev().find(|directive| directive.name == name)?;
        // `#33` is a number where a name is usual.
        let value = directive.arg(0).trim_start_matches('#').to_owned();
        Some(Set { value, place: Some(directive.place.clone()) })
    };
    let value = GatewayConfig {
        files: found.files,
        user: of_main("user"),
        group: of_main("group"),
        servers: extract::servers(&tree, &mut problems),
        pools: workers::pools(&tree),
        limits: extract::limits(&tree),
        logs: extract::logs(&tree, &formats),
        formats,
        ..GatewayConfig::empty(GatewayKind::Httpd, main, super::Tree::Httpd(tree))
    };
    Parsed { value, problems }
}

/// The root that builds have within them, guessed by where their configuration is.
fn usual_root(folder: &Path) -> PathBuf {
    let inner = folder.file_name().is_some_and(|name| name == "conf");
    folder.parent().filter(|_| inner).unwrap_or(folder).to_path_buf()
}

fn tree(config: &GatewayConfig) -> Option<&Tree> {
    match &config.tree {
        super::Tree::Httpd(tree) => Some(tree),
        _ => None,
    }
}

/// The way of a request for this URL.
pub(super) fn route_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Option<Route> {
    choose::route(config, tree(config)?, url, listener)
}

/// What of the configuration stands in the way between httpd and this URL's upstream.
pub(super) fn hindrances(
    config: &GatewayConfig,
    url: &Url,
    listener: Option<SocketAddr>,
) -> Vec<app::model::fact::gateway::Hindrance> {
    let Some(tree) = tree(config) else { return Vec::new() };
    choose::forwarding(tree, url, listener).map(|found| hinder::hindrances(tree, &found)).unwrap_or_default()
}

/// What applies to a request for this URL beside its route.
pub(super) fn care_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Care {
    let Some(tree) = tree(config) else { return Care::default() };
    choose::forwarding(tree, url, listener).map(|found| care::care(config, tree, &found)).unwrap_or_default()
}

/// All upstreams that any route names, each once.
pub(super) fn upstreams(config: &GatewayConfig) -> Vec<Upstream> {
    tree(config).map(|tree| passes::upstreams(config, tree)).unwrap_or_default()
}

/// The longest time that any route waits for its upstream.
pub(super) fn longest_wait(config: &GatewayConfig) -> Option<Duration> {
    passes::longest_wait(tree(config)?)
}

/// A running server, by its process: `/usr/sbin/apache2 -k start`, `httpd -D FOREGROUND -f FILE -d ROOT`.
pub(super) fn master(process: &Process) -> Option<Master> {
    let words: Vec<&str> = process.command_line.iter().map(String::as_str).collect();
    let (program, arguments) = words.split_first()?;
    let name = Path::new(program).file_name()?.to_str()?;
    if !matches!(name, "apache2" | "httpd" | "apache2-foreground" | "httpd.worker" | "httpd.event") {
        return None;
    }
    let root = option(arguments, "-d").map(PathBuf::from).filter(|root| root.is_absolute());
    let debian = name == "apache2";
    let usual = if debian {
        PathBuf::from("apache2.conf")
    } else if Path::new(program).starts_with("/usr/sbin") || Path::new(program).starts_with("/usr/local") {
        PathBuf::from("conf/httpd.conf")
    } else {
        // Started by its bare name, as in the project's own container image.
        PathBuf::from("/usr/local/apache2/conf/httpd.conf")
    };
    let base = root.clone().unwrap_or_else(|| {
        let own_build = Path::new(program).ancestors().nth(2).filter(|folder| folder.starts_with("/usr/local"));
        match (debian, own_build) {
            (true, _) => PathBuf::from("/etc/apache2"),
            (false, Some(folder)) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            (false, _) => PathBuf::from("/etc/httpd"),
        }
    });
    let main = base.join(option(arguments, "-f").map_or(usual, PathBuf::from));
    Some(Master { main, prefix: root })
}

#[cfg(test)]
mod tests;
