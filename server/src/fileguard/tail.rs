//! The newest lines of a log, read backwards from its end.

use super::text::{errno_of, visible};
use super::{FileError, Opened, modified};
use app::model::At;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

pub(super) fn read(
    opened: &Opened,
    limits: &TailLimits,
    mut keep: impl FnMut(&[u8]) -> Keep,
) -> Result<Tail, FileError> {
    let size = u64::try_from(opened.stat.st_size).unwrap_or(0);
    let floor = size.saturating_sub(limits.search);
    let deadline = Instant::now() + limits.time;
    let mut lines = Collected { lines: Vec::new(), kept: 0, limits, full: false };
    let mut buffer = vec![0; CHUNK];
    // The beginning, as far as it is known, of the line that goes on into the chunk read before.
    let mut carry = Carry { bytes: Vec::new(), cut: false };
    let mut position = size;
    let (mut stopped, mut shrunk, mut late) = (false, false, false);
    while position > floor && !stopped && !lines.full {
        if Instant::now() >= deadline {
            late = true;
            break;
        }
        let length = usize::try_from(position - floor).unwrap_or(CHUNK).min(CHUNK);
        position -= length as u64;
        let chunk = &mut buffer[..length];
        match opened.file.read_exact_at(chunk, position) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                shrunk = true;
                break;
            }
            Err(error) => return Err(FileError::from_errno(&opened.path, errno_of(&error))),
        }
        let mut end = length;
        for newline in memchr::memrchr_iter(b'\n', chunk) {
            carry.prepend(&chunk[newline + 1..end], limits.line);
            stopped = !lines.offer(&mut carry, position + newline as u64 + 1, &mut keep);
            end = newline;
            if stopped || lines.full {
                break;
            }
        }
        if !stopped && !lines.full {
            carry.prepend(&chunk[..end], limits.line);
        }
    }
    let at_start = position == 0 && !stopped && !lines.full && !shrunk && !late;
    if at_start {
        stopped = !lines.offer(&mut carry, 0, &mut keep);
    }
    lines.lines.reverse();
    Ok(Tail {
        path: opened.path.clone(),
        size,
        searched: size - position,
        incomplete: lines.full || late || shrunk || (!at_start && !stopped && position > 0),
        rotated: shrunk,
        modified: modified(&opened.stat),
        lines: lines.lines,
    })
}

/// The beginning of a line whose end was read already.
struct Carry {
    bytes: Vec<u8>,
    cut: bool,
}

impl Carry {
    /// Puts bytes before what is known, and drops what then is too long: a line's beginning matters most.
    fn prepend(&mut self, before: &[u8], limit: usize) {
        if before.is_empty() {
            return;
        }
        let room = limit.saturating_sub(before.len().min(limit));
        self.cut |= before.len() > limit || self.bytes.len() > room;
        self.bytes.truncate(room);
        let mut bytes = Vec::with_capacity(limit.min(before.len() + self.bytes.len()));
        bytes.extend_from_slice(&before[..before.len().min(limit)]);
        bytes.append(&mut self.bytes);
        self.bytes = bytes;
    }
}

struct Collected<'l> {
    lines: Vec<TailLine>,
    kept: usize,
    limits: &'l TailLimits,
    full: bool,
}

impl Collected<'_> {
    /// Takes the line if it is wanted and there is room; `false` when nothing older is wanted.
    fn offer(&mut self, line: &mut Carry, offset: u64, keep: &mut impl FnMut(&[u8]) -> Keep) -> bool {
        let bytes = std::mem::take(&mut line.bytes);
        let cut = std::mem::take(&mut line.cut);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        if bytes.is_empty() {
            return true;
        }
        match keep(bytes) {
            Keep::Stop => return false,
            Keep::No => return true,
            Keep::Yes => {}
        }
        let text = visible(bytes);
        if self.kept + text.len() > self.limits.keep {
            self.full = true;
        } else {
            self.kept += text.len();
            self.lines.push(TailLine { text, offset, cut });
        }
        true
    }
}
