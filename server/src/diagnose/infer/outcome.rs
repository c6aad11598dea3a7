//! The conclusion: a cause, healthy, transient, an application's own error, or unknown.

use super::super::facts::Seen;
use super::super::rule::{Open, ShownBy};
use super::{Case, Found, chain, fill, title};
use app::model::fact::asked::Attempt;
use app::model::fact::logs::Meaning;
use app::model::verdict::Link;
use app::model::{CauseId, FactId, Outcome, Strength, Verdict};
use std::borrow::Cow;

/// Concludes from the ranked findings.
pub(super) fn conclude(case: &Case<'_>, found: &[Found]) -> Verdict {
    let effect = &case.effect;
    if effect.failed == 0 && effect.open == 0 && effect.refused == 0 {
        return if effect.succeeded == 0 { nothing_asked(case) } else { well(case) };
    }
    if is_over(case) && !found.iter().any(|f| f.strength < Strength::Suggestive) {
        return transient(case, attempts(case, Attempt::failed), "The first request failed, every later one succeeded");
    }
    if let Some(proven) =
        found.first().filter(|f| f.strength == Strength::Proven && f.matched.shown_by == ShownBy::Refusals)
    {
        return cause(case, proven, found);
    }
    if let Some(first) = best(found).filter(|first| first.strength < Strength::Suggestive && speaks_for_answers(first))
    {
        return cause(case, first, found);
    }
    if effect.failed == 0 && effect.refused > 0 && !limited(found) {
        return refused(case);
    }
    let explained = found.first().filter(|first| first.strength == Strength::Proven && first.matched.explains_status);
    if explained.is_none()
        && case.testimony.is_empty()
        && let Some((because, title)) = made_by_application(case)
    {
        return plain(Outcome::AppError, title, because);
    }
    match best(found) {
        Some(found_best) => cause(case, found_best, found),
        None => unknown(case, found),
    }
}

/// The gateway's own limit refuses the requests, and that is sure: a visitor gets no page for no fault of their own.
fn limited(found: &[Found]) -> bool {
    let own = ["gateway-rate-limited", "proxy-block-list"];
    found.iter().any(|f| f.strength < Strength::Suggestive && own.contains(&f.cause.text.id))
}

/// The findings that go with a verdict: all of them, but only sure ones where nothing is wrong.
pub(super) fn worth_telling<'f>(verdict: &Verdict, found: &'f [Found]) -> impl Iterator<Item = &'f Found> {
    let sure_only = matches!(verdict.outcome, Outcome::Healthy | Outcome::Transient | Outcome::AppError);
    found.iter().filter(move |f| !sure_only || f.strength < Strength::Suggestive)
}

/// The finding that the verdict names. One that merely fits counts only if nothing else fits as well, and nothing
/// speaks against it.
fn best(found: &[Found]) -> Option<&Found> {
    let first = found.first()?;
    let rivals = found.iter().skip(1).filter(|f| f.strength == Strength::Suggestive).count();
    let alone = rivals == 0 && first.matched.against.is_empty();
    (first.strength < Strength::Suggestive || alone).then_some(first)
}

/// Causes behind which the upstream answers by itself, only not as it should: the answer's status does not clear the
/// gateway.
pub(super) const ANSWERED: &[&str] = &[
    "scheme-http-to-tls-port",
    "websocket-upgrade-misconfig",
    "upstream-wrong-host-or-path",
    "proxy-protocol-mismatch",
    "tls-client-cert-required",
    "app-returned-502",
];

/// Whether a finding explains whole answers of the upstream as well as failures.
pub(super) fn speaks_for_answers(found: &Found) -> bool {
    ANSWERED.contains(&found.cause.text.id)
}

/// Only the run's first request failed; at least two later ones were answered.
fn is_over(case: &Case<'_>) -> bool {
    case.effect.succeeded >= 2
        && case.effect.open == 0
        && case.effect.refused == 0
        && case.facts.attempts().all(|(_, attempt)| attempt.failed() == (attempt.number == 1))
}

fn well(case: &Case<'_>) -> Verdict {
    if let Some((id, recent)) = case.facts.recent().last() {
        let mut because = attempts(case, Attempt::succeeded);
        because.push(id.clone());
        return transient(case, because, &recent.to_string());
    }
    if let Some((id, attempt)) = case.facts.pasted_attempts().find(|(_, attempt)| attempt.failed()) {
        let mut because = attempts(case, Attempt::succeeded);
        because.push(id.clone());
        let mut verdict = transient(case, because, &format!("another client saw a failure: {attempt}"));
        verdict.still_unknown.push(
            "Whether it still fails there: let that client ask again, and compare the address that it is answered from.".to_owned(),
        );
        return verdict;
    }
    let because = attempts(case, Attempt::succeeded);
    let times: Vec<u64> = case.facts.attempts().map(|(_, attempt)| attempt.total_ms).collect();
    let slowest = times.iter().max().copied().unwrap_or_default();
    plain(
        Outcome::Healthy,
        format!("Nothing is wrong: all {} requests were answered, the slowest in {slowest} ms", times.len()),
        because,
    )
}

fn transient(case: &Case<'_>, because: Vec<FactId>, what: &str) -> Verdict {
    let mut verdict = plain(Outcome::Transient, format!("It is over: {}", lower_first(what)), because);
    verdict.because.extend(case.testimony.iter().map(|(id, _)| (*id).clone()));
    verdict.still_unknown.push(
        "Why it happened: look at what restarted or was deployed at that time (journalctl --since '-15min')."
            .to_owned(),
    );
    verdict
}

