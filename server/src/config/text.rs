//! Small grammars that several sections share: durations, status sets, `2 of 3`, labels.

use app::model::Confirm;
use std::ops::RangeInclusive;
use std::time::Duration;

/// `500ms`, `30s`, `5m` or `1h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let hint = || {
        format!("`{text}` is not a duration; write a whole number and its unit, such as `500ms`, `30s`, `5m` or `1h`")
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| hint())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(hint()),
    };
    let millis = number.checked_mul(unit_ms).filter(|millis| *millis <= 24 * 3_600_000);
    millis.map(Duration::from_millis).ok_or_else(|| format!("`{text}` is longer than a day"))
}

/// As [`duration`], and `7d` too, up to 40 days.
pub(super) fn long_duration(text: &str) -> Result<Duration, String> {
    let Some(days) = text.strip_suffix('d') else { return duration(text) };
    let days: u64 = days.parse().map_err(|_| format!("`{text}` is not a duration; write `12h` or `7d`"))?;
    let days = u32::try_from(days).ok().filter(|days| *days <= 40);
    days.map(|days| Duration::from_hours(24) * days).ok_or_else(|| format!("`{text}` is longer than 40 days"))
}

/// `200`, or `200-399`.
pub(super) fn status_range(text: &str) -> Result<RangeInclusive<u16>, String> {
    let hint = || format!("`{text}` is not a status or range of statuses; write `204` or `200-399`");
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let code = |text: &str| text.trim().parse::<u16>().ok().filter(|code| (100..=599).contains(code)).ok_or_else(hint);
    let (from, to) = (code(from)?, code(to)?);
    if from > to { Err(hint()) } else { Ok(from..=to) }
}

/// `2 of 3`.
pub(super) fn confirm(text: &str) -> Result<Confirm, String> {
    let hint =
        || format!("`{text}` does not say how many of the last probes must agree; write `2 of 3`, with at most 10");
    let (needed, of) = text.split_once(" of ").ok_or_else(hint)?;
    let number =
        |text: &str| text.trim().parse::<u8>().ok().filter(|number| (1..=10).contains(number)).ok_or_else(hint);
    let confirm = Confirm { needed: number(needed)?, of: number(of)? };
    if confirm.needed > confirm.of { Err(hint()) } else { Ok(confirm) }
}

/// A text for people: not empty, no line breaks or other control characters, at most `most` characters.
pub(super) fn label(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("is empty; write what people should read".to_owned())
    } else if text.chars().count() > most {
        Err(format!("has more than {most} characters; shorten it"))
    } else if text.chars().any(char::is_control) {
        Err("holds a line break or another control character; write it in one line".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("24h"), Ok(Duration::from_hours(24)));
        for bad in ["", "30", "s", "-1s", "1.5s", "1 s", "25h", "1d", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_status_sets() {
        assert_eq!(status_range("200-399"), Ok(200..=399));
        assert_eq!(status_range("404"), Ok(404..=404));
        for bad in ["", "99", "600", "399-200", "2xx", "200-", "-200", "200-299-300"] {
            assert!(status_range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_confirmations() {
        assert_eq!(confirm("2 of 3"), Ok(Confirm { needed: 2, of: 3 }));
        for bad in ["", "2", "0 of 3", "3 of 2", "2of3", "2 of 11", "two of three"] {
            assert!(confirm(bad).is_err(), "{bad}");
        }
    }
}
