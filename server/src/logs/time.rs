//! Times as logs write them.

use app::model::At;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The time zone of a log whose times do not carry one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// A zone from the content of a zone file (`/etc/localtime`); UTC if it is not one.
    pub fn from_file(bytes: &[u8]) -> Self {
        Self(TimeZone::tzif("", bytes).unwrap_or(TimeZone::UTC))
    }

    /// A fixed difference in seconds, east of UTC being positive; UTC if there is no such zone.
    pub fn fixed(seconds_east: i32) -> Self {
        Self(Offset::from_seconds(seconds_east).map_or(TimeZone::UTC, TimeZone::fixed))
    }

    fn moment(&self, civil: DateTime) -> Option<At> {
        Some(At(self.0.to_zoned(civil).ok()?.timestamp().as_millisecond()))
    }
}

/// `2026/11/22 15:00:00`, as nginx begins its error lines.
pub(super) fn error_time(text: &str, zone: &Zone) -> Option<At> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let separated = bytes[4] == b'/' && bytes[7] == b'/' && bytes[10] == b' ' && bytes[13] == b':' && bytes[16] == b':';
    if !separated {
        return None;
    }
    let number = |from: usize, to: usize| digits(&bytes[from..to]);
    zone.moment(civil(number(0, 4)?, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?, number(17, 19)?)?)
}

/// `2026/11/22 15:00:00.123`, as Caddy's console format begins.
pub(super) fn console_time(text: &str, zone: &Zone) -> Option<At> {
    let at = error_time(text.get(..19)?, zone)?;
    let ms = text.get(19..)?.strip_prefix('.').and_then(|ms| ms.parse().ok()).unwrap_or(0_i64);
    Some(At(at.0 + ms.clamp(0, 999)))
}

/// `2026-11-22 15:00:00.123`, as Envoy's own log begins.
pub(super) fn envoy_time(text: &str, zone: &Zone) -> Option<At> {
    console_time(&text.replace('-', "/"), zone)
}

/// `Sun Nov 22 15:00:00.301848 2026`, as httpd begins its error lines; the fraction may be missing.
pub(super) fn httpd_error_time(text: &str, zone: &Zone) -> Option<At> {
    let mut words = text.split_ascii_whitespace();
    let weekday = words.next()?;
    if weekday.len() != 3 {
        return None;
    }
    let month = month(words.next()?)?;
    let day = digits(words.next()?.as_bytes())?;
    let (time, fraction) = {
        let time = words.next()?;
        time.split_once('.').unwrap_or((time, ""))
    };
    let year = digits(words.next()?.as_bytes())?;
    if words.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut parts = time.split(':').map(|part| digits(part.as_bytes()));
    let civil = civil(year, month, day, parts.next()??, parts.next()??, parts.next()??)?;
    let padded = format!("{fraction:0<3}");
    Some(zone.moment(civil)? + std::time::Duration::from_millis(padded[..3].parse().ok()?))
}

/// The year of a line that carries none; whoever reads the log knows which year it is ([`in_year_before`]).
const NO_YEAR: i16 = 1972;

/// A time from its parts: year, shortened month, day, and `15:00:00`.
pub(super) fn civil_time(year: &str, name: &str, day: &str, clock: &str, zone: &Zone) -> Option<At> {
    let number = |text: &str| digits(text.as_bytes());
    zone.moment(clocked(number(year)?, month(name)?, number(day.trim_start())?, clock)?)
}

/// `Sun Nov 22 15:00:00 2026`, as the C library writes it.
pub(super) fn ctime(text: &str, zone: &Zone) -> Option<At> {
    let mut words = text.split_ascii_whitespace();
    let _weekday = words.next().filter(|word| word.len() == 3)?;
    let (name, day, clock, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    words.next().is_none().then(|| civil_time(year, name, day, clock, zone)).flatten()
}

/// `2026-11-22 15:00:00 +0000`
pub(super) fn offset_time(text: &str) -> Option<At> {
    let (date, rest) = text.split_once(' ')?;
    let (clock, offset) = rest.split_once(' ')?;
    iso_time(&format!("{date}T{clock}{offset}"))
}

/// `22/Nov/2026:15:00:00.123` in local time, as `HAProxy` writes when it took a connection.
pub(super) fn accept_time(text: &str, zone: &Zone) -> Option<At> {
    let (date, ms) = text.split_once('.')?;
    let mut parts = date.splitn(4, ['/', ':']);
    let (day, name, year, clock) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let ms = digits(ms.as_bytes()).filter(|_| ms.len() == 3)?;
    Some(At(civil_time(year, name, day, clock, zone)?.0 + i64::from(ms)))
}

/// The time at the beginning of a line of syslog or of the journal, and what follows it:
/// `Nov 22 15:00:00 …` without a year, `2026-11-22T15:00:00.000000+00:00 …`, `2026-11-22T15:00:00+0000 …`.
pub(super) fn syslog_head<'a>(line: &'a str, zone: &Zone) -> Option<(At, &'a str)> {
    if line.as_bytes().first()?.is_ascii_digit() {
        let (stamp, rest) = line.split_once(' ')?;
        return Some((iso_time(stamp)?, rest));
    }
    let (name, day) = (line.get(..3)?, line.get(4..6)?);
    let (clock, rest) = (line.get(7..15)?, line.get(15..)?.strip_prefix(' ')?);
    let number = digits(day.trim_start().as_bytes())?;
    Some((zone.moment(clocked(NO_YEAR, month(name)?, number, clock)?)?, rest))
}

