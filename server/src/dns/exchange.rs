//! One question to one server over the guard's sockets.

use super::message::{Question, Verdict};
use super::{Asking, Lookup, LookupOutcome, QueryName, Record};
use crate::netguard::Netguard;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// The largest datagram that is taken.
const MAX_DATAGRAM: usize = 4096;

/// What ended an exchange without an answer.
enum Failure {
    Silent,
    Unreachable(String),
    Denied(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut => Self::Silent,
            ErrorKind::PermissionDenied => Self::Denied(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

pub(super) async fn lookup(
    guard: &Netguard,
    server: SocketAddr,
    name: &QueryName,
    record: Record,
    asking: Asking,
    limit: Duration,
) -> Lookup {
    let begun = Instant::now();
    let mut lookup = Lookup {
        server,
        name: name.as_str().to_owned(),
        record,
        outcome: LookupOutcome::BadAnswer,
        rcode: None,
        answers: Vec::new(),
        tcp: false,
        cut: false,
        authoritative: false,
        took_ms: 0,
        detail: String::new(),
    };
    match Question::new(name, record, asking) {
        Err(problem) => lookup.detail = problem,
        Ok(question) => match ask(guard, server, &question, limit).await {
            Ok((verdict, tcp)) => {
                lookup.outcome = verdict.outcome;
                lookup.rcode = Some(verdict.rcode);
                lookup.answers = verdict.answers;
                lookup.tcp = tcp;
                lookup.cut = tcp || verdict.truncated;
                lookup.authoritative = verdict.authoritative;
            }
            Err(failure) => (lookup.outcome, lookup.detail) = failure.told(limit),
        },
    }
    lookup.took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
    lookup
}

impl Failure {
    fn told(self, limit: Duration) -> (LookupOutcome, String) {
        match self {
            Self::Silent => (LookupOutcome::Timeout, format!("no answer within {} ms", limit.as_millis())),
            Self::Unreachable(detail) => (LookupOutcome::Unreachable, detail),
            Self::Denied(detail) => (LookupOutcome::Denied, detail),
        }
    }
}

/// UDP, once more after half of the time, and TCP if the answer was cut. The whole within `limit`.
async fn ask(
    guard: &Netguard,
    server: SocketAddr,
    question: &Question,
    limit: Duration,
) -> Result<(Verdict, bool), Failure> {
    let deadline = tokio::time::Instant::now() + limit;
    let verdict = match tokio::time::timeout_at(deadline, by_udp(guard, server, question, limit / 2)).await {
        Ok(verdict) => verdict?,
        Err(_) => return Err(Failure::Silent),
    };
    if !verdict.truncated {
        return Ok((verdict, false));
    }
    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
    match timeout(left, by_tcp(guard, server, question, left)).await {
        Ok(Ok(Some(whole))) => Ok((whole, true)),
        // The cut answer is still an answer.
        _ => Ok((verdict, false)),
    }
}

async fn by_udp(
    guard: &Netguard,
    server: SocketAddr,
    question: &Question,
    patience: Duration,
) -> Result<Verdict, Failure> {
    let socket = guard.udp(server).await?;
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        socket.send(&question.bytes).await?;
        let answer = timeout(patience, async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                if let Some(verdict) = question.judge(&buffer[..length]) {
                    return Ok::<_, Error>(verdict);
                }
            }
        });
        if let Ok(verdict) = answer.await {
            return Ok(verdict?);
        }
    }
}

async fn by_tcp(
    guard: &Netguard,
    server: SocketAddr,
    question: &Question,
    limit: Duration,
) -> Result<Option<Verdict>, Error> {
    let vetted = guard.vet_name_server(server).map_err(|refusal| Error::new(ErrorKind::PermissionDenied, refusal))?;
    let mut stream = guard.connect(&vetted, limit).await?;
    let length = u16::try_from(question.bytes.len()).map_err(|_| Error::other("the question is too long"))?;
    stream.write_all(&[&length.to_be_bytes(), question.bytes.as_slice()].concat()).await?;
    let length = usize::from(stream.read_u16().await?);
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    Ok(question.judge(&answer))
}
