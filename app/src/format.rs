//! Durations, times, shares and sizes as text, for admins, programs and letters: in English, by the catalogue of the
//! pages. Pure; times are UTC and say so.

use crate::model::Phases;
use crate::model::time::{At, DAY_MS, Millis};
use crate::run_view::TimeView;
use crate::words::Words;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// See [`Words::duration`].
pub fn duration(ms: u64) -> String {
    Words::default().duration(ms)
}

/// A duration of the model.
pub fn millis(ms: Millis) -> String {
    duration(u64::from(ms.0))
}

/// `DNS 2 ms · connect 1 ms …`, the phases that were reached.
pub fn phases(phases: &Phases) -> String {
    [
        ("DNS", phases.dns),
        ("connect", phases.connect),
        ("TLS", phases.tls),
        ("first byte", phases.first_byte),
        ("body", phases.body),
    ]
    .into_iter()
    .filter_map(|(name, took)| Some(format!("{name} {}", millis(took?))))
    .collect::<Vec<_>>()
    .join(" · ")
}

/// From `from` to `to`; zero when they are the wrong way round.
pub fn span(from: At, to: At) -> String {
    Words::default().span(from, to)
}

/// See [`Words::age`].
pub fn age(from: At, to: At) -> String {
    Words::default().age(from, to)
}

/// See [`Words::percent`].
pub fn percent(share: f64) -> String {
    Words::default().percent(share)
}

/// `812 B`, `1.4 KiB`, `64 MiB`.
pub fn bytes(count: u64) -> String {
    let mut unit = "B";
    let (mut whole, mut tenths) = (count, 0);
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if whole < 1024 {
            break;
        }
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit = next;
    }
    if unit == "B" || whole >= 10 { format!("{whole} {unit}") } else { format!("{whole}.{tenths} {unit}") }
}

/// `1 component`, `3 components`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn utc(at: At) -> Option<jiff::Zoned> {
    Some(Timestamp::from_millisecond(at.0).ok()?.to_zoned(TimeZone::fixed(Offset::UTC)))
}

fn written(at: At, pattern: &str) -> String {
    utc(at).map_or_else(|| "(no such time)".to_owned(), |time| time.strftime(pattern).to_string())
}

/// RFC 3339 in UTC with seconds, for `datetime` attributes and feeds.
pub fn iso(at: At) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// See [`Words::date_time`].
pub fn date_time(at: At) -> String {
    Words::default().date_time(at)
}

/// See [`Words::precise`].
pub fn precise(at: At) -> String {
    Words::default().precise(at)
}

/// `18:04:07`, where the zone is said elsewhere.
pub fn clock(at: At) -> String {
    written(at, "%H:%M:%S")
}

/// See [`Words::time_of_day`].
pub fn time_of_day(at: At) -> String {
    Words::default().time_of_day(at)
}

/// See [`Words::long_day`].
pub fn long_day(day: i64) -> String {
    Words::default().long_day(day)
}

/// See [`Words::short_day`].
pub fn short_day(day: i64) -> String {
    Words::default().short_day(day)
}

/// `2026-11-22` for a day counted from 1970-01-01.
pub fn iso_day(day: i64) -> String {
    written(At::start_of_day(day), "%Y-%m-%d")
}

/// `2026-11`, the month that holds `at`.
pub fn month_of(at: At) -> String {
    written(at, "%Y-%m")
}

/// See [`Words::long_month`].
pub fn long_month(month: &str) -> String {
    Words::default().long_month(month)
}

/// Shown as [`date_time`].
pub fn time_view(at: At) -> TimeView {
    TimeView { iso: iso(at), text: date_time(at) }
}

/// An RFC 3339 text as `18:04:07.120 UTC`, as it stands where it is none.
pub fn stamp_view(rfc3339: &str) -> TimeView {
    let text = rfc3339.parse::<Timestamp>().map_or_else(
        |_| rfc3339.to_owned(),
        |time| time.to_zoned(TimeZone::fixed(Offset::UTC)).strftime("%H:%M:%S%.3f UTC").to_string(),
    );
    TimeView { iso: rfc3339.to_owned(), text }
}

