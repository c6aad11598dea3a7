//! Bounded reading of each log, and its lines as facts.

use super::super::Work;
use super::translate;
use super::{LogKind, LogSource, Own, haproxy};
use crate::clock;
use crate::fileguard::{FileError, Fileguard, Keep, Tail, TailLimits};
use crate::host;
use crate::logs::{self, AccessFormat, Matched, Product, Window, Zone};
use app::model::fact::asked::Recent;
use app::model::fact::logs::{AccessLine, Joined, LogLine, LogRead};
use app::model::{At, FactKind};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;

/// How far back failures of others count.
const BEFORE: Duration = Duration::from_mins(15);
/// Farther back than anything that is looked at.
const LONG_AGO: Duration = Duration::from_hours(24);
/// Most processes that are kept of equal lines.
const MAX_PIDS: usize = 64;
/// A line stands beside a failure that ended so long after the line's time, in milliseconds. Most times have whole
/// seconds, so that a line seems older than it is by up to one.
const AFTER_LINE: i64 = 1600;
/// And so long before it: the answer may reach us before the line is written.
const BEFORE_LINE: i64 = -700;
/// Times of zones are whole quarters of an hour.
const QUARTER_MS: i64 = 15 * 60 * 1000;

/// What one log said.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Facts with a key that stays the same from look to look.
    pub(super) facts: Vec<(String, FactKind)>,
}

/// Reads all logs side by side.
pub(super) async fn all(work: &Work, sources: &[LogSource], own: &Own) -> Vec<Result<Found, (PathBuf, FileError)>> {
    let mut reading = JoinSet::new();
    for (place, source) in sources.iter().cloned().enumerate() {
        let (files, own, now) = (work.ctx.fileguard.clone(), own.clone(), clock::now());
        reading.spawn_blocking(move || (place, one(&files, &source, &own, now).map_err(|error| (source.path, error))));
    }
    let mut found = Vec::new();
    while let Some(done) = reading.join_next().await {
        found.extend(done.ok());
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, one)| one).collect()
}

fn one(files: &Fileguard, source: &LogSource, own: &Own, now: At) -> Result<Found, FileError> {
    let limits = TailLimits { time: Duration::from_millis(900), ..TailLimits::default() };
    let mark = own.mark.clone();
    let only_failures = matches!(source.kind, LogKind::Access(_));
    let finder = memmem::Finder::new(mark.as_bytes());
    let tail = files.tail(&source.path, &limits, |line| {
        let wanted = !only_failures || finder.find(line).is_some() || memmem::find(line, b" 50").is_some();
        if wanted { Keep::Yes } else { Keep::No }
    })?;
    let kind = match &source.kind {
        LogKind::Unknown => sniff(&tail),
        known => Some(known.clone()),
    };
    let (facts, word) = match &kind {
        Some(LogKind::Said(product)) => {
            let mut facts = said(*product, &tail, source, own, now);
            if product.writes_requests() {
                facts.extend(access(&tail, |line| product.access(line, &Zone::UTC), own, now));
            }
            (facts, product.name())
        }
        Some(LogKind::Access(format)) => (access(&tail, |line| format.parse(line), own, now), "access"),
        _ => (Vec::new(), "other"),
    };
    let mut facts: Vec<(String, FactKind)> = facts;
    let read = LogRead {
        path: source.path.display().to_string(),
        bytes: tail.searched,
        lines: u64::try_from(tail.lines.len()).unwrap_or(u64::MAX),
        log: word.to_owned(),
        invalid_utf8: u64::try_from(tail.lines.iter().filter(|line| line.text.contains('\u{fffd}')).count())
            .unwrap_or(0),
    };
    facts.push(("read".to_owned(), FactKind::LogRead(read)));
    Ok(Found { path: source.path.clone(), facts })
}

