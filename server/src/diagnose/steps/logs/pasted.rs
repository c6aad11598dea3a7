//! Lines of any known log in a text that somebody pasted: the same parsers, without a file that tells the time zone.

use super::{Own, authority, read, translate};
use crate::logs::{self, AccessFormat, Product, Window, Zone};
use app::model::fact::asked::Recent;
use app::model::fact::logs::{AccessLine, Joined};
use app::model::{At, FactKind};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// How far back failures of others count.
const BEFORE: Duration = Duration::from_mins(15);
/// A line is written a little after the answer.
const AFTER: Duration = Duration::from_secs(5);
/// Zones are whole quarters of an hour.
const QUARTER_MS: i64 = 15 * 60 * 1000;

/// What a run's own requests look like in a log.
#[derive(Debug, Clone, Copy)]
pub(in crate::diagnose) struct Asked<'a> {
    /// What was asked.
    pub(in crate::diagnose) url: Option<&'a Url>,
    /// By which method.
    pub(in crate::diagnose) method: &'a str,
    /// The mark in the user agent.
    pub(in crate::diagnose) mark: &'a str,
    /// Its own ends of its connections, address and port.
    pub(in crate::diagnose) sockets: &'a [String],
    /// When the run began.
    pub(in crate::diagnose) began: At,
    /// When the text was pasted.
    pub(in crate::diagnose) until: At,
}

/// The facts of the lines, each read by the product that understands it; `None` if no product understands any.
pub(in crate::diagnose) fn pasted<'a>(lines: &[&'a str], asked: Asked<'_>) -> Option<Vec<FactKind>> {
    let own = Own {
        mark: asked.mark.to_owned(),
        method: asked.method.to_owned(),
        path: asked.url.map_or("/", Url::path).to_owned(),
        host: asked.url.map(authority).unwrap_or_default(),
        clients: Vec::new(),
        sockets: asked.sockets.to_vec(),
        failures: Vec::new(),
        servers: BTreeMap::new(),
        began: asked.began,
        // Pasted lines name no run: those without a client stay others'.
        failed: Some(0),
    };
    let mut by_product: Vec<(Product, Vec<&'a str>)> = Vec::new();
    for line in lines {
        let Some(product) = Product::ALL.iter().copied().find(|product| product.parse(line, &Zone::UTC).is_some())
        else {
            continue;
        };
        match by_product.iter_mut().find(|(known, _)| *known == product) {
            Some((_, lines)) => lines.push(line),
            None => by_product.push((product, vec![line])),
        }
    }
    let (mut facts, access) = (Vec::new(), access(lines, &own, asked));
    let none = by_product.is_empty() && access.is_none();
    for (product, lines) in by_product {
        let all = Window { from: At(i64::MIN), to: At(i64::MAX) };
        let zone = zone(product, &lines, asked);
        let matches = logs::scan(product, lines.iter().copied(), all, &zone).into_iter().map(|matched| {
            let joined =
                if matched.at > asked.until + AFTER { Joined::Earlier } else { translate::joined(&matched, &own) };
            (matched, joined)
        });
        facts.extend(read::counted(matches).into_iter().map(|(_, kind)| kind));
    }
    facts.extend(access.unwrap_or_default());
    (!none).then_some(facts)
}

/// Local time is written without its zone, and a pasted text has no file that was changed last: where the last line
/// falls into the run's own time in some zone, it is that zone, else UTC.
fn zone(product: Product, lines: &[&str], asked: Asked<'_>) -> Zone {
    let last = lines.iter().rev().find_map(|line| product.parse(line, &Zone::UTC)).map(|line| line.at);
    let Some(last) = last else { return Zone::UTC };
    let apart = last.since(asked.until);
    // No zone is further away; beyond it a log may name any year.
    if apart.unsigned_abs() > 15 * 3_600_000 {
        return Zone::UTC;
    }
    let seconds = (apart + QUARTER_MS / 2).div_euclid(QUARTER_MS) * (QUARTER_MS / 1000);
    let at = At(last.0 - seconds * 1000);
    let in_run = asked.began - Duration::from_secs(1) <= at && at <= asked.until + AFTER;
    if in_run && (-12 * 3600..=14 * 3600).contains(&seconds) {
        Zone::fixed(i32::try_from(seconds).unwrap_or(0))
    } else {
        Zone::UTC
    }
}

/// Lines of an access log in the usual format: the run's own by its mark, and failures of others shortly before.
fn access(lines: &[&str], own: &Own, asked: Asked<'_>) -> Option<Vec<FactKind>> {
    let combined = AccessFormat::combined();
    let (mut facts, mut recent, mut is): (Vec<FactKind>, Option<Recent>, bool) = (Vec::new(), None, false);
    for parsed in lines.iter().filter_map(|line| combined.parse(line)) {
        is = true;
        let Some(status) = parsed.status else { continue };
        let agent = parsed.agent.as_deref().unwrap_or_default();
        if !own.mark.is_empty() && agent.contains(&own.mark) {
            let statuses = parsed.upstream_statuses.iter().map(|s| s.map_or_else(|| "-".to_owned(), |s| s.to_string()));
            facts.push(FactKind::AccessLine(AccessLine {
                status,
                upstream_status: statuses.collect(),
                upstream: parsed.upstreams.clone(),
                mark: agent.split('/').nth(1).unwrap_or_default().to_owned(),
            }));
        } else if status >= 500
            && parsed.path.as_deref() == Some(&own.path)
            && parsed.method.as_deref() == Some(&own.method)
            && let Some(at) = parsed.at.filter(|at| asked.began - BEFORE <= *at && *at <= asked.until)
        {
            let count = recent.as_ref().map_or(0, |recent| recent.count) + 1;
            let ago_ms = u64::try_from(asked.until.since(at)).unwrap_or(0);
            recent = Some(Recent { status, count, ago_ms });
        }
    }
    facts.extend(recent.map(FactKind::Recent));
    is.then_some(facts)
}
