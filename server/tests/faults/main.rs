//! `gatewatch diagnose` against real nginx with real faults: one for each cause, and healthy controls.
//!
//! Every test carries its own gateway: a private nginx in a temporary folder with Debian's layout, on a port of its
//! own, with short timeouts. Faults that need a network of their own live in a network namespace that the test makes.
//! Nothing outlives a test: processes are ended by their own ids.

#![expect(clippy::disallowed_methods, reason = "the tests start gateways, upstreams and the program itself")]

mod answers;
mod applications;
mod bad_input;
mod chains;
mod controls;
mod cut;
mod edges;
mod elsewhere;
mod firewalls;
mod gateway;
mod given;
mod handshakes;
mod haproxy;
mod hostile_files;
mod http2;
mod httpd;
mod httpd_gateway;
mod kept;
mod lab;
mod limits;
mod name_server;
mod names;
mod namespace;
mod network;
mod outcome;
#[path = "../support/ports.rs"]
mod ports;
mod protocols;
mod server_rights;
mod slow;
mod sockets;
#[path = "../support/systemd.rs"]
mod systemd;
mod tls;
mod two;
mod upstream;
mod upstreams;
