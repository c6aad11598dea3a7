//! Files that would hurt: huge, endless, binary, changing, closed. As somebody without rights where the tests may become
//! one. Every run is bounded in time and memory, and says what it could not see.

use super::gateway::Gateway;
use super::lab;
use super::namespace::{is_root, needs_root};
use super::upstream::{Reply, Upstream};
use serde_json::Value;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Resident memory of a run, in KiB. A run on ordinary files takes about 40 MiB in a build for tests.
const MOST_MEMORY: u64 = 192 * 1024;
/// A run lasts 15 seconds at most, and ends in time.
const LONGEST: Duration = Duration::from_secs(18);

/// Runs as `nobody` (as ourselves where we are not root) within the bounds.
fn bounded(arguments: &[&str]) -> Value {
    let nobody: &[&str] = if is_root() { &["--reuid=65534", "--regid=65534", "--clear-groups"] } else { &["--nnp"] };
    let begun = Instant::now();
    let mut child = lab::command(None, nobody)
        .args(arguments)
        .arg("--json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("util-linux' setpriv is there");
    let mut stdout = child.stdout.take().expect("it is piped");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let memory =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok());
        peak = peak.max(memory.unwrap_or(0));
        if begun.elapsed() > LONGEST {
            drop(child.kill());
            drop(child.wait());
            panic!("it does not end: {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = reading.join().expect("it only reads").expect("JSON is UTF-8");
    assert!(status.code().is_some_and(|code| code < 2), "{status}: {arguments:?}");
    assert!(peak > 0 && peak < MOST_MEMORY, "{} MiB for {arguments:?}", peak / 1024);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A gateway whose upstream closes without an answer.
fn closing() -> (Upstream, Gateway) {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    (upstream, gateway)
}

fn append(path: &Path, text: &[u8]) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("the folder is ours");
    file.write_all(text).expect("there is room");
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn cause(run: &Value) -> &str {
    run["verdict"]["cause"].as_str().unwrap_or_default()
}

#[test]
fn a_log_of_ten_gigabytes() {
    let (_upstream, gateway) = closing();
    let log = OpenOptions::new().write(true).open(gateway.error_log()).expect("nginx made it");
    // What nginx appends stands behind a hole of ten gigabytes, which takes no room on the disk.
    log.set_len(10 << 30).expect("the file system takes holes");
    let run = bounded(&[&gateway.url(), "--log", &shown(&gateway.error_log())]);
    assert_eq!(cause(&run), "upstream-closed-before-response");
    assert!(run.to_string().contains("\"joined\":\"own\""), "the last lines were not read: {run}");
}

#[test]
fn one_line_of_a_gigabyte() {
    let (_upstream, gateway) = closing();
    let endless = gateway.folder().join("log/endless.log");
    append(&endless, b"2026/11/22 15:00:00 [error] 7#7: *5 ");
    OpenOptions::new().write(true).open(&endless).and_then(|file| file.set_len(1 << 30)).expect("holes are taken");
    let run = bounded(&[&gateway.url(), "--log", &shown(&endless)]);
    assert_eq!(cause(&run), "upstream-closed-before-response");
}

#[test]
fn a_log_that_is_no_text() {
    let (_upstream, gateway) = closing();
    let binary = gateway.folder().join("log/binary.log");
    let mut state = 7_u64;
    let noise: Vec<u8> = (0..4 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect();
    append(&binary, &noise);
    let run = bounded(&[&gateway.url(), "--log", &shown(&binary)]);
    assert_eq!(cause(&run), "upstream-closed-before-response");
}

#[test]
fn a_log_that_turns_while_it_is_read() {
    let (_upstream, gateway) = closing();
    let (path, stop) = (gateway.folder().join("log/turning.log"), Arc::new(AtomicBool::new(false)));
    append(&path, b"first\n");
    let turning = {
        let (path, stop) = (path.clone(), Arc::clone(&stop));
        std::thread::spawn(move || {
            let line = b"2026/11/22 15:00:00 [error] 7#7: *5 upstream prematurely closed connection while reading\n";
            while !stop.load(Ordering::Relaxed) {
                append(&path, &line.repeat(2000));
                // The new one takes the name at once, so that there always is one.
                let fresh = path.with_extension("fresh");
                append(&fresh, b"new\n");
                drop(fs::rename(&fresh, &path));
                // And cut in place, as copytruncate does.
                drop(OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(0)));
            }
        })
    };
    let run = bounded(&[&gateway.url(), "--log", &shown(&path)]);
    stop.store(true, Ordering::Relaxed);
    turning.join().expect("it only writes");
    assert_eq!(cause(&run), "upstream-closed-before-response");
}

#[test]
fn a_configuration_that_includes_itself() {
    let (_upstream, gateway) = closing();
    let looping = gateway.folder().join("loop.conf");
    let text = format!("include {0}/loop.conf;\nhttp {{ include {0}/*.conf; }}\n", shown(gateway.folder()));
    fs::write(&looping, text).expect("the folder is ours");
    let run = bounded(&[&gateway.url(), "--gateway-config", &shown(&looping)]);
    assert!(run.to_string().contains("includes itself"), "{run}");
}

#[test]
fn a_configuration_of_a_hundred_megabytes() {
    let (_upstream, gateway) = closing();
    let large = gateway.folder().join("large.conf");
    let line = b"http { server { listen 80; location / { proxy_pass http://127.0.0.1:1; } } }\n";
    append(&large, &line.repeat((100 << 20) / line.len()));
    let run = bounded(&[&gateway.url(), "--gateway-config", &shown(&large)]);
    let said = run.to_string();
    assert!(said.contains("large.conf") && said.contains("at most"), "{said}");
}

#[test]
fn nothing_that_may_be_read() {
    needs_root();
    let (_upstream, gateway) = closing();
    let closed: Vec<PathBuf> =
        vec![gateway.folder().join("nginx.conf"), gateway.error_log(), gateway.folder().join("log/access.log")];
    for path in &closed {
        fs::set_permissions(path, Permissions::from_mode(0o600)).expect("it is ours");
    }
    let run = bounded(&[
        &gateway.url(),
        "--gateway-config",
        &shown(&closed[0]),
        "--log",
        &shown(&closed[1]),
        "--log",
        &shown(&closed[2]),
    ]);
    assert_ne!(run["verdict"]["strength"], "proven", "{}", run["verdict"]);
    let said = run["steps"].to_string();
    for path in &closed {
        let said_of = said.contains(&format!("{} may not be read", shown(path)));
        assert!(said_of, "nothing is said of {}: {said}", path.display());
    }
    assert!(
        run["verdict"]["still_unknown"].as_array().is_some_and(|unknown| !unknown.is_empty()),
        "{}",
        run["verdict"]
    );
}
