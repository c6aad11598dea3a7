//! The public status page: the truth in one glance, complete without scripts.

use super::PageContext;
use super::component::since;
use super::document::Document;
use crate::components::bars::{Bars, Legend};
use crate::components::incident::IncidentCard;
use crate::components::latency::LatencyLine;
use crate::components::shape::Shape;
use crate::components::time::{PreciseTime, Time};
use crate::model::status::Blindness;
use crate::model::{At, ComponentStatus, Snapshot, State};
use crate::words::{Slot, Words};
use leptos::prelude::*;

/// True for a state that visitors feel.
pub(crate) const fn is_failing(state: State) -> bool {
    matches!(state, State::Degraded | State::PartialOutage | State::Outage)
}

/// The banner's sentence.
pub(super) fn headline(words: Words, snapshot: &Snapshot) -> String {
    let all = snapshot.components.len();
    if all == 0 {
        return words.say("headline-nothing").to_owned();
    }
    if snapshot.state == State::Operational {
        return words.say("headline-operational").to_owned();
    }
    let state = snapshot.state.as_str();
    let number = snapshot.components.iter().filter(|component| component.state == snapshot.state).count();
    match snapshot.components.iter().find(|component| component.state == snapshot.state) {
        Some(only) if number == 1 => {
            words.tell("headline-one", [("state", state.into()), ("name", only.name.as_str().into())])
        }
        _ if number == all => words.tell("headline-all", [("state", state.into()), ("all", all.into())]),
        _ => words.tell("headline-some", [("state", state.into()), ("number", number.into()), ("all", all.into())]),
    }
}

/// When what is shown was true.
pub(super) fn as_of(words: Words, snapshot: &Snapshot) -> AnyView {
    words.rich("as-of", [("time", Slot::view(view! { <PreciseTime at=snapshot.as_of words/> }))])
}

/// The overall state with its time.
fn banner(words: Words, snapshot: &Snapshot) -> impl IntoView {
    view! {
        <section class=format!("banner {}", snapshot.state) aria-label=words.say("overall")>
            <Shape code=snapshot.state.as_str()/>
            <h1>{headline(words, snapshot)}</h1>
            <p>
                <span class="word">{words.state(snapshot.state)}</span>
                <span class="as-of">{as_of(words, snapshot)}</span>
            </p>
        </section>
    }
}

/// What went wrong, since when, and the way to the wizard.
fn trouble(words: Words, component: &ComponentStatus, now: At) -> Option<impl IntoView> {
    let begun = component.since.filter(|_| component.state != State::Operational || component.reason.is_some())?;
    let reason = component
        .reason
        .as_deref()
        .map(|reason| words.phrase(reason))
        .map(|reason| view! { <span class="reason">{reason}</span> });
    let why = is_failing(component.state).then(|| {
        view! { <a class="act" href=format!("/wizard?component={}", component.slug)>{words.say("why")}</a> }
    });
    Some(view! {
        <p class="why">
            {reason}
            <span>{since(words, begun, now)}</span>
            {why}
        </p>
    })
}

/// One component's row.
#[component]
fn Row<'a>(component: &'a ComponentStatus, now: At, words: Words) -> impl IntoView {
    view! {
        <li class=format!("row {}", component.state)>
            <h3>
                <Shape code=component.state.as_str()/>
                <a href=format!("/components/{}", component.slug) dir=words.typed()>{component.name.clone()}</a>
            </h3>
            <p class="word">{words.state(component.state)}</p>
            <Bars days=&component.days name=&component.name page=format!("/components/{}", component.slug) words/>
            <p class="uptime">{words.uptime(component.uptime)}</p>
            <LatencyLine points=&component.latency words/>
            {trouble(words, component, now)}
        </li>
    }
}

/// Components by group, groups in the order in which the configuration first names them.
fn grouped(snapshot: &Snapshot) -> Vec<(Option<&str>, Vec<&ComponentStatus>)> {
    let mut groups: Vec<(Option<&str>, Vec<&ComponentStatus>)> = Vec::new();
    for component in &snapshot.components {
        let group = component.group.as_deref();
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, members)) => members.push(component),
            None => groups.push((group, vec![component])),
        }
    }
    groups
}

