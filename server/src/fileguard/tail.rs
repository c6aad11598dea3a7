//! The newest lines of a log, read backwards from its end.

use super::{FileError, Opened};
use app::model::At;
use std::path::PathBuf;
use std::time::Duration;

/// How much of a log is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLimits {
    /// Bytes from the end that are searched.
    pub search: u64,
    /// Bytes of kept lines.
    pub keep: usize,
    /// Bytes of one line; the rest of a longer line is dropped.
    pub line: usize,
    /// How long it may take.
    pub time: Duration,
}

impl Default for TailLimits {
    /// DESIGN §4: the last 64 MiB searched, 1 MiB kept, 8 KiB a line, two seconds.
    fn default() -> Self {
        Self { search: 64 << 20, keep: 1 << 20, line: 8 << 10, time: Duration::from_secs(2) }
    }
}

/// What to do with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Keep it.
    Yes,
    /// Pass over it.
    No,
    /// It and all before it are too old: stop here.
    Stop,
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLine {
    /// The text without its line end; bytes that are not UTF-8 and control characters are shown as symbols.
    pub text: String,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Whether its end was dropped because it was too long.
    pub cut: bool,
}

/// The newest lines of a log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Where the file was found after following links.
    pub path: PathBuf,
    /// The kept lines, oldest first.
    pub lines: Vec<TailLine>,
    /// The file's size when it was opened.
    pub size: u64,
    /// Bytes that were searched.
    pub searched: u64,
    /// Whether a limit ended the search, so that older lines may be missing.
    pub incomplete: bool,
    /// Whether the file was rotated or cut while it was read.
    pub rotated: bool,
    /// When it was last changed.
    pub modified: At,
}

pub(super) fn read(
    _opened: &Opened,
    _limits: &TailLimits,
    _keep: impl FnMut(&[u8]) -> Keep,
) -> Result<Tail, FileError> {
    todo!()
}
