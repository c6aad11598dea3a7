//! Ports that no other test takes.

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// Ports below those that the system gives out, so that nothing else takes one between choosing and listening.
static NEXT: Mutex<u16> = Mutex::new(0);

/// A port on which nothing listens, far from the ports of the other tests of this process: whoever looks for an
/// application that listens near by must not find another test's.
pub(crate) fn free_port() -> u16 {
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    if *next == 0 {
        *next = 20_000 + u16::try_from(std::process::id() % 300).unwrap_or(0) * 32;
    }
    loop {
        *next = if *next > 32_000 { 20_000 } else { *next + 37 };
        if TcpListener::bind(("127.0.0.1", *next)).is_ok() {
            return *next;
        }
    }
}
