//! The register of causes: one file each, whose texts are also the manual.
//!
//! A file holds everything that is known of its cause: texts, fixes and the rule that recognises it. Beside it
//! stands `<id>.md`, the same in examples: facts for which the rule must fit, and near misses for which it must not.

use super::rule::Cause;

mod all_backends_marked_down;
mod dns_nxdomain;
mod dns_timeout;
mod firewall_drop;
mod no_route_to_upstream;
mod response_header_too_big;
mod tls_cert_expired;
mod unix_socket_missing;
mod unix_socket_permission;
mod upstream_accept_queue_full;
mod upstream_closed_before_response;
mod upstream_down_not_listening;
mod upstream_hang_not_accepting;
mod upstream_slow_response;
mod upstream_wrong_port;

/// Every cause. The order breaks ties between equally strong findings: a reason before what it brings about.
pub const CAUSES: &[&Cause] = &[
    &all_backends_marked_down::CAUSE,
    &upstream_wrong_port::CAUSE,
    &upstream_down_not_listening::CAUSE,
    &upstream_accept_queue_full::CAUSE,
    &upstream_slow_response::CAUSE,
    &upstream_hang_not_accepting::CAUSE,
    &upstream_closed_before_response::CAUSE,
    &response_header_too_big::CAUSE,
    &unix_socket_missing::CAUSE,
    &unix_socket_permission::CAUSE,
    &dns_nxdomain::CAUSE,
    &dns_timeout::CAUSE,
    &no_route_to_upstream::CAUSE,
    &firewall_drop::CAUSE,
    &tls_cert_expired::CAUSE,
];

/// The cause with this id.
pub fn by_id(id: &str) -> Option<&'static Cause> {
    CAUSES.iter().copied().find(|cause| cause.text.id == id)
}
