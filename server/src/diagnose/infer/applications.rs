//! What rules ask of the application server behind a target.

use super::super::facts::Seen;
use super::Case;
use app::model::FactId;
use app::model::fact::application::{Application, Cgroup, PoolStatus};
use app::model::fact::asked::{Direct, During};
use app::model::fact::host::Listener;
use app::model::fact::logs::{Joined, LogLine, Meaning};
use app::model::fact::network::ConnectOutcome;
use app::model::sample::FaultKind;

/// Lines of an application or of the system beneath it, about one target.
#[derive(Debug, Default)]
pub struct Said<'a> {
    /// Lines that are surely about the target's own application: by its process, its pool, its unit or its log.
    pub owned: Vec<Seen<'a, LogLine>>,
    /// Lines of which only the time speaks for that.
    pub possible: Vec<Seen<'a, LogLine>>,
}

impl<'a> Said<'a> {
    /// Nothing was said.
    pub fn is_empty(&self) -> bool {
        self.owned.is_empty() && self.possible.is_empty()
    }

    /// An owned line stands within a second of the end of one of this run's own failed requests.
    pub fn beside_failure(&self) -> bool {
        self.owned.iter().any(|(_, line)| line.at_failures > 0)
    }

    /// The facts, the owned lines if there are any.
    pub fn ids(&self) -> Vec<&'a FactId> {
        let lines = if self.owned.is_empty() { &self.possible } else { &self.owned };
        lines.iter().map(|(id, _)| *id).collect()
    }

    /// Only the lines of which this is true.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(&LogLine) -> bool) -> Self {
        self.owned.retain(|(_, line)| wanted(line));
        self.possible.retain(|(_, line)| wanted(line));
        self
    }

    /// The first line, the owned ones first.
    pub fn first(&self) -> Option<&'a LogLine> {
        self.owned.first().or(self.possible.first()).map(|(_, line)| *line)
    }
}

