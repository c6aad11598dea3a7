//! What a typed URL must look like before any name is looked up.
//!
//! The rule that catches most disguises is the round trip: the parser's host and port must be the typed
//! ones. So an address in decimal, octal or hex, with too few parts, padded or uncompressed, is refused
//! instead of being silently read as `127.0.0.1`.

use super::policy::Policy;
use super::refusal::{Refusal, UrlFlaw};
use url::{Host, Url};

/// Longer URLs are refused.
pub(super) const MAX_URL: usize = 2_048;

/// Names beneath these are never of the public DNS.
const LOCAL_SUFFIXES: &[&str] = &["local", "localhost", "localdomain", "internal", "lan", "home.arpa"];

/// Judges the text; the URL if it may be asked as far as its text goes.
pub(super) fn check_url(policy: &Policy, typed: &str) -> Result<Url, Refusal> {
    if typed.len() > MAX_URL {
        return Err(Refusal::Url(UrlFlaw::TooLong));
    }
    if typed.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Refusal::Url(UrlFlaw::BadCharacter));
    }
    let rest = strip_scheme(typed).ok_or(Refusal::Url(UrlFlaw::Scheme))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || !authority.is_ascii() || authority.contains(['@', '%']) {
        return Err(Refusal::Url(UrlFlaw::Authority));
    }
    let url = Url::parse(typed).map_err(|_| Refusal::Url(UrlFlaw::Syntax))?;
    if url.port() == Some(0) {
        return Err(Refusal::Url(UrlFlaw::PortZero));
    }
    if !survives(&url, authority) {
        return Err(Refusal::Url(UrlFlaw::Unusual));
    }
    if let Some(Host::Domain(name)) = url.host() {
        check_name(name).map_err(Refusal::Url)?;
        if is_local(name) && !policy.knows_name(name) {
            return Err(Refusal::LocalName { name: super::policy::plain_name(name) });
        }
    }
    Ok(url)
}

fn strip_scheme(typed: &str) -> Option<&str> {
    ["http://", "https://"].into_iter().find_map(|scheme| {
        typed.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &typed[scheme.len()..])
    })
}

/// The parser's authority is the typed one, case and default port aside.
fn survives(url: &Url, typed: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let Some((start, rest)) = typed.split_at_checked(host.len()) else { return false };
    if !start.eq_ignore_ascii_case(host) {
        return false;
    }
    match url.port_or_known_default() {
        _ if rest.is_empty() => url.port().is_none(),
        Some(port) => rest.strip_prefix(':').is_some_and(|written| written == port.to_string()),
        None => false,
    }
}

/// Labels of 1 to 63 letters, digits, `-` and `_`, none starting or ending with a hyphen, the last one
/// starting with a letter, 253 bytes in all; a final dot is fine.
pub(super) fn check_name(name: &str) -> Result<(), UrlFlaw> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label_is_fine = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let fine = name.len() <= 253
        && name.split('.').all(label_is_fine)
        && last.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if fine { Ok(()) } else { Err(UrlFlaw::Name) }
}

fn is_local(name: &str) -> bool {
    let name = super::policy::plain_name(name);
    let beneath = |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_SUFFIXES.iter().any(|suffix| beneath(suffix))
}
