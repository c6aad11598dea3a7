//! Which headers of an answer say who answered and how; all others are left out.

use super::clean;
use super::redact::{Opaque, redact};

/// Headers that are kept, in small letters.
const CHOSEN: &[&str] = &[
    "age",
    "alt-svc",
    "cache-control",
    "cache-status",
    "cf-cache-status",
    "cf-mitigated",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "grpc-message",
    "grpc-status",
    "keep-alive",
    "location",
    "proxy-authenticate",
    "proxy-status",
    "retry-after",
    "server",
    "server-timing",
    "set-cookie",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "www-authenticate",
    "x-amzn-errortype",
    "x-backend",
    "x-cache",
    "x-cache-hits",
    "x-envoy-upstream-service-time",
    "x-powered-by",
    "x-served-by",
    "x-timer",
];

/// Headers that name a request to whoever runs the gateway; long and opaque, and no secret.
const NAMES: &[&str] = &[
    "cf-ray",
    "fly-request-id",
    "traceparent",
    "x-amz-apigw-id",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-azure-ref",
    "x-b3-traceid",
    "x-correlation-id",
    "x-request-id",
    "x-trace-id",
    "x-varnish",
    "x-vercel-id",
];

/// Headers that are kept of one answer, and bytes of one value.
const MOST: usize = 24;
const MAX_VALUE: usize = 240;

fn is_one_of(list: &[&str], name: &str) -> bool {
    list.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The headers that are held, their values cut.
pub(super) fn chosen(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    headers.retain(|(name, _)| is_one_of(CHOSEN, name) || is_one_of(NAMES, name));
    headers.truncate(MOST);
    for (_, value) in &mut headers {
        value.truncate(value.floor_char_boundary(MAX_VALUE));
        // What is dropped from the end must not stay in memory for it.
        value.shrink_to_fit();
    }
    headers
}

/// The same as they may be read.
pub(super) fn readable(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let shown = |(name, value): (String, String)| {
        let value = clean::line(&value, MAX_VALUE);
        let value = if name.eq_ignore_ascii_case("set-cookie") {
            cookie(&value)
        } else if name.eq_ignore_ascii_case("www-authenticate") || name.eq_ignore_ascii_case("proxy-authenticate") {
            challenge(&value)
        } else {
            let opaque = if is_one_of(NAMES, &name) { Opaque::Stays } else { Opaque::Goes };
            redact(&value, opaque)
        };
        (clean::line(&name, 64), clean::shortened(value, MAX_VALUE))
    };
    headers.into_iter().map(shown).collect()
}

/// A cookie's name and attributes without its value.
fn cookie(value: &str) -> String {
    let (pair, attributes) = value.split_once(';').map_or((value, None), |(pair, rest)| (pair, Some(rest)));
    let name = pair.split_once('=').map_or("", |(name, _)| name.trim());
    let known = ["secure", "httponly", "samesite", "path", "max-age", "expires", "partitioned"];
    let attributes = attributes.into_iter().flat_map(|rest| rest.split(';')).map(str::trim);
    let attributes = attributes.filter(|one| is_one_of(&known, one.split('=').next().unwrap_or_default()));
    let pair = format!("{name}={}", super::redact::GONE);
    let parts: Vec<&str> = std::iter::once(pair.as_str()).chain(attributes).collect();
    redact(&parts.join("; "), Opaque::Goes)
}

/// The scheme that is asked for; what follows may hold a nonce.
fn challenge(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} {}", super::redact::GONE),
        None => redact(value, Opaque::Goes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, value: &str) -> Option<String> {
        let headers = chosen(vec![(name.to_owned(), value.to_owned())]);
        readable(headers).into_iter().next().map(|(_, value)| value)
    }

    #[test]
    fn who_answered_stays_and_what_is_secret_goes() {
        assert_eq!(shown("Server", "nginx/1.22.1").as_deref(), Some("nginx/1.22.1"));
        assert_eq!(
            shown("Set-Cookie", "sid=abc123; Path=/a; HttpOnly; Domain=x").as_deref(),
            Some("sid=…; Path=/a; HttpOnly")
        );
        assert_eq!(shown("set-cookie", "rubbish").as_deref(), Some("=…"));
        assert_eq!(shown("WWW-Authenticate", "Digest realm=\"x\", nonce=\"abc\"").as_deref(), Some("Digest …"));
        assert_eq!(
            shown("Location", "https://u:p@a.example/x?code=12&state=ab#t").as_deref(),
            Some("https://…@a.example/x?code=…&state=…#t")
        );
        let id = "8a3f2c9d1b8a3f2c9d1b8a3f2c9d1b8a3f2c9d1b";
        assert_eq!(shown("X-Request-Id", id).as_deref(), Some(id), "by which the gateway's people find it");
        assert_eq!(shown("X-Served-By", id).as_deref(), Some("…"));
        for other in ["Authorization", "X-Api-Key", "X-Session", "Content-Security-Policy", "X-User"] {
            assert_eq!(shown(other, "anything"), None, "{other}");
        }
    }

    #[test]
    fn many_and_long_ones_are_cut() {
        let many = (0..100).map(|_| ("Via".to_owned(), "x".repeat(9_000))).collect();
        let held = chosen(many);
        assert_eq!((held.len(), held[0].1.len()), (MOST, MAX_VALUE));
    }
}
