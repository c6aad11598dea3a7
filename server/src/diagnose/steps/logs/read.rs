//! Bounded reading of each log, and its lines as facts.

use super::super::Work;
use super::translate;
use super::{LogKind, LogSource, Own};
use crate::clock;
use crate::fileguard::{FileError, Fileguard, Keep, Tail, TailLimits};
use crate::logs::{self, AccessFormat, Matched, Product, Window, Zone};
use app::model::fact::asked::Recent;
use app::model::fact::logs::{AccessLine, Joined, LogLine, LogRead, Meaning};
use app::model::{At, FactKind};
use memchr::memmem;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;

/// How far back failures of others count.
const BEFORE: Duration = Duration::from_mins(15);
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
        Some(LogKind::Said(product)) => (said(*product, &tail, own, now), product.name()),
        Some(LogKind::Access(format)) => (access(&tail, format, own, now), "access"),
        _ => (others(&tail, source.size), "other"),
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
    let combined = AccessFormat::combined();
    last().any(|line| combined.parse(&line.text).is_some()).then_some(LogKind::Access(combined))
}

/// Local time is written without its zone: the last line was written when the file was last changed. A product that
/// writes the zone is off by nothing.
fn zone(product: Product, tail: &Tail) -> Zone {
    let last =
        tail.lines.iter().rev().take(50).find_map(|line| product.parse(&line.text, &Zone::UTC)).map(|line| line.at);
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

fn said(product: Product, tail: &Tail, own: &Own, now: At) -> Vec<(String, FactKind)> {
    said_in(product, tail.lines.iter().map(|line| line.text.as_str()), &zone(product, tail), own, now)
}

/// The recognised lines of a product's log, equal ones counted.
pub(super) fn said_in<'a>(
    product: Product,
    lines: impl IntoIterator<Item = &'a str>,
    zone: &Zone,
    own: &Own,
    now: At,
) -> Vec<(String, FactKind)> {
    let window = Window { from: own.began - BEFORE, to: now + Duration::from_secs(5) };
    let matches = logs::scan(product, lines, window, zone).into_iter().map(|matched| {
        let joined = translate::joined(&matched, own);
        (matched, joined)
    });
    counted(product, matches)
}

/// Equal lines counted, with a key that stays the same from look to look.
pub(super) fn counted(
    product: Product,
    matches: impl IntoIterator<Item = (Matched, Joined)>,
) -> Vec<(String, FactKind)> {
    let mut lines_of: BTreeMap<String, LogLine> = BTreeMap::new();
    for (matched, joined) in matches {
        let during = translate::during(matched.phase);
        let target = matched.upstream.as_deref().and_then(translate::target);
        let name = translate::name(&matched);
        let key = format!("{} {during:?} {target:?} {name:?} {joined}", matched.means);
        let line = lines_of.entry(key).or_insert_with(|| LogLine {
            product: product.name().to_owned(),
            meaning: matched.means,
            says: matched.says.to_owned(),
            during,
            joined,
            errno: matched.errno,
            target,
            name,
            count: 0,
            line: String::new(),
        });
        line.count += 1;
        line.line = matched.message;
    }
    lines_of.into_iter().map(|(key, line)| (key, FactKind::LogLine(line))).collect()
}

fn access(tail: &Tail, format: &AccessFormat, own: &Own, now: At) -> Vec<(String, FactKind)> {
    let mut facts = Vec::new();
    let mut recent: Option<Recent> = None;
    for line in &tail.lines {
        let Some(parsed) = format.parse(&line.text) else { continue };
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

/// Words in an application's, a kernel's or a process manager's log that say that a worker died or all are busy.
/// Clients may be able to write such words, so they only ever make a conclusion less sure.
const WORDS: &[(&str, &str, Meaning)] = &[
    ("php-fpm", "exited on signal", Meaning::WorkerKilled),
    ("php-fpm", "execution timed out", Meaning::WorkerKilled),
    ("php-fpm", "max_children setting", Meaning::WorkersBusy),
    ("gunicorn", "WORKER TIMEOUT", Meaning::WorkerKilled),
    ("gunicorn", "was sent SIG", Meaning::WorkerKilled),
    ("gunicorn", "was terminated due to signal", Meaning::WorkerKilled),
    ("uwsgi", "HARAKIRI", Meaning::WorkerKilled),
    ("uwsgi", "listen queue of socket", Meaning::WorkersBusy),
    ("kernel", "Killed process", Meaning::WorkerKilled),
    ("kernel", "segfault at", Meaning::WorkerKilled),
];

fn others(tail: &Tail, size_at_start: Option<u64>) -> Vec<(String, FactKind)> {
    let mut lines: BTreeMap<String, LogLine> = BTreeMap::new();
    for line in &tail.lines {
        let Some((product, word, meaning)) = WORDS.iter().find(|(_, word, _)| line.text.contains(word)) else {
            continue;
        };
        let joined =
            if size_at_start.is_some_and(|size| line.offset >= size) { Joined::Window } else { Joined::Earlier };
        let entry = lines.entry(format!("{word} {joined}")).or_insert_with(|| LogLine {
            product: (*product).to_owned(),
            meaning: *meaning,
            says: String::new(),
            during: None,
            joined,
            errno: None,
            target: None,
            name: None,
            count: 0,
            line: String::new(),
        });
        entry.count += 1;
        entry.line = logs::redact(&line.text).chars().take(300).collect();
    }
    lines.into_iter().map(|(key, line)| (key, FactKind::LogLine(line))).collect()
}
