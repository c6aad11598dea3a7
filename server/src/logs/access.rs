//! Access-log lines by the format that the configuration gives them.

use super::Zone;
use app::model::At;

/// A format of access-log lines, ready to read lines with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFormat {
    pieces: Vec<String>,
}

/// One line of an access log. Fields that its format does not have are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessLine {
    /// When the request ended.
    pub at: Option<At>,
    /// Method of the request.
    pub method: Option<String>,
    /// Path of the request; the query's values are left out.
    pub path: Option<String>,
    /// The Host header.
    pub host: Option<String>,
    /// What the client got.
    pub status: Option<u16>,
    /// The last upstream's status; earlier ones are in `upstream_statuses`.
    pub upstream_status: Option<u16>,
    /// The status of each upstream that was tried, in order; `None` where it gave none.
    pub upstream_statuses: Vec<Option<u16>>,
    /// Each upstream that was tried, in order.
    pub upstreams: Vec<String>,
    /// Seconds from the first byte of the request to the last byte of the answer, in milliseconds.
    pub request_ms: Option<u64>,
    /// Time until the last upstream's header, in milliseconds.
    pub upstream_header_ms: Option<u64>,
    /// Time of the last upstream's whole answer, in milliseconds.
    pub upstream_ms: Option<u64>,
    /// Bytes of the body that were sent.
    pub body_bytes: Option<u64>,
    /// The client's address.
    pub client: Option<String>,
    /// The number of the client's connection.
    pub connection: Option<u64>,
    /// The user agent.
    pub agent: Option<String>,
}

impl AccessFormat {
    /// nginx's `combined`.
    pub fn combined() -> Self {
        todo!()
    }
    /// A `log_format` as written in the configuration, its parts joined.
    pub fn from_nginx(_text: &str) -> Self {
        todo!()
    }
    /// Reads one line; `None` if it does not have this format.
    pub fn parse(&self, _line: &str, _zone: Zone) -> Option<AccessLine> {
        todo!()
    }
}
