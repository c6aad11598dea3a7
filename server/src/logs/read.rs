//! Reading the newest lines of a gateway's logs through the guard. These functions block for at most
//! two seconds each; call them from a thread that may.

use super::{AccessFormat, AccessLine, Matched, Window, Zone, nginx, signatures};
use crate::fileguard::{FileError, Fileguard, Keep, Tail, TailLimits, visible};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How far out of order lines may be: workers write side by side.
const SLACK: Duration = Duration::from_mins(1);

/// What the newest lines of an error log say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLog {
    /// The file, links followed.
    pub path: PathBuf,
    /// Recognised lines within the window, oldest first.
    pub matched: Vec<Matched>,
    /// Lines within the window that no signature recognised.
    pub others: usize,
    /// Whether older lines within the window may be missing.
    pub incomplete: bool,
    /// Whether the file was rotated while it was read.
    pub rotated: bool,
    /// Whether the file is empty.
    pub empty: bool,
}

/// What the newest lines of an access log say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// The file, links followed.
    pub path: PathBuf,
    /// Lines within the window, oldest first.
    pub lines: Vec<AccessLine>,
    /// Lines that do not have the format.
    pub others: usize,
    /// Whether older lines within the window may be missing.
    pub incomplete: bool,
    /// Whether the file was rotated while it was read.
    pub rotated: bool,
}

/// Recognises the newest lines of an nginx error log.
pub fn error_log(files: &Fileguard, path: &Path, window: Window, zone: &Zone) -> Result<ErrorLog, FileError> {
    let mut others = 0;
    let recognised = |text: &str| {
        let line = nginx::parse_error_line(text, zone).filter(|line| window.holds(line.at))?;
        Some(signatures::recognise(&line))
    };
    let tail = files.tail(path, &TailLimits::default(), |bytes| match nginx::moment(bytes, zone) {
        Some(at) if at < window.from - SLACK => Keep::Stop,
        _ => match recognised(&visible(bytes)) {
            Some(Some(_)) => Keep::Yes,
            Some(None) => {
                others += 1;
                Keep::No
            }
            None => Keep::No,
        },
    })?;
    let matched = tail.lines.iter().filter_map(|line| recognised(&line.text).flatten()).collect();
    let Tail { path, incomplete, rotated, size, .. } = tail;
    Ok(ErrorLog { path, matched, others, incomplete, rotated, empty: size == 0 })
}

/// Reads the newest lines of an access log; `wanted` chooses those that are kept.
pub fn access_log(
    files: &Fileguard,
    path: &Path,
    format: &AccessFormat,
    window: Window,
    wanted: impl Fn(&AccessLine) -> bool,
) -> Result<AccessLog, FileError> {
    let (mut lines, mut others) = (Vec::new(), 0);
    let tail = files.tail(path, &TailLimits::default(), |bytes| {
        let Some(line) = format.parse(&visible(bytes)) else {
            others += 1;
            return Keep::No;
        };
        match line.at {
            Some(at) if at < window.from - SLACK => Keep::Stop,
            Some(at) if window.holds(at) && wanted(&line) => {
                lines.push(line);
                Keep::Yes
            }
            _ => Keep::No,
        }
    })?;
    // Newest first so far; the last one may have found no room.
    lines.truncate(tail.lines.len());
    lines.reverse();
    let Tail { path, incomplete, rotated, .. } = tail;
    Ok(AccessLog { path, lines, others, incomplete, rotated })
}
