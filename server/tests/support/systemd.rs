//! A real `dbus-daemon` on a socket of the test's own, and on it an object that speaks systemd's
//! published interface. The object is a stand-in for systemd, which not every machine that runs the
//! tests has; it is the only stand-in among the tests. Bus, messages and our side of them are real.
//! Knows nothing of the project, so that any test can include it by `#[path]`.
#![allow(dead_code, unreachable_pub, reason = "each test that includes this file uses its own part of it")]

use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use zbus::message::Type;
use zbus::names::ErrorName;
use zbus::{Connection, Message, OwnedObjectPath, Variant};

/// A unit that is not there.
pub const ABSENT: &str = "absent.service";
/// A unit whose restart is not permitted.
pub const LOCKED: &str = "locked.service";
/// A unit that systemd starts again with every look at it; its main process is the one that looks.
pub const LOOPING: &str = "looping.service";
/// A unit whose restart is never answered.
pub const STUCK: &str = "stuck.service";

/// A bus of the test's own; nobody is on it yet.
pub struct Daemon {
    child: Child,
    dir: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Daemon {
    #[expect(clippy::disallowed_methods, reason = "the test's own bus")]
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder for the socket");
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            dir.path().display()
        );
        std::fs::write(dir.path().join("bus.conf"), config).expect("the folder is ours");
        let child = Command::new("dbus-daemon")
            .arg(format!("--config-file={}/bus.conf", dir.path().display()))
            .arg("--nofork")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed by `cargo xtask test` (Debian package dbus-daemon)");
        let daemon = Self { child, dir };
        for _ in 0..200 {
            if daemon.socket().exists() {
                return daemon;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("dbus-daemon did not start");
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("bus")
    }

    /// As `DBUS_SYSTEM_BUS_ADDRESS` takes it.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }
}

/// One `RestartUnit` that arrived: unit and mode.
pub type Call = (String, String);

/// The stand-in: any unit is a service that has failed, until it was restarted once.
pub struct Systemd {
    calls: Calls,
    _answering: JoinSet<()>,
}

impl Systemd {
    pub async fn start(daemon: &Daemon) -> Self {
        let address = daemon.address();
        let connection = zbus::connection::Builder::address(address.as_str());
        let connection = connection.method_timeout(Duration::from_secs(5)).build().await.expect("the bus answers");
        connection.request_name("org.freedesktop.systemd1").await.expect("nobody else has the name");
        let calls = Calls::default();
        let (seen, mut answering) = (calls.clone(), JoinSet::new());
        answering.spawn(async move {
            let mut messages = zbus::MessageStream::from(&connection);
            while let Some(Ok(message)) = messages.next().await {
                if message.message_type() == Type::MethodCall {
                    answer(&connection, &message, &seen).await.expect("a call that systemd understands");
                }
            }
        });
        Self { calls, _answering: answering }
    }

    /// Every `RestartUnit` so far, those included that were refused or not answered.
    pub fn restarts(&self) -> Vec<Call> {
        self.calls.all()
    }
}

#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Call>>>, Arc<Mutex<HashMap<String, u32>>>);

impl Calls {
    fn add(&self, call: Call) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// How often a unit was looked at as a service.
    fn look(&self, unit: &str, interface: &str) -> u32 {
        let mut looks = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = looks.entry(unit.to_owned()).or_default();
        *looks += u32::from(interface.ends_with("Service"));
        *looks
    }

    fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(connection: &Connection, message: &Message, calls: &Calls) -> zbus::Result<()> {
    let header = message.header();
    match header.member().map(zbus::names::MemberName::as_str).unwrap_or_default() {
        "LoadUnit" => {
            let (unit,): (String,) = message.body().deserialize()?;
            let object = format!("/org/freedesktop/systemd1/unit/{}", unit.replace('.', "_2e"));
            connection.reply(&header, &OwnedObjectPath::try_from(object)?).await
        }
        "RestartUnit" => {
            let (unit, mode): Call = message.body().deserialize()?;
            calls.add((unit.clone(), mode));
            match unit.as_str() {
                LOCKED => {
                    let error = ErrorName::try_from("org.freedesktop.DBus.Error.AccessDenied")?;
                    connection.reply_error(&header, error, &"Permission denied").await
                }
                STUCK => Ok(()),
                _ => {
                    let job = OwnedObjectPath::try_from("/org/freedesktop/systemd1/job/1")?;
                    connection.reply(&header, &job).await
                }
            }
        }
        // The only property that is asked for alone is the job of a unit.
        "Get" => connection.reply(&header, &Variant::from((0_u32, OwnedObjectPath::try_from("/")?))).await,
        "GetAll" => {
            let (interface,): (String,) = message.body().deserialize()?;
            let object = header.path().map(zbus::ObjectPath::as_str).unwrap_or_default();
            let unit = object.rsplit('/').next().unwrap_or_default().replace("_2e", ".");
            let restarted = ![LOCKED, STUCK].contains(&&*unit) && calls.all().iter().any(|(called, _)| *called == unit);
            let looks = calls.look(&unit, &interface);
            connection.reply(&header, &properties(&interface, &unit, restarted, looks)).await
        }
        _ => Ok(()),
    }
}

fn properties(interface: &str, unit: &str, restarted: bool, looks: u32) -> HashMap<&'static str, Variant<'static>> {
    let either = |before: &'static str, after: &'static str| if restarted { after } else { before };
    match (interface, unit) {
        ("org.freedesktop.systemd1.Unit", ABSENT) => {
            HashMap::from([("LoadState", "not-found".into()), ("ActiveState", "inactive".into())])
        }
        ("org.freedesktop.systemd1.Unit", LOOPING) => HashMap::from([
            ("LoadState", "loaded".into()),
            ("ActiveState", "activating".into()),
            ("SubState", "auto-restart".into()),
        ]),
        (_, LOOPING) => HashMap::from([
            ("Result", "exit-code".into()),
            ("NRestarts", (7 + looks).into()),
            ("ExecMainStatus", 1_i32.into()),
            ("MainPID", std::process::id().into()),
        ]),
        ("org.freedesktop.systemd1.Unit", _) => HashMap::from([
            ("Description", "The application".into()),
            ("LoadState", "loaded".into()),
            ("ActiveState", either("failed", "active").into()),
            ("SubState", either("failed", "running").into()),
            ("ActiveEnterTimestamp", 1_795_359_600_000_000_u64.into()),
            ("InactiveEnterTimestamp", 0_u64.into()),
        ]),
        _ => HashMap::from([
            ("Result", either("oom-kill", "success").into()),
            ("NRestarts", 5_u32.into()),
            ("ExecMainStatus", 9_i32.into()),
            ("MainPID", if restarted { 4242_u32 } else { 0 }.into()),
        ]),
    }
}
