//! What HAProxy says, with a line of each as it writes it.
//!
//! Request lines come as `frontend backend/server timers status bytes end connections queues`: what clients write is
//! already left out. Lines about connections have no status, and an end of two letters.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "No server of the backend is in rotation.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ 503 \d+ SC"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "No server of the backend is in rotation for this connection.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ \d+ SC "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/<NOSRV> -1/-1/0 0 SC 1/1/0/0/0 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueTimeout,
        says: "The request waited for a free place at a server until the queue's timeout.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ sQ"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/<NOSRV> 0/1001/-1/-1/1001 503 217 - - sQ-- 2/2/1/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::QueueTimeout,
        says: "The connection waited for a free place at a server until the queue's timeout.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ sQ "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/<NOSRV> 1001/-1/1001 0 sQ 2/2/1/0/0 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectFailed,
        says: "The connection to the server failed at once.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ SC"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/-1/-1/3001 503 217 - - SC-- 1/1/0/0/3 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectFailed,
        says: "The connection to the server failed at once (connections passed through).",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ SC "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/db1 1/-1/3 0 SC 1/1/0/0/3 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The server did not take the connection in time.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ sC"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/-1/-1/4004 503 217 - - sC-- 1/1/0/0/3 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectTimeout,
        says: "The server did not take the connection in time (connections passed through).",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ sC "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/db1 1/-1/4004 0 sC 1/1/0/0/3 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::ReadTimeout,
        says: "The server did not answer in time.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ sH"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/3001 504 194 - - sH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClosedEarly,
        says: "The server closed the connection before its answer.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ SH"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/4 502 208 - - SH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadAnswer,
        says: "The server's answer breaks the rules or is too large for the buffer.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ PH"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/1 502 208 - - PH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BadChunks,
        says: "The answer's body breaks the rules.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ PD"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/1/2 200 140 - - PD-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTruncated,
        says: "The server closed the connection inside the answer's body.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ SD"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/9/9 200 140 - - SD-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTimeout,
        says: "The answer's body stopped coming.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ \d+ sD"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/4/3006 200 140 - - sD-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Reset,
        says: "The server broke the connection that was passed through.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ SD "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/db1 1/0/12 84 SD 1/1/0/0/0 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::BodyTimeout,
        says: "The connection that was passed through was idle for too long.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ \d+ sD "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] db db/db1 1/0/30002 84 sD 1/1/0/0/0 0/0",
        ..PLAIN
    },
    Signature {
        means: Meaning::LocalResource,
        says: "HAProxy had no socket, port or memory left to connect.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:\d+ )?\d+ RC"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/-1/-1/0 503 217 - - RC-- 1/1/0/0/3 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "HAProxy's limit of sockets was reached.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:\d+ )?\d+ PC"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/-1/-1/0 503 217 - - PC-- 200/200/199/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SessionKilled,
        says: "HAProxy ended the request because its server was taken out.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:\d+ )?-?\d+ D[CHDQL-]"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/812 503 217 - - DH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SessionKilled,
        says: "An administrator ended the request.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:\d+ )?-?\d+ K[CHDQL-]"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/812 503 217 - - KH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RateLimited,
        says: "HAProxy's own rule found too many requests.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ 429 \d+ PR"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/-1/-1/-1/0 429 199 - - PR-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "HAProxy's own rule or reading refused the request.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ 4\d\d \d+ PR"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "HAProxy's own rule answered with an error of the server's kind.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ 5\d\d \d+ (?:PR|PT|LR)"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/-1/-1/-1/0 503 217 - - PR-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RateLimited,
        says: "HAProxy held the request back and then refused it (tarpit).",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ \d+ \d+ PT"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/5000/-1/-1/5000 429 192 - - PT-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "HAProxy answered the request by itself.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ 4\d\d \d+ LR"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/-1/-1/-1/0 404 192 - - LR-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client did not send its request in time.",
        begins: Begins::Like(r#"\S+ \S+/<NOSRV> \S+ \d+ \d+ cR"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> -1/-1/-1/-1/10001 408 212 - - cR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientGone,
        says: "The client went away before the answer.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:-?\d+ )?\d+ [Cc][CHDQRL]"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/-1/812 -1 0 - - CH-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::InternalError,
        says: "HAProxy met an error of its own.",
        begins: Begins::Like(r#"\S+ \S+/\S+ \S+ (?:-?\d+ )?\d+ I"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web web/<NOSRV> 0/-1/-1/-1/0 500 187 - - IR-- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ApplicationSaid,
        says: "The server answered with this error itself.",
        begins: Begins::Like(r#"\S+ \S+/[^<\s]\S* \S+ 5\d\d \d+ --"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web app/app1 0/0/0/2/2 502 161 - - ---- 1/1/0/0/0 0/0 "GET /shop HTTP/1.1""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckRefused,
        says: "A server is out: its health check could not connect.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer4 connection problem"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckConnectTimeout,
        says: "A server is out: its health check got no connection in time.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer4 timeout"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer4 timeout, check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckTlsFailed,
        says: "A server is out: the TLS handshake of its health check failed.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer6 invalid response"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer6 invalid response, info: "SSL handshake failure", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckTlsTimeout,
        says: "A server is out: the TLS handshake of its health check took too long.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer6 timeout"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer6 timeout, check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckTimeout,
        says: "A server is out: its health check was not answered in time.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer7 timeout"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer7 timeout, check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckStatus,
        says: "A server is out: its health check was answered with another status than wanted.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer7 wrong status, code: (?P<caught>\d+)"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer7 wrong status, code: 404, info: "Not Found", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckInvalid,
        says: "A server is out: the answer to its health check was none.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN, reason: Layer7 invalid response"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Layer7 invalid response, info: "TCPCHK got an empty response at step 2", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckFailed,
        says: "A server is out: its health check could not be made.",
        begins: Begins::Like(
            r#"(?:Backup )?Server \S+ is DOWN, reason: (?:Socket error|External check|Layer7 response|Agent)"#,
        ),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is DOWN, reason: Socket error, info: "Cannot assign requested address", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberDisabled,
        says: "A server is out because the one that it follows is.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is DOWN via "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app2 is DOWN via app/app1. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckRefused,
        says: "A health check could not connect.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ failed, reason: Layer4 connection problem"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms, status: 1/2 UP."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckConnectTimeout,
        says: "A health check got no connection in time.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ failed, reason: Layer4 timeout"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer4 timeout, check duration: 0ms, status: 1/2 UP.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckTlsFailed,
        says: "The TLS handshake of a health check failed.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ failed, reason: Layer6"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer6 invalid response, info: "SSL handshake failure", check duration: 0ms, status: 1/2 UP."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckTimeout,
        says: "A health check was not answered in time.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ failed, reason: Layer7 timeout"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer7 timeout, check duration: 0ms, status: 1/2 UP.",
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckStatus,
        says: "A health check was answered with another status than wanted.",
        begins: Begins::Like(
            r#"Health check for (?:backup )?server \S+ failed, reason: Layer7 wrong status, code: (?P<caught>\d+)"#,
        ),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer7 wrong status, code: 503, info: "Service Unavailable", check duration: 0ms, status: 1/2 UP."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::CheckInvalid,
        says: "The answer to a health check was none.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ failed, reason: Layer7"#),
        sample: r#"2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 failed, reason: Layer7 invalid response, info: "TCPCHK got an empty response at step 2", check duration: 0ms, status: 1/2 UP."#,
        ..PLAIN
    },
    Signature {
        means: Meaning::NameNotFound,
        says: "A server is out: its name does not exist any more.",
        begins: Begins::Like(
            r#"(?:Backup )?Server \S+ is going DOWN for maintenance \((?:DNS NX status|No IP for server |entry removed from SRV record)"#,
        ),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerSilent,
        says: "A server is out: the name server does not answer for it.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is going DOWN for maintenance \(DNS timeout status"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is going DOWN for maintenance (DNS timeout status). 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerRefused,
        says: "A server is out: the name server refuses to answer for it.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is going DOWN for maintenance \(DNS refused status"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is going DOWN for maintenance (DNS refused status). 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NameServerFailed,
        says: "A server is out: the name server failed for it.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is going DOWN for maintenance \((?:unspecified )?DNS "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is going DOWN for maintenance (unspecified DNS error). 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberTakenOut,
        says: "A server was taken out by hand.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is going DOWN for maintenance"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is going DOWN for maintenance. 0 active and 0 backup servers left. 1 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberTakenOut,
        says: "A server takes no new requests.",
        begins: Begins::Like(
            r#"(?:Backup )?Server \S+ (?:is stopping|enters drain state|is going DRAIN|is DRAIN|remains in forced drain mode)"#,
        ),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 enters drain state. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberUp,
        says: "A server is in again.",
        begins: Begins::Like(r#"(?:Backup )?Server \S+ is UP"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Server app/app1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
        ..PLAIN
    },
    Signature {
        means: Meaning::MemberUp,
        says: "A health check succeeded.",
        begins: Begins::Like(r#"Health check for (?:backup )?server \S+ succeeded"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Health check for server app/app1 succeeded, reason: Layer4 check passed, check duration: 0ms, status: 3/3 UP.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoLiveUpstreams,
        says: "The last server of a backend went out.",
        begins: Begins::Like(r#"(?:backend|proxy) \S+ has no server available!"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: backend app has no server available!",
        ..PLAIN
    },
    Signature {
        means: Meaning::ConnectionLimit,
        says: "HAProxy's own limit of connections is reached.",
        begins: Begins::Like(r#"Proxy \S+ reached the configured maximum connection limit"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Proxy web reached the configured maximum connection limit. Please check the global 'maxconn' value.",
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptors,
        says: "HAProxy ran out of descriptors.",
        begins: Begins::Like(r#"Proxy \S+ reached process FD limit"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Proxy web reached process FD limit (maxsock=430). Please check 'ulimit-n' and restart.",
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptorsInSystem,
        says: "The whole system ran out of descriptors.",
        begins: Begins::Like(r#"Proxy \S+ reached system FD limit"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Proxy web reached system FD limit (maxsock=430). Please check system tunables.",
        ..PLAIN
    },
    Signature {
        means: Meaning::LocalResource,
        says: "The system has no memory left for sockets.",
        begins: Begins::Like(r#"Proxy \S+ reached system memory limit"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Proxy web reached system memory limit (maxsock=430). Please check system tunables.",
        ..PLAIN
    },
    Signature {
        means: Meaning::BindFailed,
        says: "HAProxy cannot take the local address that its configuration names.",
        begins: Begins::Like(r#"Cannot bind to (?:tproxy )?source address before connect\(\) for backend "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Cannot bind to source address before connect() for backend app. Aborting.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoSourceAddress,
        says: "No local port is left to connect from.",
        begins: Begins::Like(r#"Connect\(\) failed for backend \S+: (?:no free ports|local address already in use)"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Connect() failed for backend app: no free ports.",
        ..PLAIN
    },
    Signature {
        means: Meaning::StartNameNotFound,
        says: "A name could not be resolved when HAProxy started.",
        begins: Begins::Like(
            r#"(?:config : )?(?:\[[^\]]*\] : )?'server \S+' ?: could not resolve address '(?P<caught>[^']+)'"#,
        ),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 'server app/app1' : could not resolve address 'app.internal'.",
        ..PLAIN
    },
    Signature {
        means: Meaning::NameChanged,
        says: "A server's name leads to another address now.",
        begins: Begins::Like(r#"\S+/\S+ changed its IP from "#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: app/app1 changed its IP from 10.0.0.5 to 10.0.0.6 by dns/ns1.",
        ..PLAIN
    },
    Signature {
        means: Meaning::ProxyHeaderMissing,
        says: "A client's connection did not begin with the PROXY protocol that the listener expects.",
        begins: Begins::Like(
            "(?:Received something which does not look like a PROXY protocol header|Missing PROXY protocol header|Connection closed while waiting for PROXY protocol header|Timeout while waiting for PROXY protocol header|Truncated PROXY protocol header received)",
        ),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web/1: Received something which does not look like a PROXY protocol header",
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientTlsFailed,
        says: "The TLS handshake of a client failed.",
        begins: Begins::Like(
            "(?:SSL handshake failure|Connection closed during SSL handshake|Timeout during SSL handshake)",
        ),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web/1: SSL handshake failure",
        ..PLAIN
    },
    Signature {
        means: Meaning::Other,
        says: "A proxy stopped.",
        begins: Begins::Like(r#"(?:Proxy \S+ stopped|Stopping (?:frontend|backend|proxy) )"#),
        sample: "2026-11-22T15:00:01.130412+00:00 lb haproxy[4242]: Proxy web stopped (cumulated conns: FE: 12, BE: 0).",
        ..PLAIN
    },
];
