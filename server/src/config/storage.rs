//! `[storage]`: where the database is.

use super::reader::{Context, Section};
use std::path::{Path, PathBuf};

/// The `[storage]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageSection {
    /// The database file. A relative path counts from the folder of the configuration file, so that
    /// every command finds the same database wherever it is started; without a file, from the
    /// working directory.
    pub path: PathBuf,
}

impl Default for StorageSection {
    fn default() -> Self {
        Self { path: PathBuf::from("data/gatewatch.db") }
    }
}

/// Reads the section; `folder` is that of the configuration file.
pub(super) fn read(section: Option<Section<'_, '_>>, folder: &Path, cx: &mut Context<'_>) -> StorageSection {
    let mut storage = StorageSection::default();
    if let Some(mut section) = section {
        if let Some(path) = section.parsed("path", cx, |text, _| match text {
            "" => Err("the path is empty; write the database's file, such as `data/gatewatch.db`".to_owned()),
            text => Ok(PathBuf::from(text)),
        }) {
            storage.path = path;
        }
        section.finish(cx);
    }
    storage.path = folder.join(storage.path);
    storage
}
