//! What Traefik says, with a line of each as Traefik 3.7 writes it.

use super::super::Phase;
use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::MemberDisabled,
        says: "A health check was answered with an error status.",
        begins: Begins::With("Health check failed.: checking HTTP health: received error status code"),
        sample: r#"2026-11-22T15:00:00Z WRN github.com/traefik/traefik/v3/pkg/healthcheck/healthcheck.go:185 > Health check failed. error="checking HTTP health: received error status code: 404" serviceName=app@file targetURL=http://10.0.0.5:8080"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A health check could not reach a member.",
        begins: Begins::With("Health check failed."),
        sample: r#"2026-11-22T15:00:00Z WRN github.com/traefik/traefik/v3/pkg/healthcheck/healthcheck.go:185 > Health check failed. error="checking HTTP health: HTTP request failed: Get \"http://10.0.0.5:8080/\": dial tcp 10.0.0.5:8080: connect: connection refused" serviceName=app@file targetURL=http://10.0.0.5:8080"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client went away first.",
        begins: Begins::With("context canceled"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 499 Client Closed Request error="context canceled""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "A service has no servers.",
        begins: Begins::With("no servers were generated for service"),
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/provider/kubernetes/crd/kubernetes_http.go:101 > no servers were generated for service app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the upstream's path.",
        begins: Begins::With("dial unix "),
        errno: &[2],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial unix /run/app.sock: connect: no such file or directory""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The gateway's user may not open the upstream's socket.",
        begins: Begins::With("dial unix "),
        errno: &[13],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial unix /run/app.sock: connect: permission denied""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "Nobody listens on the upstream's socket any more.",
        begins: Begins::With("dial unix "),
        errno: &[111],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial unix /run/app.sock: connect: connection refused""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the upstream's socket is full.",
        begins: Begins::With("dial unix "),
        errno: &[11],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial unix /run/app.sock: connect: resource temporarily unavailable""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "The upstream's name does not exist.",
        begins: Begins::Like(r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: no such host$"),
        phases: &[Phase::Resolve],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp: lookup app.internal on 127.0.0.53:53: no such host""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerFailed,
        says: "The name server failed to answer for the upstream's name.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: (?:server misbehaving|no answer from DNS server|cannot unmarshal DNS message)$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp: lookup app.internal on 10.0.0.53:53: server misbehaving""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerSilent,
        says: "The name server did not answer for the upstream's name.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: (?:(?:read|dial) [^ ]+ .*: )?i/o timeout$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 504 Gateway Timeout error="dial tcp: lookup app.internal on 10.0.0.53:53: read udp 10.0.0.2:41234->10.0.0.53:53: i/o timeout""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerUnreachable,
        says: "The name server's port is closed.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+) on [^ ]+: (?:read|dial) [^ ]+ .*: (?:connection refused|connect: network is unreachable|connect: no route to host)$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp: lookup app.internal on 10.0.0.53:53: read udp 10.0.0.2:41234->10.0.0.53:53: read: connection refused""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "The upstream's address refused the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[111],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: connection refused""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The upstream's host cannot be reached.",
        begins: Begins::With("dial tcp "),
        errno: &[113],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: no route to host""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the upstream's network.",
        begins: Begins::With("dial tcp "),
        errno: &[101],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: network is unreachable""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The system forbids the connection to the upstream.",
        begins: Begins::With("dial tcp "),
        errno: &[13],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: permission denied""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotPermitted,
        says: "A filter on the gateway's host forbids the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[1],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: operation not permitted""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Blackholed,
        says: "A blackhole route swallows the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[22],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: invalid argument""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left for the upstream.",
        begins: Begins::With("dial tcp "),
        errno: &[99],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: cannot assign requested address""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection while it was made.",
        begins: Begins::With("dial tcp "),
        errno: &[104],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: connect: connection reset by peer""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The upstream did not answer the connection attempt in time.",
        begins: Begins::With("dial tcp "),
        errno: &[110],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 504 Gateway Timeout error="dial tcp 10.0.0.5:8080: i/o timeout""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway has no descriptors left.",
        begins: Begins::With("dial tcp "),
        errno: &[24],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="dial tcp 10.0.0.5:8080: socket: too many open files""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateExpired,
        says: "The upstream's certificate has expired.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid: current time [^ ]+ is after (?<caught>[^ ]+)$",
        ),
        phases: &[Phase::Tls],
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T15:00:00Z is after 2026-11-19T15:00:00Z""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateNotYetValid,
        says: "The upstream's certificate is not valid yet.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid: current time [^ ]+ is before (?<caught>[^ ]+)$",
        ),
        phases: &[Phase::Tls],
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T15:00:00Z is before 2026-11-25T15:00:00Z""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateName,
        says: "The upstream's certificate is for other names.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: (?:certificate is (?:valid for|not valid for any names)|cannot validate certificate for .* because it doesn.t contain any IP SANs|certificate relies on legacy Common Name field)",
        ),
        phases: &[Phase::Tls],
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: failed to verify certificate: x509: certificate is valid for old.internal, not app.internal""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateUntrusted,
        says: "The upstream's certificate comes from an authority that the gateway does not trust.",
        begins: Begins::Like(r"(?:tls: failed to verify certificate: )?x509: certificate signed by unknown authority"),
        phases: &[Phase::Tls],
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: failed to verify certificate: x509: certificate signed by unknown authority""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateRefused,
        says: "The gateway refused the upstream's certificate.",
        begins: Begins::Like(r"(?:tls: failed to verify certificate: )?x509: "),
        phases: &[Phase::Tls],
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: failed to verify certificate: x509: certificate specifies an incompatible key usage""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsNotSpoken,
        says: "What the upstream answered to TLS is not TLS.",
        begins: Begins::With("tls: first record does not look like a TLS handshake"),
        sample: r#"2026-11-22T15:00:00Z ERR github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="tls: first record does not look like a TLS handshake""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsUnrecognisedName,
        says: "The upstream does not know the name that the handshake asks for.",
        begins: Begins::With("remote error: tls: unrecognized name"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="remote error: tls: unrecognized name""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateWanted,
        says: "The upstream wants a certificate from the gateway.",
        begins: Begins::Any(&["remote error: tls: certificate required", "remote error: tls: bad certificate"]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="remote error: tls: certificate required""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsVersion,
        says: "Gateway and upstream have no TLS version in common.",
        begins: Begins::Any(&[
            "remote error: tls: protocol version not supported",
            "tls: server selected unsupported protocol version",
            "tls: no supported versions satisfy MinVersion and MaxVersion",
        ]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="remote error: tls: protocol version not supported""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsRefused,
        says: "The upstream refused the TLS handshake.",
        begins: Begins::With("remote error: tls: "),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="remote error: tls: handshake failure""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake took too long.",
        begins: Begins::With("net/http: TLS handshake timeout"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 504 Gateway Timeout error="net/http: TLS handshake timeout""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake failed.",
        begins: Begins::With("tls: "),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="tls: server did not echo the legacy session ID""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::DuplicateLength,
        says: "The answer announces two different lengths.",
        begins: Begins::With(
            "net/http: HTTP/1.x transport connection broken: http: message cannot contain multiple Content-Length headers",
        ),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: http: message cannot contain multiple Content-Length headers; got [\"2\" \"3\"]""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TransferEncoding,
        says: "The answer's transfer encoding is unknown or written twice.",
        begins: Begins::Any(&[
            "net/http: HTTP/1.x transport connection broken: too many transfer encodings",
            "net/http: HTTP/1.x transport connection broken: unsupported transfer encoding",
        ]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: too many transfer encodings: [\"chunked\" \"chunked\"]""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::InvalidHeader,
        says: "A header of the answer breaks the rules.",
        begins: Begins::Any(&[
            "net/http: HTTP/1.x transport connection broken: malformed MIME header",
            "net/http: HTTP/1.x transport connection broken: bad Content-Length",
            "net/http: HTTP/1.x transport connection broken: invalid Content-Length",
        ]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: malformed MIME header: missing colon: \"Build\"""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HeaderTooBig,
        says: "The answer's head is larger than the gateway takes.",
        begins: Begins::Any(&[
            "net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded",
            "net/http: server response headers exceeded",
        ]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 4096 bytes; aborted""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "What the upstream answers is not HTTP/1.",
        begins: Begins::Any(&["net/http: HTTP/1.x transport connection broken: malformed HTTP "]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: malformed HTTP status code \"Debian-2\"""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed the connection within the answer's head.",
        begins: Begins::Any(&["net/http: HTTP/1.x transport connection broken: ", "unexpected EOF"]),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 500 Internal Server Error error="net/http: HTTP/1.x transport connection broken: unexpected EOF""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "The upstream breaks the rules of HTTP/2.",
        begins: Begins::With("http2: "),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=PROTOCOL_ERROR, debug=\"\"""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream did not answer in time.",
        begins: Begins::With("net/http: timeout awaiting response headers"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 504 Gateway Timeout error="net/http: timeout awaiting response headers""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed the connection without an answer.",
        begins: Begins::Like("EOF$"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error=EOF"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed a kept connection just as it was used again.",
        begins: Begins::With("http: server closed idle connection"),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="http: server closed idle connection""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection instead of an answer.",
        begins: Begins::With("read tcp "),
        errno: &[104],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="read tcp 10.0.0.2:40264->10.0.0.5:8080: read: connection reset by peer""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream stopped answering.",
        begins: Begins::With("read tcp "),
        errno: &[110],
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 504 Gateway Timeout error="read tcp 10.0.0.2:40264->10.0.0.5:8080: i/o timeout""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The upstream took no more of the request.",
        begins: Begins::With("write tcp "),
        sample: r#"2026-11-22T15:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:199 > 502 Bad Gateway error="write tcp 10.0.0.2:40264->10.0.0.5:8080: write: broken pipe""#,
        ..PLAIN
    },
];
