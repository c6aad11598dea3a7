//! What nghttpx 1.52 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::Refused,
        says: "The backend refused the connection.",
        begins: Begins::With("Backend connect failed; addr="),
        errno: &[111],
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Backend connect failed; addr=10.0.0.5:8080: errno=111"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The backend's host cannot be reached.",
        begins: Begins::With("Backend connect failed; addr="),
        errno: &[113],
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Backend connect failed; addr=10.0.0.5:8080: errno=113"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the backend's network.",
        begins: Begins::With("Backend connect failed; addr="),
        errno: &[101],
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Backend connect failed; addr=10.0.0.5:8080: errno=101"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The connection to the backend is not allowed.",
        begins: Begins::With("Backend connect failed; addr="),
        errno: &[13],
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Backend connect failed; addr=10.0.0.5:8080: errno=13"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The backend did not answer the connection attempt in time.",
        begins: Begins::With("Backend connect failed; addr="),
        errno: &[110],
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Backend connect failed; addr=10.0.0.5:8080: errno=110"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The backend did not take the connection in time.",
        begins: Begins::With("Connect time out; addr="),
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 WARN (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Connect time out; addr=10.0.0.5:8080"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The backend did not answer in time.",
        begins: Begins::Any(&["Timeout", "Time out"]),
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 INFO (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Time out"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The backend closed or reset the connection.",
        begins: Begins::Any(&["Network error/general error", "EOF received"]),
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 INFO (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Network error/general error"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "No backend is left to try.",
        begins: Begins::With("No working downstream address found"),
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 INFO (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] No working downstream address found"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateRefused,
        says: "The gateway refused the backend's certificate.",
        begins: Begins::With("Certificate verification failed"),
        sample: r#"2026-11-22T15:00:00.506Z 27970 27970 b6897752 ERROR (shrpx_http_downstream_connection.cc:1532) [DCONN:0x7f10f880cf00] Certificate verification failed: certificate has expired"#,
        ..PLAIN
    },
];
