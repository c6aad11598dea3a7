//! A small application on a port of its own, that can be stopped and started again.

use crate::ports::free_port;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) struct Upstream {
    port: u16,
    task: Option<JoinHandle<()>>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        Self { port, task: Some(tokio::spawn(answer(listener))) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Afterwards nothing listens on the port.
    pub(crate) async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.task = Some(tokio::spawn(answer(listener)));
    }
}

/// Answers every request with a short page and closes the connection.
async fn answer(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n").await;
    }
}
