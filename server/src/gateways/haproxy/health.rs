//! How a backend checks its servers.

use super::proxy::Proxy;
use super::tree::Line;
use crate::gateways::Place;
use std::ops::RangeInclusive;

/// What a check does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckPlan {
    /// What it asks.
    pub(crate) asks: CheckAsks,
    /// Where that is written; `None` for HAProxy's own default.
    pub(crate) place: Option<Place>,
}

/// What a check asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CheckAsks {
    /// Only a connection.
    Connection,
    /// A TLS greeting.
    TlsHello,
    /// A request.
    Http(HttpCheck),
    /// Something else, as written.
    Other(String),
}

/// A request of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpCheck {
    /// Method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) uri: String,
    /// `HTTP/1.0` …
    pub(crate) version: String,
    /// Headers.
    pub(crate) headers: Vec<(String, String)>,
    /// What has to come back.
    pub(crate) expect: Expect,
    /// Overrides of `http-check connect`.
    pub(crate) connect: Option<CheckConnect>,
}

/// `http-check connect` or `tcp-check connect`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CheckConnect {
    /// Port.
    pub(crate) port: Option<u16>,
    /// TLS.
    pub(crate) tls: bool,
    /// Name in the handshake.
    pub(crate) sni: Option<String>,
    /// The PROXY protocol.
    pub(crate) send_proxy: bool,
}

/// What has to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    /// 200 to 399.
    Usual,
    /// One of these.
    Status {
        /// As numbers.
        ranges: Vec<RangeInclusive<u16>>,
        /// `!`: any other.
        negated: bool,
    },
    /// A text in the body.
    Text {
        /// Which.
        text: String,
        /// `!`: not in it.
        negated: bool,
    },
    /// Something else, as written.
    Other(String),
}

impl Expect {
    /// Whether an answer satisfies it; `None` where that cannot be told here.
    pub(crate) fn holds(&self, status: u16, body: &[u8]) -> Option<bool> {
        match self {
            Self::Usual => Some((200..400).contains(&status)),
            Self::Status { ranges, negated } => Some(ranges.iter().any(|range| range.contains(&status)) != *negated),
            Self::Text { text, negated } => Some(memchr::memmem::find(body, text.as_bytes()).is_some() != *negated),
            Self::Other(_) => None,
        }
    }
}

impl std::fmt::Display for Expect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usual => f.write_str("a status from 200 to 399"),
            Self::Status { ranges, negated } => {
                let words: Vec<String> = ranges
                    .iter()
                    .map(|range| {
                        if range.start() == range.end() {
                            range.start().to_string()
                        } else {
                            format!("{}-{}", range.start(), range.end())
                        }
                    })
                    .collect();
                write!(f, "{}status {}", if *negated { "any but " } else { "" }, words.join(","))
            }
            Self::Text { text, negated } => write!(f, "{}the text {text:?}", if *negated { "not " } else { "" }),
            Self::Other(written) => f.write_str(written),
        }
    }
}

impl CheckPlan {
    /// The plan of a backend.
    pub(super) fn of(proxy: &Proxy<'_>) -> Self {
        if let Some(line) = proxy.option("httpchk") {
            return Self { asks: CheckAsks::Http(http(proxy, line)), place: Some(line.place.clone()) };
        }
        if let Some(line) = proxy.option("ssl-hello-chk") {
            return Self { asks: CheckAsks::TlsHello, place: Some(line.place.clone()) };
        }
        for name in [
            "tcp-check",
            "smtpchk",
            "mysql-check",
            "pgsql-check",
            "redis-check",
            "ldap-check",
            "spop-check",
            "external-check",
        ] {
            let Some(line) = proxy.option(name) else { continue };
            let steps = proxy.nearest("tcp-check");
            let only_connects = name == "tcp-check" && steps.iter().all(|step| step.word(1) == "connect");
            let asks = if only_connects { CheckAsks::Connection } else { CheckAsks::Other(line.words.join(" ")) };
            return Self { asks, place: Some(line.place.clone()) };
        }
        Self { asks: CheckAsks::Connection, place: None }
    }
}

fn http(proxy: &Proxy<'_>, option: &Line) -> HttpCheck {
    let words = option.from(2);
    let mut check = HttpCheck {
        method: "OPTIONS".to_owned(),
        uri: "/".to_owned(),
        version: "HTTP/1.0".to_owned(),
        headers: Vec::new(),
        expect: Expect::Usual,
        connect: None,
    };
    match words {
        [] => {}
        [uri] => check.uri.clone_from(uri),
        [method, uri, rest @ ..] => {
            check.method.clone_from(method);
            check.uri.clone_from(uri);
            if let Some(version) = rest.first() {
                take_version(&mut check, version);
            }
        }
    }
    for line in proxy.nearest("http-check") {
        match line.word(1) {
            "send" => take_send(&mut check, line.from(2)),
            "expect" => check.expect = expect(line.from(2)),
            "connect" => check.connect = Some(connect(line.from(2))),
            _ => {}
        }
    }
    check
}

/// `HTTP/1.1`, and the old way to send headers after it: `HTTP/1.1\r\nHost:\ www`.
fn take_version(check: &mut HttpCheck, written: &str) {
    let mut lines = written.split("\r\n");
    lines.next().unwrap_or_default().clone_into(&mut check.version);
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            check.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

fn take_send(check: &mut HttpCheck, words: &[String]) {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let value = after.first().cloned().unwrap_or_default();
        let mut used = 1;
        match word.as_str() {
            "meth" => check.method = value,
            "uri" | "uri-lf" => check.uri = value,
            "ver" => check.version = value,
            "hdr" => {
                check.headers.push((value, after.get(1).cloned().unwrap_or_default()));
                used = 2;
            }
            "body" | "body-lf" | "comment" => {}
            _ => used = 0,
        }
        rest = after.get(used..).unwrap_or_default();
    }
}

fn connect(words: &[String]) -> CheckConnect {
    let mut connect = CheckConnect::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "port" => connect.port = words.next().and_then(|port| port.parse().ok()),
            "sni" => connect.sni = words.next().cloned(),
            "ssl" => connect.tls = true,
            "send-proxy" => connect.send_proxy = true,
            _ => {}
        }
    }
    connect
}

fn expect(words: &[String]) -> Expect {
    let mut rest = words;
    // Options with a value of their own come first.
    while let [word, _, after @ ..] = rest
        && matches!(
            word.as_str(),
            "min-recv"
                | "comment"
                | "ok-status"
                | "error-status"
                | "tout-status"
                | "on-success"
                | "on-error"
                | "status-code"
        )
    {
        rest = after;
    }
    let (negated, rest) = match rest {
        [mark, after @ ..] if mark == "!" => (true, after),
        _ => (false, rest),
    };
    match rest {
        [word, value, ..] if word == "status" => {
            let ranges: Option<Vec<RangeInclusive<u16>>> = value.split(',').map(range).collect();
            ranges.map_or_else(|| Expect::Other(words.join(" ")), |ranges| Expect::Status { ranges, negated })
        }
        [word, value, ..] if word == "string" => Expect::Text { text: value.clone(), negated },
        _ => Expect::Other(words.join(" ")),
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    match text.split_once('-') {
        Some((first, last)) => Some(first.parse().ok()?..=last.parse().ok()?),
        None => {
            let status = text.parse().ok()?;
            Some(status..=status)
        }
    }
}
