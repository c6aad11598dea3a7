//! What php-fpm says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::MaxChildren,
        says: "Every worker of the php-fpm pool is busy, and it may not start more.",
        begins: Begins::Like(
            r"\[pool (?P<caught>\S+)\] server reached (?:pm\.)?max_children setting \(\d+\), consider raising it$",
        ),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkersScarce,
        says: "The php-fpm pool has hardly any idle worker left.",
        begins: Begins::Like(r"\[pool (?P<caught>\S+)\] seems busy \(you may need to increase pm\.start_servers"),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] seems busy (you may need to increase pm.start_servers, or pm.min/max_spare_servers), spawning 8 children, there are 0 idle, and 4 total children",
        ..PLAIN
    },
    Signature {
        means: Meaning::ProcessMax,
        says: "All pools of php-fpm together have reached the limit of processes.",
        begins: Begins::Like(
            r"The maximum number of processes has been reached\. Please review your configuration and consider raising 'process\.max'$",
        ),
        sample: r"[22-Nov-2026 15:00:00] WARNING: The maximum number of processes has been reached. Please review your configuration and consider raising 'process.max'",
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestTerminated,
        says: "php-fpm ended a request that took longer than it allows.",
        begins: Begins::Like(
            r#"\[pool (?P<caught>\S+)\] child (?P<pid>\d+), script '[^']*' \(request: \".*\"\) execution timed out \([0-9.]+ sec\), terminating$"#,
        ),
        sample: r#"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212, script '/srv/www/index.php' (request: "GET /index.php") execution timed out (2.104332 sec), terminating"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SlowRequest,
        says: "A php-fpm request is slow enough for the slow log.",
        begins: Begins::Like(
            r#"\[pool (?P<caught>\S+)\] child (?P<pid>\d+), script '[^']*' \(request: \".*\"\) executing too slow \([0-9.]+ sec\), logging$"#,
        ),
        sample: r#"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212, script '/srv/www/index.php' (request: "GET /index.php") executing too slow (5.031200 sec), logging"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A php-fpm worker crashed.",
        begins: Begins::Like(r"\[pool (?P<caught>\S+)\] child (?P<pid>\d+) exited on signal (?:4|6|7|8|11) \(SIG"),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212 exited on signal 11 (SIGSEGV - core dumped) after 3.190872 seconds from start",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerSigkilled,
        says: "A php-fpm worker was killed from outside (SIGKILL).",
        begins: Begins::Like(r"\[pool (?P<caught>\S+)\] child (?P<pid>\d+) exited on signal 9 \(SIGKILL"),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212 exited on signal 9 (SIGKILL) after 12.501442 seconds from start",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerTerminated,
        says: "A php-fpm worker was told to end (SIGTERM).",
        begins: Begins::Like(r"\[pool (?P<caught>\S+)\] child (?P<pid>\d+) exited on signal 15 \(SIGTERM"),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212 exited on signal 15 (SIGTERM) after 2.204519 seconds from start",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerExited,
        says: "A php-fpm worker ended with an error.",
        begins: Begins::Like(r"\[pool (?P<caught>\S+)\] child (?P<pid>\d+) exited with code [1-9]\d* after "),
        sample: r"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212 exited with code 255 after 0.190872 seconds from start",
        ..PLAIN
    },
    Signature {
        means: Meaning::EmergencyReload,
        says: "So many php-fpm workers crashed that it restarts itself.",
        begins: Begins::Like(r"failed processes threshold \(\d+ in \d+ sec\) is reached, initiating reload$"),
        sample: r"[22-Nov-2026 15:00:00] WARNING: failed processes threshold (10 in 60 sec) is reached, initiating reload",
        ..PLAIN
    },
    Signature {
        means: Meaning::ClientDropped,
        says: "php-fpm refused a connection, because its address is not among those allowed.",
        begins: Begins::Like(
            r#"(?:\[pool \S+\] child (?P<pid>\d+) said into stderr: \")?(?:ERROR: )?Connection disallowed: IP address '(?P<caught>[0-9a-fA-F.:]+)' has been dropped\."#,
        ),
        sample: r#"[22-Nov-2026 15:00:00] WARNING: [pool www] child 212 said into stderr: "ERROR: Connection disallowed: IP address '10.0.0.9' has been dropped.""#,
        ..PLAIN
    },
    Signature {
        means: Meaning::AddressInUse,
        says: "php-fpm cannot listen: something else does already.",
        begins: Begins::Like(
            r"unable to bind listening socket for address '(?P<caught>[^']+)': Address already in use \(98\)$",
        ),
        sample: r"[22-Nov-2026 15:00:00] ERROR: unable to bind listening socket for address '127.0.0.1:9000': Address already in use (98)",
        ..PLAIN
    },
    Signature {
        means: Meaning::BadBind,
        says: "php-fpm cannot listen at the address that it is told.",
        begins: Begins::Like(r"unable to bind listening socket for address '(?P<caught>[^']+)': "),
        sample: r"[22-Nov-2026 15:00:00] ERROR: unable to bind listening socket for address '/run/php/php8.2-fpm.sock': Permission denied (13)",
        ..PLAIN
    },
    Signature {
        means: Meaning::AddressInUse,
        says: "php-fpm cannot listen: another php-fpm does already.",
        begins: Begins::Like(
            r"Another FPM instance seems to already listen on (?P<caught>\S+)$|An another FPM instance seems to already listen on \S+$",
        ),
        sample: r"[22-Nov-2026 15:00:00] ERROR: Another FPM instance seems to already listen on /run/php/php8.2-fpm.sock",
        ..PLAIN
    },
    Signature {
        means: Meaning::ForkFailed,
        says: "php-fpm cannot start another process.",
        begins: Begins::Like(r"fork\(\) failed: Resource temporarily unavailable"),
        sample: r"[22-Nov-2026 15:00:00] ERROR: fork() failed: Resource temporarily unavailable (11)",
        ..PLAIN
    },
    Signature {
        means: Meaning::SocketRights,
        says: "php-fpm cannot give its socket to the user that it should belong to.",
        begins: Begins::Like(
            r"\[pool (?P<caught>\S+)\] failed to (?:chown|chmod)\(\) the socket '|failed to (?:chown|chmod)\(\) the socket '",
        ),
        sample: r"[22-Nov-2026 15:00:00] ERROR: [pool www] failed to chown() the socket '/run/php/php8.2-fpm.sock': Operation not permitted (1)",
        ..PLAIN
    },
    Signature {
        means: Meaning::Reloading,
        says: "php-fpm reloads itself.",
        begins: Begins::Like(r"(?:reloading: execvp\(|Reloading in progress)"),
        sample: r#"[22-Nov-2026 15:00:00] NOTICE: reloading: execvp("/usr/sbin/php-fpm8.2", {"/usr/sbin/php-fpm8.2", "--nodaemonize"})"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Stopping,
        says: "php-fpm stops.",
        begins: Begins::Like(r"(?:Terminating \.\.\.|Finishing \.\.\.|exiting, bye-bye!)$"),
        sample: r"[22-Nov-2026 15:00:00] NOTICE: exiting, bye-bye!",
        ..PLAIN
    },
    Signature {
        means: Meaning::Started,
        says: "php-fpm is ready.",
        begins: Begins::Like(r"ready to handle connections$"),
        sample: r"[22-Nov-2026 15:00:00] NOTICE: ready to handle connections",
        ..PLAIN
    },
    Signature {
        means: Meaning::StartFailed,
        says: "php-fpm does not start with its configuration.",
        begins: Begins::Like(
            r"(?:failed to load configuration file|FPM initialization failed|failed to post process the configuration)",
        ),
        sample: r"[22-Nov-2026 15:00:00] ERROR: FPM initialization failed",
        ..PLAIN
    },
    Signature {
        means: Meaning::ApplicationSaid,
        says: "PHP itself reports a fatal error.",
        begins: Begins::Like(r"PHP (?:Fatal|Parse) error: "),
        sample: r"[22-Nov-2026 15:00:00 UTC] PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /srv/www/index.php on line 3",
        ..PLAIN
    },
];
