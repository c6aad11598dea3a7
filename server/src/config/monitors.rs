//! `[[monitors]]`: what is watched, and what counts as healthy.

use super::expect;
use super::kind::{self, Asks, Kind};
use super::problem::Problem;
use super::reader::{Context, Found, Section};
use super::server::reachable;
use super::source::Expanded;
use super::text;
use crate::net::{Identity, IdentityProblem};
use crate::netguard::{Netguard, Place};
use crate::probe::{Expect, Target};
use crate::status::Unstable;
use app::model::{Confirm, Millis, Monitor, MonitorId};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use url::Url;

/// Time between probes where none is configured.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest time between probes.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// Longest duration of one probe where none is configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest timeout: a probe must end before people stop waiting for news.
const MAX_TIMEOUT: Duration = Duration::from_mins(5);
/// The longest memory of a monitor's changes.
const MAX_UNSTABLE: Duration = Duration::from_hours(7 * 24);
/// The id of the monitor that watches Gatewatch itself.
const SELF_ID: &str = "gatewatch";

/// One `[[monitors]]` entry.
#[derive(Clone, PartialEq)]
pub struct MonitorConfig {
    /// What pages and the database know of it. Its `url` is the text as configured, so that a
    /// secret which came from the environment or a file is not in it.
    pub monitor: Monitor,
    /// How it comes to its samples; may hold secrets.
    pub asks: Asks,
    /// The same site past its gateway; may hold secrets.
    pub direct: Option<Url>,
    /// Longest duration of one probe.
    pub timeout: Duration,
    /// What counts as healthy.
    pub expect: Expect,
    /// The authorities that a certificate must come from; empty for the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Whether the beginning of an answer's body is kept as evidence; `None` where the gateways' hosts tell.
    pub keeps_body: Option<bool>,
    /// The certificate that is shown to a peer that asks for one.
    pub identity: Option<Identity>,
    /// Monitors without which this one cannot be well; while one of them is down, nobody is told of this one.
    pub depends_on: Vec<MonitorId>,
    /// Failed probes that make an outage.
    pub confirm_down: Confirm,
    /// Good probes that end it.
    pub confirm_up: Confirm,
    /// When it counts as unstable.
    pub unstable: Unstable,
}

impl fmt::Debug for MonitorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `asks` and `direct` may hold secrets; `monitor.url` does not.
        f.debug_struct("MonitorConfig").field("monitor", &self.monitor).field("asks", &"***").finish_non_exhaustive()
    }
}

impl MonitorConfig {
    /// A monitor with every default.
    fn plain(id: MonitorId, name: String, shown_url: String, asks: Asks, expect: Expect) -> Self {
        // A job that did not tell did not run; there is nothing to ask again.
        let once = Confirm { needed: 1, of: 1 };
        let tells = matches!(asks, Asks::Heartbeat { .. });
        Self {
            monitor: Monitor {
                id,
                name,
                url: shown_url,
                interval: Millis::from(DEFAULT_INTERVAL),
                public: true,
                in_file: true,
            },
            asks,
            direct: None,
            timeout: DEFAULT_TIMEOUT,
            expect,
            authorities: Vec::new(),
            keeps_body: None,
            identity: None,
            depends_on: Vec::new(),
            confirm_down: if tells { once } else { Confirm { needed: 2, of: 3 } },
            confirm_up: if tells { once } else { Confirm { needed: 2, of: 2 } },
            unstable: Unstable::default(),
        }
    }

    /// Time between probes.
    pub fn interval(&self) -> Duration {
        self.monitor.interval.into()
    }

    /// The site that is asked by HTTP, for the wizard; may hold secrets.
    pub fn site(&self) -> Option<&Url> {
        match &self.asks {
            Asks::Probe(Target::Http(ask) | Target::WebSocket(ask)) => Some(&ask.url),
            _ => None,
        }
    }
}