/// The moment of a line without a year: the last such moment that is not after `now` (and a day of grace).
pub fn in_year_before(at: At, now: At) -> At {
    const DAY: i64 = 86_400_000;
    let civil = |at: At| jiff::Timestamp::from_millisecond(at.0).ok().map(|at| at.to_zoned(TimeZone::UTC).datetime());
    let (Some(undated), Some(today)) = (civil(at), civil(now)) else { return at };
    if undated.year() > NO_YEAR + 1 || undated.year() < NO_YEAR - 1 {
        return at;
    }
    let of_year = |year: i16| {
        let dated = undated.with().year(year + undated.year() - NO_YEAR).build().ok()?;
        Some(At(dated.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond()))
    };
    match of_year(today.year()) {
        Some(this) if this.0 <= now.0 + DAY => this,
        _ => of_year(today.year() - 1).unwrap_or(at),
    }
}

fn clocked(year: i16, month: i16, day: i16, clock: &str) -> Option<DateTime> {
    let bytes: &[u8; 8] = clock.as_bytes().try_into().ok()?;
    (bytes[2] == b':' && bytes[5] == b':').then_some(())?;
    civil(year, month, day, digits(&bytes[..2])?, digits(&bytes[3..5])?, digits(&bytes[6..])?)
}

/// `22/Nov/2026:15:00:00 +0000`
pub(super) fn access_time(text: &str) -> Option<At> {
    let (date, offset) = text.split_once(' ')?;
    let mut parts = date.split(['/', ':']);
    let day = digits(parts.next()?.as_bytes())?;
    let month = month(parts.next()?)?;
    let mut next = || digits(parts.next()?.as_bytes());
    let civil = civil(next()?, month, day, next()?, next()?, next()?)?;
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits(offset.as_bytes().get(1..3)?)?;
    let minutes = digits(offset.as_bytes().get(3..5)?)?;
    Zone::fixed(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).moment(civil)
}

/// `2026-11-22T15:00:00+00:00`
pub(super) fn iso_time(text: &str) -> Option<At> {
    Some(At(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
}

/// Seconds with a decimal fraction, as milliseconds: `0.123`, `1795359600.001`.
pub(super) fn decimal_ms(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !all_digits(seconds) || !all_digits(fraction) {
        return None;
    }
    let padded = format!("{fraction:0<3}");
    seconds.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(padded[..3].parse().ok()?)
}

/// `Nov`
fn month(name: &str) -> Option<i16> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    Some(i16::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1)
}

fn digits(bytes: &[u8]) -> Option<i16> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(bytes).ok()?.parse().ok()
}

fn civil(year: i16, month: i16, day: i16, hour: i16, minute: i16, second: i16) -> Option<DateTime> {
    let small = |number: i16| i8::try_from(number).ok();
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_year_is_of_the_last_year_that_fits() {
        let (at, rest) = syslog_head("Nov 22 15:00:00 host x", &Zone::UTC).unwrap();
        let now = At(1_795_359_600_000);
        assert_eq!((in_year_before(at, now), rest), (now, "host x"));
        let (december, _) = syslog_head("Dec  1 15:00:00 host x", &Zone::UTC).unwrap();
        assert_eq!(in_year_before(december, now), iso_time("2025-12-01T15:00:00Z").unwrap());
        assert_eq!(in_year_before(now, now), now);
        for stamp in ["2026-11-22T15:00:00.000000+00:00 a", "2026-11-22T15:00:00+0000 a", "2026-11-22T16:00:00+01:00 a"]
        {
            assert_eq!(syslog_head(stamp, &Zone::UTC), Some((now, "a")), "{stamp}");
        }
        assert_eq!(ctime("Sun Nov 22 15:00:00 2026", &Zone::UTC), Some(now));
        assert_eq!(offset_time("2026-11-22 15:00:00 +0000"), Some(now));
        for wrong in ["Nov 22 15-00-00 x y", "Nox 22 15:00:00 x y", "", "Nov", "2026 x"] {
            assert_eq!(syslog_head(wrong, &Zone::UTC), None, "{wrong}");
        }
    }

    #[test]
    fn reads_each_way_of_writing_a_time() {
        let at = At(1_795_359_600_000);
        assert_eq!(accept_time("22/Nov/2026:15:00:00.123", &Zone::UTC), Some(At(at.0 + 123)));
        assert_eq!(accept_time("22/Nov/2026:15:00:00", &Zone::UTC).or(accept_time("///.123", &Zone::UTC)), None);
        assert_eq!(error_time("2026/11/22 15:00:00", &Zone::UTC), Some(at));
        assert_eq!(error_time("2026/11/22 16:00:00", &Zone::fixed(3600)), Some(at));
        assert_eq!(access_time("22/Nov/2026:10:00:00 -0500"), Some(at));
        assert_eq!(iso_time("2026-11-22T16:00:00+01:00"), Some(at));
        assert_eq!(decimal_ms("1795359600.001"), Some(1_795_359_600_001));
        assert_eq!((decimal_ms("0.1"), decimal_ms("-"), decimal_ms("")), (Some(100), None, None));
        for text in ["2026/13/22 15:00:00", "2026/11/22T15:00:00", "2026/11/22 15:00:0", "+026/11/22 15:00:00"] {
            assert_eq!(error_time(text, &Zone::UTC), None, "{text}");
        }
        for text in ["22/Nov/2026:10:00:00", "22/Nox/2026:10:00:00 +0000", "/// +0000"] {
            assert_eq!(access_time(text), None, "{text}");
        }
    }
}
