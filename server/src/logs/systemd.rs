//! What systemd says of units, as syslog and journald write it: `Nov 22 15:00:00 host systemd[1]: app.service: …`.

use super::time::syslog_head;
use super::{Line, Zone};

/// Splits one line; `None` if it is not one of systemd's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (at, rest) = syslog_head(line, zone)?;
    let (_host, rest) = rest.split_once(' ')?;
    let (pid, message) = rest.strip_prefix("systemd[")?.split_once("]: ")?;
    Some(Line { pid: Some(pid.parse().ok()?), ..Line::new(at, message, line) })
}
