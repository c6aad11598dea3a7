//! Access-log lines by the format that the configuration gives them.
//!
//! A line is read piece by piece from the left. nginx escapes quotes within values, so what a client
//! sends cannot end a quoted field; an unquoted field ends at what follows it in the format.

use super::time::{access_time, decimal_ms, iso_time};
use super::{Window, redact};
use app::model::At;

/// A format of access-log lines, ready to read lines with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFormat {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
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
    /// What the client got; 0 if it went away first or got no status line.
    pub status: Option<u16>,
    /// The last upstream's status; earlier ones are in `upstream_statuses`.
    pub upstream_status: Option<u16>,
    /// The status of each upstream that was tried, in order; `None` where it gave none.
    pub upstream_statuses: Vec<Option<u16>>,
    /// Each upstream that was tried, in order.
    pub upstreams: Vec<String>,
    /// From the first byte of the request to the last byte of the answer, in milliseconds.
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

/// nginx's own format.
const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

impl AccessFormat {
    /// nginx's `combined`, which Apache's is the same as.
    pub fn combined() -> Self {
        Self::from_nginx(COMBINED)
    }

    /// The format of a product's access log as its configuration writes it.
    pub fn of(product: super::Product, text: &str) -> Self {
        match product {
            super::Product::Nginx => Self::from_nginx(text),
            super::Product::Httpd => Self::from_nginx(&super::httpd::access_format(text)),
            _ => Self::combined(),
        }
    }

    /// A `log_format` as written in the configuration, its parts joined.
    pub fn from_nginx(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            literal.push_str(before);
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, after) = braced.unwrap_or_else(|| {
                let length = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                after.split_at(length)
            });
            if name.is_empty() {
                literal.push('$');
            } else {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Variable(name.to_owned()));
            }
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Self { pieces }
    }

    /// Whether lines of this format say which upstream was tried and what it answered.
    pub fn tells_upstreams(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Variable(name) if name == "upstream_status"))
    }

    /// Reads one line; `None` if it does not have this format.
    pub fn parse(&self, line: &str) -> Option<AccessLine> {
        let mut rest = line.trim_end_matches(['\r', '\n']);
        let mut parsed = AccessLine::default();
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Piece::Variable(name) => {
                    let end = match self.pieces.get(index + 1) {
                        None => rest.len(),
                        Some(Piece::Literal(literal)) => end_of_value(name, rest, literal)?,
                        // Nothing in between: where one ends and the next begins cannot be told.
                        Some(Piece::Variable(_)) => return None,
                    };
                    parsed.take(name, &rest[..end]);
                    rest = &rest[end..];
                }
            }
        }
        rest.is_empty().then_some(parsed)
    }
}

/// Where a value ends: at the first place where the literal follows and the value cannot go on.
fn end_of_value(name: &str, rest: &str, literal: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + rest.get(from..)?.find(literal)?;
        let value = &rest[..end];
        let goes_on = match name {
            // Lists: `10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80`
            _ if name.starts_with("upstream_") && literal.starts_with(' ') => {
                value.ends_with(',') || value.ends_with(" :") || rest[end..].starts_with(" : ")
            }
            "time_local" if literal.starts_with(' ') => !value.contains(' '),
            _ => literal.starts_with('"') && value.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1,
        };
        if !goes_on {
            return Some(end);
        }
        from = end + rest[end..].chars().next().map_or(1, char::len_utf8);
    }
}

impl AccessLine {
    fn take(&mut self, name: &str, value: &str) {
        let text = || (!value.is_empty() && value != "-").then(|| redact(value));
        match name {
            "time_local" => self.at = access_time(value),
            "time_iso8601" => self.at = iso_time(value),
            "msec" => self.at = decimal_ms(value).and_then(|ms| Some(At(i64::try_from(ms).ok()?))),
            "request" => {
                let mut words = value.split(' ');
                self.method = words.next().filter(|word| !word.is_empty() && *word != "-").map(str::to_owned);
                self.path = words.next().map(redact);
            }
            "request_method" => self.method = text(),
            "request_uri" | "uri" | "document_uri" => self.path = self.path.take().or_else(text),
            "http_host" | "host" => self.host = text(),
            "status" => self.status = value.parse().ok(),
            "upstream_status" => {
                self.upstream_statuses = list(value).map(|status| status.parse().ok()).collect();
                self.upstream_status = self.upstream_statuses.last().copied().flatten();
            }
            "upstream_addr" => self.upstreams = list(value).map(str::to_owned).collect(),
            "request_time" => self.request_ms = decimal_ms(value),
            "request_ms" => self.request_ms = value.parse().ok(),
            "request_us" => self.request_ms = value.parse::<u64>().ok().map(|us| us / 1000),
            "httpd_worker" => {
                let worker = value.split_once("://").map_or(value, |(_, rest)| rest).trim_end_matches('/');
                self.upstreams = Some(worker.to_owned()).filter(|worker| worker != "-").into_iter().collect();
            }
            "upstream_header_time" => self.upstream_header_ms = list(value).last().and_then(decimal_ms),
            "upstream_response_time" => self.upstream_ms = list(value).last().and_then(decimal_ms),
            "body_bytes_sent" => self.body_bytes = value.parse().ok(),
            "remote_addr" => self.client = text(),
            "connection" => self.connection = value.parse().ok(),
            "http_user_agent" => self.agent = text(),
            _ => {}
        }
    }
}

