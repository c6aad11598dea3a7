//! From errors to faults: by error number and type, never by text.

use super::types::{CertificateFault, During, HttpFlaw, NetFault};
use crate::netguard::{Refusal, ResolveError};
use app::model::{FaultKind, Origin};
use rustix::io::Errno;
use rustls::CertificateError;
use std::io::{Error, ErrorKind};

impl NetFault {
    pub(super) fn new(kind: FaultKind, origin: Origin, during: During, detail: impl Into<String>) -> Self {
        Self {
            kind,
            origin,
            during,
            errno: None,
            detail: detail.into(),
            head_bytes: 0,
            certificate: None,
            flaw: None,
            refusal: None,
        }
    }

    /// A fault that a caller found in what an exchange brought.
    pub(crate) fn judged(kind: FaultKind, origin: Origin, detail: String) -> Self {
        Self::new(kind, origin, During::Body, detail)
    }

    pub(super) fn with_errno(mut self, errno: Option<i32>) -> Self {
        self.errno = errno;
        self
    }

    pub(super) fn after(mut self, head_bytes: usize) -> Self {
        self.head_bytes = head_bytes as u64;
        self
    }

    pub(super) fn refused(refusal: Refusal, during: During) -> Self {
        let mut fault = Self::new(FaultKind::Blocked, Origin::Here, during, refusal.to_string());
        fault.refusal = Some(refusal);
        fault
    }

    pub(super) fn malformed(flaw: HttpFlaw, head_bytes: usize) -> Self {
        let mut fault = Self::new(FaultKind::BadHttp, Origin::Edge, During::Head, flaw.to_string()).after(head_bytes);
        fault.flaw = Some(flaw);
        fault
    }

    pub(crate) fn unresolved(error: ResolveError) -> Self {
        let detail = error.to_string();
        let (kind, origin) = match error {
            ResolveError::Refused(refusal) => return Self::refused(refusal, During::Resolve),
            ResolveError::NotFound | ResolveError::NoAddress => (FaultKind::NameNotFound, Origin::Dns),
            ResolveError::Failed | ResolveError::TimedOut => (FaultKind::NameServerSilent, Origin::Dns),
            ResolveError::NoServers => (FaultKind::NameServerSilent, Origin::Here),
        };
        Self::new(kind, origin, During::Resolve, detail)
    }
}

fn is(error: &Error, numbers: &[Errno]) -> bool {
    error.raw_os_error().is_some_and(|raw| numbers.iter().any(|errno| errno.raw_os_error() == raw))
}

/// Our own side ran out of something, so that nothing was measured.
pub(super) fn is_exhaustion(error: &Error) -> bool {
    is(error, &[Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL, Errno::ADDRINUSE])
}

pub(super) fn is_no_route(error: &Error) -> bool {
    is(error, &[Errno::HOSTUNREACH, Errno::NETUNREACH, Errno::NETDOWN, Errno::HOSTDOWN])
}

pub(super) fn is_denied(error: &Error) -> bool {
    is(error, &[Errno::ACCESS, Errno::PERM])
}

pub(super) fn is_reset(error: &Error) -> bool {
    is(error, &[Errno::CONNRESET, Errno::CONNABORTED, Errno::PIPE])
        || matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe)
}

/// A connection attempt failed. `unix` because a unix socket that is absent, forbidden or full has error
/// numbers of its own, and all of them mean that nobody took the connection.
pub(super) fn of_connect(error: &Error, unix: bool) -> NetFault {
    if let Some(refusal) = error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>()) {
        return NetFault::refused(refusal.clone(), During::Connect);
    }
    let refused = [Errno::CONNREFUSED];
    let (kind, origin, words) = match error {
        e if is(e, &refused) => (FaultKind::Refused, Origin::Edge, "connection refused"),
        e if unix && is(e, &[Errno::NOENT]) => (FaultKind::Refused, Origin::Edge, "the socket does not exist"),
        e if unix && is_denied(e) => (FaultKind::Refused, Origin::Edge, "no permission to connect to the socket"),
        e if unix && is(e, &[Errno::AGAIN]) => (FaultKind::Refused, Origin::Edge, "the socket's queue is full"),
        e if is_reset(e) => (FaultKind::Reset, Origin::Edge, "connection reset"),
        e if is_no_route(e) => (FaultKind::NoRoute, Origin::Network, "no route to the host"),
        e if is_denied(e) => (FaultKind::NoRoute, Origin::Here, "this host forbids the connection"),
        e if e.kind() == ErrorKind::TimedOut => {
            (FaultKind::ConnectTimeout, Origin::Network, "no answer to the connection attempt in time")
        }
        e if is_exhaustion(e) => {
            (FaultKind::Internal, Origin::Here, "this host ran out of descriptors, ports or memory")
        }
        _ => (FaultKind::Internal, Origin::Here, "the connection attempt failed"),
    };
    let detail = error.raw_os_error().map_or_else(|| words.to_owned(), |errno| format!("{words} (errno {errno})"));
    NetFault::new(kind, origin, During::Connect, detail).with_errno(error.raw_os_error())
}

/// An open connection failed.
pub(super) fn of_stream(error: &Error, during: During) -> NetFault {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(tls, during);
    }
    let (kind, origin, words) = match error {
        e if is_reset(e) => (FaultKind::Reset, Origin::Edge, "the peer reset the connection"),
        e if e.kind() == ErrorKind::UnexpectedEof => {
            (FaultKind::ClosedEarly, Origin::Edge, "the peer closed the connection")
        }
        e if e.kind() == ErrorKind::TimedOut => {
            (FaultKind::ReadTimeout, Origin::Network, "the peer acknowledged nothing any more")
        }
        e if is_no_route(e) => (FaultKind::NoRoute, Origin::Network, "the route to the host was lost"),
        _ => (FaultKind::Internal, Origin::Here, "the connection failed"),
    };
    let detail = error.raw_os_error().map_or_else(|| words.to_owned(), |errno| format!("{words} (errno {errno})"));
    NetFault::new(kind, origin, during, detail).with_errno(error.raw_os_error())
}

fn of_tls(error: &rustls::Error, during: During) -> NetFault {
    if let rustls::Error::InvalidCertificate(error) = error {
        return of_certificate(error);
    }
    let detail = match error {
        rustls::Error::InvalidMessage(_) => "the peer does not speak TLS, or breaks its rules".to_owned(),
        rustls::Error::AlertReceived(alert) => format!("the peer refused: {alert:?}"),
        rustls::Error::PeerIncompatible(_) => "no TLS version or cipher in common".to_owned(),
        rustls::Error::NoApplicationProtocol => "the peer does not offer HTTP/1.1".to_owned(),
        rustls::Error::PeerSentOversizedRecord => "the peer sent an oversized record".to_owned(),
        _ => "the peer broke TLS's rules".to_owned(),
    };
    NetFault::new(FaultKind::TlsHandshake, Origin::Edge, during, detail)
}

/// A certificate was refused.
pub(super) fn of_certificate(error: &CertificateError) -> NetFault {
    let (fault, words) = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (CertificateFault::Expired, "the certificate has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (CertificateFault::NotYetValid, "the certificate is not valid yet")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (CertificateFault::WrongName, "the certificate is for another name")
        }
        CertificateError::UnknownIssuer => {
            (CertificateFault::UnknownIssuer, "the certificate's issuer is not trusted, or an intermediate is missing")
        }
        _ => (CertificateFault::Other, "the certificate cannot be used"),
    };
    let mut result = NetFault::new(FaultKind::Certificate, Origin::Edge, During::Tls, words);
    result.certificate = Some(fault);
    result
}