/// What the file watches.
#[derive(Default)]
pub(super) struct Watched {
    /// Whole monitors.
    pub(super) list: Vec<Found<MonitorConfig>>,
    /// Which monitor names which other, and where.
    depends: Vec<(MonitorId, Found<MonitorId>)>,
    /// All ids, also of monitors whose other keys are wrong, so that naming one is no second problem.
    pub(super) ids: BTreeSet<MonitorId>,
}

/// Reads the sections. `guard` judges URLs as it will when they are asked.
pub(super) fn read(sections: Vec<Section<'_, '_>>, guard: &Netguard, cx: &mut Context<'_>) -> Watched {
    let mut watched = Watched::default();
    for section in sections {
        if let Some(found) = read_one(section, &mut watched, guard, cx) {
            watched.list.push(found);
        }
    }
    check_dependencies(&watched, cx);
    watched
}

fn read_one(
    mut section: Section<'_, '_>,
    watched: &mut Watched,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Found<MonitorConfig>> {
    let Watched { ids, depends, .. } = watched;
    let id = section.found("id", cx, |text, _| text.parse::<MonitorId>().map_err(|error| error.to_string()));
    if let Some(Found { value, span }) = &id
        && !ids.insert(value.clone())
    {
        cx.problem(span, format!("another monitor has the id `{value}` already; ids are unique"));
    }
    section.missing("id", "\"shop\"", cx);
    let name = section.parsed("name", cx, |text, _| text::label(text, 100));
    let url = section.parsed("url", cx, |text, expanded| Ok((kind::of_url(text, guard)?, shown(text, expanded))));
    section.missing("url", "\"https://shop.example.com/\"", cx);
    let direct = read_direct(&mut section, url.as_ref().map(|(kind, _)| kind), guard, cx);
    let tells = matches!(url, Some((Kind::Heartbeat, _)));
    let interval = section.parsed("interval", cx, |text, _| {
        match if tells { text::long_duration(text)? } else { text::duration(text)? } {
            short if short < MIN_INTERVAL => Err(format!("`{text}` is too short; the least is `1s`")),
            interval => Ok(interval),
        }
    });
    let timeout = section.parsed("timeout", cx, |text, _| match text::duration(text)? {
        Duration::ZERO => Err("a probe needs some time; write `10s`".to_owned()),
        long if long > MAX_TIMEOUT => Err(format!("`{text}` is too long; the most is `5m`")),
        timeout => Ok(timeout),
    });
    let authorities = read_authorities(&mut section, url.as_ref().map(|(kind, _)| kind), cx);
    let keeps_body = read_evidence(&mut section, url.as_ref().map(|(kind, _)| kind), cx);
    let identity = read_identity(&mut section, url.as_ref().map(|(kind, _)| kind), cx);
    let (asks, expect) = read_kind(&mut section, url.as_ref().map(|(kind, _)| kind), guard, cx);
    let (down, up) = section.table("confirm", cx).map_or((None, None), |confirm| read_confirm(confirm, cx));
    let unstable = section.table("unstable", cx).map(|unstable| read_unstable(unstable, cx));
    let public = section.boolean("public", cx);
    let parents = section.found_list("depends_on", cx, |text, _| {
        text.parse::<MonitorId>().map_err(|error| format!("`{text}` is not an id: {error}"))
    });
    section.finish(cx);

    let Found { value: id, span } = id?;
    let depends_on = parents.iter().map(|found| found.value.clone()).collect();
    depends.extend(parents.into_iter().map(|parent| (id.clone(), parent)));
    let (_, shown_url) = url?;
    let name = name.unwrap_or_else(|| id.to_string());
    let mut config = MonitorConfig::plain(id, name, shown_url, asks?, expect);
    config.direct = direct;
    config.depends_on = depends_on;
    config.identity = identity;
    config.authorities = authorities.unwrap_or_default();
    config.keeps_body = keeps_body;
    config.monitor.interval = interval.map_or(config.monitor.interval, Millis::from);
    config.timeout = timeout.unwrap_or(config.timeout);
    config.confirm_down = down.unwrap_or(config.confirm_down);
    config.confirm_up = up.unwrap_or(config.confirm_up);
    config.unstable = unstable.unwrap_or_default();
    config.monitor.public = public.unwrap_or(true);
    Some(Found { value: config, span })
}

/// `direct = "http://10.20.0.5:8080/"`: where the gateway's upstream is.
fn read_direct(
    section: &mut Section<'_, '_>,
    kind: Option<&Kind>,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Url> {
    match kind {
        None => {
            section.pass("direct");
            None
        }
        Some(Kind::Http(asked) | Kind::WebSocket(asked)) => section.parsed("direct", cx, |text, _| {
            let direct = kind::web(text, guard)?;
            let same = Place::of(&direct) == Place::of(asked);
            if same {
                Err("leads to the same place as `url`; name that behind the gateway".to_owned())
            } else {
                Ok(direct)
            }
        }),
        Some(kind) => {
            section.refuse("direct", &format!("is no key of a monitor of the kind `{kind}`"), cx);
            None
        }
    }
}

/// `ca = "file:/etc/ssl/corp.pem"`: authorities instead of the system's.
fn read_authorities(
    section: &mut Section<'_, '_>,
    kind: Option<&Kind>,
    cx: &mut Context<'_>,
) -> Option<Vec<CertificateDer<'static>>> {
    match kind {
        None => {
            section.pass("ca");
            None
        }
        Some(kind) if !kind.has_tls() => {
            section.refuse("ca", "is for monitors that speak TLS", cx);
            None
        }
        Some(_) => section.parsed("ca", cx, |pem, _| {
            let found = crate::net::certificates(pem);
            let hint = "holds no certificate in PEM form; name the file as `file:/etc/ssl/corp.pem`";
            if found.is_empty() { Err(hint.to_owned()) } else { Ok(found) }
        }),
    }
}

/// `evidence = "headers"` or `"body"`: how much of an answer is kept when the state changes.
fn read_evidence(section: &mut Section<'_, '_>, kind: Option<&Kind>, cx: &mut Context<'_>) -> Option<bool> {
    match kind {
        Some(Kind::Http(_) | Kind::WebSocket(_)) => section.parsed("evidence", cx, |text, _| match text {
            "headers" => Ok(false),
            "body" => Ok(true),
            _ => Err(format!("`{text}` is not known; write `headers` or `body`")),
        }),
        Some(_) => {
            section.refuse("evidence", "is for monitors that ask by HTTP", cx);
            None
        }
        None => {
            section.pass("evidence");
            None
        }
    }
}

/// `client_cert` and `client_key`: who we are to a peer that asks.
fn read_identity(section: &mut Section<'_, '_>, kind: Option<&Kind>, cx: &mut Context<'_>) -> Option<Identity> {
    const KEYS: [&str; 2] = ["client_cert", "client_key"];
    if let Some(kind) = kind.filter(|kind| !kind.has_tls()) {
        for key in KEYS {
            section.refuse(key, &format!("is for monitors that speak TLS, not for `{kind}` without it"), cx);
        }
        return None;
    }
    let spans = KEYS.map(|key| section.span_of(key));
    let text = |text: &str, _: &Expanded| Ok(text.to_owned());
    let texts = KEYS.map(|key| section.parsed(key, cx, text));
    match (&spans, texts) {
        ([Some(of_certificate), Some(of_key)], [Some(certificate), Some(key)]) => {
            let problem = match Identity::read(&certificate, &key) {
                Ok(identity) => return Some(identity),
                Err(problem) => problem,
            };
            let (span, key) = match problem {
                IdentityProblem::Certificate => (of_certificate, KEYS[0]),
                IdentityProblem::Key | IdentityProblem::Mismatch => (of_key, KEYS[1]),
            };
            cx.problem(span, format!("{key}: {problem}; name the file as `file:/etc/gatewatch/probe.pem`"));
        }
        ([None, None] | [Some(_), Some(_)], _) => {}
        _ => {
            section.missing(KEYS[0], "\"file:/etc/gatewatch/probe.pem\"", cx);
            section.missing(KEYS[1], "\"file:/etc/gatewatch/probe.key\"", cx);
        }
    }
    None
}

/// The keys that depend on the kind of monitor; without one they are passed over.
fn read_kind(
    section: &mut Section<'_, '_>,
    kind: Option<&Kind>,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> (Option<Asks>, Expect) {
    let Some(kind) = kind else {
        kind::skip(section);
        section.pass("expect");
        return (None, Expect::default());
    };
    let asks = kind::read(section, kind, guard, cx);
    let expect = section.table("expect", cx).map(|table| expect::read(table, kind, cx));
    (asks, expect.unwrap_or_else(|| expect::usual(kind)))
}

/// Every monitor that is named is there, and no monitor depends on itself, however far around.
fn check_dependencies(watched: &Watched, cx: &mut Context<'_>) {
    for (id, Found { value: parent, span }) in &watched.depends {
        if !watched.ids.contains(parent) {
            cx.problem(span, format!("there is no monitor with the id `{parent}`; add one or correct the id"));
            continue;
        }
        let (mut reached, mut open) = (BTreeSet::from([parent]), vec![parent]);
        while let Some(next) = open.pop() {
            let parents = watched.depends.iter().filter(|(child, _)| child == next).map(|(_, found)| &found.value);
            open.extend(parents.filter(|parent| reached.insert(parent)));
        }
        if reached.contains(id) {
            cx.problem(span, format!("`{id}` and `{parent}` depend on each other; take one of the two out"));
        }
    }
}

fn read_confirm(mut confirm: Section<'_, '_>, cx: &mut Context<'_>) -> (Option<Confirm>, Option<Confirm>) {
    let down = confirm.parsed("down", cx, |text, _| text::confirm(text));
    let up = confirm.parsed("up", cx, |text, _| text::confirm(text));
    confirm.finish(cx);
    (down, up)
}

/// `{ changes = 5, within = "1h", quiet = "30m" }`.
fn read_unstable(mut table: Section<'_, '_>, cx: &mut Context<'_>) -> Unstable {
    let usual = Unstable::default();
    let mut long = |key, usual, cx: &mut Context<'_>| {
        let read = table.parsed(key, cx, |text, _| match text::long_duration(text)? {
            short if short < MIN_INTERVAL => Err(format!("`{text}` is too short; write such as `30m`")),
            long if long > MAX_UNSTABLE => Err(format!("`{text}` is too long; the most is `7d`")),
            fine => Ok(fine),
        });
        read.unwrap_or(usual)
    };
    let (within, quiet) = (long("within", usual.within, cx), long("quiet", usual.quiet, cx));
    let changes = table.number("changes", 2..=50, cx).unwrap_or(usual.changes);
    table.finish(cx);
    Unstable { changes, within, quiet }
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
        let mut problem = |text: String| problems.push(Problem { at: None, text: format!("--watch: {text}") });
        let kind = match kind::of_url(typed, guard) {
            Ok(kind) => kind,
            Err(text) => {
                problem(text);
                continue;
            }
        };
        let expect = expect::usual(&kind);
        let (Some(asks), Ok(url)) = (kind.plain(), Url::parse(typed)) else {
            problem(format!("`{typed}` needs further keys; watch it by the file"));
            continue;
        };
        if monitors.iter().any(|known| known.value.asks == asks) {
            continue;
        }
        let Ok(id) = watch_id(&url).parse::<MonitorId>() else { continue };
        let name = watch_name(&url);
        let config = MonitorConfig::plain(id, name, url.to_string(), asks, expect);
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
    MonitorConfig::plain(id, "Gatewatch".to_owned(), url, Asks::Probe(Target::get(parsed)), Expect::http())
}
