//! The security headers of every answer, by class.
//!
//! Public answers are cached and therefore carry no nonce; admin pages carry one and are never stored.

use super::assets;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A public page: own scripts and styles by address only, but for the one style sheet that a page may carry.
    Public,
    /// Public data that other sites may read: feeds and the status API.
    Data,
    /// A page that other sites may show in a frame.
    Embed,
    /// An embedded file or an icon.
    File,
    /// An admin page or an answer for admins.
    Admin,
}

/// How long caches may keep the public page: five seconds fresh, longer only while we are slow or away.
pub(super) const CACHE_PUBLIC: HeaderValue =
    HeaderValue::from_static("public, max-age=5, stale-while-revalidate=30, stale-if-error=300");
/// For answers that belong to one person or one moment.
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// For files whose address holds their hash.
pub(super) const CACHE_FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
static COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

const NOTHING_ELSE: &str = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// The content security policy of a class. Admin pages need their own with the page's nonce, see [`csp_admin`].
fn csp(class: Class, https: bool) -> HeaderValue {
    let text = match (class, https) {
        (Class::Public, false) => concat_policy(false),
        (Class::Public, true) => concat_policy(true),
        (Class::Data | Class::File, _) => {
            return HeaderValue::from_static(
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
            );
        }
        (Class::Embed, _) => {
            // Nothing in it acts, so that nobody can be led to click on something hidden.
            return HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *",
            );
        }
        (Class::Admin, _) => {
            return HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
        }
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn concat_policy(https: bool) -> String {
    let upgrade = if https { "; upgrade-insecure-requests" } else { "" };
    let style = assets::style_source();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' {style}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; {NOTHING_ELSE}{upgrade}"
    )
}

/// The content security policy of an admin page with its nonce.
pub(super) fn csp_admin(nonce: &str, https: bool) -> HeaderValue {
    let upgrade = if https { "; upgrade-insecure-requests" } else { "" };
    let text = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; {NOTHING_ELSE}{upgrade}"
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// All security headers of a class, without a cache policy.
pub(super) fn security(class: Class, https: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::CONTENT_SECURITY_POLICY, csp(class, https));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Leptos sends a form's errors back to the page it came from, so that this must not be `no-referrer`.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(&COOP, HeaderValue::from_static("same-origin"));
    let who_may_embed = if matches!(class, Class::Data | Class::Embed) { "cross-origin" } else { "same-origin" };
    headers.insert(&CORP, HeaderValue::from_static(who_may_embed));
    headers.insert(
        &PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    if class == Class::Data {
        // The status API is made to be read by other pages; it needs no cookie and varies with none.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers
}

/// Completes an answer: what the handler set stays, what it left out is added, and what says too much goes.
pub(super) fn complete(headers: &mut HeaderMap, class: Class, https: bool) {
    for (name, value) in &security(class, https) {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(class: Class, https: bool) -> String {
        security(class, https)[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn cacheable_answers_carry_no_nonce_and_nothing_inline() {
        for class in [Class::Public, Class::Data, Class::File] {
            assert!(!policy(class, true).contains("nonce-"));
        }
        assert!(!policy(Class::Public, true).contains("unsafe"));
    }

    #[test]
    fn transport_security_only_where_https_is_configured() {
        assert!(!security(Class::Public, false).contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(security(Class::Public, true).contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(policy(Class::Public, true).contains("upgrade-insecure-requests"));
        assert!(!policy(Class::Public, false).contains("upgrade-insecure-requests"));
        assert!(csp_admin("n", true).to_str().unwrap().contains("upgrade-insecure-requests"));
        assert!(!csp_admin("n", false).to_str().unwrap().contains("upgrade-insecure-requests"));
    }

    #[test]
    fn what_a_handler_set_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, CACHE_PUBLIC);
        complete(&mut headers, Class::Public, false);
        assert_eq!(headers[header::CACHE_CONTROL], CACHE_PUBLIC);
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
