//! The session cookie: its name, how it is found, and what it looks like.

use app::backend::SessionKey;
use http::{HeaderMap, header};

/// Name of the cookie where browsers reach us by https: the prefix makes them refuse it over anything else.
pub(super) const SECURE_COOKIE: &str = "__Host-gatewatch";
/// Name of the cookie where they do not.
pub(super) const PLAIN_COOKIE: &str = "gatewatch";

/// The cookie's name.
pub(super) const fn cookie_name(https: bool) -> &'static str {
    if https { SECURE_COOKIE } else { PLAIN_COOKIE }
}

/// The session token of a request; empty for guests. Of two cookies of our name neither counts,
/// because one of them was planted.
pub(super) fn session_key(headers: &HeaderMap, https: bool) -> SessionKey {
    let name = cookie_name(https);
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) if is_token(value) => SessionKey::new(value.to_owned()),
        _ => SessionKey::default(),
    }
}

/// Whether the request carries any cookie of ours, valid or not.
pub(super) fn has_session_cookie(headers: &HeaderMap) -> bool {
    headers.contains_key(header::COOKIE)
}

fn is_token(value: &str) -> bool {
    (16..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(lines: &[&str], https: bool) -> String {
        let headers: HeaderMap = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect();
        session_key(&headers, https).expose().to_owned()
    }

    #[test]
    fn finds_its_own_cookie_and_no_other() {
        let token = "abcdefghijkmnpqrstuvwxyz23456789";
        assert_eq!(key(&[&format!("a=b; gatewatch={token}; c=d")], false), token);
        assert_eq!(key(&[&format!("__Host-gatewatch={token}")], true), token);
        assert_eq!(key(&[&format!("gatewatch={token}")], true), "");
        assert_eq!(key(&[], false), "");
        assert_eq!(key(&["gatewatch=short"], false), "");
        assert_eq!(key(&["gatewatch=has spaces and <markup> in it"], false), "");
    }

    #[test]
    fn of_two_cookies_neither_counts() {
        let token = "abcdefghijkmnpqrstuvwxyz23456789";
        assert_eq!(key(&[&format!("gatewatch={token}; gatewatch={token}")], false), "");
        assert_eq!(key(&[&format!("gatewatch={token}"), "gatewatch=abcdefghijkmnpqrst"], false), "");
    }
}
