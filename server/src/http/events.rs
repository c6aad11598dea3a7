//! `/events`: changes of state as server-sent events.
//!
//! Every frame is rendered once and shared by all streams. A client that falls 16 frames behind is
//! dropped, and comes back by itself after a wait that spreads the crowd.

use super::admission::{Admission, Full, Place};
use super::headers::{self, Class};
use crate::clock::rfc3339;
use app::model::Snapshot;
use axum::body::Body;
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, Response, header};
use std::net::IpAddr;
use tokio::sync::broadcast;

/// Frames that a slow client may be behind.
const QUEUE: usize = 16;
/// The shortest wait before a client comes back, in milliseconds.
const RETRY_LEAST: u64 = 3_000;
/// How much longer the longest is: spread, so that a restart is not met by everybody at once.
const RETRY_SPREAD: u64 = 7_000;

/// What goes out to all streams.
#[derive(Debug, Clone)]
enum Frame {
    Data(Bytes),
    End,
}

/// All streams of `/events`. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Hub {
    frames: broadcast::Sender<Frame>,
    admission: Admission,
}

impl Hub {
    /// At most `total` streams, `per_address` of one client.
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self { frames: broadcast::Sender::new(QUEUE), admission: Admission::new(total, per_address) }
    }

    /// The count that other streams (a run's) share, so that the caps hold over all of them.
    pub(super) fn admission(&self) -> &Admission {
        &self.admission
    }

    /// Whether there is any stream. One that opens now begins with the state that is published now.
    pub(super) fn is_heard(&self) -> bool {
        self.frames.receiver_count() > 0
    }

    /// Sends a frame to every stream.
    pub(super) fn send(&self, frame: Bytes) {
        // Without a receiver there is nobody to tell.
        drop(self.frames.send(Frame::Data(frame)));
    }

    /// Ends every stream.
    pub(super) fn end(&self) {
        drop(self.frames.send(Frame::End));
    }

    /// A stream that begins with `now` (the present state) for a client.
    pub(super) fn open(&self, client: IpAddr, now: impl FnOnce() -> Bytes) -> Result<Response<Body>, Full> {
        let place = self.admission.enter(Some(client))?;
        // Subscribed before the state is read: a change in between is sent twice rather than never.
        let frames = self.frames.subscribe();
        let mut first = BytesMut::from(retry_frame().as_slice());
        first.put(now());
        let rest = stream::unfold((frames, place), next_frame);
        let body = stream::once(async { Ok(first.freeze()) }).chain(rest);
        Ok(response(Body::from_stream(body)))
    }
}

type Item = Result<Bytes, std::convert::Infallible>;

/// Cancel-safe: a frame is either still queued or already the stream's.
async fn next_frame(
    (mut frames, place): (broadcast::Receiver<Frame>, Place),
) -> Option<(Item, (broadcast::Receiver<Frame>, Place))> {
    match frames.recv().await {
        Ok(Frame::Data(frame)) => Some((Ok(frame), (frames, place))),
        // Too slow, or the server stops: the browser asks again after its wait.
        Ok(Frame::End) | Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => None,
    }
}

/// The answer that carries a stream.
pub(super) fn response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    fields.insert(header::CACHE_CONTROL, headers::NO_STORE);
    // nginx would else collect frames before it passes them on.
    fields.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.extensions_mut().insert(Class::Public);
    response
}

/// When to come back after the stream ended; random, so that clients spread.
pub(super) fn retry_frame() -> Vec<u8> {
    let mut random = [0; 8];
    // Without randomness everybody waits equally long, which is worse but not wrong.
    let _ = getrandom::fill(&mut random);
    let wait = RETRY_LEAST + u64::from_le_bytes(random) % RETRY_SPREAD;
    format!("retry: {wait}\n\n").into_bytes()
}

/// The public state as an event.
pub(super) fn state_frame(snapshot: &Snapshot) -> Bytes {
    let components: Vec<_> = snapshot
        .components
        .iter()
        .map(|component| serde_json::json!({ "slug": component.slug, "state": component.state }))
        .collect();
    let data = serde_json::json!({
        "version": snapshot.version, "as_of": rfc3339(snapshot.as_of), "state": snapshot.state,
        "components": components,
        "blind": snapshot.blind.as_ref().map(|blind| serde_json::json!({
            "since": rfc3339(blind.since), "reason": blind.reason,
        })),
    });
    event("state", &data.to_string())
}

/// A sign of life with the age of what is shown.
pub(super) fn heartbeat_frame(snapshot: &Snapshot) -> Bytes {
    let data = serde_json::json!({ "version": snapshot.version, "as_of": rfc3339(snapshot.as_of) });
    event("heartbeat", &data.to_string())
}

/// One event. JSON has no raw line breaks, so that its data is always one line.
pub(super) fn event(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::samples;
    use http_body_util::BodyExt as _;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    async fn next(body: &mut Body) -> Option<String> {
        let frame = body.frame().await?.ok()?.into_data().ok()?;
        String::from_utf8(frame.to_vec()).ok()
    }

    #[tokio::test]
    async fn begins_with_the_present_state_and_follows() {
        let hub = Hub::new(10, 10);
        let mut body = hub.open(CLIENT, || state_frame(&samples::snapshot())).unwrap().into_body();
        let first = next(&mut body).await.unwrap();
        assert!(first.starts_with("retry: ") && first.contains("\n\nevent: state\ndata: {"), "{first}");
        assert!(first.contains(r#"{"slug":"web","state":"outage"}"#), "{first}");
        assert!(first.contains(r#""blind":null"#), "{first}");
        let since = app::model::At(5_000);
        let blind = app::model::status::Blindness { since, reason: "its clock was set".to_owned() };
        let told = state_frame(&Snapshot { blind: Some(blind), ..samples::snapshot() });
        let told = String::from_utf8(told.to_vec()).unwrap();
        let expected = r#""blind":{"reason":"its clock was set","since":"1970-01-01T00:00:05.000Z"}"#;
        assert!(told.contains(expected), "{told}");
        hub.send(heartbeat_frame(&samples::snapshot()));
        let beat = next(&mut body).await.unwrap();
        assert!(beat.contains(r#""as_of":"1970-01-01T00:00:10.000Z""#), "{beat}");
        hub.end();
        assert_eq!(next(&mut body).await, None);
    }

    #[tokio::test]
    async fn a_client_too_far_behind_is_dropped() {
        let hub = Hub::new(10, 10);
        let mut body = hub.open(CLIENT, Bytes::new).unwrap().into_body();
        next(&mut body).await.unwrap();
        for _ in 0..=QUEUE {
            hub.send(event("state", "{}"));
        }
        assert_eq!(next(&mut body).await, None);
    }

    #[tokio::test]
    async fn places_come_back_when_a_stream_ends() {
        let hub = Hub::new(10, 1);
        let first = hub.open(CLIENT, Bytes::new).unwrap();
        assert_eq!(hub.open(CLIENT, Bytes::new).err(), Some(Full::Address));
        drop(first);
        assert!(hub.open(CLIENT, Bytes::new).is_ok());
    }

    #[test]
    fn waits_are_spread() {
        for _ in 0..50 {
            let text = String::from_utf8(retry_frame()).unwrap();
            let wait: u64 = text.trim().strip_prefix("retry: ").unwrap().parse().unwrap();
            assert!((3_000..10_000).contains(&wait), "{wait}");
        }
    }
}
