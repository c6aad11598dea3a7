//! gunicorn's error log: `[2026-11-22 15:00:00 +0000] [211] [CRITICAL] WORKER TIMEOUT (pid:212)`.

use super::Line;
use super::time::{Zone, offset_time};
use std::borrow::Cow;

/// Levels as gunicorn writes them.
const LEVELS: [&str; 5] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/// Splits one line; `None` if it is not one of gunicorn's.
pub(super) fn parse<'a>(line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (date, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let at = offset_time(date)?;
    let (pid, rest) = rest.split_once("] [")?;
    let (level, message) = rest.split_once("] ")?;
    if !LEVELS.contains(&level) {
        return None;
    }
    Some(Line { pid: Some(pid.parse().ok()?), level: Cow::Borrowed(level), ..Line::new(at, message, line) })
}
