//! What logs say.

use super::asked::During;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

code! {
    /// How a log line belongs to this run.
    pub enum Joined {
        /// It is of one of this run's own requests (by its mark, or by client, request line and time).
        Own = "own",
        /// It was written while the run lasted, by another request.
        Window = "window",
        /// It was written before the run.
        Earlier = "earlier",
    }
}

code! {
    /// What a log line means, whatever product wrote it.
    pub enum Meaning {
        /// Connection refused.
        Refused = "refused",
        /// No answer to the connection attempt in time.
        ConnectTimeout = "connect-timeout",
        /// Network unreachable.
        NetUnreachable = "net-unreachable",
        /// Host unreachable.
        HostUnreachable = "host-unreachable",
        /// Permission denied (a unix socket, a security module, a prohibiting route).
        Denied = "denied",
        /// Connecting was not permitted (a local filter).
        NotPermitted = "not-permitted",
        /// The unix socket's path does not exist.
        NoSuchSocket = "no-such-socket",
        /// The unix socket's queue is full.
        QueueFull = "queue-full",
        /// No source port or address left.
        NoSourceAddress = "no-source-address",
        /// No answer in time.
        ReadTimeout = "read-timeout",
        /// The upstream closed without an answer.
        ClosedEarly = "closed-early",
        /// The upstream reset the connection.
        Reset = "reset",
        /// Writing to the upstream failed.
        SendFailed = "send-failed",
        /// The answer's head is larger than the gateway's buffer.
        HeaderTooBig = "header-too-big",
        /// The answer's head breaks the rules.
        InvalidHeader = "invalid-header",
        /// The answer is not HTTP.
        NotHttp = "not-http",
        /// Two different lengths are announced.
        DuplicateLength = "duplicate-length",
        /// A length and chunks are announced.
        LengthAndChunked = "length-and-chunked",
        /// The transfer encoding is unknown.
        TransferEncoding = "transfer-encoding",
        /// The answer is not `FastCGI`.
        NotFastcgi = "not-fastcgi",
        /// The answer's body stopped coming.
        BodyTimeout = "body-timeout",
        /// The answer's body broke off.
        BodyTruncated = "body-truncated",
        /// The answer's chunks break the rules.
        BadChunks = "bad-chunks",
        /// All members of the pool are out of rotation.
        NoLiveUpstreams = "no-live-upstreams",
        /// A member was put aside after failures.
        MemberDisabled = "member-disabled",
        /// The name does not exist.
        NameNotFound = "name-not-found",
        /// No name server answered in time.
        NameServerSilent = "name-server-silent",
        /// The name server cannot be reached.
        NameServerUnreachable = "name-server-unreachable",
        /// The name server failed.
        NameServerFailed = "name-server-failed",
        /// The name server refused.
        NameServerRefused = "name-server-refused",
        /// A name had to be resolved and no resolver is set.
        NoResolver = "no-resolver",
        /// The upstream's certificate has expired.
        CertificateExpired = "certificate-expired",
        /// The upstream's certificate is not valid yet.
        CertificateNotYetValid = "certificate-not-yet-valid",
        /// The upstream's certificate comes from an authority that is not trusted.
        CertificateUntrusted = "certificate-untrusted",
        /// The upstream's certificate is for another name.
        CertificateName = "certificate-name",
        /// The upstream's certificate was refused for another reason.
        CertificateRefused = "certificate-refused",
        /// The TLS handshake failed.
        TlsFailed = "tls-failed",
        /// The upstream closed within the TLS handshake.
        TlsClosed = "tls-closed",
        /// What the upstream answered to TLS is not TLS.
        TlsNotSpoken = "tls-not-spoken",
        /// No TLS version in common.
        TlsVersion = "tls-version",
        /// The upstream does not know the name that the handshake asks for.
        TlsUnrecognisedName = "tls-unrecognised-name",
        /// The upstream refused the handshake without saying why.
        TlsRefused = "tls-refused",
        /// The upstream wants a client certificate.
        CertificateWanted = "certificate-wanted",
        /// The gateway cannot load a certificate of its own configuration.
        GatewayCertificate = "gateway-certificate",
        /// What the upstream answered is no HTTP/2, or breaks its rules.
        BadHttp2 = "bad-http2",
        /// The upstream reset the HTTP/2 stream or said goodbye.
        StreamReset = "stream-reset",
        /// The upstream answered before it was asked.
        AnsweredUnasked = "answered-unasked",
        /// A line of the PROXY protocol is missing or malformed.
        BadProxyLine = "bad-proxy-line",
        /// The gateway ran out of connections.
        OutOfConnections = "out-of-connections",
        /// The gateway ran out of descriptors.
        OutOfDescriptors = "out-of-descriptors",
        /// The whole system ran out of descriptors.
        OutOfDescriptorsInSystem = "out-of-descriptors-in-system",
        /// The gateway could not write a file: the disk is full.
        DiskFull = "disk-full",
        /// The gateway may not write its temporary files.
        TempDenied = "temp-denied",
        /// The gateway could not take the local address that its configuration names.
        BindFailed = "bind-failed",
        /// The gateway may not open a file, which may be a temporary one of its own.
        FileDenied = "file-denied",
        /// The gateway could not start, or could not load its configuration.
        StartFailed = "start-failed",
        /// A name could not be resolved when the gateway started.
        StartNameNotFound = "start-name-not-found",
        /// A worker of the gateway crashed.
        GatewayWorkerCrashed = "gateway-worker-crashed",
        /// A blackhole route swallows the connection.
        Blackholed = "blackholed",
        /// The client went away first.
        ClientGone = "client-gone",
        /// The application's own message, passed on.
        ApplicationSaid = "application-said",
        /// The gateway's own workers are all busy.
        OutOfWorkers = "out-of-workers",
        /// No module of the gateway speaks the upstream's protocol.
        ModuleMissing = "module-missing",
        /// The upstream is to be asked by TLS, and the gateway's own TLS is not enabled for that.
        TlsNotEnabled = "tls-not-enabled",
        /// A list of the gateway's forbids the upstream.
        HostBlocked = "host-blocked",
        /// The forward proxy between the gateway and the upstream refused or failed.
        ForwardProxyFailed = "forward-proxy-failed",
        /// The pool has no members.
        EmptyPool = "empty-pool",
        /// All connections that a member may have are in use.
        PoolCapped = "pool-capped",
        /// The answer's head could not be read: broken, or too large; which is not said.
        HeaderUnreadable = "header-unreadable",
        /// The answer's body could not be read: its length or its chunks break the rules; which is not said.
        BodyInvalid = "body-invalid",
        /// The upstream asks for a certificate of the gateway's own, and there is none.
        ClientCertificateWanted = "client-certificate-wanted",
        /// A rate limit of the gateway.
        RateLimited = "rate-limited",
        /// The gateway itself refused the request.
        RequestRefused = "request-refused",
        /// A worker of the application was killed, crashed or timed out.
        WorkerKilled = "worker-killed",
        /// The application's workers are all busy.
        WorkersBusy = "workers-busy",
        /// An application's pool may start no more workers, and all are busy.
        MaxChildren = "max-children",
        /// An application's pool has hardly an idle worker.
        WorkersScarce = "workers-scarce",
        /// All pools together may start no more workers.
        ProcessMax = "process-max",
        /// An application server ended a request that took too long.
        RequestTerminated = "request-terminated",
        /// A request is slow enough for a slow log.
        SlowRequest = "slow-request",
        /// A worker was killed for being silent too long.
        WorkerTimedOut = "worker-timed-out",
        /// A worker was killed because its request took too long.
        Harakiri = "harakiri",
        /// The request for which a worker was killed.
        HarakiriRequest = "harakiri-request",
        /// A worker or process crashed.
        WorkerCrashed = "worker-crashed",
        /// A worker was aborted, by its master or by itself.
        WorkerAborted = "worker-aborted",
        /// A worker was killed from outside.
        WorkerSigkilled = "worker-sigkilled",
        /// A worker was told to end.
        WorkerTerminated = "worker-terminated",
        /// A worker ended with an error.
        WorkerExited = "worker-exited",
        /// Workers die as soon as they start.
        RespawningFast = "respawning-fast",
        /// So many workers crashed that the server restarts itself.
        EmergencyReload = "emergency-reload",
        /// A worker does not start.
        BootFailed = "boot-failed",
        /// A connection was refused for its address.
        ClientDropped = "client-dropped",
        /// The address to listen at is taken.
        AddressInUse = "address-in-use",
        /// The address to listen at cannot be had.
        BadBind = "bad-bind",
        /// A socket cannot be given to its owner.
        SocketRights = "socket-rights",
        /// Another process cannot be started.
        ForkFailed = "fork-failed",
        /// A control group refused another process.
        ForkRejected = "fork-rejected",
        /// A request's head is larger than the application server's buffer.
        BlockTooBig = "block-too-big",
        /// The application server has no application.
        NoApp = "no-app",
        /// An application reloads itself.
        Reloading = "reloading",
        /// An application stops.
        Stopping = "stopping",
        /// An application started.
        Started = "started",
        /// A worker is replaced after its share of requests.
        Recycled = "recycled",
        /// The kernel killed a process, because the host has no memory left.
        OomKilled = "oom-killed",
        /// The kernel killed a process, because its control group has no memory left.
        CgroupOomKilled = "cgroup-oom-killed",
        /// A listener's queue is full of half-open connections.
        SynFlood = "syn-flood",
        /// The table of tracked connections is full.
        ConntrackFull = "conntrack-full",
        /// No memory is left for TCP.
        TcpMemory = "tcp-memory",
        /// Too many closed connections that nobody owns.
        OrphanedSockets = "orphaned-sockets",
        /// The table of neighbours is full.
        NeighbourTableFull = "neighbour-table-full",
        /// A process waits for a disk for minutes.
        TaskBlocked = "task-blocked",
        /// A disk or file system fails.
        DiskFailed = "disk-failed",
        /// An interface lost its link.
        LinkDown = "link-down",
        /// A unit's main process was killed from outside.
        UnitSigkilled = "unit-sigkilled",
        /// A unit's main process crashed.
        UnitCrashed = "unit-crashed",
        /// A unit's program cannot be started.
        UnitUnstartable = "unit-unstartable",
        /// A unit's main process ended with an error.
        UnitExited = "unit-exited",
        /// systemd gave up to start a unit.
        UnitGaveUp = "unit-gave-up",
        /// A unit failed.
        UnitFailed = "unit-failed",
        /// systemd starts a unit again.
        UnitRestarting = "unit-restarting",
        /// systemd stops a unit.
        UnitStopping = "unit-stopping",
        /// systemd stopped a unit.
        UnitStopped = "unit-stopped",
        /// systemd reloads a unit.
        UnitReloading = "unit-reloading",
        /// systemd started a unit.
        UnitStarted = "unit-started",
        /// SELinux forbade something.
        SelinuxDenied = "selinux-denied",
        /// `AppArmor` forbade something.
        ApparmorDenied = "apparmor-denied",
        /// The connection to the upstream failed; why is not said (refused, unreachable, TLS, a unix socket's fault).
        ConnectFailed = "connect-failed",
        /// The answer could not be used; why is not said (too large, not HTTP, against the rules).
        BadAnswer = "bad-answer",
        /// The request waited for a free place at a member until the queue's own timeout.
        QueueTimeout = "queue-timeout",
        /// The gateway lacked a socket, a port or memory to connect.
        LocalResource = "local-resource",
        /// The gateway or its administrator ended a request under way.
        SessionKilled = "session-killed",
        /// The gateway met an error of its own.
        InternalError = "internal-error",
        /// The gateway's own limit of client connections was reached.
        ConnectionLimit = "connection-limit",
        /// A client's connection did not begin with the PROXY protocol that the listener expects.
        ProxyHeaderMissing = "proxy-header-missing",
        /// The TLS handshake between client and gateway failed.
        ClientTlsFailed = "client-tls-failed",
        /// A health check could not connect.
        CheckRefused = "check-refused",
        /// A health check got no connection in time.
        CheckConnectTimeout = "check-connect-timeout",
        /// The TLS handshake of a health check failed.
        CheckTlsFailed = "check-tls-failed",
        /// The TLS handshake of a health check took too long.
        CheckTlsTimeout = "check-tls-timeout",
        /// A health check was not answered in time.
        CheckTimeout = "check-timeout",
        /// A health check was answered with another status than wanted.
        CheckStatus = "check-status",
        /// The answer to a health check could not be used.
        CheckInvalid = "check-invalid",
        /// A health check could not be made, or failed for another reason.
        CheckFailed = "check-failed",
        /// A member was taken out by hand.
        MemberTakenOut = "member-taken-out",
        /// A member is in rotation again.
        MemberUp = "member-up",
        /// A member's name leads to another address now.
        NameChanged = "name-changed",
        /// Something else of note.
        Other = "other",
    }
}

