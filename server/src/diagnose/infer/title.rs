//! Words for a failure whose cause is not established: what is known, and what would settle it.

use super::Case;
use app::model::fact::asked::During;
use app::model::fact::logs::LogLine;
use app::model::fact::wire::{Changed, Variation};

/// One sentence that says what is known.
pub(super) fn unknown(case: &Case<'_>) -> String {
    if let Some((_, line)) = case.testimony.first() {
        return format!("{}; what lies behind is not established", meaning(line));
    }
    if let Some((_, attempt)) = case.facts.attempts().find(|(_, a)| a.open)
        && case.effect.failed == 0
    {
        let limit = case
            .read_timeout_ms()
            .map_or_else(String::new, |ms| format!("; the gateway waits up to {} s", ms.div_ceil(1000)));
        let silent = case.facts.directs().find(|(_, direct)| direct.silent()).map(|(_, direct)| &direct.target);
        let direct = silent.map_or_else(String::new, |target| format!(". Asked directly, {target} is silent too"));
        return format!("No answer after {} s{limit}{direct}", attempt.total_ms / 1000);
    }
    if let Some(only) = only_in_http2(case).or_else(|| only_as_kept(case)) {
        return only;
    }
    let failed = case.facts.attempts().find(|(_, attempt)| attempt.failed());
    match failed.map(|(_, attempt)| attempt) {
        Some(attempt) => match (&attempt.failure, attempt.status) {
            (Some(failure), None) if matches!(failure.during, During::Resolve | During::Connect) => {
                format!("The gateway itself cannot be reached: {failure}")
            }
            (Some(failure), _) => format!("The answer fails: {failure}; why is not established"),
            (None, Some(status)) => format!("The gateway answers {status}; why is not established"),
            (None, None) => "The request fails; why is not established".to_owned(),
        },
        None => "What is wrong is not established".to_owned(),
    }
}

/// The request fails in HTTP/2 alone, which is what browsers speak.
fn only_in_http2(case: &Case<'_>) -> Option<String> {
    let (_, newer) = case.facts.variations().find(|(_, v)| v.changed == Changed::Http2Through)?;
    let answered = |older: &Variation| older.to.contains("status 2") || older.to.contains("status 3");
    (case.effect.succeeded > 0 && answered(newer)).then(|| format!("Only in HTTP/2 the request fails: {newer}"))
}

/// The failure is kept by a cache on the way: the same request is answered where no cache can know its address.
fn only_as_kept(case: &Case<'_>) -> Option<String> {
    let (_, past) = case.facts.variations().find(|(_, v)| v.changed == Changed::QueryThrough)?;
    let answered = past.failure.is_none() && past.status.is_some_and(|status| status < 400);
    (case.effect.succeeded == 0 && answered).then(|| format!("Only this very address fails: {past}"))
}

/// What a log line means, in words, with the target that it names.
fn meaning(line: &LogLine) -> String {
    let about = line.target.as_ref().or(line.name.as_ref()).map_or_else(String::new, |name| format!(" ({name})"));
    if line.says.is_empty() {
        return line.line.clone();
    }
    format!("{}{about}", line.says.trim_end_matches('.'))
}

/// What this run could not see, each with the command that would show it.
pub(super) fn missing(case: &Case<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    if only_in_http2(case).is_some() {
        missing.push(
            "What breaks HTTP/2's rules: often a header of the upstream that HTTP/2 forbids (Connection, Upgrade, Keep-Alive, Transfer-Encoding); `curl -sv --http2 URL -o /dev/null` names the frame that ends the stream.".to_owned(),
        );
    }
    if only_as_kept(case).is_some() {
        missing.push(
            "Which cache on the way keeps the failure: `curl -sSI URL` shows it (Age, X-Cache, CF-Cache-Status, X-Varnish); purge this address there, and let it keep no 5xx.".to_owned(),
        );
    }
    if !case.vantage.is_some_and(|(_, v)| v.on_gateway_host) {
        missing.push("What the gateway's host sees: run `gatewatch diagnose` with the same URL there.".to_owned());
    }
    if case.route.is_none() {
        missing
            .push("Where the gateway forwards to: its configuration was not found (--gateway-config PATH).".to_owned());
    }
    if !case.gateway_log_read() {
        missing.push(
            "What the gateway says itself: `sudo tail -n 50 /var/log/nginx/error.log`, or name it (--log PATH)."
                .to_owned(),
        );
    }
    missing
}
