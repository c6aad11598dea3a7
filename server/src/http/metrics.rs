//! `/metrics` for Prometheus: from memory, with labels from the configuration alone.
//!
//! Nobody may read it but admins, whoever shows the configured token, and, where the configuration says so,
//! everybody; those who are not told who they are see public components only.

use super::headers::{self, Class};
use super::site::Site;
use super::{answer, session};
use crate::config::Metrics;
use app::backend::{ComponentView, MonitorView};
use app::model::{Snapshot, State};
use axum::body::Body;
use axum::extract::State as Shared;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::fmt::Write as _;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// The text format that every Prometheus reads.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the asker may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    All,
    Public,
    Nothing,
}

/// The handler.
pub(super) async fn read(Shared(site): Shared<Arc<Site>>, request: HeaderMap) -> Response<Body> {
    let live = site.app().live();
    let settings = &live.config.metrics;
    let key = session::session_key(&request, site.origins().https());
    let sees = match by_header(settings, &request) {
        Sees::All => Sees::All,
        _ if site.app().admin(&key).await.is_ok() => Sees::All,
        other => other,
    };
    match sees {
        Sees::Nothing if settings.token.is_some() => {
            let mut response = answer::error(StatusCode::UNAUTHORIZED, None);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Sees::Nothing => answer::not_found(),
        sees => {
            let snapshot = site.published().snapshot().clone();
            let text = write(&snapshot, site.renders(), &site.app().board.operate(), sees == Sees::All);
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORMAT));
            response.headers_mut().insert(header::CACHE_CONTROL, headers::NO_STORE);
            response.extensions_mut().insert(Class::Public);
            response
        }
    }
}

/// What the request's own headers entitle to.
fn by_header(settings: &Metrics, request: &HeaderMap) -> Sees {
    let shown = request.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if let (Some(token), Some(shown)) = (&settings.token, shown)
        && bool::from(token.expose().as_bytes().ct_eq(shown))
    {
        return Sees::All;
    }
    if settings.public { Sees::Public } else { Sees::Nothing }
}

struct Text(String);

