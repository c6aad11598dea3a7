//! The only door to files that the configuration or an admin names.
//!
//! In the server only what lies beneath a listed root is opened: a path is walked one component at
//! a time from the root's own descriptor, symbolic links are followed by hand and each target must
//! lie beneath a listed root again, and nothing but a regular file is ever read. In a terminal the
//! caller's own rights decide. Either way: no procfs, no device, no pipe, never Gatewatch's own
//! database, and no more bytes than asked for.

mod error;
mod glob;
mod tail;
mod text;
mod walk;

pub use error::FileError;
pub use tail::{Keep, Tail, TailLimits, TailLine};
pub use text::visible;

use app::model::At;
use rustix::fs::{FileType, Mode, OFlags};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most entries that [`Fileguard::list`] and [`Fileguard::glob`] answer.
pub const MAX_ENTRIES: usize = 4096;

/// Leave to read. Cheap to clone; the roots' descriptors are shared.
#[derive(Debug, Clone)]
pub struct Fileguard {
    leave: Arc<Leave>,
}

#[derive(Debug)]
struct Leave {
    /// `None` in a terminal: the caller's own rights decide.
    roots: Option<Vec<walk::Root>>,
    /// Device and inode of files that are never opened.
    protected: Vec<(u64, u64)>,
}

/// A whole small text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it was found after following links.
    pub path: PathBuf,
    /// The text; bytes that are not UTF-8 and control characters are shown as visible symbols.
    pub text: String,
    /// When it was last changed.
    pub modified: At,
}

/// What kind of file a path leads to, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it was found after following links.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub folder: bool,
    /// Size in bytes.
    pub size: u64,
    /// When it was last changed.
    pub modified: At,
}

/// An open regular file and what `fstat` said of it.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) stat: rustix::fs::Stat,
}

impl Fileguard {
    /// Leave to read what `[[gateways]]` lists: the folders of the `config` files, and the files and
    /// folders of `logs`. Roots are opened here, once; one that does not exist now is not readable later.
    pub fn for_server(config: impl IntoIterator<Item = PathBuf>, logs: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders = config.into_iter().filter_map(|file| file.parent().map(Path::to_path_buf));
        let mut roots: Vec<walk::Root> = Vec::new();
        for path in folders.chain(logs) {
            if !roots.iter().any(|root| root.is_listed_as(&path)) {
                roots.push(walk::Root::open(path));
            }
        }
        Self { leave: Arc::new(Leave { roots: Some(roots), protected: Vec::new() }) }
    }

    /// The caller's own rights, regular files only.
    pub fn for_terminal() -> Self {
        Self { leave: Arc::new(Leave { roots: None, protected: Vec::new() }) }
    }

    /// The same leave without these files (Gatewatch's own database and its companions), whatever
    /// path or link leads to them. Files that do not exist are ignored.
    #[must_use]
    pub fn without(&self, files: &[PathBuf]) -> Self {
        let mut protected = self.leave.protected.clone();
        protected.extend(files.iter().filter_map(|file| {
            let stat = rustix::fs::stat(file).ok()?;
            Some((stat.st_dev, stat.st_ino))
        }));
        Self { leave: Arc::new(Leave { roots: self.leave.roots.clone(), protected }) }
    }

    /// Whether the caller's own rights decide (a terminal).
    pub fn is_terminal(&self) -> bool {
        self.leave.roots.is_none()
    }

    /// Reads a whole text file of at most `max` bytes.
    pub fn read_text(&self, path: &Path, max: u64) -> Result<Text, FileError> {
        let opened = self.open(path)?;
        text::read(&opened, max)
    }

    /// Reads the newest lines of a log. `keep` is asked line by line, newest first.
    ///
    /// Blocks for at most [`TailLimits::time`]; call it from a thread that may block.
    pub fn tail(&self, path: &Path, limits: &TailLimits, keep: impl FnMut(&[u8]) -> Keep) -> Result<Tail, FileError> {
        let opened = self.open(path)?;
        let mut tail = tail::read(&opened, limits, keep)?;
        // The name may have been given to a new file while the old one was read.
        tail.rotated |= match self.open(path) {
            Ok(now) => (now.stat.st_dev, now.stat.st_ino) != (opened.stat.st_dev, opened.stat.st_ino),
            Err(_) => true,
        };
        Ok(tail)
    }

    /// The kind, size and age of a file or folder, without opening it for reading.
    pub fn entry(&self, path: &Path) -> Result<Entry, FileError> {
        let found = self.find(path)?;
        let kind = FileType::from_raw_mode(found.stat.st_mode);
        Ok(Entry {
            folder: kind == FileType::Directory,
            size: u64::try_from(found.stat.st_size).unwrap_or(0),
            modified: modified(&found.stat),
            path: found.path,
        })
    }

    /// The names in a folder as whole paths, sorted, at most [`MAX_ENTRIES`].
    pub fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
        let found = self.find(folder)?;
        if FileType::from_raw_mode(found.stat.st_mode) != FileType::Directory {
            return Err(FileError::NotFolder { path: folder.to_path_buf() });
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = rustix::fs::openat(&found.fd, ".", flags, Mode::empty())
            .map_err(|errno| FileError::from_errno(folder, errno))?;
        let entries = rustix::fs::Dir::new(fd).map_err(|errno| FileError::from_errno(folder, errno))?;
        let mut names: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| walk::os(entry.file_name().to_bytes()).to_owned())
            .filter(|name| name != "." && name != "..")
            .take(MAX_ENTRIES)
            .map(|name| folder.join(name))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The paths that a shell pattern (`*`, `?`, `[a-z]`) matches, sorted, at most [`MAX_ENTRIES`].
    /// A pattern without such characters answers itself, so that a missing file is noticed on opening.
    pub fn glob(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        glob::expand(self, pattern)
    }

    /// Opens a regular file for reading.
    pub(crate) fn open(&self, path: &Path) -> Result<Opened, FileError> {
        let found = self.find(path)?;
        match FileType::from_raw_mode(found.stat.st_mode) {
            FileType::RegularFile => {}
            kind => return Err(FileError::NotRegular { path: path.to_path_buf(), kind: walk::kind_name(kind) }),
        }
        if self.leave.protected.contains(&(found.stat.st_dev, found.stat.st_ino)) {
            return Err(FileError::Own { path: path.to_path_buf() });
        }
        found.reopen(path)
    }

    fn find(&self, path: &Path) -> Result<walk::Found, FileError> {
        match &self.leave.roots {
            None => walk::by_own_rights(path),
            Some(roots) => walk::beneath(roots, path),
        }
    }
}

/// The time of the last change, from what `fstat` said.
fn modified(stat: &rustix::fs::Stat) -> At {
    let nanoseconds = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
    At(stat.st_mtime.saturating_mul(1000).saturating_add(nanoseconds / 1_000_000))
}

#[cfg(test)]
mod tests;
