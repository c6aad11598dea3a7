//! Why something may not be asked, in words that say what would allow it.

use super::policy::AddressClass;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What is wrong with a typed URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFlaw {
    /// Longer than any URL that we ask.
    #[error("it is longer than 2,048 bytes")]
    TooLong,
    /// A control character, white space or a backslash.
    #[error("it holds a space, a backslash or a control character")]
    BadCharacter,
    /// Not `http://` or `https://`.
    #[error("it does not start with http:// or https://")]
    Scheme,
    /// A user name, a percent sign or a character that is not ASCII before the path.
    #[error("its host part holds a user name, a percent sign or a character outside ASCII (write IDN as xn--…)")]
    Authority,
    /// No URL at all.
    #[error("it is not a URL")]
    Syntax,
    /// Host or port would be read as something else than what was written.
    #[error("its host or port is written in an unusual way; write the address or name in its ordinary form")]
    Unusual,
    /// Not a host name.
    #[error("its host is not a valid name")]
    Name,
    /// Port 0.
    #[error("port 0 does not exist")]
    PortZero,
}

/// Our own policy refuses. `Display` says why and, where a line of `gatewatch.toml` would allow it, that line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The URL is not one that we ask.
    Url(UrlFlaw),
    /// A single label or a local suffix that `allow_hosts` does not list.
    LocalName {
        /// The name.
        name: String,
    },
    /// An address that is never asked.
    Never {
        /// The address.
        address: IpAddr,
        /// What it is.
        class: AddressClass,
    },
    /// A private address (or a public one where `public = false`) that `allow_private` does not list.
    NotListed {
        /// Address and port.
        address: SocketAddr,
        /// What it is.
        class: AddressClass,
        /// The name that led there.
        name: Option<String>,
    },
    /// A name that leads to a listed private address, but is not itself listed.
    NameNotListed {
        /// The name.
        name: String,
        /// Where it leads.
        address: SocketAddr,
    },
    /// A name with leave that led to a public place before and leads to a private one now.
    Moved {
        /// The name.
        name: String,
        /// Where it leads now.
        address: SocketAddr,
    },
    /// A port that is not asked.
    Port {
        /// The port.
        port: u16,
    },
    /// A unix socket that no configured gateway names.
    Socket {
        /// Its path.
        path: String,
    },
    /// A redirect that is not followed.
    Redirect(RedirectFlaw),
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectFlaw {
    /// From https to http.
    #[error("it leads from https to http")]
    Downgrade,
    /// From a public place to a private one.
    #[error("it leads from a public place to a private one")]
    ToPrivate,
    /// Back to where it came from.
    #[error("it leads in a circle")]
    Loop,
    /// More hops than allowed.
    #[error("there are too many")]
    TooMany,
}

impl Refusal {
    /// The lines for `gatewatch.toml` that would allow it; `None` where nothing does.
    pub fn line(&self) -> Option<String> {
        match self {
            Self::LocalName { name } | Self::NameNotListed { name, .. } => {
                Some(format!("[net]\nallow_hosts = [\"{name}\"]"))
            }
            Self::Moved { address, name } => {
                Some(format!("[net]\nallow_private = [\"{address}\"]\nallow_hosts = [\"{name}\"]"))
            }
            Self::NotListed { address, name: Some(name), class } if class.is_private() => {
                Some(format!("[net]\nallow_private = [\"{address}\"]\nallow_hosts = [\"{name}\"]"))
            }
            Self::NotListed { address, .. } => Some(format!("[net]\nallow_private = [\"{address}\"]")),
            Self::Port { port } if *port != 0 => Some(format!("[net]\npublic_ports = \"80,443,1024-65535,{port}\"")),
            Self::Socket { .. } | Self::Url(_) | Self::Never { .. } | Self::Port { .. } | Self::Redirect(_) => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(flaw) => write!(f, "this URL is not asked: {flaw}")?,
            Self::LocalName { name } => write!(f, "{name} is a local name, and those are asked only where listed")?,
            Self::Never { address, class } => write!(f, "{address} is a {class} address, which is never asked")?,
            Self::NotListed { address, class, name: None } => {
                write!(f, "{address} is a {class} address, and the configuration does not list it")?;
            }
            Self::NotListed { address, class, name: Some(name) } => {
                write!(f, "{name} leads to {address}, a {class} address that the configuration does not list")?;
            }
            Self::NameNotListed { name, address } => {
                write!(
                    f,
                    "{name} leads to the private address {address}, and the configuration does not list the name"
                )?;
            }
            Self::Moved { name, address } => {
                write!(f, "{name} led to a public address before and now leads to the private address {address}")?;
            }
            Self::Port { port } => write!(f, "port {port} is not asked")?,
            Self::Socket { path } => write!(f, "no configured gateway names the socket {path}")?,
            Self::Redirect(flaw) => write!(f, "the redirect is not followed: {flaw}")?,
        }
        match self.line() {
            Some(line) => write!(f, "; to allow it, add to gatewatch.toml: {}", line.replace('\n', " ")),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
