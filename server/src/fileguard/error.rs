//! Why a file is not read, in words that say what would help.

use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The path, or a link on the way, leads outside the listed roots.
    #[error("{} is outside what gatewatch.toml lists; add it under [[gateways]]: {}", path.display(), self.line_to_add().unwrap_or_default())]
    NotListed {
        /// What was asked for.
        path: PathBuf,
        /// Where the first link that leaves the roots points to, if a link does.
        target: Option<PathBuf>,
    },
    /// A listed root could not be opened at start.
    #[error("{} is listed, but could not be opened when Gatewatch started; reload after it exists", root.display())]
    RootMissing {
        /// The root.
        root: PathBuf,
    },
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// What was asked for.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{} may not be read by this user", path.display())]
    Permission {
        /// What was asked for.
        path: PathBuf,
    },
    /// Not a regular file.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotRegular {
        /// What was asked for.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Not a folder.
    #[error("{} is not a folder", path.display())]
    NotFolder {
        /// What was asked for.
        path: PathBuf,
    },
    /// Gatewatch's own database.
    #[error("{} belongs to Gatewatch itself", path.display())]
    Own {
        /// What was asked for.
        path: PathBuf,
    },
    /// Larger than allowed.
    #[error("{} has {size} bytes; at most {max} are read", path.display())]
    TooLarge {
        /// What was asked for.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        max: u64,
    },
    /// Too many links, a path that is not absolute, or one that is too long.
    #[error("{} cannot be followed: {why}", path.display())]
    BadPath {
        /// What was asked for.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It was exchanged for another file while it was opened.
    #[error("{} changed while it was opened; try again", path.display())]
    Changed {
        /// What was asked for.
        path: PathBuf,
    },
    /// Any other failure of the system.
    #[error("{} cannot be read: {errno}", path.display())]
    Io {
        /// What was asked for.
        path: PathBuf,
        /// The system's error.
        errno: Errno,
    },
}

impl FileError {
    /// The error that an errno stands for.
    pub(crate) fn from_errno(path: &Path, errno: Errno) -> Self {
        let path = path.to_path_buf();
        match errno {
            Errno::NOENT | Errno::NOTDIR => Self::NotFound { path },
            Errno::ACCESS | Errno::PERM => Self::Permission { path },
            Errno::LOOP => Self::Changed { path },
            _ => Self::Io { path, errno },
        }
    }

    /// The line to add to `gatewatch.toml`, where one would help.
    pub fn line_to_add(&self) -> Option<String> {
        match self {
            Self::NotListed { path, target } => {
                let wanted = target.as_deref().unwrap_or(path);
                let is_log = wanted.extension().is_some_and(|extension| extension == "log");
                let key = if is_log { "logs" } else { "config" };
                Some(format!("{key} = [\"{}\"]", wanted.display()))
            }
            _ => None,
        }
    }

    /// A command to run by hand for the same content, where one would help.
    pub fn by_hand(&self) -> Option<String> {
        match self {
            Self::NotListed { path, .. } | Self::Permission { path } | Self::TooLarge { path, .. } => {
                Some(format!("sudo tail -n 500 {}", shell_quoted(path)))
            }
            _ => None,
        }
    }
}

/// A path as one word of a shell command.
fn shell_quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
