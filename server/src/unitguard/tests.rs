//! A real `dbus-daemon` on a socket of the test's own, and on it an object that speaks systemd's
//! published interface. The object is a stand-in for systemd, which not every machine that runs the
//! tests has; it is the only stand-in among the tests. Bus, messages and our side of them are real.

use super::*;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zbus::{Connection, OwnedObjectPath, Variant, message::Type};

struct Daemon {
    child: Child,
    dir: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    #[expect(clippy::disallowed_methods, reason = "the test's own bus")]
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            dir.path().display()
        );
        std::fs::write(dir.path().join("bus.conf"), config).unwrap();
        let child = std::process::Command::new("dbus-daemon")
            .arg(format!("--config-file={}/bus.conf", dir.path().display()))
            .arg("--nofork")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed (Debian package dbus-daemon)");
        let daemon = Self { child, dir };
        for _ in 0..100 {
            if daemon.socket().exists() {
                return daemon;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("dbus-daemon did not start");
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("bus")
    }
}

/// The stand-in: one service, `app.service`, that counts its restarts.
async fn stand_in(socket: PathBuf, restarts: Arc<AtomicU32>, tasks: &mut tokio::task::JoinSet<()>) {
    let address = format!("unix:path={}", socket.display());
    let connection = zbus::connection::Builder::address(address.as_str());
    let connection = connection.method_timeout(Duration::from_secs(5)).build().await.unwrap();
    connection.request_name("org.freedesktop.systemd1").await.unwrap();
    tasks.spawn(async move {
        let mut messages = zbus::MessageStream::from(&connection);
        while let Some(Ok(message)) = messages.next().await {
            if message.message_type() == Type::MethodCall {
                answer(&connection, &message, &restarts).await;
            }
        }
    });
}

