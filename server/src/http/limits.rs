//! How much one client, and all of them together, may take from us.
//!
//! Every number has its reason beside it. Tests make their own [`Limits`]; the server uses the default.

use std::time::Duration;

/// Connections at once. One idle connection costs about 10 KB, so that all of them stay near 120 MB.
pub const MAX_CONNECTIONS: usize = 12_000;
/// Connections of one client address. Browsers open six for each host; offices share an address.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 50;
/// Event streams at once; the rest of the connections stays for pages.
pub const MAX_STREAMS: usize = 10_000;
/// Event streams of one client address: ten tabs.
pub const MAX_STREAMS_PER_ADDRESS: usize = 10;
/// Fields of a request head; browsers send about 20.
pub const MAX_HEADERS: usize = 64;
/// Bytes of a request head: cookies and long query strings fit, floods do not.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Bytes of an ordinary form.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a form that carries a note: 16 KiB of Markdown, percent-encoded three for one, and room.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;
/// Bytes of a form that carries pasted output: 1 MiB of text, percent-encoded three for one, and room.
pub const MAX_PASTE_BYTES: usize = 3 * 1024 * 1024 + 256 * 1024;
/// Requests for public pages that may be rendered at once.
pub const MAX_PUBLIC_IN_FLIGHT: usize = 512;
/// Requests of admins at once.
pub const MAX_ADMIN_IN_FLIGHT: usize = 32;
/// Readings of the database for public pages at once; the read-only pool is shared with admins.
pub const MAX_PUBLIC_READS: usize = 4;

/// The limits of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, see [`MAX_CONNECTIONS`].
    pub connections: usize,
    /// Connections of one client address, see [`MAX_CONNECTIONS_PER_ADDRESS`].
    pub connections_per_address: usize,
    /// Event streams at once, see [`MAX_STREAMS`].
    pub streams: usize,
    /// Event streams of one client address, see [`MAX_STREAMS_PER_ADDRESS`].
    pub streams_per_address: usize,
    /// From a request's first byte to the end of its head: a slow head holds a buffer.
    pub head: Duration,
    /// Without any request: browsers come back within seconds or not at all.
    pub idle: Duration,
    /// From the end of the head to the end of the body, however steadily it trickles.
    pub body: Duration,
    /// Without a byte of the answer being taken.
    pub write_stall: Duration,
    /// For a handler to answer; admin actions that wait for probes bound themselves below it.
    pub handler: Duration,
    /// For a public page that asks the database.
    pub public_read: Duration,
    /// Between two heartbeats of an event stream, at most; monitors probed oftener shorten it.
    pub heartbeat: Duration,
    /// From the request to stop until connections are cut.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
            streams: MAX_STREAMS,
            streams_per_address: MAX_STREAMS_PER_ADDRESS,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            body: Duration::from_secs(15),
            write_stall: Duration::from_secs(30),
            handler: Duration::from_mins(1),
            public_read: Duration::from_secs(1),
            heartbeat: Duration::from_secs(10),
            drain: Duration::from_secs(5),
        }
    }
}
