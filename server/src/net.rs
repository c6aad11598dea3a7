//! One exchange with a peer, with every phase timed and every fault classified.
//!
//! [`exchange`] makes one attempt over a fresh connection of `netguard`: it never retries, never follows a
//! redirect and never outlasts [`Limits::total`]. Answers are read by a strict parser of our own, because a
//! lenient one would hide the very faults that a gateway calls a 502. No byte that the peer sent appears in
//! the text of a fault.

mod types;

pub use types::*;

use crate::netguard::Netguard;
use std::net::SocketAddr;
use std::time::Duration;

/// Makes one attempt.
pub async fn exchange(_guard: &Netguard, _request: &Request) -> Exchange {
    todo!()
}

/// Connects once and closes; for telling open, refused, rejected and silent ports apart.
pub async fn connect_once(_guard: &Netguard, _address: SocketAddr, _limit: Duration) -> ConnectResult {
    todo!()
}
