//! uWSGI runs without an application.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "uwsgi-no-app",
        title: "uWSGI runs, but has no application to answer with",
        family: Family::Code,
        step: Step::Logs,
        explanation: "uWSGI could not load the application when it started (a failing import, a wrong path, a missing \
            plugin) and went on without it. Every request is answered with a status 500 that says nothing.",
        evidence: &[
            "uWSGI logs `no python application found` or `no app loaded` when it starts, and with each request.",
            "Asked directly, it answers 500 to every path.",
        ],
        contradictions: &["Other paths are answered well: then the application runs, and this one handler fails."],
        look_alikes: &["app-returned-502", "gateway-rewrites-status"],
        fixes: &[
            FixText {
                applies_to: "uwsgi",
                title: "Read why it could not be loaded: the lines above `no app loaded`",
                command: "sudo grep -B 20 'no app loaded' {log}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "uwsgi",
                title: "Rather not start at all than without the application",
                command: "need-app = true   # in the ini file",
                verify: "systemctl status {app}.service",
            },
            FixText {
                applies_to: "uwsgi",
                title: "Name the plugin and the environment that the application needs",
                command: "plugins = python3\nvirtualenv = /srv/app/venv\nchdir = /srv/app",
                verify: "uwsgi --plugin python3 --version",
            },
        ],
        references: &["https://uwsgi-docs.readthedocs.io/en/latest/Options.html#need-app"],
    },
    testimony: &[Meaning::ApplicationSaid],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let when = &[Joined::Own, Joined::Window, Joined::Earlier];
    let said = case.application_said_since(target, &[Meaning::NoApp], when);
    let same = case.directs(target, true).find(|(_, direct)| direct.status == Some(500));
    if said.is_empty() || case.directs(target, true).any(|(_, d)| d.status.is_some_and(|status| status < 500)) {
        return None;
    }
    let now = case.application_said(target, &[Meaning::NoApp]);
    let told = !now.owned.is_empty() && same.is_some();
    let mut found = Match::new(format!("uWSGI at {target} runs without an application: it could not be loaded"))
        .because_all(said.ids())
        .because_all(same.map(|(id, _)| id))
        .because_all(case.application(target).map(|(id, _)| id))
        .confirmed_if(told && case.on_gateway_host())
        .open_unless(
            told,
            "app-returned-502",
            "uWSGI's log at this second: does it say `no python application found`?",
        );
    found.explains_status = true;
    Some(found)
}
