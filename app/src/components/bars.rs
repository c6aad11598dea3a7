//! Ninety days as bars: a real list, one item a day, whose text is read aloud and shown on hover.
//!
//! Fifty components make 4,500 items, so the markup of one is as small as it can be: a class of two
//! letters and its text. Shape and height tell the classes apart without colour.

use crate::format;
use crate::model::State;
use crate::model::status::{Days, Spent};
use crate::words::Words;
use leptos::prelude::*;

/// A day's class and words. Classes: `o` operational, `d` degraded, `p` partial outage, `x1` to `x3`
/// outage (under ten minutes, under two hours, longer), `m` maintenance, `u` nothing measured.
fn day(words: Words, spent: &Spent) -> (&'static str, String) {
    const TEN_MINUTES: i64 = 600_000;
    const TWO_HOURS: i64 = 7_200_000;
    let up = uptime(spent).map(|share| words.percent(share)).unwrap_or_default();
    let lost = |key: &'static str, ms: i64| {
        let time = words.duration(u64::try_from(ms).unwrap_or(0));
        words.tell(key, [("share", up.as_str().into()), ("time", time.into())])
    };
    if spent.outage > 0 {
        let class = match spent.outage {
            ..TEN_MINUTES => "x1",
            TEN_MINUTES..TWO_HOURS => "x2",
            _ => "x3",
        };
        (class, lost("bar-outage", spent.outage))
    } else if spent.partial > 0 {
        ("p", lost("bar-partial", spent.partial))
    } else if spent.degraded > 0 {
        ("d", lost("bar-degraded", spent.degraded))
    } else if spent.operational > 0 {
        ("o", up)
    } else if spent.maintenance > 0 {
        ("m", words.say("bar-maintenance").to_owned())
    } else {
        ("u", words.say("no-data").to_owned())
    }
}

/// The formula that stands on the page.
fn uptime(spent: &Spent) -> Option<f64> {
    let counted = spent.operational + spent.degraded + spent.partial + spent.outage;
    #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds are far below 2^53")]
    (counted > 0).then(|| 1.0 - (spent.outage as f64 + 0.5 * spent.partial as f64) / counted as f64)
}

/// The bars of one component, oldest day first.
#[component]
pub fn Bars<'a>(
    /// Oldest first.
    days: &'a Days,
    /// Whose, for those who hear the page.
    name: &'a str,
    /// The page that lists the intervals of a day beneath `#2026-11-22`; empty where it is this one.
    #[prop(into)]
    page: String,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let items = days
        .iter()
        .map(|one| {
            let (class, what) = day(words, &one.spent);
            let text = words.tell("bar", [("day", words.short_day(one.day).into()), ("words", what.into())]);
            let text = view! { <b>{text}</b> };
            // Only days of which there is more to say lead anywhere: a page of fifty components has 4,500 of them.
            if one.spent.outage + one.spent.partial > 0 {
                view! { <li class=class><a href=format!("{page}#{}", format::iso_day(one.day))>{text}</a></li> }
                    .into_any()
            } else {
                view! { <li class=class>{text}</li> }.into_any()
            }
        })
        .collect_view();
    view! { <ol class="bars" aria-label=words.tell("bars", [("name", name.into())])>{items}</ol> }
}

/// What the bars' shapes mean.
#[component]
pub fn Legend(
    /// In which language.
    words: Words,
) -> impl IntoView {
    let entry = |class: &'static str, word: &'static str| {
        view! { <li><i class=class></i>{word}</li> }
    };
    view! {
        <ul class="legend" aria-label=words.say("legend")>
            {entry("o", words.state(State::Operational))} {entry("d", words.state(State::Degraded))}
            {entry("p", words.state(State::PartialOutage))} {entry("x1", words.say("legend-short"))}
            {entry("x2", words.say("legend-longer"))} {entry("x3", words.say("legend-longest"))}
            {entry("m", words.state(State::Maintenance))} {entry("u", words.say("legend-no-data"))}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_day_gives_its_class() {
        let day = |spent: &Spent| super::day(Words::default(), spent);
        let base = Spent { operational: 80_000_000, ..Spent::default() };
        assert_eq!(day(&base), ("o", "100 %".to_owned()));
        assert_eq!(day(&Spent::default()), ("u", "no data".to_owned()));
        assert_eq!(day(&Spent { degraded: 60_000, ..base }), ("d", "100 %, degraded 1 min".to_owned()));
        assert_eq!(day(&Spent { outage: 60_000, degraded: 9, ..base }), ("x1", "99.92 %, outage 1 min".to_owned()));
        assert_eq!(day(&Spent { outage: 600_000, ..base }).0, "x2");
        assert_eq!(day(&Spent { outage: 7_200_000, ..base }).0, "x3");
        assert_eq!(day(&Spent { partial: 800_000, ..base }), ("p", "99.50 %, partial outage 13 min 20 s".to_owned()));
        assert_eq!(day(&Spent { maintenance: 5, ..Spent::default() }).0, "m");
    }
}
