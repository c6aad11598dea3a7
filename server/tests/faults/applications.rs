//! Faults of application servers: a private php-fpm, gunicorn or uWSGI for each test, from Debian.

use super::gateway::{Gateway, Site, open_folder};
use super::namespace::{Namespace, is_root};
use super::outcome::{cause, diagnose, no_cause, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running application server in a folder of its own.
struct Application {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Application {
    /// php-fpm with `pools` after its global section; `{port}` stands for its port.
    fn php_fpm(global: &str, pools: &str, scripts: &[(&str, &str)]) -> Self {
        let (folder, port) = (folder(), free_port());
        for (name, text) in scripts {
            fs::write(folder.path().join(name), text).expect("the folder is ours");
        }
        let at = folder.path().display();
        let user = if is_root() { "user = www-data\ngroup = www-data\n" } else { "" };
        let pools = pools.replace("{port}", &port.to_string()).replace("{user}", user);
        let config =
            format!("[global]\npid = {at}/pid\nerror_log = {at}/error.log\ndaemonize = no\n{global}\n{pools}\n");
        fs::write(folder.path().join("fpm.conf"), config).expect("the folder is ours");
        let mut command =
            Command::new(installed(&["/usr/sbin/php-fpm8.2", "/usr/sbin/php-fpm8.4", "/usr/sbin/php-fpm"]));
        command.arg("-F").arg("-y").arg(folder.path().join("fpm.conf"));
        Self::started(command, folder, port, None)
    }

    /// gunicorn with this application and further arguments.
    fn gunicorn(application: &str, arguments: &[&str], namespace: Option<&Namespace>) -> Self {
        let (folder, port) = (folder(), free_port());
        fs::write(folder.path().join("shop.py"), application).expect("the folder is ours");
        let program = installed(&["/usr/bin/gunicorn"]);
        let program = program.to_string_lossy().into_owned();
        let mut command = namespace.map_or_else(|| Command::new(&program), |namespace| namespace.command(&program));
        command.args(["-b", &format!("127.0.0.1:{port}"), "--error-logfile"]).arg(folder.path().join("error.log"));
        command.arg("--worker-tmp-dir").arg(folder.path()).arg("--chdir").arg(folder.path()).args(arguments);
        command.arg("shop:application").env("PYTHONDONTWRITEBYTECODE", "1");
        Self::started(command, folder, port, namespace)
    }

    /// uWSGI with this application, if any, and further arguments.
    fn uwsgi(application: Option<&str>, arguments: &[&str]) -> Self {
        let (folder, port) = (folder(), free_port());
        let mut command = Command::new(installed(&["/usr/bin/uwsgi"]));
        command.args(["--plugin", "python3", "--socket", &format!("127.0.0.1:{port}"), "--master", "--die-on-term"]);
        command.arg("--logto").arg(folder.path().join("error.log")).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(application) = application {
            fs::write(folder.path().join("shop.py"), application).expect("the folder is ours");
            command.arg("--wsgi-file").arg(folder.path().join("shop.py"));
        }
        Self::started(command, folder, port, None)
    }

    fn started(mut command: Command, folder: TempDir, port: u16, namespace: Option<&Namespace>) -> Self {
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut application = Self { process, folder, port };
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            let listens = match namespace {
                // Its port is not ours to ask; its log says when it listens.
                Some(_) => application.log().contains("Listening at"),
                None => application.listens(),
            };
            if listens {
                return application;
            }
            let ended = application.process.try_wait().ok().flatten().is_some();
            assert!(!ended && Instant::now() < end, "{command:?} does not start: {}", application.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether its port is among the listening ones; connecting would take a worker's time.
    fn listens(&self) -> bool {
        let wanted = format!(":{:04X} 00000000:0000 0A", self.port);
        fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&wanted))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }

    /// Waits until the log holds a text.
    fn await_log(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(10);
        while !self.log().contains(text) {
            assert!(Instant::now() < end, "the log never says {text}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Connections whose request never ends: each takes a worker. Returned once they were taken.
    fn held(&self, beginning: &[u8], count: usize) -> Vec<TcpStream> {
        let hold = |_| {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
            stream.write_all(beginning).expect("it takes bytes");
            stream
        };
        let held = (0..count).map(hold).collect();
        std::thread::sleep(Duration::from_millis(300));
        held
    }

    /// A gateway whose location passes requests on with these directives.
    fn gateway(&self, directives: &str) -> Gateway {
        let at = format!("127.0.0.1:{}", self.port);
        let location = directives.replace("{at}", &at).replace("{folder}", &self.folder.path().display().to_string());
        Gateway::start(&Site { location: &location, http: "", namespace: None })
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        // The master ends its workers; killing it would orphan them.
        if let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).ok();
        }
        let end = Instant::now() + Duration::from_secs(4);
        while Instant::now() < end {
            if self.process.try_wait().ok().flatten().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    open_folder(folder.path());
    folder
}

fn installed(places: &[&str]) -> PathBuf {
    let found = places.iter().map(Path::new).find(|path| path.exists());
    found
        .unwrap_or_else(|| panic!("one of {places:?} is needed (apt-get install php-fpm gunicorn uwsgi)"))
        .to_path_buf()
}

const FASTCGI: &str = "fastcgi_param SCRIPT_FILENAME {folder}/index.php; fastcgi_param REQUEST_METHOD $request_method; \
    fastcgi_param QUERY_STRING $query_string; fastcgi_pass {at};";
const POOL: &str = "[www]\n{user}listen = 127.0.0.1:{port}\npm = static\npm.max_children = 2\n";
const HELLO: (&str, &str) = ("index.php", "<?php echo 'hello';");
const UWSGI: &str = "uwsgi_param REQUEST_METHOD $request_method; uwsgi_param PATH_INFO $document_uri; \
    uwsgi_param QUERY_STRING $query_string; uwsgi_param SERVER_NAME $server_name; uwsgi_param SERVER_PORT $server_port; \
    uwsgi_param SERVER_PROTOCOL $server_protocol; uwsgi_pass {at};";
/// The head of a `FastCGI` record without its content.
const HALF_RECORD: &[u8] = &[1, 1, 0, 1, 0, 8, 0, 0];

/// A Python application that first does something.
fn python(first: &str) -> String {
    format!(
        "import os, socket, time\ndef application(environ, start_response):\n    {first}\n    \
         start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [b'hello']\n"
    )
}

#[test]
fn php_fpm_answers() {
    let application = Application::php_fpm("", POOL, &[HELLO]);
    diagnose(None, &[&application.gateway(FASTCGI).url()], no_cause("healthy"));
}

#[test]
fn gunicorn_answers() {
    let application = Application::gunicorn(&python("pass"), &["-w", "2"], None);
    diagnose(None, &[&application.gateway("proxy_pass http://{at};").url()], no_cause("healthy"));
}

#[test]
fn uwsgi_answers() {
    let application = Application::uwsgi(Some(&python("pass")), &["--processes", "2"]);
    diagnose(None, &[&application.gateway(UWSGI).url()], no_cause("healthy"));
}

#[test]
fn every_php_worker_is_busy() {
    let application = Application::php_fpm("", POOL, &[HELLO]);
    let others = application.held(HALF_RECORD, 2);
    let run = diagnose(None, &[&application.gateway(FASTCGI).url()], cause("php-fpm-max-children", "overload", 4));
    proven(&run);
    drop(others);
}

#[test]
fn all_pools_together_are_at_their_limit() {
    let greedy = "[greedy]\n{user}listen = 127.0.0.1:0{port}\npm = static\npm.max_children = 2\n";
    let greedy = greedy.replace("127.0.0.1:0{port}", &format!("127.0.0.1:{}", free_port()));
    let pools = format!("{greedy}[www]\n{{user}}listen = 127.0.0.1:{{port}}\npm = ondemand\npm.max_children = 2\n");
    let application = Application::php_fpm("process.max = 2", &pools, &[HELLO]);
    let run = diagnose(None, &[&application.gateway(FASTCGI).url()], cause("php-fpm-process-max", "overload", 4));
    proven(&run);
}

#[test]
fn php_fpm_ends_a_slow_script() {
    let pool = format!("{POOL}request_terminate_timeout = 1s\n");
    let application = Application::php_fpm("", &pool, &[("index.php", "<?php sleep(9);")]);
    let gateway = application.gateway(&format!("fastcgi_read_timeout 6s; {FASTCGI}"));
    let run = diagnose(None, &[&gateway.url()], cause("php-fpm-request-terminate-timeout", "code", 4));
    proven(&run);
}

#[test]
fn a_php_worker_crashes() {
    let crash = "<?php posix_kill(getmypid(), 11); sleep(1);";
    let application = Application::php_fpm("", POOL, &[("index.php", crash)]);
    let run = diagnose(None, &[&application.gateway(FASTCGI).url()], cause("app-worker-segfault", "code", 4));
    proven(&run);
}

#[test]
fn php_fpm_does_not_allow_the_gateway() {
    let pool = format!("{POOL}listen.allowed_clients = 10.9.9.9\n");
    let application = Application::php_fpm("", &pool, &[HELLO]);
    let gateway = application.gateway(FASTCGI);
    let run = diagnose(None, &[&gateway.url()], cause("php-fpm-allowed-clients", "firewall-proxy", 4));
    proven(&run);
}

#[test]
fn gunicorn_ends_a_slow_worker() {
    let application = Application::gunicorn(&python("time.sleep(30)"), &["-w", "1", "--timeout", "1"], None);
    let gateway = application.gateway("proxy_read_timeout 6s; proxy_pass http://{at};");
    let run = diagnose(None, &[&gateway.url()], cause("gunicorn-worker-timeout", "code", 4));
    proven(&run);
}

#[test]
fn every_gunicorn_worker_is_busy() {
    let application = Application::gunicorn(&python("pass"), &["-w", "1", "--timeout", "60"], None);
    let others = application.held(b"GET / HTTP/1.1\r\n", 1);
    let gateway = application.gateway("proxy_pass http://{at};");
    let run = diagnose(None, &[&gateway.url()], cause("app-worker-pool-exhausted", "overload", 6));
    proven(&run);
    drop(others);
}

#[test]
fn the_application_dies_with_every_request() {
    let application = Application::gunicorn(&python("os._exit(1)"), &["-w", "1"], None);
    let gateway = application.gateway("proxy_pass http://{at};");
    let run = diagnose(None, &[&gateway.url()], cause("upstream-crash-loop", "code", 2));
    proven(&run);
}

#[test]
fn the_application_waits_for_its_database() {
    let namespace = Namespace::new();
    for words in [
        &["ip", "link", "add", "lost", "type", "veth", "peer", "name", "end"][..],
        &["ip", "addr", "add", "10.9.0.1/24", "dev", "lost"],
        &["ip", "link", "set", "lost", "up"],
        &["ip", "link", "set", "end", "up"],
        // Frames leave for an address that nobody has, so that nothing ever answers.
        &["ip", "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:09", "dev", "lost"],
    ] {
        namespace.run(words);
    }
    let wait = "if environ['PATH_INFO'] == '/': socket.create_connection(('10.9.0.2', 5432), 30)";
    let application = Application::gunicorn(&python(wait), &["-w", "12", "--timeout", "60"], Some(&namespace));
    let location = format!("proxy_pass http://127.0.0.1:{};", application.port);
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("app-dependency-stalled", "overload", 6));
    proven(&run);
}

#[test]
fn uwsgi_ends_a_slow_worker() {
    let application = Application::uwsgi(Some(&python("time.sleep(30)")), &["--processes", "2", "--harakiri", "1"]);
    let gateway = application.gateway(&format!("uwsgi_read_timeout 6s; {UWSGI}"));
    let run = diagnose(None, &[&gateway.url()], cause("uwsgi-harakiri", "code", 4));
    proven(&run);
}

#[test]
fn uwsgi_has_no_application() {
    let application = Application::uwsgi(None, &["--processes", "1"]);
    let run = diagnose(None, &[&application.gateway(UWSGI).url()], cause("uwsgi-no-app", "code", 4));
    proven(&run);
}

#[test]
fn the_socket_is_left_over() -> std::io::Result<()> {
    let folder = folder();
    let socket = folder.path().join("app.sock");
    drop(UnixListener::bind(&socket)?);
    fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    let location = format!("proxy_pass http://unix:{}:/;", socket.display());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-stale", "code", 6));
    proven(&run);
    Ok(())
}

#[test]
fn the_sockets_queue_is_full() -> Result<(), Box<dyn std::error::Error>> {
    let folder = folder();
    let path = folder.path().join("app.sock");
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(&path)?)?;
    rustix::net::listen(&socket, 1)?;
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    // A queue of one holds two; nobody takes them.
    let fill = [UnixStream::connect(&path)?, UnixStream::connect(&path)?];
    let location = format!("proxy_pass http://unix:{}:/;", path.display());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("upstream-unix-backlog-full", "overload", 2));
    proven(&run);
    drop(fill);
    Ok(())
}

#[test]
fn the_application_listens_at_another_address() {
    let namespace = Namespace::new();
    let port = free_port();
    let other = format!("server {{ listen 127.0.0.1:{port}; return 200 'hello'; }}");
    let application = Gateway::start(&Site { location: "return 200;", http: &other, namespace: Some(&namespace) });
    let location = format!("proxy_pass http://127.0.0.2:{port};");
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-bind-address-wrong", "code", 6));
    drop(application);
}

#[test]
fn localhost_is_another_address_for_the_application() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "::1 localhost\n");
    let port = free_port();
    let other = format!("server {{ listen 127.0.0.1:{port}; return 200 'hello'; }}");
    let application = Gateway::start(&Site { location: "return 200;", http: &other, namespace: Some(&namespace) });
    let location = format!("proxy_pass http://localhost:{port};");
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    diagnose(Some(&namespace), &[&gateway.url()], cause("localhost-resolves-ipv6-first", "dns", 6));
    drop(application);
}