impl Meaning {
    /// Whether a gateway that says only this may mean that: some products tell a group of reasons by one word.
    pub const fn may_be(self, finer: Self) -> bool {
        match self {
            Self::ConnectFailed => matches!(
                finer,
                Self::Refused
                    | Self::NetUnreachable
                    | Self::HostUnreachable
                    | Self::Denied
                    | Self::NotPermitted
                    | Self::NoSuchSocket
                    | Self::QueueFull
                    | Self::Blackholed
                    | Self::TlsFailed
                    | Self::CertificateExpired
                    | Self::CertificateNotYetValid
                    | Self::CertificateUntrusted
                    | Self::CertificateName
                    | Self::CertificateRefused
                    | Self::BindFailed
            ),
            Self::BadAnswer => matches!(
                finer,
                Self::HeaderTooBig
                    | Self::InvalidHeader
                    | Self::NotHttp
                    | Self::DuplicateLength
                    | Self::LengthAndChunked
                    | Self::TransferEncoding
                    | Self::BadChunks
            ),
            Self::LocalResource => {
                matches!(finer, Self::NoSourceAddress | Self::OutOfDescriptors | Self::OutOfDescriptorsInSystem)
            }
            _ => false,
        }
    }

    /// Whether it is about a health check, so about a member's state and not about a request.
    pub const fn is_check(self) -> bool {
        matches!(
            self,
            Self::CheckRefused
                | Self::CheckConnectTimeout
                | Self::CheckTlsFailed
                | Self::CheckTlsTimeout
                | Self::CheckTimeout
                | Self::CheckStatus
                | Self::CheckInvalid
                | Self::CheckFailed
        )
    }
}

