//! The disk is full where the gateway keeps bodies that do not fit in memory.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "disk-full-proxy-temp",
        title: "The disk is full where the gateway keeps large bodies",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "An answer that comes faster than the client reads it, and a large request, are kept in a \
            temporary file of the gateway. There is no room left for it: an answer breaks off in the middle (with \
            status 200 in the log), a request is answered with 500. Small answers still pass.",
        evidence: &[
            "The gateway logs `No space left on device` (28) for one of its temporary files.",
            "No block or no inode is free where that folder lies.",
            "Asked directly, the upstream's answer is whole.",
        ],
        contradictions: &[
            "The number is 13: then the gateway's user may not write there.",
            "The line is about the log file (`while logging request`): that harms no answer.",
            "httpd's AH10124 with `No space left` is about too long headers, not about a disk.",
        ],
        look_alikes: &["temp-dir-permission", "response-truncated", "disk-full-app"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Make room where {folder} lies",
                command: "df -h {folder}; df -i {folder}; sudo du -xh --max-depth=2 $(df --output=target {folder} | tail -1) | sort -h | tail\nsudo journalctl --vacuum-size=200M",
                verify: "df -h {folder}",
            },
            FixText {
                applies_to: "nginx",
                title: "Keep answers out of the disk, or move the folder",
                command: "proxy_max_temp_file_size 0;   # beside proxy_pass ({place}); or: proxy_temp_path /var/tmp/nginx;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{size_download}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Keep request bodies out of the disk, or move the folder",
                command: "SetEnv proxy-sendchunked 1   # beside ProxyPass ({place}); or set TMPDIR in /etc/apache2/envvars\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_max_temp_file_size",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_temp_path",
        ],
    },
    testimony: &[Meaning::DiskFull],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::DiskFull);
    let near: Vec<_> = case.lines_of(Meaning::DiskFull).collect();
    let full = case.facts.temp_paths().find(|(_, path)| path.full());
    if near.is_empty() && full.is_none() {
        return None;
    }
    let named = near.iter().find_map(|(_, line)| line.name.clone());
    let folder = full.map(|(_, path)| path.path.clone()).or_else(|| named.as_deref().map(folder_of));
    let headline = match &folder {
        Some(folder) => format!("No room is left in {folder}, where the gateway keeps large bodies"),
        None => "The disk is full where the gateway keeps large bodies".to_owned(),
    };
    // Without a line of our own: the body broke off here, came whole directly, and the folder is full.
    let broken = full.is_some() && case.body_broke() && case.direct_is_whole();
    let mut found = Match::new(headline)
        .because_all(own.iter().copied())
        .because_all(near.iter().map(|(id, _)| *id))
        .because_all(full.map(|(id, _)| id))
        .confirmed_if(!own.is_empty() || (broken && case.on_gateway_host()))
        .open_unless(
            !own.is_empty() || !near.is_empty(),
            "response-truncated",
            "The gateway's error log says whether it could not write (28: No space left on device).",
        )
        .finer("What filled the disk: `sudo du -xh --max-depth=2 / | sort -h | tail`.");
    if let Some(folder) = folder {
        found = found.name("folder", folder);
    }
    Some(found)
}

/// The folder of a temporary file.
fn folder_of(path: &str) -> String {
    let parent = std::path::Path::new(path).parent();
    parent.map_or_else(|| path.to_owned(), |parent| parent.display().to_string())
}
