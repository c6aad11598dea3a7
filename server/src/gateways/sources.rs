//! Where configurations' texts come from.

use crate::fileguard::{FileError, Fileguard};
use std::path::{Path, PathBuf};

/// Where the text of a configuration and of its includes comes from.
pub trait Sources {
    /// The text of one file of at most `max` bytes.
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError>;

    /// The files that an include pattern matches, sorted.
    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError>;
}

/// Files of the disk, through the guard.
#[derive(Debug)]
pub struct Folder<'g>(pub &'g Fileguard);

impl Sources for Folder<'_> {
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError> {
        self.0.read_text(path, max).map(|text| text.text)
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        self.0.glob(pattern)
    }
}
