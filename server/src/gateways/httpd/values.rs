//! Values as httpd writes them.

use std::time::Duration;

/// A time: a number with `ms`, `s`, `mi`, `min`, `h`, or none, which then means `unit` milliseconds.
pub(super) fn duration(text: &str, unit: u64) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds = match text[digits..].to_ascii_lowercase().as_str() {
        "" => unit,
        "ms" => 1,
        "s" => 1000,
        "mi" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(milliseconds)?))
}

/// A whole number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        for (text, milliseconds) in
            [("60", 60_000), ("500ms", 500), ("2s", 2000), ("1min", 60_000), ("1mi", 60_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text, 1000), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(duration("100", 1), Some(Duration::from_millis(100)));
        for text in ["", "s", "-1", "1 s", "99999999999999999999", "9999999999999999999h", "1d"] {
            assert_eq!(duration(text, 1000), None, "{text}");
        }
    }
}