#[test]
fn the_gateway_does_not_see_the_socket() -> std::io::Result<()> {
    let folder = folder();
    let socket = folder.path().join("app.sock");
    super::upstream::on_unix_socket(&socket);
    fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    let namespace = Namespace::hiding(folder.path());
    let location = format!("proxy_pass http://unix:{}:/;", socket.display());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-namespace", "code", 6));
    proven(&run);
    Ok(())
}

#[test]
fn another_program_has_the_port() -> std::io::Result<()> {
    let squatter = Upstream::always(Reply::Close);
    let folder = folder();
    fs::write(folder.path().join("shop.py"), python("pass"))?;
    let log = folder.path().join("error.log");
    let mut refused = Command::new(installed(&["/usr/bin/gunicorn"]))
        .args(["-b", squatter.address(), "--error-logfile"])
        .arg(&log)
        .arg("shop:application")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let end = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(&log).unwrap_or_default().contains("Connection in use") && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    refused.kill()?;
    refused.wait()?;
    let gateway = Gateway::forwarding(&format!("http://{}", squatter.address()));
    let log = log.display().to_string();
    diagnose(None, &[&gateway.url(), "--log", &log], cause("upstream-port-conflict", "code", 2));
    Ok(())
}

#[test]
fn a_slow_script_in_one_worker_is_no_full_pool() {
    let pool = POOL.replace("max_children = 2", "max_children = 12");
    let application = Application::php_fpm("", &pool, &[("index.php", "<?php sleep(3); echo 'hello';")]);
    application.await_log("ready to handle connections");
    let gateway = application.gateway(&format!("fastcgi_read_timeout 1s; {FASTCGI}"));
    diagnose(None, &[&gateway.url()], cause("upstream-slow-response", "overload", 6));
}

#[test]
fn a_cookie_is_larger_than_uwsgis_buffer() {
    let application = Application::uwsgi(Some(&python("pass")), &["--processes", "2"]);
    let cookie = format!("Cookie: a={}", "b".repeat(6000));
    let gateway = application.gateway(UWSGI);
    let run = diagnose(None, &[&gateway.url(), "--header", &cookie], cause("uwsgi-buffer-size", "code", 4));
    proven(&run);
}
