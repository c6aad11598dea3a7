//! Walking a path component by component.

use super::{FileError, Opened, Pathfd};
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Root { listed: PathBuf }
impl Root {
    pub(super) fn open(_path: PathBuf) -> Self { todo!() }
    pub(super) fn listed(&self) -> &Path { &self.listed }
    pub(super) fn share(&self) -> Self { todo!() }
}
pub(super) struct Found { pub(super) fd: Pathfd, pub(super) path: PathBuf, pub(super) stat: rustix::fs::Stat }
impl Found { pub(super) fn reopen(self, _asked: &Path) -> Result<Opened, FileError> { todo!() } }
pub(super) fn os(bytes: &[u8]) -> &OsStr { OsStr::from_bytes(bytes) }
pub(super) fn kind_name(_kind: FileType) -> &'static str { todo!() }
pub(super) fn by_own_rights(_path: &Path) -> Result<Found, FileError> { todo!() }
pub(super) fn beneath(_roots: &[Root], _path: &Path) -> Result<Found, FileError> { todo!() }
