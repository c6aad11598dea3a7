//! What nginx says, with a line of each as nginx 1.22 writes it.

mod finer;

use super::super::Phase;
use super::super::signatures::{Begins, Catch, PLAIN, Signature};
use app::model::fact::logs::Meaning;
use std::sync::LazyLock;

/// Its rows, the finer ones first.
pub(in crate::logs) static ROWS: LazyLock<Vec<Signature>> =
    LazyLock::new(|| finer::ROWS.iter().chain(GENERAL).copied().collect());

static GENERAL: &[Signature] = &[
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the upstream's path.",
        begins: Begins::With("connect() to unix:"),
        phases: &[Phase::Connect],
        errno: &[2],
        catches: Catch::Target,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to unix:/run/app.sock failed (2: No such file or directory) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://unix:/run/app.sock:/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The gateway's user may not open the upstream's socket.",
        begins: Begins::With("connect() to unix:"),
        phases: &[Phase::Connect],
        errno: &[13],
        catches: Catch::Target,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to unix:/run/app.sock failed (13: Permission denied) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://unix:/run/app.sock:/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "Nobody listens on the upstream's socket any more.",
        begins: Begins::With("connect() to unix:"),
        phases: &[Phase::Connect],
        errno: &[111],
        catches: Catch::Target,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() to unix:/run/app.sock failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://unix:/run/app.sock:/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the upstream's socket is full.",
        begins: Begins::With("connect() to unix:"),
        phases: &[Phase::Connect],
        errno: &[11],
        catches: Catch::Target,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() to unix:/run/app.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://unix:/run/app.sock:/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "The upstream's address refused the connection.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[111],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The upstream's host cannot be reached.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[113],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() failed (113: No route to host) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no route to the upstream's network.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[101],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() to 198.51.100.7:80 failed (101: Network is unreachable) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The connection was reset while it was made.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[104],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 connect() failed (104: Connection reset by peer) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "This host's own rules forbid the connection (a prohibit route, or SELinux).",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[13],
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to 10.67.0.5:80 failed (13: Permission denied) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotPermitted,
        says: "A filter on this host forbids the connection.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[1],
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to 10.67.0.5:80 failed (1: Operation not permitted) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Blackholed,
        says: "A blackhole route swallows the connection.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[22],
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to 10.68.0.5:80 failed (22: Invalid argument) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left for connections to the upstream.",
        begins: Begins::Tcp,
        phases: &[Phase::Connect],
        errno: &[99],
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 connect() to 10.0.0.5:8080 failed (99: Cannot assign requested address) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The upstream did not take the connection in time.",
        begins: Begins::With("upstream timed out"),
        phases: &[Phase::Connect],
        errno: &[110],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream timed out (110: Connection timed out) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The upstream did not finish the TLS handshake in time.",
        begins: Begins::With("upstream timed out"),
        phases: &[Phase::Tls],
        errno: &[110],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream timed out (110: Connection timed out) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The upstream did not take the request in time.",
        begins: Begins::With("upstream timed out"),
        phases: &[Phase::Send],
        errno: &[110],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream timed out (110: Connection timed out) while sending request to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream took the request and did not answer in time.",
        begins: Begins::With("upstream timed out"),
        phases: &[Phase::Header],
        errno: &[110],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTimeout,
        says: "The upstream stopped in the middle of its answer.",
        begins: Begins::With("upstream timed out"),
        phases: &[Phase::Body],
        errno: &[110],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream timed out (110: Connection timed out) while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateExpired,
        says: "The upstream's certificate has expired.",
        begins: Begins::With("upstream SSL certificate verify error: (10:"),
        catches: Catch::Parentheses,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateNotYetValid,
        says: "The upstream's certificate is not valid yet, or a clock is wrong.",
        begins: Begins::With("upstream SSL certificate verify error: (9:"),
        catches: Catch::Parentheses,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream SSL certificate verify error: (9:certificate is not yet valid) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateUntrusted,
        says: "The gateway does not trust who issued the upstream's certificate.",
        begins: Begins::With("upstream SSL certificate verify error: ("),
        contains: &["(2:", "(18:", "(19:", "(20:", "(21:"],
        catches: Catch::Parentheses,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateRefused,
        says: "The gateway refused the upstream's certificate.",
        begins: Begins::With("upstream SSL certificate verify error: ("),
        contains: &["(3:", "(7:", "(22:", "(23:", "(24:", "(25:", "(26:", "(28:", "(62:", "(66:", "(67:", "(68:"],
        catches: Catch::Parentheses,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream SSL certificate verify error: (24:invalid CA certificate) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateName,
        says: "The upstream's certificate is for another name.",
        begins: Begins::With("upstream SSL certificate does not match"),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream SSL certificate does not match "app.test" while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake with the upstream failed.",
        begins: Begins::With("SSL_do_handshake() failed (SSL:"),
        phases: &[Phase::Tls],
        catches: Catch::Parentheses,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 SSL_do_handshake() failed (SSL: error:0A0003F2:SSL routines::sslv3 alert unexpected message:SSL alert number 10) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsClosed,
        says: "The upstream closed the connection within the TLS handshake.",
        begins: Begins::With("peer closed connection in SSL handshake"),
        phases: &[Phase::Tls],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "https://10.0.0.5:8443/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The connection broke while the request was sent.",
        begins: Begins::Any(&["writev() failed", "send() failed", "sendfile() failed", "SSL_write() failed"]),
        phases: &[Phase::Send],
        errno: &[32, 104],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 writev() failed (32: Broken pipe) while sending request to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed the connection without a whole header.",
        begins: Begins::With("upstream prematurely closed connection"),
        phases: &[Phase::Header],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream prematurely closed connection while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection without a whole header.",
        begins: Begins::Any(&["recv() failed", "readv() failed", "SSL_read() failed"]),
        phases: &[Phase::Header],
        errno: &[104],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HeaderTooBig,
        says: "The header of the upstream's answer does not fit into the gateway's buffer.",
        begins: Begins::Any(&["upstream sent too big header", "upstream sent too big early hints"]),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent too big header while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::InvalidHeader,
        says: "The gateway refused a header line of the upstream.",
        begins: Begins::With("upstream sent invalid header"),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent invalid header: "Bad\x20..." while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::DuplicateLength,
        says: "The upstream's answer has two lengths.",
        begins: Begins::With("upstream sent duplicate header line: "),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent duplicate header line: "Content-Length: 10", previous value: "Content-Length: 12" while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::LengthAndChunked,
        says: "The upstream's answer has a length and is chunked.",
        begins: Begins::With("upstream sent \"Content-Length\" and \"Transfer-Encoding\""),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TransferEncoding,
        says: "The upstream's answer has a transfer encoding that the gateway does not know.",
        begins: Begins::With("upstream sent unknown \"Transfer-Encoding\""),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent unknown "Transfer-Encoding": "gzip" while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "What the upstream answered is no HTTP.",
        begins: Begins::With("upstream sent no valid HTTP/1.0 header"),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent no valid HTTP/1.0 header while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "The upstream spoke before it was asked.",
        begins: Begins::With("upstream prematurely sent response"),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream prematurely sent response while sending request to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The upstream closed the connection in the middle of its answer.",
        begins: Begins::With("upstream prematurely closed connection"),
        phases: &[Phase::Body],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream prematurely closed connection while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The upstream reset the connection in the middle of its answer.",
        begins: Begins::Any(&["readv() failed", "recv() failed", "SSL_read() failed"]),
        phases: &[Phase::Body],
        errno: &[104],
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 readv() failed (104: Connection reset by peer) while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadChunks,
        says: "The upstream's chunked answer is broken.",
        begins: Begins::With("upstream sent invalid chunked response"),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent invalid chunked response while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "Every member of the pool is left out at the moment.",
        begins: Begins::With("no live upstreams"),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 no live upstreams while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://app/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A member of the pool was left out after failures.",
        begins: Begins::With("upstream server temporarily disabled"),
        sample: r#"2026/11/22 15:00:00 [warn] 211#211: *7 upstream server temporarily disabled while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "The name server says that the upstream's name does not exist or has no address.",
        begins: Begins::Word("could not be resolved (3:"),
        catches: Catch::Word,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 app.internal could not be resolved (3: Host not found), client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerFailed,
        says: "The name server failed on the upstream's name.",
        begins: Begins::Word("could not be resolved (2:"),
        catches: Catch::Word,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 app.internal could not be resolved (2: Server failure), client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerRefused,
        says: "The name server refuses to answer the gateway.",
        begins: Begins::Word("could not be resolved (5:"),
        catches: Catch::Word,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 app.internal could not be resolved (5: Operation refused), client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerSilent,
        says: "No name server answered the gateway in time.",
        begins: Begins::Word("could not be resolved (110:"),
        catches: Catch::Word,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 app.internal could not be resolved (110: Operation timed out), client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerFailed,
        says: "The name server answered with an error code.",
        begins: Begins::AnyWord(&["could not be resolved (1:", "could not be resolved (4:"]),
        catches: Catch::Word,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 app.internal could not be resolved (4: Unimplemented), client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerUnreachable,
        says: "The gateway's name server cannot be reached.",
        begins: Begins::Any(&["send() failed", "recv() failed"]),
        phases: &[Phase::Resolve],
        catches: Catch::After(", resolver: "),
        sample: "2026/11/22 15:00:00 [error] 211#211: send() failed (111: Connection refused) while resolving, resolver: 10.0.0.53:53",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoResolver,
        says: "The upstream's name comes from a variable, and the gateway has no resolver.",
        begins: Begins::With("no resolver defined to resolve "),
        catches: Catch::After("to resolve "),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 no resolver defined to resolve app.internal, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::StartNameNotFound,
        says: "The upstream's name could not be resolved when the gateway started.",
        begins: Begins::With("host not found in upstream "),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [emerg] 211#211: host not found in upstream "app.internal" in /etc/nginx/nginx.conf:8"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::StartFailed,
        says: "The gateway could not take its listening address when it started.",
        begins: Begins::With("bind() to "),
        sample: "2026/11/22 15:00:00 [emerg] 211#211: bind() to 0.0.0.0:80 failed (98: Address already in use)",
        ..PLAIN
    },
    Signature {
        means: Meaning::StartFailed,
        says: "The gateway could not load its configuration: it has an error.",
        begins: Begins::Any(&[
            "unknown directive ",
            "unexpected ",
            "invalid number of arguments in ",
            "invalid value ",
            "invalid parameter ",
            "invalid host in ",
            "invalid port in ",
            "cannot load certificate ",
            "host not found in resolver ",
            "duplicate upstream ",
            "duplicate location ",
            "no \"events\" section in configuration",
        ]),
        sample: r#"2026/11/22 15:00:00 [emerg] 211#211: unknown directive "proxy_passs" in /etc/nginx/sites-enabled/shop:7"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::StartFailed,
        says: "The gateway could not load its configuration: a directive stands in the wrong place or twice.",
        begins: Begins::AnyWord(&[
            "directive is not allowed here in ",
            "directive is duplicate in ",
            "directive invalid value in ",
        ]),
        sample: r#"2026/11/22 15:00:00 [emerg] 211#211: "proxy_pass" directive is not allowed here in /etc/nginx/nginx.conf:9"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotFastcgi,
        says: "What the upstream answered is no FastCGI.",
        begins: Begins::Any(&[
            "upstream sent unsupported FastCGI protocol version",
            "upstream sent unexpected FastCGI record",
        ]),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET /x.php HTTP/1.1", upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The FastCGI application ended its answer early.",
        begins: Begins::With("upstream prematurely closed FastCGI"),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 upstream prematurely closed FastCGI stdout while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET /x.php HTTP/1.1", upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ApplicationSaid,
        says: "The FastCGI application reported an error of its own.",
        begins: Begins::With("FastCGI sent in stderr: "),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 FastCGI sent in stderr: "Primary script unknown" while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET /x.php HTTP/1.1", upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BindFailed,
        says: "The gateway's own source address for the upstream is not on this host.",
        begins: Begins::With("bind("),
        phases: &[Phase::Connect],
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 bind(192.0.2.77) failed (99: Cannot assign requested address) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "The gateway closes idle connections because few are left; nothing failed for it yet.",
        begins: Begins::Word("worker_connections are not enough"),
        contains: &["reusing connections"],
        sample: "2026/11/22 15:00:00 [warn] 211#211: 768 worker_connections are not enough, reusing connections",
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfConnections,
        says: "The gateway has no connections left.",
        begins: Begins::Word("worker_connections are not enough"),
        catches: Catch::Word,
        sample: "2026/11/22 15:00:00 [alert] 211#211: 768 worker_connections are not enough",
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway has no file descriptors left.",
        begins: Begins::Any(&["socket() failed", "accept4() failed", "accept() failed", "open() "]),
        errno: &[24],
        sample: r#"2026/11/22 15:00:00 [alert] 211#211: *7 socket() failed (24: Too many open files) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptorsInSystem,
        says: "The whole system has no file descriptors left.",
        begins: Begins::Any(&["socket() failed", "accept4() failed", "accept() failed", "open() "]),
        errno: &[23],
        sample: r#"2026/11/22 15:00:00 [alert] 211#211: *7 socket() failed (23: Too many open files in system) while connecting to upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "The disk is full where the gateway writes a log; answers do not suffer.",
        begins: Begins::With("write() to "),
        errno: &[28],
        sample: r#"2026/11/22 15:00:00 [alert] 211#211: *7 write() to "/var/log/nginx/access.log" failed (28: No space left on device) while logging request, client: 127.0.0.1, server: shop.example, request: "POST / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::DiskFull,
        says: "The disk is full where the gateway keeps an answer.",
        begins: Begins::Any(&["pwrite() ", "pwritev() ", "write() "]),
        errno: &[28],
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 pwritev() "/var/lib/nginx/proxy/1/00/0000000001" failed (28: No space left on device) while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TempDenied,
        says: "The gateway may not write its temporary files.",
        begins: Begins::Any(&["open() ", "mkdir() "]),
        phases: &[Phase::Body],
        errno: &[13, 30],
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 open() "/var/lib/nginx/proxy/1/00/0000000001" failed (13: Permission denied) while reading upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::FileDenied,
        says: "The gateway may not open a file.",
        begins: Begins::Any(&["open() ", "mkdir() "]),
        errno: &[13, 30],
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [crit] 211#211: *7 open() "/var/lib/nginx/body/0000000001" failed (13: Permission denied), client: 127.0.0.1, server: shop.example, request: "POST / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::GatewayWorkerCrashed,
        says: "A worker of the gateway itself crashed.",
        begins: Begins::With("worker process "),
        contains: &["exited on signal"],
        catches: Catch::After("on signal "),
        sample: "2026/11/22 15:00:00 [alert] 210#210: worker process 211 exited on signal 11",
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client went away before the upstream answered.",
        begins: Begins::Any(&[
            "client prematurely closed connection",
            "epoll_wait() reported that client prematurely closed connection",
        ]),
        sample: r#"2026/11/22 15:00:00 [info] 211#211: *7 epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while reading response header from upstream, client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "A limit would have refused the request, but only counts it.",
        begins: Begins::Any(&["limiting requests, dry run", "limiting connections, dry run"]),
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 limiting requests, dry run, excess: 5.940 by zone "one", client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RateLimited,
        says: "The gateway's own limit refused the request.",
        begins: Begins::Any(&["limiting requests", "limiting connections"]),
        catches: Catch::Quoted,
        sample: r#"2026/11/22 15:00:00 [error] 211#211: *7 limiting requests, excess: 5.940 by zone "one", client: 127.0.0.1, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example""#,
        ..PLAIN
    },
];
