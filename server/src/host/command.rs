//! The only place that starts a program: absolute paths, constant arguments, no shell, an empty
//! environment, two seconds, and a cap on what is read.

use super::{Obstacle, ObstacleKind, Seen};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// How long a program may take.
const TIME: Duration = Duration::from_secs(2);
/// Bytes of its output that are read.
const MAX_OUTPUT: u64 = 16 << 20;
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
        }
    }

    /// The same by hand, with the rights that it needs.
    pub fn by_hand(self) -> String {
        let (name, args) = self.line();
        format!("sudo {name} {}", args.join(" "))
    }
}

/// Runs a program and answers its standard output.
pub async fn output(program: Program) -> Seen<String> {
    let (name, args) = program.line();
    let obstacle = |kind, reason: String| Obstacle::new(kind, reason, program.by_hand());
    let found = FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
    let Some(path) = found else {
        return Err(obstacle(ObstacleKind::Absent, format!("{name} is not installed here")));
    };
    match tokio::time::timeout(TIME, run(&path, args)).await {
        Err(_) => Err(obstacle(ObstacleKind::TimedOut, format!("{name} did not end within {} s", TIME.as_secs()))),
        Ok(Err(error)) => Err(obstacle(ObstacleKind::Failed, format!("{name} could not be run: {error}"))),
        Ok(Ok((false, said))) => {
            let not_permitted =
                ["ermission denied", "not permitted", "must be root"].iter().any(|text| said.contains(text));
            let kind = if not_permitted { ObstacleKind::NotPermitted } else { ObstacleKind::Failed };
            Err(obstacle(kind, format!("{name} says: {}", said.lines().next().unwrap_or("nothing"))))
        }
        Ok(Ok((true, output))) => Ok(output),
    }
}

/// Whether the program succeeded, and its output, or else what it complained of.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
async fn run(path: &Path, args: &[&str]) -> std::io::Result<(bool, String)> {
    let mut child = tokio::process::Command::new(path)
        .args(args)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (mut output, mut complaint) = (Vec::new(), Vec::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read_output = async {
        match stdout {
            Some(stdout) => stdout.take(MAX_OUTPUT).read_to_end(&mut output).await.map(|_| ()),
            None => Ok(()),
        }
    };
    let read_complaint = async {
        match stderr {
            Some(stderr) => stderr.take(4096).read_to_end(&mut complaint).await.map(|_| ()),
            None => Ok(()),
        }
    };
    let (read, complained) = tokio::join!(read_output, read_complaint);
    read?;
    complained?;
    let succeeded = child.wait().await?.success();
    let text = if succeeded { output } else { complaint };
    Ok((succeeded, String::from_utf8_lossy(&text).into_owned()))
}
