//! What was seen when a monitor's state changed. All of it may be a stranger's words; nothing of it is markup.

use crate::components::shape::Shape;
use crate::components::time::{Time, TimeText};
use crate::format;
use crate::model::evidence::{AnswerSeen, TlsSeen};
use crate::model::run::Noticed;
use crate::model::{Evidence, Seen};
use leptos::prelude::*;

/// The fault, or what came, in one line.
pub fn summary(evidence: &Evidence) -> String {
    let took = format::millis(evidence.latency);
    match (&evidence.fault, evidence.status) {
        (Some(fault), _) => format!("{} ({}): {}", fault.kind, fault.origin, fault.detail),
        (None, Some(status)) => format!("status {status} in {took}"),
        (None, None) => format!("{} in {took}", evidence.class),
    }
}

/// A term with its text; nothing where there is none.
fn line(term: &'static str, text: Option<String>) -> Option<impl IntoView + use<>> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(view! { <dt>{term}</dt><dd>{text}</dd> })
}

fn tls(tls: &TlsSeen) -> String {
    format!(
        "{}, {}; certificate of {} by {}, from {} until {}, sent as a chain of {}",
        tls.protocol,
        tls.cipher,
        tls.subject,
        tls.issuer,
        format::date_time(tls.not_before),
        format::date_time(tls.not_after),
        tls.chain,
    )
}

fn answer(answer: &AnswerSeen, status: Option<u16>) -> impl IntoView + use<> {
    let head = format!("{} {} {}", answer.version, status.unwrap_or(0), answer.reason);
    let lines = std::iter::once(head).chain(answer.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let head = lines.collect::<Vec<_>>().join("\n");
    let size = format::bytes(answer.body_bytes);
    let body = match &answer.body {
        None => view! { <p class="meta">{format!("Body: {size}, not kept")}</p> }.into_any(),
        Some(body) => {
            let of = if answer.cut { format!("the beginning of {size}") } else { size };
            view! { <p class="meta">{format!("Body, {of}:")}</p><pre tabindex="0"><code>{body.clone()}</code></pre> }
                .into_any()
        }
    };
    view! {
        <p class="meta">"Answer, with chosen headers:"</p>
        <pre tabindex="0"><code>{head}</code></pre>
        {body}
    }
}

/// All that one probe saw.
fn details(evidence: &Evidence) -> impl IntoView + use<> {
    let resolved = (!evidence.resolved.is_empty()).then(|| {
        let by = evidence.resolver.as_ref().map_or("the usual name servers", String::as_str);
        format!("{} (by {by})", evidence.resolved.join(", "))
    });
    let status = evidence.status;
    view! {
        <dl>
            {line("The name led to", resolved)}
            {line("Asked", evidence.asked.clone())}
            {line("Time", Some(format!("{} in all", format::millis(evidence.latency))))}
            {line("Phases", Some(format::phases(&evidence.phases)))}
            {line("TLS", evidence.tls.as_ref().map(tls))}
            {line("Besides", evidence.told.clone())}
        </dl>
        {evidence.answer.as_ref().map(|one| answer(one, status))}
    }
}

/// What was seen at one or several changes to the same state.
pub fn record(seen: &Seen) -> impl IntoView + use<> {
    let often = (seen.count > 1).then(|| {
        view! { <span class="meta">{format!("seen {} times, first ", seen.count)}<Time at=seen.first_at/></span> }
    });
    view! {
        <li class=format!("desk-row evidence {}", seen.state)>
            <header>
                <Shape code=seen.state.as_str()/>
                <h3>{seen.state.label()}</h3>
                <span class="meta"><Time at=seen.last_at/></span>
                {often}
            </header>
            <p class="fault">{summary(&seen.evidence)}</p>
            {details(&seen.evidence)}
        </li>
    }
}

/// At the head of a run: what its monitor had seen before. Never what the run measured.
pub fn noticed(noticed: &Noticed) -> impl IntoView + use<> {
    let often = (noticed.count > 1).then(|| format!(", {} times, first at {}", noticed.count, noticed.first_at));
    view! {
        <section class=format!("panel noticed evidence {}", noticed.state)>
            <h2>"What the monitor had seen"</h2>
            <p class="state-line">
                <Shape code=noticed.state.as_str()/>
                <strong>{noticed.monitor.to_string()}</strong>
                <span class="word">{noticed.state.label()}</span>
                <span class="meta"><TimeText time=format::stamp_date_view(&noticed.at)/>{often}</span>
            </p>
            <p class="fault">{summary(&noticed.evidence)}</p>
            <p class="meta">"From before this run: the run measures anew, and its verdict does not rest on this."</p>
            <details><summary>"All of it"</summary>{details(&noticed.evidence)}</details>
        </section>
    }
}