impl Text {
    /// Begins a metric.
    fn metric(&mut self, name: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if index == 0 { '{' } else { ',' });
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

/// All metrics. One series for each configured thing and state, whatever happens.
fn write(snapshot: &Snapshot, renders: u64, components: &[ComponentView], all: bool) -> String {
    let components: Vec<&ComponentView> = components.iter().filter(|one| all || one.component.public).collect();
    let monitors = || components.iter().flat_map(|one| &one.monitors).filter(|one| all || one.monitor.public);
    let mut text = Text(String::with_capacity(4096));
    text.metric("gatewatch_build_info", "The running version.");
    text.line("gatewatch_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    text.metric("gatewatch_storage_ok", "1 while measurements and notes can be stored.");
    text.line("gatewatch_storage_ok", &[], u8::from(snapshot.storage_ok));
    text.metric("gatewatch_blind", "1 while Gatewatch itself cannot see, so that much is unknown.");
    text.line("gatewatch_blind", &[], u8::from(snapshot.blind.is_some()));
    text.metric("gatewatch_state_timestamp_seconds", "When the public state was last made.");
    text.line("gatewatch_state_timestamp_seconds", &[], seconds(snapshot.as_of.0));
    text.metric("gatewatch_state_version", "Rises by one with each public state that is made.");
    text.line("gatewatch_state_version", &[], snapshot.version);
    text.metric("gatewatch_page_renders", "How often the public page was rendered since the start.");
    text.line("gatewatch_page_renders", &[], renders);
    text.metric("gatewatch_incidents_active", "Incidents that are not resolved.");
    text.line("gatewatch_incidents_active", &[], snapshot.active.len());

    text.metric("gatewatch_component_state", "1 for the state that the component is in, 0 for the others.");
    for one in &components {
        for state in State::ALL {
            let labels = [("component", one.component.slug.as_str()), ("state", state.as_str())];
            text.line("gatewatch_component_state", &labels, u8::from(one.state == *state));
        }
    }
    text.metric("gatewatch_component_uptime_ratio", "Uptime of 90 days by the formula on the page; public components.");
    for one in &snapshot.components {
        if let Some(uptime) = one.uptime {
            text.line("gatewatch_component_uptime_ratio", &[("component", one.slug.as_str())], uptime);
        }
    }
    text.metric("gatewatch_monitor_up", "1 while the monitor's confirmed state is operational or degraded.");
    for one in monitors() {
        let up = matches!(one.state, State::Operational | State::Degraded);
        text.line("gatewatch_monitor_up", &label(one), u8::from(up));
    }
    text.metric("gatewatch_probe_duration_seconds", "How long the newest probe took.");
    for one in monitors() {
        if let Some(last) = &one.last {
            text.line("gatewatch_probe_duration_seconds", &label(one), seconds(i64::from(last.latency.0)));
        }
    }
    text.metric("gatewatch_probe_timestamp_seconds", "When the newest probe began.");
    for one in monitors() {
        if let Some(last) = &one.last {
            text.line("gatewatch_probe_timestamp_seconds", &label(one), seconds(last.at.0));
        }
    }
    text.0
}

fn label(view: &MonitorView) -> [(&'static str, &str); 1] {
    [("monitor", view.monitor.id.as_str())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::http::samples;
    use app::model::{Class as Kind, Component, Millis, Monitor, Phases, Sample};
    use std::collections::BTreeSet;

    fn view(id: &str, public: bool) -> ComponentView {
        let monitor = Monitor {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            url: "http://secret.internal/".to_owned(),
            interval: Millis(1000),
            public,
            in_file: true,
        };
        let component = Component {
            slug: id.parse().unwrap(),
            name: id.to_owned(),
            group: None,
            monitors: vec![monitor.id.clone()],
            public,
        };
        let last = Sample {
            at: app::model::At(1_795_359_600_001),
            class: Kind::Down,
            latency: Millis(1500),
            status: None,
            phases: Phases::default(),
            fault: None,
        };
        let state = State::Outage;
        let monitors = vec![MonitorView { monitor, state, since: None, last: Some(last), seen: None, unstable: None }];
        ComponentView { component, state, since: None, monitors }
    }

    #[test]
    fn every_line_is_what_prometheus_reads_and_no_series_comes_twice() {
        let text = write(&samples::snapshot(), 3, &[view("shop", true), view("inner", false)], true);
        let line = regex::Regex::new(r#"^[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9]+(\.[0-9]+)?$"#);
        let line = line.unwrap();
        let (mut series, mut declared) = (BTreeSet::new(), BTreeSet::new());
        for one in text.lines() {
            if let Some(rest) = one.strip_prefix("# TYPE ") {
                assert!(declared.insert(rest.strip_suffix(" gauge").unwrap().to_owned()), "{one}");
            } else if !one.starts_with("# HELP ") {
                assert!(line.is_match(one), "{one}");
                let name = one.split(['{', ' ']).next().unwrap();
                assert!(declared.contains(name), "{one} is not declared before it");
                assert!(series.insert(one.rsplit_once(' ').unwrap().0.to_owned()), "{one} comes twice");
            }
        }
        assert!(text.contains("gatewatch_component_state{component=\"shop\",state=\"outage\"} 1\n"), "{text}");
        assert!(text.contains("gatewatch_monitor_up{monitor=\"inner\"} 0\n"), "{text}");
        assert!(text.contains("gatewatch_probe_duration_seconds{monitor=\"shop\"} 1.500\n"), "{text}");
        assert!(!text.contains("secret.internal"), "{text}");
    }

    #[test]
    fn strangers_see_public_things_only_and_only_where_that_is_configured() {
        let text = write(&samples::snapshot(), 3, &[view("shop", true), view("inner", false)], false);
        assert!(text.contains("shop") && !text.contains("inner"), "{text}");
        let token = || Some(Secret::new("t0ken".to_owned()));
        let mut request = HeaderMap::new();
        assert_eq!(by_header(&Metrics::default(), &request), Sees::Nothing);
        assert_eq!(by_header(&Metrics { public: true, token: token() }, &request), Sees::Public);
        request.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer t0ken"));
        assert_eq!(by_header(&Metrics { public: false, token: token() }, &request), Sees::All);
        assert_eq!(by_header(&Metrics::default(), &request), Sees::Nothing);
        request.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer t0kem"));
        assert_eq!(by_header(&Metrics { public: false, token: token() }, &request), Sees::Nothing);
    }
}
