//! The gateway's user may not write where it keeps large bodies.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "temp-dir-permission",
        title: "The gateway's user may not write where it keeps large bodies",
        family: Family::Code,
        step: Step::Logs,
        explanation: "A large answer or request is kept in a temporary file of the gateway. Its worker's user may \
            not make files in that folder, so large answers break off and large requests are answered with 500, \
            while small ones pass. Typical after a change of `user`, or a folder that another user made.",
        evidence: &[
            "The gateway logs `Permission denied` (13) for one of its temporary files.",
            "The bits of the folder, or of one above it, forbid the worker's user to write.",
        ],
        contradictions: &[
            "The number is 28: the disk is full.",
            "The bits allow it: then SELinux or AppArmor denies it.",
        ],
        look_alikes: &["disk-full-proxy-temp", "selinux-connect-denied", "apparmor-denied", "response-truncated"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Give the folder to the worker's user {user}",
                command: "sudo chown -R {user}: {folder} && sudo chmod 700 {folder}",
                verify: "sudo -u {user} touch {folder}/try && sudo rm {folder}/try; namei -l {folder}",
            },
            FixText {
                applies_to: "nginx",
                title: "Or name a folder that it may write",
                command: "proxy_temp_path /var/lib/nginx/proxy;   # and client_body_temp_path /var/lib/nginx/body;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{size_download}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Or name a folder that it may write",
                command: "export TMPDIR=/var/tmp   # in /etc/apache2/envvars; then sudo systemctl restart apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_temp_path"],
    },
    testimony: &[Meaning::TempDenied],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::TempDenied);
    let denied = case.facts.temp_paths().find(|(_, path)| path.denied());
    // A file that may not be opened is a temporary one only if it lies in such a folder.
    let inside = |line: &app::model::fact::logs::LogLine| {
        let path = line.name.as_deref().unwrap_or_default();
        case.facts.temp_paths().any(|(_, temp)| path.starts_with(&format!("{}/", temp.path)))
    };
    let near: Vec<_> = case
        .lines_of(Meaning::TempDenied)
        .chain(case.lines_of(Meaning::FileDenied).filter(|(_, line)| inside(line)))
        .collect();
    if near.is_empty() && denied.is_none() {
        return None;
    }
    let own_file = near.iter().any(|(_, line)| line.joined == app::model::fact::logs::Joined::Own);
    let folder = denied.map(|(_, path)| path.path.clone()).or_else(|| {
        let path = near.iter().find_map(|(_, line)| line.name.as_deref())?;
        let known = case.facts.temp_paths().find(|(_, temp)| path.starts_with(&temp.path));
        known
            .map(|(_, temp)| temp.path.clone())
            .or_else(|| std::path::Path::new(path).parent().map(|parent| parent.display().to_string()))
    });
    let who = denied.and_then(|(_, path)| path.user.clone()).unwrap_or_else(|| "the gateway's user".to_owned());
    let headline = match (&folder, denied) {
        (Some(folder), Some((_, path))) if path.read_only => {
            format!("{folder}, where the gateway keeps large bodies, is mounted read-only")
        }
        (Some(folder), _) => format!("{who} may not write in {folder}, where the gateway keeps large bodies"),
        (None, _) => format!("{who} may not write where the gateway keeps large bodies"),
    };
    let broken = denied.is_some() && case.body_broke() && case.direct_is_whole() && case.on_gateway_host();
    let mut found = Match::new(headline)
        .because_all(own)
        .because_all(near.iter().map(|(id, _)| *id))
        .because_all(denied.map(|(id, _)| id))
        .confirmed_if(own_file || broken)
        .open_unless(
            denied.is_some(),
            "apparmor-denied",
            "`namei -l` of the folder: do the bits allow the worker's user to write? Then a security module denies it.",
        )
        .open_unless(
            own_file || !near.is_empty(),
            "response-truncated",
            "The gateway's error log says whether it may not write (13: Permission denied).",
        );
    if let Some(folder) = folder {
        found = found.name("folder", folder);
    }
    Some(found)
}