/// What kind of log it is, by its last lines: the product that understands most of them.
fn sniff(tail: &Tail) -> Option<LogKind> {
    let last = || tail.lines.iter().rev().take(20);
    let understood = |product: Product| last().filter(|line| product.parse(&line.text, &Zone::UTC).is_some()).count();
    let most = Product::ALL.iter().rev().copied().max_by_key(|product| understood(*product));
    if let Some(product) = most.filter(|product| understood(*product) > 0) {
        return Some(LogKind::Said(product));
    }
    if last().filter(|line| logs::is_journal(&line.text)).count() > 1 {
        return Some(LogKind::Said(Product::Systemd));
    }
    let combined = AccessFormat::combined();
    last().any(|line| combined.parse(&line.text).is_some()).then_some(LogKind::Access(combined))
}

/// Local time is written without its zone: the last line was written when the file was last changed. A product that
/// writes the zone is off by nothing. One that leaves some lines without a time may have changed its file since the
/// last that has one: the host's own zone counts.
fn zone(product: Product, tail: &Tail) -> Zone {
    if matches!(product, Product::Uwsgi | Product::Kernel | Product::Systemd) {
        return host::local_zone();
    }
    let newest = || tail.lines.iter().rev().take(50);
    // HAProxy writes when a request came in local time, whatever zone the line itself begins with.
    let requests = newest().filter(|_| product == Product::Haproxy);
    let of_request = requests.filter_map(|line| logs::request_of(&line.text, &Zone::UTC)).map(|line| line.at).next();
    let last = of_request.or_else(|| Some(newest().find_map(|line| product.parse(&line.text, &Zone::UTC))?.at));
    let last = last.filter(|at| *at != logs::UNTIMED);
    let last = last.map(|at| logs::in_year_before(at, tail.modified));
    let Some(last) = last else { return Zone::UTC };
    let quarters = (last.since(tail.modified) + QUARTER_MS / 2).div_euclid(QUARTER_MS);
    let seconds = quarters * (QUARTER_MS / 1000);
    // Zones reach from UTC-12 to UTC+14; anything else is a file that was copied or touched.
    if (-12 * 3600..=14 * 3600).contains(&seconds) {
        Zone::fixed(i32::try_from(seconds).unwrap_or(0))
    } else {
        Zone::UTC
    }
}

fn said(product: Product, tail: &Tail, source: &LogSource, own: &Own, now: At) -> Vec<(String, FactKind)> {
    // A line without a time is of now if it was not there when the run began, else of some time before.
    let by_place =
        |offset: u64| if source.size.is_some_and(|size| offset >= size) { now } else { own.began - LONG_AGO };
    let lines = tail.lines.iter().map(|line| (line.text.as_str(), by_place(line.offset)));
    let zone = zone(product, tail);
    if matches!(product, Product::Kernel | Product::Systemd) {
        let mut matches = logs::scan_journal(lines.clone().map(|(line, _)| line), window(own, now), &zone);
        // `dmesg` writes lines of its own kind.
        let dmesg = lines.filter(|(line, _)| line.starts_with('['));
        matches.extend(logs::scan_dated(Product::Kernel, dmesg, window(own, now), &zone));
        return told(matches, own, None);
    }
    let mut found = Vec::new();
    if product == Product::Haproxy {
        found.extend(haproxy::requests(lines.clone().map(|(line, _)| line), &zone, own, now));
    }
    found.extend(told(logs::scan_dated(product, lines, window(own, now), &zone), own, source.owner.as_deref()));
    found
}

/// The recognised lines of a product's log, equal ones counted; lines without a time do not count.
pub(super) fn said_in<'a>(
    product: Product,
    lines: impl IntoIterator<Item = &'a str>,
    zone: &Zone,
    own: &Own,
    now: At,
) -> Vec<(String, FactKind)> {
    // Text that somebody gives is taken as written while the run lasted, where it does not say when.
    let lines = lines.into_iter().map(|line| (line, own.began));
    told(logs::scan_dated(product, lines, window(own, now), zone), own, None)
}

/// The recognised lines of the kernel's log and the journal.
pub(super) fn journal_in(lines: &[String], own: &Own, now: At) -> Vec<(String, FactKind)> {
    told(logs::scan_journal(lines.iter().map(String::as_str), window(own, now), &host::local_zone()), own, None)
}

fn window(own: &Own, now: At) -> Window {
    Window { from: own.began - BEFORE, to: now + Duration::from_secs(5) }
}

