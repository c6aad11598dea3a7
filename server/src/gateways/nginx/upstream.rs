//! Upstreams.
use crate::gateways::{GatewayConfig, Upstream};
use std::time::Duration;
/// All upstreams.
pub fn upstreams(_config: &GatewayConfig) -> Vec<Upstream> {
    todo!()
}
/// Longest.
pub fn longest_wait(_config: &GatewayConfig) -> Option<Duration> {
    todo!()
}
