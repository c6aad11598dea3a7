//! Rules that every request passes before a handler sees it. Pure: request in, verdict out.

use super::limits::{MAX_BODY_BYTES, MAX_NOTE_BYTES, MAX_PASTE_BYTES};
use super::session;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request goes no further: the status and a sentence for whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The answer's status.
    pub(super) status: StatusCode,
    /// What is wrong, for people.
    pub(super) why: &'static str,
}

const fn refuse(status: StatusCode, why: &'static str) -> Result<(), Refusal> {
    Err(Refusal { status, why })
}

/// Whether a path is written the one way in which we write ours. None of our addresses needs an escape,
/// a dot segment or an empty one, so that whoever sends one tries to be read differently by two readers.
pub(super) fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    path.starts_with('/')
        && path.bytes().all(plain)
        && (path == "/" || path[1..].split('/').all(|segment| !segment.is_empty() && !is_dots(segment)))
}

fn is_dots(segment: &str) -> bool {
    segment.bytes().all(|byte| byte == b'.')
}

/// Whether a request that may change something comes from our own pages. `host` is the allowed Host.
///
/// Browsers that are recent say so themselves (Sec-Fetch-Site); older ones send the Origin; what sends
/// neither is no browser and may pass only while it carries no cookie.
pub(super) fn csrf(method: &Method, headers: &HeaderMap, host: &str, https: bool) -> Result<(), Refusal> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let cross_site = || refuse(StatusCode::FORBIDDEN, "This request came from another site and was not carried out.");
    if headers.contains_key(&SEC_FETCH_SITE) {
        let own = matches!(text(headers, &SEC_FETCH_SITE), Some("same-origin" | "none"));
        return if own { Ok(()) } else { cross_site() };
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = text(headers, &header::ORIGIN).and_then(|origin| {
            // A page that came over plain http can be anybody's on the way.
            origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://").filter(|_| !https))
        });
        return if origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host)) { Ok(()) } else { cross_site() };
    }
    if session::has_session_cookie(headers) {
        return refuse(StatusCode::FORBIDDEN, "A signed-in request must say which site it comes from.");
    }
    Ok(())
}

/// Whether the body is of a kind that our forms send.
pub(super) fn content_type(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if *method != Method::POST {
        return Ok(());
    }
    let kind = match headers.get(header::CONTENT_TYPE) {
        None => return Ok(()),
        Some(value) => value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim(),
    };
    let known = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"];
    if known.iter().any(|one| kind.eq_ignore_ascii_case(one)) && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Forms are sent as application/x-www-form-urlencoded.")
    }
}

/// How large a body may be; forms that carry a note or pasted output are larger than others.
pub(super) fn body_limit(path: &str) -> usize {
    if path == "/actions/paste" {
        return MAX_PASTE_BYTES;
    }
    let note = path.strip_prefix("/actions/").is_some_and(|name| {
        ["incident", "update", "postmortem", "draft", "preview"].iter().any(|word| name.contains(word))
    });
    if note { MAX_NOTE_BYTES } else { MAX_BODY_BYTES }
}

/// Where a redirect may lead: a path of ours, from this list, and nothing that a browser could read as
/// another site.
pub(super) fn is_own_target(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let printable = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let listed = ["/operate", "/wizard", "/sign-in"]
        .iter()
        .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        || ["/runs/", "/setup/", "/incidents/"].iter().any(|own| path.starts_with(own));
    printable && is_plain_path(path) && (path == "/" || listed)
}

/// Where a guest may be sent after signing in: the pages that ask for it, and none else.
pub(super) fn is_next_target(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    is_own_target(target)
        && (["/operate", "/wizard"]
            .iter()
            .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
            || path.starts_with("/runs/"))
}

/// A Referer or Location that may be absolute, as a path of ours, if it is one.
pub(super) fn own_path<'a>(address: &'a str, host: &str) -> Option<&'a str> {
    let path = match address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) {
        Some(rest) => {
            let end = rest.find('/')?;
            rest[..end].eq_ignore_ascii_case(host).then_some(&rest[end..])?
        }
        None => address,
    };
    is_own_target(path).then_some(path)
}

