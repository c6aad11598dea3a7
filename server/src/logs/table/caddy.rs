//! What Caddy says, with a line of each as Caddy 2.6 writes it.

use super::super::Phase;
use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "All upstreams are out of rotation, or at their limit.",
        begins: Begins::With("no upstreams available"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"no upstreams available","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":503,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.(*Handler).proxyLoopIteration (reverseproxy.go:524)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadChunks,
        says: "The answer's chunks break the rules.",
        begins: Begins::Any(&[
            "reading from backend: invalid byte in chunk length",
            "aborting with incomplete response: invalid byte in chunk length",
            "reading from backend: malformed chunked encoding",
            "aborting with incomplete response: malformed chunked encoding",
        ]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.handlers.reverse_proxy","msg":"reading from backend","error":"invalid byte in chunk length"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The answer's body broke off.",
        begins: Begins::Any(&["reading from backend: ", "aborting with incomplete response: "]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.handlers.reverse_proxy","msg":"aborting with incomplete response","error":"unexpected EOF"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A health check could not reach a member.",
        begins: Begins::With("HTTP request failed: "),
        sample: r#"{"level":"info","ts":1795359600.123456,"logger":"http.handlers.reverse_proxy.health_checker.active","msg":"HTTP request failed","host":"10.0.0.5:8080","error":"Get \"http://10.0.0.5:8080/\": dial tcp 10.0.0.5:8080: connect: connection refused"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A health check was answered with another status than wanted.",
        begins: Begins::Any(&["status code out of tolerances", "unexpected status code"]),
        sample: r#"{"level":"info","ts":1795359600.123456,"logger":"http.handlers.reverse_proxy.health_checker.active","msg":"status code out of tolerances","status_code":404,"host":"10.0.0.5:8080"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "The body of a health check's answer does not match.",
        begins: Begins::With("response body failed expectations"),
        sample: r#"{"level":"info","ts":1795359600.123456,"logger":"http.handlers.reverse_proxy.health_checker.active","msg":"response body failed expectations","host":"10.0.0.5:8080"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotFastcgi,
        says: "The upstream does not speak FastCGI.",
        begins: Begins::Any(&["malformed MIME header", "fcgi: invalid header version"]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"fcgi: invalid header version","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "The FastCGI application refused the connection.",
        begins: Begins::With("dialing backend: dial "),
        errno: &[111],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dialing backend: dial tcp 10.0.0.5:9000: connect: connection refused","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The FastCGI application's socket does not exist.",
        begins: Begins::With("dialing backend: dial unix "),
        errno: &[2],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dialing backend: dial unix /run/php/php-fpm.sock: connect: no such file or directory","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The gateway's user may not open the FastCGI application's socket.",
        begins: Begins::With("dialing backend: dial unix "),
        errno: &[13],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dialing backend: dial unix /run/php/php-fpm.sock: connect: permission denied","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client went away first.",
        begins: Begins::With("context canceled"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"context canceled","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":499,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "The dialled address could not be built from the configuration.",
        begins: Begins::With("making dial info: "),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"making dial info: upstream {http.vars.app}: invalid dial address","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the upstream's path.",
        begins: Begins::With("dial unix "),
        errno: &[2],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial unix /run/app.sock: connect: no such file or directory","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The gateway's user may not open the upstream's socket.",
        begins: Begins::With("dial unix "),
        errno: &[13],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial unix /run/app.sock: connect: permission denied","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "Nobody listens on the upstream's socket any more.",
        begins: Begins::With("dial unix "),
        errno: &[111],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial unix /run/app.sock: connect: connection refused","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the upstream's socket is full.",
        begins: Begins::With("dial unix "),
        errno: &[11],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial unix /run/app.sock: connect: resource temporarily unavailable","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "The upstream's name does not exist.",
        begins: Begins::Like(r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: no such host$"),
        phases: &[Phase::Resolve],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp: lookup app.internal on 127.0.0.53:53: no such host","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerFailed,
        says: "The name server failed to answer for the upstream's name.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: (?:server misbehaving|no answer from DNS server|cannot unmarshal DNS message)$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp: lookup app.internal on 10.0.0.53:53: server misbehaving","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerSilent,
        says: "The name server did not answer for the upstream's name.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+)(?: on [^ ]+)?: (?:(?:read|dial) [^ ]+ .*: )?i/o timeout$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp: lookup app.internal on 10.0.0.53:53: read udp 10.0.0.2:41234->10.0.0.53:53: i/o timeout","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerUnreachable,
        says: "The name server's port is closed.",
        begins: Begins::Like(
            r"dial tcp: lookup (?<caught>[^ ]+) on [^ ]+: (?:read|dial) [^ ]+ .*: (?:connection refused|connect: network is unreachable|connect: no route to host)$",
        ),
        phases: &[Phase::Resolve],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp: lookup app.internal on 10.0.0.53:53: read udp 10.0.0.2:41234->10.0.0.53:53: read: connection refused","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "The upstream's address refused the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[111],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: connection refused","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The upstream's host cannot be reached.",
        begins: Begins::With("dial tcp "),
        errno: &[113],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: no route to host","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the upstream's network.",
        begins: Begins::With("dial tcp "),
        errno: &[101],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: network is unreachable","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The system forbids the connection to the upstream.",
        begins: Begins::With("dial tcp "),
        errno: &[13],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: permission denied","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotPermitted,
        says: "A filter on the gateway's host forbids the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[1],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: operation not permitted","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Blackholed,
        says: "A blackhole route swallows the connection.",
        begins: Begins::With("dial tcp "),
        errno: &[22],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: invalid argument","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left for the upstream.",
        begins: Begins::With("dial tcp "),
        errno: &[99],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: cannot assign requested address","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection while it was made.",
        begins: Begins::With("dial tcp "),
        errno: &[104],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: connect: connection reset by peer","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The upstream did not answer the connection attempt in time.",
        begins: Begins::With("dial tcp "),
        errno: &[110],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: i/o timeout","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway has no descriptors left.",
        begins: Begins::With("dial tcp "),
        errno: &[24],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"dial tcp 10.0.0.5:8080: socket: too many open files","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateExpired,
        says: "The upstream's certificate has expired.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid: current time [^ ]+ is after (?<caught>[^ ]+)$",
        ),
        phases: &[Phase::Tls],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"x509: certificate has expired or is not yet valid: current time 2026-11-22T15:00:00Z is after 2026-11-19T15:00:00Z","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateNotYetValid,
        says: "The upstream's certificate is not valid yet.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid: current time [^ ]+ is before (?<caught>[^ ]+)$",
        ),
        phases: &[Phase::Tls],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"x509: certificate has expired or is not yet valid: current time 2026-11-22T15:00:00Z is before 2026-11-25T15:00:00Z","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateName,
        says: "The upstream's certificate is for other names.",
        begins: Begins::Like(
            r"(?:tls: failed to verify certificate: )?x509: (?:certificate is (?:valid for|not valid for any names)|cannot validate certificate for .* because it doesn.t contain any IP SANs|certificate relies on legacy Common Name field)",
        ),
        phases: &[Phase::Tls],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"x509: certificate is valid for old.internal, not app.internal","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateUntrusted,
        says: "The upstream's certificate comes from an authority that the gateway does not trust.",
        begins: Begins::Like(r"(?:tls: failed to verify certificate: )?x509: certificate signed by unknown authority"),
        phases: &[Phase::Tls],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"x509: certificate signed by unknown authority","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateRefused,
        says: "The gateway refused the upstream's certificate.",
        begins: Begins::Like(r"(?:tls: failed to verify certificate: )?x509: "),
        phases: &[Phase::Tls],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"x509: certificate is not authorized to sign other certificates","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsNotSpoken,
        says: "What the upstream answered to TLS is not TLS.",
        begins: Begins::With("tls: first record does not look like a TLS handshake"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"tls: first record does not look like a TLS handshake","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsUnrecognisedName,
        says: "The upstream does not know the name that the handshake asks for.",
        begins: Begins::With("remote error: tls: unrecognized name"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"remote error: tls: unrecognized name","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateWanted,
        says: "The upstream wants a certificate from the gateway.",
        begins: Begins::Any(&["remote error: tls: certificate required", "remote error: tls: bad certificate"]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"remote error: tls: certificate required","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
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
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"remote error: tls: protocol version not supported","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsRefused,
        says: "The upstream refused the TLS handshake.",
        begins: Begins::With("remote error: tls: "),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"remote error: tls: handshake failure","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake took too long.",
        begins: Begins::With("net/http: TLS handshake timeout"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: TLS handshake timeout","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake failed.",
        begins: Begins::With("tls: "),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"tls: server did not echo the legacy session ID","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::DuplicateLength,
        says: "The answer announces two different lengths.",
        begins: Begins::With(
            "net/http: HTTP/1.x transport connection broken: http: message cannot contain multiple Content-Length headers",
        ),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: http: message cannot contain multiple Content-Length headers; got [\"2\" \"3\"]","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TransferEncoding,
        says: "The answer's transfer encoding is unknown or written twice.",
        begins: Begins::Any(&[
            "net/http: HTTP/1.x transport connection broken: too many transfer encodings",
            "net/http: HTTP/1.x transport connection broken: unsupported transfer encoding",
        ]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: too many transfer encodings: [\"chunked\" \"chunked\"]","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
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
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: malformed MIME header: missing colon: \"Build\"","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HeaderTooBig,
        says: "The answer's head is larger than the gateway takes.",
        begins: Begins::Any(&[
            "net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded",
            "net/http: server response headers exceeded",
        ]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: net/http: server response headers exceeded 4096 bytes; aborted","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "What the upstream answers is not HTTP/1.",
        begins: Begins::Any(&["net/http: HTTP/1.x transport connection broken: malformed HTTP "]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: malformed HTTP status code \"Debian-2\"","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed the connection within the answer's head.",
        begins: Begins::Any(&["net/http: HTTP/1.x transport connection broken: ", "unexpected EOF"]),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: HTTP/1.x transport connection broken: unexpected EOF","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotHttp,
        says: "The upstream breaks the rules of HTTP/2.",
        begins: Begins::With("http2: "),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=PROTOCOL_ERROR, debug=\"\"","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream did not answer in time.",
        begins: Begins::With("net/http: timeout awaiting response headers"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"net/http: timeout awaiting response headers","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":504,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed the connection without an answer.",
        begins: Begins::Like("EOF$"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"EOF","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed a kept connection just as it was used again.",
        begins: Begins::With("http: server closed idle connection"),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"http: server closed idle connection","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection instead of an answer.",
        begins: Begins::With("read tcp "),
        errno: &[104],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"read tcp 10.0.0.2:40264->10.0.0.5:8080: read: connection reset by peer","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream stopped answering.",
        begins: Begins::With("read tcp "),
        errno: &[110],
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"read tcp 10.0.0.2:40264->10.0.0.5:8080: i/o timeout","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The upstream took no more of the request.",
        begins: Begins::With("write tcp "),
        sample: r#"{"level":"error","ts":1795359600.123456,"logger":"http.log.error.log0","msg":"write tcp 10.0.0.2:40264->10.0.0.5:8080: write: broken pipe","request":{"remote_ip":"127.0.0.1","remote_port":"41234","proto":"HTTP/1.1","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.88.1"],"Accept":["*/*"]}},"duration":0.001557371,"status":502,"err_id":"ef8a3bq5w","err_trace":"reverseproxy.statusError (reverseproxy.go:1299)"}"#,
        ..PLAIN
    },
];
