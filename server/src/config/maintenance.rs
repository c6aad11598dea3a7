//! `[[maintenance]]`: announced work, once or by a recurrence rule.

use super::reader::{Context, Found, Section};
use super::text;
use crate::status::windows::{MAX_LASTS, Maintenance, Plan, PlanProblem};
use app::model::{Component, ComponentSlug, MonitorId};
use std::collections::BTreeSet;
use std::time::Duration;

/// Reads the sections. `components` are those that visitors see, `ids` all monitors.
pub(super) fn read(
    sections: Vec<Section<'_, '_>>,
    components: &[Component],
    ids: &BTreeSet<MonitorId>,
    cx: &mut Context<'_>,
) -> Vec<Maintenance> {
    let mut all: Vec<Maintenance> = Vec::new();
    for section in sections {
        if let Some(Found { value, span }) = read_one(section, components, ids, cx) {
            if all.iter().any(|known| known.id == value.id) {
                cx.problem(&span, format!("another maintenance has the id `{}` already; ids are unique", value.id));
            } else {
                all.push(value);
            }
        }
    }
    all
}

fn read_one(
    mut section: Section<'_, '_>,
    components: &[Component],
    ids: &BTreeSet<MonitorId>,
    cx: &mut Context<'_>,
) -> Option<Found<Maintenance>> {
    for (key, example) in
        [("id", "\"patches\""), ("title", "\"Weekly patches\""), ("start", "\"2026-12-06T02:00\""), ("lasts", "\"2h\"")]
    {
        section.missing(key, example, cx);
    }
    let id = section.found("id", cx, |text, _| text.parse::<ComponentSlug>().map_err(|error| error.to_string()));
    let title = section.parsed("title", cx, |text, _| text::label(text, 100));
    let about = section.parsed("about", cx, |text, _| text::label(text, 500));
    let monitors = affected(&mut section, components, ids, cx);
    let lasts = section.parsed("lasts", cx, |text, _| match text::long_duration(text)? {
        Duration::ZERO => Err("work takes some time; write `2h`".to_owned()),
        long if long > MAX_LASTS => Err(format!("`{text}` is too long; the most is `7d`")),
        lasts => Ok(lasts),
    });
    let verbatim = |text: &str| -> Result<String, String> { Ok(text.to_owned()) };
    let start = section.parsed("start", cx, |text, _| verbatim(text));
    let zone = section.parsed("zone", cx, |text, _| verbatim(text)).unwrap_or_else(|| "UTC".to_owned());
    let repeat = section.parsed("repeat", cx, |text, _| verbatim(text));
    let plan = start.and_then(|start| {
        Plan::new(&start, &zone, repeat.as_deref(), lasts.unwrap_or(MAX_LASTS))
            .map_err(|problem| {
                let (key, told) = match problem {
                    PlanProblem::Start(told) => ("start", told),
                    PlanProblem::Zone(told) => ("zone", told),
                    PlanProblem::Repeat(told) => ("repeat", told),
                };
                cx.problem(&section.span_of(key).unwrap_or(0..0), format!("{key}: {told}"));
            })
            .ok()
    });
    section.finish(cx);
    let Found { value: id, span } = id?;
    lasts?;
    let value = Maintenance { id: id.to_string(), title: title?, about, monitors, plan: plan? };
    Some(Found { value, span })
}

/// The monitors of the named components, and the named monitors; all where nothing is named.
fn affected(
    section: &mut Section<'_, '_>,
    components: &[Component],
    ids: &BTreeSet<MonitorId>,
    cx: &mut Context<'_>,
) -> BTreeSet<MonitorId> {
    let named = section.span_of("components").is_some() || section.span_of("monitors").is_some();
    let mut affected = BTreeSet::new();
    let of_components = section.parsed_list("components", cx, |text, _| {
        let found = components.iter().find(|component| component.slug.as_str() == text);
        let found = found.map(|component| component.monitors.clone());
        found.ok_or_else(|| format!("there is no component with the id `{text}`; correct the id"))
    });
    let of_monitors = section.parsed_list("monitors", cx, |text, _| {
        let id = text.parse::<MonitorId>().ok().filter(|id| ids.contains(id));
        id.ok_or_else(|| format!("there is no monitor with the id `{text}`; correct the id"))
    });
    affected.extend(of_components.into_iter().flatten());
    affected.extend(of_monitors);
    if !named {
        affected.extend(ids.iter().cloned());
    }
    affected
}
