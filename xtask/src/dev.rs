//! `cargo xtask dev [-- ARGS]`: builds, starts, and does so again whenever a source changes.

use crate::build;
use crate::cmd::{program, root, say};
use crate::wasm::{self, Profile};
use anyhow::{Context as _, Result};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant, SystemTime};

/// What makes a new build necessary.
const WATCHED: &[&str] =
    &["app/src", "app/wasm/src", "server/src", "server/build.rs", "migrations", "style", "Cargo.toml", "Cargo.lock"];
const POLL: Duration = Duration::from_millis(500);
/// How long the old server may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Runs until it is interrupted.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = newest(&root());
        match build_both() {
            Ok(binary) => {
                if let Some(old) = server.take() {
                    stop(old)?;
                }
                say("starting gatewatch serve");
                let started = program(&binary).arg("serve").args(args).spawn();
                server = Some(started.with_context(|| format!("{} could not be started", binary.display()))?);
            }
            // The old server keeps running: a typing error should not take the page away.
            Err(error) => say(&format!("{error:#}; waiting for the next change")),
        }
        say("watching for changes (Ctrl-C stops)");
        while newest(&root()) == seen {
            std::thread::sleep(POLL);
            if let Some(child) = &mut server
                && let Some(status) = child.try_wait()?
            {
                say(&format!("the server ended ({status}); it starts again with the next change"));
                server = None;
            }
        }
    }
}

fn build_both() -> Result<std::path::PathBuf> {
    if let Err(error) = wasm::build(Profile::Dev) {
        say(&format!("going on without scripts on admin pages: {error:#}"));
    }
    build::server(Profile::Dev)
}

/// SIGTERM, so that the server can end what it is doing; then force.
fn stop(mut child: Child) -> Result<()> {
    let _ = program("kill").args(["-TERM", &child.id().to_string()]).status();
    let end = Instant::now() + GRACE;
    while Instant::now() < end {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// The latest change beneath the watched paths, and how many files there are (so that removals count).
fn newest(root: &Path) -> (Option<SystemTime>, usize) {
    let mut open: Vec<_> = WATCHED.iter().map(|path| root.join(path)).collect();
    let (mut newest, mut count) = (None, 0);
    while let Some(path) = open.pop() {
        let Ok(about) = std::fs::metadata(&path) else { continue };
        if about.is_dir() {
            open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            count += 1;
            newest = newest.max(about.modified().ok());
        }
    }
    (newest, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_and_a_removal_are_seen() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("gatewatch-xtask-dev-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("style/public"))?;
        std::fs::write(folder.join("style/main.css"), "a")?;
        std::fs::write(folder.join("style/public/icon.svg"), "b")?;
        let first = newest(&folder);
        assert_eq!(first.1, 2);
        let later = SystemTime::now() + Duration::from_secs(5);
        std::fs::File::options().write(true).open(folder.join("style/main.css"))?.set_modified(later)?;
        let second = newest(&folder);
        assert!(second.0 > first.0);
        std::fs::remove_file(folder.join("style/public/icon.svg"))?;
        assert_eq!(newest(&folder), (second.0, 1));
        std::fs::remove_dir_all(&folder)
    }
}
