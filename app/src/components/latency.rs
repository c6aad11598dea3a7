//! Response times of a day as a line, drawn as inline SVG without a script.

use crate::format;
use crate::model::Millis;
use crate::model::status::LatencyPoint;
use crate::words::Words;
use leptos::prelude::*;
use std::fmt::Write as _;

/// Height of the drawing's plot in its own units; one unit of margin above and below is added.
const SMALL: u32 = 20;
const LARGE: u32 = 120;

/// The values' middle and extremes, where there are any.
fn summary(points: &[LatencyPoint]) -> Option<(Millis, Millis, Millis)> {
    let mut values: Vec<Millis> = points.iter().filter_map(|point| point.median).collect();
    values.sort_unstable();
    Some((*values.first()?, values[values.len() / 2], *values.last()?))
}

/// The line as a path with relative steps, a gap wherever nothing was measured.
///
/// The scale starts at zero and ends at the highest value or at twice the median, whichever is
/// higher, so that harmless jitter does not look like an alarm.
fn path(points: &[LatencyPoint], top: u32, height: u32, step: u32) -> String {
    let mut drawn = String::new();
    let mut last: Option<i64> = None;
    for (index, point) in points.iter().enumerate() {
        let Some(Millis(value)) = point.median else {
            last = None;
            continue;
        };
        let y = i64::from(height + 1) - i64::from(value.min(top)) * i64::from(height) / i64::from(top.max(1));
        let x = index * step as usize;
        let alone = last.is_none() && points.get(index + 1).is_none_or(|next| next.median.is_none());
        let result = match last {
            // A point without neighbours becomes a short dash, or it would not be seen.
            None if alone => write!(drawn, "M{} {y}h{step}", x.saturating_sub(step as usize)),
            None => write!(drawn, "M{x} {y}"),
            Some(before) if before == y => write!(drawn, "h{step}"),
            Some(before) => write!(drawn, "l{step} {}", y - before),
        };
        result.expect("writing into a string cannot fail");
        last = Some(y);
    }
    drawn
}

/// The small line of a row with its median.
#[component]
pub fn LatencyLine<'a>(
    /// Oldest first.
    points: &'a [LatencyPoint],
    /// In which language.
    words: Words,
) -> impl IntoView {
    let Some((_, median, high)) = summary(points) else {
        return view! { <p class="latency none">{words.say("latency-none")}</p> }.into_any();
    };
    let line = path(points, high.0.max(median.0.saturating_mul(2)), SMALL, 2);
    let width = points.len().saturating_sub(1) * 2;
    let median = words.millis(median);
    view! {
        <p class="latency">
            <svg viewBox=format!("0 0 {width} {}", SMALL + 2) preserveAspectRatio="none" aria-hidden="true">
                <path d=line></path>
            </svg>
            <span title=words.say("latency-hint")>{median}</span>
        </p>
    }
    .into_any()
}

/// The large chart of a component's own page.
#[component]
pub fn LatencyChart<'a>(
    /// Oldest first.
    points: &'a [LatencyPoint],
    /// In which language.
    words: Words,
) -> impl IntoView {
    let Some((low, median, high)) = summary(points) else {
        return view! { <p class="empty">{words.say("latency-day-none")}</p> }.into_any();
    };
    let top = high.0.max(median.0.saturating_mul(2));
    let width = points.len().saturating_sub(1) * 10;
    let times = points.first().zip(points.last()).map(|(first, last)| {
        view! {
            <p class="axis">
                <time datetime=format::iso(first.at)>{words.time_of_day(first.at)}</time>
                <time datetime=format::iso(last.at)>{words.time_of_day(last.at)}</time>
            </p>
        }
    });
    let [low, median, high] = [low, median, high].map(|value| words.millis(value));
    let described = words.tell(
        "latency-described",
        [("low", low.as_str().into()), ("median", median.as_str().into()), ("highest", high.as_str().into())],
    );
    view! {
        <figure class="chart">
            <svg role="img" aria-label=described preserveAspectRatio="none" viewBox=format!("0 0 {width} {}", LARGE + 2)>
                <path class="grid" d=format!("M0 {0}H{width}M0 {1}H{width}M0 1H{width}", LARGE + 1, LARGE / 2 + 1)></path>
                <path d=path(points, top, LARGE, 10)></path>
            </svg>
            <p class="top">{words.millis(Millis(top))}</p>
            {times}
            <figcaption>
                <dl class="figures">
                    <div><dt>{words.say("lowest")}</dt><dd>{low}</dd></div>
                    <div><dt>{words.say("median")}</dt><dd>{median}</dd></div>
                    <div><dt>{words.say("highest")}</dt><dd>{high}</dd></div>
                </dl>
            </figcaption>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::At;

    fn points(values: &[Option<u32>]) -> Vec<LatencyPoint> {
        values.iter().map(|value| LatencyPoint { at: At(0), median: value.map(Millis) }).collect()
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let line = path(&points(&[Some(10), Some(10), None, Some(20), Some(0)]), 20, 20, 2);
        assert_eq!(line, "M0 11h2M6 1l2 20");
    }

    #[test]
    fn a_lone_point_is_seen() {
        assert_eq!(path(&points(&[None, Some(10), None]), 20, 20, 2), "M0 11h2");
        assert_eq!(path(&points(&[Some(10)]), 20, 20, 2), "M0 11h2");
    }

    #[test]
    fn nothing_measured_is_no_line() {
        assert_eq!(summary(&points(&[None, None])), None);
        assert_eq!(summary(&points(&[Some(3), None, Some(1), Some(2)])), Some((Millis(1), Millis(2), Millis(3))));
    }
}
