//! Unix sockets.

use super::gateway::{Gateway, Site, open_folder};
use super::outcome::{cause, diagnose, proven};
use super::upstream::on_unix_socket;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_socket_is_missing() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    open_folder(folder.path());
    let location = format!("proxy_pass http://unix:{}/app.sock:/;", folder.path().display());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-missing", "code", 6));
    proven(&run);
    Ok(())
}

#[test]
fn the_workers_may_not_open_the_socket() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    open_folder(folder.path());
    let socket = folder.path().join("app.sock");
    on_unix_socket(&socket);
    // Without any bit it is denied to its owner too, so that the test holds without root.
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o000))?;
    let location = format!("proxy_pass http://unix:{}:/;", socket.display());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-permission", "firewall-proxy", 6));
    proven(&run);
    Ok(())
}
