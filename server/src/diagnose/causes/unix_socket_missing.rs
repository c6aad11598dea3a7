//! The unix socket that the gateway connects to does not exist.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "unix-socket-missing",
        title: "The application's unix socket does not exist",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway connects to the application through a socket file, and there is no such file. The \
            application creates it when it starts, so either it is not running, or it now uses another path: after \
            an upgrade of PHP, for example, the version in the name changes.",
        evidence: &[
            "The gateway logs `No such file or directory` (2) for the socket.",
            "The path does not exist on the gateway's host.",
        ],
        contradictions: &[
            "The path exists here but not in the gateway's own mount namespace (PrivateTmp, a container).",
        ],
        look_alikes: &["unix-socket-namespace", "unix-socket-stale", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Start the application that owns the socket",
                command: "sudo systemctl restart {app}.service; journalctl -u {app}.service -n 50 --no-pager   # php-fpm: php8.2-fpm.service",
                verify: "ls -l {socket}",
            },
            FixText {
                applies_to: "nginx",
                title: "Point the gateway at the socket that exists: {nearby}",
                command: "# in {place}: replace {socket} by {!nearby}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Point the gateway at the socket that exists: {nearby}",
                command: "# in {place}: reverse_proxy unix/{!nearby}\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Point httpd at the socket that exists: {nearby}",
                command: "# in {place}: replace {socket} by {!nearby}\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_pass",
            "https://www.php.net/manual/en/install.fpm.configuration.php",
        ],
    },
    testimony: &[Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let path = target.strip_prefix("unix:")?;
    let socket = case.unix_socket(target);
    let said: Vec<_> = case.lines(Meaning::NoSuchSocket, target).collect();
    let own = said.iter().any(|(_, line)| line.joined == Joined::Own);
    let missing = socket.filter(|(_, s)| s.exists == Some(false));
    if missing.is_none() && (said.is_empty() || socket.is_some_and(|(_, s)| s.exists == Some(true))) {
        return None;
    }
    let nearby = socket.and_then(|(_, s)| s.nearby.first().cloned());
    let mut found = Match::new(format!(
        "The socket {path} does not exist: the application is not running, or uses another path"
    ))
    .because_all(said.iter().map(|(id, _)| *id))
    .because_all(missing.map(|(id, _)| id))
    .confirmed_if(missing.is_some() && case.on_gateway_host())
    .open_unless(
        own || missing.is_some_and(|(_, s)| s.same_mounts == Some(true)),
        "unix-socket-namespace",
        format!("What the gateway itself sees: `sudo ls -l /proc/$(pgrep -o nginx)/root{path}`"),
    )
    .finer("Whether the application is stopped or uses another path: `ss -lxp` lists all sockets with their owners.");
    if let Some(nearby) = nearby {
        found = found.name("nearby", nearby);
    }
    Some(found)
}
