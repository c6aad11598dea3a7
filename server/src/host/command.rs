//! The only place that starts a program: absolute paths, constant arguments, no shell, empty
//! environment, two seconds, and a cap on what is read.

use super::Seen;

/// A program that may be started, with all of its arguments. Nothing that anybody typed is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// `nft -j list ruleset`
    NftList,
    /// `iptables-save -c`
    IptablesSave,
    /// `ip6tables-save -c`
    Ip6tablesSave,
}

/// Runs a program and answers its standard output.
pub async fn output(_program: Program) -> Seen<String> {
    todo!()
}
