//! The only place that asks what time it is.

use crate::selfcheck::pulse::Reading;
use app::model::At;
use rustix::time::ClockId;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> At {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    At(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// All three clocks: the system's, one that stands still while the host sleeps, and one that does not.
pub fn reading() -> Reading {
    let millis = |clock| {
        let time = rustix::time::clock_gettime(clock);
        time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    };
    let (steady_ms, boot_ms) = (millis(ClockId::Monotonic), millis(ClockId::Boottime));
    Reading { wall: now(), steady_ms, boot_ms }
}

/// RFC 3339 in UTC with milliseconds, for example `2026-11-22T15:00:00.000Z`.
pub fn rfc3339(at: At) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(timestamp) => format!("{timestamp:.3}"),
        Err(_) => "1970-01-01T00:00:00.000Z".to_owned(),
    }
}

/// A moment as [`rfc3339`] writes it.
pub fn parse_rfc3339(text: &str) -> Option<At> {
    Some(At(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_utc_with_milliseconds() {
        assert_eq!(parse_rfc3339(&rfc3339(At(1_795_359_600_001))), Some(At(1_795_359_600_001)));
        assert_eq!(rfc3339(At(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(At(1_795_359_600_001)), "2026-11-22T15:00:00.001Z");
    }
}
