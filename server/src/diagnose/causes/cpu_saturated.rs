//! The host's processors have more to do than they can.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cpu-saturated",
        title: "The host's processors have more to do than they can",
        family: Family::Overload,
        step: Step::Server,
        explanation: "More processes want to run than there are processors, so each waits for its turn. The \
            application is ready to answer but does not get to it in the time that the gateway waits. On a virtual \
            machine the hypervisor may also give the time to others (steal).",
        evidence: &[
            "The application's process spent most of the time waiting for a free processor while a request was under way.",
            "/proc/pressure/cpu shows that work waits most of the time, and the load is above twice the processors.",
            "Even trivial requests are slow.",
        ],
        contradictions: &[
            "The pressure is low: then it waits for something else.",
            "Only one request is slow: then it is that code.",
        ],
        look_alikes: &["upstream-slow-response", "cgroup-cpu-throttled", "memory-thrash", "disk-io-stall"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find what takes the processors, and stop or slow it ({top})",
                command: "ps -eo pid,ni,pcpu,args --sort=-pcpu | head -15\nsudo renice +15 -p PID   # or stop it",
                verify: "cat /proc/pressure/cpu; uptime",
            },
            FixText {
                applies_to: "systemd",
                title: "Give the application precedence over what may wait",
                command: "sudo systemctl set-property APP.service CPUWeight=500\nsudo systemctl set-property BATCH.service CPUWeight=20",
                verify: "systemd-cgtop -n 1 --order=cpu",
            },
            FixText {
                applies_to: "any",
                title: "If time is stolen: ask the provider, or take a machine with processors of its own",
                command: "vmstat 1 5   # column st",
                verify: "vmstat 1 5",
            },
        ],
        references: &["https://docs.kernel.org/accounting/psi.html"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::ConnectTimeout],
    absorbs: &["upstream-slow-response", "upstream-hang-not-accepting", "app-worker-pool-exhausted"],
    rule: Rule::Whole(rule),
};

/// Share of time in which work waits that counts as saturated, in percent.
const PRESSED: f32 = 50.0;

fn rule(case: &Case<'_>) -> Option<Match> {
    let pressure = case.facts.pressures().find(|(_, p)| p.resource == "cpu" && p.some > PRESSED);
    let strain = case.facts.strains().last();
    let stolen = strain.filter(|(_, s)| s.steal > 40.0);
    let load = case.facts.loads().find(|(_, l)| f64::from(l.one) > f64::from(l.cores) * 2.0);
    let busy = strain.filter(|(_, s)| s.busy > 90.0);
    if !case.is_slow() || (pressure.is_none() && stolen.is_none()) {
        return None;
    }
    // The process that has to answer was ready, and had no processor: that is the slowness itself.
    let starved = case.facts.starved().find(|(_, s)| s.of_processor());
    let top = strain.and_then(|(_, s)| s.top.clone());
    let share = pressure.map_or(0.0, |(_, p)| p.some);
    let mut found = Match::new(match starved {
        Some((_, s)) => format!(
            "The processors are overloaded (work waits {share:.0} % of the time): {} waited {} of {} ms for one",
            s.process, s.waited_ms, s.over_ms
        ),
        None => format!("The processors are overloaded: work waits {share:.0} % of the time"),
    })
    .because_all(pressure.map(|(id, _)| id))
    .because_all(load.map(|(id, _)| id))
    .because_all(strain.map(|(id, _)| id))
    .because_all(starved.map(|(id, _)| id))
    .confirmed_if(starved.is_some() && (busy.is_some() || stolen.is_some()) && case.on_gateway_host())
    .open_unless(
        case.facts.starved().any(|(_, s)| s.of_processor() && s.ran_ms > 0),
        "cgroup-cpu-throttled",
        "`cat /sys/fs/cgroup/system.slice/APP.service/cpu.stat` twice: does nr_throttled rise?",
    );
    if let Some(top) = top {
        found = found.name("top", top);
    }
    Some(found)
}