/// An RFC 3339 text shown as [`date_time`].
pub fn stamp_date_view(rfc3339: &str) -> TimeView {
    rfc3339.parse::<Timestamp>().map_or_else(
        |_| TimeView { iso: rfc3339.to_owned(), text: rfc3339.to_owned() },
        |time| TimeView { iso: rfc3339.to_owned(), text: date_time(At(time.as_millisecond())) },
    )
}

/// `2026-11-22 18:04`, UTC, as forms show it and [`parse_field`] reads it.
pub fn field(at: At) -> String {
    written(at, "%Y-%m-%d %H:%M")
}

/// Reads a form's time, UTC: `2026-11-22 18:04`, with `T` or seconds or `Z` or an offset if wished.
pub fn parse_field(text: &str) -> Option<At> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(At(time.as_millisecond()));
    }
    let bare = text.trim_end_matches("UTC").trim_end().trim_end_matches('Z');
    let civil = bare.parse::<jiff::civil::DateTime>().ok()?;
    let zoned = civil.to_zoned(TimeZone::fixed(Offset::UTC)).ok()?;
    Some(At(zoned.timestamp().as_millisecond()))
}

/// Milliseconds of a day as a share of it.
pub fn share_of_day(ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds are far below 2^53")]
    {
        ms as f64 / DAY_MS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        for (ms, text) in [
            (0, "0 ms"),
            (812, "812 ms"),
            (1_240, "1.2 s"),
            (59_900, "59 s"),
            (60_000, "1 min"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (86_400_000, "1 d"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn only_the_phases_that_were_reached_are_named() {
        let reached = Phases { dns: Some(Millis(2)), connect: Some(Millis(1)), ..Phases::default() };
        assert_eq!(phases(&reached), "DNS 2 ms · connect 1 ms");
        assert_eq!(phases(&Phases::default()), "");
    }

    #[test]
    fn shares_round_down_so_that_only_all_is_all() {
        for (share, text) in
            [(1.0, "100 %"), (0.999_99, "99.99 %"), (0.9995, "99.95 %"), (0.5, "50.00 %"), (0.0, "0.00 %")]
        {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn sizes_use_binary_units() {
        for (count, text) in [(0, "0 B"), (1023, "1023 B"), (1434, "1.4 KiB"), (67_108_864, "64 MiB")] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn times_are_utc_and_say_so() {
        let at = At(1_795_370_647_120);
        assert_eq!(iso(at), "2026-11-22T18:04:07Z");
        assert_eq!(date_time(at), "22 Nov 2026, 18:04 UTC");
        assert_eq!(precise(at), "22 Nov, 18:04:07 UTC");
        assert_eq!(long_day(at.day()), "22 November 2026");
        assert_eq!(short_day(at.day()), "22 Nov");
        assert_eq!(iso_day(at.day()), "2026-11-22");
        assert_eq!(long_month(&month_of(at)), "November 2026");
        assert_eq!(stamp_view("2026-11-22T18:04:07.120Z").text, "18:04:07.120 UTC");
        assert_eq!(stamp_view("yesterday").text, "yesterday");
        assert_eq!(date_time(At(i64::MAX)), "(no such time)");
    }

    #[test]
    fn a_form_reads_what_it_showed() {
        let minute = At(1_795_370_640_000);
        assert_eq!(parse_field(&field(minute)), Some(minute));
        assert_eq!(parse_field("2026-11-22T18:04"), Some(minute));
        assert_eq!(parse_field("2026-11-22T19:04:00+01:00"), Some(minute));
        assert_eq!(parse_field(" 2026-11-22 18:04 UTC "), Some(minute));
        assert_eq!(parse_field("tomorrow"), None);
        assert_eq!(parse_field(""), None);
    }

    #[test]
    fn ages_do_not_count_seconds() {
        assert_eq!(age(At(0), At(59_000)), "less than a minute");
        assert_eq!(age(At(0), At(192_000)), "3 min");
        assert_eq!(age(At(10), At(0)), "less than a minute");
    }
}
