//! A real nginx with a private configuration, on a high port.

use crate::ports::free_port;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

pub(crate) struct Nginx {
    master: Child,
    pub(crate) port: u16,
    pub(crate) config: PathBuf,
    pub(crate) logs: PathBuf,
}

impl Nginx {
    /// Starts nginx in front of `127.0.0.1:{upstream}` and waits until it listens.
    pub(crate) async fn start(folder: &Path, upstream: u16) -> Self {
        let port = free_port();
        let location = format!("location / {{ proxy_pass http://127.0.0.1:{upstream}; }}");
        Self::serving(folder, port, &format!("server {{ listen 127.0.0.1:{port}; {location} }}")).await
    }

    /// Starts nginx with these server blocks and waits until it listens on the port.
    pub(crate) async fn serving(folder: &Path, port: u16, servers: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        // The workers run as another user.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let logs = folder.join("logs");
        std::fs::create_dir_all(&logs).unwrap();
        let config = folder.join("nginx.conf");
        std::fs::write(&config, configuration(folder, servers)).unwrap();
        let master = Command::new("/usr/sbin/nginx")
            .arg("-c")
            .arg(&config)
            .arg("-p")
            .arg(folder)
            .args(["-g", "daemon off;"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed by `cargo xtask test`");
        let nginx = Self { master, port, config, logs };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "nginx did not start: see {}", nginx.logs.display());
            sleep(Duration::from_millis(50)).await;
        }
        nginx
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What a visitor gets.
    pub(crate) async fn status(&self) -> u16 {
        reqwest::get(self.url()).await.unwrap().status().as_u16()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A quick stop by signal, so that the workers end with their master.
        if let Some(master) = i32::try_from(self.master.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(master, rustix::process::Signal::TERM);
        }
        let _ = self.master.wait();
    }
}

fn configuration(folder: &Path, servers: &str) -> String {
    let folder = folder.display();
    format!(
        "pid {folder}/nginx.pid;\n\
         error_log {folder}/logs/error.log;\n\
         worker_processes 1;\n\
         events {{ worker_connections 64; }}\n\
         http {{\n\
             access_log {folder}/logs/access.log combined;\n\
             client_body_temp_path {folder}/body;\n\
             proxy_temp_path {folder}/proxy;\n\
             fastcgi_temp_path {folder}/fastcgi;\n\
             uwsgi_temp_path {folder}/uwsgi;\n\
             scgi_temp_path {folder}/scgi;\n\
             {servers}\n\
         }}\n"
    )
}
