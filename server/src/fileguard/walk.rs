//! Walking a path component by component, so that no link leads out of the listed roots.
//!
//! Every component is opened without following it (`O_PATH | O_NOFOLLOW`) from the descriptor of the
//! folder before it. A link's text is read from its own descriptor and walked by the same rules from
//! the root that holds its target, so an exchange between looking and opening changes nothing: what
//! was looked at is what is opened.

use super::{FileError, Opened};
use rustix::fs::{self, FileType, Mode, OFlags};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Links that are followed for one path; the kernel's own limit.
const MAX_LINKS: usize = 40;
/// Components that are walked for one path, links included.
const MAX_STEPS: usize = 1024;
/// The longest path in bytes; the kernel's own limit.
const MAX_PATH: usize = 4096;

/// A listed folder or file, opened once.
#[derive(Debug, Clone)]
pub(super) struct Root {
    listed: PathBuf,
    opened: Option<OpenRoot>,
}

#[derive(Debug, Clone)]
struct OpenRoot {
    /// The folder itself, or the folder that holds the listed file.
    folder: Arc<OwnedFd>,
    /// Its path without links.
    canonical: PathBuf,
    /// For a listed file: the only name that may be opened.
    only: Option<OsString>,
}

impl Root {
    /// Opens a root. One that cannot be opened is kept, so that a refusal can say so.
    pub(super) fn open(listed: PathBuf) -> Self {
        let opened = if listed.is_absolute() { OpenRoot::open(&listed) } else { None };
        Self { listed, opened }
    }

    pub(super) fn is_listed_as(&self, path: &Path) -> bool {
        self.listed == path
    }
}

impl OpenRoot {
    fn open(listed: &Path) -> Option<Self> {
        let as_folder = std::fs::canonicalize(listed).ok().filter(|path| path.is_dir());
        let (canonical, only) = match as_folder {
            Some(folder) => (folder, None),
            None => (std::fs::canonicalize(listed.parent()?).ok()?, Some(listed.file_name()?.to_os_string())),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = fs::open(&canonical, flags, Mode::empty()).ok()?;
        Some(Self { folder: Arc::new(folder), canonical, only })
    }
}

/// What a path leads to: named by a descriptor, not opened for reading.
pub(super) struct Found {
    pub(super) fd: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) stat: fs::Stat,
    /// The folder that holds it and its name there; `None` in a terminal.
    place: Option<(OwnedFd, OsString)>,
}

impl Found {
    /// Opens it for reading; refuses if another file has taken its place meanwhile.
    pub(super) fn reopen(self, asked: &Path) -> Result<Opened, FileError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match &self.place {
            Some((folder, name)) => fs::openat(folder, name.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty()),
            None => fs::open(asked, flags, Mode::empty()),
        };
        let fd = opened.map_err(|errno| FileError::from_errno(asked, errno))?;
        let stat = fs::fstat(&fd).map_err(|errno| FileError::from_errno(asked, errno))?;
        if (stat.st_dev, stat.st_ino) != (self.stat.st_dev, self.stat.st_ino) {
            return Err(FileError::Changed { path: asked.to_path_buf() });
        }
        Ok(Opened { file: File::from(fd), path: self.path, stat })
    }
}

/// Bytes of a file name as the system's own text.
pub(super) fn os(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// A kind of file, for people.
pub(super) const fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "a folder",
        FileType::Symlink => "a link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something else",
    }
}

/// A terminal: what the caller's own rights lead to.
pub(super) fn by_own_rights(path: &Path) -> Result<Found, FileError> {
    check_length(path)?;
    let fd = fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| FileError::from_errno(path, errno))?;
    let stat = stat_outside_proc(fd.as_fd(), path)?;
    Ok(Found { fd, path: path.to_path_buf(), stat, place: None })
}

/// The server: what lies beneath a listed root, by whatever links.
pub(super) fn beneath(roots: &[Root], asked: &Path) -> Result<Found, FileError> {
    check_length(asked)?;
    if !asked.is_absolute() {
        return Err(FileError::BadPath { path: asked.to_path_buf(), why: "the path is not absolute" });
    }
    let mut budget = Budget { links: MAX_LINKS, steps: MAX_STEPS };
    let mut target = asked.to_path_buf();
    let mut by_link = false;
    loop {
        let Some((root, rest)) = locate(roots, &target)? else {
            let target = by_link.then_some(target);
            return Err(FileError::NotListed { path: asked.to_path_buf(), target });
        };
        match walk(root, rest, asked, &mut budget)? {
            Walked::Found(found) => return Ok(found),
            Walked::Elsewhere(elsewhere) => {
                check_length(&elsewhere)?;
                target = elsewhere;
                by_link = true;
            }
        }
    }
}

/// What is left of the limits for one path.
struct Budget {
    links: usize,
    steps: usize,
}

enum Walked {
    Found(Found),
    /// A link, or `..` above the root: go on with this path.
    Elsewhere(PathBuf),
}