impl<'a> Case<'a> {
    /// The application server behind a target.
    pub fn application(&self, target: &str) -> Option<Seen<'a, Application>> {
        self.facts.applications().filter(|(_, application)| application.target == target).last()
    }

    /// The control group of a target's processes.
    pub fn cgroup(&self, target: &str) -> Option<Seen<'a, Cgroup>> {
        self.facts.cgroups().filter(|(_, group)| group.target == target).last()
    }

    /// The status page of a target's pool.
    pub fn pool_status(&self, target: &str) -> Option<Seen<'a, PoolStatus>> {
        self.facts.pool_statuses().filter(|(_, status)| status.target == target).last()
    }

    /// What applications and the system said of a target while this run lasted.
    pub fn application_said(&self, target: &str, meanings: &[Meaning]) -> Said<'a> {
        self.application_said_since(target, meanings, &[Joined::Own, Joined::Window])
    }

    /// The same, with a choice of when.
    pub fn application_said_since(&self, target: &str, meanings: &[Meaning], when: &[Joined]) -> Said<'a> {
        let application = self.application(target).map(|(_, application)| application);
        let group = self.cgroup(target).map(|(_, group)| group.path.as_str());
        let mut said = Said::default();
        for (id, line) in self.facts.log_lines() {
            let wanted = meanings.contains(&line.meaning) && when.contains(&line.joined);
            if !wanted || line.target.as_deref().is_some_and(|named| named != target) {
                continue;
            }
            match belongs(line, application, group, target) {
                Some(true) => said.owned.push((id, line)),
                Some(false) => said.possible.push((id, line)),
                None => {}
            }
        }
        said
    }

    /// Whether this run's own requests may take all workers of the application: then whatever else is asked waits for
    /// them, however quick it would be.
    pub fn takes_all_places(&self, target: &str) -> bool {
        self.application(target).is_some_and(|(_, app)| {
            let places =
                app.threads.map(|threads| app.workers_max.unwrap_or(0).max(app.workers).max(1) * threads.max(1));
            let own = app.held.map(|held| held.saturating_sub(app.held_before.unwrap_or(0)));
            places.zip(own).is_some_and(|(places, own)| own >= places)
        })
    }

    /// Whether the log of the application itself was searched.
    pub fn application_log_read(&self, target: &str) -> bool {
        self.application(target).is_some_and(|(_, app)| self.facts.logs_read().any(|(_, read)| read.log == app.product))
    }

    /// A request straight to the target that was closed without an answer.
    pub fn closed_direct(&self, target: &str) -> Option<Seen<'a, Direct>> {
        self.directs(target, true).find(|(_, direct)| is_closed(direct))
    }

    /// A connection to the target that stood in this run: one of ours, or one of the gateway's by its own line.
    pub fn stood(&self, target: &str) -> Option<&'a FactId> {
        let beyond = |during: During| !matches!(during, During::Resolve | During::Pick | During::Connect);
        let asked = self.directs(target, true).chain(self.directs(target, false));
        let mut asked = asked.filter(|(_, d)| d.failure.as_ref().is_none_or(|failure| beyond(failure.during)));
        let told = |line: &LogLine| {
            let beside = line.joined == Joined::Own || (line.joined == Joined::Window && line.at_failures > 0);
            let about = line.target.as_deref().is_none_or(|named| named == target);
            beside && about && line.during.is_some_and(beyond)
        };
        let connected = || self.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Open).map(|(id, _)| id);
        asked
            .next()
            .map(|(id, _)| id)
            .or_else(connected)
            .or_else(|| self.facts.log_lines().find(|(_, line)| told(line)).map(|(id, _)| id))
    }

    /// Connections wait in the target's queue, in every look at it.
    pub fn queue_waits(&self, target: &str) -> Option<Seen<'a, Listener>> {
        self.listener(target).filter(|(_, l)| !l.waiting.is_empty() && l.waiting.iter().all(|waiting| *waiting > 0))
    }

    /// Whether every request through the gateway still waits.
    pub fn nobody_answered(&self) -> bool {
        let effect = &self.effect;
        effect.open > 0 && effect.failed + effect.succeeded + effect.refused == 0
    }

    /// Whether all that this run sees is waiting: through the gateway, whose own timeout lies beyond the run's end, and
    /// straight to the target.
    pub fn only_waits(&self, target: &str) -> bool {
        self.nobody_answered() && !self.silent_directs(target).is_empty()
    }

    /// Ids of the requests straight to a target that got no answer in time.
    pub fn silent_directs(&self, target: &str) -> Vec<&'a FactId> {
        let both = self.directs(target, true).chain(self.directs(target, false));
        both.filter(|(_, direct)| direct.silent()).map(|(id, _)| id).collect()
    }
}

/// Whether a line is of a target's own application: surely, possibly, or surely not.
fn belongs(line: &LogLine, application: Option<&Application>, group: Option<&str>, target: &str) -> Option<bool> {
    if line.target.as_deref() == Some(target) {
        return Some(true);
    }
    let Some(application) = application else { return Some(false) };
    if line.pids.iter().any(|pid| application.pids.contains(pid)) {
        return Some(true);
    }
    let named = line.name.as_deref().unwrap_or_default();
    let in_group = group.is_some_and(|path| path.split('/').any(|part| !named.is_empty() && part == named));
    match line.product.as_str() {
        // So it names the group and the process; the other line about the same death names the process alone.
        "kernel" if line.meaning == Meaning::CgroupOomKilled && line.line.starts_with("oom-kill:") => Some(in_group),
        "kernel" => Some(false),
        // The unit's name is the last part of its control group.
        "systemd" => Some(in_group),
        "php-fpm" | "gunicorn" | "uwsgi" if line.product != application.product => None,
        "php-fpm" if !named.is_empty() && application.name.is_some() => {
            (application.name.as_deref() == Some(named)).then_some(true)
        }
        _ => Some(false),
    }
}

/// Closed or reset before an answer.
pub(in crate::diagnose) fn is_closed(direct: &Direct) -> bool {
    direct.failure.as_ref().is_some_and(|failure| {
        matches!(failure.kind, FaultKind::ClosedEarly | FaultKind::Reset)
            && matches!(failure.during, During::Send | During::Wait | During::Head)
    })
}
