//! A private Apache httpd with a server root of its own and Debian's modules.

use super::gateway::open_folder;
use super::namespace::{Namespace, is_root};
use crate::ports::free_port;
use rustix::process::{Pid, Signal, kill_process};
use std::fmt::Write;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where Debian and Red Hat keep the modules.
const MODULES: [&str; 2] = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];

/// What a test's site consists of.
#[derive(Default)]
pub(crate) struct Site<'a> {
    /// Inside the virtual host.
    pub(crate) host: &'a str,
    /// Beside it.
    pub(crate) main: &'a str,
    /// Further modules, as in `proxy_fcgi`.
    pub(crate) modules: &'a [&'a str],
    /// Modules that are left out.
    pub(crate) without: &'a [&'a str],
    /// Where it runs.
    pub(crate) namespace: Option<&'a Namespace>,
}

/// A running httpd.
pub(crate) struct Httpd {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Httpd {
    /// Starts httpd with a site that forwards everything, with short times.
    pub(crate) fn forwarding(target: &str) -> Self {
        let host = format!("ProxyPass / {target} connectiontimeout=1 timeout=1");
        Self::start(&Site { host: &host, ..Site::default() })
    }

    /// Starts httpd.
    pub(crate) fn start(site: &Site<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        open_folder(folder.path());
        let port = free_port();
        let main = folder.path().join("httpd.conf");
        fs::create_dir(folder.path().join("log")).expect("the folder is new");
        fs::create_dir(folder.path().join("www")).expect("the folder is new");
        fs::write(&main, text(folder.path(), port, site)).expect("the folder is ours");
        let program = ["/usr/sbin/apache2", "/usr/sbin/httpd"].into_iter().find(|path| Path::new(path).exists());
        let program = program.expect("httpd is needed (apt-get install apache2)");
        let mut command = site.namespace.map_or_else(|| Command::new(program), |namespace| namespace.command(program));
        command.arg("-d").arg(folder.path()).arg("-f").arg(&main).arg("-DFOREGROUND");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.unwrap_or_else(|error| panic!("httpd does not start: {error}"));
        let mut httpd = Self { process, folder, port };
        httpd.await_ready();
        httpd
    }

    fn await_ready(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        let log = self.error_log();
        loop {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if said.contains("resuming normal operations") {
                return;
            }
            let ended = self.process.try_wait().ok().flatten().is_some();
            assert!(!ended && Instant::now() < end, "httpd does not start: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The URL that visitors ask.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its error log.
    pub(crate) fn error_log(&self) -> PathBuf {
        self.folder.path().join("log/error.log")
    }

    /// Sends a request and leaves its answer open; the connection lasts as long as what is returned.
    pub(crate) fn hold(&self, path: &str) -> TcpStream {
        use std::io::Write;
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("httpd listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port);
        stream.write_all(request.as_bytes()).expect("httpd takes the request");
        stream
    }
}

impl Drop for Httpd {
    fn drop(&mut self) {
        // The parent ends its children; killing it would orphan them.
        let parent = fs::read_to_string(self.folder.path().join("httpd.pid")).ok();
        if let Some(parent) = parent.and_then(|text| text.trim().parse().ok()).and_then(Pid::from_raw) {
            kill_process(parent, Signal::TERM).ok();
        }
        let end = Instant::now() + Duration::from_secs(8);
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

fn text(folder: &Path, port: u16, site: &Site<'_>) -> String {
    let at = folder.display();
    let modules = MODULES.into_iter().find(|folder| Path::new(folder).exists()).expect("httpd's modules are installed");
    let usual = ["mpm_event", "authz_core", "reqtimeout", "proxy", "proxy_http", "dir", "headers"];
    let mut out = format!(
        "ServerRoot {at}\nServerName localhost\nPidFile {at}/httpd.pid\nDefaultRuntimeDir {at}\nMutex file:{at} default\n"
    );
    for name in usual.iter().chain(site.modules).filter(|name| !site.without.contains(name)) {
        // Some are built in.
        if Path::new(modules).join(format!("mod_{name}.so")).exists() {
            writeln!(out, "LoadModule {name}_module {modules}/mod_{name}.so").expect("a text takes everything");
        }
    }
    if is_root() {
        out.push_str("User www-data\nGroup www-data\n");
    }
    if !site.main.contains("MaxRequestWorkers") {
        out.push_str("ServerLimit 2\nStartServers 1\nThreadsPerChild 16\nMaxRequestWorkers 32\n");
    }
    let format = r#""%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"""#;
    write!(
        out,
        "Timeout 20\nErrorLog {at}/log/error.log\nLogFormat {format} combined\nCustomLog {at}/log/access.log combined\n\
         Listen 127.0.0.1:{port}\nDocumentRoot {at}/www\n{}\n<VirtualHost 127.0.0.1:{port}>\n    ServerName shop.example\n    {}\n</VirtualHost>\n",
        site.main, site.host
    )
    .expect("a text takes everything");
    out
}
