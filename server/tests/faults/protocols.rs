//! The gateway speaks one protocol and the upstream another.

use super::gateway::{Gateway, Site};
use super::outcome::{cause, diagnose, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn tls_to_a_plain_port() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("https://{}", upstream.address()));
    let run = diagnose(None, &[&gateway.url()], cause("scheme-https-to-plain-port", "code", 6));
    proven(&run);
}

#[test]
fn http2_alone_behind_proxy_pass() {
    // A plain listener with `http2` speaks nothing else in nginx before 1.25.
    let port = free_port();
    let other = format!("server {{ listen 127.0.0.1:{port} http2; return 200 'hello'; }}");
    let application = Gateway::start(&Site { location: "return 200;", http: &other, namespace: None });
    let gateway = Gateway::forwarding(&format!("http://127.0.0.1:{port}"));
    let run = diagnose(None, &[&gateway.url()], cause("http2-upstream-mismatch", "code", 6));
    proven(&run);
    drop(application);
}

#[test]
fn grpc_pass_to_http1() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("grpc_pass grpc://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("http2-upstream-mismatch", "code", 6));
    proven(&run);
}

#[test]
fn fastcgi_pass_to_http() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!(
        "fastcgi_read_timeout 1s; fastcgi_param SCRIPT_FILENAME /srv/index.php; fastcgi_pass {};",
        upstream.address()
    );
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("fastcgi-http-mismatch", "code", 6));
    proven(&run);
}

/// A php-fpm on a port; it ends when dropped.
struct PhpFpm(Child);

impl PhpFpm {
    fn start(folder: &std::path::Path, port: u16) -> Self {
        let user = if super::namespace::is_root() { "user = www-data\ngroup = www-data\n" } else { "" };
        let text = format!(
            "[global]\nerror_log = {0}/fpm.log\ndaemonize = no\n[www]\n{user}listen = 127.0.0.1:{port}\npm = static\npm.max_children = 1\n",
            folder.display()
        );
        let file = folder.join("fpm.conf");
        fs::write(&file, text).expect("the folder is ours");
        let program = ["/usr/sbin/php-fpm8.2", "/usr/sbin/php-fpm"].into_iter().find(|path| fs::metadata(path).is_ok());
        let program = program.expect("php-fpm is needed (apt-get install php-fpm)");
        let child = Command::new(program).arg("-n").arg("-y").arg(&file).stderr(Stdio::null()).spawn();
        let fpm = Self(child.expect("php-fpm starts"));
        let end = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "php-fpm does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        fpm
    }
}

impl Drop for PhpFpm {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(self.0.id()).unwrap_or(0)) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        }
        drop(self.0.wait());
    }
}

#[test]
fn proxy_pass_to_php_fpm() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let port = free_port();
    let fpm = PhpFpm::start(folder.path(), port);
    let gateway = Gateway::forwarding(&format!("http://127.0.0.1:{port}"));
    let run = diagnose(None, &[&gateway.url()], cause("fastcgi-http-mismatch", "code", 6));
    proven(&run);
    drop(fpm);
}
