//! Handlers of what anonymous visitors may ask for.

use super::answer;
use super::assets;
use super::door::Client;
use super::feed::Format;
use super::headers::{self, Class};
use super::published::Place;
use super::ranges;
use super::reading::{Key, ReadError};
use super::site::Site;
use crate::clock;
use app::model::{At, Incident, IncidentId};
use app::render::HistoryMonth;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use jiff::civil;
use serde::Deserialize;
use std::sync::Arc;

type Shared = State<Arc<Site>>;

/// The first month that can be asked for.
const FIRST_MONTH: i32 = 2020 * 12;

/// One of the standing documents.
pub(super) async fn standing(State(site): Shared, uri: Uri, request: HeaderMap) -> Response<Body> {
    match Place::of(uri.path()) {
        Some(place) => site.standing(place, &request).await,
        None => answer::not_found(),
    }
}

/// The status page with the groups of a list closed; the list is part of the address, so that it can be kept.
pub(super) async fn closed(State(site): Shared, Path(list): Path<String>, request: HeaderMap) -> Response<Body> {
    let published = site.published();
    match published.folded().map(|folded| (folded, folded.closed(&list))) {
        Some((folded, closed)) if !closed.is_empty() => folded.answer(&closed, &request),
        // Nothing of it is there any more.
        _ => published.home().answer(&request),
    }
}

/// Leads to the page with one more group closed, or open again. Changes nothing here: the address is all there is.
pub(super) async fn fold(State(site): Shared, Path((list, group)): Path<(String, String)>) -> Response<Body> {
    let place = site.published().folded().and_then(|folded| folded.toggled(&list, &group));
    place.map_or_else(answer::not_found, |place| answer::see_other(&place))
}

/// As [`fold`], from the page with all groups open.
pub(super) async fn fold_first(site: Shared, Path(group): Path<String>) -> Response<Body> {
    fold(site, Path((String::new(), group))).await
}

/// One public component.
pub(super) async fn component(State(site): Shared, Path(slug): Path<String>, request: HeaderMap) -> Response<Body> {
    let published = site.published();
    published.component(&slug).map_or_else(answer::not_found, |document| document.answer(&request))
}

/// The feed of one public component, or the component over a range of time.
pub(super) async fn component_part(
    State(site): Shared,
    Path((slug, file)): Path<(String, String)>,
    request: HeaderMap,
) -> Response<Body> {
    if let Ok(range) = file.parse() {
        return from_database(ranges::component(&site, &slug, range).await, &request);
    }
    let format = Format::ALL.into_iter().find(|format| format.file() == file);
    let published = site.published();
    let document = format.and_then(|format| published.component_feed(&slug, format));
    document.map_or_else(answer::not_found, |document| document.answer(&request))
}

/// The badge of one public component, `{slug}.svg`.
pub(super) async fn badge(State(site): Shared, Path(file): Path<String>, request: HeaderMap) -> Response<Body> {
    let published = site.published();
    let document = file.strip_suffix(".svg").and_then(|slug| published.badge(slug));
    document.map_or_else(answer::not_found, |document| document.answer(&request))
}

/// One public component for a frame on another site.
pub(super) async fn embed(State(site): Shared, Path(slug): Path<String>, request: HeaderMap) -> Response<Body> {
    let published = site.published();
    published.embed(&slug).map_or_else(answer::not_found, |document| document.answer(&request))
}

/// What programs may read.
pub(super) async fn openapi(State(site): Shared, request: HeaderMap) -> Response<Body> {
    site.published().openapi().answer(&request)
}

/// The manual's contents.
pub(super) async fn manual(State(site): Shared, request: HeaderMap) -> Response<Body> {
    site.published().manual().answer(&request)
}

/// One cause.
pub(super) async fn manual_page(State(site): Shared, Path(id): Path<String>, request: HeaderMap) -> Response<Body> {
    let published = site.published();
    published.manual_page(&id).map_or_else(answer::not_found, |document| document.answer(&request))
}

/// One incident: recent ones from memory, older ones from the database.
pub(super) async fn incident(State(site): Shared, Path(id): Path<String>, request: HeaderMap) -> Response<Body> {
    let Ok(id) = id.parse::<IncidentId>() else { return answer::not_found() };
    let published = site.published().clone();
    if let Some(document) = published.incident(&id) {
        return document.answer(&request);
    }
    let (version, deadline) = (published.snapshot().version, site.limits().public_read);
    let read = site.reading().get(Key::Incident(id.clone()), version, deadline, || async {
        let incident = site.app().storage.public_incident(&id).await?;
        Ok(incident.map(|incident| published.render_incident(&visible(&incident, &published.snapshot().components))))
    });
    from_database(read.await, &request)
}

/// `?month=2026-11`
#[derive(Debug, Default, Deserialize)]
pub(super) struct MonthQuery {
    month: Option<String>,
}

/// The incidents of one month by its own address.
pub(super) async fn history_month(site: Shared, Path(month): Path<String>, request: HeaderMap) -> Response<Body> {
    let query = Ok(Query(MonthQuery { month: Some(month) }));
    history(site, query, request).await
}

/// What one month was like, for printing.
pub(super) async fn history_report(
    State(site): Shared,
    Path(month): Path<String>,
    request: HeaderMap,
) -> Response<Body> {
    let now = month_of(clock::now());
    let Some(month) = parse_month(&month).filter(|month| (FIRST_MONTH..=now).contains(month)) else {
        return answer::not_found();
    };
    let extent = (start_of(month), start_of(month + 1));
    from_database(ranges::report(&site, Key::Report(month), name_of(month), extent).await, &request)
}

