//! Answers that are no page of their own: errors, redirects, refusals of load.

use super::headers::{self, Class};
use super::site::Site;
use app::words::Words;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{HeaderValue, Response, StatusCode, header};

/// Why a request was answered with an error, for the page that says so.
#[derive(Debug, Clone, Default)]
enum Why {
    /// The status says it all.
    #[default]
    Status,
    /// A sentence for admins and for programs, in English.
    Plain(String),
    /// A message for visitors, by its key.
    Said(&'static str),
    /// Something of ours failed, and this is written in the log.
    Failed(String),
}

impl Why {
    fn told(self, words: Words) -> Option<String> {
        match self {
            Self::Status => None,
            Self::Plain(text) => Some(text),
            Self::Said(key) => Some(words.say(key).to_owned()),
            Self::Failed(reference) => Some(words.tell("error-reference", [("reference", reference.into())])),
        }
    }
}

/// An answer with a status and perhaps a sentence; [`dress`] makes a page of it.
pub(super) fn error(status: StatusCode, why: Option<String>) -> Response<Body> {
    with(status, why.map_or(Why::Status, Why::Plain))
}

/// The same with a message of the catalogue.
pub(super) fn said(status: StatusCode, key: &'static str) -> Response<Body> {
    with(status, Why::Said(key))
}

fn with(status: StatusCode, why: Why) -> Response<Body> {
    let mut response = status.into_response();
    response.extensions_mut().insert(why);
    response
}

/// The one answer for whatever is missing, private or withdrawn.
pub(super) fn not_found() -> Response<Body> {
    error(StatusCode::NOT_FOUND, None)
}

/// Too much is under way; the wait is spread, so that not all come back at once.
pub(super) fn overloaded() -> Response<Body> {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, None);
    let mut random = [0; 1];
    let _ = getrandom::fill(&mut random);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(2 + u16::from(random[0] % 7)));
    response
}

/// Something of ours failed: logged once, and the reference is all that is shown.
pub(super) fn failed(what: &str, error: impl std::fmt::Display) -> Response<Body> {
    let reference = crate::ids::random_text(8).unwrap_or_else(|_| "none".to_owned());
    tracing::error!(reference, %error, "{what} failed");
    with(StatusCode::INTERNAL_SERVER_ERROR, Why::Failed(reference))
}

/// Go there with GET. Only for targets that [`super::guard`] knows as ours.
pub(super) fn see_other(target: &str) -> Response<Body> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let target = HeaderValue::try_from(target).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, target);
    response
}

/// Gives an error without content a page (or JSON where data was asked for) in the site's looks.
pub(super) fn dress(site: &Site, path: &str, mut response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let bare = (status.is_client_error() || status.is_server_error())
        && !response.headers().contains_key(header::CONTENT_TYPE);
    if !bare {
        return response;
    }
    let why = response.extensions_mut().remove::<Why>().unwrap_or_default();
    let (text, content_type) = if is_data(path) {
        let why = why.told(Words::default()).unwrap_or_else(|| status.canonical_reason().unwrap_or("error").to_owned());
        (serde_json::json!({ "error": why }).to_string(), "application/json; charset=utf-8")
    } else {
        let published = site.published();
        let page = published.page(path);
        let why = why.told(page.words());
        (app::render::error_page(&page, status.as_u16(), why.as_deref()), "text/html; charset=utf-8")
    };
    let fields = response.headers_mut();
    fields.remove(header::CONTENT_LENGTH);
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    fields.insert(header::CACHE_CONTROL, headers::NO_STORE);
    *response.body_mut() = Body::from(text);
    // The page of an error is a public page, whoever asked: it has neither nonce nor anything private.
    if !is_data(path) {
        response.extensions_mut().insert(Class::Public);
    }
    response
}

fn is_data(path: &str) -> bool {
    path.starts_with("/api/") || std::path::Path::new(path).extension().is_some_and(|extension| extension == "json")
}
