//! Gateways' configurations as one common model; one parser file each.
//!
//! Parsers are pure and never fail: a half-broken configuration is exactly what somebody with a 502
//! has, so they answer what they understood and what they did not ([`Parsed`]).

mod caddy;
mod care;
pub mod discover;
mod document;
mod envoy;
mod flat;
pub(crate) mod haproxy;
mod httpd;
mod model;
mod names;
pub mod nginx;
mod plain;
mod served;
mod sources;
mod traefik;
mod varnish;
mod wire;

pub use care::{Care, Check, SourceBind, TempFolder};
pub use discover::{Discovered, Discovery, Overrides, discover};
pub(crate) use model::Tree;
pub use model::{
    BufferLimits, GatewayConfig, GatewayKind, Limits, Listen, LogFile, LogFormat, Member, MemberAddress, Place, Pool,
    Protocol, Route, Server, Set, Settings, Target, Timeouts, Upstream, UpstreamTls,
};
pub use names::{NameResolution, Resolver};
pub use served::Hosts;
pub use sources::{Folder, Running, Sources};
pub use wire::WireSettings;

/// What a parser understood, and what it did not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed<T> {
    /// What was understood.
    pub value: T,
    /// What was not, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Something in a text that could not be understood or followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, as a sentence.
    pub what: String,
    /// The line to add to `gatewatch.toml`, where that would help.
    pub line_to_add: Option<String>,
}
