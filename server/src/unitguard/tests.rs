//! The door itself, on a real bus with a stand-in for systemd on it.

use super::*;
use systemd::{ABSENT, Daemon, LOCKED, STUCK, Systemd};

#[path = "../../tests/support/systemd.rs"]
mod systemd;

#[tokio::test]
async fn a_listed_unit_is_restarted_and_seen_before_and_after() {
    let daemon = Daemon::start().await;
    let systemd = Systemd::start(&daemon).await;
    let listed = ["app.service", LOCKED, "ssh.service"].map(str::to_owned);
    let units = Units::new(Bus::Socket(daemon.socket()), listed);

    let before = units.status("app.service").await.unwrap();
    assert_eq!((before.active_state.as_str(), before.result.as_deref()), ("failed", Some("oom-kill")));
    assert_eq!((before.restarts, before.exit_status, before.main_pid), (Some(5), Some(9), None));
    assert_eq!((before.active_since, before.inactive_since), (Some(At(1_795_359_600_000)), None));
    assert_eq!(units.status(ABSENT).await.unwrap().load_state, "not-found");

    let restarted = units.restart("app.service").await.unwrap();
    assert_eq!((restarted.before.active_state.as_str(), restarted.after.active_state.as_str()), ("failed", "active"));
    assert_eq!((restarted.settled, restarted.after.main_pid), (true, Some(4242)));

    for refused in ["other.service", "ssh.service"] {
        assert!(units.restart(refused).await.is_err());
    }
    assert_eq!(systemd.restarts(), [("app.service".to_owned(), "replace".to_owned())]);
    let denied = units.restart(LOCKED).await.unwrap_err();
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

/// The call's own wait and the whole one end together; whichever is first, systemd is there.
#[tokio::test]
async fn a_restart_that_is_never_answered_is_given_up() {
    let daemon = Daemon::start().await;
    let _systemd = Systemd::start(&daemon).await;
    for timeout in [Duration::from_millis(500), ANSWER * 5] {
        let mut units = Units::new(Bus::Socket(daemon.socket()), [STUCK.to_owned()]);
        units.timeout = timeout;
        let error = units.restart(STUCK).await.unwrap_err();
        let UnitError::Obstacle(obstacle) = error else { panic!("{error:?}") };
        assert_eq!(obstacle.kind, ObstacleKind::TimedOut, "{obstacle:?}");
        assert_eq!(obstacle.reason, "systemd did not answer within 2 s");
    }
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
