//! `/help/502`: for visitors who met one, in plain words.

use super::PageContext;
use super::document::Document;
use super::status::{headline, is_failing};
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::{Snapshot, State};
use leptos::prelude::*;

/// The state of everything watched, in short: what is not well by name, the rest by number.
fn now(snapshot: &Snapshot) -> impl IntoView {
    let troubled: Vec<_> = snapshot
        .components
        .iter()
        .filter(|component| component.state != State::Operational)
        .map(|component| {
            let since = component
                .since
                .filter(|_| is_failing(component.state))
                .map(|at| view! { <span class="meta">"since "<Time at/></span> });
            view! {
                <li class=format!("row {}", component.state)>
                    <Shape code=component.state.as_str()/>
                    <a href=format!("/components/{}", component.slug)>{component.name.clone()}</a>
                    <span class="word">{component.state.label()}</span>
                    {since}
                </li>
            }
        })
        .collect();
    let fine = snapshot.components.len() - troubled.len();
    let fine = (fine > 0 && !troubled.is_empty()).then(|| {
        let words = if fine == 1 { "component is" } else { "components are" };
        view! { <p class="meta">{format!("{fine} more {words} operational.")}</p> }
    });
    view! {
        <section class=format!("banner small {}", snapshot.state) aria-label="State now">
            <Shape code=snapshot.state.as_str()/>
            <h2>{headline(snapshot)}</h2>
            <p>
                <span class="word">{snapshot.state.label()}</span>
                <span class="as-of">"As of " <time datetime=format::iso(snapshot.as_of)>{format::precise(snapshot.as_of)}</time></span>
            </p>
            <ul class="short">{troubled.collect_view()}</ul>
            {fine}
        </section>
    }
}

/// The page.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot) -> String {
    let document = Document {
        title: "502 Bad Gateway: what it is and what you can do".to_owned(),
        description: "What a 502 Bad Gateway means, whether it is you or us, and what helps.".to_owned(),
        live: Some(snapshot),
        narrow: true,
        unlisted: false,
    };
    document.around(
        page,
        view! {
            <h1>"You saw “502 Bad Gateway”"</h1>
            <p class="lede">
                "The gateway in front of the site received your request, but no usable answer from the server behind it. Your device and your connection are almost certainly fine."
            </p>
            {now(snapshot)}
            <div class="prose">
                <h2>"What happened"</h2>
                <p>
                    "A website is seldom one machine. Your browser talks to a gateway: a server that takes every request and hands it on to the machine that does the work. The gateway answered you, so the way from you to us works. What it passed on from behind was missing, broken or too late, and 502 is the number for that."
                </p>
                <h2>"What you can do"</h2>
                <ol>
                    <li><strong>"Wait half a minute and reload once."</strong>" Many 502s last seconds, for example while a server restarts."</li>
                    <li><strong>"Look at the state above."</strong>" If it shows trouble, we know of it; nothing on your side will help. This page renews itself."</li>
                    <li><strong>"If everything above is operational,"</strong>" reload with Ctrl + F5 (⌘ + Shift + R on a Mac), then try a private window or another network. A company proxy, a VPN or an old copy in between can show a 502 that we do not see."</li>
                    <li><strong>"If it stays,"</strong>" tell the site's support the address, the time with your time zone, and any reference number on the error page."</li>
                </ol>
                <h2>"When reloading helps, and when it harms"</h2>
                <p>
                    "Reading a page again is harmless. After sending an order, a payment or a message, check first whether it went through, in your account or your mail: the machine behind the gateway may have done the work and only its answer was lost. Reloading again and again makes an overloaded site slower for everybody, you included."
                </p>
                <h2>"Its relatives"</h2>
                <dl>
                    <dt>"500"</dt><dd>"The site itself failed and said so."</dd>
                    <dt>"503"</dt><dd>"The site is overloaded or under maintenance, and knows it."</dd>
                    <dt>"504"</dt><dd>"Like 502, but the machine behind the gateway took too long."</dd>
                </dl>
                <p>"Do you run the site? The "<a href="/causes">"causes of a 502"</a>" are listed with evidence and fixes."</p>
            </div>
        },
    )
}
