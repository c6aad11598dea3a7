//! Subscribing, and the page by which a subscriber confirms, changes or ends it. All forms are plain ones.

use super::PageContext;
use super::document::Document;
use crate::components::form::Problem;
use crate::components::shape::Shape;
use crate::model::subscription::Typed;
use crate::model::{Channel, Offer, Snapshot, Subscription};
use crate::words::{Slot, Words};
use leptos::prelude::*;

fn document(page: &PageContext, title: &str) -> Document<'static> {
    Document {
        title: title.to_owned(),
        description: page.words().tell("subscribe-description", [("title", page.title.as_str().into())]),
        narrow: true,
        ..Document::default()
    }
}

/// A box for each public component; none checked means everything.
fn choice(words: Words, snapshot: &Snapshot, chosen: &[String]) -> impl IntoView + use<> {
    let boxes: Vec<_> = snapshot
        .components
        .iter()
        .map(|component| {
            let checked = chosen.iter().any(|one| one == component.slug.as_str());
            view! {
                <label class="check">
                    <input type="checkbox" name="component" value=component.slug.to_string() checked=checked/>
                    <span dir=words.typed()>{component.name.clone()}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class="field" aria-describedby="of-hint">
            <legend>{words.say("only-of")}</legend>
            <div class="checks">{boxes}</div>
            <small id="of-hint">{words.say("only-of-hint")}</small>
        </fieldset>
    }
}

/// A line that may stay empty, since of two one is enough.
fn field(
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    value: &str,
    hint: &'static str,
) -> impl IntoView + use<> {
    let auto = if kind == "email" { "email" } else { "off" };
    let hint_id = format!("{name}-hint");
    view! {
        <p class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value.to_owned() autocomplete=auto maxlength="2048" aria-describedby=hint_id.clone()/>
            <small id=hint_id>{hint}</small>
        </p>
    }
}

/// Feeds need nobody's address.
fn feeds(words: Words) -> impl IntoView {
    let link = |href: &'static str| Slot::around(move |text| view! { <a href=href>{text}</a> });
    let (atom, rss, json) = (link("/feed.atom"), link("/feed.rss"), link("/feed.json"));
    let calendar = link("/calendar.ics");
    let list = words.rich("feeds-list", [("atom", atom), ("rss", rss), ("json", json), ("calendar", calendar)]);
    view! {
        <section class="panel">
            <h2>{words.say("feeds")}</h2>
            <p>{list}</p>
        </section>
    }
}

fn ask(words: Words, snapshot: &Snapshot, offer: Offer, typed: &Typed) -> impl IntoView {
    let webhook = offer
        .webhooks
        .then(|| field("webhook", "url", words.say("webhook"), &typed.webhook, words.say("webhook-hint")));
    view! {
        <form method="post" action="/subscribe" class="panel stack">
            {field("email", "email", words.say("email"), &typed.email, words.say("email-hint"))}
            {webhook}
            {choice(words, snapshot, &typed.components)}
            <p><button type="submit">{words.say("subscribe")}</button></p>
            <p class="meta">{words.say("subscribe-promise")}</p>
        </form>
    }
}

/// `/subscribe`.
pub(super) fn form(
    page: &PageContext,
    snapshot: &Snapshot,
    offer: Offer,
    typed: &Typed,
    problem: Option<&str>,
) -> String {
    let words = page.words();
    let content = if offer.email {
        ask(words, snapshot, offer, typed).into_any()
    } else {
        let code = || Slot::around(|text| view! { <code dir="ltr">{text}</code> });
        let off = words.rich("subscribe-off", [("section", code()), ("file", code())]);
        view! { <p class="notice unknown"><Shape code="unknown"/><span>{off}</span></p> }.into_any()
    };
    let problem = problem.map(|text| view! { <Problem text=text.to_owned()/> });
    document(page, words.say("subscribe")).around(
        page,
        view! {
            <h1>{words.say("subscribe")}</h1>
            <p class="lede">{words.say("subscribe-lede")}</p>
            {problem}
            {content}
            {feeds(words)}
        },
    )
}

/// What comes next. It is the same whether the address was new, known or asked for too often, so that nobody
/// learns from it who is subscribed.
pub(super) fn asked(page: &PageContext, offer: Offer) -> String {
    let words = page.words();
    let webhook = offer.webhooks.then(|| format!(" {}", words.say("asked-webhook")));
    let document = Document { unlisted: true, ..document(page, words.say("asked")) };
    document.around(
        page,
        view! {
            <section class="failed">
                <h1>{words.say("asked")}</h1>
                <p class="lede">{words.say("asked-lede")}</p>
                <p class="meta">{words.say("asked-hint")}{webhook}</p>
                <p><a class="button" href="/">{words.say("to-status")}</a></p>
            </section>
        },
    )
}

fn act(place: &str, act: &'static str, word: &'static str, quiet: bool) -> impl IntoView + use<> {
    view! {
        <form method="post" action=place.to_owned()>
            <input type="hidden" name="act" value=act/>
            <p><button type="submit" class=quiet.then_some("quiet")>{word}</button></p>
        </form>
    }
}

/// What it covers, in words.
fn scope(words: Words, snapshot: &Snapshot, subscription: &Subscription) -> String {
    if subscription.components.is_empty() {
        return words.say("covers-all").to_owned();
    }
    let known = snapshot.components.iter().filter(|component| subscription.components.contains(&component.slug));
    let names = words.list(known.map(|component| component.name.as_str()));
    if names.is_empty() { words.say("covers-gone").to_owned() } else { names }
}

/// `/subscriptions/{token}`: looking at it changes nothing; the buttons do.
pub(super) fn one(page: &PageContext, snapshot: &Snapshot, subscription: &Subscription, place: &str) -> String {
    let words = page.words();
    let mine = match subscription.channel {
        Channel::Email => "mine-email",
        Channel::Webhook => "mine-webhook",
    };
    let target = Slot::text(subscription.target.clone());
    let strong = Slot::around(|text| view! { <strong>{text}</strong> });
    let covers = Slot::text(scope(words, snapshot, subscription));
    let mine = words.rich(mine, [("target", target), ("strong", strong), ("covers", covers)]);
    let heading = words.say(if subscription.confirmed { "mine-heading" } else { "confirm-heading" });
    let chosen: Vec<String> = subscription.components.iter().map(ToString::to_string).collect();
    let content = if subscription.confirmed {
        view! {
            <form method="post" action=place.to_owned() class="panel stack">
                <input type="hidden" name="act" value="save"/>
                {choice(words, snapshot, &chosen)}
                <p><button type="submit">{words.say("save")}</button></p>
            </form>
            <section class="panel">
                <h2>{words.say("end-heading")}</h2>
                {act(place, "end", words.say("unsubscribe"), true)}
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="panel">
                {act(place, "confirm", words.say("confirm"), false)}
                <p class="meta">{words.say("refuse-hint")}</p>
                {act(place, "refuse", words.say("refuse"), true)}
            </section>
        }
        .into_any()
    };
    let document = Document { unlisted: true, ..document(page, heading) };
    document.around(
        page,
        view! {
            <h1>{heading}</h1>
            <p class="lede">{mine}</p>
            {content}
        },
    )
}

/// After the end.
pub(super) fn ended(page: &PageContext, refused: bool) -> String {
    let words = page.words();
    let (heading, sentence) = if refused { ("refused", "refused-text") } else { ("ended", "ended-text") };
    let (heading, sentence) = (words.say(heading), words.say(sentence));
    let document = Document { unlisted: true, ..document(page, heading) };
    document.around(
        page,
        view! {
            <section class="failed">
                <h1>{heading}</h1>
                <p class="lede">{sentence}</p>
                <p><a class="button" href="/subscribe">{words.say("again")}</a></p>
            </section>
        },
    )
}
