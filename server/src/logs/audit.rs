//! The audit subsystem: `type=AVC msg=audit(1795359601.123:456): …`.

use super::Line;
use app::model::At;

/// Splits one line; `None` if it is not one of the audit subsystem's.
pub(super) fn parse(line: &str) -> Option<Line<'_>> {
    let rest = line.strip_prefix("type=")?;
    let (kind, rest) = rest.split_once(" msg=audit(")?;
    let (stamp, message) = rest.split_once("): ")?;
    let (seconds, rest) = stamp.split_once('.')?;
    let millis = rest.split_once(':').map_or(rest, |(millis, _)| millis);
    let seconds: i64 = seconds.parse().ok()?;
    let millis: i64 = millis.parse().ok().filter(|millis| (0..1000).contains(millis))?;
    let plain = kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| Line::new(At(seconds.saturating_mul(1000).saturating_add(millis)), message, line))
}