/// The items of an upstream variable; none where no upstream was asked (`-` alone).
fn list(value: &str) -> impl Iterator<Item = &str> {
    let items = value.split(", ").flat_map(|group| group.split(" : "));
    items.map(str::trim).filter(move |item| !item.is_empty() && value != "-")
}

/// The lines within a window, in their order. Lines of another format are left out.
pub fn scan_access<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    format: &AccessFormat,
    window: Window,
) -> Vec<AccessLine> {
    let parsed = lines.into_iter().filter_map(|line| format.parse(line));
    parsed.filter(|line| line.at.is_some_and(|at| window.holds(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_combined_lines() {
        let line =
            r#"10.0.0.9 - - [22/Nov/2026:15:00:00 +0000] "GET /a?k=v HTTP/1.1" 502 157 "-" "curl/8 \x22 502 1 \x22x""#;
        let parsed = AccessFormat::combined().parse(line).unwrap();
        assert_eq!(parsed.at, Some(At(1_795_359_600_000)));
        assert_eq!((parsed.method.as_deref(), parsed.path.as_deref()), (Some("GET"), Some("/a?k=…")));
        assert_eq!((parsed.status, parsed.body_bytes), (Some(502), Some(157)));
        assert_eq!(parsed.client.as_deref(), Some("10.0.0.9"));
        let garbage = r#"10.0.0.9 - - [22/Nov/2026:15:00:00 +0000] "\x16\x03" 400 157 "-" "-""#;
        assert_eq!(AccessFormat::combined().parse(garbage).unwrap().status, Some(400));
        let empty = r#"10.0.0.9 - - [22/Nov/2026:15:00:00 +0000] "" 400 0 "-" "-""#;
        assert_eq!(AccessFormat::combined().parse(empty).unwrap().method, None);
        for line in ["", "x", "10.0.0.9 - - [", &line[..60]] {
            assert_eq!(AccessFormat::combined().parse(line), None, "{line}");
        }
    }

    #[test]
    fn reads_formats_of_the_configuration() {
        let format = AccessFormat::from_nginx(
            "$time_iso8601 $status $upstream_status $upstream_addr ${request_time} rt=$upstream_response_time \"$request\" $connection",
        );
        assert!(format.tells_upstreams());
        let line = "2026-11-22T15:00:00+00:00 200 502, 504 : 200 10.0.0.1:80, unix:/run/a.sock : [::1]:81 1.250 rt=0.001, - : 1.200 \"POST /x HTTP/2.0\" 42";
        let parsed = format.parse(line).unwrap();
        assert_eq!(parsed.upstream_statuses, [Some(502), Some(504), Some(200)]);
        assert_eq!(parsed.upstreams, ["10.0.0.1:80", "unix:/run/a.sock", "[::1]:81"]);
        assert_eq!((parsed.request_ms, parsed.upstream_ms, parsed.connection), (Some(1250), Some(1200), Some(42)));
        let none = "2026-11-22T15:00:00+00:00 404 - - 0.000 rt=- \"GET / HTTP/1.1\" 43";
        let parsed = format.parse(none).unwrap();
        assert_eq!((parsed.status, parsed.upstream_status, parsed.upstreams.len()), (Some(404), None, 0));
    }

    #[test]
    fn a_client_cannot_end_a_quoted_field() {
        let format = AccessFormat::from_nginx(r#"{"agent":"$http_user_agent","status":"$status","t":"$msec"}"#);
        let line = r#"{"agent":"x\",\"status\":\"200","status":"502","t":"1795359600.001"}"#;
        let parsed = format.parse(line).unwrap();
        assert_eq!((parsed.status, parsed.at), (Some(502), Some(At(1_795_359_600_001))));
    }
}
