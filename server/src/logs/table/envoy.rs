//! What Envoy 1.40 says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::CertificateExpired,
        says: "The upstream's certificate has expired.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*certificate_has_expired"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_0:_certificate_has_expired:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateNotYetValid,
        says: "The upstream's certificate is not valid yet.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*certificate_is_not_yet_valid"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_0:_certificate_is_not_yet_valid:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateName,
        says: "The upstream's certificate is for other names.",
        begins: Begins::Like(
            r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*(?:SAN_matcher|SANs|subject_alt|verify_subject)",
        ),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_SAN_matcher,_certificate_SANs_are_[old.internal]:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateUntrusted,
        says: "The upstream's certificate comes from an authority that the gateway does not trust.",
        begins: Begins::Like(
            r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*(?:unable_to_get_local_issuer_certificate|self.signed|unable_to_verify_the_first_certificate|unable_to_get_issuer)",
        ),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_0:_unable_to_get_local_issuer_certificate:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateRefused,
        says: "The gateway refused the upstream's certificate.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*CERTIFICATE_VERIFY_FAILED"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsNotSpoken,
        says: "What the upstream answered to TLS is not TLS.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*(?:WRONG_VERSION_NUMBER|HTTP_REQUEST)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsVersion,
        says: "Gateway and upstream have no TLS version in common.",
        begins: Begins::Like(
            r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*(?:ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)",
        ),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268436526:SSL_routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsUnrecognisedName,
        says: "The upstream does not know the name that the handshake asks for.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*ALERT_UNRECOGNIZED_NAME"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268436568:SSL_routines:OPENSSL_internal:TLSV1_ALERT_UNRECOGNIZED_NAME:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CertificateWanted,
        says: "The upstream wants a certificate from the gateway.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268436612:SSL_routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsRefused,
        says: "The upstream refused the TLS handshake.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error.*ALERT_"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268436496:SSL_routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::TlsFailed,
        says: "The TLS handshake failed.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*TLS_error"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435612:SSL_routines:OPENSSL_internal:HTTP_PROXY:TLS_error_end} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Refused,
        says: "The upstream's address refused the connection.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[111],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::HostUnreachable,
        says: "The upstream's host cannot be reached.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[113],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_No_route_to_host} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NetUnreachable,
        says: "There is no way to the upstream's network.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[101],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Network_is_unreachable|remote_address:10.0.0.5:8080} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Denied,
        says: "The system forbids the connection to the upstream.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[13],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Permission_denied} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NotPermitted,
        says: "A filter on the gateway's host forbids the connection.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[1],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Operation_not_permitted} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Blackholed,
        says: "A blackhole route swallows the connection.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[22],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Invalid_argument} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left for the upstream.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[99],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Cannot_assign_requested_address} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSuchSocket,
        says: "The gateway found no socket at the upstream's path.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[2],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_No_such_file_or_directory} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueFull,
        says: "The queue of the upstream's socket is full.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[11],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Resource_temporarily_unavailable} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The upstream reset the connection while it was made.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        errno: &[104],
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_reset_by_peer} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The upstream did not answer the connection attempt in time.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)* .*\{connection_timeout"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_timeout} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectFailed,
        says: "The connection to the upstream failed.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UF(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF 0 98 2 - "-" "curl/7.88.1" "6b4e8b2e-1b4b-4b6e-9b1f-2f6f0f3f0a11" "shop.example" "10.0.0.5:8080""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "One try for an answer took longer than it may.",
        begins: Begins::Like(r"(?:[A-Z]+,)*(?:UT|URX)(?:,[A-Z]+)* .*upstream_per_try_timeout"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 504 UT upstream_per_try_timeout - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The upstream did not answer in time.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UT(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 504 UT response_timeout - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The upstream closed the connection within the answer's body.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UC(?:,[A-Z]+)* .*after_response_started"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 200 UC upstream_reset_after_response_started{connection_termination} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The upstream closed or reset the connection without an answer.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UC(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UC upstream_reset_before_response_started{connection_termination} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyInvalid,
        says: "The answer's body breaks the rules or broke off.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UPE(?:,[A-Z]+)* .*after_response_started"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 200 UPE upstream_reset_after_response_started{protocol_error} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadAnswer,
        says: "The upstream's answer breaks the rules of its protocol.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UPE(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 502 UPE upstream_reset_before_response_started{protocol_error} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::StreamReset,
        says: "The upstream reset the stream.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UR(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UR upstream_reset_before_response_started{remote_reset} - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::PoolCapped,
        says: "A circuit breaker of the gateway is open: too many requests to this cluster at once.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UO(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UO upstream_reset_before_response_started{overflow} - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "No member of the cluster is healthy, or it has none.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UH(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UH no_healthy_upstream - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "The upstream's name could not be resolved.",
        begins: Begins::Like(r"(?:[A-Z]+,)*DF(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 DF dns_resolution_failure - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::EmptyPool,
        says: "The route names a cluster that is not there.",
        begins: Begins::Like(r"(?:[A-Z]+,)*NC(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 NC cluster_not_found - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "No route takes this request.",
        begins: Begins::Like(r"(?:[A-Z]+,)*NR(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 404 NR route_not_found - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RateLimited,
        says: "A rate limit of the gateway refused the request.",
        begins: Begins::Like(r"(?:[A-Z]+,)*(?:RL|RLSE)(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 429 RL request_rate_limited - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "The gateway's authorisation refused the request.",
        begins: Begins::Like(r"(?:[A-Z]+,)*UAEX(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 403 UAEX ext_authz_denied - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfConnections,
        says: "The gateway is overloaded and refuses requests.",
        begins: Begins::Like(r"(?:[A-Z]+,)*OM(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 OM overload - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The stream was idle for too long.",
        begins: Begins::Like(r"(?:[A-Z]+,)*SI(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 504 SI stream_idle_timeout - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "The client's request breaks the rules of HTTP.",
        begins: Begins::Like(r"(?:[A-Z]+,)*(?:DPE|IH)(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 400 DPE http1.codec_error - "-" 98 2 "shop.example" "-" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client went away first.",
        begins: Begins::Like(r"(?:[A-Z]+,)*(?:DC|DR)(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 0 DC downstream_remote_disconnect - "-" 98 2 "shop.example" "10.0.0.5:8080" app"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectFailed,
        says: "All tries of the gateway failed.",
        begins: Begins::Like(r"(?:[A-Z]+,)*URX(?:,[A-Z]+)*(?: |$)"),
        sample: r#"[2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 URX 0 98 2 - "-" "curl/7.88.1" "6b4e8b2e-1b4b-4b6e-9b1f-2f6f0f3f0a11" "shop.example" "10.0.0.5:8080""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "The gateway has no descriptors left.",
        begins: Begins::Any(&[
            "accept() failed: Too many open files",
            "socket(2) failed, got error: Too many open files",
        ]),
        sample: r#"[2026-11-22 15:00:00.000][7][critical][assert] [source/common/network/socket_interface_impl.cc:65] socket(2) failed, got error: Too many open files"#,
        ..PLAIN
    },
];