async fn answer(connection: &Connection, message: &zbus::Message, restarts: &AtomicU32) {
    let header = message.header();
    let path = |text: &str| OwnedObjectPath::try_from(text).unwrap();
    let name = |unit: String| unit.replace('.', "_2e");
    match header.member().unwrap().as_str() {
        "LoadUnit" => {
            let (unit,): (String,) = message.body().deserialize().unwrap();
            let object = path(&format!("/org/freedesktop/systemd1/unit/{}", name(unit)));
            connection.reply(&header, &object).await.unwrap();
        }
        "RestartUnit" => {
            let (unit, mode): (String, String) = message.body().deserialize().unwrap();
            assert_eq!(mode, "replace");
            if unit == "locked.service" {
                let error = zbus::names::ErrorName::try_from("org.freedesktop.DBus.Error.AccessDenied").unwrap();
                connection.reply_error(&header, error, &"Permission denied").await.unwrap();
                return;
            }
            restarts.fetch_add(1, Ordering::SeqCst);
            connection.reply(&header, &path("/org/freedesktop/systemd1/job/1")).await.unwrap();
        }
        "Get" => {
            let none = Variant::from((0_u32, path("/")));
            connection.reply(&header, &none).await.unwrap();
        }
        "GetAll" => {
            let (interface,): (String,) = message.body().deserialize().unwrap();
            let count = restarts.load(Ordering::SeqCst);
            let known = header.path().unwrap().as_str().ends_with("app_2eservice");
            let properties: HashMap<&str, Variant<'_>> = match (interface.as_str(), known) {
                ("org.freedesktop.systemd1.Unit", true) => HashMap::from([
                    ("Description", "The application".into()),
                    ("LoadState", "loaded".into()),
                    ("ActiveState", if count == 0 { "failed" } else { "active" }.into()),
                    ("SubState", if count == 0 { "failed" } else { "running" }.into()),
                    ("ActiveEnterTimestamp", 1_795_359_600_000_000_u64.into()),
                    ("InactiveEnterTimestamp", 0_u64.into()),
                ]),
                ("org.freedesktop.systemd1.Unit", false) => {
                    HashMap::from([("LoadState", "not-found".into()), ("ActiveState", "inactive".into())])
                }
                _ => HashMap::from([
                    ("Result", if count == 0 { "oom-kill" } else { "success" }.into()),
                    ("NRestarts", 5_u32.into()),
                    ("ExecMainStatus", 9_i32.into()),
                    ("MainPID", if count == 0 { 0_u32 } else { 4242 }.into()),
                ]),
            };
            connection.reply(&header, &properties).await.unwrap();
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_listed_unit_is_restarted_and_seen_before_and_after() {
    let daemon = Daemon::start().await;
    let restarts = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    stand_in(daemon.socket(), Arc::clone(&restarts), &mut tasks).await;
    let listed = ["app.service", "locked.service", "ssh.service"].map(str::to_owned);
    let units = Units::new(Bus::Socket(daemon.socket()), listed);

    let before = units.status("app.service").await.unwrap();
    assert_eq!((before.active_state.as_str(), before.result.as_deref()), ("failed", Some("oom-kill")));
    assert_eq!((before.restarts, before.exit_status, before.main_pid), (Some(5), Some(9), None));
    assert_eq!((before.active_since, before.inactive_since), (Some(At(1_795_359_600_000)), None));
    assert_eq!(units.status("absent.service").await.unwrap().load_state, "not-found");

    let restarted = units.restart("app.service").await.unwrap();
    assert_eq!((restarted.before.active_state.as_str(), restarted.after.active_state.as_str()), ("failed", "active"));
    assert_eq!((restarted.settled, restarted.after.main_pid), (true, Some(4242)));

    for refused in ["other.service", "ssh.service"] {
        assert!(units.restart(refused).await.is_err());
    }
    assert_eq!(restarts.load(Ordering::SeqCst), 1);
    let denied = units.restart("locked.service").await.unwrap_err();
    let UnitError::Obstacle(obstacle) = denied else { panic!("{denied:?}") };
    assert_eq!(obstacle.kind, ObstacleKind::NotPermitted, "{obstacle:?}");
    assert_eq!(obstacle.command, "sudo systemctl restart locked.service");
}

#[tokio::test]
async fn without_systemd_there_is_a_command_instead() {
    let nowhere = Units::new(Bus::Socket("/nonexistent/bus".into()), ["app.service".to_owned()]);
    let obstacle = nowhere.status("app.service").await.unwrap_err();
    assert_eq!(
        (obstacle.kind, obstacle.command.as_str()),
        (ObstacleKind::Absent, "systemctl status app.service"),
        "{obstacle:?}"
    );
    let error = nowhere.restart("app.service").await.unwrap_err();
    assert!(
        matches!(&error, UnitError::Obstacle(obstacle) if obstacle.command == "sudo systemctl restart app.service")
    );

    let daemon = Daemon::start().await;
    let empty = Units::new(Bus::Socket(daemon.socket()), []);
    assert_eq!(empty.status("app.service").await.unwrap_err().kind, ObstacleKind::Absent);
}

#[tokio::test]
async fn a_bus_that_never_answers_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("bus");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let begun = std::time::Instant::now();
    let obstacle = Units::new(Bus::Socket(socket), []).status("app.service").await.unwrap_err();
    assert_eq!(obstacle.kind, ObstacleKind::TimedOut, "{obstacle:?}");
    assert!(begun.elapsed() < Duration::from_secs(4));
    drop(listener);
}

#[test]
fn only_exact_listed_harmless_services_may_be_restarted() {
    let listed = [
        "app.service",
        "app@1.service",
        "gatewatch.service",
        "ssh.service",
        "sshd.service",
        "dbus.service",
        "systemd-resolved.service",
        "a.socket",
        "*.service",
    ];
    let units = Units::new(Bus::System, listed.map(str::to_owned));
    for allowed in ["app.service", "app@1.service"] {
        assert_eq!(units.may_restart(allowed), Ok(()), "{allowed}");
    }
    for forbidden in [
        "gatewatch.service",
        "ssh.service",
        "sshd.service",
        "dbus.service",
        "systemd-resolved.service",
        "a.socket",
        "*.service",
        "app@.service",
        "app",
        "app.service ",
        "-app.service",
        "app.service;id",
        "app.service\n",
        "../app.service",
        "",
    ] {
        assert!(matches!(units.may_restart(forbidden), Err(UnitError::Forbidden { .. })), "{forbidden:?}");
    }
    let missing = units.may_restart("other.service").unwrap_err();
    assert!(missing.to_string().contains("units = [\"other.service\"]"), "{missing}");
}
