//! This very host, seen by itself.

use super::*;
use crate::host::{Access, RouteKind};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn sees_its_own_resources() {
    let memory = Local.memory().await.unwrap();
    assert!(memory.total > memory.available && memory.available > 0);
    assert!(Local.load().await.unwrap().cores > 0);
    let descriptors = Local.descriptors(std::process::id()).await.unwrap();
    assert!(descriptors.open > 2);
    let disks = Local.disks(&[PathBuf::from("/"), PathBuf::from("/yet/to/be/made")]).await;
    assert!(disks.iter().all(|(_, disk)| disk.as_ref().unwrap().total > 0));
    assert!(Local.system_descriptors().await.unwrap().open > 0);
}

#[tokio::test]
async fn sees_its_own_process() {
    let processes = Local.processes().await.unwrap();
    let own = processes.iter().find(|process| process.pid == std::process::id()).unwrap();
    assert!(!own.command_line.is_empty() && own.resident > 0);
    let age = crate::clock::now().since(own.started);
    assert!((-2000..3_600_000).contains(&age), "{age}");
}

#[tokio::test]
async fn sees_waiting_connections_and_their_owner() {
    let listener =
        rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None).unwrap();
    rustix::net::bind(&listener, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    rustix::net::listen(&listener, 3).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let connections: Vec<_> = (0..2).map(|_| connect(address)).collect();
    let listeners = Local.listeners().await.unwrap();
    let found = listeners.for_address(address);
    assert_eq!(found.len(), 1, "{listeners:?}");
    assert_eq!((found[0].waiting, found[0].backlog, found[0].is_full()), (2, Some(3), false));
    // A program that another test starts holds all of our sockets until it has replaced itself.
    assert!(found[0].pids.contains(&std::process::id()), "{:?}", found[0].pids);
    drop(connections);
}

#[expect(clippy::disallowed_methods, reason = "the test's own listener on loopback")]
fn connect(address: std::net::SocketAddr) -> std::net::TcpStream {
    std::net::TcpStream::connect(address).unwrap()
}

#[tokio::test]
async fn sees_unix_sockets_and_the_way_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    std::fs::set_permissions(&base, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = base.join("app.sock");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("app.sock", base.join("link.sock")).unwrap();
    let listeners = Local.listeners().await.unwrap();
    let found = listeners.for_path(&path).unwrap();
    assert_eq!(found.waiting, Some(0));
    assert!(found.pids.contains(&std::process::id()), "{:?}", found.pids);
    let stranger = User { name: "stranger".to_owned(), uid: 4_000_000, gids: vec![4_000_000] };
    for name in ["app.sock", "link.sock"] {
        let seen = Local.socket_path(&base.join(name)).await.unwrap();
        assert!(matches!(seen.access_for(&stranger), Access::NoWrite(at) if at.path == path), "{seen:?}");
    }
    let missing = Local.socket_path(&base.join("other.sock")).await.unwrap();
    assert_eq!((missing.missing, missing.siblings), (Some(base.join("other.sock")), vec![path]));
    drop(socket);
}

#[tokio::test]
async fn knows_routes_and_counters() {
    let local = Local.route(IpAddr::from([127, 0, 0, 1])).await.unwrap();
    assert_eq!((local.kind, local.device.as_deref()), (RouteKind::Local, Some("lo")));
    assert!(Local.neighbours().await.is_ok());
    let before = Local.counters().await.unwrap();
    assert!(before.get("TcpExt.ListenOverflows").is_some());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    drop(connect(listener.local_addr().unwrap()));
    let grown = Local.counters().await.unwrap().since(&before);
    assert!(grown.get("Tcp.ActiveOpens").is_some_and(|opened| opened >= 1), "{grown:?}");
}

#[tokio::test]
async fn what_cannot_be_seen_has_a_command() {
    let obstacle = Local.descriptors(u32::MAX - 1).await.unwrap_err();
    assert!(obstacle.command.starts_with("sudo ls /proc/"));
    if let Err(obstacle) = Local.firewall().await {
        assert!(!obstacle.reason.is_empty() && obstacle.command.starts_with("sudo "), "{obstacle:?}");
    }
    assert_eq!(Local.user("no such user").await.unwrap_err().kind, ObstacleKind::Absent);
    assert_eq!(Local.user("root").await.unwrap().uid, 0);
}

#[tokio::test]
async fn a_look_that_never_ends_is_given_up() {
    let begun = std::time::Instant::now();
    let seen = within(Duration::from_millis(50), "wait", || {
        std::thread::sleep(Duration::from_millis(500));
        Ok(())
    });
    assert_eq!(seen.await.unwrap_err().kind, ObstacleKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_millis(400));
}
