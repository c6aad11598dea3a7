//! Caddy: the Caddyfile and its native JSON.
//!
//! Caddy sorts the directives of a Caddyfile before it runs them (`handle` before `respond` before `reverse_proxy`,
//! of equals the longest path first), so rules are laid out in that order and not in that of the text.

mod json;
mod proxy;
mod site;
mod text;

use super::discover::{Master, program, words};
use super::flat::{self, Flat};
use super::{GatewayConfig, GatewayKind, Parsed, Sources};
use crate::host::Process;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where packages keep the configuration.
pub(super) const USUAL: &[&str] = &["/etc/caddy/Caddyfile", "/etc/caddy/caddy.json", "/usr/local/etc/caddy/Caddyfile"];

/// A running server: `caddy run --config FILE`; without one it takes the Caddyfile of its folder.
pub(super) fn master(process: &Process) -> Option<Master> {
    let words = words(process);
    if program(&words) != "caddy" || !words.iter().any(|word| matches!(*word, "run" | "start")) {
        return None;
    }
    let main = flat::option(&words, &["--config", "-config"]).unwrap_or(USUAL[0]);
    Some(Master { main: PathBuf::from(main), prefix: None })
}

/// Reads the configuration that begins at `main`, with everything that it imports.
pub(super) fn parse(main: &Path, _prefix: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let mut problems = Vec::new();
    let text = flat::text(main, sources, &mut problems);
    let (flat, files, error_logs) = if is_json(main, &text) {
        let file = Arc::new(main.to_path_buf());
        let node = super::document::json(&text, &file, &mut problems);
        let (sites, logs) = json::sites(&node, &file, &mut problems);
        (Flat { sites }, vec![main.to_path_buf()], logs)
    } else {
        let mut reading = text::Reading::new(sources);
        let lines = reading.text(&text, main);
        problems.append(&mut reading.problems);
        let (sites, logs) = site::sites(&lines, &mut problems);
        (Flat { sites }, reading.files, logs)
    };
    let mut value = flat::config(main, files, flat, GatewayKind::Caddy);
    for log in error_logs {
        if !value.logs.iter().any(|known| known.written == log.written) {
            value.logs.push(log);
        }
    }
    Parsed { value, problems }
}

/// A Caddyfile may begin with a brace too, but not with a brace and a quoted key.
fn is_json(main: &Path, text: &str) -> bool {
    main.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
        || text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'))
}

#[cfg(test)]
mod tests;