/// Groups that can be closed; the style sheet has a rule for each of so many.
const MOST_CLOSED: usize = 12;

/// A group's place in addresses: a hash of its name (FNV-1a), so that it says nothing and moving it changes nothing.
fn group_id(name: Option<&str>) -> String {
    let hash = name
        .unwrap_or_default()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:010x}", hash >> 24)
}

/// See [`super::group_ids`].
pub(super) fn group_ids(snapshot: &Snapshot) -> Vec<String> {
    let groups = grouped(snapshot);
    if groups.len() < 2 {
        return Vec::new();
    }
    groups.iter().take(MOST_CLOSED).map(|(name, _)| group_id(*name)).collect()
}

/// A link that closes a group or opens it again. It is relative, so that one page serves all addresses: `/` and
/// `/closed/…/status`, where it adds to what is closed there.
fn fold(words: Words, heading: &str, id: &str) -> impl IntoView + use<> {
    let heading = heading.to_owned();
    view! {
        <a class="fold" rel="nofollow" href=format!("fold/{id}")>
            <span class="shut">{words.say("fold-close")}</span>
            <span class="show">{words.say("fold-open")}</span>
            <span class="unseen">" "{heading}</span>
        </a>
    }
}

/// What stands in place of a closed group's rows: a group is never closed over an outage unseen.
fn gist(words: Words, members: &[&ComponentStatus]) -> Option<impl IntoView + use<>> {
    let worst = members.iter().map(|component| component.state).max_by_key(|state| state.severity())?;
    let well = members.iter().filter(|component| component.state == State::Operational).count();
    let gist = words.tell("gist", [("well", well.into()), ("all", members.len().into())]);
    Some(view! {
        <p class=format!("gist row {worst}")>
            <Shape code=worst.as_str()/>
            <span class="word">{words.state(worst)}</span>
            <span>{gist}</span>
        </p>
    })
}

fn group_list(words: Words, snapshot: &Snapshot) -> impl IntoView {
    let groups = grouped(snapshot);
    let single = groups.len() == 1;
    groups
        .into_iter()
        .enumerate()
        .map(|(place, (name, members))| {
            let unnamed = if single { "group-components" } else { "group-further" };
            let heading = name.unwrap_or_else(|| words.say(unnamed)).to_owned();
            let closes = !single && place < MOST_CLOSED;
            let title = if closes {
                let link = fold(words, &heading, &group_id(name));
                view! { <div class="name"><h2>{heading}</h2>{link}</div> }.into_any()
            } else {
                view! { <h2>{heading}</h2> }.into_any()
            };
            let gist = closes.then(|| gist(words, &members));
            // Written one by one: a view takes many times the memory of its text, and there may be thousands.
            let rows: String = members
                .into_iter()
                .map(|component| view! { <Row component now=snapshot.as_of words/> }.to_html())
                .collect();
            view! {
                <section class=format!("group g{}", place + 1)>
                    <header>
                        {title}
                        <p class="columns" aria-hidden="true">
                            <span>{words.say("column-days")}</span>
                            <span>{words.say("column-uptime")}</span>
                            <span>{words.say("column-latency")}</span>
                        </p>
                    </header>
                    {gist}
                    <ul class="rows" inner_html=rows></ul>
                </section>
            }
        })
        .collect_view()
}

/// That Gatewatch itself cannot see, and since when.
pub(crate) fn blind_notice(words: Words, blind: &Blindness) -> impl IntoView + use<> {
    let time = Slot::view(view! { <Time at=blind.since words/> });
    let reason = Slot::text(words.phrase(&blind.reason));
    view! {
        <p class="notice unknown" role="status">
            <Shape code="unknown"/>
            <span>{words.rich("blind", [("time", time), ("reason", reason)])}</span>
        </p>
    }
}

