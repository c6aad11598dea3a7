//! What h2o 2.2 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::ConnectFailed,
        says: "The connection to the upstream failed.",
        begins: Begins::With("connection failed"),
        sample: r#"[lib/core/proxy.c] in request:/:connection failed"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The upstream did not answer the connection attempt in time.",
        begins: Begins::With("connection timeout"),
        sample: r#"[lib/core/proxy.c] in request:/:connection timeout"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed or reset the connection without an answer.",
        begins: Begins::With("I/O error (head)"),
        sample: r#"[lib/core/proxy.c] in request:/:I/O error (head)"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream did not answer in time.",
        begins: Begins::With("I/O timeout"),
        sample: r#"[lib/core/proxy.c] in request:/:I/O timeout"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadAnswer,
        says: "The upstream's answer breaks the rules.",
        begins: Begins::With("failed to parse the response"),
        sample: r#"[lib/core/proxy.c] in request:/:failed to parse the response"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "The upstream's name could not be resolved.",
        begins: Begins::With("name resolution failure"),
        sample: r#"[lib/core/proxy.c] in request:/:name resolution failure"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake failed.",
        begins: Begins::With("certificate verify failure"),
        sample: r#"[lib/core/proxy.c] in request:/:certificate verify failure"#,
        ..PLAIN
    },
];
