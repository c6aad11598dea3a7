//! A private nginx with Debian's layout: `nginx.conf`, `sites-enabled` with links, logs and temporary files of its own.

use super::namespace::{Namespace, is_root};
use crate::ports::free_port;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a test's site consists of.
pub(crate) struct Site<'a> {
    /// Inside `location / { … }`.
    pub(crate) location: &'a str,
    /// Beside the server block.
    pub(crate) http: &'a str,
    /// Where it runs.
    pub(crate) namespace: Option<&'a Namespace>,
}

/// What else a test's nginx is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning<'a> {
    /// At the main level.
    pub(crate) main: &'a str,
    /// Connections of its worker.
    pub(crate) connections: u32,
    /// The server block's name.
    pub(crate) name: &'a str,
}

impl Default for Tuning<'_> {
    fn default() -> Self {
        Self { main: "", connections: 256, name: "_" }
    }
}

/// A running nginx.
pub(crate) struct Gateway {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Gateway {
    /// Starts nginx with a site that forwards `/` to `pass`.
    pub(crate) fn forwarding(pass: &str) -> Self {
        Self::start(&Site { location: &format!("proxy_pass {pass};"), http: "", namespace: None })
    }

    /// Starts nginx.
    pub(crate) fn start(site: &Site<'_>) -> Self {
        Self::tuned(site, Tuning::default())
    }

    /// Starts nginx with a server block of this name.
    pub(crate) fn start_named(site: &Site<'_>, name: &str) -> Self {
        Self::tuned(site, Tuning { name, ..Tuning::default() })
    }

    /// Starts nginx with limits of its own.
    pub(crate) fn tuned(site: &Site<'_>, tuning: Tuning<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        open_folder(folder.path());
        let port = free_port();
        write(folder.path(), port, site, tuning);
        let errors = folder.path().join("log/error.log");
        let mut command = command(folder.path(), site.namespace);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.unwrap_or_else(|error| panic!("nginx is needed (apt-get install nginx): {error}"));
        let mut gateway = Self { process, folder, port };
        gateway.await_listening(&errors);
        gateway
    }

