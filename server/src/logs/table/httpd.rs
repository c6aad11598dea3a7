//! What Apache httpd says, with a line of each as httpd 2.4 writes it.

use super::super::Phase;
use super::super::signatures::{Begins, Catch, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Rows with fewer lines: meaning and sentence, then how the message begins and what else it has to have, then a sample.
macro_rules! rows {
    ($($means:ident, $says:literal; $begins:expr $(, $field:ident: $value:expr)*; $sample:literal)+) => {
        &[$(Signature {
            means: Meaning::$means,
            says: $says,
            begins: $begins,
            $($field: $value,)*
            sample: $sample,
            ..PLAIN
        }),+]
    };
}

/// Its rows.
#[rustfmt::skip]
pub(in crate::logs) static ROWS: &[Signature] = rows! {
    Refused, "The upstream's address refused the connection.";
    Begins::With("AH00957: "), errno: &[111];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (111)Connection refused: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    ConnectTimeout, "The upstream did not answer the connection attempt in time.";
    Begins::With("AH00957: "), errno: &[70007, 110];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (70007)The timeout specified has expired: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    HostUnreachable, "The upstream's host cannot be reached.";
    Begins::With("AH00957: "), errno: &[113];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (113)No route to host: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    NetUnreachable, "There is no route to the upstream's network.";
    Begins::With("AH00957: "), errno: &[101];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (101)Network is unreachable: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    Denied, "Connecting to the upstream was denied.";
    Begins::With("AH00957: "), errno: &[13];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (13)Permission denied: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    NotPermitted, "A local filter did not permit the connection.";
    Begins::With("AH00957: "), errno: &[1];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (1)Operation not permitted: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    Blackholed, "A route swallows connections to the upstream.";
    Begins::With("AH00957: "), errno: &[22];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (22)Invalid argument: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    NoSourceAddress, "No source port or address was left for the connection.";
    Begins::With("AH00957: "), errno: &[99];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (99)Cannot assign requested address: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    Reset, "The connection was reset while it was made.";
    Begins::With("AH00957: "), errno: &[104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (104)Connection reset by peer: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    OutOfDescriptors, "httpd has no descriptor left for the connection.";
    Begins::With("AH00957: "), errno: &[24];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (24)Too many open files: AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    Other, "The connection to the upstream could not be made.";
    Begins::With("AH00957: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (20014)Internal error (specific information not available): AH00957: http: attempt to connect to 10.0.0.5:8080 (10.0.0.5:8080) failed"#
    NoSuchSocket, "httpd found no socket at the upstream's path.";
    Begins::With("AH02454: "), errno: &[2], catches: Catch::After("Unix domain socket ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (2)No such file or directory: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/php-fpm.sock (localhost:8000) failed"#
    Denied, "httpd's user may not open the upstream's socket.";
    Begins::With("AH02454: "), errno: &[13], catches: Catch::After("Unix domain socket ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (13)Permission denied: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/php-fpm.sock (localhost:8000) failed"#
    Refused, "Nobody listens on the upstream's socket any more.";
    Begins::With("AH02454: "), errno: &[111], catches: Catch::After("Unix domain socket ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (111)Connection refused: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/php-fpm.sock (localhost:8000) failed"#
    QueueFull, "The queue of the upstream's socket is full.";
    Begins::With("AH02454: "), errno: &[11], catches: Catch::After("Unix domain socket ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (11)Resource temporarily unavailable: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/php-fpm.sock (localhost:8000) failed"#
    ConnectTimeout, "The upstream's socket did not take the connection in time.";
    Begins::With("AH02454: "), errno: &[70007, 110], catches: Catch::After("Unix domain socket ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (70007)The timeout specified has expired: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/php-fpm.sock (localhost:8000) failed"#
    OutOfDescriptors, "httpd has no descriptor left for a connection to the upstream.";
    Begins::Any(&["AH00952: ", "AH02453: "]), errno: &[24];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (24)Too many open files: AH00952: http: error creating fam 2 socket to 10.0.0.5:8080 for (10.0.0.5:8080)"#
    OutOfDescriptorsInSystem, "The system has no descriptor left for a connection to the upstream.";
    Begins::Any(&["AH00952: ", "AH02453: "]), errno: &[23];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (23)Too many open files in system: AH00952: http: error creating fam 2 socket to 10.0.0.5:8080 for (10.0.0.5:8080)"#
    BindFailed, "httpd could not take the local address that its configuration names.";
    Begins::Any(&["AH00938: ", "AH00956: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (99)Cannot assign requested address: AH00956: http: failed to bind socket to local address"#
    MemberDisabled, "A member was put aside after a failure.";
    Begins::With("AH00959: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] AH00959: ap_proxy_connect_backend disabling worker for (10.0.0.5:8080) for 60s"#
    NoLiveUpstreams, "The upstream is put aside after a failure, so it was not asked.";
    Begins::With("AH00940: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] AH00940: http: disabled connection for (10.0.0.5:8080)"#
    PoolCapped, "All connections that the upstream may have are in use.";
    Begins::With("AH00941: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] AH00941: http: failed to acquire connection for (10.0.0.5:8080)"#
    NoLiveUpstreams, "All members of the balancer are busy or put aside.";
    Begins::With("AH00934: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00934: all workers are busy.  Unable to serve balancer://app/"#
    NoLiveUpstreams, "Every member of the balancer is put aside after failures.";
    Begins::Any(&["AH01170: ", "AH01167: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_balancer:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01170: balancer://app: All workers are in error state"#
    EmptyPool, "The balancer has no members.";
    Begins::With("AH01171: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_balancer:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01171: balancer://app: No workers in balancer"#
    MemberDisabled, "A member was put aside because of a status that it answered.";
    Begins::With("AH01174: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_balancer:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01174: balancer://app: Forcing worker (http://10.0.0.5:8080) into error state due to status code 503 matching 'failonstatus' balancer parameter"#
    MemberDisabled, "A health check put a member aside.";
    Begins::With("AH03303: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_hcheck:info] [pid 211:tid 215] AH03303: Health check DISABLING balancer://app worker http://10.0.0.5:8080"#
    Other, "The connection to the upstream could not be made.";
    Begins::Any(&["AH01114: ", "AH01079: ", "AH02452: ", "AH10101: ", "AH00896: ", "AH00855: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01114: HTTP: failed to make connection to backend: 10.0.0.5"#
    ReadTimeout, "The upstream did not answer in time.";
    Begins::With("AH01102: "), errno: &[70007, 110];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (70007)The timeout specified has expired: [client 10.0.0.9:51724] AH01102: error reading status line from remote server 10.0.0.5:8080"#
    Reset, "The upstream reset the connection instead of answering.";
    Begins::With("AH01102: "), errno: &[104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (104)Connection reset by peer: [client 10.0.0.9:51724] AH01102: error reading status line from remote server 10.0.0.5:8080"#
    ClosedEarly, "The upstream closed the connection without an answer.";
    Begins::With("AH01102: "), errno: &[20014, 70014];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (20014)Internal error (specific information not available): [client 10.0.0.9:51724] AH01102: error reading status line from remote server 10.0.0.5:8080"#
    ClosedEarly, "The upstream's answer did not come.";
    Begins::With("AH01102: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01102: error reading status line from remote server 10.0.0.5:8080"#
    Other, "The upstream's answer could not be read.";
    Begins::With("AH00898: Error reading from remote server");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00898: Error reading from remote server returned by /"#
    ClosedEarly, "The upstream closed the connection within its answer's head.";
    Begins::With("AH10404: "), errno: &[70014, 20014];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] (70014)End of file found: [client 10.0.0.9:51724] AH10404: Error reading headers from backend"#
    Reset, "The upstream reset the connection within its answer's head.";
    Begins::With("AH10404: "), errno: &[104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] (104)Connection reset by peer: [client 10.0.0.9:51724] AH10404: Error reading headers from backend"#
    ReadTimeout, "The upstream's answer stopped coming within its head.";
    Begins::With("AH10404: "), errno: &[70007];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] (70007)The timeout specified has expired: [client 10.0.0.9:51724] AH10404: Error reading headers from backend"#
    InvalidHeader, "A header line of the upstream's answer breaks the rules.";
    Begins::With("AH10404: "), errno: &[22];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] (22)Invalid argument: [client 10.0.0.9:51724] AH10404: Error reading headers from backend"#
    HeaderTooBig, "A header line of the upstream's answer is longer than httpd takes.";
    Begins::With("AH10124: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] (28)No space left on device: [client 10.0.0.9:51724] AH10124: header size is over the limit allowed by ResponseFieldSize (8192 bytes). Bad response header: 'X-Big: aaaaaaaaaaaaaaaaaaaa[...]aaaaaaaaaaaaaaaaaaaa'"#
    InvalidHeader, "A header line of the upstream's answer breaks the rules.";
    Begins::With("AH01106: "), phases: &[Phase::Header];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:warn] [pid 211:tid 215] [client 10.0.0.9:51724] AH01106: bad HTTP/1.1 header returned by / (GET)"#
    InvalidHeader, "A header of the answer has a name or value that HTTP forbids.";
    Begins::Any(&["AH02429: ", "AH02430: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [http:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH02429: Response header name 'Bad Header' contains invalid characters, aborting request"#
    InvalidHeader, "The length that the upstream announces is no number.";
    Begins::With("AH01587: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [http:info] [pid 211:tid 215] [remote 10.0.0.5:8080] AH01587: Invalid Content-Length"#
    TransferEncoding, "The upstream's transfer encoding is unknown.";
    Begins::With("AH02476: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [http:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH02476: Response Transfer-Encoding was not recognised"#
    BadChunks, "A chunk of the upstream's answer breaks the rules.";
    Begins::Any(&["AH01590: ", "AH02475: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [http:info] [pid 211:tid 215] (22)Invalid argument: [remote 10.0.0.5:8080] AH01590: Error reading/parsing chunk  "#
    NotHttp, "The upstream's answer does not begin with a status line.";
    Begins::With("AH00898: Corrupt status line");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00898: Corrupt status line returned by remote server: garbage returned by /"#
    BodyTruncated, "The upstream closed the connection within the body of its answer.";
    Begins::With("AH01110: "), errno: &[70008, 70014, 104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (70008)Partial results are valid but processing is incomplete: [client 10.0.0.9:51724] AH01110: error reading response"#
    BodyTimeout, "The body of the upstream's answer stopped coming.";
    Begins::With("AH01110: "), errno: &[70007];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (70007)The timeout specified has expired: [client 10.0.0.9:51724] AH01110: error reading response"#
    BodyInvalid, "The body of the upstream's answer could not be read: its length or its chunks break the rules.";
    Begins::With("AH01110: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (20014)Internal error (specific information not available): [client 10.0.0.9:51724] AH01110: error reading response"#
    SendFailed, "The request could not be sent whole to the upstream.";
    Begins::Any(&["AH01084: ", "AH01097: "]), errno: &[32, 104, 110, 70007];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (32)Broken pipe: [client 10.0.0.9:51724] AH01084: pass request body failed to 10.0.0.5:8080 (10.0.0.5)"#
    Other, "The request could not be sent to the upstream.";
    Begins::Any(&["AH01084: ", "AH01097: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (20014)Internal error (specific information not available): [client 10.0.0.9:51724] AH01084: pass request body failed to 10.0.0.5:8443 (10.0.0.5)"#
    ClientGone, "The client went away, or did not send its body.";
    Begins::Any(&["AH01095: ", "AH02609: ", "AH01075: Error dispatching request to : (reading input brigade)"]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_http:error] [pid 211:tid 215] (70014)End of file found: [client 10.0.0.9:51724] AH02609: read request body failed to 10.0.0.5:8080 (10.0.0.5) from 10.0.0.9 ()"#
    NameNotFound, "The upstream's name does not exist.";
    Begins::Like(r"AH00898: DNS lookup failure for: (?<caught>\S+) returned by "), errno: &[-2, -5];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (EAI 2)Name or service not known: [client 10.0.0.9:51724] AH00898: DNS lookup failure for: app.internal returned by /"#
    NameServerFailed, "The upstream's name could not be resolved: no name server gave an answer.";
    Begins::Like(r"AH00898: DNS lookup failure for: (?<caught>\S+) returned by "), errno: &[-3, -4];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (EAI 3)Temporary failure in name resolution: [client 10.0.0.9:51724] AH00898: DNS lookup failure for: app.internal returned by /"#
    NameServerFailed, "The upstream's name could not be resolved.";
    Begins::Like(r"AH00898: DNS lookup failure for: (?<caught>\S+) returned by ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00898: DNS lookup failure for: app.internal returned by /"#
    ReadTimeout, "The upstream did not answer in time.";
    Begins::With("AH01075: "), errno: &[70007, 110];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] (70007)The timeout specified has expired: [client 10.0.0.9:51724] AH01075: Error dispatching request to : (polling)"#
    Reset, "The upstream reset the connection.";
    Begins::With("AH01075: "), errno: &[104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] (104)Connection reset by peer: [client 10.0.0.9:51724] AH01075: Error dispatching request to : (reading response)"#
    SendFailed, "The request could not be sent to the upstream.";
    Begins::With("AH01075: "), errno: &[32];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] (32)Broken pipe: [client 10.0.0.9:51724] AH01075: Error dispatching request to : (sending begin request)"#
    Reset, "The upstream reset the connection instead of answering.";
    Begins::With("AH01067: "), errno: &[104];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] (104)Connection reset by peer: [client 10.0.0.9:51724] AH01067: Failed to read FastCGI header"#
    ClosedEarly, "The upstream closed the connection without an answer.";
    Begins::With("AH01067: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01067: Failed to read FastCGI header"#
    NotFastcgi, "The upstream does not answer in FastCGI.";
    Begins::Any(&["AH01068: ", "AH01069: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01068: Got bogus version 72"#
    HeaderUnreadable, "The head of the upstream's answer could not be read: it breaks the rules, or is larger than httpd takes.";
    Begins::With("AH01070: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01070: Error parsing script headers"#
    ApplicationSaid, "The application's own message, passed on by FastCGI.";
    Begins::With("AH01071: "), catches: Catch::After("Got error ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01071: Got error 'Primary script unknown'"#
    Other, "The dialogue with the FastCGI upstream failed.";
    Begins::With("AH01075: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01075: Error dispatching request to : "#
    HeaderUnreadable, "The application ended before its answer's head was whole.";
    Begins::Any(&["AH02811: ", "End of script output before headers"]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_fcgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] End of script output before headers: index.php"#
    ApplicationSaid, "An application within httpd says this.";
    Begins::With("application: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [php:error] [pid 211:tid 215] [client 10.0.0.9:51724] PHP Fatal error:  Uncaught Error in /var/www/x.php:3"#
    ClosedEarly, "The dialogue with the AJP upstream broke off.";
    Begins::Any(&["AH00893: ", "AH00992: ", "AH00878: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_ajp:error] [pid 211:tid 215] (104)Connection reset by peer: [client 10.0.0.9:51724] AH00893: dialog to 10.0.0.5:8009 (10.0.0.5:8009) failed"#
    ReadTimeout, "The AJP upstream did not answer a ping.";
    Begins::With("AH00897: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_ajp:error] [pid 211:tid 215] (70007)The timeout specified has expired: [client 10.0.0.9:51724] AH00897: cping/cpong failed to 10.0.0.5:8009 (10.0.0.5:8009)"#
    HeaderTooBig, "The request's head is larger than the uwsgi protocol takes.";
    Begins::With("AH10259: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy_uwsgi:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH10259: can't send headers to 10.0.0.5:3031: packet size too large (70123)"#
    CertificateExpired, "The upstream's certificate has expired.";
    Begins::Like(r"AH(?:02039|02276): Certificate Verification: Error \((?:10)\): (?<caught>[^\[]+)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:error] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02039: Certificate Verification: Error (10): certificate has expired"#
    CertificateNotYetValid, "The upstream's certificate is not valid yet.";
    Begins::Like(r"AH(?:02039|02276): Certificate Verification: Error \((?:9)\): (?<caught>[^\[]+)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:error] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02039: Certificate Verification: Error (9): certificate is not yet valid"#
    CertificateUntrusted, "No authority that httpd trusts issued the upstream's certificate.";
    Begins::Like(r"AH(?:02039|02276): Certificate Verification: Error \((?:2|18|19|20|21|27)\): (?<caught>[^\[]+)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:error] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02039: Certificate Verification: Error (20): unable to get local issuer certificate"#
    CertificateRefused, "httpd refused the upstream's certificate.";
    Begins::Like(r"AH(?:02039|02276): Certificate Verification: Error \((?:\d+)\): (?<caught>[^\[]+)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:error] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02039: Certificate Verification: Error (23): certificate revoked"#
    CertificateExpired, "The upstream's certificate has expired.";
    Begins::With("AH02004: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:info] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02004: SSL Proxy: Peer certificate is expired"#
    CertificateName, "The upstream's certificate is for another name.";
    Begins::Any(&["AH02411: ", "AH02005: "]), catches: Catch::After("hostname ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:info] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02411: SSL Proxy: Peer certificate does not match for hostname app.internal"#
    ClientCertificateWanted, "The upstream asks for a certificate of the gateway's own, and httpd has none.";
    Begins::With("AH02268: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:warn] [pid 211:tid 215] AH02268: Proxy client certificate callback: (shop.example:443) downstream server wanted client certificate but none are configured"#
    TlsFailed, "The TLS handshake with the upstream failed.";
    Begins::With("AH00898: Error during SSL Handshake");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00898: Error during SSL Handshake with remote server returned by /"#
    TlsFailed, "The TLS handshake with the upstream failed.";
    Begins::With("AH02003: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:info] [pid 211:tid 215] [remote 10.0.0.5:8443] AH02003: SSL Proxy connect failed"#
    Other, "The TLS library's own words.";
    Begins::Any(&["SSL Library Error: ", "AH01992: ", "AH01997: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:info] [pid 211:tid 215] SSL Library Error: error:0A00010B:SSL routines::wrong version number"#
    TlsNotEnabled, "The upstream is asked by TLS, and httpd's own TLS is not enabled for that.";
    Begins::Any(&["AH01961: ", "AH00961: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [ssl:error] [pid 211:tid 215] AH01961:  failed to enable ssl support [Hint: if using mod_ssl, see SSLProxyEngine]"#
    ModuleMissing, "No module of httpd's speaks the upstream's protocol.";
    Begins::Like(r"AH01144: No protocol handler was valid for the URL [^ ]+ \(scheme '(?<caught>[^']*)'\)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:warn] [pid 211:tid 215] [client 10.0.0.9:51724] AH01144: No protocol handler was valid for the URL / (scheme 'http'). If you are using a DSO version of mod_proxy, make sure the proxy submodules are included in the configuration using LoadModule."#
    HostBlocked, "ProxyBlock forbids the upstream.";
    Begins::Like(r"AH009(?:16|17|18): connect to remote machine (?<caught>\S+) blocked");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:warn] [pid 211:tid 215] [client 10.0.0.9:51724] AH00916: connect to remote machine app.internal blocked: name internal matched"#
    HostBlocked, "ProxyBlock forbids the upstream.";
    Begins::With("AH00898: Connect to remote machine blocked");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00898: Connect to remote machine blocked returned by /"#
    ForwardProxyFailed, "The forward proxy between httpd and the upstream refused to connect.";
    Begins::Like(r"AH00950: send_http_connect: the (?:forward|remote) proxy returned code is '?(?<caught>\d+)");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] AH00950: send_http_connect: the remote proxy returned code is '403'"#
    ForwardProxyFailed, "The connection through the forward proxy failed.";
    Begins::With("AH00958: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (70014)End of file found: AH00958: https: attempt to connect to 10.0.0.5:443 via http CONNECT through 10.0.0.7:3128 (10.0.0.7:3128) failed"#
    OutOfWorkers, "All workers that httpd may have are busy.";
    Begins::Any(&["AH00484: ", "AH00161: ", "AH00286: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [mpm_event:error] [pid 211:tid 215] AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting"#
    OutOfWorkers, "httpd has no place left for a further worker.";
    Begins::Any(&["AH03490: ", "AH00485: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [mpm_event:error] [pid 211:tid 215] AH03490: scoreboard is full, not at MaxRequestWorkers.Increase ServerLimit."#
    Other, "Few workers are left before httpd's limit is reached.";
    Begins::Any(&["AH10159: ", "AH00287: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [mpm_event:error] [pid 211:tid 215] AH10159: server is within MinSpareThreads of MaxRequestWorkers, consider raising the MaxRequestWorkers setting"#
    GatewayWorkerCrashed, "A child of httpd's crashed.";
    Begins::Any(&["AH00051: ", "AH00052: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:notice] [pid 211:tid 215] AH00052: child pid 214 exit signal Segmentation fault (11)"#
    DiskFull, "httpd could not write a temporary file: the disk is full.";
    Begins::Any(&["AH01090: ", "AH01091: ", "AH01089: "]), errno: &[28];
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (28)No space left on device: [client 10.0.0.9:51724] AH01091: write to temporary file /tmp/modproxy.tmp.Xa3b failed"#
    TempDenied, "httpd may not write its temporary files.";
    Begins::Any(&["AH01090: ", "AH01089: ", "AH01091: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 211:tid 215] (13)Permission denied: [client 10.0.0.9:51724] AH01090: creation of temporary file in directory /tmp failed"#
    RequestRefused, "httpd's configuration denies the client.";
    Begins::With("AH01630: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [authz_core:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01630: client denied by server configuration: proxy:http://10.0.0.5:8080/"#
    RequestRefused, "The request's body is larger than httpd takes.";
    Begins::Any(&["AH01588: ", "AH00482: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [http:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01588: Requested content-length of 65536 is larger than the configured limit of 16384"#
    RequestRefused, "A header of the request is larger than httpd takes.";
    Begins::Any(&["AH00561: ", "AH00563: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00561: Request header exceeds LimitRequestFieldSize: Cookie"#
    RequestRefused, "The request's address is not valid.";
    Begins::Any(&["AH00126: ", "AH10244: ", "AH00128: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00126: Invalid URI in request 'GET /../x HTTP/1.1'"#
    RequestRefused, "httpd does not list folders.";
    Begins::With("AH01276: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [autoindex:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH01276: Cannot serve directory /var/www/html/: No matching DirectoryIndex (index.html) found, and server-generated directory index forbidden by Options directive"#
    RequestRefused, "httpd's user may not enter the folder, or read the file.";
    Begins::Any(&["AH00035: ", "AH00132: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:error] [pid 211:tid 215] (13)Permission denied: [client 10.0.0.9:51724] AH00035: access to / denied (filesystem path '/srv/www') because search permissions are missing on a component of the path"#
    Other, "The request went round within httpd's own configuration.";
    Begins::With("AH00124: ");
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:error] [pid 211:tid 215] [client 10.0.0.9:51724] AH00124: Request exceeded the limit of 10 internal redirects due to probable configuration error. Use 'LimitInternalRecursion' to increase the limit if necessary. Use 'LogLevel debug' to get a backtrace."#
    Other, "httpd could not listen where its configuration says, for something else does.";
    Begins::With("AH00072: "), errno: &[98];
    r#"[Sun Nov 22 15:00:00.301848 2026] [core:crit] [pid 211:tid 215] (98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80"#
    Other, "httpd started, or took its configuration anew.";
    Begins::Any(&["AH00489: ", "AH00163: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [mpm_event:notice] [pid 211:tid 215] AH00489: Apache/2.4.71 (Debian) configured -- resuming normal operations"#
    Other, "httpd was told to restart or to end.";
    Begins::Any(&["AH00491: ", "AH00493: ", "AH00494: ", "AH00169: ", "AH00171: ", "AH00173: "]);
    r#"[Sun Nov 22 15:00:00.301848 2026] [mpm_event:notice] [pid 211:tid 215] AH00493: SIGUSR1 received.  Doing graceful restart"#
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    /// Messages of older 2.4 releases, which Debian's has no longer or words otherwise.
    const OLDER: [&str; 3] = ["AH00126", "AH02476", "AH02609"];

    /// What stands between the places of a printf format that are filled in.
    fn literals(format: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = format;
        while let Some((literal, place)) = rest.split_once('%') {
            found.push(literal);
            let place = place.trim_start_matches(|c: char| "-+ #.*".contains(c) || c.is_ascii_digit());
            let place = place.trim_start_matches(['h', 'l', 'p']);
            rest = place.get(1..).unwrap_or_default();
        }
        found.push(rest);
        found
    }

    fn fits(message: &str, format: &str) -> bool {
        let mut rest = Some(message);
        for literal in literals(format) {
            rest = rest.and_then(|rest| rest.find(literal).map(|at| &rest[at + literal.len()..]));
        }
        rest.is_some()
    }

    /// Every format with a number in httpd and its modules, as installed.
    #[expect(clippy::disallowed_methods, reason = "the test reads the programs that it is about")]
    fn formats() -> BTreeMap<String, Vec<String>> {
        let modules = std::fs::read_dir("/usr/lib/apache2/modules").expect("Debian's apache2-bin is installed");
        let files = modules.map(|entry| entry.unwrap().path()).chain([PathBuf::from("/usr/sbin/apache2")]);
        let mut found = BTreeMap::<String, Vec<String>>::new();
        for file in files {
            let bytes = std::fs::read(file).unwrap();
            for text in bytes.split(|byte| *byte == 0).filter(|text| text.starts_with(b"AH")) {
                let text = String::from_utf8_lossy(text);
                if let Some((number, format)) = text.split_once(": ") {
                    found.entry(number.to_owned()).or_default().push(format.to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn samples_are_worded_as_the_installed_httpd_words_them() {
        let formats = formats();
        let mut wrong = Vec::new();
        let mut told = 0;
        for row in ROWS {
            let Some((_, numbered)) = row.sample.split_once(" AH") else { continue };
            let Some((digits, message)) = numbered.split_once(": ") else { continue };
            let number = format!("AH{digits}");
            if OLDER.contains(&number.as_str()) {
                continue;
            }
            told += 1;
            let known = formats.get(&number).map_or(&[][..], Vec::as_slice);
            if !known.iter().any(|format| fits(message, format)) {
                wrong.push(format!("{number}: {message}\n    is worded {known:?}"));
            }
        }
        assert!(told > 80 && wrong.is_empty(), "{told} looked at\n{}", wrong.join("\n"));
    }
}
