//! What systemd says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::OomKilled,
        says: "systemd saw the kernel kill a process of the unit for want of memory.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): A process of this unit has been killed by the OOM killer\."),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: A process of this unit has been killed by the OOM killer.",
        ..PLAIN
    },
    Signature {
        means: Meaning::OomKilled,
        says: "The unit failed, because the kernel killed it for want of memory.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Failed with result 'oom-kill'\."),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Failed with result 'oom-kill'.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitSigkilled,
        says: "The unit's main process was killed (SIGKILL).",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Main process exited, code=killed, status=9/KILL"),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Main process exited, code=killed, status=9/KILL",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitCrashed,
        says: "The unit's main process crashed.",
        begins: Begins::Like(
            r"(?P<caught>\S+\.\w+): Main process exited, code=(?:dumped|killed), status=(?:4/ILL|6/ABRT|7/BUS|8/FPE|11/SEGV)",
        ),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Main process exited, code=dumped, status=11/SEGV",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitUnstartable,
        says: "The unit's program cannot be started.",
        begins: Begins::Like(
            r"(?P<caught>\S+\.\w+): (?:Main process exited, code=exited, status=203/EXEC|Failed to locate executable |Failed at step EXEC )",
        ),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Main process exited, code=exited, status=203/EXEC",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitExited,
        says: "The unit's main process ended with an error.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Main process exited, code=exited, status=[1-9]\d*"),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Main process exited, code=exited, status=1/FAILURE",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitGaveUp,
        says: "systemd gave up to start the unit: it failed too often in a short time.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Start request repeated too quickly\."),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Start request repeated too quickly.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitGaveUp,
        says: "systemd gave up to start the unit.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Failed with result 'start-limit-hit'\."),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Failed with result 'start-limit-hit'.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitFailed,
        says: "The unit has failed.",
        begins: Begins::Like(
            r"(?P<caught>\S+\.\w+): Failed with result '(?:exit-code|core-dump|signal|timeout|watchdog|protocol|resources)'\.",
        ),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Failed with result 'exit-code'.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitRestarting,
        says: "systemd starts the unit again after it ended.",
        begins: Begins::Like(r"(?P<caught>\S+\.\w+): Scheduled restart job, restart counter is at (?:[1-9]\d*)\."),
        sample: r"Nov 22 15:00:00 host systemd[1]: app.service: Scheduled restart job, restart counter is at 5.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitStopping,
        says: "systemd stops the unit.",
        begins: Begins::Like(r"Stopping (?P<caught>\S+\.\w+)(?: - |\.\.\.)"),
        sample: r"Nov 22 15:00:00 host systemd[1]: Stopping app.service - The shop's application...",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitStopped,
        says: "systemd stopped the unit.",
        begins: Begins::Like(r"Stopped (?P<caught>\S+\.\w+)(?: - |\.)"),
        sample: r"Nov 22 15:00:00 host systemd[1]: Stopped app.service - The shop's application.",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitReloading,
        says: "systemd reloads the unit.",
        begins: Begins::Like(r"Reload(?:ing|ed) (?P<caught>\S+\.\w+)(?: - |\.)"),
        sample: r"Nov 22 15:00:00 host systemd[1]: Reloading app.service - The shop's application...",
        ..PLAIN
    },
    Signature {
        means: Meaning::UnitStarted,
        says: "systemd started the unit.",
        begins: Begins::Like(r"Started (?P<caught>\S+\.\w+)(?: - |\.)"),
        sample: r"Nov 22 15:00:00 host systemd[1]: Started app.service - The shop's application.",
        ..PLAIN
    },
];