/// Lines as facts, joined with the run. `owner` is the target whose application wrote them all.
fn told(matches: Vec<Matched>, own: &Own, owner: Option<&str>) -> Vec<(String, FactKind)> {
    let joins = translate::joins(&matches, own);
    beside(matches.into_iter().zip(joins), &own.failures, &own.servers, owner)
}

/// Equal lines counted, with a key that stays the same from look to look.
pub(super) fn counted(matches: impl IntoIterator<Item = (Matched, Joined)>) -> Vec<(String, FactKind)> {
    beside(matches, &[], &BTreeMap::new(), None)
}

/// Equal lines counted, each with how many of the run's own failures it stands beside.
fn beside(
    matches: impl IntoIterator<Item = (Matched, Joined)>,
    failed: &[At],
    servers: &BTreeMap<String, String>,
    owner: Option<&str>,
) -> Vec<(String, FactKind)> {
    let mut lines_of: BTreeMap<String, (LogLine, BTreeSet<usize>)> = BTreeMap::new();
    for (matched, joined) in matches {
        let during = translate::during(matched.phase);
        let named = matched.upstream.as_deref();
        let target = named.and_then(|named| servers.get(named).cloned().or_else(|| translate::target(named)));
        let target = target.or_else(|| owner.map(str::to_owned));
        let name = translate::name(&matched);
        let key = format!("{} {} {during:?} {target:?} {name:?} {joined}", matched.product.name(), matched.means);
        let (line, failures) = lines_of.entry(key).or_insert_with(|| {
            let line = LogLine {
                product: matched.product.name().to_owned(),
                meaning: matched.means,
                says: matched.says.to_owned(),
                during,
                joined,
                errno: matched.errno,
                target,
                name,
                pids: Vec::new(),
                at_failures: 0,
                count: 0,
                line: String::new(),
            };
            (line, BTreeSet::new())
        });
        let beside = |(at, end): (usize, &At)| {
            let after = end.since(matched.at);
            (BEFORE_LINE..=AFTER_LINE).contains(&after).then_some(at)
        };
        failures.extend(failed.iter().enumerate().filter_map(beside));
        line.at_failures = u32::try_from(failures.len()).unwrap_or(u32::MAX);
        if let Some(pid) = matched.subject.filter(|pid| !line.pids.contains(pid) && line.pids.len() < MAX_PIDS) {
            line.pids.push(pid);
        }
        line.count += 1;
        line.line = matched.message;
    }
    lines_of.into_iter().map(|(key, (line, _))| (key, FactKind::LogLine(line))).collect()
}

fn access(
    tail: &Tail,
    parse: impl Fn(&str) -> Option<logs::AccessLine>,
    own: &Own,
    now: At,
) -> Vec<(String, FactKind)> {
    let mut facts = Vec::new();
    let mut recent: Option<Recent> = None;
    for line in &tail.lines {
        let Some(parsed) = parse(&line.text) else { continue };
        let (Some(status), agent) = (parsed.status, parsed.agent.as_deref().unwrap_or_default()) else { continue };
        if agent.contains(&own.mark) {
            let mark = agent.split('/').nth(1).unwrap_or_default().to_owned();
            let statuses = parsed.upstream_statuses.iter().map(|s| s.map_or_else(|| "-".to_owned(), |s| s.to_string()));
            let fact = AccessLine {
                status,
                upstream_status: statuses.collect(),
                upstream: parsed.upstreams,
                mark: mark.clone(),
            };
            facts.push((format!("own {mark}"), FactKind::AccessLine(fact)));
        } else if status >= 500
            && parsed.path.as_deref() == Some(&own.path)
            && parsed.method.as_deref() == Some(&own.method)
            && parsed.at.is_some_and(|at| own.began - BEFORE <= at && at <= now + Duration::from_secs(1))
        {
            let ago = parsed.at.map_or(0, |at| u64::try_from(now.since(at)).unwrap_or(0));
            let count = recent.as_ref().map_or(0, |recent| recent.count) + 1;
            recent = Some(Recent { status, count, ago_ms: ago });
        }
    }
    facts.extend(recent.map(|recent| ("recent".to_owned(), FactKind::Recent(recent))));
    facts
}
