//! Logs' words in the words of facts.

use super::Own;
use crate::logs::{Matched, Phase, Product};
use app::model::fact::asked::During;
use app::model::fact::logs::{Joined, Meaning};
use std::time::Duration;

/// In which phase of the gateway's work a line was written.
pub(super) const fn during(phase: Phase) -> Option<During> {
    match phase {
        Phase::Resolve => Some(During::Resolve),
        Phase::Connect => Some(During::Connect),
        Phase::Tls => Some(During::Tls),
        Phase::Send => Some(During::Send),
        Phase::Header => Some(During::Wait),
        Phase::Body => Some(During::Body),
        Phase::Other => None,
    }
}

/// Whether a line is of one of this run's own requests. All of these are at fixed places of the line, and the client's
/// address cannot be forged by what a client writes.
pub(super) fn joined(matched: &Matched, own: &Own) -> Joined {
    // A line's time has whole seconds.
    if matched.at < own.began - Duration::from_secs(1) {
        return Joined::Earlier;
    }
    // The run's mark is a secret until its requests are sent, and stands at the agent's own place.
    if matched.agent.as_ref().is_some_and(|agent| is_own_agent(agent, &own.mark)) {
        return Joined::Own;
    }
    // A client's address with its port is one connection, and each of ours carries one request.
    if matched.client.as_ref().is_some_and(|client| own.sockets.contains(client)) {
        return Joined::Own;
    }
    let client = matched.client.as_ref().is_some_and(|client| own.clients.contains(client));
    let request = matched.request.as_deref().is_some_and(|request| same_request(request, own));
    let host = matched.host.as_deref().is_none_or(|host| host.eq_ignore_ascii_case(&own.host));
    if client && request && host { Joined::Own } else { Joined::Window }
}

/// How each line belongs to this run. Some products write no word of the client or its request into an error's line
/// (Traefik), or not enough (Envoy without the user agent). Such lines are this run's own if there are exactly as many of
/// them as this run has failed requests: each of those made one, and another client's would be one too many.
pub(super) fn joins(matches: &[Matched], own: &Own) -> Vec<Joined> {
    let mut joins: Vec<Joined> = matches.iter().map(|matched| joined(matched, own)).collect();
    let nameless = |matched: &Matched| {
        matches!(matched.product, Product::Traefik | Product::Envoy)
            // Envoy tells the millisecond at which a request began.
            && (matched.product != Product::Envoy || matched.at >= own.began)
            && matched.client.is_none()
            && matched.agent.is_none()
            && is_of_a_request(matched.means)
            && matched.request.as_deref().is_none_or(|request| same_request(request, own))
            && matched.host.as_deref().is_none_or(|host| host.eq_ignore_ascii_case(&own.host))
    };
    let places: Vec<usize> =
        (0..matches.len()).filter(|at| joins[*at] == Joined::Window && nameless(&matches[*at])).collect();
    if !places.is_empty() && own.failed.is_none_or(|failed| failed == places.len()) {
        for at in places {
            joins[at] = Joined::Own;
        }
    }
    joins
}

/// Whether such a line is written for a request, and not for a health check or the gateway itself.
const fn is_of_a_request(means: Meaning) -> bool {
    !matches!(
        means,
        Meaning::MemberDisabled
            | Meaning::Other
            | Meaning::ClientGone
            | Meaning::StartNameNotFound
            | Meaning::GatewayWorkerCrashed
            | Meaning::WorkerKilled
            | Meaning::WorkersBusy
            | Meaning::ApplicationSaid
    )
}

/// Whether a user agent is one of this run's own: `gatewatch-probe/<mark>` with a number or letter behind it.
fn is_own_agent(agent: &str, mark: &str) -> bool {
    let rest = agent.strip_prefix("gatewatch-probe/").and_then(|rest| rest.strip_prefix(mark));
    !mark.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn same_request(request: &str, own: &Own) -> bool {
    let mut words = request.split(' ');
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    method == own.method && path.split('?').next() == Some(own.path.as_str())
}

/// The member in `http://127.0.0.1:8080/path` or `fastcgi://unix:/run/app.sock:`; `None` for a pool's name.
pub(in crate::diagnose::steps) fn target(upstream: &str) -> Option<String> {
    let (_, rest) = upstream.split_once("://")?;
    if let Some(path) = rest.strip_prefix("unix:") {
        let path = path.split(':').next().unwrap_or(path);
        return Some(format!("unix:{path}"));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.parse::<std::net::SocketAddr>().ok().map(|address| address.to_string())
}

/// What a line names: the name that could not be resolved, the path of a file that could not be written, or the pool,
/// unit or program that it is about.
pub(super) fn name(matched: &Matched) -> Option<String> {
    if is_application(matched.product) {
        return matched.detail.clone();
    }
    let about_names = matches!(
        matched.means,
        Meaning::NameNotFound
            | Meaning::NameServerFailed
            | Meaning::NameServerRefused
            | Meaning::NameServerSilent
            | Meaning::NoResolver
            | Meaning::StartNameNotFound
            | Meaning::DiskFull
            | Meaning::TempDenied
            | Meaning::FileDenied
            | Meaning::SelinuxDenied
            | Meaning::ApparmorDenied
    );
    matched.detail.clone().filter(|_| about_names)
}

/// Whether a product stands behind or beneath the gateway: its lines name no request of ours, and are joined by time
/// and process.
const fn is_application(product: Product) -> bool {
    matches!(product, Product::PhpFpm | Product::Gunicorn | Product::Uwsgi | Product::Kernel | Product::Systemd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_member() {
        assert_eq!(target("http://127.0.0.1:8080/a?b").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(target("https://[::1]:8080/").as_deref(), Some("[::1]:8080"));
        assert_eq!(target("fastcgi://unix:/run/php.sock:").as_deref(), Some("unix:/run/php.sock"));
        assert_eq!(target("http://unix:/run/app.sock:/path").as_deref(), Some("unix:/run/app.sock"));
        assert_eq!(target("http://backend/"), None);
    }
}
