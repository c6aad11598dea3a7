//! The kernel's log: as `/dev/kmsg` is told here, as `dmesg -T` prints it, and as syslog and journald write it.

use super::time::{ctime, syslog_head};
use super::{Line, UNTIMED, Zone};

/// Splits one line; `None` if it is not one of the kernel's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    // `[Sun Nov 22 15:00:00 2026] …`, and `[ 1050.829419] …` whose moment only the host itself knows.
    if let Some((date, message)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        if let Some(at) = ctime(date, zone) {
            return Some(Line::new(at, message, line));
        }
        let since_boot = date.trim_start().split_once('.').is_some_and(|(seconds, fraction)| {
            [seconds, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        });
        return since_boot.then(|| Line::new(UNTIMED, message, line));
    }
    let (at, rest) = syslog_head(line, zone)?;
    // `host kernel: [ 1050.829419] message`
    let (host, rest) = rest.split_once(' ')?;
    let message = rest.strip_prefix("kernel: ").filter(|_| !host.is_empty())?;
    let message = match message.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((stamp, rest)) if stamp.trim_start().bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest,
        _ => message,
    };
    Some(Line::new(at, message, line))
}