/// The incidents of one month, of this one where none is asked for.
pub(super) async fn history(
    State(site): Shared,
    query: Result<Query<MonthQuery>, QueryRejection>,
    request: HeaderMap,
) -> Response<Body> {
    let now = month_of(clock::now());
    // Parameters that we do not know are none of our business.
    let asked = query.ok().and_then(|Query(query)| query.month);
    let month = match asked.as_deref().map(parse_month) {
        None => now,
        Some(Some(month)) if (FIRST_MONTH..=now).contains(&month) => month,
        Some(_) => return answer::not_found(),
    };
    let published = site.published().clone();
    let (version, deadline) = (published.snapshot().version, site.limits().public_read);
    let read = site.reading().get(Key::Month(month), version, deadline, || async {
        let storage = &site.app().storage;
        let begun = storage.incidents_begun(start_of(month), start_of(month + 1)).await?;
        let earlier = storage.incidents_begun(start_of(month - 12), start_of(month)).await?;
        let components = &published.snapshot().components;
        Ok(Some(published.render_month(&HistoryMonth {
            month: name_of(month),
            incidents: begun.iter().map(|incident| visible(incident, components)).collect(),
            previous: (!earlier.is_empty()).then(|| name_of(month - 1)),
            next: (month < now).then(|| name_of(month + 1)),
        })))
    });
    from_database(read.await, &request)
}

fn from_database(
    read: Result<Option<Arc<super::document::Document>>, ReadError>,
    request: &HeaderMap,
) -> Response<Body> {
    match read {
        Ok(Some(document)) => document.answer(request),
        Ok(None) => answer::not_found(),
        Err(error) => {
            tracing::warn!(%error, "a public page could not be read from the database");
            let mut response = answer::said(StatusCode::SERVICE_UNAVAILABLE, "error-database");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
    }
}

/// An incident without the components and updates that visitors may not know of.
pub(super) fn visible(incident: &Incident, public: &[app::model::ComponentStatus]) -> Incident {
    let mut incident = incident.clone();
    incident.components.retain(|slug| public.iter().any(|component| component.slug == *slug));
    incident.updates.retain(|update| !update.withdrawn);
    incident
}

/// Changes of state as they happen.
pub(super) async fn events(State(site): Shared, Extension(client): Extension<Client>) -> Response<Body> {
    if site.app().stop.is_cancelled() {
        return answer::overloaded();
    }
    match site.hub().open(client.0, || site.published().state_frame()) {
        Ok(response) => response,
        Err(_) => answer::overloaded(),
    }
}

/// An embedded file, or one of the configured look, under its hash.
pub(super) async fn asset(State(site): Shared, Path(path): Path<String>, request: HeaderMap) -> Response<Body> {
    if let Some(asset) = assets::find(&path) {
        return file(&site, asset, &request, &headers::CACHE_FOREVER);
    }
    let Some(document) = site.published().look_file(&path) else { return answer::not_found() };
    let mut response = document.answer(&request);
    response.headers_mut().insert(header::CACHE_CONTROL, headers::CACHE_FOREVER);
    response
}

/// What crawlers may read.
pub(super) async fn robots(State(site): Shared, request: HeaderMap) -> Response<Body> {
    assets::named("robots.txt")
        .map_or_else(answer::not_found, |asset| file(&site, asset, &request, &headers::CACHE_PUBLIC))
}

fn file(site: &Site, asset: &assets::Asset, request: &HeaderMap, cache: &HeaderValue) -> Response<Body> {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (bytes, encoding) = asset.negotiate(accepted);
    let tag = format!("\"{}{}\"", asset.hash, encoding.map(|name| format!("-{name}")).unwrap_or_default());
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = Response::new(if known { Body::empty() } else { Body::from(bytes) });
    let fields = response.headers_mut();
    fields.extend(headers::security(Class::File, site.origins().https()));
    fields.insert(header::CACHE_CONTROL, cache.clone());
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        fields.insert(header::ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if let Some(encoding) = encoding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Months since year 0.
fn month_of(at: At) -> i32 {
    let date = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// `2026-11` as months since year 0; only this one way to write it.
fn parse_month(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
        return None;
    }
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

fn name_of(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// The first moment of a month.
fn start_of(month: i32) -> At {
    let year = i16::try_from(month.div_euclid(12)).unwrap_or(1970);
    let number = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
    let first = civil::Date::new(year, number, 1).ok();
    let zoned = first.and_then(|first| first.to_zoned(jiff::tz::TimeZone::UTC).ok());
    At(zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_one_spelling_and_one_start() {
        let november = parse_month("2026-11").unwrap();
        assert_eq!(name_of(november), "2026-11");
        assert_eq!(clock::rfc3339(start_of(november)), "2026-11-01T00:00:00.000Z");
        assert_eq!(clock::rfc3339(start_of(november + 2)), "2027-01-01T00:00:00.000Z");
        assert_eq!(month_of(At(1_795_359_600_001)), november);
        assert_eq!(month_of(start_of(november)), november);
        assert_eq!(month_of(At(start_of(november).0 - 1)), november - 1);
        for text in ["", "2026", "2026-1", "2026-13", "2026-00", "26-11", "2026-11-01", "+026-11", "2026-1a"] {
            assert_eq!(parse_month(text), None, "{text}");
        }
    }

    #[test]
    fn visitors_learn_of_public_components_only() {
        let snapshot = crate::http::samples::snapshot();
        let mut incident = snapshot.active[0].clone();
        incident.components.push("secret".parse().unwrap());
        assert_eq!(visible(&incident, &snapshot.components).components, snapshot.active[0].components);
    }
}
