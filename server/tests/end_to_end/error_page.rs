//! The static page for visitors, installed by its own directives in real gateways whose upstream is down.

use crate::ports::free_port;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A gateway in the foreground that ends with the test.
struct Running(Child);

impl Running {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} is installed by `cargo xtask test`: {error}"));
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

/// Writes the page for a gateway, and answers the directives that install it.
fn write_page(gateway: &str, folder: &Path) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .args(["error-page", "--gateway", gateway, "--status-page", "https://status.example.com"])
        .args(["--title", "The shop rests"])
        .arg("--out")
        .arg(folder)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// What a visitor gets as soon as the gateway listens.
async fn visit(port: u16) -> (u16, String) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match reqwest::get(format!("http://127.0.0.1:{port}/cart?item=1")).await {
            Ok(answer) => return (answer.status().as_u16(), answer.text().await.unwrap()),
            Err(error) => assert!(Instant::now() < deadline, "the gateway did not start: {error}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn is_the_page(body: &str) {
    assert!(body.contains("<h1>The shop rests</h1>") && body.contains("https://status.example.com"), "{body}");
}

/// A folder that the gateways' workers may enter.
fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_shows_the_page_for_its_own_502() {
    let folder = folder();
    let (port, nobody, at) = (free_port(), free_port(), folder.path().display());
    let directives = write_page("nginx", folder.path());
    let text = format!(
        "pid {at}/pid; error_log {at}/error.log; events {{ worker_connections 64; }}\n\
         http {{ access_log off; client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3;\n\
         uwsgi_temp_path {at}/t4; scgi_temp_path {at}/t5;\n\
         server {{ listen 127.0.0.1:{port};\n{directives}\n\
         location / {{ proxy_pass http://127.0.0.1:{nobody}; }} }} }}\n"
    );
    let config = folder.path().join("nginx.conf");
    std::fs::write(&config, text).unwrap();
    let _nginx = Running::start("/usr/sbin/nginx", &["-c", &config.display().to_string(), "-g", "daemon off;"]);
    let (status, body) = visit(port).await;
    assert_eq!(status, 502);
    is_the_page(&body);
}

#[tokio::test(flavor = "multi_thread")]
async fn apache_shows_the_page_for_its_own_503() {
    let folder = folder();
    let (port, nobody, at) = (free_port(), free_port(), folder.path().display());
    let directives = write_page("apache", folder.path());
    let modules = "/usr/lib/apache2/modules";
    let text = format!(
        "ServerRoot {at}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {at}/pid\nErrorLog {at}/error.log\n\
         DefaultRuntimeDir {at}\nUser www-data\nGroup www-data\n\
         LoadModule mpm_event_module {modules}/mod_mpm_event.so\nLoadModule authz_core_module {modules}/mod_authz_core.so\n\
         LoadModule alias_module {modules}/mod_alias.so\nLoadModule proxy_module {modules}/mod_proxy.so\n\
         LoadModule proxy_http_module {modules}/mod_proxy_http.so\n\
         <VirtualHost 127.0.0.1:{port}>\n{directives}\nProxyPass \"/\" \"http://127.0.0.1:{nobody}/\"\n</VirtualHost>\n"
    );
    let config = folder.path().join("apache.conf");
    std::fs::write(&config, text).unwrap();
    let _apache = Running::start("/usr/sbin/apache2", &["-f", &config.display().to_string(), "-DFOREGROUND"]);
    let (status, body) = visit(port).await;
    assert_eq!(status, 503);
    is_the_page(&body);
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_shows_the_page_for_its_own_503() {
    let folder = folder();
    let (port, nobody) = (free_port(), free_port());
    let directives = write_page("haproxy", folder.path());
    let text = format!(
        "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n\
         frontend site\n  bind 127.0.0.1:{port}\n{directives}\n  default_backend app\n\
         backend app\n  retries 0\n  server one 127.0.0.1:{nobody}\n"
    );
    let config = folder.path().join("haproxy.cfg");
    std::fs::write(&config, text).unwrap();
    let _haproxy = Running::start("/usr/sbin/haproxy", &["-db", "-f", &config.display().to_string()]);
    let (status, body) = visit(port).await;
    assert_eq!(status, 503);
    is_the_page(&body);
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_shows_the_page_for_its_own_502_and_leaves_other_errors_alone() {
    let folder = folder();
    let (port, nobody, at) = (free_port(), free_port(), folder.path().display());
    let directives = write_page("caddy", folder.path());
    let text = format!(
        "{{\n  admin off\n  auto_https off\n}}\n\
         http://127.0.0.1:{port} {{\n{directives}\n  respond /gone 404\n  error /denied 403\n  \
         reverse_proxy 127.0.0.1:{nobody}\n}}\n"
    );
    let config = folder.path().join("Caddyfile");
    std::fs::write(&config, text).unwrap();
    // What it keeps of itself stays in the test's folder.
    let (home, config) = (format!("HOME={at}"), config.display().to_string());
    let bare = ["-u", "XDG_CONFIG_HOME", "-u", "XDG_DATA_HOME", home.as_str(), "/usr/bin/caddy", "run"];
    let arguments = [&bare[..], &["--adapter", "caddyfile", "--config", config.as_str()]].concat();
    let _caddy = Running::start("/usr/bin/env", &arguments);
    let (status, body) = visit(port).await;
    assert_eq!(status, 502);
    is_the_page(&body);
    let denied = reqwest::get(format!("http://127.0.0.1:{port}/denied")).await.unwrap();
    assert_eq!(denied.status(), 403);
    assert!(!denied.text().await.unwrap().contains("The shop rests"), "only a gateway's own failure has this page");
    let gone = reqwest::get(format!("http://127.0.0.1:{port}/gone")).await.unwrap();
    assert_eq!(gone.status(), 404);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let done = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .args([
            "error-page",
            "--gateway",
            "nginx",
            "--out",
            "/nonexistent/folder",
            "--status-page",
            "https://s.example",
        ])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("/nonexistent/folder"), "{said}");
}
