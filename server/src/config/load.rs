//! From a file and the command line to a [`Config`], or to everything that is wrong with them.

use super::monitors::Watched;
use super::problem::{ConfigErrors, Problem};
use super::reader::{Context, Found, Section};
use super::source::{self, Environment};
use super::{Config, alerts, gateways, metrics, monitors, net, page, server, storage, subscriptions};
use crate::netguard::{NetRules, Netguard};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A configuration and the file that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What was decided.
    pub config: Config,
    /// The file; `None` if there was none.
    pub path: Option<PathBuf>,
}

/// Reads the configuration as every command does: `explicit` is `--config`, `watch` are the URLs of
/// `--watch`. All problems come back together.
pub fn load(explicit: Option<&Path>, env: &dyn Environment, watch: &[String]) -> Result<Loaded, ConfigErrors> {
    let path = source::find(explicit, env);
    let source = path.as_deref().map(source::read).transpose()?;
    let folder = path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let config = parse(source.as_deref().unwrap_or(""), folder, env, watch)
        .map_err(|problems| ConfigErrors { path: path.clone(), problems })?;
    Ok(Loaded { config, path })
}

/// Reads a configuration's text; `folder` is the one that relative paths count from.
pub fn parse(source: &str, folder: &Path, env: &dyn Environment, watch: &[String]) -> Result<Config, Vec<Problem>> {
    let mut cx = Context::new(source, folder, env);
    let (document, errors) = DeTable::parse_recoverable(source);
    if !errors.is_empty() {
        // What the parser made up to go on would only bring follow-up problems.
        for error in errors {
            cx.problem(&error.span().unwrap_or(0..0), error.message().trim_end());
        }
        return Err(cx.into_problems());
    }
    let mut root = Section::root(&document);
    let server = server::read(root.table("server", &mut cx), &mut cx);
    let storage = storage::read(root.table("storage", &mut cx), folder, &mut cx);
    let page = page::read(root.table("page", &mut cx), &mut cx);
    let net = net::read(root.table("net", &mut cx), &mut cx);
    let metrics = metrics::read(root.table("metrics", &mut cx), &mut cx);
    // A policy that cannot be used is a problem already; monitors are then judged by the default one.
    let guard = Netguard::for_server(&net).or_else(|_| Netguard::for_server(&NetRules::default()));
    let guard = guard.unwrap_or_else(|_| Netguard::for_terminal());
    let Watched { list: mut watched, ids, .. } = monitors::read(root.tables("monitors", &mut cx), &guard, &mut cx);
    let from_file = ids.len();
    let mut problems = monitors::add_watched(&mut watched, watch, &guard);
    let groups = root.tables("components", &mut cx);
    let gateways = gateways::read(root.tables("gateways", &mut cx), &mut cx);
    let only_self = from_file == 0 && watch.is_empty() && groups.is_empty();
    if only_self {
        watched.push(Found { value: monitors::only_self(server.listen), span: 0..0 });
    }
    let self_check = super::self_check::read(root.table("self_check", &mut cx), &guard, &mut cx);
    let announced = root.tables("maintenance", &mut cx);
    let all_ids = watched.iter().map(|found| found.value.monitor.id.clone()).chain(ids.iter().cloned()).collect();
    let components = super::components::read(groups, &watched, &ids, &mut cx);
    let alerts = alerts::read(root.tables("alerts", &mut cx), &components, &guard, &mut cx);
    let has_url = server.public_url.is_some();
    let subscriptions = subscriptions::read(root.table("subscriptions", &mut cx), has_url, &guard, &mut cx);
    let maintenances = super::maintenance::read(announced, &components, &all_ids, &mut cx);
    root.finish(&mut cx);

    let mut all = cx.into_problems();
    all.append(&mut problems);
    if !all.is_empty() {
        return Err(all);
    }
    let monitors = watched.into_iter().map(|found| found.value).collect();
    Ok(Config {
        server,
        storage,
        page,
        net,
        monitors,
        components,
        maintenances,
        gateways,
        metrics,
        self_check,
        alerts,
        subscriptions,
        only_self,
    })
}

#[cfg(test)]
mod kinds;
#[cfg(test)]
mod tests;
