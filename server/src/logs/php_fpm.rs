//! php-fpm's log: `[22-Nov-2026 15:00:00] WARNING: [pool www] child 211 exited on signal 11 …`.
//!
//! What a script writes to its error output is quoted inside of a line of php-fpm's own; the message of such a line
//! begins with the quoting, so that a script's words stand at no place where php-fpm's stand.

use super::time::civil_time;
use super::{Line, Zone};
use std::borrow::Cow;

/// Levels as php-fpm writes them.
const LEVELS: [&str; 5] = ["DEBUG", "NOTICE", "WARNING", "ERROR", "ALERT"];

/// Splits one line; `None` if it is not one of php-fpm's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (date, rest) = line.strip_prefix('[')?.split_once("] ")?;
    // PHP's own error log ends the date with the zone, debug output adds microseconds.
    let date = date.get(..20)?;
    let at = civil_time(date.get(7..11)?, date.get(3..6)?, date.get(..2)?, date.get(12..20)?, zone)?;
    if date.as_bytes()[2] != b'-' || date.as_bytes()[6] != b'-' || date.as_bytes()[11] != b' ' {
        return None;
    }
    if rest.starts_with("PHP ") {
        return Some(Line { level: Cow::Borrowed("php"), ..Line::new(at, rest, line) });
    }
    let (level, message) = rest.split_once(": ")?;
    if !LEVELS.contains(&level) {
        return None;
    }
    // `pid 211, fpm_got_signal(), line 75: ` at debug level.
    let message = match message.strip_prefix("pid ").and_then(|rest| rest.split_once("(), line ")) {
        Some((_, rest)) => rest.split_once(": ").map_or(message, |(_, message)| message),
        None => message,
    };
    Some(Line { level: Cow::Borrowed(level), ..Line::new(at, message, line) })
}
