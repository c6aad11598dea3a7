//! Words for a failure whose cause is not established: what is known, and what would settle it.

use super::Case;
use app::model::fact::asked::During;
use app::model::fact::logs::{LogLine, Meaning};

/// One sentence that says what is known.
pub(super) fn unknown(case: &Case<'_>) -> String {
    if let Some((_, line)) = case.testimony.first() {
        return format!("The gateway says: {}; what lies behind is not established", meaning(line));
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

/// What a log line means, in words, with the target that it names.
fn meaning(line: &LogLine) -> String {
    let about = line.target.as_ref().or(line.name.as_ref()).map_or_else(String::new, |name| format!(" ({name})"));
    let words = match line.meaning {
        Meaning::Refused => "the upstream refused the connection",
        Meaning::ConnectTimeout => "the upstream did not answer the connection attempt",
        Meaning::NetUnreachable => "there is no way to the upstream's network",
        Meaning::HostUnreachable => "the upstream's host cannot be reached",
        Meaning::Denied => "connecting to the upstream is denied",
        Meaning::NotPermitted => "connecting to the upstream is not permitted",
        Meaning::NoSuchSocket => "the upstream's socket does not exist",
        Meaning::QueueFull => "the upstream's queue is full",
        Meaning::NoSourceAddress => "no source port or address is left",
        Meaning::ReadTimeout => "the upstream did not answer in time",
        Meaning::ClosedEarly => "the upstream closed the connection without an answer",
        Meaning::Reset => "the upstream reset the connection",
        Meaning::SendFailed => "the request could not be sent to the upstream",
        Meaning::HeaderTooBig => "the answer's head is larger than its buffer",
        Meaning::InvalidHeader => "the answer's head breaks the rules",
        Meaning::NotHttp => "the upstream does not answer in HTTP",
        Meaning::BrokenBody => "the answer's body broke off",
        Meaning::NoLiveUpstreams => "every member of the upstream is out of rotation",
        Meaning::NameNotFound => "the upstream's name does not exist",
        Meaning::NameServerSilent => "the name server does not answer",
        Meaning::NameServerFailed => "the name server failed",
        Meaning::NoResolver => "no resolver is set",
        Meaning::CertificateExpired => "the upstream's certificate has expired",
        Meaning::CertificateRefused => "the upstream's certificate was refused",
        Meaning::TlsFailed => "the TLS handshake with the upstream failed",
        Meaning::GatewayLimit => "the gateway ran out of connections or descriptors",
        Meaning::TempFile => "the gateway could not write a temporary file",
        Meaning::RequestRefused => "the gateway refused the request",
        Meaning::MemberDisabled | Meaning::WorkerKilled | Meaning::WorkersBusy | Meaning::Other => {
            return line.line.clone();
        }
    };
    format!("{words}{about}")
}

/// What this run could not see, each with the command that would show it.
pub(super) fn missing(case: &Case<'_>) -> Vec<String> {
    let mut missing = Vec::new();
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