    fn await_listening(&mut self, errors: &Path) {
        let end = Instant::now() + Duration::from_secs(10);
        let pid = self.folder.path().join("nginx.pid");
        loop {
            // The pid file is written after the sockets listen.
            if fs::read_to_string(&pid).is_ok_and(|text| !text.trim().is_empty()) {
                return;
            }
            let ended = self.process.try_wait().ok().flatten().is_some();
            let log = || fs::read_to_string(errors).unwrap_or_default();
            assert!(!ended && Instant::now() < end, "nginx does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The URL that visitors ask.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its processes, the master first.
    pub(crate) fn processes(&self) -> Vec<Pid> {
        let master = fs::read_to_string(self.folder.path().join("nginx.pid")).unwrap_or_default();
        let master = master.trim().to_owned();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap_or_default();
        let words = std::iter::once(master.as_str()).chain(children.split_whitespace());
        words.filter_map(|word| Pid::from_raw(word.parse().ok()?)).collect()
    }

    /// Ends it, but keeps its folder.
    pub(crate) fn end(&mut self) {
        for process in self.processes().into_iter().take(1) {
            kill_process(process, Signal::TERM).ok();
        }
        drop(self.process.wait());
        drop(fs::remove_file(self.folder.path().join("nginx.pid")));
    }

    /// Tries to start it again, with the configuration as it is now, and waits until that has failed.
    pub(crate) fn fail_to_start(&self) {
        let ended = command(self.folder.path(), None).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(!ended.expect("nginx can be run").success(), "it starts");
    }

    /// Writes another site in the place of the one that runs, without telling nginx.
    pub(crate) fn rewrite(&self, location: &str) {
        let site = Site { location, http: "", namespace: None };
        fs::write(self.folder.path().join("sites-available/site"), server(self.port, &site, "_"))
            .expect("the folder is ours");
    }

    /// Its main configuration file.
    pub(crate) fn config(&self) -> String {
        self.folder.path().join("nginx.conf").display().to_string()
    }

    /// Sends a request and keeps the connection.
    pub(crate) fn hold(&self, path: &str) -> Option<TcpStream> {
        use std::io::Write;
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port).ok()?;
        Some(stream)
    }

    /// The first line of the answer to one request; empty where there is none.
    pub(crate) fn status_line(&self) -> String {
        use std::io::{BufRead, BufReader};
        let Some(stream) = self.hold("/") else { return String::new() };
        drop(stream.set_read_timeout(Some(Duration::from_secs(2))));
        let mut line = String::new();
        drop(BufReader::new(stream).read_line(&mut line));
        line
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its error log.
    pub(crate) fn error_log(&self) -> PathBuf {
        self.folder.path().join("log/error.log")
    }

    /// Sends one request, as a visitor would, and does not care for the answer.
    pub(crate) fn visit(&self) {
        use std::io::{Read, Write};
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        if let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
            drop(stream.set_read_timeout(Some(Duration::from_secs(3))));
            let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port);
            drop(stream.write_all(request.as_bytes()));
            drop(stream.read_to_end(&mut Vec::new()));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // The master ends its workers; killing it would orphan them.
        let master = fs::read_to_string(self.folder.path().join("nginx.pid")).ok();
        let master = master.and_then(|text| text.trim().parse().ok()).and_then(Pid::from_raw);
        if let Some(master) = master {
            kill_process(master, Signal::TERM).ok();
        }
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if self.process.try_wait().ok().flatten().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Lets the workers' user enter.
pub(crate) fn open_folder(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

fn command(folder: &Path, namespace: Option<&Namespace>) -> Command {
    let nginx = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let mut command = namespace.map_or_else(|| Command::new(nginx), |namespace| namespace.command(nginx));
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("log/error.log"));
    command.args(["-g", "daemon off;"]);
    command
}

fn server(port: u16, site: &Site<'_>, name: &str) -> String {
    format!(
        "{}\nserver {{\n    listen 127.0.0.1:{port};\n    server_name {name};\n    location / {{\n\
         \x20       proxy_http_version 1.1;\n        {}\n    }}\n}}\n",
        site.http, site.location
    )
}

fn write(folder: &Path, port: u16, site: &Site<'_>, tuning: Tuning<'_>) {
    for name in ["log", "tmp", "sites-available", "sites-enabled", "modules-enabled", "conf.d"] {
        fs::create_dir(folder.join(name)).expect("the folder is new");
    }
    if is_root() {
        fs::set_permissions(folder.join("tmp"), fs::Permissions::from_mode(0o777)).expect("the folder is ours");
    }
    // In a user namespace there is only the one user.
    let user = if is_root() { "user www-data;" } else { "user root;" };
    let user = if is_root() || site.namespace.is_some() { user } else { "" };
    let at = folder.display();
    let main = format!(
        "{user}\n{}\nworker_processes 1;\npid {at}/nginx.pid;\nerror_log {at}/log/error.log;\n\
         include {at}/modules-enabled/*.conf;\nevents {{ worker_connections {}; }}\n\
         http {{\n    access_log {at}/log/access.log;\n\
         \x20   proxy_connect_timeout 1s;\n    proxy_read_timeout 1s;\n\
         \x20   client_body_temp_path {at}/tmp/body;\n    proxy_temp_path {at}/tmp/proxy;\n    fastcgi_temp_path {at}/tmp/fastcgi;\n\
         \x20   uwsgi_temp_path {at}/tmp/uwsgi;\n    scgi_temp_path {at}/tmp/scgi;\n\
         \x20   include conf.d/*.conf;\n    include sites-enabled/*;\n}}\n",
        tuning.main, tuning.connections
    );
    fs::write(folder.join("nginx.conf"), main).expect("the folder is ours");
    fs::write(folder.join("sites-available/site"), server(port, site, tuning.name)).expect("the folder is ours");
    symlink("../sites-available/site", folder.join("sites-enabled/site")).expect("the folder is ours");
}
