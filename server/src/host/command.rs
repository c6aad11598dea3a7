//! The only place that starts a program: absolute paths, constant arguments, no shell, an empty
//! environment, two seconds, and a cap on what is read.

use super::{Obstacle, ObstacleKind, Seen};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How long a program may take.
const TIME: Duration = Duration::from_secs(2);
/// How often it is looked at whether it has ended.
const POLL: Duration = Duration::from_millis(3);
/// Bytes of its output that are read.
const MAX_OUTPUT: u64 = 16 << 20;
/// Enters a process's network namespace; only a number of ours is added to its arguments.
const NSENTER: &str = "/usr/bin/nsenter";
/// Where the system keeps its own programs; `$PATH` is never asked.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/bin"];

/// A program that may be started, with all of its arguments. Nothing that anybody typed is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// `nft -j list ruleset`
    NftList,
    /// `iptables-save -c`
    IptablesSave,
    /// `ip6tables-save -c`
    Ip6tablesSave,
    /// The journal's lines of the last quarter of an hour, the newest four thousand.
    Journal,
    /// `iptables-legacy-save -c`
    IptablesLegacySave,
}

impl Program {
    const fn line(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::NftList => ("nft", &["-j", "list", "ruleset"]),
            Self::IptablesSave => ("iptables-save", &["-c"]),
            Self::Ip6tablesSave => ("ip6tables-save", &["-c"]),
            Self::Journal => (
                "journalctl",
                &["--quiet", "--no-pager", "--output=short-iso-precise", "--since=-15min", "--lines=4000"],
            ),
            Self::IptablesLegacySave => ("iptables-legacy-save", &["-c"]),
        }
    }

    /// The same by hand, with the rights that it needs.
    pub fn by_hand(self) -> String {
        let (name, args) = self.line();
        format!("sudo {name} {}", args.join(" "))
    }
}

/// Runs a program and answers its standard output: in our own network namespace, or in that of a process. Blocks.
pub fn output(program: Program, of: Option<u32>) -> Seen<String> {
    let (name, args) = program.line();
    let obstacle = |kind, reason: String| Obstacle::new(kind, reason, program.by_hand());
    let found = FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
    let Some(path) = found else {
        return Err(obstacle(ObstacleKind::Absent, format!("{name} is not installed here")));
    };
    let ran = match of {
        None => run(&path, args),
        Some(pid) => {
            let (pid, path) = (pid.to_string(), path.display().to_string());
            let inside = ["-t", &pid, "-n", "--", &path].into_iter().chain(args.iter().copied());
            run(Path::new(NSENTER), &inside.collect::<Vec<_>>())
        }
    };
    match ran {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Err(obstacle(ObstacleKind::TimedOut, format!("{name} did not end within {} s", TIME.as_secs())))
        }
        Err(error) => Err(obstacle(ObstacleKind::Failed, format!("{name} could not be run: {error}"))),
        Ok((false, said)) => {
            let not_permitted =
                ["ermission denied", "not permitted", "must be root"].iter().any(|text| said.contains(text));
            let kind = if not_permitted { ObstacleKind::NotPermitted } else { ObstacleKind::Failed };
            Err(obstacle(kind, format!("{name} says: {}", said.lines().next().unwrap_or("nothing"))))
        }
        Ok((true, output)) => Ok(output),
    }
}

/// Whether the program succeeded, and its output, or else what it complained of.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
fn run(path: &Path, args: &[&str]) -> std::io::Result<(bool, String)> {
    let mut child = std::process::Command::new(path)
        .args(args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (output, complaint) = (reading(child.stdout.take(), MAX_OUTPUT), reading(child.stderr.take(), 4096));
    let deadline = Instant::now() + TIME;
    let ended = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                // It may have ended meanwhile.
                child.kill().ok();
                child.wait()?;
                return Err(std::io::ErrorKind::TimedOut.into());
            }
            None => std::thread::sleep(POLL),
        }
    };
    let text = if ended.success() { output } else { complaint };
    let bytes = text.recv_timeout(TIME).unwrap_or_default();
    Ok((ended.success(), String::from_utf8_lossy(&bytes).into_owned()))
}

/// Reads a pipe to its end, at most so many bytes, beside whatever else goes on.
fn reading(pipe: Option<impl Read + Send + 'static>, most: u64) -> Receiver<Vec<u8>> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error counts.
            drop(pipe.take(most).read_to_end(&mut bytes));
        }
        // The program may have been given up.
        drop(tell.send(bytes));
    });
    told
}
