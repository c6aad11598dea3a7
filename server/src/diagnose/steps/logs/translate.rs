//! nginx' words in the words of facts.

use super::Own;
use crate::logs::{Matched, Phase, SignatureId};
use app::model::fact::asked::During;
use app::model::fact::logs::{Joined, Meaning};
use std::time::Duration;

/// What a line means, and in which phase.
pub(super) struct Reason {
    pub(super) meaning: Meaning,
    pub(super) during: Option<During>,
}

/// Translates a recognised line.
pub(super) fn reason(matched: &Matched) -> Reason {
    let during = match matched.phase {
        Phase::Resolve => Some(During::Resolve),
        Phase::Connect => Some(During::Connect),
        Phase::Tls => Some(During::Tls),
        Phase::Send => Some(During::Send),
        Phase::Header => Some(During::Wait),
        Phase::Body => Some(During::Body),
        Phase::Other => None,
    };
    Reason { meaning: meaning(matched.signature), during }
}

const fn meaning(id: SignatureId) -> Meaning {
    use SignatureId as S;
    match id {
        S::ConnectRefused | S::UnixRefused => Meaning::Refused,
        S::ConnectHostUnreachable => Meaning::HostUnreachable,
        S::ConnectNetworkUnreachable => Meaning::NetUnreachable,
        S::ConnectReset | S::HeaderReset => Meaning::Reset,
        S::ConnectDenied | S::UnixDenied | S::ConnectInvalid => Meaning::Denied,
        S::ConnectNotPermitted => Meaning::NotPermitted,
        S::ConnectNoLocalPort | S::BindFailed => Meaning::NoSourceAddress,
        S::ConnectTimeout => Meaning::ConnectTimeout,
        S::UnixMissing => Meaning::NoSuchSocket,
        S::UnixQueueFull => Meaning::QueueFull,
        S::TlsTimeout | S::TlsHandshake | S::TlsClosed => Meaning::TlsFailed,
        S::TlsCertificateExpired => Meaning::CertificateExpired,
        S::TlsCertificateNotYetValid | S::TlsCertificateUntrusted | S::TlsCertificateOther | S::TlsCertificateName => {
            Meaning::CertificateRefused
        }
        S::SendTimeout | S::SendBroken => Meaning::SendFailed,
        S::HeaderTimeout => Meaning::ReadTimeout,
        S::HeaderClosed | S::FastcgiClosed => Meaning::ClosedEarly,
        S::HeaderTooBig => Meaning::HeaderTooBig,
        S::HeaderInvalid | S::HeaderDuplicateLength | S::HeaderLengthAndChunked | S::HeaderTransferEncoding => {
            Meaning::InvalidHeader
        }
        S::NotHttp | S::AnsweredUnasked | S::FastcgiProtocol => Meaning::NotHttp,
        S::BodyTimeout | S::BodyClosed | S::BodyReset | S::BodyChunks => Meaning::BrokenBody,
        S::NoLiveUpstreams => Meaning::NoLiveUpstreams,
        S::MemberDisabled => Meaning::MemberDisabled,
        S::ResolveNotFound => Meaning::NameNotFound,
        S::ResolveFailed | S::ResolveRefused | S::ResolveOther => Meaning::NameServerFailed,
        S::ResolveTimeout | S::ResolverUnreachable => Meaning::NameServerSilent,
        S::NoResolver => Meaning::NoResolver,
        S::WorkerConnections | S::TooManyFiles | S::TooManyFilesInSystem => Meaning::GatewayLimit,
        S::DiskFull | S::TempDenied => Meaning::TempFile,
        S::RateLimited => Meaning::RequestRefused,
        S::StartNameNotFound | S::FastcgiStderr | S::WorkerCrashed | S::ClientClosed => Meaning::Other,
    }
}

/// Whether a line is of one of this run's own requests. All of these are at fixed places of the line, and the client's
/// address cannot be forged by what a client writes.
pub(super) fn joined(matched: &Matched, own: &Own) -> Joined {
    // A line's time has whole seconds.
    if matched.at < own.began - Duration::from_secs(1) {
        return Joined::Earlier;
    }
    let client = matched.client.as_ref().is_some_and(|client| own.clients.contains(client));
    let request = matched.request.as_deref().is_some_and(|request| same_request(request, own));
    let host = matched.host.as_deref().is_none_or(|host| host.eq_ignore_ascii_case(&own.host));
    if client && request && host { Joined::Own } else { Joined::Window }
}

fn same_request(request: &str, own: &Own) -> bool {
    let mut words = request.split(' ');
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    method == own.method && path.split('?').next() == Some(own.path.as_str())
}

/// The member in `http://127.0.0.1:8080/path` or `fastcgi://unix:/run/app.sock:`; `None` for a pool's name.
pub(in crate::diagnose::steps) fn target(upstream: &str) -> Option<String> {
    let (_, rest) = upstream.split_once("://")?;
    if let Some(path) = rest.strip_prefix("unix:") {
        let path = path.split(':').next().unwrap_or(path);
        return Some(format!("unix:{path}"));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.parse::<std::net::SocketAddr>().ok().map(|address| address.to_string())
}

/// The name that could not be resolved.
pub(super) fn name(matched: &Matched) -> Option<String> {
    let about_names = matches!(
        matched.signature,
        SignatureId::ResolveNotFound
            | SignatureId::ResolveFailed
            | SignatureId::ResolveRefused
            | SignatureId::ResolveTimeout
            | SignatureId::ResolveOther
            | SignatureId::NoResolver
    );
    matched.detail.clone().filter(|_| about_names)
}

/// What nginx itself says in a line, without time, process and what the client wrote.
pub(super) fn message(line: &str) -> String {
    let said = line.split_once(" *").and_then(|(_, rest)| rest.split_once(' ')).map_or(line, |(_, said)| said);
    let said = said.split(", client: ").next().unwrap_or(said);
    said.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_member() {
        assert_eq!(target("http://127.0.0.1:8080/a?b").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(target("https://[::1]:8080/").as_deref(), Some("[::1]:8080"));
        assert_eq!(target("fastcgi://unix:/run/php.sock:").as_deref(), Some("unix:/run/php.sock"));
        assert_eq!(target("http://unix:/run/app.sock:/path").as_deref(), Some("unix:/run/app.sock"));
        assert_eq!(target("http://backend/"), None);
    }

    #[test]
    fn keeps_what_nginx_says() {
        let line = "2026/11/22 15:00:00 [error] 7#7: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: _";
        assert_eq!(message(line), "connect() failed (111: Connection refused) while connecting to upstream");
    }
}
