//! Pages over a range of time, read from the database: components by range, and months as reports.
//!
//! Each is good for a minute, or until its component's state changes: what it costs does not depend on who asks.

use super::document::Document;
use super::published::Published;
use super::reading::{Key, ReadError};
use super::site::Site;
use crate::clock;
use crate::config::Config;
use crate::status::fold::History;
use crate::status::range::{self, Counted};
use crate::storage::{Storage, StorageError};
use app::model::range::{MonthReport, Range};
use app::model::{At, ComponentSlug, ComponentStatus, Incident, MonitorId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a page is good.
const GOOD_MS: i64 = 60_000;

/// The public monitors of a component.
fn public_monitors(config: &Config, slug: &ComponentSlug) -> Vec<MonitorId> {
    let monitors = config.component(slug).into_iter().flat_map(|component| &component.monitors);
    let is_public = |id: &&MonitorId| config.monitor(id).is_some_and(|entry| entry.monitor.public);
    monitors.filter(is_public).cloned().collect()
}

/// A number that is another one as soon as the page should be.
fn version(now: At, of: impl IntoIterator<Item = Option<At>>) -> u64 {
    let minute = now.0.div_euclid(GOOD_MS).cast_unsigned();
    of.into_iter().fold(minute, |sum, since| sum.rotate_left(7) ^ since.map_or(0, |at| at.0.cast_unsigned()))
}

/// A component over a range; `None` where there is no such public component.
pub(super) async fn component(site: &Site, slug: &str, range: Range) -> Result<Option<Arc<Document>>, ReadError> {
    let published = site.published().clone();
    let snapshot = published.snapshot();
    let Some(component) = snapshot.components.iter().find(|one| one.slug.as_str() == slug) else { return Ok(None) };
    let now = clock::now();
    let (version, deadline) = (version(now, [component.since]), site.limits().public_read);
    let key = Key::Range(component.slug.clone(), range);
    let make = || async {
        let monitors = public_monitors(&site.app().live().config, &component.slug);
        let storage = &site.app().storage;
        let histories = histories(storage, &monitors, range.extent(now).0).await?;
        let counted = counted(storage, &monitors, range, now).await?;
        let view = range::view(range, &histories.values().collect::<Vec<_>>(), &counted, now);
        Ok(Some(published.render_range(component, &view)))
    };
    site.reading().get(key, version, deadline, make).await
}

async fn histories(
    storage: &Storage,
    monitors: &[MonitorId],
    from: At,
) -> Result<BTreeMap<MonitorId, History>, StorageError> {
    let mut spans: BTreeMap<MonitorId, Vec<_>> = BTreeMap::new();
    for (id, span) in storage.spans_of(monitors, from).await? {
        spans.entry(id).or_default().push(span);
    }
    Ok(spans.into_iter().map(|(id, spans)| (id, History::new(spans))).collect())
}

/// A day is counted from its samples, longer ranges from the hours.
async fn counted(storage: &Storage, monitors: &[MonitorId], range: Range, now: At) -> Result<Counted, StorageError> {
    let (from, until) = range.extent(now);
    if range != Range::Day {
        return Ok(range::hours(storage.days_since(monitors, from.day()).await?.values()));
    }
    Ok(range::samples(range, storage.results_between(monitors, from, until).await?))
}

/// The report of the month from `from` until `end`, whose public incidents these are.
pub(super) async fn report(
    site: &Site,
    key: Key,
    month: String,
    (from, end): (At, At),
) -> Result<Option<Arc<Document>>, ReadError> {
    let published = site.published().clone();
    let components = &published.snapshot().components;
    let now = clock::now();
    let version = version(now, components.iter().map(|component| component.since));
    let make = || async {
        let storage = &site.app().storage;
        let begun = storage.incidents_begun(from, end).await?;
        let incidents = begun.iter().map(|incident| super::public::visible(incident, components)).collect();
        let report = month_report(site, &published, month, (from, end), now, incidents).await?;
        Ok(Some(published.render_report(&report)))
    };
    site.reading().get(key, version, site.limits().public_read, make).await
}

async fn month_report(
    site: &Site,
    published: &Published,
    month: String,
    (from, end): (At, At),
    now: At,
    incidents: Vec<Incident>,
) -> Result<MonthReport, StorageError> {
    let components = &published.snapshot().components;
    let config = &site.app().live().config;
    let until = end.min(now);
    let members: Vec<(&ComponentStatus, Vec<MonitorId>)> =
        components.iter().map(|component| (component, public_monitors(config, &component.slug))).collect();
    let all: Vec<MonitorId> = members.iter().flat_map(|(_, monitors)| monitors.iter().cloned()).collect();
    let histories = histories(&site.app().storage, &all, from).await?;
    let mut days = site.app().storage.days_since(&all, from.day()).await?;
    for days in days.values_mut() {
        days.retain(|day, _| *day < end.day());
    }
    let rows = members.into_iter().map(|(component, monitors)| {
        let of: Vec<&History> = monitors.iter().filter_map(|id| histories.get(id)).collect();
        let counted = range::hours(monitors.iter().filter_map(|id| days.get(id)));
        range::month(component, &of, &counted, from, until)
    });
    Ok(MonthReport { month, from, until, is_over: end <= now, rows: rows.collect(), incidents })
}
