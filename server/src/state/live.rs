//! The configuration in force with the doors that it opens.

use crate::alerts::Listener;
use crate::config::{AlertConfig, Asks, Config, MonitorConfig};
use crate::diagnose::GatewayLeave;
use crate::fileguard::Fileguard;
use crate::netguard::policy::Resolvers;
use crate::netguard::{Netguard, Place, PolicyError};
use crate::probe::{Beat, Check};
use crate::status::{BoardConfig, Watched};
use crate::unitguard::{Bus, Units};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The configuration in force with the doors that it opens; replaced as a whole by a reload.
#[derive(Debug)]
pub struct Live {
    /// What the operator decided.
    pub config: Config,
    /// Which addresses may be asked: `[net]`, and the places that monitors name.
    pub netguard: Netguard,
    /// The same for alerts alone: `[net]`, and the mail servers and webhooks that they name.
    pub alert_guard: Netguard,
    /// Which files the wizard may read.
    pub fileguard: Fileguard,
    /// Which units may be restarted.
    pub units: Units,
}

impl Live {
    /// Opens the doors that `config` allows. `own` are Gatewatch's own files, which no door shows.
    pub(crate) fn new(config: Config, own: &[PathBuf]) -> Result<Self, PolicyError> {
        let places = config.monitors.iter().flat_map(places);
        let netguard = Netguard::for_server(&config.net)?.with_leave(places);
        let targets = config.alerts.iter().filter_map(AlertConfig::place);
        let alert_guard = Netguard::for_server(&config.net)?.with_leave(targets);
        let roots = config.gateways.iter().flat_map(|gateway| gateway.config.iter().cloned());
        let logs = config.gateways.iter().flat_map(|gateway| gateway.logs.iter().cloned());
        let fileguard = Fileguard::for_server(roots, logs).without(own);
        let units = Units::new(Bus::System, config.units().map(str::to_owned));
        Ok(Self { config, netguard, alert_guard, fileguard, units })
    }

    /// What the scheduler probes.
    pub(crate) fn checks(&self) -> Vec<Check> {
        self.config.monitors.iter().filter_map(check).collect()
    }

    /// Jobs that tell by themselves that they ran.
    pub(crate) fn beats(&self) -> Vec<Beat> {
        self.config.monitors.iter().filter_map(beat).collect()
    }

    /// What the board shows.
    pub(crate) fn board_config(&self) -> BoardConfig {
        let watched = self.config.monitors.iter().map(|entry| Watched {
            monitor: entry.monitor.clone(),
            down: entry.confirm_down,
            up: entry.confirm_up,
            depends_on: entry.depends_on.clone(),
            timed: matches!(entry.asks, Asks::Probe(_)),
        });
        BoardConfig {
            title: self.config.page.title.clone(),
            monitors: watched.collect(),
            components: self.config.components.clone(),
            listeners: self.config.alerts.iter().map(Listener::of).collect(),
            maintenances: self.config.maintenances.clone(),
            only_self: self.config.only_self,
        }
    }

    /// What the wizard may read and ask on this host.
    pub(crate) fn leaves(&self) -> Vec<GatewayLeave> {
        let leave = |gateway: &crate::config::Gateway| GatewayLeave {
            name: gateway.name.clone(),
            config: gateway.config.clone(),
            logs: gateway.logs.clone(),
            units: gateway.units.clone(),
        };
        self.config.gateways.iter().map(leave).collect()
    }

    /// Names and origins of what is watched; further parts of a URL may be secret, and are not needed.
    pub(crate) fn watched(&self) -> Vec<(String, String)> {
        let monitors = self.config.monitors.iter();
        let sites = monitors.filter_map(|entry| Some((entry, entry.site()?)));
        sites.map(|(entry, url)| (entry.monitor.name.clone(), url.origin().ascii_serialization())).collect()
    }

    /// The configured name servers.
    pub(crate) fn name_servers(&self) -> Vec<SocketAddr> {
        match &self.config.net.resolvers {
            Resolvers::System => Vec::new(),
            Resolvers::Servers(servers) => servers.iter().map(|ip| SocketAddr::new(*ip, 53)).collect(),
        }
    }
}

/// Naming a place in the file is leave to ask it.
fn places(entry: &MonitorConfig) -> impl Iterator<Item = Place> {
    let asked = match &entry.asks {
        Asks::Probe(target) => target.places(),
        Asks::Heartbeat { .. } => Vec::new(),
    };
    asked.into_iter().chain(entry.direct.as_ref().and_then(Place::of))
}

fn check(entry: &MonitorConfig) -> Option<Check> {
    let Asks::Probe(target) = &entry.asks else { return None };
    Some(Check {
        monitor: entry.monitor.id.clone(),
        target: target.clone(),
        interval: entry.interval(),
        timeout: entry.timeout,
        expect: entry.expect.clone(),
        authorities: entry.authorities.clone(),
    })
}

fn beat(entry: &MonitorConfig) -> Option<Beat> {
    let Asks::Heartbeat { token, grace } = &entry.asks else { return None };
    Some(Beat { monitor: entry.monitor.id.clone(), token: token.clone(), every: entry.interval(), grace: *grace })
}
