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

/// Whether a user may connect, by the permission bits alone (`SELinux` and `AppArmor` may still refuse).
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
    pub fn access_for(&self, user: &User) -> Access {
        let Some((last, folders)) = self.components.split_last() else {
            return Access::Missing(self.path.clone());
        };
        let whole = self.missing.is_none() && self.hidden_behind.is_none();
        let entered = if whole { folders } else { &self.components };
        if let Some(closed) = entered.iter().find(|folder| !allows(folder, user, 0o1)) {
            return Access::NoEntry(closed.clone());
        }
        if let Some(missing) = &self.missing {
            return Access::Missing(missing.clone());
        }
        if let Some(hidden) = &self.hidden_behind {
            return Access::Unknown(hidden.clone());
        }
        if last.kind != ComponentKind::Socket {
            return Access::NotSocket(last.clone());
        }
        if allows(last, user, 0o2) { Access::Allowed } else { Access::NoWrite(last.clone()) }
    }
}

impl SocketPath {
    /// Whether a user with these groups may make files in the folder that the path leads to.
    pub fn writable_for(&self, user: &User) -> Access {
        let Some((last, above)) = self.components.split_last() else {
            return Access::Missing(self.path.clone());
        };
        let whole = self.missing.is_none() && self.hidden_behind.is_none();
        let entered = if whole { above } else { &self.components };
        if let Some(closed) = entered.iter().find(|folder| !allows(folder, user, 0o1)) {
            return Access::NoEntry(closed.clone());
        }
        if let Some(missing) = &self.missing {
            return Access::Missing(missing.clone());
        }
        if let Some(hidden) = &self.hidden_behind {
            return Access::Unknown(hidden.clone());
        }
        if !allows(last, user, 0o1) {
            return Access::NoEntry(last.clone());
        }
        if allows(last, user, 0o2) { Access::Allowed } else { Access::NoWrite(last.clone()) }
    }
}

/// Whether the permission bits let a user do something (1 enter, 2 write, 4 read). As in the kernel, only
/// the first set of bits that fits counts: owner, else group, else others; root may always.
fn allows(component: &PathComponent, user: &User, wanted: u32) -> bool {
    let shift = if user.uid == 0 {
        return true;
    } else if user.uid == component.uid {
        6
    } else if user.gids.contains(&component.gid) {
        3
    } else {
        0
    };
    (component.mode >> shift) & wanted == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(path: &str, kind: ComponentKind, uid: u32, gid: u32, mode: u32) -> PathComponent {
        PathComponent { path: path.into(), kind, uid, gid, mode }
    }

    fn chain(folder_mode: u32, socket: Option<PathComponent>) -> SocketPath {
        let mut components = vec![
            component("/", ComponentKind::Folder, 0, 0, 0o755),
            component("/run", ComponentKind::Folder, 1000, 1000, folder_mode),
        ];
        let missing = socket.is_none().then(|| "/run/app.sock".into());
        components.extend(socket);
        SocketPath { path: "/run/app.sock".into(), components, missing, hidden_behind: None, siblings: Vec::new() }
    }

    #[test]
    fn permission_bits_decide_as_in_the_kernel() {
        let socket = |mode| Some(component("/run/app.sock", ComponentKind::Socket, 1000, 1000, mode));
        let user = |uid, gids: &[u32]| User { name: "u".to_owned(), uid, gids: gids.to_vec() };
        assert_eq!(chain(0o755, socket(0o660)).access_for(&user(1000, &[])), Access::Allowed);
        assert_eq!(chain(0o755, socket(0o660)).access_for(&user(33, &[33, 1000])), Access::Allowed);
        assert!(matches!(chain(0o755, socket(0o660)).access_for(&user(33, &[33])), Access::NoWrite(_)));
        // The owner's own bits count, even if others might do more.
        assert!(matches!(chain(0o755, socket(0o066)).access_for(&user(1000, &[])), Access::NoWrite(_)));
        assert!(matches!(chain(0o700, socket(0o666)).access_for(&user(33, &[33])), Access::NoEntry(_)));
        assert_eq!(chain(0o700, socket(0o000)).access_for(&user(0, &[0])), Access::Allowed);
        assert_eq!(chain(0o755, None).access_for(&user(33, &[])), Access::Missing("/run/app.sock".into()));
        assert!(matches!(chain(0o700, None).access_for(&user(33, &[])), Access::NoEntry(_)));
        let file = component("/run/app.sock", ComponentKind::File, 33, 33, 0o666);
        assert!(matches!(chain(0o755, Some(file)).access_for(&user(33, &[])), Access::NotSocket(_)));
    }
}
