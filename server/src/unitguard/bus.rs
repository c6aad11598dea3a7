//! Speaking systemd's published interface (`org.freedesktop.systemd1`) over D-Bus.

use super::{ANSWER, Bus, Sandbox, UnitStatus};
use crate::host::firewall::Net;
use crate::host::{Obstacle, ObstacleKind};
use app::model::At;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::net::IpAddr;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, connection::Builder};

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

type Properties = HashMap<String, OwnedVariant>;

/// A connection to the bus with systemd on it.
pub(super) struct Manager {
    connection: Connection,
}

impl Manager {
    pub(super) async fn connect(bus: &Bus) -> Result<Self, zbus::Error> {
        let builder = match bus {
            Bus::System => Builder::system(),
            Bus::Socket(path) => Builder::address(format!("unix:path={}", path.display()).as_str()),
        };
        let connection = builder.method_timeout(ANSWER).build().await?;
        Ok(Self { connection })
    }

    pub(super) async fn status(&self, unit: &str) -> Result<UnitStatus, zbus::Error> {
        let path = self.load(unit).await?;
        let common = self.properties(&path, UNIT).await?;
        // Only services have these; other units refuse the question.
        let service = self.properties(&path, SERVICE).await.unwrap_or_default();
        let moment = |name: &str| microseconds(&common, name);
        Ok(UnitStatus {
            unit: unit.to_owned(),
            description: text(&common, "Description").unwrap_or_default(),
            load_state: text(&common, "LoadState").unwrap_or_default(),
            active_state: text(&common, "ActiveState").unwrap_or_default(),
            sub_state: text(&common, "SubState").unwrap_or_default(),
            result: text(&service, "Result"),
            restarts: value(&service, "NRestarts"),
            exit_status: value(&service, "ExecMainStatus"),
            main_pid: value(&service, "MainPID").filter(|pid| *pid != 0),
            active_since: moment("ActiveEnterTimestamp"),
            inactive_since: moment("InactiveEnterTimestamp"),
        })
    }

    pub(super) async fn sandbox(&self, unit: &str) -> Result<Sandbox, zbus::Error> {
        let path = self.load(unit).await?;
        let service = self.properties(&path, SERVICE).await?;
        let nets = |name: &str| {
            let list: Vec<(i32, Vec<u8>, u32)> = value(&service, name).unwrap_or_default();
            list.iter().filter_map(|(_, address, prefix)| net(address, *prefix)).collect()
        };
        let families: Option<(bool, Vec<String>)> = value(&service, "RestrictAddressFamilies");
        Ok(Sandbox {
            deny: nets("IPAddressDeny"),
            allow: nets("IPAddressAllow"),
            // An empty list that forbids is no restriction.
            families: families.filter(|(allow, families)| *allow || !families.is_empty()),
            private_network: value(&service, "PrivateNetwork").unwrap_or(false),
        })
    }

    pub(super) async fn restart(&self, unit: &str) -> Result<(), zbus::Error> {
        self.call(MANAGER_PATH, MANAGER, "RestartUnit", &(unit, "replace")).await.map(|_: OwnedObjectPath| ())
    }

    /// Whether systemd has nothing left to do for a unit; a question that fails counts as that.
    pub(super) async fn no_job(&self, unit: &str) -> bool {
        let asked = async {
            let path = self.load(unit).await?;
            let job: OwnedVariant = self.call(path.as_str(), PROPERTIES, "Get", &(UNIT, "Job")).await?;
            <(u32, OwnedObjectPath)>::try_from(job).map(|(job, _)| job == 0)
        };
        asked.await.unwrap_or(true)
    }

    /// The object of a unit; loads it, so that one that is not running has one too.
    async fn load(&self, unit: &str) -> Result<OwnedObjectPath, zbus::Error> {
        self.call(MANAGER_PATH, MANAGER, "LoadUnit", &(unit,)).await
    }

    async fn properties(&self, path: &OwnedObjectPath, interface: &str) -> Result<Properties, zbus::Error> {
        self.call(path.as_str(), PROPERTIES, "GetAll", &(interface,)).await
    }

    async fn call<A, T>(&self, path: &str, interface: &str, method: &str, arguments: &A) -> Result<T, zbus::Error>
    where
        A: serde::Serialize + zbus::DynamicType,
        T: DeserializeOwned + zbus::Type,
    {
        let reply = self.connection.call_method(Some(SYSTEMD), path, Some(interface), method, arguments).await?;
        reply.body().deserialize()
    }
}

fn value<T: TryFrom<OwnedVariant>>(properties: &Properties, name: &str) -> Option<T> {
    T::try_from(properties.get(name)?.clone()).ok()
}

/// An address in network order with its prefix.
fn net(address: &[u8], prefix: u32) -> Option<Net> {
    let address = match address.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
        _ => return None,
    };
    Some(Net { address, prefix: u8::try_from(prefix).ok()? })
}

fn text(properties: &Properties, name: &str) -> Option<String> {
    value(properties, name)
}

/// A moment in microseconds since 1970; 0 means never.
fn microseconds(properties: &Properties, name: &str) -> Option<At> {
    let microseconds: u64 = value(properties, name)?;
    (microseconds > 0).then(|| At(i64::try_from(microseconds / 1000).unwrap_or(i64::MAX)))
}

/// Whether a call was given up because its answer did not come.
pub(super) fn waited_in_vain(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut)
}

/// What stood in the way, in words, with the command to run by hand.
pub(super) fn obstacle(error: &zbus::Error, command: &str) -> Obstacle {
    let (kind, reason) = match error {
        zbus::Error::FDO(error) => match &**error {
            zbus::fdo::Error::AccessDenied(text) | zbus::fdo::Error::InteractiveAuthorizationRequired(text) => {
                (ObstacleKind::NotPermitted, format!("systemd does not permit it: {text}"))
            }
            zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_) => {
                (ObstacleKind::Absent, "there is no systemd on this host's bus".to_owned())
            }
            other => (ObstacleKind::Failed, format!("the bus says: {other}")),
        },
        zbus::Error::MethodError(name, text, _) => {
            let text = text.as_deref().unwrap_or("no reason given");
            match name.as_str() {
                "org.freedesktop.PolicyKit1.Error.NotAuthorized" => {
                    (ObstacleKind::NotPermitted, format!("systemd does not permit it: {text}"))
                }
                _ => (ObstacleKind::Failed, format!("systemd says: {text}")),
            }
        }
        zbus::Error::Connection(error, _) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            (ObstacleKind::NotPermitted, "this user may not connect to the system's bus".to_owned())
        }
        zbus::Error::Connection(..) | zbus::Error::InputOutput(_) | zbus::Error::Address(_) => {
            (ObstacleKind::Absent, "there is no systemd to ask on this host".to_owned())
        }
        other => (ObstacleKind::Failed, format!("the bus failed: {other}")),
    };
    Obstacle::new(kind, reason, command)
}
