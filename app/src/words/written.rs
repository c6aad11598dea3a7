//! Numbers, shares, durations and dates as a language writes them. Times are UTC and say so.

use super::Words;
use crate::model::{At, Language, Millis};
use fluent_bundle::FluentValue;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// What stands before a fraction, between groups of three digits, and from how many digits on (Unicode CLDR).
const fn marks(language: Language) -> (&'static str, &'static str, usize) {
    match language {
        // As it always was here: not grouped.
        Language::English => (".", "", usize::MAX),
        Language::German => (",", ".", 4),
        Language::Spanish => (",", ".", 5),
        Language::French => (",", "\u{202f}", 4),
        Language::Japanese | Language::Arabic => (".", ",", 4),
    }
}

/// A whole number with its groups.
pub(super) fn number(language: Language, number: u64) -> String {
    let digits = number.to_string();
    let (_, mark, from) = marks(language);
    if digits.len() < from {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * mark.len());
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str(mark);
        }
        grouped.push(digit);
    }
    grouped
}

impl Words {
    /// A whole number with its groups.
    pub fn number(self, number: u64) -> String {
        self::number(self.language(), number)
    }

    /// `812 ms`, `1.2 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`: two units at most, the second left out when zero.
    pub fn duration(self, ms: u64) -> String {
        let seconds = ms / 1000;
        let one = |key: &'static str, number: u64| self.whole(key, [("number", number.into())]);
        let two = |big: (&'static str, u64), small: (&'static str, u64)| {
            let first = one(big.0, big.1);
            if small.1 == 0 {
                return first;
            }
            self.whole("duration-two", [("big", first.into()), ("small", one(small.0, small.1).into())])
        };
        match seconds {
            0 => one("duration-ms", ms),
            1..=9 => {
                let tenths = format!("{seconds}{}{}", marks(self.language()).0, ms % 1000 / 100);
                self.whole("duration-s", [("number", tenths.into())])
            }
            10..=59 => one("duration-s", seconds),
            60..=3599 => two(("duration-min", seconds / 60), ("duration-s", seconds % 60)),
            3600..=86_399 => two(("duration-h", seconds / 3600), ("duration-min", seconds % 3600 / 60)),
            _ => two(("duration-d", seconds / 86_400), ("duration-h", seconds % 86_400 / 3600)),
        }
    }

    /// A duration of the model.
    pub fn millis(self, ms: Millis) -> String {
        self.duration(u64::from(ms.0))
    }

    /// The same, or that there is none.
    pub fn millis_or_none(self, ms: Option<Millis>) -> String {
        ms.map_or_else(|| self.say("none").to_owned(), |ms| self.millis(ms))
    }

    /// From `from` to `to`; zero when they are the wrong way round.
    pub fn span(self, from: At, to: At) -> String {
        self.duration(u64::try_from(to.since(from)).unwrap_or(0))
    }

    /// Like [`Self::span`], for people: whole minutes once there is one, so that a standing page does not look wrong
    /// at once.
    pub fn age(self, from: At, to: At) -> String {
        let ms = u64::try_from(to.since(from)).unwrap_or(0);
        if ms < 60_000 { self.say("age-short").to_owned() } else { self.duration(ms / 60_000 * 60_000) }
    }

    /// A share from 0 to 1 as `99.95 %`. Rounds down, so that only the whole is `100 %`.
    pub fn percent(self, share: f64) -> String {
        let text = if share >= 1.0 {
            "100".to_owned()
        } else {
            // The small addend takes back what the multiplication loses (0.9995 × 10,000 = 9994.999…).
            let hundredths = (share.max(0.0) * 10_000.0 + 1e-6).floor() / 100.0;
            let text = format!("{hundredths:.2}");
            let mark = marks(self.language()).0;
            if mark == "." { text } else { text.replacen('.', mark, 1) }
        };
        self.whole("percent", [("share", text.into())])
    }

    /// An uptime, or that nothing was measured.
    pub fn uptime(self, share: Option<f64>) -> String {
        share.map_or_else(|| self.say("no-data").to_owned(), |share| self.percent(share))
    }

    /// `22 Nov 2026, 18:04 UTC`.
    pub fn date_time(self, at: At) -> String {
        self.date("date-time", at, 1, "%H:%M")
    }

    /// `22 Nov, 18:04:07 UTC`.
    pub fn precise(self, at: At) -> String {
        self.date("date-time-precise", at, 1, "%H:%M:%S")
    }

    /// `18:04 UTC`.
    pub fn time_of_day(self, at: At) -> String {
        self.date("time-utc", at, 1, "%H:%M")
    }

    /// `22 November 2026` for a day counted from 1970-01-01.
    pub fn long_day(self, day: i64) -> String {
        self.date("day-long", At::start_of_day(day), 0, "")
    }

    /// `22 Nov` for a day counted from 1970-01-01.
    pub fn short_day(self, day: i64) -> String {
        self.date("day-short", At::start_of_day(day), 1, "")
    }

    /// `November 2026` for `2026-11`; the text itself if it is no month.
    pub fn long_month(self, month: &str) -> String {
        let Ok(date) = format!("{month}-01").parse::<jiff::civil::Date>() else { return month.to_owned() };
        let name = self.month(0, date.month());
        self.whole("month-year", [("month", name), ("year", date.year().to_string().into())])
    }

    /// A message whose parts are ours: they are not kept apart from each other, so that the whole runs as its words do.
    fn whole<const N: usize>(self, key: &str, values: [(&'static str, FluentValue<'_>); N]) -> String {
        let text = self.tell(key, values);
        if self.language().direction() == "ltr" { text } else { text.replace(['\u{2068}', '\u{2069}'], "") }
    }

    fn month(self, names: usize, month: i8) -> FluentValue<'static> {
        usize::try_from(month - 1)
            .ok()
            .and_then(|place| self.0.months[names].get(place))
            .map_or("", String::as_str)
            .into()
    }

    /// A message of the dates; it takes of the parts what it needs.
    fn date(self, key: &'static str, at: At, names: usize, clock: &str) -> String {
        let Ok(instant) = Timestamp::from_millisecond(at.0) else { return self.say("no-time").to_owned() };
        let civil = instant.to_zoned(TimeZone::fixed(Offset::UTC)).datetime();
        let time = if clock.is_empty() { String::new() } else { civil.strftime(clock).to_string() };
        let values: [(&'static str, FluentValue<'_>); 4] = [
            ("day", civil.day().into()),
            ("month", self.month(names, civil.month())),
            ("year", civil.year().to_string().into()),
            ("time", time.into()),
        ];
        self.whole(key, values)
    }
}
