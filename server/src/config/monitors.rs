//! `[[monitors]]`: what is watched, and what counts as healthy.

use super::problem::Problem;
use super::reader::{Context, Found, Section};
use super::server::reachable;
use super::source::Expanded;
use super::text;
use crate::netguard::{Netguard, Place};
use app::model::{Confirm, Millis, Monitor, MonitorId};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;
use url::{Host, Url};

/// Time between probes where none is configured.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest time between probes.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// Longest duration of one probe where none is configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest timeout: a probe must end before people stop waiting for news.
const MAX_TIMEOUT: Duration = Duration::from_mins(5);
/// Kinds of monitor that are planned but that this version cannot probe.
const LATER_SCHEMES: [&str; 8] = ["ws", "wss", "tcp", "tls", "dns", "icmp", "grpc", "heartbeat"];
/// The id of the monitor that watches Gatewatch itself.
const SELF_ID: &str = "gatewatch";

/// One `[[monitors]]` entry.
#[derive(Clone, PartialEq)]
pub struct MonitorConfig {
    /// What pages and the database know of it. Its `url` is the text as configured, so that a
    /// secret which came from the environment or a file is not in it.
    pub monitor: Monitor,
    /// What is asked; may hold secrets.
    pub url: Url,
    /// The same site past its gateway; may hold secrets.
    pub direct: Option<Url>,
    /// Longest duration of one probe.
    pub timeout: Duration,
    /// Status codes that count as healthy.
    pub expect_status: Vec<RangeInclusive<u16>>,
    /// Failed probes that make an outage.
    pub confirm_down: Confirm,
    /// Good probes that end it.
    pub confirm_up: Confirm,
}

impl fmt::Debug for MonitorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `url` and `direct` may hold secrets; `monitor.url` does not.
        f.debug_struct("MonitorConfig").field("monitor", &self.monitor).field("url", &"***").finish_non_exhaustive()
    }
}

impl MonitorConfig {
    /// A monitor with every default.
    fn plain(id: MonitorId, name: String, shown_url: String, url: Url) -> Self {
        Self {
            monitor: Monitor {
                id,
                name,
                url: shown_url,
                interval: Millis::from(DEFAULT_INTERVAL),
                public: true,
                in_file: true,
            },
            url,
            direct: None,
            timeout: DEFAULT_TIMEOUT,
            expect_status: vec![200..=399],
            confirm_down: Confirm { needed: 2, of: 3 },
            confirm_up: Confirm { needed: 2, of: 2 },
        }
    }

    /// Time between probes.
    pub fn interval(&self) -> Duration {
        self.monitor.interval.into()
    }
}

/// What the file watches.
#[derive(Default)]
pub(super) struct Watched {
    /// Whole monitors.
    pub(super) list: Vec<Found<MonitorConfig>>,
    /// All ids, also of monitors whose other keys are wrong, so that naming one is no second problem.
    pub(super) ids: BTreeSet<MonitorId>,
}

/// Reads the sections. `guard` judges URLs as it will when they are asked.
pub(super) fn read(sections: Vec<Section<'_, '_>>, guard: &Netguard, cx: &mut Context<'_>) -> Watched {
    let mut watched = Watched::default();
    for section in sections {
        if let Some(found) = read_one(section, &mut watched.ids, guard, cx) {
            watched.list.push(found);
        }
    }
    watched
}

