//! What Varnish 7.1 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::Refused,
        says: "The backend's address refused the connection.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[111],
        sample: r#"--  FetchError     backend default: fail errno 111 (Connection refused)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The backend did not answer the connection attempt in time.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[110],
        sample: r#"--  FetchError     backend default: fail errno 110 (Connection timed out)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The backend's host cannot be reached.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[113],
        sample: r#"--  FetchError     backend default: fail errno 113 (No route to host)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the backend's network.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[101],
        sample: r#"--  FetchError     backend default: fail errno 101 (Network is unreachable)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The system forbids the connection to the backend.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[13],
        sample: r#"--  FetchError     backend default: fail errno 13 (Permission denied)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotPermitted,
        says: "A filter on the gateway's host forbids the connection.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[1],
        sample: r#"--  FetchError     backend default: fail errno 1 (Operation not permitted)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Blackholed,
        says: "A blackhole route swallows the connection.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[22],
        sample: r#"--  FetchError     backend default: fail errno 22 (Invalid argument)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The backend reset the connection while it was made.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[104],
        sample: r#"--  FetchError     backend default: fail errno 104 (Connection reset by peer)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left for the backend.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[99],
        sample: r#"--  FetchError     backend default: fail errno 99 (Cannot assign requested address)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the backend's path.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[2],
        sample: r#"--  FetchError     backend default: fail errno 2 (No such file or directory)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the backend's socket is full.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[11],
        sample: r#"--  FetchError     backend default: fail errno 11 (Resource temporarily unavailable)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway has no descriptors left.",
        begins: Begins::Like(r"FetchError backend [^ ]+: fail errno "),
        errno: &[24],
        sample: r#"--  FetchError     backend default: fail errno 24 (Too many open files)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "The backend's probe says that it is sick.",
        begins: Begins::Like(r"FetchError backend [^ ]+: unhealthy"),
        sample: r#"--  FetchError     backend default: unhealthy"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::PoolCapped,
        says: "The backend has as many connections as it may.",
        begins: Begins::Like(r"FetchError backend [^ ]+: busy"),
        sample: r#"--  FetchError     backend default: busy"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "The director has no backend to give.",
        begins: Begins::Any(&["FetchError No backend", "FetchError Director "]),
        sample: r#"--  FetchError     Director pool returned no backend"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The backend did not answer in time.",
        begins: Begins::With("FetchError first byte timeout"),
        sample: r#"--  FetchError     first byte timeout"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The backend closed the connection without an answer.",
        begins: Begins::Any(&[
            "FetchError HTC eof",
            "FetchError backend closed",
            "FetchError http read error: EOF",
            "FetchError http first read error: EOF",
        ]),
        sample: r#"--  FetchError     HTC eof (-1)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HeaderTooBig,
        says: "The answer's head is larger than the gateway takes.",
        begins: Begins::Any(&["FetchError overflow", "FetchError HTC overflow"]),
        sample: r#"--  FetchError     overflow"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::InvalidHeader,
        says: "The answer's head breaks the rules, or is no HTTP.",
        begins: Begins::Any(&["FetchError http format error", "FetchError Received junk", "FetchError HTC junk"]),
        sample: r#"--  FetchError     http format error"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadChunks,
        says: "The answer's chunks break the rules.",
        begins: Begins::Any(&[
            "FetchError chunked header",
            "FetchError chunked read err",
            "FetchError chunked tail no NL",
            "FetchError chunked",
        ]),
        sample: r#"--  FetchError     chunked header non-hex"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The answer's body broke off.",
        begins: Begins::Any(&["FetchError straight insufficient bytes", "FetchError straight"]),
        sample: r#"--  FetchError     straight insufficient bytes"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTimeout,
        says: "The answer's body stopped coming.",
        begins: Begins::With("FetchError Resource temporarily unavailable"),
        sample: r#"--  FetchError     Resource temporarily unavailable"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HeaderTooBig,
        says: "The answer's head does not fit into the gateway's workspace.",
        begins: Begins::Any(&["FetchError out of workspace", "FetchError workspace"]),
        sample: r#"--  FetchError     out of workspace"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "The gateway has no room to store the answer.",
        begins: Begins::With("FetchError Could not get storage"),
        sample: r#"--  FetchError     Could not get storage"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The request could not be sent to the backend.",
        begins: Begins::Any(&["FetchError backend write error", "FetchError req.body"]),
        sample: r#"--  FetchError     backend write error: 32 (Broken pipe)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A probe was refused by a backend.",
        begins: Begins::Like(r"Backend_health [^ ]+ (?:Went|Still) sick .*(?:Open error 111|Connection refused)"),
        sample: r#"     0 Backend_health - default Went sick ------- 0 4 8 0.000000 0.000000 "Open error 111 (Connection refused)""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A probe found a backend sick.",
        begins: Begins::Like(r"Backend_health [^ ]+ (?:Went|Still) sick "),
        sample: r#"     0 Backend_health - default Went sick 4---X-R- 0 4 8 0.000512 0.000000 "HTTP/1.1 404 Not Found""#,
        ..PLAIN
    },
];
