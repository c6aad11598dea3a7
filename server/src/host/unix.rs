//! Who may reach a unix socket: every component of its path with owner and mode.

use super::users::User;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a component of a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// A folder.
    Folder,
    /// A socket.
    Socket,
    /// A regular file.
    File,
    /// Anything else.
    Other,
}

/// One component of a path, links followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathComponent {
    /// The path up to here.
    pub path: PathBuf,
    /// What it is.
    pub kind: ComponentKind,
    /// The owner's user number.
    pub uid: u32,
    /// The owner's group number.
    pub gid: u32,
    /// Permission bits, for example `0o755`.
    pub mode: u32,
}

/// The path of a unix socket as found on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketPath {
    /// The path that was asked for.
    pub path: PathBuf,
    /// From `/` down, as far as it exists.
    pub components: Vec<PathComponent>,
    /// The first component that does not exist; `None` if all do.
    pub missing: Option<PathBuf>,
    /// The first folder that this user could not look into; what lies behind is not known.
    pub hidden_behind: Option<PathBuf>,
    /// Sockets that do exist in the same folder (a renamed socket after an upgrade).
    pub siblings: Vec<PathBuf>,
}

/// Whether a user may connect, by the permission bits alone (SELinux and AppArmor may still refuse).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "access", content = "at")]
pub enum Access {
    /// It may.
    Allowed,
    /// It may not enter this folder.
    NoEntry(PathComponent),
    /// It may not write to the socket, which connecting needs.
    NoWrite(PathComponent),
    /// There is no such path.
    Missing(PathBuf),
    /// The path leads to something else than a socket.
    NotSocket(PathComponent),
    /// Not known: this user cannot see behind that folder.
    Unknown(PathBuf),
}

impl SocketPath {
    /// Whether a user with these groups may connect.
    pub fn access_for(&self, _user: &User) -> Access {
        todo!()
    }
}
