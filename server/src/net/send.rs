//! The request's bytes. Everything that a caller can set is checked here, so that no value can add a line.

use super::head::is_token_byte;
use super::types::{Request, RequestProblem, Sni};
use crate::netguard::Place;
use std::fmt::Write as _;
use url::Position;

/// What `User-Agent` says.
pub const USER_AGENT: &str = concat!("gatewatch-probe/", env!("CARGO_PKG_VERSION"));

/// Our own, because they frame the message, and those that only a cloud's metadata service asks for.
const FORBIDDEN: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "metadata",
    "metadata-flavor",
    "x-metadata-token",
    "x-aws-ec2-metadata-token",
    "x-aws-ec2-metadata-token-ttl-seconds",
];

/// Ours unless the caller sets another.
const DEFAULTS: &[(&str, &str)] =
    &[("User-Agent", USER_AGENT), ("Accept", "*/*"), ("Accept-Encoding", "identity"), ("Connection", "close")];

impl Request {
    /// Whether this can be sent; for telling an admin at once what is wrong with what was typed.
    pub fn check(&self) -> Result<(), RequestProblem> {
        if !matches!(self.url.scheme(), "http" | "https") || Place::of(&self.url).is_none() {
            return Err(RequestProblem::Url);
        }
        if self.method.is_empty() || self.method.len() > 32 || !self.method.bytes().all(is_token_byte) {
            return Err(RequestProblem::Method);
        }
        for (index, (name, value)) in self.headers.iter().enumerate() {
            if name.is_empty() || !name.bytes().all(is_token_byte) {
                return Err(RequestProblem::HeaderName(index + 1));
            }
            if value.chars().any(|c| c.is_control() && c != '\t') {
                return Err(RequestProblem::HeaderValue(name.clone()));
            }
            if FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
                return Err(RequestProblem::Forbidden(name.clone()));
            }
        }
        if self.host.as_deref().is_some_and(|host| !is_host(host)) {
            return Err(RequestProblem::Host);
        }
        match &self.sni {
            Sni::Name(name) if !is_host(name) || name.contains(':') => Err(RequestProblem::ServerName),
            _ => Ok(()),
        }
    }

    /// The `Host` to send.
    pub(crate) fn host_header(&self) -> String {
        match (&self.host, self.url.host_str(), self.url.port()) {
            (Some(host), _, _) => host.clone(),
            (None, Some(host), Some(port)) => format!("{host}:{port}"),
            (None, host, _) => host.unwrap_or_default().to_owned(),
        }
    }

    /// The request's head, after [`Self::check`].
    pub(super) fn head(&self) -> Vec<u8> {
        let mut head = String::with_capacity(256);
        let query = self.url.query().map_or_else(String::new, |query| format!("?{query}"));
        // A proxy that speaks plain HTTP is told the whole address; a tunnel through it is another matter.
        let proxy = self.proxy.as_ref().filter(|_| self.url.scheme() == "http");
        let origin = if proxy.is_some() { &self.url[..Position::BeforePath] } else { "" };
        let host = self.host_header();
        head.extend([&self.method, " ", origin, self.url.path(), &query, " HTTP/1.1\r\nHost: ", &host, "\r\n"]);
        if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.as_deref()) {
            head.extend(["Proxy-Authorization: ", authorization, "\r\n"]);
        }
        let ours = DEFAULTS.iter().filter(|(name, _)| !self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)));
        let theirs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in ours.copied().chain(theirs) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let size = if self.body.is_empty() { self.body_size } else { self.body.len() as u64 };
        if size > 0 {
            // Writing to a string cannot fail.
            let _ = write!(head, "Content-Length: {size}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// A name or an address, with or without a port; IPv6 in brackets.
fn is_host(host: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    !host.is_empty() && host.len() <= 260 && host.bytes().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::get("http://site.test:8080/a%20b?c=d#e".parse().unwrap());
        request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        request
    }

    #[test]
    fn a_request_is_written_as_http_wants_it() {
        let mut request = request(&[("X-Request-Id", "r1"), ("accept", "text/html")]);
        request.body_size = 3;
        let head = String::from_utf8(request.head()).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            head,
            format!(
                "GET /a%20b?c=d HTTP/1.1\r\nHost: site.test:8080\r\nUser-Agent: gatewatch-probe/{version}\r\n\
                 Accept-Encoding: identity\r\nConnection: close\r\nX-Request-Id: r1\r\naccept: text/html\r\n\
                 Content-Length: 3\r\n\r\n"
            )
        );
    }

    #[test]
    fn nothing_a_caller_sets_can_add_a_line_or_reframe() {
        for (name, value, problem) in [
            ("X-A", "b\r\nX-C: d", RequestProblem::HeaderValue("X-A".to_owned())),
            ("X-A\r\nB", "c", RequestProblem::HeaderName(1)),
            ("", "c", RequestProblem::HeaderName(1)),
            ("Host", "other", RequestProblem::Forbidden("Host".to_owned())),
            ("transfer-encoding", "chunked", RequestProblem::Forbidden("transfer-encoding".to_owned())),
            ("Metadata-Flavor", "Google", RequestProblem::Forbidden("Metadata-Flavor".to_owned())),
        ] {
            assert_eq!(request(&[(name, value)]).check(), Err(problem), "{name:?}");
        }
        let with = |change: fn(&mut Request)| {
            let mut request = request(&[]);
            change(&mut request);
            request.check()
        };
        assert_eq!(with(|r| r.method = "GET /x HTTP/1.1\r\n".to_owned()), Err(RequestProblem::Method));
        assert_eq!(with(|r| r.host = Some("a\r\nb: c".to_owned())), Err(RequestProblem::Host));
        assert_eq!(with(|r| r.sni = Sni::Name("a b".to_owned())), Err(RequestProblem::ServerName));
        assert_eq!(with(|r| r.url = "ftp://x/".parse().unwrap()), Err(RequestProblem::Url));
        assert_eq!(with(|r| r.method = "PURGE".to_owned()), Ok(()));
    }
}
