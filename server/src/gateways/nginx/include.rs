//! Where the text of a configuration and of its includes comes from.
use crate::fileguard::{FileError, Fileguard};
use std::path::{Path, PathBuf};
/// Where the text of a configuration and of its includes comes from.
pub trait Sources {
    /// The text of one file.
    fn text(&self, path: &Path) -> Result<String, FileError>;
    /// The files that an include pattern matches, sorted.
    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError>;
}
/// Files of the disk, through the guard.
pub struct Folder<'a>(pub &'a Fileguard);
impl Sources for Folder<'_> {
    fn text(&self, _path: &Path) -> Result<String, FileError> {
        todo!()
    }
    fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        todo!()
    }
}
