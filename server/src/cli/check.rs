//! `gatewatch check`: is the configuration fit to serve?

use super::{Failure, load, print};
use std::path::Path;

pub(super) fn run(config: Option<&Path>) -> Result<(), Failure> {
    let loaded = load(config, &[])?;
    let Some(path) = loaded.path else {
        print::line("No configuration file: Gatewatch would watch only itself. `gatewatch init` writes one.");
        return Ok(());
    };
    let config = loaded.config;
    let watched = if config.only_self {
        "no monitors (Gatewatch watches itself)".to_owned()
    } else {
        counted(config.monitors.len(), "monitor")
    };
    let (components, gateways) =
        (counted(config.components.len(), "component"), counted(config.gateways.len(), "gateway"));
    let alerts = match config.alerts.len() {
        0 => String::new(),
        alerts => format!(", {}", counted(alerts, "alert")),
    };
    print::line(&format!("{} is valid: {watched}, {components}, {gateways}{alerts}.", path.display()));
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
