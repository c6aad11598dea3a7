//! What Squid 5.7 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::ClosedEarly,
        says: "The peer sent no answer.",
        begins: Begins::With("WARNING: HTTP: Invalid Response: No object data received"),
        sample: r#"2026/11/22 15:00:00| WARNING: HTTP: Invalid Response: No object data received for http://shop.example/ AKA http://shop.example/"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A peer was marked dead after failures.",
        begins: Begins::With("Detected DEAD Parent: "),
        sample: r#"2026/11/22 15:00:00 kid1| Detected DEAD Parent: app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectFailed,
        says: "A connection to a peer failed.",
        begins: Begins::With("TCP connection to "),
        sample: r#"2026/11/22 15:00:00 kid1| TCP connection to 10.0.0.5/8080 failed"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway runs out of descriptors.",
        begins: Begins::With("WARNING! Your cache is running out of filedescriptors"),
        sample: r#"2026/11/22 15:00:00 kid1| WARNING! Your cache is running out of filedescriptors"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake with a peer failed.",
        begins: Begins::With("ERROR: negotiating TLS on FD "),
        sample: r#"2026/11/22 15:00:00 kid1| ERROR: negotiating TLS on FD 12: error:0A000086:SSL routines::certificate verify failed (1/-1/0)"#,
        ..PLAIN
    },
];
