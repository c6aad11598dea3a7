//! Debian's aiosmtpd as a process. Knows nothing of the project, so that any test can include it by `#[path]`.
#![allow(dead_code, unreachable_pub, reason = "each test that includes this file uses its own part of it")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test starts programs and reads its own files")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a letter may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running mail server; it ends with this value.
pub struct MailServer {
    process: Child,
    folder: PathBuf,
    pub port: u16,
}

impl MailServer {
    /// Starts it at `port` (0: any); `tls` is `starttls` or `implicit` with the files of certificate and key.
    pub fn start(port: u16, folder: &Path, tls: Option<(&str, &Path, &Path)>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mail_server.py");
        // Debian's own interpreter: its packages are not seen by others.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(port.to_string()).arg(folder);
        match tls {
            None => command.arg("plain"),
            Some((mode, certificate, key)) => command.arg(mode).arg(certificate).arg(key),
        };
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 and aiosmtpd are installed by `cargo xtask test`");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("python3-aiosmtpd is installed by `cargo xtask test`");
        Self { process, folder: folder.to_owned(), port }
    }

    /// All letters that came, in order.
    pub fn letters(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Waits until a letter holds each of these texts, lines joined as quoted-printable broke them.
    pub fn wait_for(&self, texts: &[&str]) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let letters = self.letters();
            let whole = letters.iter().map(|letter| letter.replace("=\r\n", "").replace("=3D", "="));
            if let Some(found) = whole.into_iter().find(|letter| texts.iter().all(|text| letter.contains(text))) {
                return found;
            }
            assert!(Instant::now() < deadline, "no letter with {texts:?} among {letters:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
