//! What gunicorn says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::WorkerTimedOut,
        says: "gunicorn killed a worker that had been silent for longer than it allows.",
        begins: Begins::Like(r"WORKER TIMEOUT \(pid:(?P<pid>\d+)\)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [CRITICAL] WORKER TIMEOUT (pid:212)",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerSigkilled,
        says: "A gunicorn worker was killed from outside (SIGKILL).",
        begins: Begins::Like(r"Worker \(pid:(?P<pid>\d+)\) was sent SIGKILL! Perhaps out of memory\?$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Worker (pid:212) was sent SIGKILL! Perhaps out of memory?",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerSigkilled,
        says: "A gunicorn worker was killed from outside (SIGKILL).",
        begins: Begins::Like(r"Worker with pid (?P<pid>\d+) was terminated due to signal 9$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Worker with pid 212 was terminated due to signal 9",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A gunicorn worker crashed.",
        begins: Begins::Like(r"Worker \(pid:(?P<pid>\d+)\) was sent SIG(?:SEGV|BUS|ILL|FPE|ABRT)!"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Worker (pid:212) was sent SIGSEGV!",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A gunicorn worker crashed.",
        begins: Begins::Like(r"Worker with pid (?P<pid>\d+) was terminated due to signal (?:4|7|8|11)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Worker with pid 212 was terminated due to signal 11",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerAborted,
        says: "A gunicorn worker was aborted (SIGABRT).",
        begins: Begins::Like(r"Worker with pid (?P<pid>\d+) was terminated due to signal 6$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Worker with pid 212 was terminated due to signal 6",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerTerminated,
        says: "A gunicorn worker was told to end (SIGTERM).",
        begins: Begins::Like(
            r"Worker (?:with pid (?P<pid>\d+) was terminated due to signal 15|\(pid:\d+\) was sent SIGTERM!)$",
        ),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Worker with pid 212 was terminated due to signal 15",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerExited,
        says: "A gunicorn worker ended with an error.",
        begins: Begins::Like(r"Worker \(pid:(?P<pid>\d+)\) exited with code [1-9]\d*"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Worker (pid:212) exited with code 1",
        ..PLAIN
    },
    Signature {
        means: Meaning::BootFailed,
        says: "gunicorn's workers do not start, so that it stopped.",
        begins: Begins::Like(
            r"(?:Reason: |Shutting down: Master\nReason: )?(?:Reason: )?(?P<caught>Worker failed to boot|App failed to load)\.$",
        ),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Reason: Worker failed to boot.",
        ..PLAIN
    },
    Signature {
        means: Meaning::BootFailed,
        says: "A gunicorn worker failed while it started.",
        begins: Begins::Like(r"Exception in worker process$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Exception in worker process",
        ..PLAIN
    },
    Signature {
        means: Meaning::AddressInUse,
        says: "gunicorn cannot listen: something else does already.",
        begins: Begins::Like(r"Connection in use: (?P<caught>.+)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Connection in use: ('127.0.0.1', 8000)",
        ..PLAIN
    },
    Signature {
        means: Meaning::AddressInUse,
        says: "gunicorn gave up to listen.",
        begins: Begins::Like(r"Can't connect to (?P<caught>.+)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Can't connect to ('127.0.0.1', 8000)",
        ..PLAIN
    },
    Signature {
        means: Meaning::BadBind,
        says: "gunicorn cannot listen at the address that it is told.",
        begins: Begins::Like(r"Invalid address: (?P<caught>.+)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Invalid address: ('203.0.113.9', 8000)",
        ..PLAIN
    },
    Signature {
        means: Meaning::ApplicationSaid,
        says: "The application failed while it handled a request.",
        begins: Begins::Like(r"Error handling request "),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [ERROR] Error handling request /",
        ..PLAIN
    },
    Signature {
        means: Meaning::RequestRefused,
        says: "gunicorn refused a request that breaks its rules.",
        begins: Begins::Like(r"Invalid request from ip=(?P<caught>\S*): "),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Invalid request from ip=127.0.0.1: Invalid HTTP request line: ''",
        ..PLAIN
    },
    Signature {
        means: Meaning::Stopping,
        says: "A gunicorn worker did not end in time for a restart.",
        begins: Begins::Like(r"Worker graceful timeout \(pid:(?P<pid>\d+)\)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [WARNING] Worker graceful timeout (pid:212)",
        ..PLAIN
    },
    Signature {
        means: Meaning::Recycled,
        says: "A gunicorn worker is replaced after its share of requests.",
        begins: Begins::Like(r"Autorestarting worker after current request\.$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [INFO] Autorestarting worker after current request.",
        ..PLAIN
    },
    Signature {
        means: Meaning::Reloading,
        says: "gunicorn reloads itself.",
        begins: Begins::Like(r"(?:Handling signal: hup|Hang up: Master)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [INFO] Handling signal: hup",
        ..PLAIN
    },
    Signature {
        means: Meaning::Stopping,
        says: "gunicorn stops.",
        begins: Begins::Like(r"(?:Handling signal: (?:term|int|quit|winch)|Shutting down: Master)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [INFO] Handling signal: term",
        ..PLAIN
    },
    Signature {
        means: Meaning::Started,
        says: "gunicorn starts a worker.",
        begins: Begins::Like(r"Booting worker with pid: (?P<pid>\d+)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [INFO] Booting worker with pid: 212",
        ..PLAIN
    },
    Signature {
        means: Meaning::Started,
        says: "gunicorn listens.",
        begins: Begins::Like(r"Listening at: (?P<caught>\S+) \(\d+\)$"),
        sample: r"[2026-11-22 15:00:00 +0000] [211] [INFO] Listening at: http://127.0.0.1:8000 (211)",
        ..PLAIN
    },
];
