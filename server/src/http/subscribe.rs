//! Subscriptions of visitors: the form, and the page behind the link of each message.
//!
//! Looking changes nothing. What changes something is a POST: of our own forms, or of a mail program that ends a
//! subscription with one click (RFC 8058), which sends neither cookie nor origin.

use super::answer;
use super::door::Client;
use super::headers;
use super::published::Published;
use super::site::Site;
use crate::auth::Network;
use crate::clock;
use crate::subscriptions::{AskError, rule};
use app::model::subscription::Typed;
use app::render;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

type Shared = State<Arc<Site>>;

/// Components that one form may name; there are no more than some hundreds.
const MOST_COMPONENTS: usize = 1000;
/// What a mail program sends to end a subscription with one click.
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");

/// The form.
pub(super) async fn form(State(site): Shared, request: HeaderMap) -> Response<Body> {
    site.published().subscribe().answer(&request)
}

/// Takes a wish. The answer is the same for every target that can be one.
pub(super) async fn ask(State(site): Shared, Extension(client): Extension<Client>, body: Bytes) -> Response<Body> {
    let published = site.published().clone();
    let offer = published.offer();
    if !offer.email {
        return answer::said(StatusCode::FORBIDDEN, "subscribe-refused-off");
    }
    let typed = typed(&body);
    let wish = rule::target(&typed, offer, &site.app().live().visitor_guard)
        .and_then(|target| Ok((target, rule::components(&typed.components, &published.snapshot().components)?)));
    let ((channel, target), components) = match wish {
        Ok(wish) => wish,
        Err(problem) => return refused(&published, &typed, StatusCode::UNPROCESSABLE_ENTITY, problem),
    };
    let network = Network::parse(&client.0.to_string());
    match site.app().subscriptions.ask(channel, target, components, network, clock::now()).await {
        Ok(()) => page(StatusCode::OK, render::subscribe_asked_page(&published.page("/subscribe"), offer)),
        Err(AskError::TooMany(wait)) => {
            let mut response = refused(&published, &typed, StatusCode::TOO_MANY_REQUESTS, "subscribe-too-often");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
            response
        }
        Err(AskError::Full) => refused(&published, &typed, StatusCode::SERVICE_UNAVAILABLE, "subscribe-full"),
        Err(error) => failed("taking a subscription", &error),
    }
}

/// The page behind a message's link.
pub(super) async fn look(State(site): Shared, Path(token): Path<String>) -> Response<Body> {
    let looked = tokio::time::timeout(site.limits().public_read, site.app().subscriptions.find(&token, clock::now()));
    match looked.await {
        Ok(Ok(subscription)) => {
            let published = site.published();
            // The link stays out of the page's own address.
            let context = published.page("/subscribe");
            let place = format!("/subscriptions/{token}");
            page(StatusCode::OK, render::subscription_page(&context, published.snapshot(), &subscription, &place))
        }
        Ok(Err(error)) => failed("reading a subscription", &error),
        Err(_) => answer::overloaded(),
    }
}

/// What the owner of a subscription wants.
pub(super) async fn act(
    State(site): Shared,
    Path(token): Path<String>,
    request: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let fields = fields(&request, &body);
    let value = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let (desk, now) = (&site.app().subscriptions, clock::now());
    let one_click = value(ONE_CLICK.0) == Some(ONE_CLICK.1);
    let act = if one_click { "end" } else { value("act").unwrap_or_default() };
    let done = match act {
        "confirm" => desk.confirm(&token, now).await,
        "save" => {
            let chosen = chosen(&fields);
            match rule::components(&chosen, &site.published().snapshot().components) {
                Ok(components) => desk.change(&token, components, now).await,
                Err(problem) => return answer::said(StatusCode::UNPROCESSABLE_ENTITY, problem),
            }
        }
        "end" => desk.end(&token, false, now).await,
        "refuse" => desk.end(&token, true, now).await,
        _ => {
            // Whoever has no right to the page does not learn what it takes.
            let found = desk.find(&token, now).await;
            return match found {
                Ok(_) => answer::error(StatusCode::UNPROCESSABLE_ENTITY, None),
                Err(error) => failed("reading a subscription", &error),
            };
        }
    };
    match done {
        Err(error) => failed("changing a subscription", &error),
        Ok(()) if matches!(act, "end" | "refuse") => {
            let context = site.published().page("/subscribe");
            page(StatusCode::OK, render::subscription_ended_page(&context, act == "refuse"))
        }
        Ok(()) => answer::see_other(&format!("/subscriptions/{token}")),
    }
}

/// A page for one person and one moment.
fn page(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, headers::NO_STORE);
    response
}

/// The form again, with what was typed and the message that says what to do.
fn refused(published: &Published, typed: &Typed, status: StatusCode, problem: &str) -> Response<Body> {
    let context = published.page("/subscribe");
    let problem = context.words().say(problem);
    page(status, render::subscribe_page(&context, published.snapshot(), published.offer(), typed, Some(problem)))
}

fn failed(what: &str, error: &AskError) -> Response<Body> {
    match error {
        AskError::NotFound => answer::not_found(),
        AskError::Busy => answer::overloaded(),
        error => answer::failed(what, error),
    }
}

fn typed(body: &[u8]) -> Typed {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let value = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    Typed {
        email: value("email").unwrap_or_default(),
        webhook: value("webhook").unwrap_or_default(),
        components: chosen(&fields),
    }
}

fn chosen(fields: &[(String, String)]) -> Vec<String> {
    let chosen = fields.iter().filter(|(field, _)| field == "component").map(|(_, value)| value.clone());
    chosen.take(MOST_COMPONENTS).collect()
}

/// The fields of a form; of one in parts, which some mail programs send, only what they have to send.
fn fields(request: &HeaderMap, body: &[u8]) -> Vec<(String, String)> {
    let kind = request.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.get(..19).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
        return url::form_urlencoded::parse(body).into_owned().collect();
    }
    let text = String::from_utf8_lossy(body);
    let named = format!("name=\"{}\"", ONE_CLICK.0);
    let said = text.split_once(named.as_str()).and_then(|(_, rest)| rest.split_once("\r\n\r\n"));
    let one_click = said.is_some_and(|(_, rest)| rest.starts_with(ONE_CLICK.1));
    if one_click { vec![(ONE_CLICK.0.to_owned(), ONE_CLICK.1.to_owned())] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_is_understood_in_both_kinds_of_form() {
        let of = |kind: &str, body: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            fields(&headers, body.as_bytes())
        };
        let wanted = vec![("List-Unsubscribe".to_owned(), "One-Click".to_owned())];
        assert_eq!(of("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"), wanted);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        assert_eq!(of("multipart/form-data; boundary=x", parts), wanted);
        assert!(of("multipart/form-data; boundary=x", "--x\r\n\r\nOne-Click").is_empty());
    }
}