/// The most specific root that holds a path, and the components below it.
fn locate<'r>(roots: &'r [Root], path: &Path) -> Result<Option<(&'r OpenRoot, VecDeque<OsString>)>, FileError> {
    let mut best: Option<(usize, &OpenRoot, VecDeque<OsString>)> = None;
    let mut missing = None;
    for root in roots {
        let Some(open) = &root.opened else {
            if path.starts_with(&root.listed) {
                missing = Some(root.listed.clone());
            }
            continue;
        };
        let canonical = match &open.only {
            Some(name) => open.canonical.join(name),
            None => open.canonical.clone(),
        };
        for prefix in [&root.listed, &canonical] {
            let Ok(below) = path.strip_prefix(prefix) else { continue };
            let mut rest: VecDeque<OsString> = below.components().map(|part| part.as_os_str().to_owned()).collect();
            let depth = prefix.components().count();
            if let Some(name) = &open.only {
                // A listed file is no folder: nothing lies below it.
                if !rest.is_empty() {
                    continue;
                }
                rest.push_front(name.clone());
            }
            if best.as_ref().is_none_or(|(deepest, ..)| depth > *deepest) {
                best = Some((depth, open, rest));
            }
        }
    }
    match (best, missing) {
        (Some((_, root, rest)), _) => Ok(Some((root, rest))),
        (None, Some(root)) => Err(FileError::RootMissing { root }),
        (None, None) => Ok(None),
    }
}

fn walk(root: &OpenRoot, mut rest: VecDeque<OsString>, asked: &Path, budget: &mut Budget) -> Result<Walked, FileError> {
    let mut below: Vec<(OsString, OwnedFd)> = Vec::new();
    while let Some(name) = rest.pop_front() {
        budget.steps = budget
            .steps
            .checked_sub(1)
            .ok_or(FileError::BadPath { path: asked.to_path_buf(), why: "it has too many components" })?;
        if name == ".." {
            if below.pop().is_none() {
                return Ok(Walked::Elsewhere(above(&root.canonical, rest)));
            }
            continue;
        }
        let folder = below.last().map_or(root.folder.as_fd(), |(_, fd)| fd.as_fd());
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(folder, name.as_os_str(), flags, Mode::empty())
            .map_err(|errno| FileError::from_errno(asked, errno))?;
        let stat = fs::fstat(&fd).map_err(|errno| FileError::from_errno(asked, errno))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                budget.links = budget
                    .links
                    .checked_sub(1)
                    .ok_or(FileError::BadPath { path: asked.to_path_buf(), why: "it has too many links" })?;
                let here: PathBuf = std::iter::once(root.canonical.as_os_str())
                    .chain(below.iter().map(|(name, _)| name.as_os_str()))
                    .collect();
                return Ok(Walked::Elsewhere(behind_link(&fd, here, rest, asked)?));
            }
            FileType::Directory => below.push((name, fd)),
            _ if rest.is_empty() => below.push((name, fd)),
            _ => return Err(FileError::NotFound { path: asked.to_path_buf() }),
        }
    }
    arrive(root, below, asked)
}

/// The path that a link stands for, with what comes after it; its `..` are left to the walk.
fn behind_link(link: &OwnedFd, here: PathBuf, rest: VecDeque<OsString>, asked: &Path) -> Result<PathBuf, FileError> {
    let text = fs::readlinkat(link, "", Vec::new()).map_err(|errno| FileError::from_errno(asked, errno))?;
    let mut target = here;
    target.push(OsString::from_vec(text.into_bytes()));
    target.extend(rest);
    Ok(target)
}

/// The path above a root, with what comes after it.
fn above(canonical: &Path, mut rest: VecDeque<OsString>) -> PathBuf {
    let mut path = canonical.to_path_buf();
    path.pop();
    while rest.front().is_some_and(|name| name == "..") {
        rest.pop_front();
        path.pop();
    }
    path.extend(rest);
    path
}

fn arrive(root: &OpenRoot, mut below: Vec<(OsString, OwnedFd)>, asked: &Path) -> Result<Walked, FileError> {
    let mut path = root.canonical.clone();
    path.extend(below.iter().map(|(name, _)| name));
    let (fd, place) = match below.pop() {
        None => (clone(root.folder.as_fd(), asked)?, None),
        Some((name, fd)) => {
            let folder = match below.pop() {
                Some((_, folder)) => folder,
                None => clone(root.folder.as_fd(), asked)?,
            };
            (fd, Some((folder, name)))
        }
    };
    let stat = stat_outside_proc(fd.as_fd(), asked)?;
    Ok(Walked::Found(Found { fd, path, stat, place }))
}

fn clone(fd: BorrowedFd<'_>, asked: &Path) -> Result<OwnedFd, FileError> {
    rustix::io::fcntl_dupfd_cloexec(fd, 0).map_err(|errno| FileError::from_errno(asked, errno))
}

/// What a descriptor names; refuses procfs, where reading can block or reveal other processes.
fn stat_outside_proc(fd: BorrowedFd<'_>, asked: &Path) -> Result<fs::Stat, FileError> {
    let stat = fs::fstat(fd).map_err(|errno| FileError::from_errno(asked, errno))?;
    let file_system = fs::fstatfs(fd).map_err(|errno| FileError::from_errno(asked, errno))?;
    if file_system.f_type == fs::PROC_SUPER_MAGIC {
        return Err(FileError::NotRegular { path: asked.to_path_buf(), kind: "a part of procfs" });
    }
    Ok(stat)
}

fn check_length(path: &Path) -> Result<(), FileError> {
    if path.as_os_str().len() > MAX_PATH {
        return Err(FileError::BadPath { path: PathBuf::from("(a very long path)"), why: "it is too long" });
    }
    if path.as_os_str().as_bytes().contains(&0) {
        return Err(FileError::BadPath { path: PathBuf::from("(a path with NUL)"), why: "it contains NUL" });
    }
    Ok(())
}
