//! The configuration in force with the doors that it opens.

use super::PROBE_GRACE;
use crate::alerts::Listener;
use crate::config::{AlertConfig, Asks, Config, MonitorConfig, Subscriptions};
use crate::diagnose::GatewayLeave;
use crate::fileguard::Fileguard;
use crate::gateways::Hosts;
use crate::netguard::policy::Resolvers;
use crate::netguard::{Netguard, Place, PolicyError};
use crate::probe::{Beat, Check, Direct, Target};
use crate::selfcheck::{Eyes, Reach};
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
    /// The same for what the operator sends: `[net]`, and the mail servers and webhooks that `[[alerts]]` and
    /// `[subscriptions]` name.
    pub alert_guard: Netguard,
    /// For webhooks that visitors name: public places alone.
    pub visitor_guard: Netguard,
    /// Which files the wizard may read.
    pub fileguard: Fileguard,
    /// Which units may be restarted.
    pub units: Units,
    /// By which hosts the gateways on this host are asked.
    gateway_hosts: Hosts,
}

impl Live {
    /// Opens the doors that `config` allows. `own` are Gatewatch's own files, which no door shows. Reads the gateways'
    /// configuration files.
    pub(crate) fn new(config: Config, own: &[PathBuf]) -> Result<Self, PolicyError> {
        let places = config.monitors.iter().flat_map(places);
        let netguard = Netguard::for_server(&config.net)?.with_leave(places);
        let targets = config.alerts.iter().filter_map(AlertConfig::place);
        let targets = targets.chain(config.subscriptions.as_ref().map(Subscriptions::place));
        let alert_guard = Netguard::for_server(&config.net)?.with_leave(targets);
        let visitor_guard = crate::subscriptions::rule::guard(&config.net)?;
        let roots = config.gateways.iter().flat_map(|gateway| gateway.config.iter().cloned());
        let logs = config.gateways.iter().flat_map(|gateway| gateway.logs.iter().cloned());
        let fileguard = Fileguard::for_server(roots, logs).without(own);
        let units = Units::new(Bus::System, config.units().map(str::to_owned));
        let mut gateway_hosts = Hosts::default();
        config.gateways.iter().flat_map(|gateway| &gateway.config).for_each(|main| gateway_hosts.add(&fileguard, main));
        Ok(Self { config, netguard, alert_guard, visitor_guard, fileguard, units, gateway_hosts })
    }

    /// What the scheduler probes.
    pub(crate) fn checks(&self) -> Vec<Check> {
        self.config.monitors.iter().filter_map(|entry| check(entry, self.keeps_body(entry))).collect()
    }

    /// Whether a monitor's evidence holds the beginning of bodies: as it says, else where it asks a gateway of this host.
    fn keeps_body(&self, entry: &MonitorConfig) -> bool {
        let of_gateway = || {
            let url = entry.site()?;
            Some(self.gateway_hosts.hold(url.host_str()?, url.port_or_known_default()?))
        };
        entry.keeps_body.or_else(of_gateway).unwrap_or(false)
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
            patience: entry.timeout + PROBE_GRACE,
            reach: match &entry.asks {
                Asks::Probe(target) => target.reach(),
                Asks::Heartbeat { .. } => Reach::Network,
            },
            unstable: entry.unstable,
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

    /// What the self-check asks: its canaries, and the usual name servers for names of the monitors.
    pub(crate) fn eyes(&self, guard: &Netguard) -> Eyes {
        let asked = self.config.monitors.iter().filter_map(|entry| match &entry.asks {
            Asks::Probe(target) => target.looked_up(),
            Asks::Heartbeat { .. } => None,
        });
        Eyes::new(guard, self.config.self_check.canaries.clone(), asked.collect())
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

fn check(entry: &MonitorConfig, keeps_body: bool) -> Option<Check> {
    let Asks::Probe(target) = &entry.asks else { return None };
    let mut target = target.clone();
    if let Target::Http(ask) | Target::WebSocket(ask) = &mut target {
        ask.keeps_body = keeps_body;
    }
    Some(Check {
        monitor: entry.monitor.id.clone(),
        target,
        interval: entry.interval(),
        timeout: entry.timeout,
        expect: entry.expect.clone(),
        authorities: entry.authorities.clone(),
        identity: entry.identity.clone(),
        direct: entry.direct.clone().map(Direct::new),
    })
}

fn beat(entry: &MonitorConfig) -> Option<Beat> {
    let Asks::Heartbeat { token, grace } = &entry.asks else { return None };
    Some(Beat { monitor: entry.monitor.id.clone(), token: token.clone(), every: entry.interval(), grace: *grace })
}
