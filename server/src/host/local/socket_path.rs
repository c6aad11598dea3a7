//! The components of a unix socket's path with owner and mode, links followed.

use crate::host::unix::{ComponentKind, PathComponent, SocketPath};
use crate::host::{Obstacle, ObstacleKind, Seen};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Links that are followed.
const MAX_LINKS: usize = 40;
/// Sockets of the same folder that are named.
const MAX_SIBLINGS: usize = 16;

/// Whether a process sees something at a path, by its own root and its own mounts.
pub(super) fn visible_to(pid: u32, path: &Path, command: &str) -> Seen<bool> {
    let theirs = Path::new("/proc").join(pid.to_string()).join("root").join(path.strip_prefix("/").unwrap_or(path));
    match rustix::fs::lstat(&theirs) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR)
            if rustix::fs::stat(Path::new("/proc").join(pid.to_string()).join("root")).is_ok() =>
        {
            Ok(false)
        }
        Err(errno) => {
            let kind = if errno == Errno::ACCESS || errno == Errno::PERM {
                ObstacleKind::NotPermitted
            } else {
                ObstacleKind::Failed
            };
            Err(Obstacle::new(kind, format!("the files of process {pid} cannot be looked at: {errno}"), command))
        }
    }
}

pub(super) fn look(path: &Path, command: &str) -> Seen<SocketPath> {
    if !path.is_absolute() {
        let reason = format!("{} is not an absolute path", path.display());
        return Err(Obstacle::new(ObstacleKind::Failed, reason, command));
    }
    let mut found = SocketPath {
        path: path.to_path_buf(),
        components: Vec::new(),
        missing: None,
        hidden_behind: None,
        siblings: Vec::new(),
    };
    let mut rest: Vec<OsString> = path.components().rev().map(|part| part.as_os_str().to_owned()).collect();
    let mut here = PathBuf::new();
    let mut links = 0;
    while let Some(name) = rest.pop() {
        if name == ".." {
            here.pop();
            found.components.pop();
            continue;
        }
        let next = here.join(&name);
        let stat = match rustix::fs::lstat(&next) {
            Ok(stat) => stat,
            Err(Errno::ACCESS) => {
                found.hidden_behind = Some(here);
                break;
            }
            Err(Errno::NOENT | Errno::NOTDIR) => {
                found.siblings = siblings(&here);
                found.missing = Some(next);
                break;
            }
            Err(errno) => {
                return Err(Obstacle::new(ObstacleKind::Failed, format!("{}: {errno}", next.display()), command));
            }
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            links += 1;
            let target = rustix::fs::readlink(&next, Vec::new()).map(|text| OsString::from_vec(text.into_bytes()));
            let Some(target) = target.ok().filter(|_| links <= MAX_LINKS) else {
                return Err(Obstacle::new(ObstacleKind::Failed, "too many links".to_owned(), command));
            };
            let target = PathBuf::from(target);
            if target.is_absolute() {
                here = PathBuf::new();
                found.components.clear();
            }
            rest.extend(target.components().rev().map(|part| part.as_os_str().to_owned()));
            continue;
        }
        found.components.push(component(&next, &stat));
        here = next;
    }
    Ok(found)
}

fn component(path: &Path, stat: &Stat) -> PathComponent {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => ComponentKind::Folder,
        FileType::Socket => ComponentKind::Socket,
        FileType::RegularFile => ComponentKind::File,
        _ => ComponentKind::Other,
    };
    PathComponent { path: path.to_path_buf(), kind, uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode & 0o7777 }
}

/// Sockets in the folder where one is missing; after an upgrade it may only have another name.
fn siblings(folder: &Path) -> Vec<PathBuf> {
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
    let opened = rustix::fs::open(folder, flags, rustix::fs::Mode::empty());
    let Some(entries) = opened.ok().and_then(|fd| rustix::fs::Dir::new(fd).ok()) else { return Vec::new() };
    let sockets = entries.flatten().filter(|entry| entry.file_type() == FileType::Socket);
    let paths = sockets.map(|entry| folder.join(OsString::from_vec(entry.file_name().to_bytes().to_vec())));
    let mut paths: Vec<PathBuf> = paths.take(MAX_SIBLINGS).collect();
    paths.sort();
    paths
}