/// The value of a header that must be there once.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn one_way_to_write_a_path() {
        for path in ["/", "/operate", "/runs/abc.json", "/api/v2/incidents/unresolved.json", "/a..b/c"] {
            assert!(is_plain_path(path), "{path}");
        }
        let confusing = ["", "*", "//", "//operate", "/operate/", "/./operate", "/operate/..", "/.../x", "/operate//x"];
        let escaped = ["/%6fperate", "/operate%2f", "/operate%00", "/operate;x", "/op\\erate", "/ö", "/operate "];
        for path in confusing.into_iter().chain(escaped) {
            assert!(!is_plain_path(path), "{path}");
        }
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        const COOKIE: (&str, &str) = ("cookie", "gatewatch=x");
        let passes: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "same-origin"), COOKIE],
            &[("sec-fetch-site", "none"), COOKIE],
            &[("origin", "https://status.example.com"), COOKIE],
            &[("origin", "http://STATUS.example.com"), COOKIE],
            &[],
        ];
        let fails: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "cross-site"), COOKIE],
            &[("sec-fetch-site", "same-site"), COOKIE],
            &[("sec-fetch-site", ""), COOKIE],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://status.example.com")],
            &[("origin", "https://evil.example"), COOKIE],
            &[("origin", "https://status.example.com.evil.example")],
            &[("origin", "https://status.example.com:8443")],
            &[("origin", "null"), COOKIE],
            &[("origin", "")],
            &[COOKIE],
        ];
        for case in passes {
            assert_eq!(csrf(&Method::POST, &headers(case), "status.example.com", false), Ok(()), "{case:?}");
        }
        for case in fails {
            let refused = csrf(&Method::POST, &headers(case), "status.example.com", false);
            assert_eq!(refused.map_err(|refusal| refusal.status), Err(StatusCode::FORBIDDEN), "{case:?}");
            assert_eq!(csrf(&Method::GET, &headers(case), "status.example.com", false), Ok(()), "{case:?}");
        }
        let plain = headers(&[("origin", "http://status.example.com"), COOKIE]);
        assert!(csrf(&Method::POST, &plain, "status.example.com", true).is_err());
    }

    #[test]
    fn forms_have_one_of_three_kinds() {
        for kind in
            ["application/x-www-form-urlencoded; charset=utf-8", "multipart/form-data; boundary=x", "application/json"]
        {
            assert_eq!(content_type(&Method::POST, &headers(&[("content-type", kind)])), Ok(()), "{kind}");
        }
        for kind in ["text/plain", "application/octet-stream", "", "application/cbor"] {
            assert!(content_type(&Method::POST, &headers(&[("content-type", kind)])).is_err(), "{kind}");
        }
        let packed = headers(&[("content-type", "application/json"), ("content-encoding", "gzip")]);
        assert!(content_type(&Method::POST, &packed).is_err());
    }

    #[test]
    fn redirects_stay_at_home() {
        for target in
            ["/", "/operate", "/operate/incidents/x?draft=a", "/wizard?component=web", "/runs/abc", "/sign-in"]
        {
            assert!(is_own_target(target), "{target}");
        }
        let hostile = [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example/operate",
            "/\t/evil.example",
            "/%09/evil.example",
            "/operate@evil.example",
            "/operatex",
            "/.//evil.example",
            "/operate\r\nset-cookie: x",
            "javascript:alert(1)",
            "/operate/../..//evil.example",
            "///evil.example",
            "/wizard\u{2044}x",
            " /operate",
            "/actions/sign_in",
            "/assets/x",
            "operate",
            "@evil.example",
            "http:evil.example",
        ];
        for target in hostile {
            assert!(!is_own_target(target), "{target:?}");
        }
        for target in ["/", "/sign-in", "/incidents/x", "/setup/abc"] {
            assert!(!is_next_target(target), "{target}");
        }
        assert!(is_next_target("/wizard?component=web") && is_next_target("/runs/abc") && is_next_target("/operate"));
    }

    #[test]
    fn absolute_addresses_count_only_on_our_host() {
        assert_eq!(own_path("http://localhost:5020/operate?x=1", "localhost:5020"), Some("/operate?x=1"));
        assert_eq!(own_path("/operate", "localhost:5020"), Some("/operate"));
        for address in ["http://evil.example/operate", "http://localhost:5020.evil.example/", "http://localhost:5020"] {
            assert_eq!(own_path(address, "localhost:5020"), None, "{address}");
        }
    }
}
