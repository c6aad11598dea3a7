//! Reads the page's event stream as a browser would.

use reqwest::Response;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

pub(crate) struct Events {
    response: Response,
    buffer: String,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        Self { response, buffer: String::new() }
    }

    /// Waits for a `state` event with this overall state.
    pub(crate) async fn next_state(&mut self, state: &str, within: Duration) -> Value {
        timeout(within, self.read_until(state)).await.unwrap_or_else(|_| panic!("no `{state}` event within {within:?}"))
    }

    async fn read_until(&mut self, state: &str) -> Value {
        loop {
            while let Some(end) = self.buffer.find("\n\n") {
                let frame: String = self.buffer.drain(..end + 2).collect();
                let data: String = frame.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                let is_state = frame.lines().any(|line| line.trim() == "event: state");
                if is_state {
                    let value: Value = serde_json::from_str(data.trim()).unwrap();
                    if value["state"] == state {
                        return value;
                    }
                }
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream goes on");
            self.buffer.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}
