//! One message as an HTTP POST of JSON.

use super::dial::{self, Link, SendError};
use super::gather::Bundle;
use super::text::{self, Site};
use crate::config::alerts::Webhook;
use crate::netguard::{Netguard, Place};
use app::model::At;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ring::hmac;
use rustls::pki_types::CertificateDer;
use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// From the first look-up to the answer's head.
const LIMIT: Duration = Duration::from_secs(30);
/// Names the message; the same for every attempt.
const ID: &str = "x-gatewatch-id";
/// `sha256=` and the HMAC of the body in hexadecimal, where the configuration has a `secret`.
const SIGNATURE: &str = "x-gatewatch-signature";
const AGENT: &str = concat!("gatewatch/", env!("CARGO_PKG_VERSION"));

/// Sends it; `Ok` means an answer from 200 to 299. Redirects are not followed.
pub(super) async fn send(
    guard: &Netguard,
    webhook: &Webhook,
    bundle: &Bundle,
    site: &Site,
    now: At,
) -> Result<(), SendError> {
    let request = request(webhook, bundle, site, now)?;
    match timeout(LIMIT, deliver(guard, &webhook.url, &webhook.ca, request, 0)).await {
        Ok(answer) => judge(answer?.0),
        Err(_) => Err(SendError::TooSlow(LIMIT)),
    }
}

/// Posts JSON to a stranger's place within `limit`; `Ok` means an answer from 200 to 299, and holds the first
/// `most` bytes of its body. Redirects are not followed.
pub(crate) async fn post(
    guard: &Netguard,
    url: &Url,
    id: &str,
    body: String,
    most: usize,
    limit: Duration,
) -> Result<Vec<u8>, SendError> {
    let request = head(url, id).body(Full::from(body)).map_err(|error| SendError::Message(error.to_string()))?;
    match timeout(limit, deliver(guard, url, &[], request, most)).await {
        Ok(Ok((status, answer))) => judge(status).map(|()| answer),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(SendError::TooSlow(limit)),
    }
}

const fn judge(status: u16) -> Result<(), SendError> {
    match status {
        200..=299 => Ok(()),
        _ => Err(SendError::Status(status)),
    }
}

/// What every request begins with.
fn head(url: &Url, id: &str) -> http::request::Builder {
    Request::post(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
        .header(header::USER_AGENT, AGENT)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .header(ID, id)
}

fn request(webhook: &Webhook, bundle: &Bundle, site: &Site, now: At) -> Result<Request<Full<Bytes>>, SendError> {
    let body = text::payload(bundle, now, site).to_string();
    let mut request = head(&webhook.url, &bundle.id());
    if let Some(token) = &webhook.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
    }
    if let Some(secret) = &webhook.secret {
        request = request.header(SIGNATURE, format!("sha256={}", signature(secret.expose(), &body)));
    }
    // A token of characters that no header may hold ends here; its text is not repeated.
    request.body(Full::from(body)).map_err(|_| SendError::Message("the token holds a bad character".to_owned()))
}

fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, body.as_bytes()).as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The answer's status and the first `most` bytes of its body.
async fn deliver(
    guard: &Netguard,
    url: &Url,
    ca: &[CertificateDer<'static>],
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<(u16, Vec<u8>), SendError> {
    let Place { host, port } = place(url)?;
    let broken = |reason: String| SendError::Broken { host: host.clone(), reason };
    let stream = dial::connect(guard, &host, port).await?;
    let link = match url.scheme() {
        "https" => dial::secure(stream, &host, ca).await?,
        _ => Link::plain(stream).map_err(|error| broken(error.to_string()))?,
    };
    let shaken = http1::handshake(TokioIo::new(link)).await;
    let (mut sender, connection) = shaken.map_err(|error| broken(error.to_string()))?;
    let exchange = async {
        let mut answer = sender.send_request(request).await?;
        let mut body = Vec::new();
        while body.len() < most
            && let Some(frame) = answer.frame().await
        {
            if let Ok(data) = frame?.into_data() {
                body.extend_from_slice(&data[..data.len().min(most - body.len())]);
            }
        }
        Ok::<_, hyper::Error>((answer.status().as_u16(), body))
    };
    // The connection has to be driven while the answer is awaited.
    let answered = match select(pin!(exchange), pin!(connection)).await {
        Either::Left((answered, _)) => answered,
        Either::Right((Err(error), _)) => Err(error),
        Either::Right((Ok(()), exchange)) => exchange.await,
    };
    answered.map_err(|error| broken(error.to_string()))
}

fn place(url: &Url) -> Result<Place, SendError> {
    Place::of(url).ok_or_else(|| SendError::Message("the URL has no host".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The second test case of RFC 4231.
    #[test]
    fn a_message_is_signed_with_hmac_sha256() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), expected);
    }
}
