//! The manual: every cause with what shows it and what mends it.

use super::PageContext;
use super::document::Document;
use crate::model::{CauseText, Family};
use leptos::prelude::*;

/// A family in words.
pub(crate) const fn family_label(family: Family) -> &'static str {
    match family {
        Family::Overload => "Server overload",
        Family::Network => "Network connectivity",
        Family::Dns => "DNS",
        Family::Code => "Faulty code or configuration",
        Family::FirewallProxy => "Firewall and proxy settings",
    }
}

const fn family_lede(family: Family) -> &'static str {
    match family {
        Family::Overload => "There is more work than the machine, the process or a limit allows.",
        Family::Network => "Packets do not reach the upstream, or nothing accepts them there.",
        Family::Dns => "A name leads nowhere, or to the wrong place.",
        Family::Code => "The application or a configuration file does what it should not.",
        Family::FirewallProxy => "A rule of a firewall or a setting of the proxy itself is in the way.",
    }
}

/// `/causes`.
pub(super) fn all(page: &PageContext, causes: &[&CauseText]) -> String {
    let families = Family::ALL
        .iter()
        .filter_map(|family| {
            let members: Vec<_> = causes
                .iter()
                .filter(|cause| cause.family == *family)
                .map(|cause| {
                    view! {
                        <li>
                            <a href=format!("/causes/{}", cause.id)>{cause.title}</a>
                            <code>{cause.id}</code>
                            <span class="meta">{format!("Step {}", cause.step.number())}</span>
                        </li>
                    }
                })
                .collect();
            (!members.is_empty()).then(|| {
                view! {
                    <section class="family">
                        <h2 id=family.as_str()>{family_label(*family)}</h2>
                        <p class="meta">{family_lede(*family)}</p>
                        <ul class="causes">{members.collect_view()}</ul>
                    </section>
                }
            })
        })
        .collect_view();
    let empty = causes.is_empty().then(|| view! { <p class="empty">"The catalogue is empty."</p> });
    let document = Document {
        title: "Causes of a 502".to_owned(),
        description: "Causes of 502 Bad Gateway with evidence, look-alikes and fixes.".to_owned(),
        narrow: true,
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <h1>"Causes of a 502"</h1>
            <p class="lede">
                "What makes a gateway answer 502 or 504, how each cause shows itself, what looks like it, and what mends it. "
                <a href="/wizard">"Ask the wizard"</a>" which one it is."
            </p>
            {empty}
            {families}
        },
    )
}

fn list(heading: &'static str, items: &'static [&'static str]) -> Option<impl IntoView> {
    (!items.is_empty()).then(|| {
        view! { <h2>{heading}</h2><ul>{items.iter().map(|item| view! { <li>{*item}</li> }).collect_view()}</ul> }
    })
}

/// Links where it is one, text where it is none.
fn reference(text: &'static str) -> AnyView {
    if text.starts_with("https://") || text.starts_with("http://") {
        view! { <li><a href=text rel="noreferrer">{text}</a></li> }.into_any()
    } else {
        view! { <li>{text}</li> }.into_any()
    }
}

/// `/causes/{id}`.
pub(super) fn one(page: &PageContext, cause: &CauseText, causes: &[&CauseText]) -> String {
    let look_alikes: Vec<_> = cause
        .look_alikes
        .iter()
        .map(|id| match causes.iter().find(|other| other.id == *id) {
            Some(other) => view! { <li><a href=format!("/causes/{id}")>{other.title}</a></li> }.into_any(),
            None => view! { <li><code>{*id}</code></li> }.into_any(),
        })
        .collect();
    let look_alikes =
        (!look_alikes.is_empty()).then(|| view! { <h2>"Looks like it"</h2><ul>{look_alikes.collect_view()}</ul> });
    let fixes = cause
        .fixes
        .iter()
        .map(|fix| {
            let command =
                (!fix.command.is_empty()).then(|| view! { <pre tabindex="0"><code>{fix.command}</code></pre> });
            let verify = (!fix.verify.is_empty()).then(|| {
                view! { <p class="meta">"Shows that it worked:"</p><pre tabindex="0"><code>{fix.verify}</code></pre> }
            });
            view! {
                <li>
                    <h3>{fix.title}<span class="tag">{fix.applies_to}</span></h3>
                    {command}
                    {verify}
                </li>
            }
        })
        .collect_view();
    let references = (!cause.references.is_empty()).then(|| {
        view! { <h2>"Read more"</h2><ul>{cause.references.iter().map(|text| reference(text)).collect_view()}</ul> }
    });
    let document = Document {
        title: cause.title.to_owned(),
        description: cause.explanation.to_owned(),
        narrow: true,
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/causes">"Causes"</a>" / "<a href=format!("/causes#{}", cause.family)>{family_label(cause.family)}</a></p>
            <h1>{cause.title}</h1>
            <p class="meta facts">
                <code>{cause.id}</code>
                <span>{format!("Confirmed by step {}: {}", cause.step.number(), cause.step.title())}</span>
            </p>
            <div class="prose">
                <p>{cause.explanation}</p>
                {list("What speaks for it", cause.evidence)}
                {list("What speaks against it", cause.contradictions)}
                {look_alikes}
                <h2>"What to do"</h2>
                <ol class="fixes">{fixes}</ol>
                {references}
            </div>
        },
    )
}
