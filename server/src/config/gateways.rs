//! `[[gateways]]`: what the wizard may read and restart on this host.

use super::reader::{Context, Section};
use super::text;
use std::path::PathBuf;

/// One `[[gateways]]` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Name in messages.
    pub name: String,
    /// Configuration files, absolute; their folders may be read.
    pub config: Vec<PathBuf>,
    /// Log files or folders of them, absolute.
    pub logs: Vec<PathBuf>,
    /// Units that may be restarted, by exact name.
    pub units: Vec<String>,
}

/// Reads the sections.
pub(super) fn read(sections: Vec<Section<'_, '_>>, cx: &mut Context<'_>) -> Vec<Gateway> {
    let mut gateways: Vec<Gateway> = Vec::new();
    for mut section in sections {
        let name = section.found("name", cx, |text, _| text::label(text, 100));
        section.missing("name", "\"edge\"", cx);
        let config = section.parsed_list("config", cx, |text, _| absolute(text));
        let logs = section.parsed_list("logs", cx, |text, _| absolute(text));
        let units = section.parsed_list("units", cx, |text, _| unit(text));
        section.finish(cx);
        let Some(name) = name else { continue };
        if gateways.iter().any(|gateway| gateway.name == name.value) {
            cx.problem(&name.span, format!("another gateway is named `{}` already; names are unique", name.value));
        }
        gateways.push(Gateway { name: name.value, config, logs, units });
    }
    gateways
}

fn absolute(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_plain = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    if path.is_absolute() && is_plain {
        Ok(path)
    } else {
        Err(format!("`{text}` must be an absolute path without `..`, such as `/etc/nginx/nginx.conf`"))
    }
}

/// The exact name of a unit with its suffix; no patterns, no aliases by guess.
fn unit(text: &str) -> Result<String, String> {
    const SUFFIXES: [&str; 3] = [".service", ".socket", ".target"];
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | '\\' | '@');
    let has_stem = SUFFIXES.iter().any(|suffix| text.strip_suffix(suffix).is_some_and(|stem| !stem.is_empty()));
    if has_stem && text.len() <= 255 && text.chars().all(allowed) && !text.starts_with('-') {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not the exact name of a unit; write it with its suffix, such as `nginx.service`"))
    }
}
