//! Times and sizes as HAProxy writes them.

use std::time::Duration;

/// `10s`, `500ms`, `1m`, `100` (milliseconds where no unit stands); `None` for anything else.
pub(crate) fn time(text: &str) -> Option<Duration> {
    time_in(text, 1000)
}

/// A time whose bare number has another unit, in microseconds.
pub(crate) fn time_in(text: &str, bare_us: u64) -> Option<Duration> {
    let (number, unit) = parts(text)?;
    let us = match unit {
        "" => bare_us,
        "us" => 1,
        "ms" => 1000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    Some(Duration::from_micros(number.checked_mul(us)?))
}

/// `16384`, `16k`, `1m`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = parts(text)?;
    let factor = match unit {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

fn parts(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_and_sizes() {
        assert_eq!(time("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(time("2m"), Some(Duration::from_mins(2)));
        assert_eq!(time_in("30", 1_000_000), Some(Duration::from_secs(30)));
        assert_eq!((size("16k"), size("32768"), size("2m")), (Some(16_384), Some(32_768), Some(2_097_152)));
        for wrong in ["", "s", "1x", "-1", "99999999999999999999", "1 s"] {
            assert_eq!((time(wrong), size(wrong)), (None, None), "{wrong}");
        }
    }
}
