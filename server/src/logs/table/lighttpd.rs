//! What lighttpd 1.4.69 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::Refused,
        says: "The backend refused the connection.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[111],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: tcp:10.0.0.5:8080: Connection refused"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The backend did not answer the connection attempt in time.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[110],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: tcp:10.0.0.5:8080: Connection timed out"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The backend's host cannot be reached.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[113],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: tcp:10.0.0.5:8080: No route to host"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the backend's network.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[101],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: tcp:10.0.0.5:8080: Network is unreachable"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The connection to the backend is not allowed.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[13],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: unix:/run/app.sock: Permission denied"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the backend's path.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[2],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: unix:/run/app.sock: No such file or directory"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the backend's socket is full.",
        begins: Begins::Any(&["establishing connection failed: ", "connect() "]),
        errno: &[11],
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) establishing connection failed: socket: unix:/run/app.sock: Resource temporarily unavailable"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The backend did not answer in time.",
        begins: Begins::With("read timeout on socket: "),
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) read timeout on socket: tcp:10.0.0.5:8080 (fd: 11)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The backend did not take the connection in time.",
        begins: Begins::With("connect timeout on socket: "),
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) connect timeout on socket: tcp:10.0.0.5:8080 (fd: 11)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SendFailed,
        says: "The backend took no more of the request.",
        begins: Begins::With("write timeout on socket: "),
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) write timeout on socket: tcp:10.0.0.5:8080 (fd: 11)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The backend closed the connection without an answer.",
        begins: Begins::Any(&["response not received, ", "unexpected end-of-file (perhaps the "]),
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) response not received, request sent: 203 on socket: tcp:10.0.0.5:8080 for /?, closing connection"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "All backends of this prefix are down.",
        begins: Begins::With("all handlers for "),
        sample: r#"2026-11-22 15:00:00: (gw_backend.c.274) all handlers for /? on  are down."#,
        ..PLAIN
    },
];