/// 400 to 499: the request is refused, by the application or by the gateway itself.
fn refused(case: &Case<'_>) -> Verdict {
    let because = attempts(case, |attempt| !attempt.succeeded() && !attempt.failed());
    let Some((_, attempt)) = case.facts.attempts().find(|(_, a)| !a.succeeded() && !a.failed()) else {
        return nothing_asked(case);
    };
    let status = attempt.status.unwrap_or_default();
    let own = case.own_lines_of(Meaning::RequestRefused);
    let title = if (attempt.page.is_some() || !own.is_empty()) && passed_on(case, status).is_none() {
        format!("The gateway itself refuses this request with {status}; no upstream failed")
    } else {
        format!("The application answers {status} itself; the gateway passes it on")
    };
    let mut verdict = plain(Outcome::AppError, title, because);
    verdict.because.extend(passed_on(case, status));
    verdict.because.extend(own.into_iter().cloned());
    verdict
}

/// The upstream made the status itself: the access log says so, or it says the same when asked directly.
fn made_by_application(case: &Case<'_>) -> Option<(Vec<FactId>, String)> {
    let failed: Vec<Seen<'_, Attempt>> = case.facts.attempts().filter(|(_, a)| a.failed()).collect();
    let (_, first) = failed.first()?;
    let status = first.status?;
    if failed.iter().any(|(_, a)| a.status != Some(status) || a.failure.is_some()) {
        return None;
    }
    let by_log = passed_on(case, status);
    let direct = case
        .facts
        .directs()
        .find(|(_, direct)| direct.path == "same" && direct.answered() && direct.status == Some(status));
    let same_body = direct.as_ref().is_some_and(|(_, direct)| {
        direct.body_hash.is_some() && direct.body_hash == first.body_hash || first.page.is_none()
    });
    if by_log.is_none() && !same_body {
        return None;
    }
    let mut because: Vec<FactId> = failed.iter().take(3).map(|(id, _)| (*id).clone()).collect();
    because.extend(by_log);
    because.extend(direct.as_ref().filter(|_| same_body).map(|(id, _)| (*id).clone()));
    let inner = direct.and_then(|(_, direct)| direct.further_hop.clone());
    let title = match inner {
        Some(inner) => format!("The upstream answers {status} itself; it is a gateway too ({inner}): ask there"),
        None => format!("The application answers {status} itself; the gateway only passes it on"),
    };
    Some((because, title))
}

/// The access log's word that the upstream gave this very status.
fn passed_on(case: &Case<'_>, status: u16) -> Option<FactId> {
    let text = status.to_string();
    let mut lines = case.facts.access_lines().filter(|(_, line)| line.status == status).peekable();
    lines.peek()?;
    let lines: Vec<_> = lines.collect();
    let all = lines.iter().all(|(_, line)| line.upstream_status.last() == Some(&text));
    all.then(|| lines[0].0.clone())
}

fn cause(case: &Case<'_>, found: &Found, all: &[Found]) -> Verdict {
    let text = &found.cause.text;
    let id = CauseId(Cow::Borrowed(text.id));
    let mut verdict = plain(Outcome::Cause, found.matched.headline.clone(), found.matched.because.clone());
    verdict.cause = Some(id);
    verdict.family = Some(text.family);
    verdict.step = Some(text.step.number());
    verdict.strength = Some(found.strength);
    verdict.against.clone_from(&found.matched.against);
    verdict.still_unknown =
        found.matched.open.iter().map(open_text).chain(found.matched.finer.iter().cloned()).collect();
    verdict.chain = chain::to(found, all);
    let covered = all.iter().filter(|one| {
        let id = one.cause.text.id;
        found.cause.absorbs.contains(&id) && one.matched.confirmed && one.matched.open.is_empty()
    });
    // What the members themselves fail with is a part of why the gateway put all of them aside.
    for one in covered {
        let cause = CauseId(Cow::Borrowed(one.cause.text.id));
        if !verdict.chain.iter().any(|link| link.cause == cause) {
            verdict.chain.insert(0, Link { cause, because: one.matched.because.clone() });
        }
    }
    verdict.fixes = fill::fixes(case, found);
    verdict
}

fn open_text(open: &Open) -> String {
    format!("Not ruled out: {}. {}", open.cause, open.settle)
}

fn unknown(case: &Case<'_>, found: &[Found]) -> Verdict {
    let mut verdict = plain(Outcome::Unknown, title::unknown(case), case.effect.ids.clone());
    verdict.because.extend(case.testimony.iter().take(3).map(|(id, _)| (*id).clone()));
    for one in found {
        verdict.still_unknown.push(format!("It may be {}: {}", one.cause.text.id, one.matched.headline));
        verdict.still_unknown.extend(one.matched.open.iter().map(open_text));
    }
    verdict.still_unknown.extend(title::missing(case));
    verdict.still_unknown.dedup();
    verdict
}

fn nothing_asked(case: &Case<'_>) -> Verdict {
    let reason = case.facts.attempts().find_map(|(_, attempt)| attempt.failure.as_ref().map(ToString::to_string));
    let title = match reason {
        Some(reason) => format!("The URL could not be asked: {reason}"),
        None => "The URL was not asked".to_owned(),
    };
    plain(Outcome::Unknown, title, attempts(case, |_| true))
}

fn plain(outcome: Outcome, title: impl Into<String>, because: Vec<FactId>) -> Verdict {
    Verdict {
        outcome,
        cause: None,
        family: None,
        step: None,
        strength: None,
        title: title.into(),
        because,
        against: Vec::new(),
        still_unknown: Vec::new(),
        chain: Vec::new(),
        fixes: Vec::new(),
    }
}

/// The first facts of attempts of a kind.
fn attempts(case: &Case<'_>, of_kind: impl Fn(&Attempt) -> bool) -> Vec<FactId> {
    case.facts.attempts().filter(|(_, attempt)| of_kind(attempt)).take(3).map(|(id, _)| id.clone()).collect()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}
