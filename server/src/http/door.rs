//! What every request passes, in order, whatever it asks for.
//!
//! 1. A page that stands ready in memory, asked for under its one name, is answered at once.
//! 2. Method, path, host, origin and kind of body are judged ([`super::guard`]).
//! 3. The body is read whole, within its size and time, so that no handler waits for a client.
//! 4. The router answers, within its time; a panic is a 500 with a reference.
//! 5. The answer gets its security headers, and a page where it is a bare error.

use super::answer;
use super::guard::{self, Refusal};
use super::headers::{self, Class};
use super::origins::Origins;
use super::published::Place;
use super::site::Site;
use super::timed::{Answering, Busy};
use axum::Router;
use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::ServiceExt as _;

/// Who asks, as an extension of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client(pub(super) IpAddr);

/// One connection's way in.
#[derive(Debug, Clone)]
pub(super) struct Door {
    site: Arc<Site>,
    router: Router,
    peer: SocketAddr,
    busy: Busy,
}

impl Door {
    /// For the connection of `peer`.
    pub(super) fn new(site: Arc<Site>, router: Router, peer: SocketAddr, busy: Busy) -> Self {
        Self { site, router, peer, busy }
    }

    /// The standing document that is asked for, if this is a plain request for one.
    fn standing(&self, request: &Request<Incoming>) -> Option<Place> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let place = Place::of(request.uri().path())?;
        let host = Origins::host_of(request.uri(), request.headers())?;
        self.site.origins().allows(host).then_some(place)
    }
}

impl hyper::service::Service<Request<Incoming>> for Door {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let standing = self.standing(&request);
        if let Some(response) = standing.and_then(|place| self.site.published().at_once(place, request.headers())) {
            return Answer::Ready(Some(response));
        }
        let answering = self.busy.start();
        let (site, router, peer) = (self.site.clone(), self.router.clone(), self.peer);
        if let Some(place) = standing {
            return Answer::Made(Box::pin(async move {
                let _answering = answering;
                let made = site.standing(place, request.headers()).await;
                finished(&site, request.uri().path(), made)
            }));
        }
        Answer::Made(Box::pin(async move { hold(answer(site, router, peer, request).await, answering) }))
    }
}

/// An answer that stands ready, or one that is being made.
pub(super) enum Answer {
    /// Ready; `None` once taken.
    Ready(Option<Response<Body>>),
    /// Being made.
    Made(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

impl Future for Answer {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(response) => Poll::Ready(Ok(response.take().unwrap_or_default())),
            Self::Made(making) => making.as_mut().poll(cx).map(Ok),
        }
    }
}

/// A stream keeps its connection busy until it ends; other answers are done when they are made.
fn hold(response: Response<Body>, answering: Answering) -> Response<Body> {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |frame| {
            let _still = &answering;
            frame
        }))
    })
}

async fn answer(site: Arc<Site>, router: Router, peer: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let made = match judge(&site, peer.ip(), request).await {
        Ok(request) => route(&site, router, request).await,
        Err(refusal) => answer::error(refusal.status, Some(refusal.why.to_owned())),
    };
    finished(&site, &path, made)
}

/// The answer with a page where it is an error, and with every header that it lacks.
fn finished(site: &Site, path: &str, made: Response<Body>) -> Response<Body> {
    let mut response = answer::dress(site, path, made);
    let class = response.extensions().get::<Class>().copied().unwrap_or(Class::Admin);
    headers::complete(response.headers_mut(), class, site.origins().https());
    response
}

/// Rules 2 and 3: a request that handlers may see.
async fn judge(site: &Site, peer: IpAddr, request: Request<Incoming>) -> Result<Request<Body>, Refusal> {
    let refusal = |status, why| Refusal { status, why };
    let path = request.uri().path();
    if !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS
    ) {
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, "This method is not answered here."));
    }
    let origins = site.origins();
    let is_health = matches!(path, "/healthz" | "/readyz");
    let host = Origins::host_of(request.uri(), request.headers()).unwrap_or_default();
    if !is_health && !origins.allows(host) {
        return Err(refusal(
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer for that host. Name it in [server] public_url or hosts.",
        ));
    }
    if !guard::is_plain_path(path) {
        return Err(refusal(StatusCode::NOT_FOUND, "There is no such page."));
    }
    guard::csrf(request.method(), request.headers(), host, origins.https())?;
    guard::content_type(request.method(), request.headers())?;
    let client = Client(origins.client(peer, request.headers()));
    let limit = guard::body_limit(path);
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(client);
    // Nothing but a form has a body that we read.
    let body = if parts.method == Method::POST { whole(body, limit, site.limits().body).await? } else { Bytes::new() };
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The whole body, within `limit` bytes and `deadline`.
async fn whole(body: Incoming, limit: usize, deadline: std::time::Duration) -> Result<Bytes, Refusal> {
    let refusal = |status, why| Refusal { status, why };
    let too_large = refusal(StatusCode::PAYLOAD_TOO_LARGE, "That is larger than this form may be.");
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large);
    }
    match tokio::time::timeout(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) => Err(refusal(StatusCode::BAD_REQUEST, "The request's body broke off.")),
        Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "The request's body did not come in time.")),
    }
}

/// Rule 4. What changes something is carried through even if the client leaves meanwhile.
async fn route(site: &Arc<Site>, router: Router, request: Request<Body>) -> Response<Body> {
    let changes = request.method() == Method::POST;
    let deadline = site.limits().handler;
    let work = AssertUnwindSafe(async move {
        // A router without state never fails.
        let answered = tokio::time::timeout(deadline, router.oneshot(request)).await;
        answered.map(|answered| answered.unwrap_or_else(|never| match never {}))
    })
    .catch_unwind();
    let outcome = if changes { site.app().tracker.spawn(work).await } else { Ok(work.await) };
    match outcome {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(_))) => answer::failed("answering a request in time", "the deadline passed"),
        Ok(Err(panic)) => answer::failed("answering a request", panic_text(&*panic)),
        Err(cancelled) => answer::failed("answering a request", cancelled),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// The header that says who may see an answer is decided by its router; others default to the strictest.
pub(super) fn classed(class: Class, mut response: Response<Body>) -> Response<Body> {
    if response.extensions().get::<Class>().is_none() {
        response.extensions_mut().insert(class);
    }
    if class == Class::Admin {
        response.headers_mut().insert(header::CACHE_CONTROL, headers::NO_STORE);
    }
    response
}