/// A log line that has a known meaning; equal lines are counted, not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `nginx`, `php-fpm`, `kernel` …
    pub product: String,
    /// What it means.
    pub meaning: Meaning,
    /// The same, as a sentence for people.
    #[serde(default)]
    pub says: String,
    /// In which phase of the gateway's work.
    #[serde(default)]
    pub during: Option<During>,
    /// How it belongs to this run.
    pub joined: Joined,
    /// The system's error number in it.
    #[serde(default)]
    pub errno: Option<i32>,
    /// The member that it names: `127.0.0.1:8080`, `unix:/…`.
    #[serde(default)]
    pub target: Option<String>,
    /// What it names: a host name for name resolution, a file, a pool, a unit, a program.
    #[serde(default)]
    pub name: Option<String>,
    /// Processes that such lines are about.
    #[serde(default)]
    pub pids: Vec<u32>,
    /// How many of this run's own failed requests ended within a second of such a line.
    #[serde(default)]
    pub at_failures: u32,
    /// How many such lines.
    #[serde(default)]
    pub count: u32,
    /// The message of one of them, as written, without the request's own text.
    pub line: String,
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.joined {
            Joined::Own => "for this run's own request",
            Joined::Window => "while this run lasted",
            Joined::Earlier => "before this run",
        };
        write!(f, "{} logged {when}: {}", self.product, self.line)?;
        if self.count > 1 { write!(f, " ({} times)", self.count) } else { Ok(()) }
    }
}

/// An access log line of one of this run's own requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessLine {
    /// What the client got.
    pub status: u16,
    /// What the upstream said, one entry an attempt; empty where the format does not tell.
    pub upstream_status: Vec<String>,
    /// Which members were asked.
    pub upstream: Vec<String>,
    /// The mark by which it was joined.
    pub mark: String,
}

impl fmt::Display for AccessLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway's access log has this run's request with status {}", self.status)?;
        if !self.upstream_status.is_empty() {
            write!(f, ", upstream status {}", self.upstream_status.join(", "))?;
        }
        if !self.upstream.is_empty() {
            write!(f, " from {}", self.upstream.join(", "))?;
        }
        Ok(())
    }
}

/// A log that was read, and how much of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogRead {
    /// Its path.
    pub path: String,
    /// Bytes that were searched.
    pub bytes: u64,
    /// Lines that were searched.
    pub lines: u64,
    /// What kind of log it is: the product that speaks in it, `access` or `other`.
    pub log: String,
    /// Lines whose bytes were no valid UTF-8.
    pub invalid_utf8: u64,
}

impl fmt::Display for LogRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Searched {} lines ({} bytes) of {}", self.lines, self.bytes, self.path)
    }
}
