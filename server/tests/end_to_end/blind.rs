//! What is measured while Gatewatch itself does not run counts for nothing.

use crate::ports::free_port;
use crate::site::Site;
use rustix::process::Signal;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Longer than a monitor waits, and than a busy machine lets a process wait.
const STOPPED: Duration = Duration::from_secs(6);
/// So that some probe is under way at any moment.
const MONITORS: usize = 8;

/// Answers each request after most of a second.
async fn slow_site() -> (u16, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                sleep(Duration::from_millis(800)).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
            });
        }
    });
    (port, tasks)
}

/// Every sample of the history, as its line of the export.
fn samples(config: &Path) -> Vec<String> {
    let export = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .args(["export", "history", "--samples", "--config"])
        .arg(config)
        .output()
        .unwrap();
    String::from_utf8(export.stdout).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_process_takes_nobody_for_down() {
    let folder = tempfile::tempdir().unwrap();
    let (target, _tasks) = slow_site().await;
    let mut text = format!(
        "[server]\nlisten = \"127.0.0.1:{}\"\n[storage]\npath = \"{}\"\n",
        free_port(),
        folder.path().join("gatewatch.db").display()
    );
    for number in 1..=MONITORS {
        // Any wrong word would be an outage at once.
        write!(
            text,
            "[[monitors]]\nid = \"m{number}\"\nurl = \"http://127.0.0.1:{target}/\"\ninterval = \"1s\"\ntimeout = \"4s\"\n\
             confirm = {{ down = \"1 of 1\" }}\n"
        )
        .unwrap();
    }
    let config = folder.path().join("gatewatch.toml");
    std::fs::write(&config, text).unwrap();
    let site = Site::start(&config).await;
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    site.signal(Signal::STOP);
    sleep(STOPPED).await;
    site.signal(Signal::CONT);
    // It goes on by itself: each monitor is asked again.
    sleep(Duration::from_secs(3)).await;
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    assert!(site.page("/").await.contains("No incidents"), "nobody was told of an outage");
    site.stop().await;

    let samples = samples(&config);
    let (spoilt, sound): (Vec<_>, Vec<_>) = samples.iter().partition(|line| line.contains(",unknown,"));
    assert!(!spoilt.is_empty(), "a probe was under way while the process stood still: {samples:#?}");
    for line in spoilt {
        assert!(line.contains("Gatewatch itself could not see"), "{line}");
    }
    assert!(sound.iter().all(|line| line.contains(",up,")), "{sound:#?}");
}