fn read_one(
    mut section: Section<'_, '_>,
    ids: &mut BTreeSet<MonitorId>,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Found<MonitorConfig>> {
    let id = section.found("id", cx, |text, _| text.parse::<MonitorId>().map_err(|error| error.to_string()));
    if let Some(Found { value, span }) = &id
        && !ids.insert(value.clone())
    {
        cx.problem(span, format!("another monitor has the id `{value}` already; ids are unique"));
    }
    section.missing("id", "\"shop\"", cx);
    let name = section.parsed("name", cx, |text, _| text::label(text, 100));
    let url = section.parsed("url", cx, |text, expanded| Ok((target(text, guard)?, shown(text, expanded))));
    section.missing("url", "\"https://shop.example.com/\"", cx);
    let direct = section.parsed("direct", cx, |text, _| target(text, guard));
    let interval = section.parsed("interval", cx, |text, _| match text::duration(text)? {
        short if short < MIN_INTERVAL => Err(format!("`{text}` is too short; the least is `1s`")),
        interval => Ok(interval),
    });
    let timeout = section.parsed("timeout", cx, |text, _| match text::duration(text)? {
        Duration::ZERO => Err("a probe needs some time; write `10s`".to_owned()),
        long if long > MAX_TIMEOUT => Err(format!("`{text}` is too long; the most is `5m`")),
        timeout => Ok(timeout),
    });
    let expect_status = section.table("expect", cx).and_then(|expect| read_expect(expect, cx));
    let (down, up) = section.table("confirm", cx).map_or((None, None), |confirm| read_confirm(confirm, cx));
    let public = section.boolean("public", cx);
    section.finish(cx);

    let (Found { value: id, span }, (url, shown_url)) = (id?, url?);
    let name = name.unwrap_or_else(|| id.to_string());
    let mut config = MonitorConfig::plain(id, name, shown_url, url);
    config.direct = direct;
    config.monitor.interval = interval.map_or(config.monitor.interval, Millis::from);
    config.timeout = timeout.unwrap_or(config.timeout);
    config.expect_status = expect_status.unwrap_or(config.expect_status);
    config.confirm_down = down.unwrap_or(config.confirm_down);
    config.confirm_up = up.unwrap_or(config.confirm_up);
    config.monitor.public = public.unwrap_or(true);
    Some(Found { value: config, span })
}

fn read_expect(mut expect: Section<'_, '_>, cx: &mut Context<'_>) -> Option<Vec<RangeInclusive<u16>>> {
    let status = expect.found_list("status", cx, |text, _| text::status_range(text));
    expect.finish(cx);
    (!status.is_empty()).then(|| status.into_iter().map(|found| found.value).collect())
}

fn read_confirm(mut confirm: Section<'_, '_>, cx: &mut Context<'_>) -> (Option<Confirm>, Option<Confirm>) {
    let down = confirm.parsed("down", cx, |text, _| text::confirm(text));
    let up = confirm.parsed("up", cx, |text, _| text::confirm(text));
    confirm.finish(cx);
    (down, up)
}

/// A URL that this version can probe and that the network policy lets be named here.
fn target(text: &str, guard: &Netguard) -> Result<Url, String> {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    if LATER_SCHEMES.contains(&scheme.as_str()) {
        return Err(format!("monitors of the kind `{scheme}` are not built yet; this version knows http and https"));
    }
    let hint = "write the whole URL, such as `https://shop.example.com/`";
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(format!("`{text}` does not begin with `https://` or `http://`; {hint}"));
    }
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL ({error}); {hint}"))?;
    // Naming a place here is leave to ask it; what stays refused is refused for ever.
    let guard = guard.with_leave(Place::of(&url));
    let url = guard.check_url(text).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        _ => None,
    };
    if let Some(address) = address {
        let port = url.port_or_known_default().unwrap_or(0);
        guard.vet(SocketAddr::new(address, port), None).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    }
    Ok(url)
}

/// The text to show and store: as configured, or the host alone where the rest came from a secret.
fn shown(text: &str, expanded: &Expanded) -> String {
    if !expanded.secret {
        return text.to_owned();
    }
    let url = Url::parse(text).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("***");
    format!("{}://{host}/***", url.as_ref().map_or("https", Url::scheme))
}

/// Adds the URLs of `--watch`; one that is watched already is not added again.
pub(super) fn add_watched(
    monitors: &mut Vec<Found<MonitorConfig>>,
    watch: &[String],
    guard: &Netguard,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for typed in watch {
        let url = match target(typed, guard) {
            Ok(url) => url,
            Err(problem) => {
                problems.push(Problem { at: None, text: format!("--watch: {problem}") });
                continue;
            }
        };
        if monitors.iter().any(|known| known.value.url == url) {
            continue;
        }
        let Ok(id) = watch_id(&url).parse::<MonitorId>() else { continue };
        let name = watch_name(&url);
        let config = MonitorConfig::plain(id, name, url.to_string(), url);
        monitors.push(Found { value: config, span: 0..0 });
    }
    problems
}

/// An id that is the same for the same URL at every start: a readable part, then part of a hash.
fn watch_id(url: &Url) -> String {
    let readable: String = url.host_str().unwrap_or("site").to_ascii_lowercase().chars().take(40).collect();
    let readable: String = readable.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let digest = Sha256::digest(url.as_str().as_bytes());
    // Six bytes: two URLs of one installation do not meet by chance.
    let hash = digest[..6].iter().fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    let id = format!("{}-{hash:012x}", readable.trim_matches('-'));
    id.trim_start_matches('-').to_owned()
}

/// The URL as one says it: host, port where unusual, path where there is one.
fn watch_name(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    format!("{host}{port}{path}").chars().take(100).collect()
}

/// What Gatewatch watches when nothing is configured: its own health page.
///
/// # Panics
/// Never: a socket address is a valid authority, and the id is a constant that a test parses.
pub(crate) fn only_self(listen: SocketAddr) -> MonitorConfig {
    let url = format!("http://{}/healthz", reachable(listen));
    let parsed = Url::parse(&url).expect("a socket address is a valid authority");
    let id = SELF_ID.parse().expect("the id is within what ids allow");
    MonitorConfig::plain(id, "Gatewatch".to_owned(), url, parsed)
}
