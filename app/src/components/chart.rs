//! Response times over a range of time: two lines as inline SVG, drawn on the server, and the same as a table.

use crate::format;
use crate::model::range::{Part, Range, RangeView};
use crate::model::{At, Millis};
use crate::words::Words;
use leptos::prelude::*;
use std::fmt::Write as _;

/// Height of the plot in the drawing's own units, and width of a part.
const HEIGHT: u32 = 120;
const STEP: usize = 10;

/// A line through the values, a gap wherever there is none.
fn line(values: &[Option<Millis>], top: u32) -> String {
    let (mut drawn, mut open) = (String::new(), false);
    for (place, value) in values.iter().enumerate() {
        let Some(Millis(value)) = *value else {
            open = false;
            continue;
        };
        let y = u64::from(HEIGHT + 1) - u64::from(value.min(top)) * u64::from(HEIGHT) / u64::from(top.max(1));
        let x = place * STEP + STEP / 2;
        let next = values.get(place + 1).copied().flatten();
        // A value without neighbours becomes a dash, or it would not be seen.
        let done = match (open, next) {
            (true, _) => write!(drawn, "L{x} {y}"),
            (false, Some(_)) => write!(drawn, "M{x} {y}"),
            (false, None) => write!(drawn, "M{} {y}h{STEP}", x - STEP / 2),
        };
        done.expect("writing into a string cannot fail");
        open = true;
    }
    drawn
}

/// Dashes beneath the parts in which probes failed.
fn failures(parts: &[Part]) -> String {
    let failed = parts.iter().enumerate().filter(|(_, part)| part.failed > 0);
    failed.fold(String::new(), |mut drawn, (place, _)| {
        write!(drawn, "M{} {}h{STEP}", place * STEP, HEIGHT + 5).expect("writing into a string cannot fail");
        drawn
    })
}

/// When a part begins, as exactly as its length asks for.
fn moment(words: Words, range: Range, at: At) -> String {
    match range {
        Range::Day => words.time_of_day(at),
        Range::Week => words.date_time(at),
        Range::Quarter | Range::Year => words.long_day(at.day()),
    }
}

/// What the drawing shows, in two sentences.
fn description(words: Words, view: &RangeView) -> String {
    let Part { count, failed, p50, p95, .. } = view.whole;
    let highest = view.parts.iter().filter_map(|part| part.p95).max();
    let [half, most, highest] = [p50, p95, highest].map(|value| words.millis_or_none(value).into());
    let times = words.tell("chart-described", [("half", half), ("most", most), ("highest", highest)]);
    let failed = words.tell("chart-failed", [("failed", failed.into()), ("count", count.into())]);
    format!("{times} {failed}")
}

/// The chart with its key, figures and table.
#[component]
pub fn RangeChart<'a>(
    /// What is shown.
    view: &'a RangeView,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let range = words.range(view.range);
    if view.whole.count == 0 {
        return view! { <p class="empty">{words.tell("range-empty", [("range", range.into())])}</p> }.into_any();
    }
    let of = |pick: fn(&Part) -> Option<Millis>| -> Vec<Option<Millis>> { view.parts.iter().map(pick).collect() };
    let (half, most) = (of(|part| part.p50), of(|part| part.p95));
    let highest = most.iter().flatten().max().map_or(0, |value| value.0);
    // Harmless jitter must not look like an alarm.
    let top = highest.max(view.whole.p50.map_or(0, |value| value.0.saturating_mul(2))).max(1);
    let width = view.parts.len() * STEP;
    // All of it is numbers and words of ours.
    let drawing = format!(
        "<title id=\"chart-title\">{}</title><desc id=\"chart-desc\">{}</desc>\
         <path class=\"grid\" d=\"M0 {}H{width}M0 {}H{width}M0 1H{width}\"></path>\
         <path class=\"p95\" d=\"{}\"></path><path class=\"p50\" d=\"{}\"></path><path class=\"failed\" d=\"{}\"></path>",
        words.tell("range-over", [("range", range.into())]),
        description(words, view),
        HEIGHT + 1,
        HEIGHT / 2 + 1,
        line(&most, top),
        line(&half, top),
        failures(&view.parts),
    );
    let sample = |class: &'static str, word: &'static str| {
        view! {
            <li>
                <svg viewBox="0 0 24 12" aria-hidden="true"><path class=class d="M0 6h24"></path></svg>
                {word}
            </li>
        }
    };
    view! {
        <figure class="chart">
            <svg
                role="img"
                aria-labelledby="chart-title"
                aria-describedby="chart-desc"
                preserveAspectRatio="none"
                viewBox=format!("0 0 {width} {}", HEIGHT + 8)
                inner_html=drawing
            ></svg>
            <p class="top">{words.millis(Millis(top))}</p>
            <p class="axis">
                <span>{moment(words, view.range, view.from)}</span>
                <span>{words.say("range-now")}</span>
            </p>
            <ul class="key" aria-label=words.say("chart-key")>
                {sample("p50", words.say("chart-median"))} {sample("p95", words.say("chart-most"))}
                {sample("failed", words.say("chart-some-failed"))}
            </ul>
            <figcaption>
                <dl class="figures">
                    <div><dt>{words.say("median")}</dt><dd>{words.millis_or_none(view.whole.p50)}</dd></div>
                    <div><dt>{words.say("most")}</dt><dd>{words.millis_or_none(view.whole.p95)}</dd></div>
                    <div><dt>{words.say("probes")}</dt><dd>{words.number(view.whole.count)}</dd></div>
                    <div><dt>{words.say("failed")}</dt><dd>{words.number(view.whole.failed)}</dd></div>
                </dl>
            </figcaption>
        </figure>
        <details>
            <summary>{words.say("as-table")}</summary>
            {table(words, view)}
        </details>
    }
    .into_any()
}

fn table(words: Words, view: &RangeView) -> impl IntoView {
    let rows = view.parts.iter().rev().filter(|part| part.count > 0).map(|part| {
        view! {
            <tr>
                <th scope="row"><time datetime=format::iso(part.at)>{moment(words, view.range, part.at)}</time></th>
                <td>{words.millis_or_none(part.p50)}</td>
                <td>{words.millis_or_none(part.p95)}</td>
                <td>{words.number(part.count)}</td>
                <td>{words.number(part.failed)}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=words.say("table-latency")>
            <table class="sum wide">
                <caption>{words.say("table-caption")}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.say("range-from")}</th>
                        <th scope="col">{words.say("median")}</th>
                        <th scope="col">{words.say("most")}</th>
                        <th scope="col">{words.say("probes")}</th>
                        <th scope="col">{words.say("failed")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_the_line_and_lone_values_are_seen() {
        let values = [Some(10), Some(20), None, Some(20), None].map(|value| value.map(Millis));
        assert_eq!(line(&values, 20), "M5 61L15 1M30 1h10");
        assert_eq!(line(&[], 20), "");
        let failed = Part { failed: 1, ..Part::default() };
        assert_eq!(failures(&[Part::default(), failed]), "M10 125h10");
    }
}
