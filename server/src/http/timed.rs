//! A client's connection with its deadlines: head, idle, write stall.
//!
//! hyper has one timer for head and idle together and none for writing. Here one timer of a connection
//! serves all three: it is armed lazily and only moved when it fires, so that a busy connection pays
//! for a clock reading and no timer operation.

use super::limits::Limits;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Requests of one connection that are being answered; while there is one, silence is no offence.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<AtomicUsize>);

/// Held while a request is being answered.
#[derive(Debug)]
pub(super) struct Answering(Busy);

impl Busy {
    /// Says that a request is being answered until the result is dropped.
    pub(super) fn start(&self) -> Answering {
        self.0.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that fails with `TimedOut` when its peer is too slow.
#[derive(Debug)]
pub(super) struct Timed {
    inner: TcpStream,
    busy: Busy,
    head: Duration,
    idle: Duration,
    write_stall: Duration,
    /// When the wait for a (further) head began.
    quiet_since: Instant,
    /// When the first byte of an unfinished head came.
    head_since: Option<Instant>,
    /// When the peer stopped taking bytes.
    blocked_since: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl Timed {
    /// Wraps an accepted connection.
    pub(super) fn new(inner: TcpStream, busy: Busy, limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            inner,
            busy,
            head: limits.head,
            idle: limits.idle,
            write_stall: limits.write_stall,
            quiet_since: now,
            head_since: None,
            blocked_since: None,
            alarm: Box::pin(tokio::time::sleep_until(now + limits.head.min(limits.idle))),
        }
    }

    /// Ready when `deadline` has passed; else makes sure that the task wakes at it or before.
    fn poll_deadline(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.alarm.deadline() > deadline {
            self.alarm.as_mut().reset(deadline);
        }
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(deadline);
        }
    }

    /// Called when there is nothing to read: is the peer late?
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if self.blocked_since.is_some() {
            // The writing side watches the clock.
            return Poll::Pending;
        }
        if self.busy.is_busy() {
            // hyper does not ask again after the answer, so that somebody must wake it.
            let _ = self.poll_deadline(Instant::now() + self.idle, cx);
            return Poll::Pending;
        }
        let (deadline, what) = match self.head_since {
            Some(since) => (since + self.head, "no whole request head in time"),
            None => (self.quiet_since + self.idle, "no request in time"),
        };
        self.poll_deadline(deadline, cx).map(|()| Error::new(ErrorKind::TimedOut, what))
    }

    /// An answer goes out: the head that asked for it is done.
    fn wrote(&mut self) {
        self.blocked_since = None;
        self.head_since = None;
        self.quiet_since = Instant::now();
    }

    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let since = *self.blocked_since.get_or_insert_with(Instant::now);
        self.poll_deadline(since + self.write_stall, cx)
            .map(|()| Error::new(ErrorKind::TimedOut, "the client takes no bytes"))
    }
}

impl AsyncRead for Timed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Ready(result) => {
                if !this.busy.is_busy() && this.head_since.is_none() {
                    // The first bytes of a head; the answer to it forgets them.
                    this.head_since = Some(Instant::now());
                }
                Poll::Ready(result)
            }
            Poll::Pending => this.poll_silence(cx).map(Err),
        }
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_write(cx, buf) {
            Poll::Ready(result) => {
                this.wrote();
                Poll::Ready(result)
            }
            Poll::Pending => this.poll_blocked(cx).map(Err),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_write_vectored(cx, bufs) {
            Poll::Ready(result) => {
                this.wrote();
                Poll::Ready(result)
            }
            Poll::Pending => this.poll_blocked(cx).map(Err),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
