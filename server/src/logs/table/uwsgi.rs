//! What uWSGI says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::WorkersBusy,
        says: "More connections wait for uWSGI than its queue holds.",
        begins: Begins::Like(
            r#"\*\*\* uWSGI listen queue of socket \"(?P<caught>[^\"]*)\" \(fd: \d+\) full !!! \(\d+/\d+\) \*\*\*$"#,
        ),
        sample: r#"Sun Nov 22 15:00:00 2026 - *** uWSGI listen queue of socket "127.0.0.1:3031" (fd: 3) full !!! (101/100) ***"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::Harakiri,
        says: "uWSGI killed a worker whose request took longer than harakiri allows.",
        begins: Begins::Like(
            r"\*\*\* HARAKIRI ON WORKER (?P<caught>\d+) \(pid: (?P<pid>\d+), try: \d+(?:, graceful: \w+)?\) \*\*\*",
        ),
        sample: r"Sun Nov 22 15:00:00 2026 - *** HARAKIRI ON WORKER 1 (pid: 212, try: 1) ***",
        ..PLAIN
    },
    Signature {
        means: Meaning::HarakiriRequest,
        says: "uWSGI names the request that a worker was killed for.",
        begins: Begins::Like(r"HARAKIRI !!! (?:worker|mule|spooler|end)? ?"),
        sample: r"Sun Nov 22 15:00:00 2026 - HARAKIRI !!! worker 1 status !!!",
        ..PLAIN
    },
    Signature {
        means: Meaning::HarakiriRequest,
        says: "uWSGI names the request that a worker was killed for.",
        begins: Begins::Like(r"HARAKIRI \[core \d+\] (?P<caught>\S+) - "),
        sample: r"Sun Nov 22 15:00:00 2026 - HARAKIRI [core 0] 127.0.0.1 - GET / since 1795359600",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerSigkilled,
        says: "A uWSGI worker was killed (SIGKILL), by harakiri or from outside.",
        begins: Begins::Like(r"DAMN ! worker (?P<caught>\d+) \(pid: (?P<pid>\d+)\) died, killed by signal 9 :\("),
        sample: r"DAMN ! worker 1 (pid: 212) died, killed by signal 9 :( trying respawn ...",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A uWSGI worker crashed.",
        begins: Begins::Like(
            r"DAMN ! worker (?P<caught>\d+) \(pid: (?P<pid>\d+)\) died, killed by signal (?:4|6|7|8|11) :\(",
        ),
        sample: r"DAMN ! worker 1 (pid: 212) died, killed by signal 11 :( trying respawn ...",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerExited,
        says: "A uWSGI worker died.",
        begins: Begins::Like(r"DAMN ! worker (?P<caught>\d+) \(pid: (?P<pid>\d+)\) (?:died|MYSTERIOUSLY)"),
        sample: r"DAMN ! worker 1 (pid: 212) died :( trying respawn ...",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A uWSGI worker crashed with a segmentation fault.",
        begins: Begins::Like(r"!!! uWSGI process (?P<pid>\d+) got Segmentation Fault !!!"),
        sample: r"!!! uWSGI process 212 got Segmentation Fault !!!",
        ..PLAIN
    },
    Signature {
        means: Meaning::RespawningFast,
        says: "uWSGI's workers die as soon as they start.",
        begins: Begins::Like(r"worker respawning too fast !!! i have to sleep a bit"),
        sample: r"worker respawning too fast !!! i have to sleep a bit (2 seconds)...",
        ..PLAIN
    },
    Signature {
        means: Meaning::BlockTooBig,
        says: "uWSGI refused a request whose head is larger than its buffer.",
        begins: Begins::Like(r"invalid request block size: (?P<caught>\d+) \(max \d+\)\.\.\.skip"),
        sample: r"invalid request block size: 5410 (max 4096)...skip",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoApp,
        says: "uWSGI has no application to answer with.",
        begins: Begins::Like(r"--- no python application found, check your startup logs for errors ---"),
        sample: r"--- no python application found, check your startup logs for errors ---",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoApp,
        says: "uWSGI started without an application.",
        begins: Begins::Like(r"\*\*\* no app loaded\. (?:GAME OVER|going in full dynamic mode) \*\*\*"),
        sample: r"*** no app loaded. going in full dynamic mode ***",
        ..PLAIN
    },
    Signature {
        means: Meaning::NoApp,
        says: "uWSGI lacks the plugin that the gateway asks for.",
        begins: Begins::Like(r"-- unavailable modifier requested: (?P<caught>\d+) --"),
        sample: r"-- unavailable modifier requested: 0 --",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkersBusy,
        says: "uWSGI has no free place for another asynchronous request.",
        begins: Begins::Like(r"\[DANGER\] async queue is full !!!"),
        sample: r"[DANGER] async queue is full !!!",
        ..PLAIN
    },
    Signature {
        means: Meaning::AddressInUse,
        says: "uWSGI cannot listen: something else does already.",
        begins: Begins::Like(
            r"(?:bind\(\): Address already in use|probably another instance of uWSGI is running on the same address)",
        ),
        sample: r"probably another instance of uWSGI is running on the same address (127.0.0.1:3031).",
        ..PLAIN
    },
    Signature {
        means: Meaning::ForkFailed,
        says: "uWSGI cannot start another process.",
        begins: Begins::Like(r"fork\(\): Resource temporarily unavailable"),
        sample: r"fork(): Resource temporarily unavailable [core/uwsgi.c line 3400]",
        ..PLAIN
    },
    Signature {
        means: Meaning::Reloading,
        says: "uWSGI reloads itself.",
        begins: Begins::Like(r"\.\.\.gracefully killing workers\.\.\.|\[uWSGI\] [Rr]eloading"),
        sample: r"...gracefully killing workers...",
        ..PLAIN
    },
    Signature {
        means: Meaning::Stopping,
        says: "uWSGI stops.",
        begins: Begins::Like(
            r"SIGINT/SIGTERM received\.\.\.killing workers|SIGINT/SIGQUIT received\.\.\.killing workers|goodbye to uWSGI",
        ),
        sample: r"SIGINT/SIGTERM received...killing workers...",
        ..PLAIN
    },
    Signature {
        means: Meaning::Started,
        says: "uWSGI starts a worker.",
        begins: Begins::Like(
            r"(?:spawned uWSGI worker (?P<caught>\d+) \(pid: (?P<pid>\d+)|Respawned uWSGI worker \d+ \(new pid: \d+\))",
        ),
        sample: r"spawned uWSGI worker 1 (pid: 212, cores: 1)",
        ..PLAIN
    },
];
