//! A month in numbers, one page to print and to sign.

use super::PageContext;
use super::document::Document;
use crate::components::incident::IncidentCard;
use crate::model::range::{MonthReport, MonthRow};
use crate::model::{Snapshot, State};
use crate::words::Words;
use leptos::prelude::*;

/// Time as hours, minutes and seconds: a report is added up to the second.
fn exact(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn row(words: Words, row: &MonthRow) -> impl IntoView + use<> {
    let spent = row.spent;
    let outages = u64::try_from(row.outages).unwrap_or(u64::MAX);
    let name = view! { <a dir=words.typed() href=format!("/components/{}", row.slug)>{row.name.clone()}</a> };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td><b>{words.uptime(row.uptime)}</b></td>
            <td>{exact(spent.outage)}</td>
            <td>{exact(spent.partial)}</td>
            <td>{exact(spent.degraded)}</td>
            <td>{exact(spent.maintenance)}</td>
            <td>{exact(spent.unknown)}</td>
            <td>{words.number(outages)}</td>
            <td>{exact(row.longest_ms)}</td>
            <td>{words.millis_or_none(row.whole.p50)}</td>
            <td>{words.millis_or_none(row.whole.p95)}</td>
            <td>{words.number(row.whole.count)}</td>
        </tr>
    }
}

/// `/history/2026-11/report`.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot, report: &MonthReport) -> String {
    let words = page.words();
    let name = words.long_month(&report.month);
    let named =
        |key: &'static str| words.tell(key, [("month", name.as_str().into()), ("title", page.title.as_str().into())]);
    let extent = [("from", words.date_time(report.from).into()), ("until", words.date_time(report.until).into())];
    let document =
        Document { title: named("report-title"), description: named("report-description"), ..Document::default() };
    let so_far = (!report.is_over).then(|| format!(" {}", words.say("report-so-far")));
    let incidents = if report.incidents.is_empty() {
        view! { <p class="empty">{named("month-none")}</p> }.into_any()
    } else {
        let card = |incident| view! { <IncidentCard incident snapshot now=page.now words/> };
        report.incidents.iter().map(card).collect_view().into_any()
    };
    document.around(
        page,
        view! {
            <p class="crumbs">
                <a href="/">{words.say("crumb-status")}</a>" / "<a href=format!("/history/{}", report.month)>{name.clone()}</a>
            </p>
            <h1>{named("report-heading")}</h1>
            <p class="lede">
                {words.tell("report-extent", extent)}
                {so_far}
            </p>
            <section class="panel">
                <h2>{words.say("group-components")}</h2>
                <div class="scroll" tabindex="0" role="region" aria-label=words.say("group-components")>
                    <table class="sum wide">
                        <caption>{words.say("report-caption")}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{words.say("report-component")}</th>
                                <th scope="col">{words.say("report-uptime")}</th>
                                <th scope="col">{words.state(State::Outage)}</th>
                                <th scope="col">{words.state(State::PartialOutage)}</th>
                                <th scope="col">{words.state(State::Degraded)}</th>
                                <th scope="col">{words.state(State::Maintenance)}</th>
                                <th scope="col">{words.state(State::Unknown)}</th>
                                <th scope="col">{words.say("report-outages")}</th>
                                <th scope="col">{words.say("report-longest")}</th>
                                <th scope="col">{words.say("median")}</th>
                                <th scope="col">{words.say("most")}</th>
                                <th scope="col">{words.say("probes")}</th>
                            </tr>
                        </thead>
                        <tbody>{report.rows.iter().map(|one| row(words, one)).collect_view()}</tbody>
                    </table>
                </div>
                <p class="formula">{words.say("formula")}</p>
            </section>
            <section class="incidents">
                <h2>{words.say("incidents")}</h2>
                {incidents}
            </section>
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_second() {
        assert_eq!(exact(0), "0:00:00");
        assert_eq!(exact(3_725_999), "1:02:05");
        assert_eq!(exact(400 * 3_600_000), "400:00:00");
    }
}
