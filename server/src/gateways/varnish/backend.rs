//! One backend of a VCL program.

use super::{Parameters, care};
use crate::gateways::flat;
use crate::gateways::{Member, MemberAddress, Place, Problem, Set, Settings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What is assigned in a block, by its name with the dot.
pub(super) type Fields = BTreeMap<String, (String, Place)>;

/// One backend.
pub(super) struct Backend {
    pub(super) member: Option<Member>,
    pub(super) settings: Settings,
    pub(super) host_header: Option<String>,
    pub(super) written: String,
    pub(super) place: Place,
}

impl Backend {
    /// Reads one; what is odd about it goes to `problems`.
    pub(super) fn of(
        fields: &Fields,
        place: Place,
        parameters: &Parameters<'_>,
        probes: &BTreeMap<String, (Fields, Place)>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let text = |name: &str| fields.get(name).map(|(value, _)| value.as_str());
        let mut settings = parameters.settings();
        let time = |name: &str| {
            let (value, place) = fields.get(name)?;
            Some(Set { value: flat::go_duration(value, Duration::from_secs(1))?, place: Some(place.clone()) })
        };
        if let Some(time) = time(".connect_timeout") {
            settings.timeouts.connect = time;
        }
        if let Some(time) = time(".first_byte_timeout") {
            settings.timeouts.read = time;
        }
        let (written, address) = address_of(fields);
        if address.is_none() {
            problems.push(Problem {
                place: place.clone(),
                what: format!("the backend's address {written} is not understood"),
                line_to_add: None,
            });
        }
        let at = fields.get(".host").or_else(|| fields.get(".path")).map_or(&place, |(_, place)| place);
        settings.care.active_checks = Some(fields.contains_key(".probe"));
        let probe = text(".probe").and_then(|name| probes.get(name));
        settings.care.check =
            probe.and_then(|(probe, at)| care::check(probe, text(".host_header").or(text(".host")), at));
        if let Some((value, place)) = fields.get(".max_connections") {
            settings.care.connection_limits =
                vec![Set { value: format!(".max_connections = {value}"), place: Some(place.clone()) }];
        }
        let max_conns = text(".max_connections").and_then(|text| text.parse().ok()).unwrap_or(0);
        let member = address.map(|address| Member { max_conns, ..flat::member(address, at) });
        Self { member, settings, host_header: text(".host_header").map(str::to_owned), written, place }
    }
}

/// Where a backend listens, as it is written and as it is understood.
fn address_of(fields: &Fields) -> (String, Option<MemberAddress>) {
    let text = |name: &str| fields.get(name).map(|(value, _)| value.as_str());
    match (text(".path"), text(".host")) {
        (Some(path), _) => (path.to_owned(), Some(MemberAddress::Unix(PathBuf::from(path)))),
        (None, host) => {
            let host = host.unwrap_or_default();
            // The port may also stand in the host's text.
            let written = match (text(".port"), host.contains(':')) {
                (Some(port), true) if !host.starts_with('[') => format!("[{host}]:{port}"),
                (Some(port), _) => format!("{host}:{port}"),
                (None, _) => host.to_owned(),
            };
            let written = written.replace(":http", ":80").replace(":80s", ":443");
            let address = if host.is_empty() { None } else { flat::address(&written, Some(80)) };
            (written, address)
        }
    }
}