/// What visitors must know before they trust the page.
fn notices(words: Words, snapshot: &Snapshot) -> impl IntoView {
    let storage = (!snapshot.storage_ok).then(|| {
        view! {
            <p class="notice warning" role="status">
                <Shape code="warning"/>
                <span>{words.say("storage")}</span>
            </p>
        }
    });
    let blind = snapshot.blind.as_ref().map(|blind| blind_notice(words, blind));
    let hint = snapshot.only_self.then(|| {
        let strong = Slot::around(|text| view! { <strong>{text}</strong> });
        let code = || Slot::around(|text| view! { <code dir="ltr">{text}</code> });
        let add = words.rich("only-self", [("strong", strong), ("file", code()), ("option", code())]);
        view! {
            <div class="notice hint">
                <Shape code="maintenance"/>
                <div>
                    <p>{add}</p>
                    <pre dir="ltr"><code>"[[monitors]]\nid = \"shop\"\nname = \"Shop\"\nurl = \"https://shop.example.com/\""</code></pre>
                </div>
            </div>
        }
    });
    view! { {blind} {storage} {hint} }
}

/// Active incidents, above everything that is not the banner.
fn active(words: Words, snapshot: &Snapshot) -> Option<impl IntoView> {
    (!snapshot.active.is_empty()).then(|| {
        view! {
            <section class="incidents">
                <h2>{words.say("active")}</h2>
                {snapshot
                    .active
                    .iter()
                    .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of words/> })
                    .collect_view()}
            </section>
        }
    })
}

/// Announced work, under way or to come.
fn announced(words: Words, snapshot: &Snapshot) -> Option<impl IntoView> {
    (!snapshot.maintenances.is_empty()).then(|| {
        let rows = snapshot.maintenances.iter().map(|one| {
            let when = if one.is_on(snapshot.as_of) { "maintenance-on" } else { "maintenance-planned" };
            let time = |at: At| Slot::view(view! { <Time at words/> });
            let names = one.components.iter().map(|slug| {
                let component = snapshot.components.iter().find(|component| component.slug == *slug);
                component.map_or(slug.as_str(), |component| component.name.as_str())
            });
            let names = Slot::text(words.list(names));
            let when = words.rich(when, [("from", time(one.from)), ("until", time(one.until)), ("names", names)]);
            view! {
                <li id=format!("m-{}", one.id)>
                    <Shape code="maintenance"/>
                    <strong dir=words.typed()>{one.title.clone()}</strong>
                    <p class="meta">{when}</p>
                    {one.about.clone().map(|about| view! { <p class="meta" dir=words.typed()>{about}</p> })}
                </li>
            }
        });
        view! {
            <section class="maintenances">
                <h2>{words.say("maintenance-heading")}</h2>
                <ul class="list">{rows.collect_view()}</ul>
                <p class="more"><a href="/calendar.ics">{words.say("calendar")}</a></p>
            </section>
        }
    })
}

/// Resolved incidents of the last two weeks.
fn past(words: Words, snapshot: &Snapshot) -> impl IntoView {
    let list = if snapshot.past.is_empty() {
        view! { <p class="empty">{words.say("past-none")}</p> }.into_any()
    } else {
        snapshot
            .past
            .iter()
            .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of words/> })
            .collect_view()
            .into_any()
    };
    view! {
        <section class="incidents">
            <h2>{words.say("past")}</h2>
            {list}
            <p class="more"><a href="/history">{words.say("by-month")}</a></p>
        </section>
    }
}

/// `/`: everything at a glance.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot) -> String {
    let words = page.words();
    let headline = headline(words, snapshot);
    let description = [("headline", headline.as_str().into()), ("title", page.title.as_str().into())];
    let description = words.tell("status-description", description);
    let title = if snapshot.state == State::Operational { String::new() } else { headline };
    let document = Document { title, description, live: Some(snapshot), carries_style: true, ..Document::default() };
    document.around(
        page,
        view! {
            {banner(words, snapshot)}
            {notices(words, snapshot)}
            {active(words, snapshot)}
            {announced(words, snapshot)}
            {group_list(words, snapshot)}
            <section class="reading">
                <Legend words/>
                <p class="formula">{words.say("formula")}</p>
            </section>
            {past(words, snapshot)}
        },
    )
}
