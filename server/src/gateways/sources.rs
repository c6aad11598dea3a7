//! Where configurations' texts come from.

use crate::fileguard::{FileError, Fileguard};
use std::path::{Path, PathBuf};

/// Where the text of a configuration and of its includes comes from.
pub trait Sources {
    /// The text of one file of at most `max` bytes.
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError>;

    /// The files that an include pattern matches, sorted.
    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError>;

    /// The command line of the gateway's running process, without the program; some set values there.
    fn arguments(&self) -> &[String] {
        &[]
    }
}

/// Files of the disk for a gateway that runs with this command line.
#[derive(Debug)]
pub struct Running<'g> {
    /// The guard through which files are read.
    pub files: Folder<'g>,
    /// The command line without the program.
    pub arguments: &'g [String],
}

impl Sources for Running<'_> {
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError> {
        self.files.text(path, max)
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        self.files.matching(pattern)
    }

    fn arguments(&self) -> &[String] {
        self.arguments
    }
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
