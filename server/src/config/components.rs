//! `[[components]]`: what the public sees of the monitors.

use super::monitors::MonitorConfig;
use super::reader::{Context, Found, Section};
use super::text;
use app::model::{Component, ComponentSlug, MonitorId};
use std::collections::BTreeSet;

/// The longest name or group in characters.
const MAX_NAME_CHARS: usize = 100;

/// Reads the sections, then adds a component for each monitor that is in none.
pub(super) fn read(
    sections: Vec<Section<'_, '_>>,
    monitors: &[Found<MonitorConfig>],
    ids: &BTreeSet<MonitorId>,
    cx: &mut Context<'_>,
) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    for section in sections {
        if let Some(Found { value, span }) = read_one(section, monitors, ids, cx) {
            if components.iter().any(|known| known.slug == value.slug) {
                cx.problem(&span, format!("another component has the id `{}` already; ids are unique", value.slug));
            } else {
                components.push(value);
            }
        }
    }
    for Found { value: MonitorConfig { monitor, .. }, span } in monitors {
        if components.iter().any(|component| component.monitors.contains(&monitor.id)) {
            continue;
        }
        let Ok(slug) = monitor.id.as_str().parse::<ComponentSlug>() else { continue };
        if components.iter().any(|component| component.slug == slug) {
            let advice = "name the monitor in that component or give one of them another id";
            cx.problem(span, format!("monitor `{slug}` is in no component, and a component has its id; {advice}"));
            continue;
        }
        components.push(Component {
            slug,
            name: monitor.name.clone(),
            group: None,
            monitors: vec![monitor.id.clone()],
            public: monitor.public,
        });
    }
    components
}

fn read_one(
    mut section: Section<'_, '_>,
    monitors: &[Found<MonitorConfig>],
    ids: &BTreeSet<MonitorId>,
    cx: &mut Context<'_>,
) -> Option<Found<Component>> {
    let id = section.found("id", cx, |text, _| text.parse::<ComponentSlug>().map_err(|error| error.to_string()));
    section.missing("id", "\"web\"", cx);
    let name = section.parsed("name", cx, |text, _| text::label(text, MAX_NAME_CHARS));
    let group = section.parsed("group", cx, |text, _| text::label(text, MAX_NAME_CHARS));
    let named = section.found_list("monitors", cx, |text, _| {
        text.parse::<MonitorId>().map_err(|error| format!("`{text}` is not an id: {error}"))
    });
    section.missing("monitors", "[\"shop\"]", cx);
    let mut members: Vec<MonitorId> = Vec::new();
    let mut public = false;
    for Found { value, span } in named {
        match monitors.iter().find(|found| found.value.monitor.id == value) {
            // Its own problem is reported where it stands.
            None if ids.contains(&value) => members.push(value),
            None => cx.problem(&span, format!("there is no monitor with the id `{value}`; add one or correct the id")),
            Some(_) if members.contains(&value) => cx.problem(&span, format!("monitor `{value}` is named twice here")),
            Some(found) => {
                public |= found.value.monitor.public;
                members.push(value);
            }
        }
    }
    let span = section.span.clone();
    section.finish(cx);
    let Found { value: slug, span: id_span } = id?;
    if members.is_empty() {
        cx.problem(&span, format!("component `{slug}` has no monitors; name at least one"));
        return None;
    }
    let name = name.unwrap_or_else(|| slug.to_string());
    Some(Found { value: Component { slug, name, group, monitors: members, public }, span: id_span })
}
